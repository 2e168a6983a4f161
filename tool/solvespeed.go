package tool

// Speed of a solve, and of memory.

import (
	"cmp"
	"context"
	"runtime"
	"slices"

	"mgtool/internal/bandwidth"
	"mgtool/multigrid"
	"mgtool/pde"
)

// maxRepeats is the largest number of solves in a measurement.
const maxRepeats = 1000

// BenchSides is the default number of cells per side of a measured solve, by dimension.
var BenchSides = map[int]int{1: 1 << 20, 2: 4096, 3: 256}

// SolveSpeed is the result of measuring several solves.
type SolveSpeed struct {
	Smoother multigrid.Smoother
	Grid     pde.Grid
	SetupS   float64
	SolveS   []float64 // seconds of every solve, in order of size
	Cycles   int
	Work     []multigrid.LevelWork // of the median solve
	Copying  float64               // best copying speed of this machine, in bytes per second
}

// MeasureSolve solves the problem repeats times, 1 to 1000, from the boundary values
// extended inwards.
func (s Solve) MeasureSolve(ctx context.Context, repeats int, r Reporter) (*SolveSpeed, error) {
	if repeats < 1 || repeats > maxRepeats {
		return nil, Usagef("--repeats %d; want 1 to %d", repeats, maxRepeats)
	}
	if _, err := s.settings(); err != nil {
		return nil, err
	}
	p, err := s.prepare(nil) // without a Recorder: nothing else happens while the clock runs
	if err != nil {
		return nil, err
	}
	solver, ok := p.solver.(*multigrid.Solver)
	if !ok {
		return nil, Usagef("--method %s; want auto: the work of others is not counted", s.Name)
	}
	return measure(ctx, solver, p.system.U, p.system.G, p.chosen.Settings.Smoother, repeats, r)
}

// measure solves A u = g repeats times, from the boundary values extended inwards.
func measure(ctx context.Context, solver *multigrid.Solver, u, g *pde.Field[float64], smoother multigrid.Smoother, repeats int, r Reporter) (*SolveSpeed, error) {
	type solve struct {
		seconds float64
		cycles  int
		work    []multigrid.LevelWork
	}
	var solves []solve
	defer r.status("")
	for i := range repeats {
		r.status("solve %d of %d", i+1, repeats)
		pde.Extended.Fill(u, 0)
		solver.Measure(true)
		res, err := solver.Solve(ctx, u, g)
		if err != nil {
			return nil, err
		}
		solves = append(solves, solve{res.Time.Seconds(), res.Cycles, solver.Work()})
	}
	slices.SortFunc(solves, func(a, b solve) int { return cmp.Compare(a.seconds, b.seconds) })
	median := solves[(repeats-1)/2] // of two in the middle, the faster: the work belongs to one solve
	speed := &SolveSpeed{Smoother: smoother, Grid: u.Grid, SetupS: solver.SetupTime().Seconds(), Cycles: median.cycles, Work: median.work}
	for _, one := range solves {
		speed.SolveS = append(speed.SolveS, one.seconds)
	}
	copying, err := bandwidth.Copy(ctx, bandwidth.Far)
	speed.Copying = copying.Best
	return speed, err
}

// Median is the seconds of the median solve.
func (s *SolveSpeed) Median() float64 { return s.SolveS[(len(s.SolveS)-1)/2] }

// Bytes is what a solve moves, by the model of the kernels.
func (s *SolveSpeed) Bytes() (sum int64) {
	for _, w := range s.Work {
		sum += w.Bytes
	}
	return sum
}

// Bound is the seconds that memory needs for [SolveSpeed.Bytes].
func (s *SolveSpeed) Bound() float64 { return float64(s.Bytes()) / s.Copying }

// MdofPerS is the unknowns solved for in a second, in millions.
func (s *SolveSpeed) MdofPerS() float64 { return float64(s.Grid.Unknowns()) / s.Median() / 1e6 }

// PerUnknown is bytes / times per unknown of the finest grid.
func (s *SolveSpeed) PerUnknown(bytes int64, times int) float64 {
	return float64(bytes) / float64(s.Grid.Unknowns()) / float64(times)
}

// PerCycle is the number of cycles to divide by, at least 1: a solve may end before the
// first.
func (s *SolveSpeed) PerCycle() int { return max(1, s.Cycles) }

// maxStream is the largest array in megabytes.
const maxStream = 4096

// StreamMB is the default size of an array in megabytes.
const StreamMB = bandwidth.Far >> 20

// Stream is the bandwidth of the main memory in bytes per second.
type Stream struct {
	CopyBest, CopyMedian   float64 // a = b
	TriadBest, TriadMedian float64 // a = b + s·c
	Threads                int
}

// MeasureStream measures the bandwidth with arrays of mb megabytes, 1 to 4096.
func MeasureStream(ctx context.Context, mb int) (s Stream, err error) {
	if mb < 1 || mb > maxStream {
		return s, Usagef("--mb %d; want 1 to %d", mb, maxStream)
	}
	copying, err := bandwidth.Copy(ctx, mb<<20)
	if err != nil {
		return s, err
	}
	triad, err := bandwidth.Triad(ctx, mb<<20)
	return Stream{copying.Best, copying.Median, triad.Best, triad.Median, runtime.GOMAXPROCS(0)}, err
}

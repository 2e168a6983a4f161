package main

// mgtool bench stream and bench solve.

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"mgtool/internal/bandwidth"
	"mgtool/multigrid"
	"mgtool/pde"
	"mgtool/tensor"
)

// maxStream is how many megabytes an array of bench stream has at most.
const maxStream = 4096

func (a *app) benchStream() *cobra.Command {
	var mb int
	c := &cobra.Command{
		Use:   "stream",
		Short: "Bandwidth of the main memory: copy and triad",
		Long: `Bandwidth of the main memory, on all threads, in float64:

  copy    a = b          16 bytes a value
  triad   a = b + s·c    24 bytes a value

each several times; the best is what the machine can do, the median what it did.
Counted are the bytes that the loops name: where a store goes through the caches,
the processor also reads the line that it overwrites.`,
		Example: `  mgtool bench stream
  mgtool bench stream --mb 1024 --threads 1 --json`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if mb < 1 || mb > maxStream {
				return usagef("--mb %d; want 1 to %d", mb, maxStream)
			}
			copying, err := bandwidth.Copy(c.Context(), mb<<20)
			if err != nil {
				return err
			}
			triad, err := bandwidth.Triad(c.Context(), mb<<20)
			if err != nil {
				return err
			}
			threads := runtime.GOMAXPROCS(0)
			if a.json {
				return object(map[string]any{
					"bench": "stream", "threads": threads, "array_mb": mb,
					"copy_gb_per_s": number(copying.Best / 1e9), "copy_median_gb_per_s": number(copying.Median / 1e9),
					"triad_gb_per_s": number(triad.Best / 1e9), "triad_median_gb_per_s": number(triad.Median / 1e9),
				})
			}
			grid([]any{"loop", "arrays", "GB/s, best", "GB/s, median"},
				[]any{"copy  a = b", 2, cell{"%.1f", copying.Best / 1e9}, cell{"%.1f", copying.Median / 1e9}},
				[]any{"triad a = b + s·c", 3, cell{"%.1f", triad.Best / 1e9}, cell{"%.1f", triad.Median / 1e9}})
			fmt.Printf("\n%d threads, float64 arrays of %d MB\n", threads, mb)
			return nil
		},
	}
	c.Flags().IntVar(&mb, "mb", bandwidth.Far>>20, "size of an array in MB; the caches should be far smaller")
	return c
}

// maxRepeats is how often bench solve solves at most.
const maxRepeats = 1000

// usualSides is the cells a side that bench solve takes unless told, by dimension.
var usualSides = map[int]int{1: 1 << 20, 2: 4096, 3: 256}

func (a *app) benchSolve() *cobra.Command {
	f := solveFlags{krylov: "none", start: "zero", precision: "f64"}
	var repeats int
	c := &cobra.Command{
		Use:   "solve",
		Short: "Speed of a multigrid solve, and where its time goes",
		Long: `Speed of a multigrid solve, and where its time goes.

The problem is solved several times from the boundary values extended inwards; the
figures are those of the median solve, set-up excluded. Bytes are by the model of the kernels: a walk over a grid
reads each array that it needs once and writes each that it changes once. The
bound is the time in which this machine copies as many, measured in the same run;
small grids stay in the caches and may be faster than memory.`,
		Example: `  mgtool bench solve
  mgtool bench solve --dim 3 --n 256 --threads 1 --json
  mgtool bench solve --cycle fmg --rtol 0`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if !c.Flags().Changed("n") {
				f.n = usualSides[f.dim]
			}
			if repeats < 1 || repeats > maxRepeats {
				return usagef("--repeats %d; want 1 to %d", repeats, maxRepeats)
			}
			s, err := measureSolve(c.Context(), f, repeats)
			if err != nil {
				return err
			}
			if a.json {
				return object(s.object())
			}
			s.print()
			return nil
		},
	}
	fl := c.Flags()
	fl.StringVar(&f.problem, "problem", "ones", "a problem of the catalogue; see mgtool solve --list")
	fl.IntVar(&f.dim, "dim", 2, "dimension: 1, 2 or 3")
	fl.IntVar(&f.n, "n", 0, "cells a side; unless told 4096 in two dimensions, 256 in three, 1048576 in one")
	fl.StringVar(&f.cycle, "cycle", "v", "v, w, f or fmg: one full pass, then V-cycles")
	addSmoother(c, &f, "rbsor")
	fl.Float64Var(&f.rtol, "rtol", 1e-8, "stop at this residual, relative to that of the boundary values extended inwards; 0 does all cycles, or with fmg the full pass alone")
	fl.IntVar(&f.maxCycles, "max-cycles", 100, "cycles at most")
	fl.IntVar(&repeats, "repeats", 3, "solves; the median counts")
	return c
}

// solveSpeed is what several solves have shown.
type solveSpeed struct {
	flags    solveFlags
	settings multigrid.Settings
	grid     pde.Grid
	setup    float64   // seconds
	seconds  []float64 // of every solve, in order of size
	cycles   int
	work     []multigrid.LevelWork // of the median solve
	copying  float64               // bytes a second
}

// measureSolve solves the problem so many times.
func measureSolve(ctx context.Context, f solveFlags, repeats int) (*solveSpeed, error) {
	settings, err := f.settings()
	if err != nil {
		return nil, err
	}
	settings.Recorder = nil // nothing else happens while the clock runs
	unit, err := pde.Unit(f.dim, f.n)
	if err != nil {
		return nil, usage(err)
	}
	p, err := pde.Lookup(f.problem, f.dim)
	if err != nil {
		return nil, usage(err)
	}
	solver, err := f.solver(unit, settings)
	if err != nil {
		return nil, err
	}
	u, g := p.Discretize(unit)
	type solve struct {
		seconds float64
		cycles  int
		work    []multigrid.LevelWork
	}
	var solves []solve
	for i := range repeats {
		status("solve %d of %d", i+1, repeats)
		u.Rows(func(j, k int) { clear(u.Row(j, k)[1:unit.N[0]]) })
		u.ExtendBoundary()
		solver.Measure(true)
		res, err := solver.Solve(ctx, u, g)
		if err != nil {
			status("")
			return nil, err
		}
		solves = append(solves, solve{res.Time.Seconds(), res.Cycles, solver.Work()})
	}
	status("")
	slices.SortFunc(solves, func(a, b solve) int { return cmp.Compare(a.seconds, b.seconds) })
	median := solves[(repeats-1)/2] // of two in the middle the faster: its parts belong together
	s := &solveSpeed{flags: f, settings: settings, grid: unit, setup: solver.SetupTime().Seconds(), cycles: median.cycles, work: median.work}
	for _, one := range solves {
		s.seconds = append(s.seconds, one.seconds)
	}
	copying, err := bandwidth.Copy(ctx, bandwidth.Far)
	s.copying = copying.Best
	return s, err
}

// median is the seconds of the median solve.
func (s *solveSpeed) median() float64 { return s.seconds[(len(s.seconds)-1)/2] }

// bytes is what a solve moves, by the model.
func (s *solveSpeed) bytes() (sum int64) {
	for _, w := range s.work {
		sum += w.Bytes
	}
	return sum
}

// bound is the seconds that memory needs for these.
func (s *solveSpeed) bound() float64 { return float64(s.bytes()) / s.copying }

func (s *solveSpeed) mdof() float64 { return float64(s.grid.Unknowns()) / s.median() / 1e6 }

// perUnknown is bytes by the finest unknown and by what else is counted.
func (s *solveSpeed) perUnknown(bytes int64, times int) float64 {
	return float64(bytes) / float64(s.grid.Unknowns()) / float64(times)
}

// perCycle is seconds or passes a cycle; a solve may end before the first.
func (s *solveSpeed) perCycle() int { return max(1, s.cycles) }

func (s *solveSpeed) object() any {
	kernels, _ := tensor.Kernels()
	f, median := s.flags, s.median()
	type level struct {
		N            []int  `json:"n"`
		Unknowns     int    `json:"unknowns"`
		Passes       int    `json:"passes"`
		BytesUnknown number `json:"bytes_per_unknown_and_cycle"`
		CycleS       number `json:"cycle_s"`
		GBPerS       number `json:"gb_per_s"`
		Share        number `json:"share"`
	}
	var levels []level
	for _, w := range s.work {
		levels = append(levels, level{w.Grid.N[:w.Grid.Dim()], w.Grid.Unknowns(), w.Passes,
			number(s.perUnknown(w.Bytes, s.perCycle())), number(w.Seconds / float64(s.perCycle())),
			number(rate(w.Bytes, w.Seconds)), number(w.Seconds / median)})
	}
	return struct {
		Bench        string   `json:"bench"`
		Problem      string   `json:"problem"`
		Dim          int      `json:"dim"`
		N            int      `json:"n"`
		Unknowns     int      `json:"unknowns"`
		Cycle        string   `json:"cycle"`
		Smoother     string   `json:"smoother"`
		Pre          int      `json:"pre"`
		Post         int      `json:"post"`
		RTol         number   `json:"rtol"`
		Precision    string   `json:"precision"`
		Threads      int      `json:"threads"`
		SIMD         string   `json:"simd"`
		Repeats      int      `json:"repeats"`
		Cycles       int      `json:"cycles"`
		SetupS       number   `json:"setup_s"`
		SolveS       number   `json:"solve_s"`
		AllSolveS    []number `json:"solve_s_sorted"`
		CycleS       number   `json:"cycle_s"`
		MdofPerSec   number   `json:"mdof_per_s"`
		BytesUnknown number   `json:"bytes_per_unknown"`
		GBPerS       number   `json:"gb_per_s"`
		CopyGBPerS   number   `json:"copy_gb_per_s"`
		BoundS       number   `json:"bound_s"`
		Fraction     number   `json:"bound_fraction"`
		Levels       []level  `json:"levels"`
	}{"solve", f.problem, f.dim, f.n, s.grid.Unknowns(), f.cycle, fmt.Sprint(s.settings.Smoother), f.pre, f.post, number(f.rtol), f.precision,
		runtime.GOMAXPROCS(0), kernels, len(s.seconds), s.cycles, number(s.setup), number(median), numbers(s.seconds),
		number(median / float64(s.perCycle())), number(s.mdof()), number(s.perUnknown(s.bytes(), 1)), number(rate(s.bytes(), median)),
		number(s.copying / 1e9), number(s.bound()), number(s.bound() / median), levels}
}

func (s *solveSpeed) print() {
	kernels, _ := tensor.Kernels()
	f, median, cycles := s.flags, s.median(), float64(s.perCycle())
	fmt.Printf("%s, %d unknowns, %s(%d,%d) with %v, %s; %d threads, %s\n\n", f.problem, s.grid.Unknowns(),
		f.cycle, f.pre, f.post, s.settings.Smoother, f.precision, runtime.GOMAXPROCS(0), kernels)
	grid([]any{"a solve", ""},
		[]any{"million unknowns/s", cell{"%.1f", s.mdof()}},
		[]any{"ms, median", cell{"%.2f", 1e3 * median}},
		[]any{"ms, least and most", fmt.Sprintf("%.2f–%.2f", 1e3*s.seconds[0], 1e3*s.seconds[len(s.seconds)-1])},
		[]any{"cycles", s.cycles},
		[]any{"ms a cycle", cell{"%.2f", 1e3 * median / cycles}},
		[]any{"ms of set-up", cell{"%.2f", 1e3 * s.setup}},
		[]any{"bytes moved per unknown, model", cell{"%.1f", s.perUnknown(s.bytes(), 1)}},
		[]any{"GB/s of these", cell{"%.1f", rate(s.bytes(), median)}},
		[]any{"GB/s of copying, best", cell{"%.1f", s.copying / 1e9}},
		[]any{"ms, bandwidth bound", cell{"%.2f", 1e3 * s.bound()}},
		[]any{"bound reached, %", cell{"%.1f", 100 * s.bound() / median}})
	rows := [][]any{{"grid", "unknowns", "passes", "bytes/unknown", "ms", "GB/s", "share %"}}
	line := func(what string, unknowns any, passes int, bytes int64, seconds float64) {
		rows = append(rows, []any{what, unknowns, passes, cell{"%.2f", s.perUnknown(bytes, s.perCycle())}, cell{"%.3f", 1e3 * seconds / cycles},
			cell{"%.1f", unlessZero(rate(bytes, seconds))}, cell{"%.1f", 100 * seconds / median}})
	}
	passes, inside := 0, 0.0
	for _, w := range s.work {
		sides := strings.ReplaceAll(strings.Trim(fmt.Sprint(w.Grid.N[:w.Grid.Dim()]), "[]"), " ", "×")
		line(sides, w.Grid.Unknowns(), w.Passes, w.Bytes, w.Seconds)
		passes, inside = passes+w.Passes, inside+w.Seconds
	}
	line("between passes", "", 0, 0, median-inside)
	line("all of these", "", passes, s.bytes(), median)
	fmt.Println()
	grid(rows...)
	fmt.Println("\nbytes, by the model, are for each finest unknown; these and ms are means of a cycle; the finest grid's include the norms at the start")
}

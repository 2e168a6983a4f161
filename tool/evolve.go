package tool

// The heat equation in time.

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"time"

	"mgtool/internal/memory"
	"mgtool/multigrid"
	"mgtool/pde"
	"mgtool/pde/elliptic"
	"mgtool/pde/file"
	"mgtool/pde/stencil"
)

// Evolve names u' − ∇·(a ∇u) + b·∇u + c u = g, with the problem, method and start of a
// [Solve] (its Start is u at the time 0), the steps in time, and a folder for snapshots.
type Evolve struct {
	Solve
	DT     float64 // length of a step
	Steps  int
	Scheme string // euler (implicit, of first order) or cn (Crank–Nicolson, of second)
	Every  int    // steps from a snapshot to the next
	Folder string // for snapshots; empty for none
}

// DefaultEvolve warms up the unit square.
func DefaultEvolve() Evolve {
	return Evolve{Solve: DefaultSolve(), DT: 0.005, Steps: 40, Scheme: "euler", Every: 1}
}

// maxSnapshots bounds the pictures of an animation, which are kept in memory: a gigabyte.
const maxSnapshots = 1000

// EvolveReport is the result of steps in time.
type EvolveReport struct {
	Name, About  string // of the problem
	Grid         pde.Grid
	Chosen       // the method
	Levels       int
	Done         int     // steps that were completed
	Time         float64 // t at their end
	Cycles, Most int     // of multigrid: in all, and of the step with the most
	Low, High    float64 // the smallest and the largest value of u at the end
	// Fallback is what ended steps where the cycles of a method from a file failed, as in
	// [SolveReport].
	Fallback, FallbackWhy string
	Files                 []string
	SetupS, StepS         float64 // seconds of the set-up, and of all steps without snapshots
}

// Run does the steps and writes snapshots of u at the start, after every Every steps and
// at the end: the values (u-000000.npy and so on by step), a picture of each and all of
// them as an animation (evolution.gif), with the same colours throughout. A run that fails
// or is stopped still writes what it has and returns its report beside the error.
func (e Evolve) Run(ctx context.Context, r Reporter) (*EvolveReport, error) {
	system, report, err := e.check(ctx)
	if err != nil {
		return nil, err
	}
	if err := noteOscillations(system, r); err != nil {
		return nil, err
	}
	theta := 1.0
	if e.Scheme == "cn" {
		theta = 0.5
	}
	begin := time.Now()
	p, err := newStepping(system, e.DT, theta, func(b stencil.Operator) (engine, error) {
		if report.Chosen, err = e.choose(b, true); err != nil {
			return nil, err
		}
		if report.Method != "" {
			if report.Note != "" {
				r.note("%s", report.Note)
			}
			return newGuarded(e.Name, b, report.Settings, false, 1)
		}
		if e.Smoother == "" && e.Omega == 0 {
			report.forStepping(b, 1/(theta*e.DT))
		}
		return multigrid.NewSolver(b, report.Settings)
	})
	if err != nil {
		return nil, Usage(err)
	}
	report.Grid, report.Levels, report.SetupS = system.U.Grid, p.solver.Levels(), time.Since(begin).Seconds()
	var movie file.Animation
	snapshot := func() error {
		if e.Folder == "" {
			return nil
		}
		movie.Add(system.U)
		path := filepath.Join(e.Folder, fmt.Sprintf("u-%06d.npy", report.Done))
		report.Files = append(report.Files, path)
		return file.WriteNPY(path, system.U)
	}
	if err := snapshot(); err != nil {
		return nil, err
	}
	var failure error
	for report.Done < e.Steps && failure == nil {
		begin = time.Now()
		var cycles int
		cycles, failure = p.step(ctx)
		report.StepS += time.Since(begin).Seconds()
		report.Cycles += cycles
		report.Most = max(report.Most, cycles)
		if failure != nil {
			break
		}
		report.Done++
		report.Time = float64(report.Done) * e.DT
		r.status("step %d of %d  t %.4g  %d cycles", report.Done, e.Steps, report.Time, cycles)
		if report.Done%e.Every == 0 || report.Done == e.Steps {
			if err := snapshot(); err != nil {
				return nil, err
			}
		}
	}
	report.Low, report.High = extremes(system.U)
	if g, ok := p.solver.(*guarded); ok {
		report.Fallback, report.FallbackWhy, report.Levels = g.fallback, g.why, g.levels
	}
	if e.Folder == "" {
		return report, failure
	}
	for k, path := range report.Files[:movie.Frames()] {
		picture := path[:len(path)-len(".npy")] + ".png"
		if err := movie.WritePNG(picture, k); err != nil {
			return nil, err
		}
		report.Files = append(report.Files, picture)
	}
	const hundredths = 6
	path := filepath.Join(e.Folder, "evolution.gif")
	report.Files = append(report.Files, path)
	if err := movie.WriteGIF(path, hundredths); err != nil {
		return nil, err
	}
	return report, failure
}

// check refuses what cannot run, and makes the system with u at the time 0.
func (e Evolve) check(ctx context.Context) (system *elliptic.System, report *EvolveReport, err error) {
	switch {
	case !(e.DT > 0 && e.DT <= math.MaxFloat64):
		err = Usagef("--dt %g; want a number above 0", e.DT)
	case e.Steps < 1 || e.Steps > math.MaxInt32:
		err = Usagef("--steps %d; want 1 or more", e.Steps)
	case e.Scheme != "euler" && e.Scheme != "cn":
		err = Usagef("--scheme %s; want euler or cn (Crank–Nicolson)", e.Scheme)
	case e.Every < 1:
		err = Usagef("--every %d; want 1 or more", e.Every)
	case e.Folder != "" && e.Steps/e.Every > maxSnapshots:
		err = Usagef("--steps %d --every %d make %d snapshots; want at most %d: a larger --every", e.Steps, e.Every, e.Steps/e.Every, maxSnapshots)
	case e.RelTol <= 0:
		err = Usagef("--rtol %g; want more than 0, since a step is solved until its residual is small", e.RelTol)
	case e.Name == "direct":
		err = Usagef("--method direct with steps in time; want auto or a file whose name ends in .json")
	case e.Operator != "":
		err = Usagef("--operator %s with steps in time; want --a, --b and --c", cutTo(e.Operator, 60))
	case e.Nonlinear != "":
		err = Usagef("--nonlinear %s with steps in time; want a linear equation", cutTo(e.Nonlinear, 60))
	}
	if err != nil {
		return nil, nil, err
	}
	if _, err := e.settings(); err != nil {
		return nil, nil, err
	}
	if err := e.load(); err != nil {
		return nil, nil, err
	}
	report = &EvolveReport{}
	system, err = orStop(ctx, func() (*elliptic.System, error) {
		problem, err := e.mean(e.Input)
		if err != nil {
			return nil, err
		}
		if k := len(problem.more); k > 0 {
			return nil, Usagef("--rhs %s with %d right sides and steps in time; want one", cutTo(e.RHS, 60), k+1)
		}
		if problem.operator != nil {
			return nil, Usagef("--family %s with steps in time, whose stencil is not that of --a, --b and --c; want a family of fluxes through faces", problem.name)
		}
		report.Name, report.About = problem.name, problem.about
		grid := problem.equation.Grid
		if err := memory.Check(fmt.Sprintf("steps in time on %v", grid), 4*pde.FieldBytes[float64](grid)); err != nil {
			return nil, err
		}
		system, err := problem.equation.Discretize()
		if err != nil {
			return nil, Usage(err)
		}
		return system, e.guess(system)
	})
	if err != nil {
		return nil, nil, err
	}
	return system, report, makeFolder("out", e.Folder)
}

// extremes are the smallest and the largest value inside.
func extremes(f *pde.Field[float64]) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, v := range f.Interior() {
		low, high = min(low, v), max(high, v)
	}
	return low, high
}

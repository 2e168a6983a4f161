package tool

// Solving a problem by multigrid.

import (
	"context"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"mgtool/internal/memory"
	"mgtool/multigrid"
	"mgtool/pde"
	"mgtool/pde/elliptic"
	"mgtool/pde/file"
	"mgtool/pde/stencil"
)

// Solve is a problem, a method, and files for the answer.
type Solve struct {
	Statement
	Start string // first guess: zero (the boundary values extended inwards), random, a formula, or an array
	Seed  uint64 // of a random start

	Method

	Out             string // file for u: .npy, .npz, .vti, .vtr, or - for an array on standard output
	Plot            string // file for a picture of u, .png
	PlotConvergence string // file for the curve of the residuals, .png
	Matrix          string // file for A, .mtx
	Balance         bool   // report what flows out through each side

	Input  io.Reader // of RHS -; nil is standard input
	Output io.Writer // of Out -; nil is standard output
}

// DefaultSolve is the problem sine on 256² cells, by the method that suits it.
func DefaultSolve() Solve {
	return Solve{
		Statement: Statement{Problem: "sine", Dim: 2, N: []int{defaultCells}}, Start: "zero",
		Method: Method{
			Name: "auto", Coarsening: "auto", Pre: 1, Post: 1, Precision: "f64",
			RelTol: 1e-8, Baseline: "data", Norm: "2", MaxCycles: 100, Singular: "project",
		},
	}
}

// SolveReport is the result of a solve.
type SolveReport struct {
	*multigrid.Result
	Name, About string // of the problem
	Grid        pde.Grid
	Chosen      // the method
	Levels      int
	Defect      float64           // of the data of a singular problem, see [elliptic.System.Defect]
	Balance     *elliptic.Balance // what flows out and what sources make; nil if not asked for, and after a failure
	Predicted   float64           // the factor by local Fourier analysis; NaN if it says nothing
	SetupS      float64           // seconds of the set-up
	SolveS      float64           // seconds of the solve, of all right sides
	// Fallback is what took over from the cycles of a method from a file: krylov (around them),
	// classical (another method), or empty if nothing did; FallbackWhy says in a line why.
	Fallback, FallbackWhy string
	RightSides            int // number of them; Result is that of the one that took most, or failed
	// L2 and largest error of u, see [pde.Field.Errors]; NaN where the solution is not
	// known, with a mask, and where the solve was interrupted.
	ErrorL2, ErrorMax float64
	// Unknowns solved for in a second, in millions.
	MdofPerS float64
}

// Prepared is a solve that can begin: its system and solver.
type Prepared struct {
	spec    Solve
	chosen  Chosen
	problem *stated
	system  *elliptic.System
	solver  engine
	defect  float64               // of the data as given
	us, gs  []*pde.Field[float64] // of several right sides; empty if there is one
}

// Prepare checks a solve and its files, and builds the solver and its fields, which takes
// seconds on a large grid. A solve that does not fit into memory is refused.
func (s Solve) Prepare(ctx context.Context, r Reporter) (*Prepared, error) {
	if _, err := s.settings(); err != nil {
		return nil, err
	}
	if err := s.load(); err != nil {
		return nil, err
	}
	for _, one := range []struct {
		flag, path string
		endings    []string
	}{
		{"out", s.Out, []string{".npy", ".npz", ".vti", ".vtr"}},
		{"plot", s.Plot, []string{".png"}},
		{"plot-convergence", s.PlotConvergence, []string{".png"}},
		{"matrix", s.Matrix, []string{".mtx"}},
	} {
		if one.flag == "out" && one.path == "-" {
			continue
		}
		if err := CheckFile(one.flag, one.path, one.endings...); err != nil {
			return nil, err
		}
	}
	recorder := func(cycle int, residual float64) { r.status("cycle %d  residual %.3e", cycle, residual) }
	p, err := orStop(ctx, func() (*Prepared, error) { return s.prepare(recorder) })
	if err != nil {
		return nil, err
	}
	if p.chosen.Note != "" {
		r.note("%s", p.chosen.Note)
	}
	return p, noteOscillations(p.system, r)
}

// Stopped is the report of a solve that was stopped during its preparation; nil if the
// solve has no grid.
func (s Solve) Stopped() *SolveReport {
	grid, err := s.grid()
	if err != nil {
		return nil
	}
	nan := math.NaN()
	return &SolveReport{
		Result: &multigrid.Result{Status: multigrid.Interrupted, Factor: nan, TrueResidual: nan},
		Name:   s.named(), Grid: grid, Chosen: Chosen{Cycle: s.Cycle, Smoother: s.Smoother},
		RightSides: 1, Predicted: nan, ErrorL2: nan, ErrorMax: nan, SetupS: nan, MdofPerS: nan,
	}
}

// prepare makes what [Solve.Prepare] returns.
func (s Solve) prepare(recorder func(cycle int, residual float64)) (p *Prepared, err error) {
	p = &Prepared{spec: s}
	if p.problem, err = s.mean(s.Input); err != nil {
		return nil, err
	}
	grid := p.problem.equation.Grid
	if strings.EqualFold(filepath.Ext(s.Out), ".vti") && grid.Stretch != nil {
		return nil, Usagef("--out %s: image data have equal widths; want a name ending in .vtr for --coordinates", s.Out)
	}
	// The least that any problem on this grid takes, before its fields are made.
	plain, err := pde.NewGrid(grid.N[:grid.Dim()], grid.H[:grid.Dim()])
	if err != nil {
		return nil, Usage(err)
	}
	least := multigrid.DefaultSettings()
	if s.Precision == "mixed" {
		least.Precision = multigrid.Mixed
	}
	need, err := multigrid.Memory(stencil.Laplacian(plain), least)
	if err != nil {
		return nil, Usage(err)
	}
	need += int64(2+2*len(p.problem.more)) * pde.FieldBytes[float64](grid)
	if s.Plot != "" {
		need += file.ImageBytes(grid)
	}
	if err := memory.Check(fmt.Sprintf("a solve on %v", grid), need); err != nil {
		return nil, err
	}
	switch {
	case s.Balance && p.problem.equation.Scheme == elliptic.Mehrstellen:
		return nil, Usagef("--balance with --discretization mehrstellen, which has no fluxes on faces; want vertex or cell")
	case s.Balance && s.Operator != "":
		return nil, Usagef("--balance with --operator %s, which has no fluxes on faces; want --balance without it", cutTo(s.Operator, 60))
	case s.Balance && s.Family != "" && p.problem.operator != nil:
		return nil, Usagef("--balance with --family %s, which has no fluxes on faces; want --balance without it", p.problem.name)
	case s.Balance && s.Nonlinear != "":
		return nil, Usagef("--balance with --nonlinear %s, whose flux is not balanced by g alone; want --balance without it", s.Nonlinear)
	}
	if p.system, err = p.problem.discretize(); err != nil {
		return nil, err
	}
	p.compatible()
	if len(p.problem.more) > 0 {
		if err := s.takesSeveral(); err != nil {
			return nil, err
		}
		recorder = nil // several systems at a time
	}
	if p.solver, p.chosen, err = s.newEngine(p.system, 1+len(p.problem.more), recorder); err != nil {
		return nil, err
	}
	if err := s.guess(p.system); err != nil {
		return nil, err
	}
	return p, p.several()
}

// compatible notes the defect of the data, the largest of all right sides, and takes it out
// if that is asked for.
func (p *Prepared) compatible() {
	if defect := p.system.Defect(); math.Abs(defect) > max(rounding*largest(p.system.G), math.Abs(p.defect)) || math.IsNaN(defect) {
		p.defect = defect
	}
	if p.spec.Singular == "project" {
		p.system.Project()
	}
}

// rounding is what the sum of data that have the mean 0 leaves of it.
const rounding = 1e-12

// largest is the largest absolute value inside.
func largest(f *pde.Field[float64]) (most float64) {
	lo, hi := f.Inside(0)
	for r := range f.RowCount() {
		for _, v := range f.Row(f.RowAt(r))[lo:hi] {
			most = max(most, math.Abs(v))
		}
	}
	return most
}

// guess fills the unknowns with the first guess. Points outside the domain of a mask keep
// their values.
func (s Solve) guess(system *elliptic.System) error {
	u := system.U
	if start, err := pde.ParseStart(s.Start); err == nil {
		start.Fill(u, s.Seed)
		return system.SetOutside(u)
	}
	d, err := read("start", s.Start, u.Grid, file.PointShape(u.Grid))
	switch {
	case err != nil:
		return err
	case d.array != nil:
		eachPoint(u, d.array, func(at *float64, v float64) { *at = v })
	default:
		u.FillInterior(d.function)
	}
	return system.SetOutside(u)
}

// eachPoint calls body for the unknowns of a field, with their values in an array of the
// points of the closed box.
func eachPoint(u *pde.Field[float64], values []float64, body func(at *float64, v float64)) {
	i0, i1 := u.Box(0)
	j0, j1 := u.Box(1)
	k0, _ := u.Box(2)
	lo, hi := u.Inside(0)
	for r := range u.RowCount() {
		j, k := u.RowAt(r)
		row := u.Row(j, k)
		of := values[((k-k0)*(j1-j0)+j-j0)*(i1-i0):]
		for i := lo; i < hi; i++ {
			body(&row[i], of[i-i0])
		}
	}
}

// Run solves and writes the files. A solve that fails or is interrupted still writes
// what it has and returns its report beside the error; without a report, a file could
// not be written.
func (p *Prepared) Run(ctx context.Context) (*SolveReport, error) {
	u := p.system.U
	res, failure := p.solve(ctx)
	if res == nil {
		return nil, failure
	}
	if math.IsNaN(p.defect) && slices.Contains([]multigrid.Status{multigrid.Stagnated, multigrid.Diverged, multigrid.CycleLimit}, res.Status) {
		failure = fmt.Errorf("%w; or g has no solution, since nothing says how large u is and there is convection; want --c above 0, or a Dirichlet or Robin side", failure)
	}
	for _, u := range p.solutions() {
		if p.system.Singular() && p.spec.Nonlinear == "" {
			p.system.TakeMean(u)
		}
		if err := p.system.SetOutside(u); err != nil {
			return nil, err
		}
		u.FillGhosts() // the box that is written has both ends of a periodic axis
	}
	// The files come first, so that no printed success is followed by a failure.
	if err := p.write(res); err != nil {
		return nil, err
	}
	r := &SolveReport{
		Result: res, Name: p.problem.name, About: p.problem.about, Grid: u.Grid, Chosen: p.chosen, Levels: p.solver.Levels(),
		Defect: p.defect, Predicted: math.NaN(), SetupS: res.Times.Setup.Seconds(), SolveS: res.Time.Seconds(),
		ErrorL2: math.NaN(), ErrorMax: math.NaN(),
	}
	if g, ok := p.solver.(*guarded); ok {
		r.Fallback, r.FallbackWhy = g.fallback, g.why
	}
	r.RightSides = len(p.solutions())
	r.MdofPerS = float64(u.Unknowns()*r.RightSides) / r.SolveS / 1e6
	if p.spec.Balance && failure == nil { // it holds for the solution only
		b, err := p.system.Balance(u)
		if err != nil {
			return nil, fmt.Errorf("--balance: %w", err)
		}
		r.Balance = &b
	}
	// On a large grid the errors take seconds: a solve that was stopped goes without.
	if exact := p.problem.exact; exact != nil && p.problem.equation.Mask == nil && r.RightSides == 1 && res.Status != multigrid.Interrupted {
		r.ErrorL2, r.ErrorMax = exact.errors(p.system)
	}
	if p.chosen.Settings.Smoother != nil && res.Status != multigrid.Interrupted && r.Fallback != fallbackClassical {
		r.Predicted = p.chosen.predicted(p.system.A)
	}
	return r, failure
}

// errors are the L2 and the largest error of the system's u against d; of a singular
// system, whose u is known but for a constant, against d plus the mean difference.
func (d *datum) errors(system *elliptic.System) (l2, worst float64) {
	u := system.U
	if d.array == nil && !system.Singular() {
		return u.Errors(d.function)
	}
	e := u.Clone()
	if d.array != nil {
		eachPoint(e, d.array, func(at *float64, v float64) { *at -= v })
	} else {
		exact := pde.NewField[float64](u.Grid)
		exact.FillInterior(d.function)
		for n, v := range exact.Data() {
			e.Data()[n] -= v
		}
	}
	mean := 0.0
	if system.Singular() {
		mean = system.Mean(e)
	}
	return e.Errors(func(_, _, _ float64) float64 { return mean })
}

package tool

// Solving a problem by multigrid.

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"mgtool/internal/memory"
	"mgtool/multigrid"
	"mgtool/multigrid/cycle"
	"mgtool/pde"
	"mgtool/pde/elliptic"
	"mgtool/pde/file"
	"mgtool/pde/stencil"
)

// Solve is a problem, a method, and files for the answer.
type Solve struct {
	Statement
	Start string // first guess: zero (the boundary values extended inwards), random, or an array
	Seed  uint64 // of a random start

	Cycle     string  // v, w, f or fmg (one full pass, then V-cycles)
	Smoother  string  // see [multigrid.NewSmoother]
	Omega     float64 // its relaxation weight; 0 is its default
	Pre, Post int     // smoothing steps before and after the coarse correction
	Krylov    string  // none
	Precision string  // f64 or mixed
	RelTol    float64 // residual to stop at, relative to that of the boundary values extended inwards
	MaxCycles int

	Out             string // file for u: .npy, .npz, .vti, .vtr, or - for an array on standard output
	Plot            string // file for a picture of u, .png
	PlotConvergence string // file for the curve of the residuals, .png
	Matrix          string // file for A, .mtx

	Input  io.Reader // of RHS -; nil is standard input
	Output io.Writer // of Out -; nil is standard output
}

// DefaultSolve is the fastest method on the problem sine, 256² cells.
func DefaultSolve() Solve {
	return Solve{
		Statement: Statement{Problem: "sine", Dim: 2, N: []int{defaultCells}}, Start: "zero",
		Cycle: "fmg", Smoother: "rbsor", Pre: 1, Post: 1, Krylov: "none", Precision: "f64", RelTol: 1e-8, MaxCycles: 100,
	}
}

// DefaultCycle is the default cycle: fmg, the fastest, or v if the other settings ask for
// cycles to be measured. cyclesGiven tells that the caller set MaxCycles.
func (s Solve) DefaultCycle(cyclesGiven bool) string {
	if s.Start == pde.Random.String() || s.Krylov != "none" || s.RelTol == 0 && cyclesGiven {
		return "v"
	}
	return "fmg"
}

// Settings are those of the solver.
func (s Solve) Settings() (multigrid.Settings, error) {
	switch {
	case s.Krylov != "none":
		return multigrid.Settings{}, Usagef("--krylov %s; want none, the only choice so far", s.Krylov)
	case s.Precision != "f64" && s.Precision != "mixed":
		return multigrid.Settings{}, Usagef("--precision %s; want f64 or mixed", s.Precision)
	}
	dim, err := s.dim()
	if err != nil {
		return multigrid.Settings{}, err
	}
	cycle, err := cycle.ParseCycle(s.Cycle, s.Pre, s.Post)
	if err != nil {
		return multigrid.Settings{}, Usage(err)
	}
	smoother, err := multigrid.NewSmoother(s.Smoother, dim, s.Omega)
	if err != nil {
		return multigrid.Settings{}, Usage(err)
	}
	precision := multigrid.Double
	if s.Precision == "mixed" {
		precision = multigrid.Mixed
	}
	return multigrid.Settings{
		Cycle: cycle, Components: multigrid.Components{Smoother: smoother}, Precision: precision,
		RelTol: s.RelTol, MaxCycles: s.MaxCycles,
	}, nil
}

// SolveReport is the result of a solve.
type SolveReport struct {
	*multigrid.Result
	Name, About string // of the problem
	Grid        pde.Grid
	Smoother    multigrid.Smoother
	Levels      int
	SetupS      float64 // seconds of the set-up
	SolveS      float64 // seconds of the solve
	// L2 and largest error of u, see [pde.Field.Errors]; NaN where the solution is not
	// known or the solve was interrupted.
	ErrorL2, ErrorMax float64
	// Unknowns solved for in a second, in millions.
	MdofPerS float64
}

// Prepared is a solve that can begin: its system and solver.
type Prepared struct {
	spec     Solve
	settings multigrid.Settings
	problem  *stated
	system   *elliptic.System
	solver   *multigrid.Solver
}

// Prepare checks a solve and its files, and builds the solver and its fields, which takes
// seconds on a large grid. A solve that does not fit into memory is refused.
func (s Solve) Prepare(ctx context.Context, r Reporter) (*Prepared, error) {
	settings, err := s.Settings()
	if err != nil {
		return nil, err
	}
	settings.Recorder = func(cycle int, residual float64) { r.status("cycle %d  residual %.3e", cycle, residual) }
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
	return orStop(ctx, func() (*Prepared, error) { return s.prepare(settings) })
}

// prepare makes what [Solve.Prepare] returns.
func (s Solve) prepare(settings multigrid.Settings) (p *Prepared, err error) {
	p = &Prepared{spec: s, settings: settings}
	input := s.Input
	if input == nil {
		input = os.Stdin
	}
	if p.problem, err = s.mean(input); err != nil {
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
	need, err := multigrid.Memory(stencil.Laplacian(plain), settings)
	if err != nil {
		return nil, Usage(err)
	}
	need += 2 * pde.FieldBytes[float64](grid)
	if s.Plot != "" {
		need += file.ImageBytes(grid)
	}
	if err := memory.Check(fmt.Sprintf("a solve on %v", grid), need); err != nil {
		return nil, err
	}
	if p.system, err = p.problem.equation.Discretize(); err != nil {
		return nil, Usage(err)
	}
	if p.solver, err = multigrid.NewSolver(p.system.A, settings); err != nil {
		return nil, Usage(err)
	}
	return p, s.guess(p.system.U)
}

// guess fills the unknowns with the first guess.
func (s Solve) guess(u *pde.Field[float64]) error {
	if file.IsArray(s.Start) {
		values, err := file.ReadArray(s.Start, file.PointShape(u.Grid))
		if err != nil {
			return fmt.Errorf("--start: %w", err)
		}
		eachPoint(u, values, func(at *float64, v float64) { *at = v })
		return nil
	}
	start, err := pde.ParseStart(s.Start)
	if err != nil {
		return Usagef("--start %s; want zero, random or the name of an array (.npy, .npz)", s.Start)
	}
	start.Fill(u, s.Seed)
	return nil
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
	res, failure := p.solver.Solve(ctx, u, p.system.G)
	u.FillGhosts() // the box that is written has both ends of a periodic axis
	// The files come first, so that no printed success is followed by a failure.
	if err := p.write(res); err != nil {
		return nil, err
	}
	r := &SolveReport{
		Result: res, Name: p.problem.name, About: p.problem.about, Grid: u.Grid, Smoother: p.settings.Smoother, Levels: p.solver.Levels(),
		SetupS: p.solver.SetupTime().Seconds(), SolveS: res.Time.Seconds(),
		ErrorL2: math.NaN(), ErrorMax: math.NaN(),
	}
	r.MdofPerS = float64(u.Unknowns()) / r.SolveS / 1e6
	// On a large grid the errors take seconds: a solve that was stopped goes without.
	if exact := p.problem.exact; exact != nil && res.Status != multigrid.Interrupted {
		r.ErrorL2, r.ErrorMax = exact.errors(u)
	}
	return r, failure
}

// errors are the L2 and the largest error of u against d.
func (d *datum) errors(u *pde.Field[float64]) (l2, worst float64) {
	if d.array == nil {
		return u.Errors(d.function)
	}
	e := u.Clone()
	eachPoint(e, d.array, func(at *float64, v float64) { *at -= v })
	return e.Errors(func(_, _, _ float64) float64 { return 0 })
}

// write writes the files that were asked for.
func (p *Prepared) write(res *multigrid.Result) (err error) {
	u := p.system.U
	switch strings.ToLower(filepath.Ext(p.spec.Out)) {
	case "":
		if p.spec.Out == "-" {
			err = p.print()
		}
	case ".npy":
		err = file.WriteNPY(p.spec.Out, u)
	case ".npz":
		err = file.WriteNPZ(p.spec.Out, u)
	default:
		err = file.WriteVTK(p.spec.Out, u)
	}
	if err == nil && p.spec.Plot != "" {
		err = file.WritePNG(p.spec.Plot, u)
	}
	if err == nil && p.spec.PlotConvergence != "" {
		err = file.WriteConvergence(p.spec.PlotConvergence, res.Residuals)
	}
	if err == nil && p.spec.Matrix != "" {
		err = file.WriteMatrix(p.spec.Matrix, p.system.A)
	}
	return err
}

// print writes u to standard output.
func (p *Prepared) print() error {
	output := p.spec.Output
	if output == nil {
		output = os.Stdout
	}
	b := bufio.NewWriterSize(output, 1<<20)
	if err := file.EncodeNPY(b, p.system.U); err != nil {
		return fmt.Errorf("--out -: %w", err)
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("--out -: %w", err)
	}
	return nil
}

// ListedProblem is a problem of the catalogue with the dimensions it is posed in.
type ListedProblem struct {
	Name  string `json:"name"`
	About string `json:"about"`
	Dims  []int  `json:"dims"`
}

// Problems lists the catalogue; the description of a problem is that of the first
// of the dimensions 2, 1 and 3 that has it.
func Problems() []ListedProblem {
	var list []ListedProblem
	for _, dim := range []int{2, 1, 3} {
		for _, p := range pde.Catalogue(dim) {
			i := slices.IndexFunc(list, func(l ListedProblem) bool { return l.Name == p.Name })
			if i < 0 {
				i = len(list)
				list = append(list, ListedProblem{Name: p.Name, About: p.About})
			}
			list[i].Dims = append(list[i].Dims, dim)
			slices.Sort(list[i].Dims)
		}
	}
	return list
}

package tool

// Solving a problem by multigrid.

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"mgtool/internal/memory"
	"mgtool/multigrid"
	"mgtool/multigrid/cycle"
	"mgtool/pde"
	"mgtool/pde/file"
	"mgtool/pde/stencil"
)

// Solve names a problem −Δu = g, a method, and files for the answer.
type Solve struct {
	Problem string // of the catalogue, see [Problems]
	RHS     string // file of a right side to use instead: a NumPy array, or in two dimensions a picture
	Dim, N  int    // N cells a side
	Start   string // first guess: zero (the boundary values extended inwards) or random
	Seed    uint64 // of a random start

	Cycle     string  // v, w, f or fmg (one full pass, then V-cycles)
	Smoother  string  // see [multigrid.NewSmoother]
	Omega     float64 // its relaxation weight; 0 is its default
	Pre, Post int     // smoothing steps before and after the coarse correction
	Krylov    string  // none
	Precision string  // f64 or mixed
	RelTol    float64 // residual to stop at, relative to that of the boundary values extended inwards
	MaxCycles int

	Out, Plot string // files for u, .npy and .png; empty for none
}

// DefaultSolve is the fastest method on the problem sine, 256² cells.
func DefaultSolve() Solve {
	return Solve{
		Problem: "sine", Dim: 2, N: 256, Start: "zero",
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
	if _, err := s.start(); err != nil {
		return multigrid.Settings{}, err
	}
	cycle, err := cycle.ParseCycle(s.Cycle, s.Pre, s.Post)
	if err != nil {
		return multigrid.Settings{}, Usage(err)
	}
	smoother, err := multigrid.NewSmoother(s.Smoother, s.Dim, s.Omega)
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

// start is the first guess.
func (s Solve) start() (pde.Start, error) {
	start, err := pde.ParseStart(s.Start)
	if err != nil {
		return start, Usagef("--start %s; want zero or random", s.Start)
	}
	return start, nil
}

// SolveReport is the result of a solve.
type SolveReport struct {
	*multigrid.Result
	Problem  pde.Problem
	Grid     pde.Grid
	Smoother multigrid.Smoother
	Levels   int
	SetupS   float64 // seconds of the set-up
	SolveS   float64 // seconds of the solve
	// L2 and largest error of u, see [pde.Field.Errors]; NaN where the solution is not
	// known or the solve was interrupted.
	ErrorL2, ErrorMax float64
	// Unknowns solved for in a second, in millions.
	MdofPerS float64
}

// Prepared is a solve that can begin: its grid, solver and fields.
type Prepared struct {
	spec     Solve
	settings multigrid.Settings
	grid     pde.Grid
	problem  pde.Problem
	solver   *multigrid.Solver
	u, g     *pde.Field[float64]
}

// Prepare checks a solve and its files, and builds the solver and its fields, which takes
// seconds on a large grid. A solve that does not fit into memory is refused.
func (s Solve) Prepare(ctx context.Context, r Reporter) (*Prepared, error) {
	settings, err := s.Settings()
	if err != nil {
		return nil, err
	}
	settings.Recorder = func(cycle int, residual float64) { r.status("cycle %d  residual %.3e", cycle, residual) }
	if err := CheckFile("out", s.Out, ".npy"); err != nil {
		return nil, err
	}
	if err := CheckFile("plot", s.Plot, ".png"); err != nil {
		return nil, err
	}
	grid, err := pde.Unit(s.Dim, s.N)
	if err != nil {
		return nil, Usage(err)
	}
	if s.RHS != "" && !isNPY(s.RHS) && s.Dim != 2 {
		return nil, Usagef("--rhs %s is a picture, for --dim 2; got --dim %d", s.RHS, s.Dim)
	}
	return orStop(ctx, func() (*Prepared, error) { return s.prepare(grid, settings) })
}

func isNPY(name string) bool { return strings.EqualFold(filepath.Ext(name), ".npy") }

// prepare makes what [Solve.Prepare] returns.
func (s Solve) prepare(grid pde.Grid, settings multigrid.Settings) (p *Prepared, err error) {
	p = &Prepared{spec: s, settings: settings, grid: grid}
	if p.problem, err = s.problem(grid); err != nil {
		return nil, err
	}
	start, err := s.start()
	if err != nil {
		return nil, err
	}
	a := stencil.Laplacian(grid)
	need, err := multigrid.Memory(a, settings)
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
	if p.solver, err = multigrid.NewSolver(a, settings); err != nil {
		return nil, Usage(err)
	}
	if p.u, p.g, err = p.problem.Discretize(grid); err != nil {
		return nil, err
	}
	start.Fill(p.u, s.Seed)
	return p, nil
}

// problem is the one that the settings name.
func (s Solve) problem(grid pde.Grid) (pde.Problem, error) {
	switch {
	case isNPY(s.RHS):
		return file.ReadNPY(s.RHS, grid)
	case s.RHS != "":
		return file.ReadPicture(s.RHS, grid)
	}
	p, err := pde.Lookup(s.Problem, s.Dim)
	return p, Usage(err)
}

// Run solves and writes the files. A solve that fails or is interrupted still writes
// what it has and returns its report beside the error; without a report, a file could
// not be written.
func (p *Prepared) Run(ctx context.Context) (*SolveReport, error) {
	res, failure := p.solver.Solve(ctx, p.u, p.g)
	// The files come first, so that no printed success is followed by a failure.
	if out := p.spec.Out; out != "" {
		if err := file.WriteNPY(out, p.u); err != nil {
			return nil, err
		}
	}
	if plot := p.spec.Plot; plot != "" {
		if err := file.WritePNG(plot, p.u); err != nil {
			return nil, err
		}
	}
	r := &SolveReport{
		Result: res, Problem: p.problem, Grid: p.grid, Smoother: p.settings.Smoother, Levels: p.solver.Levels(),
		SetupS: p.solver.SetupTime().Seconds(), SolveS: res.Time.Seconds(),
		ErrorL2: math.NaN(), ErrorMax: math.NaN(),
	}
	r.MdofPerS = float64(p.grid.Unknowns()) / r.SolveS / 1e6
	// On a large grid the errors take seconds: a solve that was stopped goes without.
	if p.problem.Exact != nil && res.Status != multigrid.Interrupted {
		r.ErrorL2, r.ErrorMax = p.u.Errors(p.problem.Exact)
	}
	return r, failure
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

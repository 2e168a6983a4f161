package main

// mgtool solve.

import (
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"mgtool/internal/memory"
	"mgtool/multigrid"
	"mgtool/multigrid/cycle"
	"mgtool/pde"
	"mgtool/pde/file"
	"mgtool/pde/stencil"
)

// solveFlags are the words of a solve and of an lfa.
type solveFlags struct {
	problem, cycle, smoother, krylov, start, precision string
	rhs, out, plot                                     string
	dim, n, pre, post, maxCycles                       int
	omega, rtol                                        float64
	list                                               bool
}

func (a *app) solve() *cobra.Command {
	var f solveFlags
	c := &cobra.Command{
		Use:   "solve",
		Short: "Solve −Δu = g on the unit interval, square or cube by multigrid",
		Long: `Solve −Δu = g on the unit interval, square or cube by multigrid.

The default is the fastest setting: full multigrid with red-black SOR. Residuals are
relative to ‖g − A E‖, where E is the boundary values extended inwards. E is also the
default first guess, so the residual starts at 1. A solve that reaches the rounding
errors of float64 before --rtol counts as converged and says so.`,
		Example: `  mgtool solve --problem sine --n 512 --rtol 1e-10
  mgtool solve --problem ones --dim 3 --n 128 --cycle v --smoother rbgs
  mgtool solve --problem zero --start random --cycle w --rtol 0 --max-cycles 20
  mgtool solve --rhs photo.jpg --n 256 --plot u.png`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if f.list {
				return a.listProblems()
			}
			return a.runSolve(c, f)
		},
	}
	fl := c.Flags()
	fl.StringVar(&f.problem, "problem", "sine", "a problem of the catalogue; see --list")
	fl.BoolVar(&f.list, "list", false, "list the problems")
	fl.IntVar(&f.dim, "dim", 2, "dimension: 1, 2 or 3")
	fl.IntVar(&f.n, "n", 256, "cells a side")
	fl.StringVar(&f.cycle, "cycle", "", "v, w, f or fmg (one full pass, then V-cycles); default fmg, or v with --start random or with --rtol 0 --max-cycles K")
	addSmoother(c, &f, "rbsor")
	fl.StringVar(&f.krylov, "krylov", "none", "Krylov method around the cycle: none")
	fl.StringVar(&f.start, "start", "zero", "first guess: zero (the boundary values extended inwards) or random")
	fl.Float64Var(&f.rtol, "rtol", 1e-8, "stop at this relative residual (see above); 0 does all cycles, or with fmg the full pass alone")
	fl.IntVar(&f.maxCycles, "max-cycles", 100, "cycles at most")
	fl.StringVar(&f.precision, "precision", "f64", "f64, or mixed: two to four cycles in float32 for each residual in float64, which counts as a cycle")
	fl.StringVar(&f.rhs, "rhs", "", "right side g, zero boundary: a NumPy array of one value a vertex (.npy), or a picture (PNG, JPEG, GIF, TIFF, WebP, BMP), turned upright by its EXIF orientation, transparent pixels count as black")
	fl.StringVar(&f.out, "out", "", "write u to this NumPy file (.npy)")
	fl.StringVar(&f.plot, "plot", "", "write a picture of u to this file (.png)")
	return c
}

// addSmoother adds the flags of smoothing, with this smoother unless told.
func addSmoother(c *cobra.Command, f *solveFlags, smoother string) {
	fl := c.Flags()
	fl.StringVar(&f.smoother, "smoother", smoother, "jacobi, gs, sgs (symmetric), rbgs (red-black), rbsor or chebyshev")
	fl.Float64Var(&f.omega, "omega", 0, "relaxation weight of jacobi and rbsor; 0 is the usual one (0.8 and 1.15 in two dimensions)")
	fl.IntVar(&f.pre, "pre", 1, "smoothing steps before the coarse correction")
	fl.IntVar(&f.post, "post", 1, "smoothing steps after it")
}

// listed is a problem of the catalogue with the dimensions that it exists in.
type listed struct {
	Name  string `json:"name"`
	About string `json:"about"`
	Dims  []int  `json:"dims"`
}

// problems lists the catalogue; what is said of a problem is that of the first
// of the dimensions 2, 1 and 3 that has it.
func problems() []listed {
	var list []listed
	for _, dim := range []int{2, 1, 3} {
		for _, p := range pde.Catalogue(dim) {
			i := slices.IndexFunc(list, func(l listed) bool { return l.Name == p.Name })
			if i < 0 {
				i = len(list)
				list = append(list, listed{Name: p.Name, About: p.About})
			}
			list[i].Dims = append(list[i].Dims, dim)
			slices.Sort(list[i].Dims)
		}
	}
	return list
}

func (a *app) listProblems() error {
	list := problems()
	if a.json {
		return object(map[string]any{"problems": list})
	}
	rows := [][]any{{"problem", "dimensions", "what it is"}}
	for _, p := range list {
		rows = append(rows, []any{p.Name, strings.Trim(fmt.Sprint(p.Dims), "[]"), p.About})
	}
	grid(rows...)
	return nil
}

// settings checks the flags and makes the solver's settings of them.
func (f solveFlags) settings() (multigrid.Settings, error) {
	switch {
	case f.krylov != "none":
		return multigrid.Settings{}, usagef("--krylov %s; want none, the only choice so far", f.krylov)
	case f.precision != "f64" && f.precision != "mixed":
		return multigrid.Settings{}, usagef("--precision %s; want f64 or mixed", f.precision)
	case f.start != "zero" && f.start != "random":
		return multigrid.Settings{}, usagef("--start %s; want zero or random", f.start)
	}
	cycle, err := cycle.ParseCycle(f.cycle, f.pre, f.post)
	if err != nil {
		return multigrid.Settings{}, usage(err)
	}
	smoother, err := multigrid.NewSmoother(f.smoother, f.dim, f.omega)
	if err != nil {
		return multigrid.Settings{}, usage(err)
	}
	precision := multigrid.Double
	if f.precision == "mixed" {
		precision = multigrid.Mixed
	}
	return multigrid.Settings{
		Cycle: cycle, Components: multigrid.Components{Smoother: smoother}, Precision: precision,
		RelTol: f.rtol, MaxCycles: f.maxCycles,
		Recorder: func(cycle int, residual float64) { status("cycle %d  residual %.3e", cycle, residual) },
	}, nil
}

// usualCycle is the default cycle: the fastest, or a V-cycle where the other flags ask
// for cycles to be measured.
func (f solveFlags) usualCycle(countsCycles bool) string {
	if f.start == "random" || f.krylov != "none" || f.rtol == 0 && countsCycles {
		return "v"
	}
	return "fmg"
}

func (a *app) runSolve(c *cobra.Command, f solveFlags) error {
	if !c.Flags().Changed("cycle") {
		f.cycle = f.usualCycle(c.Flags().Changed("max-cycles"))
	}
	s, err := f.settings()
	if err != nil {
		return err
	}
	if err := canWrite("out", f.out, ".npy"); err != nil {
		return err
	}
	if err := canWrite("plot", f.plot, ".png"); err != nil {
		return err
	}
	unit, err := pde.Unit(f.dim, f.n)
	if err != nil {
		return usage(err)
	}
	if f.rhs != "" {
		if c.Flags().Changed("problem") {
			return usagef("--problem and --rhs both name a right side; want one of them")
		}
		if f.dim != 2 && !isNPY(f.rhs) {
			return usagef("--rhs %s is a picture, for --dim 2; got --dim %d", f.rhs, f.dim)
		}
	}
	ready, err := orStop(c.Context(), func() (solveReady, error) { return f.prepare(unit, s, a.seed) })
	if err != nil {
		return err
	}
	solver, p, u, g := ready.solver, ready.problem, ready.u, ready.g
	a.saves.Store(true) // u is written also if the solve is stopped
	defer a.saves.Store(false)
	res, failure := solver.Solve(c.Context(), u, g)
	status("")

	// The files come first, so that no printed success is followed by a failure;
	// a solve that did not converge leaves what it has.
	if f.out != "" {
		if err := file.WriteNPY(f.out, u); err != nil {
			return err
		}
	}
	if f.plot != "" {
		if err := file.WritePNG(f.plot, u); err != nil {
			return err
		}
	}
	l2, largest := number(nan), number(nan)
	// On a large grid the errors take seconds: a solve that was stopped goes without.
	known := p.Exact != nil && res.Status != multigrid.Interrupted
	if known {
		e2, em := u.Errors(p.Exact)
		l2, largest = number(e2), number(em)
	}
	status := "converged"
	if failure != nil {
		status = "failed"
	}
	mdof := float64(unit.Unknowns()) / res.Time.Seconds() / 1e6
	if a.json {
		err = object(struct {
			Problem    string   `json:"problem"`
			Dim        int      `json:"dim"`
			N          int      `json:"n"`
			Unknowns   int      `json:"unknowns"`
			Levels     int      `json:"levels"`
			Cycle      string   `json:"cycle"`
			Smoother   string   `json:"smoother"`
			Pre        int      `json:"pre"`
			Post       int      `json:"post"`
			Precision  string   `json:"precision"`
			Threads    int      `json:"threads"`
			Status     string   `json:"status"`
			Reason     string   `json:"reason"`
			Cycles     int      `json:"cycles"`
			Residuals  []number `json:"residuals"`
			Factor     number   `json:"factor"`
			ErrorL2    number   `json:"error_l2"`
			ErrorMax   number   `json:"error_max"`
			SetupS     number   `json:"setup_s"`
			SolveS     number   `json:"solve_s"`
			MdofPerSec number   `json:"mdof_per_s"`
		}{p.Name, f.dim, f.n, unit.Unknowns(), solver.Levels(), f.cycle, f.smoother, f.pre, f.post, f.precision,
			runtime.GOMAXPROCS(0), status, res.Status.String(), res.Cycles, numbers(res.Residuals), number(res.Factor),
			l2, largest, number(solver.SetupTime().Seconds()), number(res.Time.Seconds()), number(mdof)})
		if err != nil {
			return err
		}
	} else {
		rows := [][]any{{"cycle", "residual", "ratio"}}
		for k, r := range res.Residuals {
			ratio := nan
			if k > 0 {
				ratio = r / res.Residuals[k-1]
			}
			rows = append(rows, []any{k, cell{"%.3e", r}, cell{"%.4f", ratio}})
		}
		grid(rows...)
		fmt.Printf("\n%s: %s, %d unknowns on %d levels, %s(%d,%d) with %v\n", p.Name, p.About, unit.Unknowns(), solver.Levels(), f.cycle, f.pre, f.post, s.Smoother)
		fmt.Printf("%s (%v) after %d cycles, factor %v\n", status, res.Status, res.Cycles, cell{"%.4f", res.Factor})
		if known {
			fmt.Printf("error: L2 %.4e, largest %.4e\n", float64(l2), float64(largest))
		}
		fmt.Printf("%.1f ms set-up, %.1f ms solve, %.1f million unknowns/s\n", 1e3*solver.SetupTime().Seconds(), 1e3*res.Time.Seconds(), mdof)
	}
	return failure
}

// solveReady is a solve that can begin.
type solveReady struct {
	solver  *multigrid.Solver
	problem pde.Problem
	u, g    *pde.Field[float64]
}

// prepare makes the solver and the fields, which takes a while on a large grid.
func (f solveFlags) prepare(unit pde.Grid, s multigrid.Settings, seed uint64) (r solveReady, err error) {
	switch {
	case isNPY(f.rhs):
		r.problem, err = file.ReadNPY(f.rhs, unit)
	case f.rhs != "":
		r.problem, err = file.ReadPicture(f.rhs, unit)
	default:
		r.problem, err = pde.Lookup(f.problem, f.dim)
		err = usage(err)
	}
	if err != nil {
		return r, err
	}
	if r.solver, err = f.solver(unit, s); err != nil {
		return r, err
	}
	r.u, r.g = r.problem.Discretize(unit)
	if f.start == "random" {
		r.u.Randomize(seed)
	} else {
		r.u.ExtendBoundary()
	}
	return r, nil
}

func isNPY(name string) bool { return strings.EqualFold(filepath.Ext(name), ".npy") }

// solver makes the solver if it fits into memory together with u, g and a picture.
func (f solveFlags) solver(unit pde.Grid, s multigrid.Settings) (*multigrid.Solver, error) {
	a := stencil.Laplacian(unit)
	need, err := multigrid.Memory(a, s)
	if err != nil {
		return nil, usage(err)
	}
	need += 2 * pde.FieldBytes[float64](unit)
	if f.plot != "" {
		need += file.ImageBytes(unit)
	}
	if err := memory.Check(fmt.Sprintf("a solve on %v", unit), need); err != nil {
		return nil, err
	}
	solver, err := multigrid.NewSolver(a, s)
	return solver, usage(err)
}

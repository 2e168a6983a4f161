package main

// mgtool solve.

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"mgtool/tool"
)

func (a *app) solve() *cobra.Command {
	s := tool.DefaultSolve()
	var list bool
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
			if list {
				return a.listProblems()
			}
			if s.RHS != "" && c.Flags().Changed("problem") {
				return tool.Usagef("--problem and --rhs both name a right side; want one of them")
			}
			if !c.Flags().Changed("cycle") {
				s.Cycle = s.DefaultCycle(c.Flags().Changed("max-cycles"))
			}
			s.Seed = a.seed
			return a.runSolve(c.Context(), s)
		},
	}
	fl := c.Flags()
	fl.StringVar(&s.Problem, "problem", s.Problem, "problem to solve; see --list")
	fl.BoolVar(&list, "list", false, "list the problems")
	fl.IntVar(&s.Dim, "dim", s.Dim, "dimension: 1, 2 or 3")
	fl.IntVar(&s.N, "n", s.N, "cells a side")
	fl.StringVar(&s.Cycle, "cycle", "", "v, w, f or fmg (one full pass, then V-cycles); default fmg, or v with --start random or with --rtol 0 --max-cycles K")
	addSmoother(c, &s)
	fl.StringVar(&s.Krylov, "krylov", s.Krylov, "Krylov method around the cycle: none")
	fl.StringVar(&s.Start, "start", s.Start, "first guess: zero (the boundary values extended inwards) or random")
	fl.Float64Var(&s.RelTol, "rtol", s.RelTol, "stop at this relative residual (see above); 0 runs all cycles, or with fmg the full pass alone")
	fl.IntVar(&s.MaxCycles, "max-cycles", s.MaxCycles, "maximum number of cycles")
	fl.StringVar(&s.Precision, "precision", s.Precision, "f64, or mixed: two to four float32 cycles for each float64 residual, counted as one cycle")
	fl.StringVar(&s.RHS, "rhs", s.RHS, "right side g, with zero boundary values: a NumPy array of one value per vertex (.npy), or a picture (PNG, JPEG, GIF, TIFF, WebP, BMP); the EXIF orientation is applied, transparent pixels count as black")
	fl.StringVar(&s.Out, "out", s.Out, "write u to this NumPy file (.npy)")
	fl.StringVar(&s.Plot, "plot", s.Plot, "write a picture of u to this file (.png)")
	return c
}

// addSmoother adds the flags of the smoother; the defaults are the values of s.
func addSmoother(c *cobra.Command, s *tool.Solve) {
	fl := c.Flags()
	fl.StringVar(&s.Smoother, "smoother", s.Smoother, "jacobi, gs, sgs (symmetric), rbgs (red-black), rbsor, chebyshev, line (zebra, along all axes), linex, liney or linez")
	fl.Float64Var(&s.Omega, "omega", s.Omega, "relaxation weight of jacobi and rbsor; 0 is the default (0.8 and 1.15 in two dimensions)")
	fl.IntVar(&s.Pre, "pre", s.Pre, "smoothing steps before the coarse correction")
	fl.IntVar(&s.Post, "post", s.Post, "smoothing steps after the coarse correction")
}

func (a *app) listProblems() error {
	list := tool.Problems()
	if a.json {
		return printJSON(map[string]any{"problems": list})
	}
	rows := [][]any{{"problem", "dimensions", "what it is"}}
	for _, p := range list {
		rows = append(rows, []any{p.Name, strings.Trim(fmt.Sprint(p.Dims), "[]"), p.About})
	}
	printTable(rows...)
	return nil
}

func (a *app) runSolve(ctx context.Context, s tool.Solve) error {
	p, err := s.Prepare(ctx, reporter)
	if err != nil {
		return err
	}
	a.saves.Store(true) // u is written also if the solve is stopped
	defer a.saves.Store(false)
	r, failure := p.Run(ctx)
	endLine()
	if r == nil {
		return failure
	}
	status := "converged"
	if failure != nil {
		status = "failed"
	}
	if a.json {
		if err := printJSON(solveObject(s, r, status)); err != nil {
			return err
		}
		return failure
	}
	rows := [][]any{{"cycle", "residual", "ratio"}}
	for k, v := range r.Residuals {
		ratio := nan
		if k > 0 {
			ratio = v / r.Residuals[k-1]
		}
		rows = append(rows, []any{k, cell{"%.3e", v}, cell{"%.4f", ratio}})
	}
	printTable(rows...)
	fmt.Printf("\n%s: %s, %d unknowns on %d levels, %s(%d,%d) with %v\n", r.Problem.Name, r.Problem.About, r.Grid.Unknowns(), r.Levels, s.Cycle, s.Pre, s.Post, r.Smoother)
	fmt.Printf("%s (%v) after %s, factor %v\n", status, r.Status, counted(r.Cycles, "cycle"), cell{"%.4f", r.Factor})
	if !math.IsNaN(r.ErrorL2) {
		fmt.Printf("error: L2 %.4e, largest %.4e\n", r.ErrorL2, r.ErrorMax)
	}
	fmt.Printf("%.1f ms set-up, %.1f ms solve, %.1f million unknowns/s\n", 1e3*r.SetupS, 1e3*r.SolveS, r.MdofPerS)
	return failure
}

func solveObject(s tool.Solve, r *tool.SolveReport, status string) any {
	return struct {
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
	}{r.Problem.Name, s.Dim, s.N, r.Grid.Unknowns(), r.Levels, s.Cycle, s.Smoother, s.Pre, s.Post, s.Precision,
		runtime.GOMAXPROCS(0), status, r.Status.String(), r.Cycles, numbers(r.Residuals), number(r.Factor),
		number(r.ErrorL2), number(r.ErrorMax), number(r.SetupS), number(r.SolveS), number(r.MdofPerS)}
}

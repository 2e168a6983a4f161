package main

// mgtool evolve.

import (
	"cmp"
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"mgtool/tool"
)

func (a *app) evolve() *cobra.Command {
	e := tool.DefaultEvolve()
	e.Statement = tool.Statement{}
	var stated *statementFlags
	c := &cobra.Command{
		Use:   "evolve",
		Short: "Solve ∂u/∂t − ∇·(a ∇u) + b·∇u + c u = g by implicit steps in time",
		Long: `Solve ∂u/∂t − ∇·(a ∇u) + b·∇u + c u = g by implicit steps in time. Problems, formulas,
arrays, boundary conditions and masks are those of mgtool solve.

Multigrid solves each step to --rtol, relative to the change of u in it; the solver is set
up once. Steps may have any length. Implicit Euler damps every wave; Crank–Nicolson (cn)
is more accurate, but waves that decay faster than a step is long ring on.

--out names a folder for snapshots: u-STEP.npy, a picture of each, and evolution.gif.`,
		Example: `  mgtool evolve --problem sine --n 128 --dt 0.005 --steps 40 --out warming
  mgtool evolve --g "100*(x>0.4)*(x<0.6)" --boundary "y:neumann=0" --a "1+9*(y>0.5)" --n 128 --start 0 --dt 1e-4 --steps 100 --every 5 --out stove
  mgtool evolve --problem zero --start random --n 256 --scheme cn --dt 1e-5 --steps 100 --every 5 --out smoothing`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := stated.read(); err != nil {
				return err
			}
			e.Seed = a.seed
			return a.runEvolve(c.Context(), e, stated)
		},
	}
	fl := c.Flags()
	fl.SortFlags = false
	stated = addStatement(c, &e.Statement)
	fl.StringVar(&e.Start, "start", e.Start, "u at the time 0: zero (the boundary values extended inwards), random, a formula, or an array (.npy, file.npz:name)")
	fl.StringVar(&e.Name, "method", e.Name, "auto, or a file of a method (.json) for A + 1/(θ dt), which sets cycle, smoother and coarsening")
	fl.StringVar(&e.Cycle, "cycle", "", "v, w or f; default as suits the operator")
	fl.StringVar(&e.Coarsening, "coarsening", e.Coarsening, "auto, full (rediscretised), galerkin, semi, blackbox (operator-dependent) or aggregation (algebraic)")
	addSmoother(c, &e.Solve)
	fl.StringVar(&e.Krylov, "krylov", e.Krylov, "Krylov method around the cycle: none, cg, fgmres, bicgstab or auto; default as suits the operator")
	fl.Float64Var(&e.RelTol, "rtol", e.RelTol, "solve each step to this residual, relative to the change of u")
	fl.IntVar(&e.MaxCycles, "max-cycles", e.MaxCycles, "maximum number of cycles in each step")
	fl.Float64Var(&e.DT, "dt", e.DT, "length of a step")
	fl.IntVar(&e.Steps, "steps", e.Steps, "number of steps")
	fl.StringVar(&e.Scheme, "scheme", e.Scheme, "euler (implicit) or cn (Crank–Nicolson)")
	fl.IntVar(&e.Every, "every", e.Every, "steps from one snapshot to the next")
	fl.StringVar(&e.Folder, "out", "", "write snapshots, pictures and an animation to this folder")
	return c
}

func (a *app) runEvolve(ctx context.Context, e tool.Evolve, stated *statementFlags) error {
	a.saves.Store(true) // pictures and the animation are written also if the steps are stopped
	defer a.saves.Store(false)
	r, failure := e.Run(ctx, reporter)
	endLine()
	if r == nil {
		return failure
	}
	if err := stated.write(); err != nil {
		return err
	}
	status := "done"
	if failure != nil {
		status = "failed"
	}
	if a.json {
		if err := printJSON(struct {
			Problem  string   `json:"problem"`
			Dim      int      `json:"dim"`
			N        int      `json:"n"`
			Cells    []int    `json:"cells"`
			Unknowns int      `json:"unknowns"`
			Levels   int      `json:"levels"`
			Method   string   `json:"method"`
			Fallback *string  `json:"fallback"`
			Scheme   string   `json:"scheme"`
			DT       number   `json:"dt"`
			Status   string   `json:"status"`
			Steps    int      `json:"steps"`
			Time     number   `json:"time"`
			Cycles   int      `json:"cycles"`
			Most     int      `json:"most_cycles"`
			Low      number   `json:"u_min"`
			High     number   `json:"u_max"`
			Files    []string `json:"files"`
			SetupS   number   `json:"setup_s"`
			StepS    number   `json:"steps_s"`
		}{r.Name, r.Grid.Dim(), r.Grid.N[0], r.Grid.N[:r.Grid.Dim()], r.Grid.Unknowns(), r.Levels, cmp.Or(r.Method, e.Name), orNull(r.Fallback), e.Scheme, number(e.DT), status, r.Done, number(r.Time),
			r.Cycles, r.Most, number(r.Low), number(r.High), r.Files, number(r.SetupS), number(r.StepS)}); err != nil {
			return err
		}
		return failure
	}
	fmt.Printf("%s: %s, %d unknowns on %d levels\n", r.Name, r.About, r.Grid.Unknowns(), r.Levels)
	if r.Method != "" {
		fmt.Printf("method: %s\n", r.Why)
	}
	if r.FallbackWhy != "" {
		fmt.Println("fallback to the classical method:", r.FallbackWhy)
	}
	fmt.Printf("%s after %s of %g (%s) at t = %.6g: u from %.6g to %.6g\n", status, counted(r.Done, "step"), e.DT, e.Scheme, r.Time, r.Low, r.High)
	fmt.Printf("%s, at most %d a step; %.1f ms set-up, %.1f ms steps\n", counted(r.Cycles, "cycle"), r.Most, 1e3*r.SetupS, 1e3*r.StepS)
	if len(r.Files) > 0 {
		fmt.Printf("%s in %s\n", counted(len(r.Files), "file"), e.Folder)
	}
	return failure
}

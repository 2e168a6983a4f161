package main

// mgtool meta.

import (
	"cmp"
	"fmt"

	"github.com/spf13/cobra"

	"mgtool/tool"
)

func (a *app) meta() *cobra.Command {
	c := &cobra.Command{
		Use:   "meta",
		Short: "Networks that emit multigrid methods: one training for a family of problems",
		Long: `Networks that emit multigrid methods: one training for a family of problems.

A small network looks at the operator when a solve is set up and emits smoothers and prolongation;
the cycle itself stays linear, and every answer is checked by its true residual. See
docs/meta.md.`,
		Args: unknownVerb,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(a.metaTrain(), a.metaCompare())
	return c
}

func (a *app) metaTrain() *cobra.Command {
	t := tool.Meta{Emits: "levels", Gamma: 1, Pre: 2, Post: 2, Seed: 1}
	c := &cobra.Command{
		Use:   "train",
		Short: "Train a network and write the method it makes",
		Long: `Train a network and write the method it makes, for mgtool solve --method FILE.

--emits levels: smoothing stencils and prolongation of every level, for constant operators of nine
points; trained on rotated anisotropic diffusion.
--emits smoothers: smoothing stencils of every point, for variable coefficients; trained on
log-normal ones, checkerboards and anisotropic diffusion in a direction that turns.
--emits influence: the prolongation of black-box multigrid, for variable coefficients; trained on
log-normal ones.

Progress is how many decimal digits a cycle takes off the error of the problems of a step: of
levels by two-grid analysis, of smoothers in V-cycles on small grids, of influence on two grids.

Ctrl-C ends a training early and writes what was learned until then.`,
		Example: `  mgtool meta train --emits levels --out rotated.json
  mgtool solve --family "rotated(eps=0.01,theta=30)" --n 256 --method rotated.json
  mgtool meta train --emits influence --gamma 2 --pre 1 --post 1 --out lognormal.json`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			a.saves.Store(true)
			defer a.saves.Store(false)
			r, err := t.Train(c.Context(), func(step, steps int, digits float64) {
				if step == steps || step%10 == 0 {
					status("step %d of %d, %.2f digits a cycle", step, steps, digits)
				}
			})
			endLine()
			if err != nil && !r.Stopped {
				return err
			}
			err = stopped(err, "%s has what was learned in %s", t.Out, counted(r.Steps, "step"))
			if a.json {
				return cmp.Or(printJSON(map[string]any{"out": t.Out, "emits": t.Emits, "parameters": r.Parameters, "steps": r.Steps, "digits_per_cycle": number(r.Digits), "wall_s": r.Wall.Seconds(), "seed": t.Seed, "stopped": r.Stopped}), err)
			}
			fmt.Printf("%s: %s, %d parameters, %.2f digits a cycle on training problems after %s, %.1f s\n", t.Out, r.Method.Name, r.Parameters, r.Digits, counted(r.Steps, "step"), r.Wall.Seconds())
			return err
		},
	}
	f := c.Flags()
	f.SortFlags = false
	f.StringVar(&t.Emits, "emits", t.Emits, "levels, smoothers or influence")
	f.IntVar(&t.Gamma, "gamma", t.Gamma, "1, a V-cycle, or 2, a W-cycle")
	f.IntVar(&t.Pre, "pre", t.Pre, "smoothing stencils before the coarse correction, or steps of red-black Gauss–Seidel")
	f.IntVar(&t.Post, "post", t.Post, "the same after it")
	f.IntVar(&t.Steps, "steps", 0, "steps of the optimiser; 0 is 4000 for levels, 400 for smoothers, 300 for influence")
	f.IntVar(&t.Hidden, "hidden", 0, "width of the two hidden layers; 0 is 48 for levels, 12 for smoothers, 16 for influence")
	f.BoolVar(&t.Minimise, "minimise", false, "let smoothing steps minimise the residual over the corrections by their stencils, at most 4 on each side; the cycle is then not linear")
	f.Uint64Var(&t.Seed, "seed", t.Seed, "seed of the weights and the problems")
	f.StringVar(&t.Out, "out", "", "file to write (.json)")
	return c
}

func (a *app) metaCompare() *cobra.Command {
	m := tool.MetaComparison{N: 64, Problems: 100, Seed: 1}
	c := &cobra.Command{
		Use:   "compare FILE",
		Short: "Measure a method with a network on problems that its training has not seen",
		Long: `Measure a method with a network on problems that its training has not seen.

Cycles alone, from random values, to 1e-8 of the first residual, at most 1000. A network that emits
levels is compared on 48 rotated anisotropic operators with Gauss–Seidel and with line relaxation,
and with --trained also with the best fixed stencils and with the same stencils trained for each
operator alone; one that emits smoothers of every point, on problems of a --family, with the same and
with --trained with the best fixed stencils; one for P of black-box multigrid with black-box multigrid
itself. Both kinds of smoothers are also measured with steps that minimise the residual.`,
		Example: `  mgtool meta compare rotated.json --n 256
  mgtool meta compare lognormal.json --n 256 --problems 100`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return tool.Usagef("%d files; want one", len(args))
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			m.File = args[0]
			a.saves.Store(true)
			defer a.saves.Store(false)
			t, err := m.Run(c.Context(), func(text string) { status("%s", text) })
			endLine()
			if len(t.Rows) == 0 {
				return err
			}
			done, halted := len(t.Rows[0].Outcomes), err != nil
			err = stopped(err, "%d of %d problems are done", done, len(t.Problems))
			t.Problems = t.Problems[:done]
			if a.json {
				return cmp.Or(printJSON(metaObject(t, halted)), err)
			}
			rows := [][]any{{"method", "mean cycles", "not converged", "setup ms", "solve ms", "network takes fewer", "more"}}
			for i, r := range t.Rows {
				setup, solve := r.Times()
				row := []any{r.Method, cell{"%.2f", r.Mean()}, r.Failed(), cell{"%.1f", setup.Seconds() * 1e3}, cell{"%.1f", solve.Seconds() * 1e3}, "", ""}
				if i > 0 {
					row[5], row[6] = t.Rows[0].Against(r)
				}
				rows = append(rows, row)
			}
			printTable(rows...)
			fmt.Printf("\n%d problems, %s to %s, on %d × %d cells; γ = %d\n", len(t.Problems), t.Problems[0], t.Problems[len(t.Problems)-1], t.N, t.N, t.Gamma)
			return err
		},
	}
	f := c.Flags()
	f.SortFlags = false
	f.IntVar(&m.N, "n", m.N, "cells a side, a power of two")
	f.IntVar(&m.Gamma, "gamma", 0, "1, a V-cycle, or 2, a W-cycle; 0 is that of the file")
	f.StringVar(&m.Family, "family", "", "of a network that emits smoothers: lognormal (the default), checkerboard or rotated-field")
	f.IntVar(&m.Problems, "problems", m.Problems, "how many problems with variable coefficients")
	f.BoolVar(&m.Correlated, "correlated", false, "log-normal coefficients with a correlation length")
	f.BoolVar(&m.Trained, "trained", false, "train the best fixed stencils too, and of levels those of each operator alone: minutes")
	f.Uint64Var(&m.Seed, "seed", m.Seed, "seed of these trainings")
	return c
}

func metaObject(t tool.MetaTable, stopped bool) any {
	type row struct {
		Method string  `json:"method"`
		Mean   float64 `json:"mean_cycles"`
		Failed int     `json:"not_converged"`
		Cycles []int   `json:"cycles"`
		Setup  float64 `json:"setup_s"`
		Solve  float64 `json:"solve_s"`
		Fewer  *int    `json:"network_fewer"`
		More   *int    `json:"network_more"`
	}
	var rows []row
	for i, r := range t.Rows {
		setup, solve := r.Times()
		o := row{Method: r.Method, Mean: r.Mean(), Failed: r.Failed(), Setup: setup.Seconds(), Solve: solve.Seconds()}
		for _, c := range r.Outcomes {
			o.Cycles = append(o.Cycles, c.Cycles)
		}
		if i > 0 {
			fewer, more := t.Rows[0].Against(r)
			o.Fewer, o.More = &fewer, &more
		}
		rows = append(rows, o)
	}
	return map[string]any{"problems": t.Problems, "n": t.N, "gamma": t.Gamma, "rows": rows, "stopped": stopped}
}

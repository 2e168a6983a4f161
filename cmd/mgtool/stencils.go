package main

// mgtool model stencils.

import (
	"fmt"

	"github.com/spf13/cobra"

	"mgtool/bridge/images"
	"mgtool/tool"
)

func (a *app) modelStencils() *cobra.Command {
	var s tool.Stencils
	c := &cobra.Command{
		Use:   "stencils",
		Short: "Solve a PDE with the stencils that an MgNet learned",
		Long: `Solve a PDE with the stencils that an MgNet learned.

The kernel of each channel of B smooths -Δu = g, scaled to the least smoothing factor; that of
each channel of R, over its sum, restricts. The table has the true factor of the V(1,1)-cycle
with Galerkin coarse operators on the unit square, for the best kernel and the median, as they
are and averaged over the symmetries of the square, beside multigrid's and as many random ones.
--out writes the best learned one as a method for mgtool solve.`,
		Example: `  mgtool model stencils --run runs/first --out learned.json
  mgtool solve --problem sine --n 256 --method learned.json`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			s.Seed = a.seed
			s.Report = func(done, all int) { status("%d of %d kernels measured", done, all) }
			t, err := s.Measure(c.Context())
			status("")
			if t == nil {
				return err
			}
			if a.json {
				if printed := printJSON(stencilsJSON(s, t)); err == nil {
					err = printed
				}
				return err
			}
			double := 2 * s.N
			table := [][]any{{"kernels of " + t.Operator, "scale", "smoothing factor", fmt.Sprintf("factor at %d²", s.N-1), fmt.Sprintf("at %d²", double-1)}}
			table = append(table, []any{"multigrid's: Jacobi, ω = 0.8, full weighting", cell{"%.3g", nan}, cell{"%.4f", .6}, cell{"%.4f", t.Classical}, cell{"%.4f", t.ClassicalDouble}})
			for _, g := range t.Groups {
				for i, name := range []string{"best", "median"} {
					k := g.Kernels[i*len(g.Kernels)/2]
					table = append(table, []any{fmt.Sprintf("%s, %s: %s, channel %d", g.Name, name, k.Operator, k.Channel),
						cell{"%.3g", k.Scale}, cell{"%.4f", k.Smoothing}, factor(k.Factor), factor(k.FactorOnDouble)})
				}
			}
			printTable(table...)
			fmt.Println()
			for _, g := range t.Groups {
				fmt.Printf("%s: %d of %d converge\n", g.Name, g.Converging(), len(g.Kernels))
			}
			return err
		},
	}
	c.Flags().StringVar(&s.Run, "run", "", "folder of the run")
	addCheckpoint(c, &s.Checkpoint)
	c.Flags().StringVar(&s.Operator, "operator", "B", "B, which smooths, or R, which restricts")
	c.Flags().IntVar(&s.N, "n", 64, "cells a side of the grid on which factors are measured")
	c.Flags().StringVar(&s.Out, "out", "", "write the best as a method to this file (.json)")
	return c
}

// factor is a convergence factor in a table.
func factor(v float64) any {
	if v >= 1 {
		return "not converging"
	}
	return cell{"%.4f", v}
}

func stencilsJSON(s tool.Stencils, t *images.Transplant) map[string]any {
	type kernel struct {
		Operator  string   `json:"operator"`
		Channel   int      `json:"channel"`
		Weights   []number `json:"weights"`
		Scale     number   `json:"scale"`
		Smoothing number   `json:"smoothing_factor"`
		Factor    number   `json:"factor"` // null of a kernel that does not smooth, or of a cycle that overflows
		Double    number   `json:"factor_on_double"`
	}
	list := func(kernels []images.Kernel) []kernel {
		out := []kernel{}
		for _, k := range kernels {
			out = append(out, kernel{k.Operator, k.Channel, numbers(k.Stencil.Weights), number(k.Scale), number(k.Smoothing), number(k.Factor), number(k.FactorOnDouble)})
		}
		return out
	}
	groups := []map[string]any{}
	for _, g := range t.Groups {
		groups = append(groups, map[string]any{"kernels": g.Name, "converging": g.Converging(), "list": list(g.Kernels)})
	}
	return map[string]any{
		"run": s.Run, "operator": t.Operator, "n": s.N, "classical_factor": number(t.Classical), "classical_factor_on_double": number(t.ClassicalDouble),
		"groups": groups,
	}
}

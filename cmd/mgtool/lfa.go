package main

// mgtool lfa.

import (
	"fmt"

	"github.com/spf13/cobra"

	"mgtool/multigrid"
	"mgtool/multigrid/lfa"
	"mgtool/tool"
)

func (a *app) lfa() *cobra.Command {
	f := tool.DefaultSolve()
	f.Smoother = "rbgs"
	c := &cobra.Command{
		Use:   "lfa",
		Short: "Smoothing and two-grid factors from the symbols (local Fourier analysis)",
		Example: `  mgtool lfa --smoother rbgs --pre 1 --post 1
  mgtool lfa --dim 3 --smoother jacobi`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			smoother, err := multigrid.NewSmoother(f.Smoother, f.Dim, f.Omega)
			if err != nil {
				return tool.Usage(err)
			}
			cycle, err := lfa.Poisson(f.Dim, smoother, f.Pre, f.Post)
			if err != nil {
				return tool.Usage(err)
			}
			factors, err := cycle.Analyse()
			if err != nil {
				return tool.Usage(err)
			}
			if a.json {
				return printJSON(map[string]any{
					"dim": f.Dim, "smoother": f.Smoother, "pre": f.Pre, "post": f.Post,
					"smoothing_factor": number(factors.Smoothing), "two_grid_factor": number(factors.TwoGrid),
				})
			}
			fmt.Printf("%v, %d + %d steps: smoothing factor %.4f a step, two-grid factor %.4f\n", smoother, f.Pre, f.Post, factors.Smoothing, factors.TwoGrid)
			return nil
		},
	}
	c.Flags().IntVar(&f.Dim, "dim", 2, "dimension: 1, 2 or 3")
	addSmoother(c, &f)
	return c
}

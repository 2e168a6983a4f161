package main

// mgtool lfa.

import (
	"fmt"

	"github.com/spf13/cobra"

	"mgtool/multigrid"
	"mgtool/multigrid/lfa"
)

func (a *app) lfa() *cobra.Command {
	var f solveFlags
	c := &cobra.Command{
		Use:   "lfa",
		Short: "Smoothing and two-grid factors from the symbols (local Fourier analysis)",
		Example: `  mgtool lfa --smoother rbgs --pre 1 --post 1
  mgtool lfa --dim 3 --smoother jacobi`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			smoother, err := multigrid.NewSmoother(f.smoother, f.dim, f.omega)
			if err != nil {
				return usage(err)
			}
			cycle, err := lfa.Poisson(f.dim, smoother, f.pre, f.post)
			if err != nil {
				return usage(err)
			}
			factors, err := cycle.Analyse()
			if err != nil {
				return usage(err)
			}
			if a.json {
				return object(map[string]any{
					"dim": f.dim, "smoother": f.smoother, "pre": f.pre, "post": f.post,
					"smoothing_factor": number(factors.Smoothing), "two_grid_factor": number(factors.TwoGrid),
				})
			}
			fmt.Printf("%v, %d + %d steps: smoothing factor %.4f a step, two-grid factor %.4f\n", smoother, f.pre, f.post, factors.Smoothing, factors.TwoGrid)
			return nil
		},
	}
	c.Flags().IntVar(&f.dim, "dim", 2, "dimension: 1, 2 or 3")
	addSmoother(c, &f, "rbgs")
	return c
}

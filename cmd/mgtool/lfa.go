package main

// mgtool lfa.

import (
	"fmt"

	"github.com/spf13/cobra"

	"mgtool/multigrid"
)

func (a *app) lfa() *cobra.Command {
	f := solveFlags{krylov: "none", precision: "f64", start: "zero", cycle: "v"}
	c := &cobra.Command{
		Use:     "lfa",
		Short:   "Smoothing and two-grid factors from the symbols (local Fourier analysis)",
		Example: `  mgtool lfa --smoother rbgs --pre 1 --post 1`,
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			s, err := f.settings()
			if err != nil {
				return err
			}
			if f.dim != 2 {
				return usagef("--dim %d; want 2, the only dimension so far", f.dim)
			}
			smoothing, twoGrid, err := multigrid.TwoGrid(s.Smoother, f.pre, f.post)
			if err != nil {
				return usage(err)
			}
			if a.json {
				return object(map[string]any{
					"dim": f.dim, "smoother": f.smoother, "pre": f.pre, "post": f.post,
					"smoothing_factor": number(smoothing), "two_grid_factor": number(twoGrid),
				})
			}
			fmt.Printf("%v, %d + %d steps: smoothing factor %.4f a step, two-grid factor %.4f\n", s.Smoother, f.pre, f.post, smoothing, twoGrid)
			return nil
		},
	}
	c.Flags().IntVar(&f.dim, "dim", 2, "dimension: 2")
	addSmoother(c, &f, "rbgs")
	return c
}

package main

// mgtool lfa.

import (
	"fmt"

	"github.com/spf13/cobra"

	"mgtool/multigrid"
	"mgtool/tool"
)

func (a *app) lfa() *cobra.Command {
	f := tool.DefaultSolve()
	f.Cycle, f.Smoother = "v", "rbgs"
	c := &cobra.Command{
		Use:     "lfa",
		Short:   "Smoothing and two-grid factors from the symbols (local Fourier analysis)",
		Example: `  mgtool lfa --smoother rbgs --pre 1 --post 1`,
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			s, err := f.Settings()
			if err != nil {
				return err
			}
			if f.Dim != 2 {
				return tool.Usagef("--dim %d; want 2, the only dimension so far", f.Dim)
			}
			smoothing, twoGrid, err := multigrid.TwoGrid(s.Smoother, f.Pre, f.Post)
			if err != nil {
				return tool.Usage(err)
			}
			if a.json {
				return printJSON(map[string]any{
					"dim": f.Dim, "smoother": f.Smoother, "pre": f.Pre, "post": f.Post,
					"smoothing_factor": number(smoothing), "two_grid_factor": number(twoGrid),
				})
			}
			fmt.Printf("%v, %d + %d steps: smoothing factor %.4f a step, two-grid factor %.4f\n", s.Smoother, f.Pre, f.Post, smoothing, twoGrid)
			return nil
		},
	}
	c.Flags().IntVar(&f.Dim, "dim", 2, "dimension: 2")
	addSmoother(c, &f)
	return c
}

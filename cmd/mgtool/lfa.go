package main

// mgtool lfa.

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"mgtool/tool"
)

func (a *app) lfa() *cobra.Command {
	f := tool.DefaultFourier()
	diffusion := ""
	c := &cobra.Command{
		Use:   "lfa",
		Short: "Convergence factors from the symbols of the operators (local Fourier analysis)",
		Long: `Predict the convergence factor of a cycle on a large grid from the symbols of its
operators: the factor of a smoothing step, that of the cycle on two grids and, with
--levels, that of the cycle on more. Lines (linex, liney, linez, line) and planes (planexy,
planexz, planeyz, plane) are relaxed in zebra order.`,
		Example: `  mgtool lfa --smoother rbgs --pre 1 --post 1
  mgtool lfa --dim 3 --smoother jacobi
  mgtool lfa --smoother rbsor --levels 4
  mgtool lfa --a 1,0.01 --coarsening full --smoother linex`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			var err error
			if f.A, err = parseDiffusion(diffusion); err != nil {
				return err
			}
			factors, err := f.Run()
			if err != nil {
				return err
			}
			if a.json {
				return printJSON(map[string]any{
					"dim": f.Dim, "smoother": f.Smoother, "pre": f.Pre, "post": f.Post, "cycle": f.Cycle, "a": f.A[:f.Dim], "coarsening": f.Coarsening, "levels": f.Levels,
					"smoothing_factor": number(factors.Smoothing), "two_grid_factor": number(factors.TwoGrid), "cycle_factor": number(factors.Cycle),
				})
			}
			fmt.Printf("%s, %d + %d steps: smoothing factor %.4f a step, two-grid factor %.4f", f.Smoother, f.Pre, f.Post, factors.Smoothing, factors.TwoGrid)
			if f.Levels > 2 {
				fmt.Printf(", %s-cycle on %d grids %.4f", strings.ToUpper(f.Cycle), f.Levels, factors.Cycle)
			}
			fmt.Println()
			return nil
		},
	}
	fl := c.Flags()
	fl.IntVar(&f.Dim, "dim", f.Dim, "dimension: 1, 2 or 3")
	fl.StringVar(&f.Smoother, "smoother", f.Smoother, "jacobi, gs, sgs (symmetric), rbgs (red-black), rbsor, chebyshev, or lines and planes, see above")
	fl.Float64Var(&f.Omega, "omega", f.Omega, "relaxation weight of jacobi and rbsor; 0 is the default (0.8 and 1.15 in two dimensions)")
	fl.IntVar(&f.Pre, "pre", f.Pre, "smoothing steps before the coarse correction")
	fl.IntVar(&f.Post, "post", f.Post, "smoothing steps after the coarse correction")
	fl.StringVar(&diffusion, "a", "1", "the equation is −Σ a_d ∂²u/∂x_d²: one number, or one for each axis, as in 1,0.01; cells are squares")
	fl.IntVar(&f.Levels, "levels", f.Levels, "number of grids; at most 8 in one dimension, 4 in two, 3 in three")
	fl.StringVar(&f.Cycle, "cycle", f.Cycle, "v, w or f, for more than two grids")
	fl.StringVar(&f.Coarsening, "coarsening", f.Coarsening, "auto (rediscretised along axes of strong coupling), full (along all axes), galerkin (as auto, with R A P as the coarse operator), blackbox (R A P along all axes) or semi (R A P along strong ones)")
	fl.StringVar(&f.Discretization, "discretization", f.Discretization, "vertex, or mehrstellen for --a 1")
	return c
}

// parseDiffusion reads one number, or one an axis.
func parseDiffusion(list string) (a [3]float64, err error) {
	parts := strings.Split(list, ",")
	if len(parts) > len(a) {
		return a, tool.Usagef("--a %s; want at most three numbers", list)
	}
	for d := range a {
		part := parts[min(d, len(parts)-1)]
		if a[d], err = strconv.ParseFloat(strings.TrimSpace(part), 64); err != nil {
			return a, tool.Usagef("--a %s: %q is not a number; want numbers as in 1,0.01", list, part)
		}
	}
	return a, nil
}

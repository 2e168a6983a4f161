package nonlinear_test

import (
	"context"
	"fmt"
	"math"

	"mgtool/multigrid/nonlinear"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// Bratu's problem −Δu = 5 eᵘ with u = 0 on the boundary, from u = 0: the smaller of its two
// solutions.
func Example() {
	grid, err := pde.Unit(2, 64)
	if err != nil {
		fmt.Println(err)
		return
	}
	f := func(u float64) float64 { return -5 * math.Exp(u) } // and f′ = f
	n, err := nonlinear.Reaction(stencil.Laplacian(grid), f, f)
	if err != nil {
		fmt.Println(err)
		return
	}
	solver, err := nonlinear.New(n, nonlinear.DefaultSettings())
	if err != nil {
		fmt.Println(err)
		return
	}
	u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
	result, err := solver.Solve(context.Background(), u, g)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%v, u(½, ½) = %.6f\n", result.Status, u.At(32, 32, 0))
	// Output: residual below tolerance, u(½, ½) = 0.556899
}

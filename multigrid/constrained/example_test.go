package constrained_test

import (
	"context"
	"fmt"

	"mgtool/multigrid/constrained"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// A membrane over the unit disc: the obstacle problem with a known solution.
func Example() {
	problem := constrained.Radial{Dim: 2}
	grid, err := problem.Grid(128)
	if err != nil {
		fmt.Println(err)
		return
	}
	solver, err := constrained.New(stencil.Laplacian(grid), constrained.DefaultSettings())
	if err != nil {
		fmt.Println(err)
		return
	}
	u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
	u.FillBoundary(problem.Exact)
	g.FillInterior(func(_, _, _ float64) float64 { return problem.G() })
	result, err := solver.Solve(context.Background(), u, g, nil) // ψ = 0
	if err != nil {
		fmt.Println(err)
		return
	}
	_, worst := u.Errors(problem.Exact)
	fmt.Printf("%v, cycles: %d, error %.1e\n", result.Status, result.Cycles, worst)
	fmt.Printf("contact with an area of %.2f\n", float64(result.Contact)*grid.H[0]*grid.H[1])
	// Output:
	// residual below tolerance, cycles: 3, error 1.0e-04
	// contact with an area of 3.20
}

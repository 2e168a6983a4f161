package method_test

import (
	"context"
	"fmt"
	"path/filepath"

	"mgtool/multigrid"
	"mgtool/multigrid/method"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// A method from a file solves −Δu = 1.
func ExampleMethod_Settings() {
	m, err := method.Read(filepath.Join("..", "..", "testdata", "methods", "example.json"))
	if err != nil {
		fmt.Println(err)
		return
	}
	grid, err := pde.Unit(2, 128)
	if err != nil {
		fmt.Println(err)
		return
	}
	a := stencil.Laplacian(grid)
	settings, err := m.Settings(a)
	if err != nil {
		fmt.Println(err)
		return
	}
	solver, err := multigrid.NewSolver(a, settings)
	if err != nil {
		fmt.Println(err)
		return
	}
	u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
	g.FillInterior(func(_, _, _ float64) float64 { return 1 })
	result, err := solver.Solve(context.Background(), u, g)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s: %v after %d cycles, u = %.4f in the middle\n", m.Name, result.Status, result.Cycles, u.At(64, 64, 0))
	// Output: 3×3 kernels for −Δ: residual below tolerance after 8 cycles, u = 0.0737 in the middle
}

package direct_test

import (
	"fmt"
	"math"

	"mgtool/multigrid/direct"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// −Δu = 2π² sin πx sin πy on 64² cells. The error is that of the discretisation.
func Example() {
	grid, err := pde.Unit(2, 64)
	if err != nil {
		fmt.Println(err)
		return
	}
	solver, err := direct.New(stencil.Laplacian(grid))
	if err != nil {
		fmt.Println(err)
		return
	}
	exact := func(x, y, _ float64) float64 { return math.Sin(math.Pi*x) * math.Sin(math.Pi*y) }
	u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
	g.FillInterior(func(x, y, z float64) float64 { return 2 * math.Pi * math.Pi * exact(x, y, z) })
	if _, err := solver.Solve(u, g); err != nil {
		fmt.Println(err)
		return
	}
	_, largest := u.Errors(exact)
	fmt.Printf("%.2e\n", largest)
	// Output: 2.01e-04
}

package elliptic_test

import (
	"context"
	"fmt"
	"log"

	"mgtool/multigrid"
	"mgtool/pde"
	"mgtool/pde/elliptic"
)

// Heat in a plate whose right half conducts a thousand times better: 1 degree on the left,
// 0 on the right, a source in between.
func Example() {
	grid, err := pde.Unit(2, 64)
	if err != nil {
		log.Fatal(err)
	}
	equation := elliptic.Equation{
		Grid: grid,
		Diffusion: elliptic.Tensor{XX: elliptic.Function(func(x, _, _ float64) float64 {
			if x > .5 {
				return 1000
			}
			return 1
		})},
		Source:   elliptic.Constant(2),
		Boundary: [3][2]elliptic.Condition{0: {{Value: elliptic.Constant(1)}, {}}},
	}
	system, err := equation.Discretize()
	if err != nil {
		log.Fatal(err)
	}
	solver, err := multigrid.NewSolver(system.A, multigrid.DefaultSettings())
	if err != nil {
		log.Fatal(err)
	}
	result, err := solver.Solve(context.Background(), system.U, system.G)
	if err != nil {
		log.Fatal(err)
	}
	balance, err := system.Balance(system.U)
	if err != nil {
		log.Fatal(err)
	}
	out := 0.0
	for _, sides := range balance.Sides {
		out += sides[0] + sides[1]
	}
	fmt.Printf("%v: the sources give %.3f, %.3f flows out\n", result.Status, balance.Source, out)
	// Output:
	// residual below tolerance: the sources give 1.938, 1.938 flows out
}

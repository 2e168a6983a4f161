package fourier_test

import (
	"context"
	"fmt"

	"mgtool/bridge/fourier"
	"mgtool/pde/stencil"
)

func ExampleOptimise() {
	minus := stencil.Kernel{12: -1, 13: 2, 14: -1} // −u″
	spec := fourier.DefaultSpec()                  // V(1,1), a pair of kernels on each of three levels
	spec.Width = 5
	m, err := fourier.Optimise(context.Background(), fourier.Problem{Dim: 1, Operator: minus}, spec, fourier.Options{Starts: 1, Cells: 32, Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m.Name, len(m.Levels), len(m.Levels[0].Pre[0].Stencil.Weights))
	// Output: V(1,1) by Fourier analysis 3 5
}

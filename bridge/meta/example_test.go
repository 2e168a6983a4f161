package meta_test

import (
	"context"
	"fmt"

	"mgtool/bridge/meta"
	"mgtool/multigrid"
	"mgtool/multigrid/method"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// A V-cycle by a trained network for an operator that the training has not seen.
func Example() {
	m, err := method.Read("../../testdata/methods/rotated-network.json")
	if err != nil {
		fmt.Println(err)
		return
	}
	grid, _ := pde.Unit(2, 128)
	a, _ := stencil.Constant(grid, stencil.Plane([3][3]float64{{-.2, -.45, .2}, {-.65, 2.2, -.65}, {.2, -.45, -.2}}))
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
	u.Randomize(1)
	res, err := solver.Solve(context.Background(), u, g)
	fmt.Println(res.Cycles < 10, err)
	// Output: true <nil>
}

// One training of a few steps, and the stencils that its network emits for −Δ.
func ExampleLevels() {
	n, err := meta.Levels(context.Background(), meta.Rotated, 1, 1, meta.Options{Seed: 1, Steps: 10, Hidden: 8})
	if err != nil {
		fmt.Println(err)
		return
	}
	e := n.Level(method.Symmetric{1, -.25, -.25})
	fmt.Println(len(e.Stencils), "stencils; P is", e.Diagonal, "along the diagonal")
	// Output: 2 stencils; P is 0.25 along the diagonal
}

// One training of a few steps.
func ExampleInfluence() {
	n, err := meta.Influence(context.Background(), meta.LogNormal, meta.Options{Seed: 1, Steps: 1, Batch: 1, Hidden: 4})
	if err != nil {
		fmt.Println(err)
		return
	}
	m := &method.Method{Name: "black box, P by a network", Dim: 2, Gamma: 2, Repeat: method.Last, Network: n}
	fmt.Println(m.Validate())
	// Output: <nil>
}

// One training of a step, and how many stencils a point has.
func ExampleSmoothers() {
	n, err := meta.Smoothers(context.Background(), meta.Variable, 2, 1, meta.Options{Seed: 1, Steps: 1, Batch: 1, Hidden: 4})
	if err != nil {
		fmt.Println(err)
		return
	}
	f, err := n.Smoothers()
	if err != nil {
		fmt.Println(err)
		return
	}
	grid, _ := pde.Unit(2, 16)
	b, err := f.Emit(stencil.Laplacian(grid))
	fmt.Println(len(b), err)
	// Output: 3 <nil>
}

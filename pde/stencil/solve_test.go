package stencil_test

import (
	"context"
	"math"
	"testing"

	"mgtool/multigrid"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// The solver takes the fourth-order operator as it takes any other: V-cycles with
// Jacobi converge at about the two-grid factor of local Fourier analysis, .2115, to a
// solution of fourth order.
func TestMehrstellenInSolver(t *testing.T) {
	exact := func(x, y, _ float64) float64 { return math.Sin(math.Pi*x) * math.Exp(y) }
	data := func(x, y, z float64) float64 { return (math.Pi*math.Pi - 1) * exact(x, y, z) }
	var errors [2]float64
	for m, n := range []int{32, 64} {
		grid, err := pde.Unit(2, n)
		if err != nil {
			t.Fatal(err)
		}
		d, err := stencil.Discretize("mehrstellen", grid)
		if err != nil {
			t.Fatal(err)
		}
		u, g, b := pde.NewField[float64](grid), pde.NewField[float64](grid), pde.NewField[float64](grid)
		u.FillBoundary(exact)
		g.FillBoundary(data)
		g.FillInterior(data)
		if err := d.B.Apply(b, g); err != nil {
			t.Fatal(err)
		}
		settings := multigrid.DefaultSettings()
		settings.Smoother = multigrid.Jacobi{Omega: 0.9}
		settings.RelTol, settings.MaxCycles = 1e-10, 30
		solver, err := multigrid.NewSolver(d.A, settings)
		if err != nil {
			t.Fatal(err)
		}
		r, err := solver.Solve(context.Background(), u, b)
		if err != nil {
			t.Fatal(err)
		}
		if r.Factor > .25 {
			t.Errorf("n = %d: factor %.3f after %d cycles, want at most .25", n, r.Factor, r.Cycles)
		}
		_, errors[m] = u.Errors(exact)
	}
	if order := math.Log2(errors[0] / errors[1]); math.Abs(order-4) > .1 {
		t.Errorf("errors %.3g, order %.2f; want 4", errors, order)
	}
}

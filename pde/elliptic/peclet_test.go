package elliptic

import (
	"math"
	"testing"

	"mgtool/pde"
)

// The cell Péclet number is that of the formula, on vertices and in cells, of the place and
// the axis where it is largest; upwind differences have none.
func TestPeclet(t *testing.T) {
	grid, err := pde.NewGrid([]int{10, 8}, []float64{.1, .25})
	if err != nil {
		t.Fatal(err)
	}
	linear := Function(func(x, _, _ float64) float64 { return 4 * x })
	for name, c := range map[string]struct {
		a      Tensor
		bx, by Coefficient
		cells  bool
		want   float64
	}{
		"along x":   {Tensor{XX: Constant(2)}, Constant(-30), Constant(1), false, 30 * .1 / 4},
		"along y":   {Tensor{XX: Constant(2)}, Constant(1), Constant(30), false, 30 * .25 / 4},
		"a place":   {Tensor{XX: Constant(1)}, linear, Constant(0), false, 3.6 * .1 / 2}, // at x = 0.9
		"in cells":  {Tensor{XX: Constant(1)}, linear, Constant(0), true, 3.4 * .1 / 2},  // at x = 0.85: beside a side the weights differ
		"zero a":    {Tensor{XX: Constant(0), YY: Constant(1)}, Constant(1), Constant(0), false, math.Inf(1)},
		"no motion": {Tensor{XX: Constant(1)}, Constant(0), Constant(0), false, 0},
	} {
		e := Equation{Grid: grid, Diffusion: c.a, Convection: [3]Coefficient{c.bx, c.by}, Reaction: Constant(1), Upwind: Central}
		e.Grid.Cells = c.cells
		s, err := e.Discretize()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if p, err := s.Peclet(); err != nil || !(p == c.want || math.Abs(p-c.want) < 1e-12*c.want) {
			t.Errorf("%s: %g, %v; want %g", name, p, err, c.want)
		}
		e.Upwind = FirstOrder
		if s, err = e.Discretize(); err != nil {
			t.Fatal(err)
		}
		if p, err := s.Peclet(); p != 0 || err != nil {
			t.Errorf("%s, upwind: %g, %v; want 0", name, p, err)
		}
	}
}

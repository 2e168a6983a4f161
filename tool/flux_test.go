package tool

import (
	"context"
	"math"
	"testing"
)

// The flux of a linear u is −∇u at every point, on sides of every kind too; of x² it is, on
// a Dirichlet side, that of the face nearest to it.
func TestPointFlux(t *testing.T) {
	const n, h = 8, 1. / 8
	linear := func(_ float64) [3]float64 { return [3]float64{-2, -3, -5} }
	for name, c := range map[string]struct {
		s    Statement
		want func(x float64) [3]float64
	}{
		"Dirichlet": {Statement{N: []int{n}, G: "0", Exact: "1+2*x+3*y"}, linear},
		"Neumann":   {Statement{N: []int{n}, G: "0", Exact: "1+2*x+3*y", Boundary: "x-:neumann=-2,y+:neumann=3"}, linear},
		"cells":     {Statement{N: []int{n}, G: "0", Exact: "1+2*x+3*y", Boundary: "x-:neumann=-2", Discretization: "cell"}, linear},
		"box":       {Statement{N: []int{n, n, n}, G: "0", Exact: "1+2*x+3*y+5*z", Boundary: "z-:neumann=-5"}, linear},
		"periodic":  {Statement{N: []int{n}, G: "0", Exact: "1+3*y", Boundary: "x:periodic"}, func(float64) [3]float64 { return [3]float64{1: -3} }},
		"x²": {Statement{N: []int{n}, G: "-2", Exact: "x^2"}, func(x float64) [3]float64 {
			return [3]float64{-2 * min(max(x, h/2), 1-h/2)}
		}},
	} {
		p, err := stating(c.s).prepare(nil)
		if err != nil {
			t.Fatal(err)
		}
		u := p.system.U
		if _, err := p.solver.Solve(context.Background(), u, p.system.G); err != nil {
			t.Fatal(err)
		}
		v, err := pointFlux(p.system)
		if err != nil {
			t.Fatal(err)
		}
		i0, i1 := u.Box(0)
		j0, j1 := u.Box(1)
		k0, k1 := u.Box(2)
		for k := k0; k < k1; k++ {
			for j := j0; j < j1; j++ {
				for i := i0; i < i1; i++ {
					want := c.want(u.Coordinate(0, i))
					for d, f := range v.Components {
						if got := f.At(i, j, k); math.Abs(got-want[d]) > 1e-8 {
							t.Errorf("%s: component %d at %d, %d, %d is %g; want %g", name, d, i, j, k, got, want[d])
						}
					}
				}
			}
		}
	}
}

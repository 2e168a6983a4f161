package pde

import (
	"math"
	"testing"
)

// A first guess keeps the boundary values and depends on nothing else but the seed;
// that of linear boundary values is linear, so it solves Laplace's equation.
func TestStart(t *testing.T) {
	plane := func(x, y, z float64) float64 { return 1 + 2*x - 3*y + 5*z }
	for _, grid := range grids(t) {
		for _, name := range []string{"zero", "random"} {
			s, err := ParseStart(name)
			if err != nil || s.String() != name {
				t.Fatalf("%s is read as %v, %v", name, s, err)
			}
			u, again := NewField[float64](grid), NewField[float64](grid)
			u.FillBoundary(plane)
			again.FillBoundary(plane)
			again.FillInterior(func(_, _, _ float64) float64 { return math.NaN() })
			s.Fill(u, 7)
			s.Fill(again, 7)
			other := u.Clone()
			s.Fill(other, 8)
			var worst, largest, moved float64
			inside := func(i, j, k int) bool {
				for d, at := range []int{i, j, k}[:grid.Dim()] {
					if at == 0 || at == grid.N[d] {
						return false
					}
				}
				return true
			}
			for k := 0; k <= grid.N[2]; k++ {
				for j := 0; j <= grid.N[1]; j++ {
					for i := 0; i <= grid.N[0]; i++ {
						v := u.At(i, j, k)
						if v != again.At(i, j, k) {
							t.Fatalf("%v, %s: %g or %g by what was there before", grid, name, v, again.At(i, j, k))
						}
						off := math.Abs(v - plane(float64(i)*grid.H[0], float64(j)*grid.H[1], float64(k)*grid.H[2]))
						if !inside(i, j, k) && off != 0 {
							t.Fatalf("%v, %s: a boundary value has moved by %g", grid, name, off)
						}
						worst, moved = max(worst, off), max(moved, math.Abs(v-other.At(i, j, k)))
						if inside(i, j, k) {
							largest = max(largest, math.Abs(v))
						}
					}
				}
			}
			switch s {
			case Extended: // a few roundings of values up to 20
				if worst > 1e-13 || moved != 0 {
					t.Errorf("%v: %g off the plane; the seed moves it by %g", grid, worst, moved)
				}
			case Random:
				if largest > .5 || moved == 0 {
					t.Errorf("%v: random values up to %g; the seed moves them by %g", grid, largest, moved)
				}
			}
		}
	}
	if _, err := ParseStart("nosuch"); err == nil {
		t.Error("an unknown start was read")
	}
}

package constrained

// The obstacle problem whose solution is known.

import (
	"fmt"
	"math"

	"mgtool/pde"
)

// Radial is an obstacle problem with a known solution: −Δu = −d above ψ = 0 on the box
// (0, 3)^d, d dimensions, with the boundary values of
//
//	u = ½ρ² + φ(ρ) for ρ > 1, 0 for ρ ≤ 1,   ρ the distance from the middle,
//	φ = ½ − ρ (d = 1),   −½ − ln ρ (d = 2),   1/ρ − 3/2 (d = 3).
//
// φ is harmonic, and at ρ = 1 both u and its slope are 0: the unit ball is in contact.
type Radial struct{ Dim int }

// Grid is that of n cells a side.
func (r Radial) Grid(n int) (pde.Grid, error) {
	if r.Dim < 1 || r.Dim > 3 {
		return pde.Grid{}, fmt.Errorf("constrained: dimension %d; want 1, 2 or 3", r.Dim)
	}
	cells, h := []int{n, n, n}, 3/float64(n)
	return pde.NewGrid(cells[:r.Dim], []float64{h, h, h}[:r.Dim])
}

// G is the right side, −d.
func (r Radial) G() float64 { return -float64(r.Dim) }

// Exact is u.
func (r Radial) Exact(x, y, z float64) float64 {
	sum := 0.0
	for _, v := range []float64{x, y, z}[:r.Dim] {
		sum += (v - 1.5) * (v - 1.5)
	}
	rho := math.Sqrt(sum)
	switch {
	case rho <= 1:
		return 0
	case r.Dim == 1:
		return sum/2 + .5 - rho
	case r.Dim == 2:
		return sum/2 - .5 - math.Log(rho)
	}
	return sum/2 + 1/rho - 1.5
}

package stencil

// The fourth-order discretisation of −Δu = g on nine or nineteen points.

import (
	"fmt"

	"mgtool/pde"
)

// mehrstellen is Collatz's Mehrstellenverfahren, of fourth order (The Numerical Treatment
// of Differential Equations, 1960). With δ_d² the second difference along axis d,
// divided by h_d²,
//
//	Σ_d δ_d² u = Δu + Σ_d h_d²/12 ∂_d⁴u + O(h⁴)
//
// and Σ_d h_d²/12 δ_d² of Δu = −g cancels the error term up to mixed derivatives, which A
// gains:
//
//	A = −Σ_d δ_d² − Σ_{d<e} (h_d² + h_e²)/12 δ_d² δ_e²,   B = 1 + Σ_d h_d²/12 δ_d².
//
// On squares these are [−1 −4 −1; −4 20 −4; −1 −4 −1]/6h² and [0 1 0; 1 8 1; 0 1 0]/12,
// on cubes A has nineteen points, 24, −2 and −1 over 6h². In one dimension A is the
// second difference and B is [1 10 1]/12, Numerov's method.
func mehrstellen(g pde.Grid) (d Discretization, err error) {
	for axis := range g.Dim() {
		for side := range 2 {
			if ClosedSide(g, axis, side) {
				return d, fmt.Errorf("stencil: the Mehrstellen discretisation with a closed side %d of axis %d, whose rows would not be of fourth order; want Dirichlet or periodic sides of vertices", side, axis)
			}
		}
	}
	one := Kernel{centre: 1}
	var a Kernel
	b := one
	for d := range g.Dim() {
		h := g.H[d]
		second := one.difference(d)
		for o := range a {
			a[o] -= second[o] / (h * h)
			b[o] += second[o] / 12
		}
		for e := range d {
			mixed := second.difference(e)
			weight := (1/(h*h) + 1/(g.H[e]*g.H[e])) / 12 // (h_d² + h_e²)/12 of δ_d² δ_e²
			for o := range a {
				a[o] -= weight * mixed[o]
			}
		}
	}
	if d.A, err = Constant(g, a); err != nil {
		return d, err
	}
	d.B, err = Constant(g, b)
	return d, err
}

// difference is the second difference along axis d, without 1/h², of a kernel that does
// not extend along that axis.
func (k Kernel) difference(d int) (second Kernel) {
	step := [3]int{1, 3, 9}[d]
	for o, c := range k {
		if c != 0 {
			second[o-step] += c
			second[o] -= 2 * c
			second[o+step] += c
		}
	}
	return second
}

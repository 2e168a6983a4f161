package stencil

// The unknowns of a grid and their order.

import "mgtool/pde"

// unknowns are the unknowns of a grid: lo[d] ≤ x[d] < hi[d].
type unknowns struct {
	lo, hi   [3]int
	periodic [3]bool
}

func unknownsOf(g pde.Grid) (u unknowns) {
	for d := range u.lo {
		u.lo[d], u.hi[d] = g.Inside(d)
		u.periodic[d] = d < g.Dim() && g.Sides[d][1] == pde.Periodic
	}
	return u
}

// find returns the unknown that vertex x is or is a periodic image of: x less shift.
// A ghost on a Dirichlet side is not an unknown.
func (u *unknowns) find(x [3]int) (at, shift [3]int, ok bool) {
	for d := range x {
		if x[d] < u.lo[d] || x[d] >= u.hi[d] {
			if !u.periodic[d] {
				return x, shift, false
			}
			shift[d] = u.hi[d] - u.lo[d]
			if x[d] < u.lo[d] {
				shift[d] = -shift[d]
			}
			x[d] -= shift[d]
		}
	}
	return x, shift, true
}

// index is the number of an unknown in the order of memory, x fastest.
func (u *unknowns) index(x [3]int) int {
	n := 0
	for d := 2; d >= 0; d-- {
		n = n*(u.hi[d]-u.lo[d]) + x[d] - u.lo[d]
	}
	return n
}

package stencil

// Closed sides: those whose ghosts have no values of their own.

import (
	"fmt"

	"mgtool/pde"
)

// Closure says what stands for the ghost beyond a closed side: P u₂ + Q u₁, with u₁ and
// u₂ the first and the second unknown inside, so that the operator's rows need no ghost.
// Neumann sides are closed, and all sides of cells but periodic ones. With the outward
// normal n and the mesh width h
//
//	                      vertices                cells
//	u = 0                 –                       P = 0, Q = −1
//	∂u/∂n + α u = 0       P = 1, Q = −2αh         P = 0, Q = (2−αh)/(2+αh)
//
// On vertices the first row is then a/h² (2u₁ − 2u₂) + 2aα/h u₁.
type Closure struct{ P, Q float64 }

// ClosedSide reports that the side of this axis has a [Closure].
func ClosedSide(g pde.Grid, axis, side int) bool {
	if axis >= g.Dim() || g.Sides[axis][side] == pde.Periodic {
		return false
	}
	return g.Cells || g.Sides[axis][side] == pde.Neumann
}

// closuresOf are the closures for coefficients α, nil if no side is closed.
func closuresOf(g pde.Grid, alpha [3][2]float64) (*[3][2]Closure, error) {
	var list [3][2]Closure
	some := false
	for d := range g.Dim() {
		for s, side := range g.Sides[d] {
			a, c := alpha[d][s], &list[d][s]
			switch {
			case side != pde.Neumann && a != 0:
				return nil, fmt.Errorf("stencil: a coefficient %g of u on side %d of axis %d; want 0, or that side Neumann", a, s, d)
			case !(a >= 0):
				return nil, fmt.Errorf("stencil: the coefficient of u on side %d of axis %d is %g; want 0 or more", s, d, a)
			case !ClosedSide(g, d, s):
				continue
			case side == pde.Dirichlet:
				c.Q = -1
			case g.Cells:
				c.Q = (2 - a*g.H[d]) / (2 + a*g.H[d])
			default:
				*c = Closure{1, -2 * a * g.H[d]}
			}
			some = true
		}
	}
	if !some {
		return nil, nil
	}
	return &list, nil
}

// Closures returns the closures of the sides of an operator with a constant star inside,
// which [Diffusion] or [Robin] made. ok is false if no side is closed.
func (a Operator) Closures() (c [3][2]Closure, ok bool) {
	if a.closures == nil {
		return c, false
	}
	return *a.closures, true
}

// fold returns what value the entry at y, a neighbour of an unknown, stands for: y itself
// if it is no ghost on a closed side, else the two unknowns of the closure.
func (a *Operator) fold(y [3]int) (first, second [3]int, c Closure, folded bool) {
	for d := range a.fine.Dim() {
		side, step := 0, 1
		switch y[d] {
		case 0:
		case a.fine.Inner(d) + 1:
			side, step = 1, -1
		default:
			continue
		}
		if ClosedSide(a.fine, d, side) {
			first, second = y, y
			first[d] += step
			second[d] += 2 * step
			return first, second, a.closures[d][side], true
		}
	}
	return y, y, c, false
}

// closedRow adds Σ_o c_o x(m+o) on row (j, k), ghosts on closed sides by their closures.
func (a *Operator) closedRow(out []float64, x *pde.Field[float64], j, k int) {
	n := len(out)
	for _, o := range a.support {
		c, at := a.kernel[o], Offset(o)
		add := func(j, k int, w float64) {
			in := x.Row(j, k)[1+at[0]:]
			for i := range out {
				out[i] += w * in[i]
			}
		}
		if at[0] == 0 {
			first, second, closure, folded := a.fold([3]int{1, j + at[1], k + at[2]})
			if !folded {
				add(j+at[1], k+at[2], c)
				continue
			}
			add(first[1], first[2], c*closure.Q)
			if closure.P != 0 {
				add(second[1], second[2], c*closure.P)
			}
			continue
		}
		end, side := 0, 0
		if at[0] > 0 {
			end, side = n-1, 1
		}
		in := x.Row(j, k)
		for i := range out {
			switch {
			case i == end && ClosedSide(a.fine, 0, side):
				closure := a.closures[0][side]
				out[i] += c * closure.Q * in[1+i]
				if closure.P != 0 {
					out[i] += c * closure.P * in[1+i-at[0]]
				}
			default:
				out[i] += c * in[1+i+at[0]]
			}
		}
	}
}

// rows is the operator with closed sides as coefficients of every unknown, none of which
// belongs to a ghost on a closed side.
func (a *Operator) rows() *Coefficients {
	var c Coefficients
	for _, o := range a.support {
		c[o] = pde.NewField[float64](a.fine)
	}
	n := a.fine.Inner(0)
	a.fine.Rows(func(j, k int) {
		var list [32]entry
		for i := 1; i <= n; i++ {
			if i == 3 && n > 4 { // all between are alike
				for _, f := range c {
					if f == nil {
						continue
					}
					row := f.Row(j, k)
					for i := 3; i < n-1; i++ {
						row[i] = row[2]
					}
				}
				i = n - 1
			}
			x := [3]int{i, j, k}
			for _, e := range a.entries(list[:0], x) {
				o := centre
				for d, stride := range [3]int{1, 3, 9} {
					o += stride * (e.y[d] - x[d])
				}
				c[o].Set(i, j, k, c[o].At(i, j, k)+e.c)
			}
		}
	})
	return &c
}

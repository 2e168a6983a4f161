package multigrid

// R and P of a level: linear interpolation along the axes, or stencils.

import (
	"fmt"

	"mgtool/pde/stencil"
)

// prepareTransfer takes R and P to the next coarser level.
func (l *level[T]) prepareTransfer(next Coarse) error {
	coarse, _ := next.A.Grids()
	axes, ok := next.P.Axes()
	if same, fits := next.R.Axes(); ok && fits && sameAxes(same, axes) {
		l.axes = axes
		l.takeSides()
		switch x := &l.axes[0]; {
		case l.dim == 1 || x.Same() || x.Half() && (!x.Cells || x.Averages()):
		case x.Regular() && !x.Periodic:
			l.up = make([]T, x.Fine+1)
			oddWeights(x, l.up, 0)
		default:
			l.irregular = newIrregular[T](x)
		}
		return nil
	}
	for d := range l.dim {
		l.axes[d] = stencil.NewAxis(l.Grid, coarse, d)
		if l.N[d] != 2*coarse.N[d] {
			return fmt.Errorf("multigrid: R or P of its own from %v to %v; want half the cells along every axis", l.Grid, coarse)
		}
	}
	l.r, l.p = weightsOf[T](next.R), weightsOf[T](next.P)
	return nil
}

// takeSides takes what R has other than means at the sides of a row of cells.
func (l *level[T]) takeSides() {
	x := &l.axes[0]
	if !x.Averages() {
		return
	}
	for side, m := range [2]int{1, x.Coarse} {
		if side == 1 && m == 1 { // has both sides already
			return
		}
		for q := range l.atSides[side] {
			l.atSides[side][q] = T(x.Children(m).W[q] - .5)
		}
	}
}

func sameAxes(a, b [3]stencil.Axis) bool {
	for d := range a {
		if a[d].Fine != b[d].Fine || a[d].Coarse != b[d].Coarse { // between the same grids
			return false
		}
	}
	return true
}

// restrictStencil sets or adds to the coarse row (j, k) what three fine rows give to it by
// the plane of R with this index.
func (l *level[T]) restrictStencil(d *scratch[T], rows [3][]T, j, k, plane int, add bool) {
	out, last := l.coarser.g.Row(j, k), lastCoarse(&l.axes[0])
	if l.r.varying != nil {
		if !add {
			clear(out)
		}
		for i, f := range l.r.varying[9*plane : 9*plane+9] {
			if f == nil {
				continue
			}
			w, r := f.Row(j, k), rows[i/3][1+i%3:] // from vertex 2 + dx on
			for m := 1; m <= last; m++ {
				out[m] += w[m] * r[2*m-2]
			}
		}
		return
	}
	nine := &d.nine
	nine.Out, nine.Base, nine.S, nine.N = &out[1], nil, 0, last
	if add {
		nine.Base, nine.S = &out[1], 1
	}
	copy(nine.C[:], l.r.constant[9*plane:])
	nine.Rows = [3]*T{&rows[0][2], &rows[1][2], &rows[2][2]}
	d.loops.RestrictNine(nine)
}

// prolongStencil adds to the fine row (j, k) what the coarse rows around it give to it
// by P: one across an axis where it lies on a coarse row, else two.
func (l *level[T]) prolongStencil(d *scratch[T], u []T, j, k int) {
	if l.p.varying != nil {
		l.prolongVarying(u, j, k)
		return
	}
	c := l.coarser.u
	var w [6]T
	for dz := -(k & 1); dz <= k&1; dz += 2 {
		plane := l.p.constant[9*(1+dz):]
		row := func(dy int) []T { return c.Row((j-dy)/2, (k-dz)/2) }
		dy := -(j & 1)
		copy(w[:3], plane[3*(1+dy):])
		clear(w[3:])
		p, q := row(dy), row(dy)
		if dy != 0 {
			q = row(1)
			copy(w[3:], plane[6:9])
		}
		d.loops.ProlongNine(&u[1], &p[1], &q[1], &w, l.inner)
		if k&1 == 0 {
			return
		}
	}
}

// prolongVarying is prolongStencil with coefficients of every coarse vertex. On a
// Dirichlet side these have no meaning, and u' is 0.
func (l *level[T]) prolongVarying(u []T, j, k int) {
	x := &l.axes[0]
	first := 1
	if x.Periodic {
		first = 0
	}
	for dz := -(k & 1); dz <= k&1; dz += 2 {
		for dy := -(j & 1); dy <= j&1; dy += 2 {
			jm, km := (j-dy)/2, (k-dz)/2
			if l.given(1, jm) || l.given(2, km) {
				continue
			}
			e := l.coarser.u.Row(jm, km)
			for dx := -1; dx <= 1; dx++ {
				f := l.p.varying[9*(1+dz)+3*(1+dy)+1+dx]
				if f == nil {
					continue
				}
				w := f.Row(jm, km)
				for m := first; m <= lastCoarse(x); m++ {
					if i := 2*m + dx; i >= 1 && i <= l.inner {
						u[i] += w[m] * e[m]
					}
				}
			}
		}
	}
}

// given reports that index i of the coarse grid lies on a Dirichlet side of axis d.
func (l *level[T]) given(d, i int) bool {
	a := &l.axes[d]
	return d < l.dim && !a.Periodic && (i == 0 || i == a.Coarse)
}

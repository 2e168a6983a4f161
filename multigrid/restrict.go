package multigrid

// Restriction as a stage: residuals of a slab, and what they give to coarse slabs.

import (
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// restrictSlab makes what slab q gives to g' = R r of those coarse slabs that are
// made of slabs [from, to) alone.
func (l *level[T]) restrictSlab(d *scratch[T], st *stage[T], q, y0, y1, from, to int) {
	if l.dim == 1 {
		l.restrictPieces(d, st, q, from)
		return
	}
	a, own := &l.axes[l.dim-1], &d.own
	if own.axis != a || own.from != from || own.to != to { // the first slab of a block
		m0, _ := a.Parents(max(from+1, 1))
		for m0 = max(m0, 1); m0 <= lastCoarse(a) && a.Children(m0).First-1 < from; {
			m0++
		}
		m1, _ := a.Parents(min(to, lastFine(a)))
		for m1 = min(m1+1, lastCoarse(a)); m1 > 0 && a.Children(m1).Last()-1 >= to; {
			m1--
		}
		*own = coarseSlabs{a, from, to, m0, m1}
	}
	l.restrictOwned(d, st, q, y0, y1, own.first, own.last)
}

// lastCoarse is the last unknown of an axis of the coarse grid, lastFine the last vertex
// that it is restricted from: along a periodic axis that may be a ghost.
func lastCoarse(a *stencil.Axis) int { return a.Unknowns(a.Coarse) }

func lastFine(a *stencil.Axis) int {
	if a.Periodic && !a.Cells && !a.Same() {
		return a.Fine + 1
	}
	return a.Unknowns(a.Fine)
}

// coarseSlabs are those, along an axis, that fine slabs [from, to) alone make.
type coarseSlabs struct {
	axis        *stencil.Axis
	from, to    int
	first, last int
}

// restrictSeam makes the coarse slabs that slabs [from, to) take part in and that
// neither the slabs before nor those after make alone.
func (l *level[T]) restrictSeam(d *scratch[T], st *stage[T], from, to int) {
	if l.dim == 1 {
		l.restrictPieceSeam(d, st, from, to)
		return
	}
	a := &l.axes[l.dim-1]
	m0, _ := a.Parents(from + 1)
	for m0 = max(m0-1, 1); a.Children(m0).Last()-1 < from; {
		m0++
	}
	m1, _ := a.Parents(to)
	if m1 += 2; !a.Periodic { // else those beyond are images
		m1 = min(m1, lastCoarse(a))
	}
	for a.Children(m1).First-1 >= to {
		m1--
	}
	if m0 > m1 {
		return
	}
	for q := a.Children(m0).First - 1; q < a.Children(m1).Last(); q++ {
		l.restrictOwned(d, st, q, 0, l.rowsEnd(), m0, m1)
	}
}

// restrictOwned makes what slab q gives to coarse slabs m0 to m1; it is called for
// the slabs in order. In three dimensions it makes the coarse rows whose last fine
// row is in [y0, y1).
func (l *level[T]) restrictOwned(d *scratch[T], st *stage[T], q, y0, y1, m0, m1 int) {
	a := &l.axes[l.dim-1]
	m, next := a.Parents(q + 1)
	last := m
	if next > 0 {
		last++
	}
	m, last = max(m, m0), min(last, m1)
	if m > last {
		return
	}
	if l.dim == 2 {
		l.residualRow(d, st, q+1, 0)
		for ; m <= last; m++ {
			if a.LastChild(m) == q+1 {
				l.restrictRow(d, a.Children(m), l.coarser.image(1, m), 0, 1, 1)
			}
		}
		return
	}
	y := &l.axes[1]
	y0, y1 = max(y0, 1), min(y1, lastFine(y)+1)
	start := y0
	if y0 > 1 && y0 < y1 { // rows of the strip before that the first coarse row is made of
		jm, _ := y.Parents(y0)
		for ; jm <= lastCoarse(y); jm++ {
			if c := y.Children(jm); jm > 0 && c.Last() >= y0 {
				start = min(start, c.First)
				break
			}
		}
	}
	for j := start; j < y1; j++ {
		l.residualRow(d, st, j, q+1)
		if j < y0 {
			continue
		}
		jm, _ := y.Parents(j)
		for end := min(jm+1, lastCoarse(y)); jm <= end; jm++ {
			if jm < 1 || y.LastChild(jm) != j {
				continue
			}
			c := y.Children(jm)
			for k := m; k <= last; k++ {
				ck := a.Children(k)
				if plane := q + 1 - ck.First; plane >= 0 && plane < ck.Count {
					l.restrictRow(d, c, jm, l.coarser.image(2, k), plane, T(ck.W[plane]))
				}
			}
		}
	}
}

// residualRow puts the residual of row (j, k), or of a piece of it, in the ring.
func (l *level[T]) residualRow(d *scratch[T], st *stage[T], j, k int) (r []T) {
	r = d.ring[j&3]
	if l.wraps { // a ghost's is that of its image
		j, k = l.image(1, j), l.image(2, k)
	}
	if l.op.form == starForm {
		s := l.stencil(d, st, j, k)
		s.Out = &r[1]
		d.loops.Map(s)
	} else {
		l.generalResidual(d, st.src, j, k, &r[1])
	}
	if l.dim > 1 && l.around {
		l.reflectEnds(r)
	}
	return r
}

// reflectEnds sets the values of a row of residuals beyond its ends, those that full
// weighting takes there.
func (l *level[T]) reflectEnds(r []T) {
	n := l.inner
	switch {
	case l.Sides[0][0] == pde.Periodic:
		r[0], r[n+1] = r[n], r[1]
	case !l.Cells:
		if l.Sides[0][0] == pde.Neumann {
			r[0] = r[2]
		}
		if l.Sides[0][1] == pde.Neumann {
			r[n+1] = r[n-1]
		}
	}
}

// image is the unknown that a vertex along axis d stands for.
func (l *level[T]) image(d, i int) int {
	if d < l.dim && l.Sides[d][0] == pde.Periodic {
		return (i+l.N[d]-1)%l.N[d] + 1
	}
	return i
}

// restrictRow sets the coarse row (j, k) to w times the fine rows that it is made of across,
// which are in the ring; or adds them, of all but the first plane that it is made of.
func (l *level[T]) restrictRow(d *scratch[T], c stencil.Children, j, k, plane int, w T) {
	row := func(i int) []T { return d.ring[(c.First+min(i, c.Count-1))&3] }
	add := l.dim == 3 && plane > 0
	if l.r != nil {
		l.restrictStencil(d, [3][]T{row(0), row(1), row(2)}, j, k, plane, add)
		return
	}
	out := l.coarser.g.Row(j, k)
	switch x := &l.axes[0]; {
	case !x.Half():
	case x.Averages() && c.Count == 2 && c.W[0] == .5 && c.W[1] == .5:
		l.restrictCells(d, out, row(0), row(1), w, add)
		return
	case !x.Cells && c.Count == 3 && c.W[0] == .25 && c.W[1] == .5:
		l.restrictAlong(d, out, row(0), row(1), row(2), w, add)
		return
	}
	t := d.temp[0][:l.inner+2]
	combine(d.loops, t, [4][]T{row(0), row(1), row(2), row(3)}, [4]T{T(c.W[0]), T(c.W[1]), T(c.W[2]), T(c.W[3])})
	l.restrictAlong(d, out, t, t, t, w, add)
}

// restrictAlong carries ¼a + ½b + ¼c to a coarse row, times w.
func (l *level[T]) restrictAlong(d *scratch[T], out, a, b, c []T, w T, add bool) {
	x, loops := &l.axes[0], d.loops
	from := 1 - x.First() // before the first coarse vertex
	switch {
	case x.Half() && !x.Cells && add:
		loops.RestrictAdd(&out[1], &a[from], &b[from], &c[from], w, lastCoarse(x))
	case x.Half() && !x.Cells:
		loops.Restrict(&out[1], &a[from], &b[from], &c[from], w, lastCoarse(x))
	case x.Averages():
		l.restrictCells(d, out, a, a, w, add)
	case l.irregular != nil:
		l.irregular.restrict(out, b, w, add)
	default: // where a, b and c are the same row
		if !add {
			clear(out)
		}
		if x.Same() {
			loops.AddScaled(&out[1], w, &b[1], l.inner)
			return
		}
		// The transpose of addAlong.
		b[x.Fine] = 0 // rows of other levels were here
		w *= T(x.Coarse) / T(x.Fine)
		up := l.up
		var carry T
		for m := range x.Coarse {
			r := b[2*m : 2*m+2]
			v := up[2*m : 2*m+2]
			next := v[0]*r[0] + v[1]*r[1]
			out[m] += w * (r[0] + r[1] - next + carry)
			carry = next
		}
		out[0] = 0
	}
}

// restrictCells carries the mean of two rows of cells to a coarse row, times w.
func (l *level[T]) restrictCells(d *scratch[T], out, a, b []T, w T, add bool) {
	kernel := d.loops.RestrictCells
	if add {
		kernel = d.loops.RestrictCellsAdd
	}
	n := l.axes[0].Coarse
	kernel(&out[1], &a[1], &b[1], w/4, n)
	for side, m := range [2]int{1, n} {
		for q, more := range l.atSides[side] {
			i := 2*m - 1 + q
			out[m] += w / 2 * more * (a[i] + b[i])
		}
	}
}

package multigrid

// What the stages of a leg do to a slab in one dimension: a piece of the row.

import (
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// piece is how many values of a row a slab has in one dimension: few enough for the
// pieces that are at work to stay in a cache close to the core. It is even, so that a piece
// begins with the first vertex inside of what a coarse vertex is made of, wherever
// it lies.
const piece = 2048

// values gives the vertices of a row that slab q has: n of them, from lo on.
func (l *level[T]) values(q int) (lo, n int) {
	if l.dim > 1 {
		return 1, l.inner
	}
	return 1 + q*piece, min(piece, l.inner-q*piece)
}

// width is that of the scratch rows, in cells. A coarse vertex at the start of a
// piece needs residuals of up to three vertices before it.
func (l *level[T]) width() int {
	if l.dim > 1 {
		return l.inner + 1
	}
	return min(l.inner+1, piece) + 4
}

// prolongPiece adds P u' to a piece.
func (l *level[T]) prolongPiece(d *scratch[T], u, c []T) {
	a := &l.axes[0]
	if l.p != nil {
		l.prolongOwn(d, u, c)
		return
	}
	if l.around {
		for i := d.lo; i < d.lo+d.n; i++ {
			m, w := a.Weights(i)
			u[i] += T(w[0]) * c[l.coarser.image(0, m)]
			if w[1] != 0 {
				u[i] += T(w[1]) * c[l.coarser.image(0, m+1)]
			}
		}
		return
	}
	v, p := u[d.lo:], c[(d.lo-1)/2:] // v[0] is between p[0] and p[1]
	if a.Half() {
		n := (d.n - 1) / 2
		l.hierarchy.loops.Prolong(&v[0], &p[1], &p[1], n)
		if d.n%2 == 0 { // the last vertex of a piece before others lies on a coarse one
			v[d.n-1] += p[d.n/2]
		}
		return
	}
	up := d.temp[0][:d.n+2]
	oddWeights(a, up, d.lo-1)
	addOdd(u[d.lo-1:d.lo+d.n+1], p, p, up)
}

// prolongOwn adds P u' to a piece by a P of its own: a fine vertex that lies on a coarse one
// takes from that, another one from the two beside it.
func (l *level[T]) prolongOwn(d *scratch[T], u, c []T) {
	add := func(i, m, entry int) {
		if !l.given(0, m) {
			m = l.coarser.image(0, m)
			u[i] += l.p.of(entry, m) * c[m]
		}
	}
	for i := d.lo; i < d.lo+d.n; i++ {
		if i%2 == 0 {
			add(i, i/2, 13)
			continue
		}
		add(i, i/2, 14)
		add(i, i/2+1, 12)
	}
}

// of is the coefficient of an entry at vertex i in one dimension.
func (w *weights[T]) of(entry, i int) T {
	switch {
	case w.varying == nil:
		return w.constant[entry]
	case w.varying[entry] == nil:
		return 0
	}
	return w.varying[entry].Row(0, 0)[i]
}

// owned are the coarse vertices [m0, m1] that slab q makes: those whose last fine
// vertex, 2m+1, is in it.
func (l *level[T]) owned(q int) (m0, m1 int) {
	m0, m1 = max(1, q*piece/2), (q+1)*piece/2-1
	if q >= l.slabs()-1 {
		m1 = lastCoarse(&l.axes[0])
	}
	return m0, min(m1, lastCoarse(&l.axes[0]))
}

// reach is how far before 2m the fine vertices go that coarse vertex m is made of.
func reach(a *stencil.Axis) int {
	if a.Half() {
		return 1
	}
	return 2
}

// restrictPieces makes g' = R r of those coarse vertices of slab q that are made of
// slabs from on alone.
func (l *level[T]) restrictPieces(d *scratch[T], st *stage[T], q, from int) {
	if l.around || l.r != nil {
		l.restrictEnding(d, st)
		return
	}
	m0, m1 := l.owned(q)
	if from > 0 {
		m0 = max(m0, (from*piece+2+reach(&l.axes[0]))/2)
	}
	l.restrictPiece(d, st, m0, m1)
}

// restrictPieceSeam makes the coarse vertices that slabs [from, to) take part in and
// that neither the slabs before nor those after make alone.
func (l *level[T]) restrictPieceSeam(d *scratch[T], st *stage[T], from, to int) {
	if l.around || l.r != nil {
		return // what ends in a piece is made with it
	}
	for q := from; q < to; q++ {
		m0, m1 := l.owned(q)
		l.restrictPiece(d, st, m0, m1)
	}
	m0, m1 := l.owned(to)
	l.restrictPiece(d, st, m0, min(m1, (to*piece+reach(&l.axes[0]))/2))
}

// restrictEnding makes the coarse points whose last fine one is in the piece at work, or an
// image in the last one. The stage is a pass of its own.
func (l *level[T]) restrictEnding(d *scratch[T], st *stage[T]) {
	a, out := &l.axes[0], l.coarser.g.Row(0, 0)
	lo, end := d.lo, d.lo+d.n
	m, _ := a.Parents(lo)
	for m = max(m-1, 1); m <= lastCoarse(a) && a.LastChild(m) < lo; m++ {
	}
	if end == l.inner+1 {
		end = lastFine(a) + 1
	}
	if m > lastCoarse(a) || a.LastChild(m) >= end {
		return
	}
	d.lo = max(1, min(a.Children(m).First, lo))
	d.n = min(end, l.inner+1) - d.lo
	first := d.lo
	r := l.residualRow(d, st, 0, 0)[1:]
	beyond := T(0) // the residual of the image of the first point
	if end > l.inner+1 {
		n := d.n
		d.lo, d.n, d.ring[0], d.temp[1] = 1, 1, d.temp[1], d.ring[0]
		beyond = l.residualRow(d, st, 0, 0)[1]
		d.lo, d.n, d.ring[0], d.temp[1] = first, n, d.temp[1], d.ring[0]
	}
	for ; m <= lastCoarse(a) && a.LastChild(m) < end; m++ {
		c := a.Children(m)
		var sum T
		for q := range c.Count {
			v := beyond
			if i := c.First + q; i <= l.inner {
				v = r[i-first]
			}
			w := T(c.W[q])
			if l.r != nil {
				w = l.r.of(12+q, m)
			}
			sum += w * v
		}
		out[m] = sum
	}
}

// restrictPiece makes coarse vertices m0 to m1, at most those of a piece, of the
// residuals that they need, which are worked out for it.
func (l *level[T]) restrictPiece(d *scratch[T], st *stage[T], m0, m1 int) {
	if m0 > m1 {
		return
	}
	a, out := &l.axes[0], l.coarser.g.Row(0, 0)
	first := 2*m0 - reach(a)
	d.lo = max(first, 1)
	d.n = min(2*m1+1, l.inner) - d.lo + 1
	r := l.residualRow(d, st, 0, 0)[1:]
	if a.Half() {
		d.loops.Restrict(&out[m0], &r[0], &r[0], &r[0], 1, m1-m0+1)
		return
	}
	// The transpose of addOdd. r[i] is that of vertex d.lo+i; none is on the boundary.
	at := func(i int) T {
		if i == 0 || i == a.Fine {
			return 0
		}
		return r[i-d.lo]
	}
	up := d.temp[0][:2*(m1-m0)+4]
	oddWeights(a, up, first)
	w := T(a.Coarse) / T(a.Fine)
	carry := up[0]*at(first) + up[1]*at(first+1)
	for m := m0; m <= m1; m++ {
		r0, r1 := at(2*m), at(2*m+1)
		v := up[2*m-first:]
		next := v[0]*r0 + v[1]*r1
		out[m] = w * (r0 + r1 - next + carry)
		carry = next
	}
}

// oddWeights sets up to what P takes from the coarse vertex after each fine one, from
// first on, along an odd axis.
func oddWeights[T pde.Real](a *stencil.Axis, up []T, first int) {
	for i := range up {
		_, w := a.Parents(first + i)
		up[i] = T(w)
	}
}

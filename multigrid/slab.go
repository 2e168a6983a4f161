package multigrid

// What the stages of a leg do to a slab.

import (
	"mgtool/internal/simd"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// slabs is the number of slabs of a level: rows inside in two dimensions, planes
// in three, pieces of the row in one.
func (l *level[T]) slabs() int { return slabsOf(l.Grid) }

func slabsOf(g pde.Grid) int {
	if g.Dim() == 1 {
		return (g.Inner(0) + piece - 1) / piece
	}
	return g.Inner(g.Dim() - 1)
}

// slabSize is the number of vertices of a slab.
func (l *level[T]) slabSize() int { return l.Vertices() / l.slabs() }

// rows calls body for the rows of slab q; in three dimensions for those of [y0, y1)
// that are inside.
func (l *level[T]) rows(q, y0, y1 int, body func(j, k int)) {
	switch l.dim {
	case 1:
		body(0, 0)
	case 2:
		body(q+1, 0)
	default:
		for j := max(y0, 1); j < min(y1, 1+l.Inner(1)); j++ {
			body(j, q+1)
		}
	}
}

// stencil prepares a row of a stage of a star, or a piece of it.
func (l *level[T]) stencil(d *scratch[T], st *stage[T], j, k int) *simd.Stencil[T] {
	s := &d.stencil
	*s = st.row
	s.N = d.n
	u, at := st.src.Data(), st.src.Offset(j, k)+d.lo
	row, plane := st.src.Strides()
	s.U, s.South, s.North = &u[at], &u[at], &u[at]
	if l.dim > 1 {
		s.South, s.North = &u[at-row], &u[at+row]
	}
	if l.dim > 2 {
		s.Below, s.Above = &u[at-plane], &u[at+plane]
	}
	s.G = &l.g.Data()[l.g.Offset(j, k)+d.lo]
	if st.fetch != nil {
		if l.dim == 2 {
			j += st.lead
		} else {
			k += st.lead
		}
		if j < l.N[1] && (l.dim == 2 || k < l.N[2]) {
			s.Ahead = &st.fetch.Data()[st.fetch.Offset(j, k)+1]
		}
	}
	return s
}

// sweepRow does a row of a stage that stays on its level.
func (l *level[T]) sweepRow(d *scratch[T], st *stage[T], j, k int) {
	switch st.task {
	case toClear:
		clear(st.dst.Row(j, k)[d.lo : d.lo+d.n])
	case toCopy:
		copy(st.dst.Row(j, k)[d.lo:d.lo+d.n], st.src.Row(j, k)[d.lo:])
	case toMap:
		if l.op.form != starForm {
			l.generalRelaxed(d, st, j, k, st.dst.Row(j, k)[d.lo:])
			return
		}
		s := l.stencil(d, st, j, k)
		s.Out = &st.dst.Data()[st.dst.Offset(j, k)+d.lo]
		d.loops.Map(s)
	case toColour:
		l.colourRow(d, st, j, k)
	case toCorrection:
		l.correctRow(d, st, j, k)
	case toSweep:
		if l.op.form != starForm {
			l.generalSweepRow(d, st, j, k)
			return
		}
		l.lexicographicRow(d, st, j, k)
	case toCorrect:
		if u, ok := any(&st.dst.Row(j, k)[d.lo]).(*float64); ok {
			simd.Best().AddSingle(u, &st.single.Row(j, k)[d.lo], st.scale, d.n)
		}
	}
}

// roundRow sets a row of float32 to the residual times a scale and returns Σ r².
func (l *level[T]) roundRow(d *scratch[T], st *stage[T], j, k int) float64 {
	s := l.stencil(d, st, j, k)
	s.Out = &d.ring[0][1]
	rr := d.loops.Map(s)
	if r, ok := any(&d.ring[0][1]).(*float64); ok {
		simd.Best().ToSingle(&st.single.Row(j, k)[d.lo], r, st.scale, d.n)
	}
	return rr
}

// lexicographicRow relaxes a row value by value.
func (l *level[T]) lexicographicRow(d *scratch[T], st *stage[T], j, k int) {
	u, g, c := st.src.Row(j, k), l.g.Row(j, k), &st.row
	south, north, below, above := u, u, u, u
	if l.dim > 1 {
		south, north = st.src.Row(j-1, k), st.src.Row(j+1, k)
	}
	if l.dim > 2 {
		below, above = st.src.Row(j, k-1), st.src.Row(j, k+1)
	}
	i, end, step := d.lo, d.lo+d.n, 1
	if st.sweep.order == backward {
		i, end, step = d.lo+d.n-1, d.lo-1, -1
	}
	for ; i != end; i += step {
		u[i] = c.A*u[i] + c.Q*g[i] + c.X*(u[i-1]+u[i+1]) + c.Y*(south[i]+north[i]) + c.Z*(below[i]+above[i])
	}
}

// prolongSlab adds P u' to slab q: rows of u' are combined across, then carried
// along.
func (l *level[T]) prolongSlab(d *scratch[T], st *stage[T], q, y0, y1 int) {
	if l.dim == 1 {
		l.prolongPiece(d, st.dst.Row(0, 0), l.coarser.u.Row(0, 0))
		return
	}
	l.rows(q, y0, y1, func(j, k int) {
		u := st.dst.Row(j, k)
		if l.p != nil {
			l.prolongStencil(d, u, j, k)
			return
		}
		jc, jw := l.axes[1].Parents(j)
		kc, kw := l.axes[2].Parents(k)
		c := l.coarser.u
		p := c.Row(jc, kc)
		switch {
		case jw == 0 && kw == 0:
			l.addAlong(u, p, p)
		case kw == 0 && jw == .5:
			l.addAlong(u, p, c.Row(jc+1, kc))
		case jw == 0 && kw == .5:
			l.addAlong(u, p, c.Row(jc, kc+1))
		default:
			// A row of which nothing is taken may be one that there is not.
			j1, k1 := jc, kc
			if jw > 0 {
				j1++
			}
			if kw > 0 {
				k1++
			}
			rows := [4][]T{p, c.Row(j1, kc), c.Row(jc, k1), c.Row(j1, k1)}
			t := d.temp[0][:len(p)]
			combine(d.loops, t, rows, [4]T{T((1 - jw) * (1 - kw)), T(jw * (1 - kw)), T((1 - jw) * kw), T(jw * kw)})
			l.addAlong(u, t, t)
		}
	})
}

// combine sets t = Σ w·row, ghosts included.
func combine[T pde.Real](loops *simd.GridKernels[T], t []T, rows [4][]T, w [4]T) {
	ends := func(i int) { t[i] = w[0]*rows[0][i] + w[1]*rows[1][i] + w[2]*rows[2][i] + w[3]*rows[3][i] }
	last := len(t) - 1
	ends(0)
	ends(last)
	loops.Combine4(&t[1], &rows[0][1], &rows[1][1], &rows[2][1], &rows[3][1], w[0], w[1], w[2], w[3], last-1)
}

// addAlong adds to a fine row what lies on the middle of two coarse ones.
func (l *level[T]) addAlong(u, p, q []T) {
	a, loops := &l.axes[0], l.hierarchy.loops
	switch {
	case a.Half():
		loops.Prolong(&u[1], &p[1], &q[1], a.Coarse-1)
		if a.Periodic {
			u[a.Fine] += .5 * (p[a.Coarse] + q[a.Coarse])
		}
	case a.Same():
		loops.AddScaled(&u[1], .5, &p[1], l.inner)
		loops.AddScaled(&u[1], .5, &q[1], l.inner)
	default:
		addOdd(u[:a.Fine+1], p, q, l.up)
	}
}

// addOdd adds what is linear between coarse values, ½(p + q), to fine ones, but for
// the two at the ends, where the fine vertices 2m and 2m+1 are both between the
// coarse ones m and m+1.
func addOdd[T pde.Real](u, p, q, up []T) {
	prev := .5 * (p[0] + q[0])
	last := len(u)/2 - 1
	for m := range last + 1 {
		next := .5 * (p[m+1] + q[m+1])
		v := u[2*m : 2*m+2]
		w := up[2*m : 2*m+2]
		if m > 0 {
			v[0] += prev + w[0]*(next-prev)
		}
		if m < last {
			v[1] += prev + w[1]*(next-prev)
		}
		prev = next
	}
}

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
func lastCoarse(a *stencil.Axis) int {
	if a.Periodic {
		return a.Coarse
	}
	return a.Coarse - 1
}

func lastFine(a *stencil.Axis) int {
	switch {
	case a.Periodic && a.Half():
		return a.Fine + 1
	case a.Periodic:
		return a.Fine
	}
	return a.Fine - 1
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
	for m1 = min(m1+2, lastCoarse(a)); a.Children(m1).First-1 >= to; {
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
				l.restrictRow(d, a.Children(m), l.coarser.g.Row(m, 0), 1, 1)
			}
		}
		return
	}
	y := &l.axes[1]
	y0, y1 = max(y0, 1), min(y1, lastFine(y)+1)
	start := y0
	if y0 > 1 && y0 < y1 { // rows of the strip before that the first coarse row is made of
		jm, _ := y.Parents(y0)
		for ; jm < y.Coarse; jm++ {
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
			c := y.Children(jm)
			if jm < 1 || c.Last() != j {
				continue
			}
			for k := m; k <= last; k++ {
				ck := a.Children(k)
				l.restrictRow(d, c, l.coarser.g.Row(jm, k), q+1-ck.First, T(ck.W[q+1-ck.First]))
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
	if l.dim > 1 && l.Sides[0][0] == pde.Periodic {
		r[0], r[l.inner+1] = r[l.inner], r[1]
	}
	return r
}

// image is the unknown that a vertex along axis d stands for.
func (l *level[T]) image(d, i int) int {
	if d < l.dim && l.Sides[d][0] == pde.Periodic {
		return (i+l.N[d]-1)%l.N[d] + 1
	}
	return i
}

// restrictRow sets a coarse row to w times the fine rows that it is made of across,
// which are in the ring; or adds them, of all but the first plane that it is made of.
func (l *level[T]) restrictRow(d *scratch[T], c stencil.Children, out []T, plane int, w T) {
	row := func(i int) []T { return d.ring[(c.First+min(i, c.Count-1))&3] }
	add := l.dim == 3 && plane > 0
	if l.r != nil {
		l.restrictStencil(d, [3][]T{row(0), row(1), row(2)}, out, plane, add)
		return
	}
	if c.Count == 3 && c.W[0] == .25 && c.W[1] == .5 && l.axes[0].Half() {
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
	switch {
	case x.Half() && add:
		loops.RestrictAdd(&out[1], &a[1], &b[1], &c[1], w, lastCoarse(x))
	case x.Half():
		loops.Restrict(&out[1], &a[1], &b[1], &c[1], w, lastCoarse(x))
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

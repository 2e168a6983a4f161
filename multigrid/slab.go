package multigrid

// What the stages of a leg do to a slab.

import (
	"gonum.org/v1/gonum/floats"

	"mgtool/internal/simd"
	"mgtool/pde"
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
		for j, end := max(y0, 1), min(y1, 1+l.rowsInside); j < end; j++ {
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
	if d.diagonal = l.op.diagonal; l.around {
		l.closeRow(d, st, j, k)
	}
	if ahead := l.ahead(&st.fetch[0], j, k); ahead != nil {
		s.Ahead = ahead
	}
	return s
}

// ahead is the row that is fetched while row (j, k) is done, if any.
func (l *level[T]) ahead(f *fetch[T], j, k int) *T {
	if f.from == nil {
		return nil
	}
	if l.dim == 2 {
		j += f.lead
	} else {
		k += f.lead
	}
	if j < l.N[1] && (l.dim == 2 || k < l.N[2]) {
		return &f.from.Data()[f.from.Offset(j, k)+1]
	}
	return nil
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
		if l.mends {
			u := st.src.Row(j, k)
			l.mendEnds(d, st.dst.Row(j, k), [2]T{u[d.lo], u[d.lo+d.n-1]}, [2]bool{true, true})
		}
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
	case toDirection:
		if st, ok := any(st).(*stage[float64]); ok {
			p := st.dst.Row(j, k)[d.lo : d.lo+d.n]
			floats.AddScaledTo(p, st.src.Row(j, k)[d.lo:d.lo+d.n], st.scale, p)
		}
	case toCorrect:
		if u, ok := any(&st.dst.Row(j, k)[d.lo]).(*float64); ok {
			simd.Best().AddSingle(u, &st.single.Row(j, k)[d.lo], st.scale, d.n)
		}
	}
}

// product is Σ v u of a row, for the source u and the result v of a stage.
func product[T pde.Real](d *scratch[T], st *stage[T], j, k int) float64 {
	s, ok := any(st).(*stage[float64])
	if !ok {
		return 0
	}
	return floats.Dot(s.src.Row(j, k)[d.lo:d.lo+d.n], s.dst.Row(j, k)[d.lo:d.lo+d.n])
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
	u, g, c := st.src.Row(j, k), l.g.Row(j, k), l.stencil(d, st, j, k)
	south, north, below, above := u, u, u, u
	if l.dim > 1 {
		south, north = l.rowBeside(st.src, 1, -1, j, k), l.rowBeside(st.src, 1, 1, j, k)
	}
	if l.dim > 2 {
		below, above = l.rowBeside(st.src, 2, -1, j, k), l.rowBeside(st.src, 2, 1, j, k)
	}
	i, end, step := d.lo, d.lo+d.n, 1
	if st.sweep.order == backward {
		i, end, step = d.lo+d.n-1, d.lo-1, -1
	}
	for ; i != end; i += step {
		old := u[i]
		if l.around && (i == d.lo || i == d.lo+d.n-1) {
			l.closeEnds(d, u) // of the values that are new
		}
		u[i] = c.A*u[i] + c.Q*g[i] + c.X*(u[i-1]+u[i+1]) + c.Y*(south[i]+north[i]) + c.Z*(below[i]+above[i])
		if l.mends {
			l.mendEnds(d, u, [2]T{old, old}, [2]bool{i == d.lo, i == d.lo+d.n-1})
		}
	}
}

// prolongSlab adds P u' to slab q: rows of u' are combined across, then carried
// along.
func (l *level[T]) prolongSlab(d *scratch[T], st *stage[T], q, y0, y1 int) {
	if l.dim == 1 {
		l.prolongPiece(d, st.dst.Row(0, 0), l.coarser.u.Row(0, 0))
		return
	}
	plane := 0
	if l.dim == 3 {
		plane = q + 1
	}
	kc, kw := l.axes[2].Weights(plane)
	l.rows(q, y0, y1, func(j, k int) {
		u := st.dst.Row(j, k)
		if l.p != nil {
			l.prolongStencil(d, u, j, k)
			return
		}
		jc, jw := l.axes[1].Weights(j)
		// A row of which nothing is taken may be one that there is not.
		j1, k0, k1 := jc, kc, kc
		if jw[1] != 0 {
			j1++
		}
		if kw[1] != 0 {
			k1++
		}
		c := l.coarser
		if c.wraps {
			jc, j1, k0, k1 = c.image(1, jc), c.image(1, j1), c.image(2, kc), c.image(2, k1)
		}
		p, x := c.u.Row(jc, k0), &l.axes[0]
		switch {
		case x.Cells && x.Half() && kw[0] == 1:
			l.addCells(u, p, c.u.Row(j1, k0), T(jw[0]), T(jw[1]))
		case jw[0] == 1 && kw[0] == 1:
			l.addAlong(u, p, p)
		case kw[0] == 1 && jw[0] == .5 && jw[1] == .5:
			l.addAlong(u, p, c.u.Row(j1, k0))
		case jw[0] == 1 && kw[0] == .5 && kw[1] == .5:
			l.addAlong(u, p, c.u.Row(jc, k1))
		default:
			rows := [4][]T{p, c.u.Row(j1, k0), c.u.Row(jc, k1), c.u.Row(j1, k1)}
			t := d.temp[0][:len(p)]
			combine(d.loops, t, rows, [4]T{T(jw[0] * kw[0]), T(jw[1] * kw[0]), T(jw[0] * kw[1]), T(jw[1] * kw[1])})
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
	case a.Half() && !a.Cells:
		// From the fine vertex before the first coarse one, which is a ghost if that is an
		// unknown on the side.
		from, old := 1-a.First(), u[1]
		loops.Prolong(&u[from], &p[1], &q[1], a.Coarse-from)
		if a.Periodic {
			u[1] = old + .25*((p[a.Coarse]+q[a.Coarse])+(p[1]+q[1]))
		}
		if last := lastCoarse(a); last == a.Coarse+a.First() { // a vertex that both have
			u[l.inner] += .5 * (p[last] + q[last])
		}
	case a.Half():
		l.addCells(u, p, q, .5, .5)
	case a.Same():
		loops.AddScaled(&u[1], .5, &p[1], l.inner)
		loops.AddScaled(&u[1], .5, &q[1], l.inner)
	case l.irregular != nil:
		l.irregular.add(u, p, q)
	default:
		addOdd(u[:a.Fine+1], p, q, l.up)
	}
}

// addCells adds to a fine row of cells what is linear between the coarse ones, wp p + wq q.
// The ghosts of these have no values: the two ends are made here.
func (l *level[T]) addCells(u, p, q []T, wp, wq T) {
	a := &l.axes[0]
	n := a.Coarse
	first, last := u[1], u[2*n]
	l.hierarchy.loops.ProlongCells(&u[1], &p[1], &q[1], wp, wq, n)
	end := func(side, i, other int) T {
		v := wp*p[i] + wq*q[i]
		beyond := T(a.Beyond[side]) * v
		if a.Periodic {
			beyond = wp*p[other] + wq*q[other]
		}
		return .25*beyond + .75*v
	}
	u[1], u[2*n] = first+end(0, 1, n), last+end(1, n, 1)
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

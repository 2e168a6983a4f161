package multigrid

// How a first guess is interpolated on the way up of full multigrid: by cubics.

import (
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// cubicSlab adds to slab q the cubic interpolation of u'.
func (l *level[T]) cubicSlab(d *scratch[T], st *stage[T], q, y0, y1 int) {
	if l.dim == 1 {
		l.cubicPiece(d, st.dst.Row(0, 0), l.coarser.u.Row(0, 0))
		return
	}
	c, width := l.coarser.u, len(l.coarser.u.Row(0, 0))
	// The rows of the plane that the slab lies on, combined along z.
	row := func(j int) []T { return c.Row(j, 0) }
	if l.dim == 3 {
		first, count, w := l.axes[2].Cubic(q + 1)
		full := len(d.temp[1])
		row = func(j int) []T { return d.plane[j*full:][:width] }
		// Of the rows those that rows [y0, y1) may need: all of a ring.
		last := c.Inner(1) + 1
		from, to := 0, last
		if !l.axes[1].Periodic {
			end := 1 + l.Inner(1)
			m0, _ := l.axes[1].Parents(min(max(y0, 1), end))
			m1, _ := l.axes[1].Parents(max(min(y1, end)-1, 1))
			from, to = max(min(m0-1, last-4), 0), min(max(m1+2, 4), last)
		}
		for j := from; j <= to; j++ {
			z := func(i int) []T { return c.Row(j, l.coarser.image(2, first+min(i, count-1))) }
			combine(d.loops, row(j), [4][]T{z(0), z(1), z(2), z(3)}, [4]T{T(w[0]), T(w[1]), T(w[2]), T(w[3])})
		}
	}
	l.rows(q, y0, y1, func(j, k int) {
		first, count, w := l.axes[1].Cubic(j)
		y := func(i int) []T { return row(l.coarser.image(1, first+min(i, count-1))) }
		v := d.temp[0][:width]
		combine(d.loops, v, [4][]T{y(0), y(1), y(2), y(3)}, [4]T{T(w[0]), T(w[1]), T(w[2]), T(w[3])})
		l.cubicAlong(d, st.dst.Row(j, k), v)
	})
}

// prepareCubic makes the weights of an odd axis.
func (l *level[T]) prepareCubic() {
	a := &l.axes[0]
	if l.dim == 1 || a.Same() || !a.Regular() || a.Half() || a.Periodic || l.cubicUp != nil {
		return
	}
	l.cubicUp = make([][4]T, a.Fine)
	for i := range l.cubicUp {
		_, _, w := a.Cubic(i)
		l.cubicUp[i] = [4]T{T(w[0]), T(w[1]), T(w[2]), T(w[3])}
	}
}

// cubicAt adds to a fine value the cubic through coarse ones, which may be images.
func cubicAt[T pde.Real](a *stencil.Axis, u, v []T, i int) {
	first, count, w := a.Cubic(i)
	for p := range count {
		at := first + p
		if a.Periodic {
			at = (at+a.Coarse-1)%a.Coarse + 1
		}
		u[i] += T(w[p]) * v[at]
	}
}

// cubicAlong adds to a fine row the cubics through a coarse one.
func (l *level[T]) cubicAlong(d *scratch[T], u, v []T) {
	a := &l.axes[0]
	switch {
	case a.Same():
		d.loops.AddScaled(&u[1], 1, &v[1], l.inner)
	case a.Half() && a.Coarse >= 3 && !a.Periodic && a.Regular():
		t := d.temp[1]
		d.loops.ProlongCubic(&t[1], &v[1], a.Coarse-1)
		t[1], t[a.Fine-1] = 0, 0
		d.loops.AddScaled(&u[1], 1, &t[1], a.Fine-1)
		cubicAt(a, u, v, 1)
		cubicAt(a, u, v, a.Fine-1)
	case a.Half() || a.Periodic || !a.Regular():
		for i := range l.inner {
			cubicAt(a, u, v, 1+i)
		}
	default:
		// Fine vertices 2m and 2m+1 are both between coarse ones m and m+1.
		for m := 1; m < a.Coarse-1; m++ {
			x := u[2*m : 2*m+2]
			w := l.cubicUp[2*m : 2*m+2]
			v := v[m-1 : m+3]
			x[0] += w[0][0]*v[0] + w[0][1]*v[1] + w[0][2]*v[2] + w[0][3]*v[3]
			x[1] += w[1][0]*v[0] + w[1][1]*v[1] + w[1][2]*v[2] + w[1][3]*v[3]
		}
		cubicAt(a, u, v, 1)
		cubicAt(a, u, v, a.Fine-1)
	}
}

// cubicPiece adds the cubic interpolation of u' to a piece.
func (l *level[T]) cubicPiece(d *scratch[T], u, c []T) {
	a := &l.axes[0]
	if !a.Half() || a.Coarse < 3 || a.Periodic || !a.Regular() {
		for i := d.lo; i < d.lo+d.n; i++ {
			cubicAt(a, u, c, i)
		}
		return
	}
	// A coarse row that begins one vertex early, where it can: the kernel leaves the
	// ends to its caller.
	early := min(d.lo-1, 2)
	t, v := d.temp[1][1:], c[(d.lo-1-early)/2:]
	d.loops.ProlongCubic(&t[0], &v[1], (d.n+early)/2)
	lo, hi := d.lo, d.lo+d.n
	if lo == 1 {
		cubicAt(a, u, c, 1)
		lo++
	}
	if hi == a.Fine {
		hi--
		cubicAt(a, u, c, hi)
	}
	if lo < hi {
		d.loops.AddScaled(&u[lo], 1, &t[early+lo-d.lo], hi-lo)
	}
}

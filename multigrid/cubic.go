package multigrid

// How a first guess is interpolated on the way up of full multigrid: by cubics.

import "mgtool/pde"

// cubicSlab adds to slab q the cubic interpolation of u'.
func (l *fusedLevel[T]) cubicSlab(d *desk[T], st *stage[T], q, y0, y1 int) {
	if l.dim == 1 {
		l.cubicPiece(d, st.dst.Row(0, 0), l.coarser.u.Row(0, 0))
		return
	}
	c, n := l.coarser.u, l.axes[0].nc-1
	// The rows of the plane that the slab lies on, combined along z.
	row := func(j int) []T { return c.Row(j, 0) }
	if l.dim == 3 {
		first, count, w := l.axes[2].cubic(q + 1)
		width := len(d.temp[1])
		row = func(j int) []T { return d.plane[j*width : (j+1)*width] }
		// Of the rows those that rows [y0, y1) may need.
		m0, _ := l.axes[1].parents(min(max(y0, 1), l.N[1]))
		m1, _ := l.axes[1].parents(max(min(y1, l.N[1])-1, 0))
		for j := max(min(m0-1, c.N[1]-3), 0); j <= min(max(m1+2, 3), c.N[1]); j++ {
			z := func(i int) *T { return &c.Row(j, first+min(i, count-1))[1] }
			d.loops.Combine4(&row(j)[1], z(0), z(1), z(2), z(3), T(w[0]), T(w[1]), T(w[2]), T(w[3]), n)
		}
	}
	l.rows(q, y0, y1, func(j, k int) {
		first, count, w := l.axes[1].cubic(j)
		y := func(i int) *T { return &row(first + min(i, count-1))[1] }
		v := d.temp[0]
		d.loops.Combine4(&v[1], y(0), y(1), y(2), y(3), T(w[0]), T(w[1]), T(w[2]), T(w[3]), n)
		v[0], v[n+1] = 0, 0 // rows of other levels were here
		l.cubicAlong(d, st.dst.Row(j, k), v)
	})
}

// prepareCubic makes the weights of an odd axis.
func (l *fusedLevel[T]) prepareCubic() {
	a := &l.axes[0]
	if l.dim == 1 || a.same() || a.half() || l.cubicUp != nil {
		return
	}
	l.cubicUp = make([][4]T, a.n)
	for i := range l.cubicUp {
		_, _, w := a.cubic(i)
		l.cubicUp[i] = [4]T{T(w[0]), T(w[1]), T(w[2]), T(w[3])}
	}
}

// cubicAt adds to a fine value the cubic through coarse ones.
func cubicAt[T pde.Real](a *axis, u, v []T, i int) {
	first, count, w := a.cubic(i)
	for p := range count {
		u[i] += T(w[p]) * v[first+p]
	}
}

// cubicAlong adds to a fine row the cubics through a coarse one.
func (l *fusedLevel[T]) cubicAlong(d *desk[T], u, v []T) {
	a := &l.axes[0]
	switch {
	case a.same():
		d.loops.AddScaled(&u[1], 1, &v[1], a.n-1)
	case a.half() && a.nc >= 3:
		t := d.temp[1]
		d.loops.ProlongCubic(&t[1], &v[1], a.nc-1)
		t[1], t[a.n-1] = 0, 0
		d.loops.AddScaled(&u[1], 1, &t[1], a.n-1)
		cubicAt(a, u, v, 1)
		cubicAt(a, u, v, a.n-1)
	case a.half():
		for i := 1; i < a.n; i++ {
			cubicAt(a, u, v, i)
		}
	default:
		// Fine vertices 2m and 2m+1 are both between coarse ones m and m+1.
		for m := 1; m < a.nc-1; m++ {
			x := u[2*m : 2*m+2]
			w := l.cubicUp[2*m : 2*m+2]
			v := v[m-1 : m+3]
			x[0] += w[0][0]*v[0] + w[0][1]*v[1] + w[0][2]*v[2] + w[0][3]*v[3]
			x[1] += w[1][0]*v[0] + w[1][1]*v[1] + w[1][2]*v[2] + w[1][3]*v[3]
		}
		cubicAt(a, u, v, 1)
		cubicAt(a, u, v, a.n-1)
	}
}

// cubicPiece adds the cubic interpolation of u' to a piece.
func (l *fusedLevel[T]) cubicPiece(d *desk[T], u, c []T) {
	a := &l.axes[0]
	if !a.half() || a.nc < 3 {
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
	if hi == a.n {
		hi--
		cubicAt(a, u, c, hi)
	}
	if lo < hi {
		d.loops.AddScaled(&u[lo], 1, &t[early+lo-d.lo], hi-lo)
	}
}

package fourier

// A cycle on the coefficients of waves, forwards and for its gradient backwards.

// number is what coefficients and symbols are: real where all kernels are even, K(o) = K(−o).
type number interface{ float64 | complex128 }

// visit is the memory of a cycle's visit to a level: what went through it, for the way back.
type visit[T number] struct {
	level     *level[T]
	bottom    bool
	e         []T         // the correction
	pre, post [][]T       // the residual before each smoothing step
	down      [][]T       // the residual before each coarse correction, of which there are γ
	below     []*visit[T] // and the visits to the next level
	size      float64     // on the finest level, the norm of what a whole cycle left

	r          []T // the residual as it is now, which no other visit needs at the same time
	rBar, eBar []T // the gradients by r and e, likewise
}

// newVisit is a visit to level n of a cycle that solves on the level bottom. It shares what it
// can with another such visit, if that is not nil.
func (h *hierarchy[T]) newVisit(n, bottom, pre, post int, other *visit[T]) *visit[T] {
	l := h.levels[n]
	room := func(count int) (list [][]T) {
		for range count {
			list = append(list, make([]T, l.count))
		}
		return list
	}
	v := &visit[T]{level: l, bottom: n == bottom, e: make([]T, l.count)}
	if other == nil {
		one := room(3)
		v.r, v.rBar, v.eBar = one[0], one[1], one[2]
	} else {
		v.r, v.rBar, v.eBar = other.r, other.rBar, other.eBar
	}
	if v.bottom {
		return v
	}
	v.pre, v.post = room(pre), room(post)
	visits := h.gamma
	if n == bottom-1 {
		visits = 1 // the coarsest level is solved
	}
	v.down = room(visits)
	for i := range visits {
		var like *visit[T]
		if other != nil {
			like = other.below[i]
		}
		v.below = append(v.below, h.newVisit(n+1, bottom, pre, post, like))
	}
	return v
}

// correct makes e ≈ A⁻¹ r, by the cycle's correction scheme from e = 0:
//
//	e += B r;   r −= A B r      for each step before
//	e += P e';  r −= A P e'     with e' from a cycle for R r; γ times
//	e += B r;   r −= A B r      for each step after
func (v *visit[T]) correct() {
	l, e, r := v.level, v.e, v.r
	if v.bottom {
		for i, a := range l.a {
			e[i] = r[i] / a
		}
		return
	}
	clear(e)
	l.smooth(e, r, l.pre, v.pre)
	for n, below := range v.below {
		copy(v.down[n], r)
		clear(below.r)
		for i, to := range l.onto {
			below.r[to] += l.r[i] * r[i]
		}
		below.correct()
		for i, to := range l.onto {
			d := l.p[i] * below.e[to]
			e[i] += d
			r[i] -= l.a[i] * d
		}
	}
	l.smooth(e, r, l.post, v.post)
}

// smooth does the steps of a list, and keeps the residual before each.
func (l *level[T]) smooth(e, r []T, list, before [][]T) {
	a := l.a[:len(r)]
	e = e[:len(r)]
	for s, b := range list {
		copy(before[s], r)
		b = b[:len(r)]
		for i, v := range r {
			d := b[i] * v
			e[i] += d
			r[i] = v - a[i]*d
		}
	}
}

// uncorrect is the way back through correct: from eBar, the gradient by e, to rBar, that by r.
// It adds the gradients by the symbols of this level and those below to list. The gradient ẋ by
// a complex x is the one with dL = Re Σ ẋ dx, so that no conjugate appears.
func (v *visit[T]) uncorrect(list []bars[T]) {
	l, b, e, r := v.level, &list[0], v.eBar, v.rBar
	if v.bottom {
		for i, a := range l.a {
			r[i] = e[i] / a
			b.a[i] -= v.e[i] / a * e[i]
		}
		return
	}
	clear(r)
	l.unsmooth(e, r, b.a, l.post, b.post, v.post)
	for n := len(v.below) - 1; n >= 0; n-- {
		below := v.below[n]
		clear(below.eBar)
		for i, to := range l.onto {
			d := e[i] - l.a[i]*r[i]
			b.a[i] -= l.p[i] * below.e[to] * r[i]
			b.p[i] += below.e[to] * d
			below.eBar[to] += l.p[i] * d
		}
		below.uncorrect(list[1:])
		for i, to := range l.onto {
			b.r[i] += v.down[n][i] * below.rBar[to]
			r[i] += l.r[i] * below.rBar[to]
		}
	}
	l.unsmooth(e, r, b.a, l.pre, b.pre, v.pre)
}

// unsmooth is the way back through smooth.
func (l *level[T]) unsmooth(e, r, aBar []T, symbols, bar, before [][]T) {
	a := l.a[:len(r)]
	e, aBar = e[:len(r)], aBar[:len(r)]
	for s := len(symbols) - 1; s >= 0; s-- {
		b, to, from := symbols[s][:len(r)], bar[s][:len(r)], before[s][:len(r)]
		for i, v := range r {
			at := from[i]
			d := e[i] - a[i]*v
			aBar[i] -= b[i] * at * v
			to[i] += at * d
			r[i] = v + b[i]*d
		}
	}
}

// cycle replaces the error u by what a cycle leaves of it, M u = u − C A u, divided by its
// norm, which it keeps as size.
func (v *visit[T]) cycle(u []T) {
	for i, a := range v.level.a {
		v.r[i] = a * u[i]
	}
	v.correct()
	for i, e := range v.e {
		u[i] -= e
	}
	v.size = norm(u)
	scaled(u, 1/v.size)
}

// uncycle is the way back through cycle, from the gradient by its result to that by u, in
// place; the norm counts as constant. A of the finest level is given: its gradient is of no use.
func (v *visit[T]) uncycle(u []T, list []bars[T]) {
	scaled(u, 1/v.size)
	for i := range u {
		v.eBar[i] = -u[i]
	}
	v.uncorrect(list)
	for i, a := range v.level.a {
		u[i] += a * v.rBar[i]
	}
}

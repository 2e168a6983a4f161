package fourier

// A cycle on the coefficients of waves, forwards and for its gradient backwards.

import "math"

// visit is the memory of a cycle's visit to a level: what went through it, for the way back.
type visit struct {
	level     *level
	bottom    bool
	r, e      []complex128   // the residual and the correction, as they are now
	pre, post [][]complex128 // the residual before each smoothing step
	down      [][]complex128 // the residual before each coarse correction, of which there are γ
	below     []*visit       // and the visits to the next level
	rBar      []complex128   // the gradients by r and e
	eBar      []complex128
	size      float64 // on the finest level, the norm of what a whole cycle left
}

// newVisit is a visit to level n of a cycle that solves on the level bottom.
func (h *hierarchy) newVisit(n, bottom, pre, post int) *visit {
	l := h.levels[n]
	room := func(count int) (list [][]complex128) {
		for range count {
			list = append(list, make([]complex128, l.count))
		}
		return list
	}
	v := &visit{level: l, bottom: n == bottom}
	one := room(4)
	v.r, v.e, v.rBar, v.eBar = one[0], one[1], one[2], one[3]
	if v.bottom {
		return v
	}
	v.pre, v.post = room(pre), room(post)
	visits := h.gamma
	if n == bottom-1 {
		visits = 1 // the coarsest level is solved
	}
	v.down = room(visits)
	for range visits {
		v.below = append(v.below, h.newVisit(n+1, bottom, pre, post))
	}
	return v
}

// correct makes e ≈ A⁻¹ r, by the cycle's correction scheme from e = 0:
//
//	e += B r;   r −= A B r      for each step before
//	e += P e';  r −= A P e'     with e' from a cycle for R r; γ times
//	e += B r;   r −= A B r      for each step after
func (v *visit) correct() {
	l, e, r := v.level, v.e, v.r
	if v.bottom {
		for i, a := range l.a {
			e[i] = r[i] / a
		}
		return
	}
	clear(e)
	smooth := func(list, before [][]complex128) {
		for s, b := range list {
			copy(before[s], r)
			for i, b := range b {
				d := b * r[i]
				e[i] += d
				r[i] -= l.a[i] * d
			}
		}
	}
	smooth(l.pre, v.pre)
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
	smooth(l.post, v.post)
}

// uncorrect is the way back through correct: from eBar, the gradient by e, to rBar, that by r.
// It adds the gradients by the symbols of this level and those below to list.
func (v *visit) uncorrect(list []bars) {
	l, b, e, r := v.level, &list[0], v.eBar, v.rBar
	if v.bottom {
		for i, a := range l.a {
			r[i] = e[i] / conj(a)
			b.a[i] -= conj(v.e[i]/a) * e[i]
		}
		return
	}
	clear(r)
	smooth := func(symbols, bar, before [][]complex128) {
		for s := len(symbols) - 1; s >= 0; s-- {
			for i, v := range symbols[s] {
				at := before[s][i]
				d := e[i] - conj(l.a[i])*r[i]
				b.a[i] -= conj(v*at) * r[i]
				bar[s][i] += conj(at) * d
				r[i] += conj(v) * d
			}
		}
	}
	smooth(l.post, b.post, v.post)
	for n := len(v.below) - 1; n >= 0; n-- {
		below := v.below[n]
		clear(below.eBar)
		for i, to := range l.onto {
			d := e[i] - conj(l.a[i])*r[i]
			b.a[i] -= conj(l.p[i]*below.e[to]) * r[i]
			b.p[i] += conj(below.e[to]) * d
			below.eBar[to] += conj(l.p[i]) * d
		}
		below.uncorrect(list[1:])
		for i, to := range l.onto {
			b.r[i] += conj(v.down[n][i]) * below.rBar[to]
			r[i] += conj(l.r[i]) * below.rBar[to]
		}
	}
	smooth(l.pre, b.pre, v.pre)
}

// cycle replaces the error u by what a cycle leaves of it, M u = u − C A u, divided by its
// norm, which it keeps as size.
func (v *visit) cycle(u []complex128) {
	for i, a := range v.level.a {
		v.r[i] = a * u[i]
	}
	v.correct()
	size := 0.0
	for i, e := range v.e {
		u[i] -= e
		size += realOf(u[i], u[i])
	}
	v.size = math.Sqrt(size)
	scaled(u, 1/v.size)
}

// uncycle is the way back through cycle, from the gradient by its result to that by u, in
// place; the norm counts as constant. A of the finest level is given: its gradient is of no use.
func (v *visit) uncycle(u []complex128, list []bars) {
	scaled(u, 1/v.size)
	for i := range u {
		v.eBar[i] = -u[i]
	}
	v.uncorrect(list)
	for i, a := range v.level.a {
		u[i] += conj(a) * v.rBar[i]
	}
}

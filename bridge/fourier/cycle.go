package fourier

// A cycle on the coefficients of waves, forwards and for its gradient backwards.

// record is what a visit of a level leaves for the way back.
type record struct {
	rPre, rPost [][]complex128 // the residual before each step
	rDown       []complex128   // that which is restricted
	below       []*record      // of the visits to the next level, with …
	up          [][]complex128 // … what each brought back
	rUp         [][]complex128 // … and the residual on this level before it
	e           []complex128   // the correction, on the coarsest level
	size        float64        // the norm of what a whole cycle left
}

// correct returns e ≈ A⁻¹ r on a level: the cycle's correction scheme from e = 0. It changes
// r.
//
//	e += B r;   r −= A B r      for each step before
//	e += P e';  r −= A P e'     with e' from a cycle for R r; γ times
//	e += B r;   r −= A B r      for each step after
//
// With a record it keeps what [hierarchy.back] needs.
func (h *hierarchy) correct(n int, r []complex128, rec *record) []complex128 {
	l := h.levels[n]
	e := make([]complex128, len(r))
	if n == len(h.levels)-1 {
		for i, a := range l.a {
			e[i] = r[i] / a
		}
		if rec != nil {
			rec.e = e
		}
		return e
	}
	smooth := func(list [][]complex128, keep *[][]complex128) {
		for _, b := range list {
			if rec != nil {
				*keep = append(*keep, append([]complex128(nil), r...))
			}
			for i, b := range b {
				d := b * r[i]
				e[i] += d
				r[i] -= l.a[i] * d
			}
		}
	}
	var before, after *[][]complex128
	if rec != nil {
		before, after = &rec.rPre, &rec.rPost
	}
	smooth(l.pre, before)
	visits := h.gamma
	if n == len(h.levels)-2 {
		visits = 1 // the coarsest level is solved
	}
	for range visits {
		down := make([]complex128, h.levels[n+1].count)
		for i, to := range l.onto {
			down[to] += l.r[i] * r[i]
		}
		var below *record
		if rec != nil {
			below = new(record)
			rec.below = append(rec.below, below)
			rec.rUp = append(rec.rUp, append([]complex128(nil), r...))
		}
		up := h.correct(n+1, down, below)
		if rec != nil {
			rec.up = append(rec.up, up)
		}
		for i, to := range l.onto {
			d := l.p[i] * up[to]
			e[i] += d
			r[i] -= l.a[i] * d
		}
	}
	smooth(l.post, after)
	return e
}

// uncorrect is the way back through correct: from the gradient by e to that by r, which it
// returns; it adds the gradients by the symbols to list.
func (h *hierarchy) uncorrect(n int, e []complex128, rec *record, list []bars) []complex128 {
	l, b := h.levels[n], &list[n]
	r := make([]complex128, len(e))
	if n == len(h.levels)-1 {
		for i, a := range l.a {
			r[i] = e[i] / conj(a)
			b.a[i] -= conj(rec.e[i]/a) * e[i]
		}
		return r
	}
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
	smooth(l.post, b.post, rec.rPost)
	for visit := len(rec.below) - 1; visit >= 0; visit-- {
		up, at := rec.up[visit], rec.rUp[visit]
		coarse := make([]complex128, len(up))
		for i, to := range l.onto {
			d := e[i] - conj(l.a[i])*r[i]
			b.a[i] -= conj(l.p[i]*up[to]) * r[i]
			b.p[i] += conj(up[to]) * d
			coarse[to] += conj(l.p[i]) * d
		}
		down := h.uncorrect(n+1, coarse, rec.below[visit], list)
		for i, to := range l.onto {
			b.r[i] += conj(at[i]) * down[to]
			r[i] += conj(l.r[i]) * down[to]
		}
	}
	smooth(l.pre, b.pre, rec.rPre)
	return r
}

// cycle is u − C A u: what a cycle leaves of the error u.
func (h *hierarchy) cycle(u []complex128, rec *record) []complex128 {
	r := make([]complex128, len(u))
	for i, a := range h.levels[0].a {
		r[i] = a * u[i]
	}
	v := h.correct(0, r, rec)
	for i := range v {
		v[i] = u[i] - v[i]
	}
	return v
}

// uncycle is the way back through cycle, from the gradient by its result to that by u. A
// of the finest level is given, and has no gradient of use.
func (h *hierarchy) uncycle(v []complex128, rec *record, list []bars) []complex128 {
	e := make([]complex128, len(v))
	for i := range v {
		e[i] = -v[i]
	}
	r := h.uncorrect(0, e, rec, list)
	for i, a := range h.levels[0].a {
		r[i] = v[i] + conj(a)*r[i]
	}
	return r
}

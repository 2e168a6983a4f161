package fourier

// The operators of a cycle as symbols, and how their gradients come back to kernels.

// kernels are those of a level, in units free of the mesh: a step is u += K ∗ (r/D).
type kernels struct {
	pre, post [][]float64
	r, p      []float64 // restriction with the sum 1; prolongation, as [1 2 1; 2 4 2; 1 2 1]/4
}

// level holds the symbols of a grid. Those of B are K̂/d with the diagonal d of A, the mean
// of Â over all waves.
type level struct {
	*waves
	a         []complex128
	d         float64
	pre, post [][]complex128
	r, p      []complex128 // P̂ includes 2^{−dim}
}

// hierarchy has the levels of a grid on all its waves, down to two cells along an axis.
type hierarchy struct {
	gamma  int
	levels []*level
	solved int // the first level of at most 64 unknowns, which the solver solves directly
}

// newHierarchy makes the waves of the levels below n cells along each axis: sines where that can
// be, or a block, those that go with the wave φ on a grid of a single point, where that is solved.
func newHierarchy(dim, n, gamma int, sines [3]bool, phi [3]float64, least int) *hierarchy {
	h := &hierarchy{gamma: gamma}
	for ; n >= least; n /= 2 {
		if power(n-1, dim) > 64 {
			h.solved++
		}
		h.levels = append(h.levels, &level{waves: newWaves(dim, n, sines, phi)})
	}
	return h
}

// set takes the finest A over its diagonal, and the kernels of a level from list, by
// number.
func (h *hierarchy) set(a []float64, list func(level int) *kernels) {
	last := len(h.levels) - 1
	for n, l := range h.levels {
		if n == 0 {
			l.a = l.symbol(a)
		}
		l.d = mean(l.a)
		if n == last {
			return
		}
		k := list(n)
		smoother := func(kernels [][]float64) (b [][]complex128) {
			for _, kernel := range kernels {
				b = append(b, scaled(l.symbol(kernel), 1/l.d))
			}
			return b
		}
		l.pre, l.post = smoother(k.pre), smoother(k.post)
		l.r = l.symbol(k.r)
		l.p = l.symbol(k.p)
		for i, v := range l.p { // Σ c_o e^{−iθ·o}: the conjugate
			l.p[i] = complex(real(v), -imag(v)) * complex(1/float64(power(2, l.dim)), 0)
		}
		for _, i := range l.gone {
			l.r[i], l.p[i] = 0, 0
		}
		next := h.levels[n+1]
		next.a = make([]complex128, next.count)
		for i, to := range l.onto {
			next.a[to] += l.r[i] * l.a[i] * l.p[i]
		}
	}
}

// mean is the diagonal of the operator with this symbol.
func mean(a []complex128) float64 {
	sum := 0.0
	for _, v := range a {
		sum += real(v)
	}
	return sum / float64(len(a))
}

func scaled(x []complex128, s float64) []complex128 {
	for i := range x {
		x[i] *= complex(s, 0)
	}
	return x
}

// bars are the gradients by the symbols of a level.
type bars struct {
	a, r, p   []complex128
	pre, post [][]complex128
}

func (h *hierarchy) newBars() []bars {
	list := make([]bars, len(h.levels))
	for n, l := range h.levels {
		b := &list[n]
		b.a = make([]complex128, l.count)
		if n == len(h.levels)-1 {
			break
		}
		b.r, b.p = make([]complex128, l.count), make([]complex128, l.count)
		for range l.pre {
			b.pre = append(b.pre, make([]complex128, l.count))
		}
		for range l.post {
			b.post = append(b.post, make([]complex128, l.count))
		}
	}
	return list
}

// add adds the gradients of another.
func (b *bars) add(c *bars) {
	sum := func(x, y []complex128) {
		for i, v := range y {
			x[i] += v
		}
	}
	sum(b.a, c.a)
	sum(b.r, c.r)
	sum(b.p, c.p)
	for s := range b.pre {
		sum(b.pre[s], c.pre[s])
	}
	for s := range b.post {
		sum(b.post[s], c.post[s])
	}
}

// back adds the gradients by the kernels of the levels to those of grad, by level, which has
// room for them. It goes up from the coarsest: A of a level is made of what is above.
func (h *hierarchy) back(list []bars, grad func(level int) *kernels) {
	for n := len(h.levels) - 2; n >= 0; n-- {
		l, b, g := h.levels[n], &list[n], grad(n)
		below := list[n+1].a
		dBar := 0.0
		for i, to := range l.onto { // Σ R̂ Â P̂ over the waves that alias
			bar := below[to]
			r, a, p := l.r[i], l.a[i], l.p[i]
			b.r[i] += conj(a*p) * bar
			b.a[i] += conj(r*p) * bar
			b.p[i] += conj(r*a) * bar
		}
		smoother := func(bar, symbols [][]complex128, grad [][]float64) {
			for s := range bar { // B̂ = K̂/d
				for i, v := range bar[s] {
					dBar -= realOf(symbols[s][i], v) / l.d
				}
				l.gradient(grad[s], scaled(bar[s], 1/l.d))
			}
		}
		smoother(b.pre, l.pre, g.pre)
		smoother(b.post, l.post, g.post)
		for _, i := range l.gone {
			b.r[i], b.p[i] = 0, 0
		}
		l.gradient(g.r, b.r)
		for i, v := range b.p {
			b.p[i] = conj(v) * complex(1/float64(power(2, l.dim)), 0)
		}
		l.gradient(g.p, b.p)
		for i := range b.a {
			b.a[i] += complex(dBar/float64(l.count), 0)
		}
	}
}

func conj(x complex128) complex128 { return complex(real(x), -imag(x)) }

// realOf is Re(x̄ y).
func realOf(x, y complex128) float64 { return real(x)*real(y) + imag(x)*imag(y) }

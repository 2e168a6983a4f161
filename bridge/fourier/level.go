package fourier

// The operators of a cycle as symbols, and how their gradients come back to kernels.

import "math"

// kernels are those of a level, in units free of the mesh: a step is u += K ∗ (r/D).
type kernels struct {
	pre, post [][]float64
	r, p      []float64 // restriction with the sum 1; prolongation, as [1 2 1; 2 4 2; 1 2 1]/4
	// coarse is A of the next level, n+1, times 4^{n+1}, over D of the finest level: that is the
	// finest A over D if the equation is discretised anew. nil is the Galerkin product R A P.
	coarse []float64
}

// level holds the symbols of a grid. Those of B are K̂/d with the diagonal d of A, the mean
// of Â over all waves.
type level[T number] struct {
	*waves
	a         []T
	d         float64
	pre, post [][]T
	r, p      []T     // P̂ includes 2^{−dim}
	coarse    float64 // what the kernel of the next A is multiplied by; 0 if that is R A P
}

// hierarchy has the levels of a grid on all its waves, down to two cells along an axis.
type hierarchy[T number] struct {
	gamma  int
	levels []*level[T]
	solved int // the first level of at most 64 unknowns, which the solver solves directly
}

// newHierarchy makes the waves of the levels below n cells along each axis: sines where that can
// be, or a block, those that go with the wave φ on a grid of a single point, where that is solved.
func newHierarchy[T number](dim, n, gamma int, sines [3]bool, phi [3]float64, least int) *hierarchy[T] {
	h := &hierarchy[T]{gamma: gamma}
	for ; n >= least; n /= 2 {
		if power(n-1, dim) > 64 {
			h.solved++
		}
		h.levels = append(h.levels, &level[T]{waves: newWaves(dim, n, sines, phi)})
	}
	return h
}

// set takes the finest A over its diagonal, and the kernels of a level from list, by
// number.
func (h *hierarchy[T]) set(a []float64, list func(level int) *kernels) {
	last := len(h.levels) - 1
	for n, l := range h.levels {
		if n == 0 {
			l.a = symbolOf[T](l.waves, a)
		}
		l.d = mean(l.a)
		if n == last {
			return
		}
		k := list(n)
		smoother := func(kernels [][]float64) (b [][]T) {
			for _, kernel := range kernels {
				b = append(b, scaled(symbolOf[T](l.waves, kernel), 1/l.d))
			}
			return b
		}
		l.pre, l.post = smoother(k.pre), smoother(k.post)
		l.r = symbolOf[T](l.waves, k.r)
		// Σ P_o e^{−iθ·o}: the conjugate.
		l.p = scaled(conjugate(symbolOf[T](l.waves, k.p)), 1/float64(power(2, l.dim)))
		for _, i := range l.gone {
			l.r[i], l.p[i] = 0, 0
		}
		next := h.levels[n+1]
		if l.coarse = 0; k.coarse != nil {
			l.coarse = math.Ldexp(1, -2*(n+1))
			next.a = scaled(symbolOf[T](next.waves, k.coarse), l.coarse)
			continue
		}
		next.a = make([]T, next.count)
		for i, to := range l.onto {
			next.a[to] += l.r[i] * l.a[i] * l.p[i]
		}
	}
}

// bars are the gradients by the symbols of a level, see [visit.uncorrect].
type bars[T number] struct {
	a, r, p   []T
	pre, post [][]T
}

func (h *hierarchy[T]) newBars() []bars[T] {
	list := make([]bars[T], len(h.levels))
	for n, l := range h.levels {
		b := &list[n]
		b.a = make([]T, l.count)
		if n == len(h.levels)-1 {
			break
		}
		b.r, b.p = make([]T, l.count), make([]T, l.count)
		for range l.pre {
			b.pre = append(b.pre, make([]T, l.count))
		}
		for range l.post {
			b.post = append(b.post, make([]T, l.count))
		}
	}
	return list
}

// add adds the gradients of another.
func (b *bars[T]) add(c *bars[T]) {
	sum := func(x, y []T) {
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
func (h *hierarchy[T]) back(list []bars[T], grad func(level int) *kernels) {
	for n := len(h.levels) - 2; n >= 0; n-- {
		l, next, b, g := h.levels[n], h.levels[n+1], &list[n], grad(n)
		below := list[n+1].a
		if l.coarse != 0 {
			addGradient(next.waves, g.coarse, scaled(below, l.coarse))
		} else { // Σ R̂ Â P̂ over the waves that alias
			for i, to := range l.onto {
				bar := below[to]
				r, a, p := l.r[i], l.a[i], l.p[i]
				b.r[i] += a * p * bar
				b.a[i] += r * p * bar
				b.p[i] += r * a * bar
			}
		}
		dBar := 0.0
		smoother := func(bar, symbols [][]T, grad [][]float64) {
			for s := range bar { // B̂ = K̂/d
				dBar -= product(symbols[s], bar[s]) / l.d
				addGradient(l.waves, grad[s], scaled(bar[s], 1/l.d))
			}
		}
		smoother(b.pre, l.pre, g.pre)
		smoother(b.post, l.post, g.post)
		for _, i := range l.gone {
			b.r[i], b.p[i] = 0, 0
		}
		addGradient(l.waves, g.r, b.r)
		addGradient(l.waves, g.p, scaled(conjugate(b.p), 1/float64(power(2, l.dim))))
		share := of[T](dBar / float64(l.count))
		for i := range b.a {
			b.a[i] += share
		}
	}
}

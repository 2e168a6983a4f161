package fourier

// Cycles on a box with zero boundary, for kernels that change when an axis is reflected. Beside
// a boundary these do not act on waves as they do far from it, and a cycle that converges on
// waves may diverge there. So the box has its vertices instead, with zeros around them.

import (
	"gonum.org/v1/gonum/mat"
)

// boxLevel is a grid of vertices with two layers of zeros around them, x fastest.
type boxLevel struct {
	dim, inner int    // and vertices inside, along each axis
	stride     [3]int // between vertices that are neighbours along an axis
	size       int
	rows       []int // where the rows of vertices inside begin

	a, aBar         []float64 // the kernels: A, B = K/d with the diagonal d of A, R, P; and gradients
	pre, post       [][]float64
	preBar, postBar [][]float64
	r, p, rBar      []float64
	pBar            []float64
	inverse         *mat.Dense // of A, on the level where the cycle solves
}

func newBoxLevel(dim, cells int) *boxLevel {
	l := &boxLevel{dim: dim, inner: cells - 1, size: 1}
	first := 0
	for d := range dim {
		l.stride[d] = l.size
		first += 2 * l.size
		l.size *= l.inner + 4
	}
	for row := range power(l.inner, dim-1) {
		at := first
		for d := 1; d < dim; d++ {
			at += row % l.inner * l.stride[d]
			row /= l.inner
		}
		l.rows = append(l.rows, at)
	}
	return l
}

// shifts are how far the offsets of a kernel lead.
func (l *boxLevel) shifts(kernel []float64) []int {
	width, _ := widthOf(kernel, l.dim)
	list := make([]int, len(kernel))
	for i, o := range offsets(l.dim, width) {
		for d := range l.dim {
			list[i] += o[d] * l.stride[d]
		}
	}
	return list
}

// add adds s K v to y; with sign −1 the transpose of K instead.
func (l *boxLevel) add(y []float64, s float64, kernel, v []float64, sign int) {
	for i, shift := range l.shifts(kernel) {
		w := s * kernel[i]
		if w == 0 {
			continue
		}
		for _, at := range l.rows {
			to, from := y[at:at+l.inner], v[at+sign*shift:][:l.inner]
			for m, v := range from {
				to[m] += w * v
			}
		}
	}
}

// correlate adds s Σ_x v(x+o) y(x) to the gradient of a kernel.
func (l *boxLevel) correlate(bar []float64, s float64, y, v []float64) {
	for i, shift := range l.shifts(bar) {
		sum := 0.0
		for _, at := range l.rows {
			sum += dot(y[at:at+l.inner], v[at+shift:][:l.inner])
		}
		bar[i] += s * sum
	}
}

// coarse calls do with each vertex of the next grid and the fine one that it is.
func (l *boxLevel) coarse(next *boxLevel, do func(fine, coarse int)) {
	for row, at := range next.rows {
		fine, rest := 0, row
		for d := range l.dim {
			m := 0
			if d > 0 {
				m, rest = rest%next.inner, rest/next.inner
			}
			fine += (2 + 2*m + 1) * l.stride[d]
		}
		for m := range next.inner {
			do(fine+2*m, at+m)
		}
	}
}

// boxVisit is the memory of a cycle's visit to a level, as [visit] is on waves.
type boxVisit struct {
	level      *boxLevel
	e          []float64
	pre, post  [][]float64
	down       [][]float64
	below      []*boxVisit // none on the level that is solved
	size       float64
	r, d       []float64
	rBar, eBar []float64
	dBar       []float64
}

func newBoxVisit(levels []*boxLevel, pre, post, gamma int, other *boxVisit) *boxVisit {
	l := levels[0]
	v := &boxVisit{level: l, e: make([]float64, l.size)}
	if other == nil {
		v.r, v.d, v.rBar, v.eBar, v.dBar = make([]float64, l.size), make([]float64, l.size), make([]float64, l.size), make([]float64, l.size), make([]float64, l.size)
	} else {
		v.r, v.d, v.rBar, v.eBar, v.dBar = other.r, other.d, other.rBar, other.eBar, other.dBar
	}
	if len(levels) == 1 {
		return v
	}
	room := func(count int) (list [][]float64) {
		for range count {
			list = append(list, make([]float64, l.size))
		}
		return list
	}
	visits := gamma
	if len(levels) == 2 {
		visits = 1
	}
	v.pre, v.post, v.down = room(pre), room(post), room(visits)
	for i := range visits {
		var like *boxVisit
		if other != nil {
			like = other.below[i]
		}
		v.below = append(v.below, newBoxVisit(levels[1:], pre, post, gamma, like))
	}
	return v
}

// correct makes e ≈ A⁻¹ r, as [visit.correct] does.
func (v *boxVisit) correct() {
	l := v.level
	clear(v.e)
	if v.below == nil {
		l.solve(v.e, v.r, false)
		return
	}
	update := func() {
		axpy(v.e, 1, v.d)
		l.add(v.r, -1, l.a, v.d, 1)
	}
	smooth := func(list, before [][]float64) {
		for s, b := range list {
			copy(before[s], v.r)
			clear(v.d)
			l.add(v.d, 1, b, v.r, 1)
			update()
		}
	}
	smooth(l.pre, v.pre)
	for n, below := range v.below {
		copy(v.down[n], v.r)
		l.restrict(below.level, below.r, l.r, v.r)
		below.correct()
		l.prolong(below.level, v.d, l.p, below.e)
		update()
	}
	smooth(l.post, v.post)
}

// uncorrect is the way back, as [visit.uncorrect] is.
func (v *boxVisit) uncorrect() {
	l := v.level
	clear(v.rBar)
	if v.below == nil {
		l.solve(v.rBar, v.eBar, true)
		l.correlate(l.aBar, -1, v.rBar, v.e)
		return
	}
	// From what was added to e, d, to its gradient.
	update := func() {
		l.correlate(l.aBar, -1, v.rBar, v.d)
		copy(v.dBar, v.eBar)
		l.add(v.dBar, -1, l.a, v.rBar, -1)
	}
	smooth := func(list, bar, before [][]float64) {
		for s := len(list) - 1; s >= 0; s-- {
			clear(v.d)
			l.add(v.d, 1, list[s], before[s], 1)
			update()
			l.correlate(bar[s], 1, v.dBar, before[s])
			l.add(v.rBar, 1, list[s], v.dBar, -1)
		}
	}
	smooth(l.post, l.postBar, v.post)
	for n := len(v.below) - 1; n >= 0; n-- {
		below := v.below[n]
		l.prolong(below.level, v.d, l.p, below.e)
		update()
		l.transfer(below.level, l.pBar, v.dBar, below.e)
		l.restrict(below.level, below.eBar, l.p, v.dBar)
		below.uncorrect()
		l.transfer(below.level, l.rBar, v.down[n], below.rBar)
		l.prolong(below.level, v.d, l.r, below.rBar)
		axpy(v.rBar, 1, v.d)
	}
	smooth(l.pre, l.preBar, v.pre)
}

// restrict is to(m) = Σ_o K_o v(2m+o); prolong, its transpose, adds K_o v(m) to to(2m+o).
func (l *boxLevel) restrict(next *boxLevel, to, kernel, v []float64) {
	shifts := l.shifts(kernel)
	clear(to)
	l.coarse(next, func(fine, coarse int) {
		for i, shift := range shifts {
			to[coarse] += kernel[i] * v[fine+shift]
		}
	})
}

func (l *boxLevel) prolong(next *boxLevel, to, kernel, v []float64) {
	shifts := l.shifts(kernel)
	clear(to)
	l.coarse(next, func(fine, coarse int) {
		for i, shift := range shifts {
			to[fine+shift] += kernel[i] * v[coarse]
		}
	})
}

// transfer adds Σ_m coarse(m) fine(2m+o) to the gradient of a kernel of R or P.
func (l *boxLevel) transfer(next *boxLevel, bar, fine, coarse []float64) {
	shifts := l.shifts(bar)
	l.coarse(next, func(at, m int) {
		for i, shift := range shifts {
			bar[i] += coarse[m] * fine[at+shift]
		}
	})
}

// solve sets the vertices inside to A⁻¹ v, or to A⁻ᵀ v.
func (l *boxLevel) solve(to, v []float64, transposed bool) {
	var in []float64
	for _, at := range l.rows {
		in = append(in, v[at:at+l.inner]...)
	}
	var out mat.VecDense
	if transposed {
		out.MulVec(l.inverse.T(), mat.NewVecDense(len(in), in))
	} else {
		out.MulVec(l.inverse, mat.NewVecDense(len(in), in))
	}
	for row, at := range l.rows {
		copy(to[at:at+l.inner], out.RawVector().Data[row*l.inner:])
	}
}

// invert makes the inverse of A. A singular one has none that is finite.
func (l *boxLevel) invert() {
	all := len(l.rows) * l.inner
	where := map[int]int{}
	for row, at := range l.rows {
		for m := range l.inner {
			where[at+m] = row*l.inner + m
		}
	}
	a := mat.NewDense(all, all, nil)
	shifts := l.shifts(l.a)
	for at, i := range where {
		for o, shift := range shifts {
			if j, ok := where[at+shift]; ok {
				a.Set(i, j, l.a[o])
			}
		}
	}
	l.inverse = mat.NewDense(all, all, nil)
	_ = l.inverse.Inverse(a) // a bad condition is for the loss to tell
}

// box is a hierarchy of such grids, and one error on the finest.
type box struct {
	levels []*boxLevel
	chain  *hierarchy[complex128] // makes the coarse A of each level
	z, u   []float64
	visits []*boxVisit
	log    float64
}

func newBox(problem Problem, p *parameters, n, cycles int, random func() float64) *box {
	b := &box{}
	most := 64 // unknowns where the solver solves
	if n <= 16 {
		most = 1 // else there would be too few levels
	}
	for at := n; len(b.levels) == 0 || power(2*at-1, problem.Dim) > most; at /= 2 {
		b.levels = append(b.levels, newBoxLevel(problem.Dim, at))
	}
	// Three coefficients along an axis are known from four waves.
	b.chain = newHierarchy[complex128](problem.Dim, 2<<len(b.levels), p.spec.Gamma, [3]bool{}, [3]float64{1, 1, 1}, 4)
	l := b.levels[0]
	b.z, b.u = make([]float64, l.size), make([]float64, l.size)
	for _, at := range l.rows {
		for m := range l.inner {
			b.z[at+m] = random()
		}
	}
	scaled(b.z, 1/norm(b.z))
	var first *boxVisit
	for range cycles {
		b.visits = append(b.visits, newBoxVisit(b.levels, p.spec.Pre, p.spec.Post, p.spec.Gamma, first))
		first = b.visits[0]
	}
	return b
}

func (b *box) set(a []float64, list func(level int) *kernels) {
	b.chain.set(a, list)
	for n, l := range b.levels {
		at := b.chain.levels[n]
		l.a = make([]float64, len(a))
		at.gradient(l.a, at.a)
		scaled(l.a, 1/float64(at.count))
		if n == len(b.levels)-1 {
			l.invert()
			return
		}
		k := list(n)
		over := func(kernels [][]float64) (list [][]float64) {
			for _, kernel := range kernels {
				list = append(list, scaled(append([]float64(nil), kernel...), 1/l.a[len(l.a)/2]))
			}
			return list
		}
		l.pre, l.post, l.r, l.p = over(k.pre), over(k.post), k.r, k.p
	}
}

// cycle is [visit.cycle], uncycle [visit.uncycle].
func (v *boxVisit) cycle(u []float64) {
	clear(v.r)
	v.level.add(v.r, 1, v.level.a, u, 1)
	v.correct()
	axpy(u, -1, v.e)
	v.size = norm(u)
	scaled(u, 1/v.size)
}

func (v *boxVisit) uncycle(u []float64) {
	scaled(u, 1/v.size)
	for i, w := range u {
		v.eBar[i] = -w
	}
	v.uncorrect()
	v.level.add(u, 1, v.level.a, v.rBar, -1)
}

// back adds the gradients by the kernels of the levels to those of grad.
func (b *box) back(uBar []float64, grad func(level int) *kernels) {
	zeros := func(kernels [][]float64) (list [][]float64) {
		for _, k := range kernels {
			list = append(list, make([]float64, len(k)))
		}
		return list
	}
	for _, l := range b.levels {
		l.aBar, l.rBar, l.pBar = make([]float64, len(l.a)), make([]float64, len(l.r)), make([]float64, len(l.p))
		l.preBar, l.postBar = zeros(l.pre), zeros(l.post)
	}
	for c := len(b.visits) - 1; c >= 0; c-- {
		b.visits[c].uncycle(uBar)
	}
	bars := b.chain.newBars()
	for n, l := range b.levels {
		if n < len(b.levels)-1 {
			d, g := l.a[len(l.a)/2], grad(n)
			smoother := func(kernels, bar, to [][]float64) {
				for s, k := range bar {
					l.aBar[len(l.a)/2] -= dot(k, kernels[s]) / d
					axpy(to[s], 1/d, k)
				}
			}
			smoother(l.pre, l.preBar, g.pre)
			smoother(l.post, l.postBar, g.post)
			axpy(g.r, 1, l.rBar)
			axpy(g.p, 1, l.pBar)
		}
		at := b.chain.levels[n]
		bars[n].a = scaled(conjugate(at.symbol(l.aBar)), 1/float64(at.count))
	}
	b.chain.back(bars, grad)
}

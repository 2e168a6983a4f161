package fourier

// The free numbers of a method, and the kernels that they make.

import (
	"math"
	"slices"

	"mgtool/pde/stencil"
)

// family is the kernels base + Σ q_i basis_i.
type family struct {
	base  []float64
	basis [][]float64 // orthonormal
}

func (f family) at(q []float64) []float64 {
	k := append([]float64(nil), f.base...)
	for i, b := range f.basis {
		for o, v := range b {
			k[o] += q[i] * v
		}
	}
	return k
}

// add adds the gradient by q to g, from that by the kernel.
func (f family) add(g, kernel []float64) {
	for i, b := range f.basis {
		g[i] += dot(b, kernel)
	}
}

// offsets lists those of a kernel, x fastest.
func offsets(dim, width int) (list [][3]int) {
	for i := range power(width, dim) {
		var o [3]int
		for d := range dim {
			o[d] = i%width - width/2
			i /= width
		}
		list = append(list, o)
	}
	return list
}

// motions are the signed permutations of the axes that do not change the operator.
func motions(dim int, a stencil.Kernel) (list [][3][3]int) {
	permutations := [][3]int{{0, 1, 2}, {1, 0, 2}, {0, 2, 1}, {2, 1, 0}, {1, 2, 0}, {2, 0, 1}}
	for _, p := range permutations {
		for signs := range 8 {
			var m [3][3]int
			fits := true
			for d := range 3 {
				m[d][p[d]] = 1 - 2*(signs>>d&1)
				fits = fits && (d < dim) == (p[d] < dim) && (d < dim || signs>>d&1 == 0)
			}
			for o := range a {
				to := move(m, stencil.Offset(o))
				fits = fits && math.Abs(a[o]-a[13+to[0]+3*to[1]+9*to[2]]) <= 1e-12*math.Abs(a[13])
			}
			if fits {
				list = append(list, m)
			}
		}
	}
	return list
}

var identity = [3][3]int{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}

func move(m [3][3]int, o [3]int) (to [3]int) {
	for d := range 3 {
		for e := range 3 {
			to[d] += m[d][e] * o[e]
		}
	}
	return to
}

func negative(m [3][3]int) [3][3]int {
	for d := range m {
		for e := range m[d] {
			m[d][e] = -m[d][e]
		}
	}
	return m
}

// orbits are the indicators of the offsets that motions take to each other; of single
// offsets without motions.
func orbits(dim, width int, motions [][3][3]int) (list [][]float64) {
	all := offsets(dim, width)
	seen := make([]bool, len(all))
	for i, o := range all {
		if seen[i] {
			continue
		}
		v := make([]float64, len(all))
		v[i], seen[i] = 1, true
		for _, m := range motions {
			to := move(m, o)
			at, scale := 0, 1
			for d := range dim {
				at += (to[d] + width/2) * scale
				scale *= width
			}
			v[at], seen[at] = 1, true
		}
		list = append(list, v)
	}
	return list
}

// free is an orthonormal basis of what the vectors span and all conditions map to 0.
func free(vectors, conditions [][]float64) [][]float64 {
	var span, basis [][]float64
	span = orthonormal(nil, vectors)
	for _, c := range conditions {
		p := make([]float64, len(c))
		for _, s := range span {
			axpy(p, dot(s, c), s)
		}
		basis = orthonormal(basis, [][]float64{p})
	}
	return orthonormal(basis, vectors)[len(basis):]
}

// orthonormal appends to a basis what the vectors add to its span.
func orthonormal(basis, vectors [][]float64) [][]float64 {
	for _, v := range vectors {
		w := append([]float64(nil), v...)
		size := math.Sqrt(dot(w, w))
		for range 2 {
			for _, b := range basis {
				axpy(w, -dot(b, w), b)
			}
		}
		if left := math.Sqrt(dot(w, w)); left > 1e-9*size {
			for i := range w {
				w[i] /= left
			}
			basis = append(basis, w)
		}
	}
	return basis
}

func dot(x, y []float64) (sum float64) {
	for i, v := range x {
		sum += v * y[i]
	}
	return sum
}

func axpy(y []float64, s float64, x []float64) {
	for i, v := range x {
		y[i] += s * v
	}
}

// fullWeighting has the sum 1; times 2^dim it is linear interpolation.
func fullWeighting(dim int) []float64 {
	k := make([]float64, power(3, dim))
	for i, o := range offsets(dim, 3) {
		k[i] = 1
		for d := range dim {
			k[i] *= .5 - .25*math.Abs(float64(o[d]))
		}
	}
	return k
}

// ones and parities are the conditions of transfers: R keeps its sum, and P the sum of
// what each parity of fine vertices gets, which is 1, so that constants are prolonged to
// constants.
func ones(n int) [][]float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = 1
	}
	return [][]float64{v}
}

func parities(dim int) [][]float64 {
	list := make([][]float64, power(2, dim))
	for c := range list {
		list[c] = make([]float64, power(3, dim))
		for i, o := range offsets(dim, 3) {
			class := 0
			for d := range dim {
				class |= (o[d] & 1) << d
			}
			if class == c {
				list[c][i] = 1
			}
		}
	}
	return list
}

// moments are the conditions of coarse operators: they keep Σ A_o and Σ A_o o_d o_e, on which
// the next level depends for the lowest waves.
func moments(dim int) (list [][]float64) {
	list = ones(power(3, dim))
	for d := range dim {
		for e := range d + 1 {
			v := make([]float64, power(3, dim))
			for i, o := range offsets(dim, 3) {
				v[i] = float64(o[d] * o[e])
			}
			list = append(list, v)
		}
	}
	return list
}

// parameters are the free numbers of all levels that differ.
type parameters struct {
	dim    int
	spec   Spec
	smooth family // of a smoother's kernel
	r, p   family
	coarse family  // of the coarse operators; without a base where they are Galerkin products
	sines  [3]bool // axes whose reflection changes no kernel
	even   bool    // K(o) = K(−o) of every kernel
	// symmetries are all motions that change no kernel, the reflection at the middle among them
	// since waves come in pairs of conjugates.
	symmetries [][3][3]int
}

func newParameters(problem Problem, s Spec) *parameters {
	dim := problem.Dim
	var symmetries [][3][3]int
	if s.Symmetric {
		symmetries = motions(dim, problem.Operator)
	}
	p := &parameters{dim: dim, spec: s}
	middle := identity
	for d := range dim {
		middle[d][d] = -1
	}
	for _, m := range symmetries {
		for d := range dim {
			reflection := identity
			reflection[d][d] = -1
			p.sines[d] = p.sines[d] || m == reflection
		}
		p.even = p.even || m == middle
	}
	p.symmetries = [][3][3]int{identity, middle}
	for _, m := range symmetries {
		p.symmetries = append(p.symmetries, m, negative(m))
	}
	p.smooth = family{make([]float64, power(s.Width, dim)), free(orbits(dim, s.Width, symmetries), nil)}
	three := orbits(dim, 3, symmetries)
	p.r.base = fullWeighting(dim)
	p.p.base = append([]float64(nil), p.r.base...)
	for i := range p.p.base {
		p.p.base[i] *= float64(power(2, dim))
	}
	if s.Restriction {
		p.r.basis = free(three, ones(len(p.r.base)))
	}
	if s.Prolongation {
		p.p.basis = free(three, parities(dim))
	}
	if s.Coarse {
		p.coarse = family{problem.weights(), free(orbits(dim, 3, append(symmetries, middle)), moments(dim))}
	}
	return p
}

// sine reports that waves on a box are sine waves along all axes.
func (p *parameters) sine() bool {
	for d := range p.dim {
		if !p.sines[d] {
			return false
		}
	}
	return true
}

// each calls do for the families of a level in the order of their numbers.
func (p *parameters) each(k *kernels, do func(f *family, kernel *[]float64)) {
	lists := []*[][]float64{&k.pre, &k.post}
	if p.spec.Adjoint {
		lists = lists[:1]
	}
	for _, steps := range lists {
		for s := range *steps {
			do(&p.smooth, &(*steps)[s])
		}
	}
	if !p.spec.transposes() {
		do(&p.r, &k.r)
	}
	do(&p.p, &k.p)
	if p.spec.Coarse {
		do(&p.coarse, &k.coarse)
	}
}

// complete makes the kernels that have no numbers of their own:
//
//	R_o = P_o/2^dim,   and after the coarse correction K*_o = K_{−o} in the opposite order.
func (p *parameters) complete(k *kernels) {
	if p.spec.transposes() {
		k.r = make([]float64, len(k.p))
		axpy(k.r, 1/math.Exp2(float64(p.dim)), k.p)
	}
	if p.spec.Adjoint {
		for s := range k.post {
			k.post[s] = slices.Clone(k.pre[len(k.pre)-1-s])
			slices.Reverse(k.post[s])
		}
	}
}

// uncomplete is the way back through complete, for gradients.
func (p *parameters) uncomplete(k *kernels) {
	if p.spec.transposes() {
		axpy(k.p, 1/math.Exp2(float64(p.dim)), k.r)
	}
	if p.spec.Adjoint {
		for s, bar := range k.post {
			slices.Reverse(bar)
			axpy(k.pre[len(k.pre)-1-s], 1, bar)
		}
	}
}

func (p *parameters) empty() *kernels {
	return &kernels{pre: make([][]float64, p.spec.Pre), post: make([][]float64, p.spec.Post)}
}

// count is how many numbers there are.
func (p *parameters) count() int {
	n := 0
	p.each(p.empty(), func(f *family, _ *[]float64) { n += len(f.basis) })
	return n * p.spec.Levels
}

// kernels makes those of each level.
func (p *parameters) kernels(x []float64) []*kernels {
	list := make([]*kernels, p.spec.Levels)
	for n := range list {
		list[n] = p.empty()
		p.each(list[n], func(f *family, k *[]float64) {
			*k = f.at(x[:len(f.basis)])
			x = x[len(f.basis):]
		})
		p.complete(list[n])
	}
	return list
}

// zeros has room for the gradients by the kernels of a level.
func (p *parameters) zeros() *kernels {
	k := p.empty()
	p.each(k, func(f *family, g *[]float64) { *g = make([]float64, len(f.base)) })
	if k.r == nil {
		k.r = make([]float64, len(p.r.base))
	}
	for s := range k.post {
		if k.post[s] == nil {
			k.post[s] = make([]float64, len(p.smooth.base))
		}
	}
	return k
}

// numbers are those of given kernels, or of what is nearest to them.
func (p *parameters) numbers(list []*kernels) []float64 {
	x := make([]float64, 0, p.count())
	for n := range p.spec.Levels {
		p.each(list[min(n, len(list)-1)], func(f *family, k *[]float64) {
			for _, b := range f.basis {
				x = append(x, dot(b, *k)-dot(b, f.base))
			}
		})
	}
	return x
}

// gradient sets g to the gradient by the numbers, from those by the kernels.
func (p *parameters) gradient(g []float64, list []*kernels) {
	clear(g)
	for _, k := range list {
		p.uncomplete(k)
		p.each(k, func(f *family, bar *[]float64) {
			f.add(g[:len(f.basis)], *bar)
			g = g[len(f.basis):]
		})
	}
}

// number is the entry of the list of levels that a level takes.
func (p *parameters) number(level int) int {
	if p.spec.Cyclic {
		return level % p.spec.Levels
	}
	return min(level, p.spec.Levels-1)
}

package fourier

// The free numbers of a method, and the kernels that they make.

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"

	"mgtool/bridge/affine"
	"mgtool/multigrid/method"
	"mgtool/pde/stencil"
)

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

// free is the space from a start along the orbits, as far as the conditions leave it.
func free(start []float64, orbits, conditions [][]float64) affine.Space {
	span := affine.New(make([]float64, len(start)), orbits, nil)
	var within [][]float64
	for _, c := range conditions {
		within = append(within, span.At(span.Project(c)))
	}
	return affine.New(start, orbits, within)
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
	smooth affine.Space // of a smoother's kernel
	r, p   affine.Space
	coarse affine.Space // of the coarse operators; without a start where they are Galerkin products
	sines  [3]bool      // axes whose reflection changes no kernel
	even   bool         // K(o) = K(−o) of every kernel
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
	p.smooth = free(make([]float64, power(s.Width, dim)), orbits(dim, s.Width, symmetries), nil)
	three := orbits(dim, 3, symmetries)
	linear := method.LinearStencil(dim)
	p.r.Start, p.p.Start = linear.Scale(1/float64(power(2, dim))).Weights, linear.Weights
	if s.Restriction {
		p.r = free(p.r.Start, three, ones(len(p.r.Start)))
	}
	if s.Prolongation {
		p.p = free(p.p.Start, three, parities(dim))
	}
	if s.Coarse {
		p.coarse = free(problem.weights(), orbits(dim, 3, append(symmetries, middle)), moments(dim))
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
func (p *parameters) each(k *kernels, do func(f *affine.Space, kernel *[]float64)) {
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
		floats.AddScaled(k.r, 1/math.Exp2(float64(p.dim)), k.p)
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
		floats.AddScaled(k.p, 1/math.Exp2(float64(p.dim)), k.r)
	}
	if p.spec.Adjoint {
		for s, bar := range k.post {
			slices.Reverse(bar)
			floats.AddScaled(k.pre[len(k.pre)-1-s], 1, bar)
		}
	}
}

func (p *parameters) empty() *kernels {
	return &kernels{pre: make([][]float64, p.spec.Pre), post: make([][]float64, p.spec.Post)}
}

// count is how many numbers there are.
func (p *parameters) count() int {
	n := 0
	p.each(p.empty(), func(f *affine.Space, _ *[]float64) { n += len(f.Basis) })
	return n * p.spec.Levels
}

// kernels makes those of each level.
func (p *parameters) kernels(x []float64) []*kernels {
	list := make([]*kernels, p.spec.Levels)
	for n := range list {
		list[n] = p.empty()
		p.each(list[n], func(f *affine.Space, k *[]float64) {
			*k = f.At(x[:len(f.Basis)])
			x = x[len(f.Basis):]
		})
		p.complete(list[n])
	}
	return list
}

// zeros has room for the gradients by the kernels of a level.
func (p *parameters) zeros() *kernels {
	k := p.empty()
	p.each(k, func(f *affine.Space, g *[]float64) { *g = make([]float64, len(f.Start)) })
	if k.r == nil {
		k.r = make([]float64, len(p.r.Start))
	}
	for s := range k.post {
		if k.post[s] == nil {
			k.post[s] = make([]float64, len(p.smooth.Start))
		}
	}
	return k
}

// numbers are those of given kernels, or of what is nearest to them.
func (p *parameters) numbers(list []*kernels) []float64 {
	x := make([]float64, 0, p.count())
	for n := range p.spec.Levels {
		p.each(list[min(n, len(list)-1)], func(f *affine.Space, k *[]float64) {
			x = append(x, f.Project(*k)...)
		})
	}
	return x
}

// gradient sets g to the gradient by the numbers, from those by the kernels.
func (p *parameters) gradient(g []float64, list []*kernels) {
	clear(g)
	for _, k := range list {
		p.uncomplete(k)
		p.each(k, func(f *affine.Space, bar *[]float64) {
			affine.AddGradient(*f, g[:len(f.Basis)], *bar)
			g = g[len(f.Basis):]
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

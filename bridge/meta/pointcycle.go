package meta

// A V-cycle on a patch whose smoothing stencils are those of every point, with the derivatives of
// what it does to an error.

import (
	"math"
	"math/rand/v2"

	"mgtool/multigrid/method"
	"mgtool/pde/stencil"
)

// pointCycle is u ← V(u) for A u = g: with r = g − A u before each of them,
//
//	u ← u + B_k r  (k < pre),   u ← u + P V'(Pᵀ r),   u ← u + B_k r  (k ≥ pre),
//
// V' the same a level below, from 0, and on the last level A⁻¹. With u̅ the derivative of
// something in what a step makes of u, that in u, in g and in the entries of B_k is
//
//	smoothing    r̅ = B_kᵀ u̅,          u̅ ← u̅ − A r̅,   g̅ ← g̅ + r̅,   B̅_o(x) ← B̅_o(x) + u̅(x) r(x+o)
//	correction   r̅ = P V'ᵀ(Pᵀ u̅),     u̅ ← u̅ − A r̅,   g̅ ← g̅ + r̅
//
// for A = Aᵀ.
type pointCycle struct {
	levels []*pointLevel
	pre    int
	trace  [][]float64 // residuals that were smoothed, where recorded, in their order
	record bool
}

// pointLevel is a level; fields have a layer of zeros around, and w values a row.
type pointLevel struct {
	*patch
	w        int
	p        *interpolation // to the next one; nil on the last
	solve    *cholesky      // of the last one
	diagonal []float64
	inputs   [][method.SmootherInputs]float64 // of every point
	b, db    []field9                         // by stencil, and their derivatives
}

// field9 are the entries 9 to 17 of an operator of 3×3 points.
type field9 [9][]float64

func newFields(count, n int) []field9 {
	list := make([]field9, count)
	for k := range list {
		for o := range list[k] {
			list[k][o] = make([]float64, n)
		}
	}
	return list
}

// fewestSide is how many unknowns a side are solved exactly.
const fewestSide = 7

func newPointCycle(p *patch, pre int) (*pointCycle, error) {
	c := &pointCycle{pre: pre}
	for {
		l := &pointLevel{patch: p, w: p.n + 2}
		c.levels = append(c.levels, l)
		if p.n <= fewestSide {
			var err error
			l.solve, err = p.cholesky()
			return c, err
		}
		l.features()
		l.p = newInterpolation(p)
		l.p.weigh()
		p = l.p.coarse()
	}
}

// features sets diagonal and inputs.
func (l *pointLevel) features() {
	l.diagonal = make([]float64, l.w*l.w)
	for j := 1; j <= l.n; j++ {
		copy(l.diagonal[j*l.w:], l.a[j][13])
	}
	var x [method.SmootherInputs][]float64
	for p := range x {
		x[p] = make([]float64, l.n)
	}
	for j := 1; j <= l.n; j++ {
		d := l.diagonal[(j-1)*l.w:]
		method.SmootherFeatures(&l.a[j], &[3][]float64{d[:l.w], d[l.w : 2*l.w], d[2*l.w : 3*l.w]}, l.n, &x)
		for i := range l.n {
			var in [method.SmootherInputs]float64
			for p := range x {
				in[p] = x[p][i]
			}
			l.inputs = append(l.inputs, in)
		}
	}
}

// at is where point k of the inputs lies.
func (l *pointLevel) at(k int) int { return (k/l.n+1)*l.w + k%l.n + 1 }

// mean is 2/(D(x) + D(x+o)), 0 where there is no unknown.
func (l *pointLevel) mean(at, o int) float64 {
	d := stencil.Offset(o)
	if next := l.diagonal[at+d[0]+d[1]*l.w]; next != 0 {
		return 2 / (l.diagonal[at] + next)
	}
	return 0
}

// times adds B r to y.
func (l *pointLevel) times(b *field9, y, r []float64) {
	for j := 1; j <= l.n; j++ {
		for at := j*l.w + 1; at <= j*l.w+l.n; at++ {
			sum := 0.0
			for t := range 3 {
				below := at + (t-1)*l.w
				sum += b[3*t][at]*r[below-1] + b[3*t+1][at]*r[below] + b[3*t+2][at]*r[below+1]
			}
			y[at] += sum
		}
	}
}

// transposed sets y to Bᵀ x, and adds x(·) r(·+o) to db.
func (l *pointLevel) transposed(b, db *field9, y, x, r []float64) {
	clear(y)
	for j := 1; j <= l.n; j++ {
		for at := j*l.w + 1; at <= j*l.w+l.n; at++ {
			v := x[at]
			for t := range 3 {
				for s := range 3 {
					to := at + (t-1)*l.w + s - 1
					y[to] += b[3*t+s][at] * v
					db[3*t+s][at] += v * r[to]
				}
			}
		}
	}
	for i := range l.w { // what goes to the layer of zeros is nothing
		y[i], y[(l.w-1)*l.w+i], y[i*l.w], y[i*l.w+l.w-1] = 0, 0, 0, 0
	}
}

// cycle changes u; g nil is 0.
func (c *pointCycle) cycle(level int, u, g []float64) {
	l := c.levels[level]
	if l.solve != nil {
		l.solve.solve(u, g, l.n)
		return
	}
	for k := range l.b {
		if k == c.pre {
			c.correct(level, u, g)
		}
		r := make([]float64, len(u))
		l.residual(r, u, g)
		l.times(&l.b[k], u, r)
		if c.record {
			c.trace = append(c.trace, r)
		}
	}
	if c.pre == len(l.b) {
		c.correct(level, u, g)
	}
}

func (c *pointCycle) correct(level int, u, g []float64) {
	l, next := c.levels[level], c.levels[level+1]
	r := make([]float64, len(u))
	l.residual(r, u, g)
	gc, e := make([]float64, next.w*next.w), make([]float64, next.w*next.w)
	l.p.restrict(gc, r)
	c.cycle(level+1, e, gc)
	l.p.prolong(r, e)
	for i, v := range r {
		u[i] += v
	}
}

// reverse changes du, the derivative in what the last recorded cycle of a level made of u, to that
// in u; it adds that in g to dg, nil is none, and those in the entries of the operators to db.
func (c *pointCycle) reverse(level int, du, dg []float64) {
	l := c.levels[level]
	if l.solve != nil {
		l.solve.solve(dg, du, l.n)
		return
	}
	if c.pre == len(l.b) {
		c.reverseCorrection(level, du, dg)
	}
	dr, ar := make([]float64, len(du)), make([]float64, len(du))
	for k := len(l.b) - 1; k >= 0; k-- {
		r := c.trace[len(c.trace)-1]
		c.trace = c.trace[:len(c.trace)-1]
		l.transposed(&l.b[k], &l.db[k], dr, du, r)
		l.residual(ar, dr, nil) // −A r̅
		for i, v := range ar {
			du[i] += v
			if dg != nil {
				dg[i] += dr[i]
			}
		}
		if k == c.pre {
			c.reverseCorrection(level, du, dg)
		}
	}
}

func (c *pointCycle) reverseCorrection(level int, du, dg []float64) {
	l, next := c.levels[level], c.levels[level+1]
	x := append([]float64(nil), du...)
	de, dgc := make([]float64, next.w*next.w), make([]float64, next.w*next.w)
	l.p.restrict(de, x)
	c.reverse(level+1, de, dgc)
	l.p.prolong(x, dgc)
	ar := make([]float64, len(du))
	l.residual(ar, x, nil)
	for i, v := range ar {
		du[i] += v
		if dg != nil {
			dg[i] += x[i]
		}
	}
}

// errors are what some cycles leave of random ones, of energy 1.
func (c *pointCycle) errors(random *rand.Rand) (list [][]float64) {
	l := c.levels[0]
	for range smootherErrors {
		u := make([]float64, l.w*l.w)
		for j := 1; j <= l.n; j++ {
			for i := 1; i <= l.n; i++ {
				u[j*l.w+i] = random.NormFloat64()
			}
		}
		c.normalise(u)
		for range before {
			c.cycle(0, u, nil)
			c.normalise(u)
		}
		list = append(list, u)
	}
	return list
}

// follow is the logarithm of the cycles that a reduction by e takes, in the mean of −log ρ over
// these errors, with a tangent where that is nearly 0 or less; its derivatives are left in db.
func (c *pointCycle) follow(errors [][]float64) (loss float64) {
	l := c.levels[0]
	d := 0.0
	var slopes [][]float64
	var traces [][][]float64
	for _, start := range errors {
		u := append([]float64(nil), start...)
		c.record, c.trace = true, nil
		for range unrolled {
			c.cycle(0, u, nil)
		}
		c.record = false
		e := l.energy(u)
		part := 1 / float64(unrolled*len(errors))
		d -= part * math.Log(e) / 2
		slope := make([]float64, len(u)) // that of −½ log uᵀA u is −A u/uᵀA u
		l.residual(slope, u, nil)
		for i := range slope {
			slope[i] *= part / e
		}
		slopes, traces = append(slopes, slope), append(traces, c.trace)
	}
	loss = -math.Log(max(d, nearOne))
	if d < nearOne {
		loss += (nearOne - d) / nearOne
	}
	for v, du := range slopes {
		for i := range du {
			du[i] /= -max(d, nearOne)
		}
		c.trace = traces[v]
		for range unrolled {
			c.reverse(0, du, nil)
		}
	}
	return loss
}

// normalise makes the energy of u 1.
func (c *pointCycle) normalise(u []float64) {
	size := math.Sqrt(c.levels[0].energy(u))
	for i := range u {
		u[i] /= size
	}
}

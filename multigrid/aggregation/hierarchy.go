// Package aggregation is algebraic multigrid for symmetric matrices, of which it needs no
// geometry: unknowns that are coupled well are joined to aggregates, P is constant on each,
// and the coarse matrix is Pᵀ A P. Such a P is cheap but rough, so that coarse levels are
// solved by up to two steps of conjugate gradients around a cycle, a K-cycle (Notay, An
// aggregation-based algebraic multigrid method, Electron. Trans. Numer. Anal. 37, 2010).
package aggregation

// Levels, and a cycle over them.

// Hierarchy is the levels of a matrix. A cycle uses their memory: one at a time.
type Hierarchy struct {
	levels []*level
	bottom factors
}

type level struct {
	a      *Matrix
	over   []float64 // 1/diagonal, 0 for a row of zeros
	middle []int     // where the columns above the diagonal begin
	group  []int32   // the aggregate of each unknown; nil on the coarsest level

	x, b  []float64    // the correction and its data; nil on the finest level
	steps [2]direction // of the conjugate gradients on this level
}

// direction is a correction and its product with A.
type direction struct{ c, ac []float64 }

const (
	// worst bounds μ of a pair, see [Matrix.pairs]. Measured, cells that are 1 or 10⁶ at
	// random with probability .3 to .7, conjugate gradients to 1e-8 take with worst 8 or 12
	// at most 29 and 31 steps on 256² cells, 31 and 29 on 64³, and with 12 the half of the
	// time in three dimensions.
	worst = 12
	// share is up to which part of the unknowns aggregates are made of pairs of pairs; where
	// more remain, these are paired once or twice more. A K-cycle visits each level twice as
	// often as the one above, and so takes less than half of it.
	share, most = 0.4, 4
	// smallest is how many unknowns need no coarser level, and little is the part of them
	// that coarsening has to spare.
	smallest, little = 128, 0.9
	// mostDirect is how many the coarsest level may have to be solved by elimination.
	mostDirect = 1000
)

// New makes the levels. A is kept.
func New(a *Matrix) (*Hierarchy, error) {
	if err := a.check(); err != nil {
		return nil, err
	}
	a.sums = a.rowSums()
	h := &Hierarchy{}
	for {
		n := a.Len()
		l := &level{a: a, over: a.inverses(), middle: a.middles()}
		if h.levels = append(h.levels, l); len(h.levels) > 1 {
			l.x, l.b = make([]float64, n), make([]float64, n)
			for i := range l.steps {
				l.steps[i] = direction{make([]float64, n), make([]float64, n)}
			}
		}
		if n > smallest {
			group, c := a.aggregate()
			if float64(c.Len()) <= little*float64(n) {
				l.group, a = group, c
				continue
			}
		}
		if n <= mostDirect {
			h.bottom = factor(a)
		}
		return h, nil
	}
}

// Bytes is the memory of a [Hierarchy] and its matrix, about. Measured, all coarse levels
// together have a third to half of the unknowns of the finest, and a third of its entries in one
// dimension, half in two and nearly all of them in three.
func Bytes(unknowns, entries int) int64 {
	n, m := int64(unknowns), int64(entries)
	finest := (5*8+4)*n + (8+4)*m
	coarse := (11*8+4)*n/2 + (8+4)*m
	return finest + coarse + 8*smallest*smallest
}

// Levels is the number of levels.
func (h *Hierarchy) Levels() int { return len(h.levels) }

// Apply sets x ≈ A⁻¹ b by a cycle from 0. It is not linear in b: its map differs a little
// from one b to the next. Where A is singular b has to be in its range.
func (h *Hierarchy) Apply(x, b []float64) { h.cycle(0, x, b) }

// cycle is a Gauss–Seidel sweep from 0 up the rows, the correction, and a sweep down.
func (h *Hierarchy) cycle(at int, x, b []float64) {
	l := h.levels[at]
	switch {
	case l.group != nil:
	case h.bottom.d != nil:
		h.bottom.solve(x, b)
		return
	default: // no pairs: the diagonal is large, or the matrix odd
		l.upFromZero(x, b)
		l.down(x, b)
		return
	}
	l.upFromZero(x, b)
	c := h.levels[at+1]
	clear(c.b)
	for i, g := range l.group {
		if g >= 0 {
			c.b[g] += l.residualAfterUp(i, x)
		}
	}
	h.solve(at+1, c.x, c.b)
	for i, g := range l.group {
		if g >= 0 {
			x[i] += c.x[g]
		}
	}
	l.down(x, b)
}

// upFromZero is x = (D + L)⁻¹ b.
func (l *level) upFromZero(x, b []float64) {
	a := l.a
	for i, over := range l.over {
		sum := b[i]
		values := a.Value[a.Start[i]:l.middle[i]]
		for t, c := range a.Column[a.Start[i]:l.middle[i]] {
			sum -= values[t] * x[c]
		}
		x[i] = sum * over
	}
}

// residualAfterUp is b − A x in row i after upFromZero: b = (D + L) x, so −Lᵀ x is left.
func (l *level) residualAfterUp(i int, x []float64) (r float64) {
	a := l.a
	values := a.Value[l.middle[i]:a.Start[i+1]]
	for t, c := range a.Column[l.middle[i]:a.Start[i+1]] {
		r -= values[t] * x[c]
	}
	return r
}

// down relaxes all rows, the last one first.
func (l *level) down(x, b []float64) {
	a := l.a
	for i := a.Len() - 1; i >= 0; i-- {
		sum := b[i]
		values := a.Value[a.Start[i]:a.Start[i+1]]
		for t, c := range a.Column[a.Start[i]:a.Start[i+1]] {
			sum -= values[t] * x[c]
		}
		x[i] = sum * l.over[i]
	}
}

// enough is the part of ‖r‖ below which one step of conjugate gradients suffices.
const enough = 0.25

// solve sets x ≈ A⁻¹ r on a coarse level, by one or two steps of flexible conjugate
// gradients, which are the best combination of two corrections; r changes. On the coarsest
// level a cycle is exact.
func (h *Hierarchy) solve(at int, x, r []float64) {
	l := h.levels[at]
	if l.group == nil {
		h.cycle(at, x, r)
		return
	}
	c, v := l.steps[0].c, l.steps[0].ac
	h.cycle(at, c, r)
	l.a.product(v, c)
	rho := dot(c, v)
	if !(rho > 0) { // c is 0, or in the null space
		clear(x)
		return
	}
	step := dot(c, r) / rho
	before := dot(r, r)
	for i, w := range v {
		r[i] -= step * w
	}
	for i, w := range c {
		x[i] = step * w
	}
	if dot(r, r) <= enough*enough*before {
		return
	}
	d, w := l.steps[1].c, l.steps[1].ac
	h.cycle(at, d, r)
	l.a.product(w, d)
	mixed := dot(d, v) / rho
	curvature := dot(d, w) - mixed*mixed*rho
	if !(curvature > 0) {
		return
	}
	next := dot(d, r) / curvature
	for i, z := range d {
		x[i] += next * (z - mixed*c[i])
	}
}

func dot(x, y []float64) (sum float64) {
	for i, v := range x {
		sum += v * y[i]
	}
	return sum
}

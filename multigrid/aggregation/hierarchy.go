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
	from   []int     // the rows given, of each block of the finest level; nil if in their order
	x, b   []float64 // of that level, then
}

type level struct {
	a      *Matrix
	over   []float64 // 1/diagonal, 0 for a row of zeros
	middle []int     // where the columns above the diagonal begin
	group  []int32   // the aggregate of each unknown; nil on the coarsest level
	member []int32   // the unknowns of each aggregate, one after the other
	begin  []int32   // where those of each begin, and the end
	sweeps sweeps
	loops  loops

	r     []float64    // residuals on their way to the coarser level
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

// New makes the levels. A is kept, or a copy of it in another order.
func New(a *Matrix) (*Hierarchy, error) {
	if err := a.check(); err != nil {
		return nil, err
	}
	h := &Hierarchy{}
	var of blocks
	if a, of, h.from = a.alternate(); h.from != nil {
		h.x, h.b = make([]float64, a.Len()), make([]float64, a.Len())
	}
	a.sums = a.rowSums()
	for {
		n := a.Len()
		l := &level{a: a, over: a.inverses(), middle: a.middles()}
		l.sweeps.of = of
		if h.levels = append(h.levels, l); len(h.levels) > 1 {
			l.x, l.b = make([]float64, n), make([]float64, n)
			for i := range l.steps {
				l.steps[i] = direction{make([]float64, n), make([]float64, n)}
			}
		}
		if n > smallest {
			group, c := a.aggregate()
			if float64(c.Len()) <= little*float64(n) {
				l.group = group
				l.members(c.Len())
				of = of.coarse(c, l.firsts())
				a = c
				continue
			}
		}
		if n <= mostDirect {
			h.bottom = factor(a)
		}
		return h, nil
	}
}

// Bytes is the memory of a [Hierarchy], with the matrix in its own order and in blocks, about; the
// matrix that it is made from is not kept. Measured, all coarse levels together have a third to
// half of the unknowns of the finest, and a third of its entries in one dimension, half in two
// and nearly all of them in three.
func Bytes(unknowns, entries int) int64 {
	n, m := int64(unknowns), int64(entries)
	finest := (8*8+4*4)*n + (8+4)*m
	coarse := (12*8+4*4)*n/2 + (8+4)*m
	return finest + coarse + 8*smallest*smallest
}

// Levels is the number of levels.
func (h *Hierarchy) Levels() int { return len(h.levels) }

// Apply sets x ≈ A⁻¹ b by a cycle from 0. It is not linear in b: its map differs a little
// from one b to the next. Where A is singular b has to be in its range.
func (h *Hierarchy) Apply(x, b []float64) {
	if h.from == nil {
		h.cycle(0, x, b)
		return
	}
	of := h.levels[0].sweeps.of
	for k, from := range h.from {
		copy(h.b[of[k]:of[k+1]], b[from:])
	}
	h.cycle(0, h.x, h.b)
	for k, from := range h.from {
		copy(x[from:], h.x[of[k]:of[k+1]])
	}
}

// cycle is a Gauss–Seidel sweep from 0 up the rows, the correction, and a sweep down.
func (h *Hierarchy) cycle(at int, x, b []float64) {
	l := h.levels[at]
	switch {
	case l.group != nil:
	case h.bottom.d != nil:
		h.bottom.solve(x, b)
		return
	default: // no pairs: the diagonal is large, or the matrix odd
		l.relax(x, b, (*level).upFromZero, false)
		l.relax(x, b, (*level).down, true)
		return
	}
	l.relax(x, b, (*level).upFromZero, false)
	c := h.levels[at+1]
	l.restrict(c.b, x)
	h.solve(at+1, c.x, c.b)
	l.prolong(x, c.x)
	l.relax(x, b, (*level).down, true)
}

// upFromZero is x = (D + L)⁻¹ b on the rows lo to hi−1.
func (l *level) upFromZero(lo, hi int) {
	a, x, b := l.a, l.sweeps.x, l.sweeps.b
	for i := lo; i < hi; i++ {
		sum := b[i]
		columns := a.Column[a.Start[i]:l.middle[i]]
		values := a.Value[a.Start[i]:l.middle[i]][:len(columns)]
		for t, c := range columns {
			sum -= values[t] * x[c]
		}
		x[i] = sum * l.over[i]
	}
}

// residualAfterUp is b − A x in row i after upFromZero: b = (D + L) x, so −Lᵀ x is left.
func (l *level) residualAfterUp(i int, x []float64) (r float64) {
	a := l.a
	columns := a.Column[l.middle[i]:a.Start[i+1]]
	values := a.Value[l.middle[i]:a.Start[i+1]][:len(columns)]
	for t, c := range columns {
		r -= values[t] * x[c]
	}
	return r
}

// down relaxes the rows lo to hi−1, the last one first.
func (l *level) down(lo, hi int) {
	a, x, b := l.a, l.sweeps.x, l.sweeps.b
	for i := hi - 1; i >= lo; i-- {
		sum := b[i]
		columns := a.Column[a.Start[i]:a.Start[i+1]]
		values := a.Value[a.Start[i]:a.Start[i+1]][:len(columns)]
		for t, c := range columns {
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
	rho := l.product(v, c)
	if !(rho > 0) { // c is 0, or in the null space
		clear(x)
		return
	}
	cr, before := l.dots(c, r, r, r)
	step := cr / rho
	after := l.step(x, step, c, r, v)
	if after <= enough*enough*before {
		return
	}
	d, w := l.steps[1].c, l.steps[1].ac
	h.cycle(at, d, r)
	dw := l.product(w, d)
	dv, dr := l.dots(d, v, d, r)
	mixed := dv / rho
	curvature := dw - mixed*mixed*rho
	if !(curvature > 0) {
		return
	}
	l.join(x, dr/curvature, d, mixed, c)
}

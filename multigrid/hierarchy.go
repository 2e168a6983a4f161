package multigrid

// The levels of a solver: their grids, operators and memory, changed in place.

import (
	"fmt"
	"math"
	"sync/atomic"

	"mgtool/internal/simd"
	"mgtool/multigrid/cycle"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// hierarchy walks a cycle over numbers, in one to three dimensions and in either
// precision: each leg is one pass over memory (pass.go).
type hierarchy[T pde.Real] struct {
	levels  []*level[T]
	loops   *simd.GridKernels[T]
	scratch []scratch[T] // one a worker
	units   units

	plans []plan
	held  leg  // the last leg of a cycle, held back to join the first of the next; or none
	begun bool // start has done the first leg of a full cycle

	stop    func() bool // reports that the walk is to end; nil never does
	stopped atomic.Bool // it has: the rest of the walk does nothing
	watch   func(level int, at cycle.Point, u, g *pde.Field[T])

	lift *pde.Lift // A on the boundary values extended inwards, of −Σ a_d ∂²/∂x_d²

	extended  *pde.Field[T] // those values, for other operators
	quiet     bool          // take no norms
	symmetric bool          // walk symmetric cycles; see manner
	last      sums          // of the last complete cycle
	taken     []sums        // of the cycles since norms was last called
}

// level is one grid with its operators and memory: the approximation u, the data g and
// a second field v, for smoothers that need one. On the finest level u and g are the
// caller's.
type level[T pde.Real] struct {
	pde.Grid
	at         int // 0 is the finest
	dim        int
	inner      int // unknowns of a row
	rowsInside int // rows of a plane that have unknowns
	hierarchy  *hierarchy[T]
	u, v, g    *pde.Field[T]
	wraps      bool // has periodic sides
	around     bool // has sides that are not Dirichlet sides of vertices
	mends      bool // the first or the last row of a star along x has a diagonal of its own
	ring       bool // rows are rings
	ringed     bool // residuals to correct by are in rings, and v is nil
	last       [3]int
	ends       [2]end[T]     // of a row
	zeros      []T           // a row of zeros
	bands      *pde.Field[T] // of residuals around cuts; see correction.go

	op        operator[T]
	pre, post []sweep // that make a smoothing step before and after a coarse correction
	b         []*corrector[T]
	kept      []*pde.Field[T] // u before each correction over which the residual is minimised
	axes      [3]stencil.Axis // to the next coarser level
	r, p      *weights[T]     // R and P; nil where they are those of the axes
	up        []T             // weights of P along an odd x axis, in two and three dimensions
	irregular *irregular[T]   // R and P along another irregular x axis
	atSides   [2][2]T         // what R takes more than ½ of the first two cells of a row, and of the last two
	cubicUp   [][4]T          // weights of the cubic P, made by the first full cycle
	coarser   *level[T]
	inverse   []T // of A, on the coarsest level
	low       []T // the residual there
	legs      map[leg][]*pass[T]
	work      *LevelWork // nil unless work is measured
}

// newHierarchy coarsens A and makes its levels.
func newHierarchy[T pde.Real](a stencil.Operator, c Components) (*hierarchy[T], error) {
	list, err := coarsen(a, c.Coarsening)
	if err != nil {
		return nil, err
	}
	return hierarchyOf[T](list, c.Smoother, units{})
}

// hierarchyOf makes the levels of this list.
func hierarchyOf[T pde.Real](list []Coarse, s Smoother, u units) (*hierarchy[T], error) {
	f := &hierarchy[T]{loops: simd.Grid[T](simd.Best()), units: u}
	var shared *pde.Field[T]
	for i, each := range list {
		l, err := f.newLevel(each.A)
		if err != nil {
			return nil, err
		}
		l.at = i
		if err := l.prepareSmoother(each.A, s); err != nil {
			return nil, err
		}
		if i > 0 {
			l.u, l.g = pde.NewField[T](l.Grid), pde.NewField[T](l.Grid)
			f.levels[i-1].coarser = l
		}
		l.ringed = ringed(l.Grid, l.pre, l.post)
		if !l.ringed && (needsSecond(l.pre) || needsSecond(l.post)) {
			if shared != nil { // in one dimension: v holds nothing between legs
				l.v = shared.Prefix(l.Grid)
			} else if l.v = pde.NewField[T](l.Grid); l.dim == 1 {
				shared = l.v
			}
		}
		f.levels = append(f.levels, l)
		if i < len(list)-1 {
			if err := l.prepareTransfer(list[i+1]); err != nil {
				return nil, err
			}
		}
	}
	last := list[len(list)-1].A
	return f, f.levels[len(list)-1].invert(last)
}

// newLevel is a level of A without fields.
func (f *hierarchy[T]) newLevel(a stencil.Operator) (*level[T], error) {
	grid, _ := a.Grids()
	l := &level[T]{Grid: grid, dim: grid.Dim(), inner: grid.Inner(0), rowsInside: grid.Inner(1), hierarchy: f, legs: map[leg][]*pass[T]{}}
	for d := range l.dim {
		l.wraps = l.wraps || grid.Sides[d][0] == pde.Periodic
	}
	var err error
	l.op, err = newOperator[T](a)
	l.prepareSides()
	return l, err
}

// makeScratch makes the memory of every worker.
func (f *hierarchy[T]) makeScratch(workers int) {
	l := f.levels[0]
	for len(f.scratch) < workers {
		d := scratch[T]{loops: f.loops}
		for i := range d.ring {
			d.ring[i] = alignedRow[T](l.width())
		}
		d.temp = [2][]T{alignedRow[T](l.width()), alignedRow[T](l.width())}
		if l.dim == 3 {
			d.plane = make([]T, len(d.temp[1])*(l.Inner(1)+2))
		}
		f.scratch = append(f.scratch, d)
	}
}

// bind makes u and g the approximation and the data of the finest level.
func (f *hierarchy[T]) bind(u, g *pde.Field[T]) error {
	l := f.levels[0]
	if u.Grid != l.Grid || g.Grid != l.Grid {
		return differs(u.Grid, g.Grid, l.Grid)
	}
	if u != l.u || g != l.g {
		l.u, l.g = u, g
		clear(l.legs)
	}
	f.makeScratch(1)
	f.held, f.begun, f.taken = none, false, f.taken[:0]
	for _, k := range l.kept {
		copy(k.Data(), u.Data()) // the boundary values
	}
	switch { // v is another u or a residual: give it the boundary values of that
	case l.v == nil:
	case l.maps():
		copy(l.v.Data(), u.Data())
	default:
		l.v.Zero()
	}
	return nil
}

func differs(u, g, want pde.Grid) error {
	return fmt.Errorf("multigrid: u on %v and g on %v; want %v, the same width and the same kinds of sides", u, g, want)
}

// Levels is the number of grids.
func (f *hierarchy[T]) Levels() int { return len(f.levels) }

// cycle does one cycle. If hold, called with the last known ‖g − A u‖, returns true, the
// last leg is left to the next cycle or to complete.
func (f *hierarchy[T]) cycle(c cycle.Cycle, hold func(r float64) bool) {
	f.walk(c, false, func() bool {
		return hold != nil && f.watch == nil && len(f.levels) > 1 && f.squaresFit() && hold(math.Sqrt(f.last.rr))
	})
}

// walk does the legs of a cycle, from u = 0 if clear is set; hold decides whether the last
// one is held back.
func (f *hierarchy[T]) walk(c cycle.Cycle, clear bool, hold func() bool) {
	legs := f.unrolled(c, clear)
	for i, l := range legs {
		switch {
		case i == 0 && f.begun:
			f.begun = false
			continue
		case i == 0 && f.held != none:
			l, f.held = join(f.held, l), none
		case i == len(legs)-1 && l.prolong && hold():
			f.held = l
			return
		}
		f.levels[l.level].run(l)
	}
}

// complete does the leg that is held back, if any.
func (f *hierarchy[T]) complete() {
	if f.held != none {
		f.levels[0].run(f.held)
		f.held = none
	}
}

// squaresFit reports that no square in the coming cycle can leave the range of float64:
// of r, of u, and of the changes of u from which r follows where the end of a cycle and
// the start of the next are one pass. Otherwise the two are not joined, since norms must
// then be taken of the values as they are at the end of the cycle.
func (f *hierarchy[T]) squaresFit() bool {
	fits := func(square float64) bool { return square > 1e-200 && square < 1e200 }
	d := f.levels[0].op.diagonal
	return fits(d*d) && fits(f.last.rr) && fits(f.last.rr/d/d) && (f.last.uu == 0 || fits(f.last.uu))
}

// start returns the norms of the data and ‖g − A u‖ before the first cycle. A full cycle
// begins by restricting that residual, which is done in the same pass.
func (f *hierarchy[T]) start(c cycle.Cycle) (data dataNorms, r float64) {
	l := f.levels[0]
	f.lift = nil
	if l.op.form == starForm && l.op.c == 0 && !l.around {
		f.lift = pde.NewLift(l.u, l.op.a)
	}
	f.begun = c.Full && len(f.levels) > 1 && f.watch == nil
	l.run(leg{start: true, norms: true, restrict: f.begun})
	f.taken = f.taken[:0]
	if f.interrupted() {
		return dataNorms{}, 0
	}
	if f.lift == nil {
		return l.extendedNorms(), f.root(f.last.rr, l.eachResidual)
	}
	return dataRoots(f.last.bb, f.last.gg, f.lift, l.g), f.root(f.last.rr, l.eachResidual)
}

// norms calls each with ‖g − A u‖ and ‖u‖ of every cycle completed since the last call.
func (f *hierarchy[T]) norms(each func(r, u float64)) {
	for _, s := range f.taken {
		each(f.root(s.rr, f.levels[0].eachResidual), f.root(s.uu, rowsOf(f.levels[0].u)))
	}
	f.taken = f.taken[:0]
}

// root is the root of a sum of squares; if that under- or overflowed, the norm of the
// values as they are now.
func (f *hierarchy[T]) root(sum float64, rows func(body func(row []T))) float64 {
	if inRange(sum) || math.IsNaN(sum) {
		return math.Sqrt(sum)
	}
	return scaledNorm(func(yield func(v float64)) {
		rows(func(row []T) {
			for _, v := range row {
				yield(float64(v))
			}
		})
	})
}

// rowsOf gives the rows of a field, without ghosts.
func rowsOf[T pde.Real](x *pde.Field[T]) func(body func(row []T)) {
	return func(body func(row []T)) {
		inner := x.Inner(0)
		for row := range x.RowCount() {
			body(x.Row(x.RowAt(row))[1 : 1+inner])
		}
	}
}

// eachResidual gives the rows of g − A u, without ghosts, in order.
func (l *level[T]) eachResidual(body func(r []T)) {
	d := &l.hierarchy.scratch[0]
	st := stage[T]{src: l.u, row: l.residual()}
	l.fill(l.u)
	l.eachRow(func(j, k int) { body(l.residualRow(d, &st, j, k)[1 : 1+d.n]) })
}

// eachRow calls body for the rows, or pieces, of the level, in order, with the first
// scratch set to them.
func (l *level[T]) eachRow(body func(j, k int)) {
	d := &l.hierarchy.scratch[0]
	if l.dim == 1 {
		for q := range l.slabs() {
			d.lo, d.n = l.values(q)
			body(0, 0)
		}
		return
	}
	for row := range l.RowCount() {
		d.lo, d.n = l.values(0)
		body(l.RowAt(row))
	}
}

// fill gives the ghosts of a field their values. Those of Dirichlet sides have them.
func (l *level[T]) fill(f *pde.Field[T]) {
	if l.wraps {
		f.FillGhosts()
	}
}

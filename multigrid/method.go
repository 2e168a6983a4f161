package multigrid

// What a solver asks of the numeric methods beside a walk.

import (
	"math"

	"mgtool/multigrid/cycle"
	"mgtool/pde"
)

// numeric is a method on numbers, as the [Solver] sees it.
type numeric interface {
	Levels() int
	// bind makes u and g the approximation and the data, or says why not.
	bind(u, g *pde.Field[float64]) error
	// cycle does one cycle. It may leave part of its last leg undone if hold,
	// asked with the last ‖g − A u‖ known, allows it; the next cycle, or
	// complete, then does that.
	cycle(c cycle.Cycle, hold func(r float64) bool)
	complete()
	// finish ends a solve: u of the caller is the approximation.
	finish()
	// norms gives ‖g − A u‖ and ‖u‖ after each cycle since it was last called,
	// as far as they are complete.
	norms(each func(r, u float64))
	// start gives the norms of the data, and ‖g − A u‖, before a first cycle, which
	// it may prepare.
	start(c cycle.Cycle) (data dataNorms, r float64)
	// setStop says when a walk is to end early; interrupted, whether it did. Then
	// start gives no norms, and norms none of the cycle that was under way.
	setStop(stop func() bool)
	interrupted() bool
	failure() error
}

func (h *Hierarchy) bind(u, g *pde.Field[float64]) error {
	_, err := h.Bind(u, g)
	return err
}

func (h *Hierarchy) cycle(c cycle.Cycle, _ func(r float64) bool) { cycle.Run(h, c, h.levels[0]) }

func (h *Hierarchy) complete() {}

func (h *Hierarchy) finish() {}

func (h *Hierarchy) norms(each func(r, u float64)) {
	l := h.levels[0]
	l.UpdateResidual()
	each(norm(l.R), norm(l.U))
}

func (h *Hierarchy) start(cycle.Cycle) (data dataNorms, r float64) {
	l := h.levels[0]
	l.UpdateResidual()
	return dataNormsOf(pde.NewLift(l.U), l.G), norm(l.R)
}

func (h *Hierarchy) setStop(stop func() bool) { h.stop = stop }

func (h *Hierarchy) interrupted() bool { return false } // it ends with the cycle

func (h *Hierarchy) failure() error { return h.err }

func (f *fused[T]) bind(u, g *pde.Field[T]) error {
	l := f.levels[0]
	if u.Grid != l.Grid || g.Grid != l.Grid {
		return differs(u.Grid, g.Grid, l.Grid)
	}
	f.take(u, g)
	return nil
}

func (f *fused[T]) cycle(c cycle.Cycle, hold func(r float64) bool) {
	f.hold = nil
	if hold != nil && f.Levels() > 1 && f.squaresFit() {
		f.hold = func(rr float64) bool { return hold(math.Sqrt(rr)) }
	}
	cycle.Run(f, c, struct{}{})
	if f.Levels() == 1 {
		f.levels[0].run(legKey{kind: "norm"})
	}
}

// squaresFit reports that no square of a number of the coming cycle can leave the range
// of float64: of r, of u, and of the changes of u that r is found by where the end of
// a cycle and the start of the next are one walk. Else no such walk is made: the norms
// then have to be taken of the values, while these are what they are at a cycle's end.
func (f *fused[T]) squaresFit() bool {
	fits := func(square float64) bool { return square > 1e-200 && square < 1e200 }
	d := f.levels[0].Diagonal()
	return fits(d*d) && fits(f.last.rr) && fits(f.last.rr/d/d) && (f.last.uu == 0 || fits(f.last.uu))
}

func (f *fused[T]) complete() {
	if f.waiting {
		f.waiting = false
		f.levels[0].run(legKey{kind: "up", before: f.post})
	}
}

func (f *fused[T]) finish() {}

func (f *fused[T]) norms(each func(r, u float64)) {
	for _, s := range f.taken {
		each(f.root(s.rr, f.levels[0].eachResidual), f.root(s.uu, f.eachValue))
	}
	f.taken = f.taken[:0]
}

// root is that of a sum of squares; where these under- or overflowed, the norm of
// the values as they are now.
func (f *fused[T]) root(sum float64, rows func(body func(row []T))) float64 {
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

// eachValue gives the rows of u, their values inside.
func (f *fused[T]) eachValue(body func(row []T)) {
	l := f.levels[0]
	for row := range l.RowCount() {
		body(l.u.Row(l.RowAt(row))[1:l.N[0]])
	}
}

func (f *fused[T]) start(c cycle.Cycle) (data dataNorms, r float64) {
	l := f.levels[0]
	f.lift = pde.NewLift(l.u)
	// A full cycle begins with the restriction of the residual as it is.
	f.begun = c.Full && f.Levels() > 1
	l.run(legKey{kind: "start", restrict: f.begun})
	f.taken = f.taken[:0]
	if f.interrupted() {
		return dataNorms{}, 0
	}
	return dataRoots(f.last.bb, f.last.gg, f.lift, l.g), f.root(f.last.rr, l.eachResidual)
}

func (f *fused[T]) failure() error { return nil }

package multigrid

// What a solver asks of the numbers beside a walk.

import (
	"mgtool/multigrid/cycle"
	"mgtool/pde"
)

// method is a cycle on numbers, as the [Solver] sees it: in one precision, in two, or
// with the axes in another order.
type method interface {
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
	// bounds are those of A.
	bounds() bounds
	// defect is the mean that was taken out of the data of a singular problem.
	defect() float64
}

// finish leaves u, which is the caller's, with its ghosts filled.
func (f *hierarchy[T]) finish() { f.levels[0].fill(f.levels[0].u) }

func (f *hierarchy[T]) defect() float64 { return 0 }

func (f *hierarchy[T]) bounds() bounds { return f.levels[0].bounds() }

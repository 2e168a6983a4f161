package multigrid

// What a solver needs from a numeric method.

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
	// cycle does one cycle. If hold, called with the last known ‖g − A u‖,
	// returns true, the last leg may be left to the next cycle or to complete.
	cycle(c cycle.Cycle, hold func(r float64) bool)
	complete()
	// finish ends a solve: u of the caller is the approximation.
	finish()
	// norms calls each with ‖g − A u‖ and ‖u‖ of every cycle completed since the
	// last call.
	norms(each func(r, u float64))
	// start returns the norms of the data and ‖g − A u‖ before the first cycle; it
	// may do part of that cycle.
	start(c cycle.Cycle) (data dataNorms, r float64)
	// A walk ends early once the function of setStop returns true; interrupted
	// reports that it did. Then start returns no norms, and norms skips the cycle
	// that was interrupted.
	setStop(stop func() bool)
	interrupted() bool
	// bounds are those of A.
	bounds() bounds
	// linear is the problem that is bound, for a Krylov method.
	linear() linear
	// defect is the mean that was taken out of the data of a singular problem.
	defect() float64
}

// finish leaves u, which is the caller's, with its ghosts filled.
func (f *hierarchy[T]) finish() { f.levels[0].fill(f.levels[0].u) }

func (f *hierarchy[T]) defect() float64 { return 0 }

func (f *hierarchy[T]) bounds() bounds { return f.levels[0].bounds() }

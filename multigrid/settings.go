package multigrid

// How a solver iterates, and when it ends.

import (
	"mgtool/multigrid/cycle"
	"mgtool/pde"
)

// Settings say how a Solver iterates. The zero value is a V(0,0)-cycle, which
// does nothing useful; [DefaultSettings] is a good start.
type Settings struct {
	Cycle cycle.Cycle
	Components

	// Precision is Double (the zero value) or Mixed: cycles in float32 between
	// residuals in float64, to the same tolerance, in about half the memory
	// traffic. A cycle of a mixed solve is two to four in float32.
	Precision Precision

	// RelTol ends the solve when ‖r‖ ≤ RelTol·baseline for r = g − A u. A tolerance that
	// rounding puts out of reach ends the solve as good as the precision allows; see
	// [RoundingLimit].
	RelTol float64
	// AbsTol ends the solve when ‖r‖ ≤ AbsTol; 0 never does.
	AbsTol float64
	// BackwardTol ends the solve when ‖r‖ ≤ BackwardTol (‖A‖ ‖u‖ + ‖g‖), with an upper
	// bound of ‖A‖: u then solves a problem whose A and g differ by that part of their
	// sizes. It does not depend on the grid; 1e-15 can be reached on any. 0 never ends.
	BackwardTol float64
	// MaxCycles bounds the cycles and the iterations of a Krylov method together. Without
	// any tolerance MaxCycles of them are done; with a full cycle, the one full pass.
	MaxCycles int

	Baseline Baseline // what RelTol refers to
	Norm     Norm     // of residuals and data

	// Krylov is None (the zero value) for cycles alone, a method that takes the cycle as its
	// preconditioner, or Auto. With Cycle.Full the full pass comes first.
	Krylov Krylov
	// Patience bounds the iterations of a Krylov method that Auto puts around cycles which stall:
	// where more would be needed, by the rate of the last 20, the solve ends as Stagnated. For
	// callers who know of another method. 0 leaves MaxCycles alone as the bound.
	Patience int

	// Singular says what becomes of data without a solution where A maps constants to 0.
	Singular Singular

	// Recorder, if not nil, is called with the relative residual at the start
	// (cycle 0) and after each cycle.
	Recorder func(cycle int, residual float64)

	// Watch, if not nil, is shown u and g of a level after every leg of the walk, in
	// its order; they are to be read before it returns. It costs the joining of legs,
	// and takes double precision and cycles alone.
	Watch func(level int, at cycle.Point, u, g *pde.Field[float64])
}

// Components are the operators of a method beside A.
type Components struct {
	Smoother   Smoother   // nil is red-black Gauss–Seidel
	Coarsening Coarsening // nil is Rediscretized
}

// Precision is that of the numbers of a solve.
type Precision int

const (
	Double Precision = iota // float64
	Mixed                   // float32 inside float64
)

// Baseline is what a relative tolerance and the residuals of a [Result] are relative to.
type Baseline int

const (
	// Data: ‖b‖ for b = g − A E, with E the boundary values extended inwards
	// ([pde.Field.ExtendBoundary]): a constant that is added to the boundary values does not
	// change b, nor what the tolerance means. Where b = 0, residuals are relative to the first,
	// and so is the tolerance if the boundary values are 0.
	Data Baseline = iota
	// First: the first residual.
	First
	// Absolute: 1.
	Absolute
)

// Norm is one of a residual and of data.
type Norm int

const (
	Norm2   Norm = iota // ‖r‖₂, the root of the sum of squares
	NormMax             // the largest absolute value, at the cost of a walk over memory a cycle
)

// Singular is what becomes of data without a solution.
type Singular int

const (
	// Project takes the mean out of g, and reports it as the Result's Defect.
	Project Singular = iota
	// Refuse ends the solve as [Incompatible] where the mean of g, alone, is more than the
	// tolerances allow as a residual.
	Refuse
)

// DefaultSettings is V(1,1) with red-black Gauss–Seidel, to 1e-8, at most 100
// cycles, with a Krylov method to help if the cycles stall.
func DefaultSettings() Settings {
	return Settings{
		Cycle:      cycle.Cycle{Pre: []int{1}, Post: []int{1}, Gamma: 1},
		Components: Components{Smoother: RedBlack{Omega: 1}},
		RelTol:     1e-8,
		MaxCycles:  100,
		Krylov:     Auto,
	}
}

package multigrid

// What a solve has to say.

import "time"

// Result is what a solve has to say.
type Result struct {
	Status Status
	// Cycles done; with a full cycle, the full pass counts as one, and so does an
	// iteration of a Krylov method.
	Cycles int
	// KrylovIterations are those of the Cycles that were iterations of a Krylov method. One
	// takes a cycle, of BiCGStab two.
	KrylovIterations int
	// StalledAt is the cycle after which [Auto] went on with a Krylov method, since the
	// cycles gained less than half each, or diverged; 0 if it did not.
	StalledAt int
	// Residuals are ‖r‖ over the baseline at the start and after
	// each cycle, Cycles+1 of them. An interrupted solve has
	// those of the cycles that were complete, and none if it ended before the first
	// was known. Iterations of a Krylov method give what they know without computing g − A u
	// again; the last one is of the definition.
	Residuals []float64
	// TrueResidual is ‖g − A u‖ over the baseline for the u that is returned, computed
	// by itself after the solve; for a singular A, with g less its mean. NaN if the solve did
	// not begin.
	TrueResidual float64
	// Factor is the convergence factor: the last ratio of the residuals after and
	// before a cycle of which rounding spoils at most a tenth; NaN if there is
	// none. A full pass is no cycle in this sense. After iterations of a Krylov method it is
	// their mean.
	Factor float64
	// Levels is the number of grids.
	Levels int
	// Time of the solve, without the set-up and the computation of TrueResidual.
	Time time.Duration
	// Times are those of its parts.
	Times Times
	// Defect is the mean of g where A maps constants to 0: no u has it, so it is taken
	// out of g, and u has mean 0.
	Defect float64
}

// Times are those of the stages of a solve.
type Times struct {
	Setup  time.Duration // of NewSolver
	Start  time.Duration // norms of the data and of the first residual
	Cycles time.Duration // of cycles alone
	Krylov time.Duration
	Check  time.Duration // of TrueResidual
}

package multigrid

// Why a solve ended.

import (
	"errors"
	"fmt"
)

// Status says why a solve ended.
type Status int

const (
	// Running is the status before a solve has ended.
	Running Status = iota
	// Converged: the residual is below RelTol times the baseline, or it is 0.
	Converged
	// ConvergedAbsolute: the residual is below AbsTol.
	ConvergedAbsolute
	// ConvergedBackward: the residual is below BackwardTol (‖A‖ ‖u‖ + ‖g‖), so u solves a
	// problem whose A and g differ by no more than that part of their sizes.
	ConvergedBackward
	// CyclesDone: there is no tolerance and the cycles asked for were done.
	CyclesDone
	// CycleLimit: MaxCycles cycles did not reach the tolerance.
	CycleLimit
	// RoundingLimit: the tolerance was not reached, but no further cycle helps: the
	// residual is down to what rounding u to float64 makes of it,
	// ‖r‖₂ ≤ 2ε (‖A‖ ‖u‖₂ + ‖g‖₂). The answer is as good as this precision allows.
	RoundingLimit
	// TooFine: the rounding limit, on a grid of so many cells along an axis that what
	// rounding makes of the residual is as large as the right side. Nothing is known
	// of the answer.
	TooFine
	// Stagnated: the residual has all but stopped falling, above the tolerance and above
	// what rounding explains.
	Stagnated
	// Diverged: the residual grew.
	Diverged
	// NotFinite: a NaN or an infinity appeared on the way.
	NotFinite
	// NotFiniteData: there is a NaN or an infinity in g, in the first guess or in the
	// values on the boundary; the error names the first.
	NotFiniteData
	// Breakdown: a Krylov method has no direction left that reduces the residual.
	Breakdown
	// Indefinite: conjugate gradients met a direction of the other sign: A is neither
	// positive nor negative definite.
	Indefinite
	// IndefiniteCycle: the same of the cycle that preconditions them.
	IndefiniteCycle
	// NotSymmetric: conjugate gradients were asked for, but A is not symmetric.
	NotSymmetric
	// Incompatible: A is singular, the data have no solution, and [Refuse] was asked for;
	// the error has the defect.
	Incompatible
	// Interrupted: the context was cancelled.
	Interrupted
)

var statuses = [...]struct {
	text string
	err  error
}{
	Running:           {"running", nil},
	Converged:         {"residual below tolerance", nil},
	ConvergedAbsolute: {"residual below absolute tolerance", nil},
	ConvergedBackward: {"backward error below tolerance", nil},
	CyclesDone:        {"all cycles done", nil},
	CycleLimit:        {"cycle limit reached", errors.New("multigrid: cycle limit reached before the tolerance")},
	RoundingLimit:     {"as good as float64 allows: rounding limit reached", nil},
	TooFine:           {"rounding errors hide the solution", errors.New("multigrid: rounding errors of float64 are as large as the right side; want fewer cells along the longest axis")},
	Stagnated:         {"residual stopped falling", errors.New("multigrid: the residual has stopped falling above the tolerance; want another smoother, or more smoothing steps")},
	Diverged:          {"residual grew", errors.New("multigrid: residual grew; the cycle diverges")},
	NotFinite:         {"not a finite number", errors.New("multigrid: a NaN or an infinity in the iteration")},
	NotFiniteData:     {"data that are not finite numbers", errors.New("multigrid: a NaN or an infinity in the data")},
	Breakdown:         {"Krylov method broke down", errors.New("multigrid: breakdown: the Krylov method has no direction left; want another one")},
	Indefinite:        {"operator is not definite", errors.New("multigrid: A is not definite, as conjugate gradients take it; want FGMRES or BiCGStab")},
	IndefiniteCycle:   {"cycle is not definite", errors.New("multigrid: the cycle is not definite, as conjugate gradients take it; want another smoother, FGMRES or BiCGStab")},
	NotSymmetric:      {"operator is not symmetric", errors.New("multigrid: A is not symmetric, as conjugate gradients take it; want FGMRES or BiCGStab")},
	Incompatible:      {"data without a solution", errors.New("multigrid: A is singular and g has no solution; want g with the mean 0, or Project")},
	Interrupted:       {"interrupted", errors.New("multigrid: interrupted")},
}

func (s Status) String() string {
	if s < 0 || int(s) >= len(statuses) {
		return fmt.Sprintf("status %d", int(s))
	}
	return statuses[s].text
}

// Err is nil if the solve ended as asked, else what went wrong.
func (s Status) Err() error {
	if s < 0 || int(s) >= len(statuses) {
		return fmt.Errorf("multigrid: unknown %v", s)
	}
	return statuses[s].err
}

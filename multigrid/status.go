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
	// Converged: the residual is below RelTol times the right side.
	Converged
	// CyclesDone: RelTol is 0 and the cycles asked for were done.
	CyclesDone
	// CycleLimit: MaxCycles cycles did not reach RelTol.
	CycleLimit
	// RoundingLimit: the tolerance was not reached, but no further cycle helps: the
	// residual is down to what rounding u to float64 makes of it,
	// ‖r‖₂ ≤ 2ε (‖A‖ ‖u‖₂ + ‖g‖₂). The answer is as good as this precision allows.
	RoundingLimit
	// TooFine: the rounding limit, on a grid of so many cells along an axis that what
	// rounding makes of the residual is as large as the right side. Nothing is known
	// of the answer.
	TooFine
	// Stagnated: the residual has all but stopped falling, above RelTol and above
	// what rounding explains.
	Stagnated
	// Diverged: the residual grew.
	Diverged
	// NotFinite: a NaN or an infinity appeared.
	NotFinite
	// Interrupted: the context was cancelled.
	Interrupted
)

var statuses = [...]struct {
	text string
	err  error
}{
	Running:       {"running", nil},
	Converged:     {"residual below tolerance", nil},
	CyclesDone:    {"all cycles done", nil},
	CycleLimit:    {"cycle limit reached", errors.New("multigrid: cycle limit reached before the tolerance")},
	RoundingLimit: {"as good as float64 allows: rounding limit reached", nil},
	TooFine:       {"rounding errors hide the solution", errors.New("multigrid: rounding errors of float64 are as large as the right side; want fewer cells along the longest axis")},
	Stagnated:     {"residual stopped falling", errors.New("multigrid: the residual has stopped falling above the tolerance; want another smoother, or more smoothing steps")},
	Diverged:      {"residual grew", errors.New("multigrid: residual grew; the cycle diverges")},
	NotFinite:     {"not a finite number", errors.New("multigrid: a NaN or an infinity in the right side, the start or the iteration")},
	Interrupted:   {"interrupted", errors.New("multigrid: interrupted")},
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

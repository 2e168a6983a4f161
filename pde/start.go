package pde

// First guesses.

import "fmt"

// Start is a first guess of an iteration: the interior values that it begins with.
type Start int

const (
	// Extended is the boundary values extended inwards, see [Field.ExtendBoundary]: zero
	// where these are zero, hence its name on the command line, zero.
	Extended Start = iota
	// Random is uniform in (−½, ½), see [Field.Randomize]: every mode is in it, so it
	// shows the factor of the slowest.
	Random
)

// starts are the names of the first guesses.
var starts = [...]string{Extended: "zero", Random: "random"}

// ParseStart finds a first guess by its name, zero or random.
func ParseStart(name string) (Start, error) {
	for s, known := range starts {
		if name == known {
			return Start(s), nil
		}
	}
	return 0, fmt.Errorf("pde: start %q; want zero or random", name)
}

// String is the name that [ParseStart] reads.
func (s Start) String() string {
	if s < 0 || int(s) >= len(starts) {
		return fmt.Sprintf("Start(%d)", int(s))
	}
	return starts[s]
}

// Fill sets the interior of u to the guess, from its boundary values or, for Random,
// from the seed; what the interior held before does not count.
func (s Start) Fill(u *Field[float64], seed uint64) {
	if s == Random {
		u.Randomize(seed)
		return
	}
	u.ExtendBoundary()
}

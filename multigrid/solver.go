package multigrid

// The solver: cycles until the residual is small, or until something is wrong.

import (
	"context"
	"fmt"
	"math"
	"time"

	"mgtool/pde"
)

// Settings say how a Solver iterates. The zero value is a V(0,0)-cycle, which
// does nothing useful; [DefaultSettings] is a good start.
type Settings struct {
	Cycle Cycle
	Components

	// Precision is Double (the zero value) or Mixed: cycles in float32 between
	// residuals in float64, to the same tolerance, in about half the memory
	// traffic. A cycle of a mixed solve is two to four in float32.
	Precision Precision

	// RelTol ends the solve when ‖r‖₂ ≤ RelTol ‖b‖₂, with b the right side after
	// the boundary values are eliminated; where b = 0, of the first residual.
	// RelTol 0 does MaxCycles cycles; with a full cycle, the one full pass.
	RelTol    float64
	MaxCycles int

	// Recorder, if not nil, is called with the relative residual at the start
	// (cycle 0) and after each cycle.
	Recorder func(cycle int, residual float64)
}

// Precision is that of the numbers of a solve.
type Precision int

const (
	Double Precision = iota // float64
	Mixed                   // float32 inside float64
)

// DefaultSettings is V(1,1) with red-black Gauss–Seidel, to 1e-8, at most 100
// cycles.
func DefaultSettings() Settings {
	return Settings{
		Cycle:     Cycle{Pre: []int{1}, Post: []int{1}, Gamma: 1},
		RelTol:    1e-8,
		MaxCycles: 100,
	}
}

// Result is what a solve has to say.
type Result struct {
	Status Status
	// Cycles done; with a full cycle, the full pass counts as one.
	Cycles int
	// Residuals are ‖r‖₂/‖b‖₂ (‖r‖₂/‖r₀‖₂ where b = 0) at the start and after
	// each cycle, Cycles+1 of them; none if it was interrupted before the first was
	// known. Those of an interrupted solve are of the cycles that were complete.
	Residuals []float64
	// Factor is the last ratio of two residuals that is not yet spoilt by
	// rounding; NaN if there is none.
	Factor float64
	// Time of the solve, without the set-up.
	Time time.Duration
}

// maxCycles bounds MaxCycles: who needs more does not have a multigrid method.
const maxCycles = 1_000_000

// Solver solves −Δu = g on one grid, again and again if need be; its fields are
// allocated once. It is not safe for concurrent use.
type Solver struct {
	settings Settings
	method   numeric
	setup    time.Duration
}

// NewSolver checks the settings and builds the hierarchy of grid. One that does not
// fit into memory, see [Memory], is refused.
func NewSolver(grid pde.Grid, s Settings) (*Solver, error) {
	start := time.Now()
	if err := s.Cycle.Validate(); err != nil {
		return nil, err
	}
	switch {
	case s.Cycle.DownOnly:
		return nil, fmt.Errorf("multigrid: a down-only cycle does not solve; want a V-, W-, F- or full cycle")
	case !(s.RelTol >= 0 && s.RelTol < 1):
		return nil, fmt.Errorf("multigrid: relative tolerance %g; want 0 or more and less than 1", s.RelTol)
	case s.MaxCycles < 1 || s.MaxCycles > maxCycles:
		return nil, fmt.Errorf("multigrid: at most %d cycles; want 1 to %d", s.MaxCycles, maxCycles)
	}
	smooths := false
	for _, steps := range [][]int{s.Cycle.Pre, s.Cycle.Post} {
		for _, k := range steps {
			smooths = smooths || k > 0
		}
	}
	if !smooths {
		return nil, fmt.Errorf("multigrid: no smoothing step in the cycle; want at least one before or after the coarse correction")
	}
	m, err := newMethod(grid, s)
	if err != nil {
		return nil, err
	}
	return &Solver{s, m, time.Since(start)}, nil
}

// newMethod fuses what it can: kernels of the caller's own need a [Hierarchy].
func newMethod(grid pde.Grid, settings Settings) (numeric, error) {
	c := settings.Components
	if c.Smoother == nil {
		c.Smoother = RedBlack{Omega: 1}
	}
	if err := c.Smoother.Validate(); err != nil {
		return nil, err
	}
	if err := checkMemory(grid, settings); err != nil {
		return nil, err
	}
	if s, ok := c.Smoother.(sweeping); ok && c.Transfer == nil && c.CoarseOperator == nil {
		fuse := func(g pde.Grid) (numeric, error) {
			if settings.Precision == Mixed {
				return newMixed(g, s)
			}
			return newFused[float64](g, s)
		}
		if order, change := orderFor(grid); change {
			return newPermuted(grid, order, fuse)
		}
		return fuse(grid)
	}
	if settings.Precision == Mixed {
		return nil, fmt.Errorf("multigrid: mixed precision with kernels of the caller's own; want a smoother by name and no transfer or coarse operator")
	}
	return NewHierarchy(grid, c)
}

// SetupTime is what NewSolver took.
func (s *Solver) SetupTime() time.Duration { return s.setup }

// Levels is the number of grids.
func (s *Solver) Levels() int { return s.method.Levels() }

// Solve improves u, in place, until −Δu = g holds to the tolerance. u brings
// the boundary values and the first guess; a full cycle starts from zero guess
// best if the boundary values are extended first ([pde.Field.ExtendBoundary]).
// The error is that of the Result's Status, or one of the arguments; the Result
// is filled in both cases.
func (s *Solver) Solve(ctx context.Context, u, g *pde.Field) (*Result, error) {
	begin := time.Now()
	if err := s.method.bind(u, g); err != nil {
		return &Result{Factor: math.NaN()}, err
	}
	res := &Result{Residuals: make([]float64, 0, min(s.settings.MaxCycles, 100)+1)}
	t := tracker{settings: &s.settings, diagonal: u.Diagonal(), res: res, factor: math.NaN()}
	s.method.setStop(func() bool { return ctx.Err() != nil })
	cycle, begun := s.settings.Cycle, 0
	if b, r := s.method.start(cycle); s.method.interrupted() {
		res.Status = Interrupted
	} else {
		t.start(b, r)
	}
	// A cycle may leave its last leg to the next one while there will be one.
	hold := func(r float64) bool {
		if ctx.Err() != nil {
			return false
		}
		if s.settings.RelTol > 0 {
			return begun < s.settings.MaxCycles && leastFactor*r > s.settings.RelTol*t.scale
		}
		return !s.settings.Cycle.Full && begun < s.settings.MaxCycles
	}
	after := func(r, u float64) { t.after(ctx, s.method.failure(), r, u) }
	for res.Status == Running {
		begun++
		s.method.cycle(cycle, hold)
		cycle.Full = false // one full pass, then ordinary cycles
		s.method.norms(after)
		if res.Status == Running && s.method.interrupted() {
			res.Status = Interrupted
		}
	}
	if res.Cycles < begun { // it ended before the cycle that was under way
		s.method.complete()
		s.method.norms(after)
	}
	s.method.finish()
	res.Factor = t.factor
	res.Time = time.Since(begin)
	if err := s.method.failure(); err != nil {
		return res, err
	}
	return res, res.Status.Err()
}

// leastFactor is the smallest factor that a cycle is expected to have: where it would
// not be enough, there will be another cycle.
const leastFactor = 0.02

// tracker watches a solve and decides when it ends.
type tracker struct {
	settings *Settings
	diagonal float64 // of A
	res      *Result

	scale    float64 // ‖b‖₂, or ‖r₀‖₂
	smallest float64 // residual so far
	factor   float64 // last ratio above the rounding floor
}

// growth is how far above its smallest value the residual may rise: a good
// cycle never lets it rise, a bad one shows itself within a few cycles.
const growth = 10

// start takes the norm of b and the first residual.
func (t *tracker) start(b, r0 float64) {
	t.factor = math.NaN()
	t.scale = b
	if b == 0 {
		t.scale = r0
	}
	if t.scale == 0 {
		t.scale = 1 // g = 0, u = 0: solved before it began
	}
	t.smallest = r0 / t.scale
	t.record(t.smallest)
	switch first := t.smallest; {
	case math.IsNaN(first) || math.IsInf(first, 0):
		t.res.Status = NotFinite
	case first == 0 || (t.settings.RelTol > 0 && first <= t.settings.RelTol):
		t.res.Status = Converged
	}
}

// after takes the norms of the residual and of u after a cycle and sets the status,
// unless there is one.
func (t *tracker) after(ctx context.Context, coarse error, r, u float64) {
	s, res := t.settings, t.res
	res.Cycles++
	r /= t.scale
	last := res.Residuals[len(res.Residuals)-1]
	t.record(r)
	floor := t.floor(u)
	if ratio := r / last; r > floor && !math.IsInf(ratio, 0) {
		t.factor = ratio
	}
	switch {
	case res.Status != Running:
	case math.IsNaN(r) || math.IsInf(r, 0):
		res.Status = NotFinite
	case coarse != nil:
		res.Status = CoarseFailed
	case r == 0 || (s.RelTol > 0 && r <= s.RelTol):
		res.Status = Converged
	case ctx.Err() != nil:
		res.Status = Interrupted
	case r > growth*t.smallest && r > floor:
		res.Status = Diverged
	case s.RelTol == 0 && (s.Cycle.Full || res.Cycles >= s.MaxCycles):
		res.Status = CyclesDone
	case s.RelTol > 0 && r <= floor && r > 0.5*last:
		res.Status = RoundingLimit
	case res.Cycles >= s.MaxCycles:
		res.Status = CycleLimit
	}
	t.smallest = min(t.smallest, r)
}

func (t *tracker) record(r float64) {
	t.res.Residuals = append(t.res.Residuals, r)
	if t.settings.Recorder != nil {
		t.settings.Recorder(t.res.Cycles, r)
	}
}

// floor is the relative residual that rounding alone can leave: each of the terms
// of A u, together as large as twice the diagonal D of A times u, is off by about
// half an ulp, so r by some 2 ε D |u| and no more than ε |g| beside it.
func (t *tracker) floor(u float64) float64 {
	const eps = 0x1p-53
	return eps * 2 * t.diagonal * u / t.scale
}

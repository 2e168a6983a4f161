// Package multigrid solves A u = g on structured grids by geometric multigrid: the walk
// of package cycle on numbers,
//
//	smooth      u += B (g − A u)
//	restrict    g' = R (g − A u);   u' = 0
//	bottom      u' = A'⁻¹ g'
//	prolong     u += P u'
//
// in one, two and three dimensions, in float64 or in float32 within float64. Each leg of
// a cycle is one pass over memory; all cores take part. A [Solver] runs cycles until the
// problem is solved, and its [Result] says what happened.
package multigrid

// The solver: cycles until the residual is small, or until something is wrong.

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync/atomic"
	"time"

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

	// RelTol ends the solve when ‖r‖₂ ≤ RelTol ‖b‖₂ for r = g − A u and
	// b = g − A E, with E the boundary values extended inwards
	// ([pde.Field.ExtendBoundary]): a constant that is added to the boundary
	// values does not change b, nor what the tolerance means. Where b = 0 and the
	// boundary values are 0, it is ‖r‖₂ ≤ RelTol ‖r₀‖₂ for the first residual r₀.
	// A tolerance that rounding puts out of reach ends the solve as good as the
	// precision allows; see [RoundingLimit].
	//
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
		Cycle:      cycle.Cycle{Pre: []int{1}, Post: []int{1}, Gamma: 1},
		Components: Components{Smoother: RedBlack{Omega: 1}},
		RelTol:     1e-8,
		MaxCycles:  100,
	}
}

// Result is what a solve has to say.
type Result struct {
	Status Status
	// Cycles done; with a full cycle, the full pass counts as one.
	Cycles int
	// Residuals are ‖r‖₂/‖b‖₂ (‖r‖₂/‖r₀‖₂ where b = 0) at the start and after
	// each cycle, Cycles+1 of them; for b see [Settings]. An interrupted solve has
	// those of the cycles that were complete, and none if it ended before the first
	// was known.
	Residuals []float64
	// Factor is the convergence factor: the last ratio of the residuals after and
	// before a cycle of which rounding spoils at most a tenth; NaN if there is
	// none. A full pass is no cycle in this sense.
	Factor float64
	// Time of the solve, without the set-up.
	Time time.Duration
}

// maxCycles bounds MaxCycles: who needs more does not have a multigrid method.
const maxCycles = 1_000_000

// Solver solves −Δu = g on one grid, again and again if need be; its fields are
// allocated once. Two solves at a time need two Solvers: a Solver that is busy
// refuses the second.
type Solver struct {
	settings Settings
	method   numeric
	setup    time.Duration
	busy     atomic.Bool
}

// NewSolver checks the settings and builds the hierarchy of grid. One that does not
// fit into memory, see [Memory], is refused.
func NewSolver(grid pde.Grid, s Settings) (*Solver, error) {
	start := time.Now()
	// A grid that was not made by pde.NewGrid may be anything.
	dim := grid.Dim()
	if made, err := pde.NewGrid(grid.N[:dim], grid.H[:dim]); err != nil {
		return nil, err
	} else if made != grid {
		return nil, fmt.Errorf("multigrid: a grid of %v cells of widths %v; want one of pde.NewGrid", grid.N, grid.H)
	}
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
	return &Solver{settings: s, method: m, setup: time.Since(start)}, nil
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
// The error is that of the Result's Status, with the context's if that was cancelled,
// or one of the arguments; the Result is filled in all cases.
func (s *Solver) Solve(ctx context.Context, u, g *pde.Field[float64]) (*Result, error) {
	begin := time.Now()
	res := &Result{Factor: math.NaN()}
	if !s.busy.CompareAndSwap(false, true) {
		return res, errors.New("multigrid: this Solver is solving already; want a Solver for each solve at a time")
	}
	defer s.busy.Store(false)
	if err := checkFields(u, g); err != nil {
		return res, err
	}
	if err := s.method.bind(u, g); err != nil {
		return res, err
	}
	res.Residuals = make([]float64, 0, min(s.settings.MaxCycles, 100)+1)
	t := tracker{settings: &s.settings, grid: u.Grid, res: res, factor: math.NaN()}
	s.method.setStop(func() bool { return ctx.Err() != nil })
	cycle, begun := s.settings.Cycle, 0
	if data, r := s.method.start(cycle); s.method.interrupted() {
		res.Status = Interrupted
	} else {
		t.start(data, r)
	}
	// A cycle may leave its last leg to the next one while there will be one.
	hold := func(r float64) bool {
		if ctx.Err() != nil {
			return false
		}
		if s.settings.RelTol > 0 {
			return begun < s.settings.MaxCycles && leastFactor*r > t.target
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
	err := res.Status.Err()
	if res.Status == Interrupted {
		err = fmt.Errorf("%w: %w", err, ctx.Err())
	}
	return res, err
}

// checkFields reports fields that no solve can have.
func checkFields(u, g *pde.Field[float64]) error {
	switch {
	case u == nil || g == nil:
		return errors.New("multigrid: u or g is nil; want two fields on the solver's grid")
	case len(u.Data()) == 0 || len(g.Data()) == 0:
		return errors.New("multigrid: u or g has no values; want fields of pde.NewField")
	case &u.Data()[0] == &g.Data()[0]:
		return errors.New("multigrid: u and g are the same field; want two, since u is changed and g is not")
	}
	return nil
}

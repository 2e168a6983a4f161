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
	"mgtool/pde/stencil"
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

	// Watch, if not nil, is shown u and g of a level after every leg of the walk, in
	// its order; they are to be read before it returns. It costs the joining of legs,
	// and takes double precision.
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
	// Defect is the mean of g where A maps constants to 0: no u has it, so it is taken
	// out of g, and u has mean 0.
	Defect float64
}

// maxCycles bounds MaxCycles: who needs more does not have a multigrid method.
const maxCycles = 1_000_000

// Solver solves A u = g any number of times; its fields are allocated once. It runs one
// solve at a time and refuses a second: concurrent solves need a Solver each.
type Solver struct {
	settings Settings
	method   method
	setup    time.Duration
	busy     atomic.Bool
}

// NewSolver checks the settings and builds the levels of A, which is an operator on one
// grid. A solver that does not fit into memory, see [Memory], is refused.
//
//	solver, err := multigrid.NewSolver(stencil.Laplacian(grid), multigrid.DefaultSettings())
func NewSolver(a stencil.Operator, s Settings) (*Solver, error) {
	start := time.Now()
	grid, to := a.Grids()
	if grid != to {
		return nil, fmt.Errorf("multigrid: %v; want an operator on one grid", a)
	}
	// A grid that was not made by pde.NewGrid may be anything.
	dim := grid.Dim()
	made, err := pde.NewGrid(grid.N[:dim], grid.H[:dim])
	if err != nil {
		return nil, err
	}
	if made.Sides, made.Cells, made.Stretch = grid.Sides, grid.Cells, grid.Stretch; made != grid {
		return nil, fmt.Errorf("multigrid: a grid of %v cells of widths %v; want one of pde.NewGrid", grid.N, grid.H)
	}
	if _, err := stencil.Identity(grid); err != nil { // its sides
		return nil, err
	}
	if err := s.Cycle.Validate(); err != nil {
		return nil, err
	}
	switch {
	case s.Precision != Double && s.Precision != Mixed:
		return nil, fmt.Errorf("multigrid: precision %d; want Double or Mixed", s.Precision)
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
	m, err := newMethod(a, s)
	if err != nil {
		return nil, err
	}
	return &Solver{settings: s, method: m, setup: time.Since(start)}, nil
}

// newMethod makes the levels, in the precision and with the order of axes that suit.
func newMethod(a stencil.Operator, settings Settings) (method, error) {
	c := &settings.Components
	if c.Smoother == nil {
		c.Smoother = RedBlack{Omega: 1}
	}
	if c.Coarsening == nil {
		c.Coarsening = usualCoarsening(c.Smoother)
	}
	if err := c.Smoother.Validate(); err != nil {
		return nil, err
	}
	if s, ok := c.Coarsening.(BlackBox); ok {
		return newBlackBox(a, settings, s)
	}
	if settings.Precision == Mixed {
		if settings.Watch != nil {
			return nil, errors.New("multigrid: Watch of a solve in mixed precision; want double")
		}
		if err := checkMixed(a); err != nil {
			return nil, err
		}
	}
	levels, err := coarsen(a, c.Coarsening)
	if err != nil {
		return nil, err
	}
	grid, _ := a.Grids()
	if err := checkMemory(grid, levelsBytes(levels, settings)); err != nil {
		return nil, err
	}
	build := func(levels []Coarse) (method, error) {
		if settings.Precision == Mixed {
			return newMixed(levels[0].A, *c)
		}
		f, err := hierarchyOf[float64](levels, c.Smoother)
		if err != nil {
			return nil, err
		}
		f.watch = settings.Watch
		grid, _ := levels[0].A.Grids()
		if f.levels[0].singular() {
			return newProjected(f, grid), nil
		}
		return f, nil
	}
	if order, change := orderFor(a, settings); change {
		return newPermuted(a, order, build)
	}
	return build(levels)
}

// SetupTime is what NewSolver took.
func (s *Solver) SetupTime() time.Duration { return s.setup }

// Levels is the number of grids.
func (s *Solver) Levels() int { return s.method.Levels() }

// Solve improves u, in place, until A u = g holds to the tolerance. u brings
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
	t := tracker{settings: &s.settings, grid: u.Grid, bounds: s.method.bounds(), res: res, factor: math.NaN()}
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
	after := func(r, u float64) { t.after(ctx, r, u) }
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
	res.Defect = s.method.defect()
	res.Factor = t.factor
	res.Time = time.Since(begin)
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

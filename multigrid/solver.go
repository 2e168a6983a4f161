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

	"mgtool/pde"
	"mgtool/pde/stencil"
)

// maxCycles bounds MaxCycles: who needs more does not have a multigrid method.
const maxCycles = 1_000_000

// Solver solves A u = g any number of times; its fields are allocated once. It runs one
// solve at a time and refuses a second: concurrent solves need a Solver each.
type Solver struct {
	settings Settings
	a        stencil.Operator
	method   method
	linear   linear              // of the method
	krylov   *accelerator        // nil until it is needed
	spare    *pde.Field[float64] // a residual whose size is asked for
	more     []*Solver           // for several systems at a time
	lone     bool                // some unknowns couple with no other
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
	case !(s.AbsTol >= 0 && s.AbsTol <= math.MaxFloat64):
		return nil, fmt.Errorf("multigrid: absolute tolerance %g; want 0 or more", s.AbsTol)
	case !(s.BackwardTol >= 0 && s.BackwardTol < 1):
		return nil, fmt.Errorf("multigrid: backward tolerance %g; want 0 or more and less than 1", s.BackwardTol)
	case s.Baseline < Data || s.Baseline > Absolute:
		return nil, fmt.Errorf("multigrid: baseline %d; want Data, First or Absolute", s.Baseline)
	case s.Norm != Norm2 && s.Norm != NormMax:
		return nil, fmt.Errorf("multigrid: norm %d; want Norm2 or NormMax", s.Norm)
	case s.Singular != Project && s.Singular != Refuse:
		return nil, fmt.Errorf("multigrid: singular %d; want Project or Refuse", s.Singular)
	case s.Krylov < None || s.Krylov > Auto:
		return nil, fmt.Errorf("multigrid: Krylov method %d; want None, CG, FGMRES, BiCGStab or Auto", s.Krylov)
	case s.Watch != nil && s.Krylov.named():
		return nil, fmt.Errorf("multigrid: Watch of a solve by %v; want cycles alone", s.Krylov)
	case s.Patience < 0:
		return nil, fmt.Errorf("multigrid: patience for %d iterations; want 1 or more, or 0 for as many as MaxCycles", s.Patience)
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
	if s.Krylov == CG {
		if err := symmetric(s.Cycle); err != nil {
			return nil, err
		}
	}
	if s.Krylov == BiCGStab && Minimises(s.Smoother) {
		return nil, errors.New("multigrid: a smoother that minimises the residual, which is not linear, in BiCGStab; want FGMRES")
	}
	m, err := newMethod(a, s)
	if err != nil || !finite(m.bounds().norm) {
		if named := notFiniteIn(a); named != nil {
			err = fmt.Errorf("multigrid: coefficients of %v: %w", a, named)
		}
	}
	if err != nil {
		return nil, err
	}
	solver := &Solver{settings: s, a: a, method: m, linear: m.linear(), lone: hasLone(a)}
	if s.Krylov == CG {
		if err := solver.linear.adjoint(); err != nil {
			return nil, err
		}
	}
	if s.Krylov.named() {
		solver.linear.begin(s.Cycle, s.Krylov == CG)
		solver.accelerator(s.Krylov)
	}
	solver.setup = time.Since(start)
	return solver, nil
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
	switch s := c.Coarsening.(type) {
	case BlackBox:
		return newBlackBox(a, settings, s)
	case Aggregation:
		return newAggregated(a, settings)
	}
	if ofBlocks(c.Smoother) {
		return nil, fmt.Errorf("multigrid: smoother %v with %T; it takes black-box coarsening", c.Smoother, c.Coarsening)
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
		f, err := hierarchyOf[float64](levels, c.Smoother, units{})
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
	res := &Result{Factor: math.NaN(), TrueResidual: math.NaN()}
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
	res.Levels, res.Times.Setup = s.Levels(), s.setup
	t := tracker{settings: &s.settings, grid: u.Grid, bounds: s.method.bounds(), res: res, factor: math.NaN(), products: products(s.a, u, s.settings.Norm)}
	s.method.setStop(func() bool { return ctx.Err() != nil })
	err := s.begin(&t, u, g)
	res.Times.Start = time.Since(begin)
	if res.Status == Running {
		s.cycles(ctx, &t)
		res.Times.Cycles = time.Since(begin) - res.Times.Start
	}
	if res.Status == Running {
		s.accelerate(ctx, &t)
		res.Times.Krylov = time.Since(begin) - res.Times.Start - res.Times.Cycles
	}
	res.Time = time.Since(begin)
	if len(res.Residuals) > 0 {
		s.method.setStop(nil)
		r, _ := s.norms()
		res.TrueResidual = r / t.scale
	}
	res.Times.Check = time.Since(begin) - res.Time
	s.method.finish()
	res.Defect = s.method.defect()
	res.Factor = t.meanFactor()
	if err == nil {
		err = res.Status.Err()
	}
	if res.Status == Interrupted {
		err = fmt.Errorf("%w: %w", err, ctx.Err())
	}
	return res, err
}

// begin takes the norms of the data and the first residual; if the solve ends there, the
// error may say more than the status.
func (s *Solver) begin(t *tracker, u, g *pde.Field[float64]) error {
	c := s.settings.Cycle
	if s.settings.Krylov.named() && !c.Full || s.settings.Norm != Norm2 || s.lone {
		c.Full = false // the residual alone, without the first leg of a cycle
	}
	data, r := s.method.start(c)
	if s.method.interrupted() {
		t.res.Status = Interrupted
		return nil
	}
	unknown := 0.0 // ‖u‖, which only a backward error needs so early
	if s.settings.Norm != Norm2 || s.lone {
		data = s.dataSizes(data)
	}
	if s.settings.Norm != Norm2 || s.settings.BackwardTol > 0 {
		r, unknown = s.norms()
	}
	t.start(data, r, unknown)
	switch {
	case t.res.Status == NotFinite:
		if err := notFinite("u", u, true); err != nil {
			t.res.Status = NotFiniteData
			return fmt.Errorf("%w: %w", NotFiniteData.Err(), err)
		}
		if err := notFinite("g", g, false); err != nil {
			t.res.Status = NotFiniteData
			return fmt.Errorf("%w: %w", NotFiniteData.Err(), err)
		}
	case s.settings.Singular == Refuse:
		if defect := s.method.defect(); t.incompatible(defect) {
			t.res.Status = Incompatible
			return fmt.Errorf("%w: the mean of g is %g", Incompatible.Err(), defect)
		}
	}
	return nil
}

// cycles does cycles until the solve ends, or until a Krylov method takes over: then the
// status is still Running.
func (s *Solver) cycles(ctx context.Context, t *tracker) {
	cycle, begun := s.settings.Cycle, 0
	t.handOver = s.settings.Krylov.named() && !cycle.Full
	// A cycle may leave its last leg to the next one while there will be one.
	hold := func(r float64) bool {
		switch {
		case ctx.Err() != nil || s.settings.Norm != Norm2 || s.settings.BackwardTol > 0:
			return false
		case s.settings.Krylov.named():
			return false
		case t.tolerant():
			return begun < s.settings.MaxCycles && leastFactor*r > t.target()
		}
		return !s.settings.Cycle.Full && begun < s.settings.MaxCycles
	}
	after := func(r, u float64) {
		if s.settings.Norm != Norm2 {
			r, u = s.norms()
		}
		t.after(ctx, r, u)
	}
	for t.res.Status == Running && !t.handOver {
		begun++
		s.method.cycle(cycle, hold)
		cycle.Full = false // one full pass, then ordinary cycles
		s.method.norms(after)
		// Where the last leg is held back, a stall is seen in the midst of the next cycle:
		// elsewhere there is one more cycle as well, so that nothing depends on it.
		t.handOver = t.handOver || t.stallSeen > 0 && begun > t.stallSeen
		if t.res.Status == Running && s.method.interrupted() {
			t.res.Status = Interrupted
		}
	}
	if t.res.Cycles < begun { // it ended before the cycle that was under way
		s.method.complete()
		s.method.norms(after)
	}
}

// norms are ‖g − A u‖ and ‖u‖ now, by the definition, in the norm of the settings.
func (s *Solver) norms() (r, u float64) {
	if s.settings.Norm == Norm2 {
		return s.linear.norms()
	}
	at, g := s.linear.bound()
	return s.residualSize(at, g), s.size(at)
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

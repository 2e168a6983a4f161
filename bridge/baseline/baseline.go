// Package baseline finds the fastest classical method of this project for a system
//
//	A u = g
//
// so that what is learned is compared with the best that is not. It tries relaxation of
// points, lines and planes, rediscretised, Galerkin, operator-dependent and algebraic
// coarsening, cycles of every shape with 1 or 2 steps before and after, Krylov methods around
// them, and mixed precision; it times the best ones, and any others that it is given, by
// solves that take turns, so that what else the machine does falls on all alike.
package baseline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"mgtool/multigrid"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// Options bound a search. Zero values have the defaults that are stated.
type Options struct {
	RelTol    float64       // to which ‖r‖/‖g‖ is reduced; 1e-8
	MaxCycles int           // of a candidate; 200
	Finalists int           // that are timed in turns, beside Choose's method and Also; 6
	Repeats   int           // solves of each of them; 5
	Budget    time.Duration // of the search, after which no other candidate begins; two minutes
	// Boundary has the values on Dirichlet sides in its ghosts; nil is 0.
	Boundary  *pde.Field[float64]
	Also      []Candidate      // methods that are timed with the finalists, learned ones for instance
	WithSetup bool             // a method's time is that of its set-up and one solve, not of the solve alone
	Report    func(p Progress) // if not nil, told of each solve
}

// Candidate is a method with a name. With Tune, one of Options.Also gets the shape of cycle, the
// Krylov method and the precision that make it fastest, and these in its name.
type Candidate struct {
	Name     string
	Settings multigrid.Settings
	Tune     bool
}

// Progress is where a search stands.
type Progress struct {
	Tried int     // candidates so far
	Name  string  // of the one that begins
	Turn  int     // of the timing, from 1; 0 during the search
	Best  float64 // seconds of the fastest so far; NaN before there is one
}

// Row is a method that was timed.
type Row struct {
	Candidate
	Chosen bool // the method of [multigrid.Choose]
	Also   bool // one of Options.Also

	Levels       int
	Cycles       int       // and iterations of a Krylov method
	Factor       float64   // see [multigrid.Result]
	TrueResidual float64   // ‖g − A u‖/‖g‖ of the last solve
	SetupS       float64   // seconds, the median of the turns
	SolveS       float64   // the same of a solve
	SolvesS      []float64 // seconds of the solves, by turn
	Err          error     // why it has no time: it did not converge, or cannot be built; nil otherwise
}

// Seconds is what rows are in order of.
func (r Row) Seconds(withSetup bool) float64 {
	switch {
	case r.Err != nil:
		return math.Inf(1)
	case withSetup:
		return r.SetupS + r.SolveS
	}
	return r.SolveS
}

// Best returns the finalists, Choose's method and Options.Also, the fastest first; those that
// do not converge are last. It is an error if no classical method converges.
func Best(ctx context.Context, a stencil.Operator, g *pde.Field[float64], o Options) ([]Row, error) {
	s, err := newSearch(ctx, a, g, o)
	if err != nil {
		return nil, err
	}
	s.run()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	finalists := s.finalists()
	if len(finalists) == 0 {
		return nil, fmt.Errorf("baseline: none of %d classical methods reaches %g: %w", len(s.tried), s.RelTol, s.failure)
	}
	return s.turns(finalists)
}

// with has the defaults for what is not given, or says what cannot be.
func (o Options) with() (Options, error) {
	o.RelTol, o.MaxCycles = cmp.Or(o.RelTol, 1e-8), cmp.Or(o.MaxCycles, 200)
	o.Finalists, o.Repeats, o.Budget = cmp.Or(o.Finalists, 6), cmp.Or(o.Repeats, 5), cmp.Or(o.Budget, 2*time.Minute)
	switch {
	case !(o.RelTol > 0 && o.RelTol < 1):
		return o, fmt.Errorf("baseline: relative tolerance %g; want more than 0 and less than 1", o.RelTol)
	case o.MaxCycles < 1:
		return o, fmt.Errorf("baseline: at most %d cycles; want 1 or more", o.MaxCycles)
	case o.Finalists < 1 || o.Repeats < 1:
		return o, fmt.Errorf("baseline: %d finalists and %d repeats; want 1 or more of both", o.Finalists, o.Repeats)
	case o.Budget < 0:
		return o, fmt.Errorf("baseline: a budget of %v; want more than 0", o.Budget)
	}
	return o, nil
}

// entrant is a method that is being timed.
type entrant struct {
	row    Row
	setups []float64
}

// turns times the finalists and the others, a solve of each at a time.
func (s *search) turns(finalists []Candidate) ([]Row, error) {
	var list []*entrant
	add := func(c Candidate, chosen, also bool) {
		for _, e := range list {
			if e.row.Name == c.Name && !also {
				e.row.Chosen = e.row.Chosen || chosen
				return
			}
		}
		list = append(list, &entrant{row: Row{Candidate: c, Chosen: chosen, Also: also, Factor: math.NaN(), TrueResidual: math.NaN()}})
	}
	for _, c := range finalists {
		add(c, false, false)
	}
	add(s.chosen, true, false)
	for _, c := range s.Also {
		c.Settings.RelTol, c.Settings.MaxCycles = s.RelTol, s.MaxCycles
		if c.Tune {
			if c = s.tune(c); s.ctx.Err() != nil {
				return nil, s.ctx.Err()
			}
		}
		add(c, false, true)
	}
	for turn := 1; turn <= s.Repeats; turn++ {
		for _, e := range list {
			if e.row.Err != nil {
				continue
			}
			s.report(e.row.Name, turn)
			e.solve(s)
			if s.ctx.Err() != nil {
				return nil, s.ctx.Err()
			}
		}
	}
	var rows []Row
	for _, e := range list {
		e.row.SetupS, e.row.SolveS = median(e.setups), median(e.row.SolvesS)
		rows = append(rows, e.row)
	}
	slices.SortStableFunc(rows, func(x, y Row) int { return cmp.Compare(x.Seconds(s.WithSetup), y.Seconds(s.WithSetup)) })
	return rows, nil
}

// solve does one, with a set-up of its own: where memory lies is another chance each time.
func (e *entrant) solve(s *search) {
	res, setup, levels, err := s.solve(e.row.Settings, math.Inf(1))
	e.row.Err = err
	if err != nil {
		return
	}
	e.setups, e.row.SolvesS = append(e.setups, setup), append(e.row.SolvesS, res.Time.Seconds())
	e.row.Levels, e.row.Cycles, e.row.Factor, e.row.TrueResidual = levels, res.Cycles, res.Factor, res.TrueResidual
}

// errInaccurate is of a solve that says it converged, and has not.
var errInaccurate = errors.New("baseline: the residual of the answer is above the tolerance")

// solve solves from the boundary values extended inwards. Where limit is finite, the solve is
// stopped after slow times that in seconds and patience; the set-up does not count.
func (s *search) solve(settings multigrid.Settings, limit float64) (res *multigrid.Result, setup float64, levels int, err error) {
	solver, err := multigrid.NewSolver(s.a, settings)
	if err != nil {
		return nil, 0, 0, err
	}
	ctx := s.ctx
	if !math.IsInf(limit, 1) {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, patience+time.Duration(slow*limit*float64(time.Second)))
		defer cancel()
	}
	copy(s.u.Data(), s.start.Data())
	res, err = solver.Solve(ctx, s.u, s.g)
	if err == nil && !(res.TrueResidual <= 1.01*s.RelTol) {
		err = fmt.Errorf("%w: %.3g, %v", errInaccurate, res.TrueResidual, res.Status)
	}
	return res, solver.SetupTime().Seconds(), solver.Levels(), err
}

// median is that of a list, the lower of two in the middle; NaN of an empty one.
func median(list []float64) float64 {
	if len(list) == 0 {
		return math.NaN()
	}
	return slices.Sorted(slices.Values(list))[(len(list)-1)/2]
}

// Package nonlinear solves nonlinear problems N(u) = g by the full approximation scheme
// (Brandt, Math. Comp. 31, 1977): the walk of package cycle, with a state (u, g) on each
// level,
//
//	smooth      relax N(u) = g
//	restrict    u' = Π u,   u'₀ = u',   g' = R (g − N(u)) + N'(u')
//	bottom      solve N'(u') = g'
//	prolong     u += P (u' − u'₀)
//
// A coarse grid holds the whole approximation, not a correction: a correction means nothing
// where superposition does not hold. There is no outer Newton iteration, and for linear N it
// is the correction scheme. The usual N(u) = A u + f(u) is a [Reaction].
package nonlinear

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"mgtool/multigrid"
	"mgtool/multigrid/cycle"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// Operator is N on one grid. Fields that it is given are on that grid; it may fill ghosts of
// u along periodic sides.
type Operator interface {
	Grid() pde.Grid
	// Residual sets r = g − N(u) at the unknowns.
	Residual(r, u, g *pde.Field[float64]) error
	// Relax does one smoothing step for N(u) = g.
	Relax(u, g *pde.Field[float64])
	// Solve improves u until N(u) = g, as well as it can; it is called on the coarsest grid.
	Solve(u, g *pde.Field[float64])
	// Coarsen returns N on the next coarser grid, and the transfers to it and back. If ok is
	// false, there is none: this grid is the coarsest.
	Coarsen() (coarse Operator, r, p stencil.Operator, ok bool, err error)
	// Noise bounds the ‖g − N(u)‖₂ that rounding leaves, given the norms of u and g.
	Noise(u, g float64) float64
}

// Settings say how a Solver iterates; [DefaultSettings] is a good start.
type Settings struct {
	Cycle cycle.Cycle
	// RelTol ends the solve when ‖g − N(u)‖₂ is at most RelTol times that of the first guess;
	// RelTol 0 does MaxCycles cycles.
	RelTol    float64
	MaxCycles int
	// Recorder, if not nil, is called with the relative residual at the start (cycle 0) and
	// after each cycle.
	Recorder func(cycle int, residual float64)
}

// DefaultSettings is full multigrid, then V(2,1)-cycles to 1e-8, at most 100.
func DefaultSettings() Settings {
	return Settings{Cycle: cycle.Cycle{Pre: []int{2}, Post: []int{1}, Full: true}, RelTol: 1e-8, MaxCycles: 100}
}

// Solver solves N(u) = g any number of times, one at a time.
type Solver struct {
	settings Settings
	levels   []*level
}

// level is the state of a level, which the walk passes on as a handle.
type level struct {
	op   Operator
	u, g *pde.Field[float64] // of the caller on the finest level
	u0   *pde.Field[float64] // u as restricted; nil on the finest level
	r    *pde.Field[float64] // residual, or u − u0 with ghosts that are 0
	add  *pde.Field[float64] // P of what comes from below; nil on the coarsest level

	down, up stencil.Operator // R and P to and from the next level
	inject   injection        // Π
	coarser  *level
}

// New builds the levels of N.
func New(n Operator, s Settings) (*Solver, error) {
	if err := s.Cycle.Validate(); err != nil {
		return nil, err
	}
	switch {
	case n == nil:
		return nil, errors.New("nonlinear: no operator; want one")
	case s.Cycle.DownOnly:
		return nil, errors.New("nonlinear: a down-only cycle does not solve; want a V-, W-, F- or full cycle")
	case !(s.RelTol >= 0 && s.RelTol < 1):
		return nil, fmt.Errorf("nonlinear: relative tolerance %g; want 0 or more and less than 1", s.RelTol)
	case s.MaxCycles < 1:
		return nil, fmt.Errorf("nonlinear: at most %d cycles; want 1 or more", s.MaxCycles)
	case n.Grid().Stretch != nil:
		return nil, fmt.Errorf("nonlinear: unequal widths on %v; want equal ones along each axis", n.Grid())
	}
	solver := &Solver{settings: s}
	l := &level{op: n, r: pde.NewField[float64](n.Grid())}
	for {
		solver.levels = append(solver.levels, l)
		coarse, r, p, ok, err := l.op.Coarsen()
		if err != nil {
			return nil, err
		}
		if !ok {
			return solver, nil
		}
		fine, grid := l.op.Grid(), coarse.Grid()
		l.down, l.up, l.inject = r, p, newInjection(fine, grid)
		l.add = pde.NewField[float64](fine)
		field := func() *pde.Field[float64] { return pde.NewField[float64](grid) }
		l.coarser = &level{op: coarse, u: field(), u0: field(), g: field(), r: field()}
		l = l.coarser
	}
}

// Levels is the number of grids.
func (s *Solver) Levels() int { return len(s.levels) }

// Solve improves u, which brings boundary values and the first guess, in place until
// N(u) = g holds to the tolerance. A problem with several solutions gives one near the
// guess. Residuals and Factor of the result are as those of [multigrid.Result], relative to
// the first residual. The error is that of the Result's Status, or one of the arguments.
func (s *Solver) Solve(ctx context.Context, u, g *pde.Field[float64]) (*multigrid.Result, error) {
	begin := time.Now()
	res := &multigrid.Result{Factor: math.NaN()}
	top := s.levels[0]
	switch grid := top.op.Grid(); {
	case u == nil || g == nil || u == g:
		return res, errors.New("nonlinear: u or g is nil, or both are one field; want two")
	case u.Grid != grid || g.Grid != grid:
		return res, fmt.Errorf("nonlinear: u on %v and g on %v; want both on the operator's grid, %v", u.Grid, g.Grid, grid)
	}
	top.u, top.g = u, g
	defer func() { top.u, top.g = nil, nil }()
	m := &method{levels: s.levels}
	r0 := m.residual()
	scale, last, smallest := r0, r0, r0
	if r0 == 0 {
		scale = 1
	}
	record := func(r float64) {
		res.Residuals = append(res.Residuals, r/scale)
		if s.settings.Recorder != nil {
			s.settings.Recorder(res.Cycles, r/scale)
		}
	}
	record(r0)
	switch {
	case math.IsNaN(r0) || math.IsInf(r0, 0):
		res.Status = multigrid.NotFinite
	case r0 == 0:
		res.Status = multigrid.Converged
	case ctx.Err() != nil:
		res.Status = multigrid.Interrupted
	}
	schedule := s.settings.Cycle
	for res.Status == multigrid.Running {
		full := schedule.Full
		cycle.Run(m, schedule, top)
		schedule.Full = false
		r := m.residual()
		if m.err != nil {
			return res, m.err
		}
		res.Cycles++
		record(r)
		noise := top.op.Noise(norm(u), norm(g))
		if !full && r > 8*noise {
			res.Factor = r / last
		}
		switch tol := s.settings.RelTol; {
		case math.IsNaN(r) || math.IsInf(r, 0):
			res.Status = multigrid.NotFinite
		case r == 0 || tol > 0 && r <= tol*r0:
			res.Status = multigrid.Converged
		case ctx.Err() != nil:
			res.Status = multigrid.Interrupted
		case r > 1e3*smallest && r > noise && !full: // far from a solution residuals may rise at first
			res.Status = multigrid.Diverged
		case tol > 0 && r <= noise && r > last/2:
			res.Status = multigrid.RoundingLimit
		case res.Cycles >= s.settings.MaxCycles && tol == 0:
			res.Status = multigrid.CyclesDone
		case res.Cycles >= s.settings.MaxCycles:
			res.Status = multigrid.CycleLimit
		}
		last, smallest = r, min(smallest, r)
	}
	res.Time = time.Since(begin)
	err := res.Status.Err()
	if res.Status == multigrid.Interrupted {
		err = fmt.Errorf("%w: %w", err, ctx.Err())
	}
	return res, err
}

// norm is the Euclidean norm over the unknowns, added in an order that does not depend on
// the number of threads.
func norm(f *pde.Field[float64]) float64 {
	n := f.Inner(0)
	sums := make([]float64, f.RowCount())
	f.Rows(func(j, k int) {
		sum := 0.0
		for _, v := range f.Row(j, k)[1 : 1+n] {
			sum += v * v
		}
		j0, j1 := f.Inside(1)
		k0, _ := f.Inside(2)
		sums[(k-k0)*(j1-j0)+j-j0] = sum
	})
	total := 0.0
	for _, sum := range sums {
		total += sum
	}
	return math.Sqrt(total)
}

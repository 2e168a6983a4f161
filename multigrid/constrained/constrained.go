// Package constrained solves linear problems with a lower bound,
//
//	min ½ uᵀA u − gᵀu  over  u ≥ ψ,
//
// for a symmetric positive definite A on a grid: the obstacle problem, or, with ψ = 0, the
// constrained linear model A u = g, u ≥ 0 of the lectures (17)–(18). The minimiser is the one
// u with
//
//	u ≥ ψ,   A u ≥ g,   (u − ψ)ᵀ(A u − g) = 0.
//
// A cycle is one of truncated monotone multigrid (Kornhuber, Numer. Math. 69, 1994; with the
// projection and the line search of Gräser and Kornhuber, J. Comput. Math. 27, 2009):
//
//	smooth      projected Gauss–Seidel: u(x) ← max(ψ(x), u(x) + ω r(x)/a(x)), r = g − A u
//	truncate    T = 1 where u > ψ, 0 where u touches ψ
//	coarse      d ≈ (T A T)⁺ T r by linear multigrid, its coarse operators Pᵀ T A T P
//	correct     w = max(ψ, u + d) − u,   u += α w,   α = min(1, rᵀw / wᵀA w)
//	smooth      as above
//
// No step raises the energy, so that the iteration converges from every start; once it has
// the contact set it is multigrid for a linear problem, with its factor. A full cycle starts
// from the solutions on coarser grids.
package constrained

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

// Settings say how a Solver iterates; [DefaultSettings] is a good start.
type Settings struct {
	// Cycle has the numbers of sweeps and the schedule. With Full the first guess comes from
	// the coarser grids, which solve their own constrained problems.
	Cycle cycle.Cycle
	// Omega is the ω of the projected sweeps on the finest grid, in (0, 2); 0 means 1. With
	// more than 1 they are projected SOR (Cryer, SIAM J. Control 9, 1971).
	Omega float64
	// Relaxation does the sweeps of a cycle alone, without its coarse grids.
	Relaxation bool
	// RelTol ends the solve when the residual is at most RelTol times that of the first
	// guess; RelTol 0 does MaxCycles cycles.
	RelTol    float64
	MaxCycles int
	// Recorder, if not nil, is called with the residual at the start (cycle 0) and after each
	// cycle, and with u, for reading.
	Recorder func(cycle int, residual float64, u *pde.Field[float64])
}

// DefaultSettings is full multigrid, then W(2,2)-cycles to 1e-8, at most 100. Where the contact
// set has many parts, the coarse operators are those of a domain with many holes: the factor of
// V-cycles then grows with the number of levels, that of W-cycles does not.
func DefaultSettings() Settings {
	return Settings{Cycle: cycle.Cycle{Pre: []int{2}, Post: []int{2}, Gamma: 2, Full: true}, RelTol: 1e-8, MaxCycles: 100}
}

// Solver solves constrained problems with one A, any number of times, one at a time.
type Solver struct {
	settings Settings
	levels   []*level
	coarser  *Solver          // of the next grid, for the first guess of a full cycle
	down, up stencil.Operator // to its grid and back
}

// Result tells how a solve went.
type Result struct {
	Status multigrid.Status
	Cycles int // without the first guess of a full cycle
	// Residuals are ‖min(a (u − ψ), A u − g)‖₂, a the diagonal of A, at the start and after
	// each cycle, over that of the caller's first guess made feasible: 0 only at the solution,
	// and ‖g − A u‖₂ where no constraint acts.
	Residuals []float64
	// TrueResidual is the last of these, computed again without the solver's masks.
	TrueResidual float64
	Factor       float64 // the last ratio of two residuals above rounding; NaN if there is none
	Levels       int
	Contact      int // unknowns with u = ψ
	Time         time.Duration
}

// New builds the levels of A, which is symmetric and positive definite with at most 3^d
// points, on vertices with given values on every side. Its grid needs numbers of cells with
// factors of two, down to 1024 unknowns.
func New(a stencil.Operator, s Settings) (*Solver, error) {
	if err := s.Cycle.Validate(); err != nil {
		return nil, err
	}
	if s.Omega == 0 {
		s.Omega = 1
	}
	sweeps := 0
	for _, list := range [][]int{s.Cycle.Pre, s.Cycle.Post} {
		if len(list) > 0 {
			sweeps += list[0]
		}
	}
	switch {
	case s.Cycle.DownOnly:
		return nil, errors.New("constrained: a down-only cycle does not solve; want a V-, W-, F- or full cycle")
	case sweeps < 1:
		return nil, errors.New("constrained: no sweeps on the finest grid; want 1 or more, they are what moves the contact set")
	case !(s.Omega > 0 && s.Omega < 2):
		return nil, fmt.Errorf("constrained: ω = %g; want more than 0 and less than 2", s.Omega)
	case !(s.RelTol >= 0 && s.RelTol < 1):
		return nil, fmt.Errorf("constrained: relative tolerance %g; want 0 or more and less than 1", s.RelTol)
	case s.MaxCycles < 1:
		return nil, fmt.Errorf("constrained: at most %d cycles; want 1 or more", s.MaxCycles)
	}
	solver := &Solver{settings: s}
	list := []multigrid.Coarse{{A: a}}
	top, err := newFinest(a)
	if err != nil {
		return nil, err
	}
	solver.levels = []*level{top}
	for l := top; !s.Relaxation; l = l.coarser {
		next, ok, err := multigrid.Galerkin{}.Coarsen(list)
		if err != nil {
			return nil, err
		}
		if !ok {
			if unknowns := l.grid.Unknowns(); unknowns > mostSolved {
				return nil, fmt.Errorf("constrained: the coarsest grid has %v, %d unknowns; want at most %d: numbers of cells with more factors of two", l.grid, unknowns, mostSolved)
			}
			break
		}
		list = append(list, next)
		grid, _ := next.A.Grids()
		l.coarser = newCoarse(l, grid)
		solver.levels = append(solver.levels, l.coarser)
	}
	if s.Cycle.Full && len(list) > 1 {
		inner := s
		inner.RelTol, inner.MaxCycles, inner.Recorder = 0, nested, nil
		if solver.coarser, err = New(list[1].A, inner); err != nil {
			return nil, err
		}
		solver.down, solver.up = list[1].R, list[1].P
	}
	return solver, nil
}

const (
	mostSolved = 1024 // unknowns of the coarsest grid
	nested     = 2    // cycles on each coarser grid of a full cycle
)

// Levels is the number of grids.
func (s *Solver) Levels() int { return len(s.levels) }

// Solve improves u, which brings boundary values and the first guess, in place until the
// residual is small enough. psi is the bound, nil for 0; −∞ is no bound at a point. The error
// is that of the Result's Status, or one of the arguments.
func (s *Solver) Solve(ctx context.Context, u, g, psi *pde.Field[float64]) (*Result, error) {
	begin := time.Now()
	top := s.levels[0]
	res := &Result{Factor: math.NaN(), TrueResidual: math.NaN(), Levels: len(s.levels)}
	if psi == nil {
		psi = pde.NewField[float64](top.grid)
	}
	switch {
	case u == nil || g == nil || u == g || u == psi || g == psi:
		return res, errors.New("constrained: u or g is nil, or two of u, g and ψ are one field; want different fields")
	case u.Grid != top.grid || g.Grid != top.grid || psi.Grid != top.grid:
		return res, fmt.Errorf("constrained: u on %v, g on %v and ψ on %v; want all on the operator's grid, %v", u.Grid, g.Grid, psi.Grid, top.grid)
	}
	if err := finite(u, g, psi); err != nil {
		res.Status = multigrid.NotFiniteData
		return res, err
	}
	top.u, top.g, top.psi = u, g, psi
	defer func() { top.u, top.g, top.psi = nil, nil, nil }()
	top.raise()
	first := top.complementarity()
	m := &method{s.levels, s.settings, nil}
	if s.coarser != nil && first > 0 {
		if err := s.guess(ctx); err != nil {
			return res, err
		}
	}
	scale := first
	if first == 0 {
		scale = 1
	}
	record := func(r float64) {
		res.Residuals = append(res.Residuals, r/scale)
		if s.settings.Recorder != nil {
			s.settings.Recorder(res.Cycles, r/scale, u)
		}
	}
	last := top.complementarity()
	record(last)
	schedule, tol := s.settings.Cycle, s.settings.RelTol
	schedule.Full = false
	if last == 0 || tol > 0 && last <= tol*first {
		res.Status = multigrid.Converged
	}
	for stuck := 0; res.Status == multigrid.Running; {
		if ctx.Err() != nil {
			res.Status = multigrid.Interrupted
			break
		}
		cycle.Run(m, schedule, top)
		if m.err != nil {
			return res, m.err
		}
		r := top.complementarity()
		res.Cycles++
		record(r)
		noise := top.noise()
		if r > 8*noise {
			res.Factor = r / last
		}
		if r < last*stalled {
			stuck = 0
		} else {
			stuck++
		}
		switch {
		case math.IsNaN(r) || math.IsInf(r, 0):
			res.Status = multigrid.NotFinite
		case r == 0 || tol > 0 && r <= tol*first:
			res.Status = multigrid.Converged
		case tol > 0 && r <= noise && r > last/2:
			res.Status = multigrid.RoundingLimit
		case res.Cycles >= s.settings.MaxCycles && tol == 0:
			res.Status = multigrid.CyclesDone
		case res.Cycles >= s.settings.MaxCycles:
			res.Status = multigrid.CycleLimit
		case tol > 0 && stuck >= patience && !s.settings.Relaxation:
			res.Status = multigrid.Stagnated
		}
		last = r
	}
	var err error
	if res.TrueResidual, err = trueResidual(top.a, u, g, psi); err != nil {
		return res, err
	}
	res.TrueResidual /= scale
	res.Contact = top.contact()
	res.Time = time.Since(begin)
	err = res.Status.Err()
	if res.Status == multigrid.Interrupted {
		err = fmt.Errorf("%w: %w", err, ctx.Err())
	}
	return res, err
}

// A solve has stagnated after patience cycles in a row that leave more than the share stalled
// of the residual. While the contact set grows or shrinks point by point the residual may
// stay for some cycles, with the energy falling.
const (
	stalled  = .999
	patience = 20
)

// guess makes u the solution of the problem on the next coarser grid, interpolated and
// raised to ψ: A' = R A P, g' = R g, and ψ' and the boundary values at the coarse points.
func (s *Solver) guess(ctx context.Context) error {
	top := s.levels[0]
	coarse := s.coarser.levels[0].grid
	u, g, psi := pde.NewField[float64](coarse), pde.NewField[float64](coarse), pde.NewField[float64](coarse)
	sample(u, top.u)
	sample(psi, top.psi)
	if err := s.down.Apply(g, top.g); err != nil {
		return err
	}
	if _, err := s.coarser.Solve(ctx, u, g, psi); err != nil {
		return err
	}
	if err := s.up.Apply(top.u, u); err != nil {
		return err
	}
	top.raise()
	return nil
}

// finite refuses data that are not numbers; ψ may be −∞.
func finite(u, g, psi *pde.Field[float64]) error {
	for _, f := range []struct {
		name  string
		field *pde.Field[float64]
	}{{"u", u}, {"g", g}, {"ψ", psi}} {
		for row := range f.field.RowCount() {
			j, k := f.field.RowAt(row)
			for i, v := range f.field.Row(j, k)[1 : 1+f.field.Inner(0)] {
				if math.IsNaN(v) || math.IsInf(v, 0) && (f.name != "ψ" || v > 0) {
					return fmt.Errorf("%w: %s is %g at (%d, %d, %d)", multigrid.NotFiniteData.Err(), f.name, v, i+1, j, k)
				}
			}
		}
	}
	return nil
}

// trueResidual is the residual of [Result] from its definition, with package stencil.
func trueResidual(a stencil.Operator, u, g, psi *pde.Field[float64]) (float64, error) {
	r := pde.NewField[float64](u.Grid)
	if err := a.Residual(r, u, g); err != nil {
		return 0, err
	}
	constant, varying, err := a.Diagonal()
	if err != nil {
		return 0, err
	}
	sum := 0.0
	for row := range u.RowCount() {
		j, k := u.RowAt(row)
		for i := 1; i <= u.Inner(0); i++ {
			d := constant
			if varying != nil {
				d = varying.At(i, j, k)
			}
			v := min(d*(u.At(i, j, k)-psi.At(i, j, k)), -r.At(i, j, k))
			sum += v * v
		}
	}
	return math.Sqrt(sum), nil
}

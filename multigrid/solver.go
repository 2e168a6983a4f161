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

	// RelTol ends the solve when ‖r‖₂ ≤ RelTol ‖b‖₂, with b the right side after
	// the boundary values are eliminated; where b = 0, of the first residual.
	// RelTol 0 does MaxCycles cycles; with a full cycle, the one full pass.
	RelTol    float64
	MaxCycles int

	// Recorder, if not nil, is called with the relative residual at the start
	// (cycle 0) and after each cycle.
	Recorder func(cycle int, residual float64)
}

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
	// each cycle, Cycles+1 of them.
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
	settings  Settings
	hierarchy *Hierarchy
	setup     time.Duration
}

// NewSolver checks the settings and builds the hierarchy of grid.
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
	h, err := NewHierarchy(grid, s.Components)
	if err != nil {
		return nil, err
	}
	return &Solver{s, h, time.Since(start)}, nil
}

// SetupTime is what NewSolver took.
func (s *Solver) SetupTime() time.Duration { return s.setup }

// Levels is the number of grids.
func (s *Solver) Levels() int { return s.hierarchy.Levels() }

// Solve improves u, in place, until −Δu = g holds to the tolerance. u brings
// the boundary values and the first guess; a full cycle starts from zero guess
// best if the boundary values are extended first ([pde.Field.ExtendBoundary]).
// The error is that of the Result's Status, or one of the arguments; the Result
// is filled in both cases.
func (s *Solver) Solve(ctx context.Context, u, g *pde.Field) (*Result, error) {
	begin := time.Now()
	l, err := s.hierarchy.Bind(u, g)
	if err != nil {
		return &Result{Factor: math.NaN()}, err
	}
	res := &Result{Residuals: make([]float64, 0, min(s.settings.MaxCycles, 100)+1)}
	t := tracker{settings: &s.settings, level: l, res: res}
	t.start()
	s.hierarchy.stop = func() bool { return ctx.Err() != nil }
	cycle := s.settings.Cycle
	for res.Status == Running {
		Run(s.hierarchy, cycle, l)
		cycle.Full = false // one full pass, then ordinary cycles
		t.after(ctx, s.hierarchy.err)
	}
	res.Factor = t.factor
	res.Time = time.Since(begin)
	if err := s.hierarchy.err; err != nil {
		return res, err
	}
	return res, res.Status.Err()
}

// tracker watches a solve and decides when it ends.
type tracker struct {
	settings *Settings
	level    *Level
	res      *Result

	scale    float64 // ‖b‖₂, or ‖r₀‖₂
	smallest float64 // residual so far
	factor   float64 // last ratio above the rounding floor
}

// growth is how far above its smallest value the residual may rise: a good
// cycle never lets it rise, a bad one shows itself within a few cycles.
const growth = 10

// start takes the norm of b and the first residual.
func (t *tracker) start() {
	l := t.level
	t.factor = math.NaN()
	b := rightSideNorm(l)
	r0 := t.norm()
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

// after takes the residual after a cycle and sets the status.
func (t *tracker) after(ctx context.Context, coarse error) {
	s, res := t.settings, t.res
	res.Cycles++
	r, last := t.norm()/t.scale, res.Residuals[len(res.Residuals)-1]
	t.record(r)
	floor := t.floor()
	if ratio := r / last; r > floor && !math.IsInf(ratio, 0) {
		t.factor = ratio
	}
	switch {
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

// norm is ‖g − A u‖₂.
func (t *tracker) norm() float64 {
	t.level.UpdateResidual()
	return norm(t.level.R)
}

// floor is the relative residual that rounding alone can leave: each of the
// five terms of A u, as large as 4|u|/h², is off by about half an ulp, so r by
// some 8 ε |u|/h² and no more than ε |g| beside it.
func (t *tracker) floor() float64 {
	const eps = 0x1p-53
	u := t.level.U
	return eps * 8 / (u.H[0] * u.H[0]) * norm(u) / t.scale
}

// rightSideNorm is ‖b‖₂ with the boundary values of U eliminated: next to the
// boundary b = g + Σ u/h² over the neighbours on it. It overwrites R.
func rightSideNorm(l *Level) float64 {
	inv := 1 / (l.H[0] * l.H[0])
	l.R.CopyInterior(l.G)
	nx, ny := l.N[0], l.N[1]
	for j := 1; j < ny; j++ {
		r, u := l.R.Row(j, 0), l.U.Row(j, 0)
		r[1] += inv * u[0]
		r[nx-1] += inv * u[nx]
	}
	south, north := l.R.Row(1, 0), l.R.Row(ny-1, 0)
	for i := 1; i < nx; i++ {
		south[i] += inv * l.U.At(i, 0, 0)
		north[i] += inv * l.U.At(i, ny, 0)
	}
	return norm(l.R)
}

package tool

// What solves a system: multigrid, fast transforms, or the full approximation scheme.

import (
	"context"
	"fmt"
	"math"
	"time"

	"mgtool/multigrid"
	"mgtool/multigrid/direct"
	"mgtool/multigrid/nonlinear"
	"mgtool/pde"
	"mgtool/pde/elliptic"
	"mgtool/pde/expression"
	"mgtool/pde/stencil"
)

// engine solves A u = g, or A u + f(u) = g.
type engine interface {
	Solve(ctx context.Context, u, g *pde.Field[float64]) (*multigrid.Result, error)
	Levels() int
}

// newEngine makes what the method names, for the system with so many right sides; recorder may
// be nil.
func (s Solve) newEngine(system *elliptic.System, rights int, recorder func(cycle int, residual float64)) (e engine, c Chosen, err error) {
	a := system.A
	switch {
	case s.Nonlinear != "":
		return s.newNonlinear(system, recorder)
	case s.Name == "direct":
		begin := time.Now()
		solver, err := direct.New(a)
		if err != nil {
			return nil, c, Usagef("--method direct: %w", err)
		}
		return &directly{a, solver, time.Since(begin), s.Singular == "refuse"}, Chosen{Why: "a direct solution"}, nil
	}
	if c, err = s.choose(a, s.Start == pde.Random.String()); err != nil {
		return nil, c, err
	}
	settings := c.Settings
	settings.Recorder = recorder
	if c.Method != "" {
		solver, err := newGuarded(s.Name, a, settings, s.Measured, rights)
		return solver, c, Usage(err)
	}
	solver, err := multigrid.NewSolver(a, settings)
	return solver, c, Usage(err)
}

// newNonlinear is for A u + f(u) = g.
func (s Solve) newNonlinear(system *elliptic.System, recorder func(cycle int, residual float64)) (e engine, c Chosen, err error) {
	begin := time.Now()
	for _, one := range []struct {
		flag  string
		given bool
	}{
		{"method " + cutTo(s.Name, 60), s.Name != "auto"}, {"smoother", s.Smoother != "" || s.Omega != 0}, {"coarsening", s.Coarsening != "auto"},
		{"krylov", s.Krylov != "" && s.Krylov != "none"}, {"precision", s.Precision != "f64"}, {"atol", s.AbsTol != 0}, {"backward", s.Backward != 0},
		{"norm", s.Norm != "2"}, {"baseline", s.Baseline != "data"}, {"mask", s.Mask != ""},
		{"coordinates", s.Coordinates != ""}, {"discretization mehrstellen", s.Discretization == "mehrstellen"},
	} {
		if one.given {
			return nil, c, Usagef("--%s with --nonlinear, whose cycles rediscretise on a whole box of equal widths, relax points by Newton's method and stop by --rtol; want it without", one.flag)
		}
	}
	f, err := expression.Parse(s.Nonlinear, "u")
	if err != nil {
		return nil, c, Usagef("--nonlinear: %w", err)
	}
	n, err := nonlinear.Reaction(system.A, func(u float64) float64 { return f.At(u, 0, 0) }, nil)
	if err != nil {
		return nil, c, Usagef("--nonlinear: %w", err)
	}
	if c.Settings, err = s.settings(); err != nil {
		return nil, c, err
	}
	cycle := c.Settings.Cycle
	cycle.Full = cycle.Full || s.Cycle == "" && s.Start == pde.Extended.String()
	solver, err := nonlinear.New(n, nonlinear.Settings{Cycle: cycle, RelTol: s.RelTol, MaxCycles: s.MaxCycles, Recorder: recorder})
	if err != nil {
		return nil, c, Usagef("--nonlinear: %w", err)
	}
	c.Cycle, c.Smoother, c.Why = cycleName(cycle), "newton", "f(u): full approximation, Newton's method a point in red-black order"
	return &nonlinearly{solver, time.Since(begin)}, c, nil
}

// nonlinearly is the full approximation scheme.
type nonlinearly struct {
	*nonlinear.Solver
	setup time.Duration
}

func (n *nonlinearly) Solve(ctx context.Context, u, g *pde.Field[float64]) (*multigrid.Result, error) {
	r, err := n.Solver.Solve(ctx, u, g)
	r.Times.Setup, r.TrueResidual = n.setup, math.NaN()
	if k := len(r.Residuals); k > 0 {
		r.TrueResidual = r.Residuals[k-1] // which it computes by the definition
	}
	return r, err
}

// directly is a direct solution.
type directly struct {
	a      stencil.Operator
	solver *direct.Solver
	setup  time.Duration
	refuse bool // data without a solution
}

func (d *directly) Levels() int { return 1 }

// Solve has the residuals before and after, relative to the first.
func (d *directly) Solve(ctx context.Context, u, g *pde.Field[float64]) (*multigrid.Result, error) {
	res := &multigrid.Result{Factor: math.NaN(), TrueResidual: math.NaN(), Levels: 1, Times: multigrid.Times{Setup: d.setup}}
	first, err := d.residual(u, g)
	if err != nil {
		return res, err
	}
	begin := time.Now()
	if res.Defect, err = d.solver.Solve(u, g); err != nil {
		return res, err
	}
	res.Time = time.Since(begin)
	last, err := d.residual(u, g)
	if err != nil {
		return res, err
	}
	if first == 0 {
		first = 1
	}
	res.Status, res.TrueResidual = multigrid.Converged, last/first
	res.Residuals = []float64{1, last / first}
	switch {
	case ctx.Err() != nil:
		res.Status = multigrid.Interrupted
	case math.IsNaN(last) || math.IsInf(last, 0):
		res.Status = multigrid.NotFinite
	case d.refuse && math.Abs(res.Defect) > rounding*largest(g):
		res.Status = multigrid.Incompatible
	}
	return res, res.Status.Err()
}

// residual is ‖g − A u‖₂.
func (d *directly) residual(u, g *pde.Field[float64]) (float64, error) {
	r := pde.NewField[float64](g.Grid)
	u.FillGhosts()
	if err := d.a.Apply(r, u); err != nil {
		return 0, fmt.Errorf("--method direct: %w", err)
	}
	sum := 0.0
	lo, hi := g.Inside(0)
	for row := range g.RowCount() {
		j, k := g.RowAt(row)
		of, au := g.Row(j, k), r.Row(j, k)
		for i := lo; i < hi; i++ {
			v := of[i] - au[i]
			sum += v * v
		}
	}
	return math.Sqrt(sum), nil
}

package tool

// A solve by a method from a file, and what takes over if that fails.

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"mgtool/internal/memory"
	"mgtool/multigrid"
	"mgtool/multigrid/method"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// isFile reports that the method is named by a file.
func (s Method) isFile() bool { return strings.EqualFold(filepath.Ext(s.Name), ".json") }

// load reads the file of a method, if it is one that has not been read, and refuses flags that
// it settles.
func (s *Method) load() error {
	if !s.isFile() || s.file != nil {
		return nil
	}
	for _, one := range []struct {
		flag  string
		given bool
	}{
		{"cycle " + s.Cycle, s.Cycle != ""}, {"smoother " + s.Smoother, s.Smoother != ""}, {fmt.Sprintf("omega %g", s.Omega), s.Omega != 0},
		{"coarsening " + s.Coarsening, s.Coarsening != "auto"}, {fmt.Sprintf("pre %d", s.Pre), s.Pre != 1}, {fmt.Sprintf("post %d", s.Post), s.Post != 1},
	} {
		if one.given {
			return Usagef("--%s with --method %s, which has its own; want one of them", cutTo(one.flag, 60), cutTo(s.Name, 60))
		}
	}
	m, err := method.Read(s.Name)
	if err != nil {
		return Usagef("--method: %w", err)
	}
	s.file = m
	return nil
}

// madeFor is how far the operator that a method was made for may be from that of the problem,
// entry by entry of what they are over their diagonals.
const madeFor = 1e-6

// byFile completes the settings n for an operator by the method of the file.
func (s Method) byFile(a stencil.Operator, n multigrid.Settings) (c Chosen, err error) {
	of, err := s.file.Settings(a)
	if err != nil {
		return c, Usagef("--method %s: %w", s.Name, err)
	}
	n.Cycle, n.Components = of.Cycle, of.Components
	if s.Krylov == "" && s.RelTol == 0 && s.AbsTol == 0 && s.Backward == 0 { // what cycles do is asked for
		n.Krylov = multigrid.None
	}
	grid, _ := a.Grids()
	c = Chosen{Settings: n, Cycle: cycleName(n.Cycle), Smoother: "method", Method: s.file.Name, uneven: len(s.file.Levels) > 1}
	if c.Method == "" {
		c.Method = s.Name
	}
	c.Why = "from " + s.Name
	if depth := s.file.Depth(grid); depth > 0 {
		c.Why += ", on " + cells(grid, 0)
		if depth > 1 {
			c.Why += " to " + cells(grid, depth-1)
		}
		c.Why += " cells"
	}
	if off := s.file.Made(a); off > madeFor {
		why := fmt.Sprintf("over their diagonals the two differ by up to %.2g", off)
		if math.IsInf(off, 0) {
			why = "that of the problem is not the same at every point"
		}
		c.Note = fmt.Sprintf("--method %s was made for another operator: %s. It may take more cycles; the answer is checked by its residual all the same", s.Name, why)
	}
	return c, nil
}

// cells are those of the grid so many levels below one, as in 64×32.
func cells(grid pde.Grid, below int) string {
	var list []string
	for d := range grid.Dim() {
		n := grid.N[d]
		for range below {
			n = (n + 1) / 2
		}
		list = append(list, fmt.Sprint(n))
	}
	return strings.Join(list, "×")
}

// What took over from the cycles of a method.
const (
	fallbackKrylov    = "krylov"
	fallbackClassical = "classical"
)

// guarded is a method from a file. Where its cycles stall or grow, a Krylov method around them
// goes on, by [multigrid.Auto]; where that fails too, the method that multigrid chooses itself.
type guarded struct {
	solver    *multigrid.Solver // of the method; nil once it has failed, which makes room
	classical *multigrid.Solver // what took over then
	levels    int               // of the solver at work
	a         stencil.Operator
	settings  multigrid.Settings // of the method
	limited   bool               // the user asked for no more than so many cycles
	before    int                // cycles of the method in a solve that the classical one ends
	fallback  string             // the last resort of all solves; empty for the cycles of the method
	why       string             // how the method failed, and what was chosen
}

// patience is how many iterations a Krylov method around stalled cycles may need before the
// classical method is the better bet: that one takes 10 to 20 cycles, and goes on from what there is.
const patience = 40

// newGuarded makes the solver of the method of a file for an operator, for so many systems at a time.
func newGuarded(file string, a stencil.Operator, settings multigrid.Settings, limited bool, systems int) (*guarded, error) {
	grid, _ := a.Grids()
	if err := memory.Check("the first guess", int64(systems)*pde.FieldBytes[float64](grid)); err != nil {
		return nil, err
	}
	if !limited {
		settings.Patience = patience
	}
	solver, err := multigrid.NewSolver(a, settings)
	if err != nil {
		return nil, fmt.Errorf("--method %s: %w", file, err)
	}
	return &guarded{solver: solver, levels: solver.Levels(), a: a, settings: settings, limited: limited}, nil
}

// Levels is the number of grids.
func (g *guarded) Levels() int { return g.levels }

// Solve is that of the method, and of what takes over from it. The residuals of both stand one
// after the other, over the same baseline. Once the method has failed, further solves are those
// of what took over.
func (g *guarded) Solve(ctx context.Context, u, data *pde.Field[float64]) (*multigrid.Result, error) {
	if g.solver == nil {
		if err := g.choose(); err != nil {
			return nil, err
		}
		g.before = 0
		return g.classical.Solve(ctx, u, data)
	}
	first := u.Clone()
	res, err := g.solver.Solve(ctx, u, data)
	return g.settle(ctx, u, data, first, res, err)
}

// SolveMany is Solve for each pair of us and gs, small systems several at a time.
func (g *guarded) SolveMany(ctx context.Context, us, gs []*pde.Field[float64]) ([]*multigrid.Result, error) {
	if g.solver == nil {
		if err := g.choose(); err != nil {
			return nil, err
		}
		g.before = 0
		return g.classical.SolveMany(ctx, us, gs)
	}
	var first []*pde.Field[float64]
	for _, u := range us {
		first = append(first, u.Clone())
	}
	all, err := g.solver.SolveMany(ctx, us, gs)
	if len(all) == 0 {
		return nil, err
	}
	var failed error
	for i, res := range all {
		if all[i], err = g.settle(ctx, us[i], gs[i], first[i], res, res.Status.Err()); err != nil && failed == nil {
			failed = fmt.Errorf("system %d: %w", i, err)
		}
	}
	return all, failed
}

// settle is the result of a solve from the first guess by the method, if that has not failed,
// else with what took over.
func (g *guarded) settle(ctx context.Context, u, data, first *pde.Field[float64], res *multigrid.Result, err error) (*multigrid.Result, error) {
	switch {
	case res.StalledAt > 0 && err == nil:
		if g.fallback == "" {
			g.fallback = fallbackKrylov
		}
		return res, nil
	case err == nil || !g.gaveUp(res):
		return res, err
	}
	if g.fallback = fallbackClassical; g.why == "" {
		g.why = fmt.Sprintf("its cycles failed (%v) after %d", res.Status, res.Cycles)
	}
	if failed := g.choose(); failed != nil {
		return res, fmt.Errorf("%w; and the classical method has no solver: %w", err, failed)
	}
	// Again from the first guess, if that is the measure of all residuals, or if what there is is
	// no better or not finite.
	restarted := g.settings.Baseline == multigrid.First || !(res.TrueResidual < res.Residuals[0])
	if restarted {
		copy(u.Data(), first.Data())
	}
	g.before = res.Cycles
	next, err := g.classical.Solve(ctx, u, data)
	return joined(res, next, restarted), err
}

// choose makes the classical solver, unless there is one.
func (g *guarded) choose() (err error) {
	if g.classical != nil {
		return nil
	}
	settings, why := multigrid.Choose(g.a)
	if settings.Cycle.Full { // it would begin from no u
		settings.Cycle.Full = false
		why = strings.Replace(why, "full multigrid", "V-cycles", 1)
	}
	own := g.settings
	settings.RelTol, settings.AbsTol, settings.BackwardTol, settings.MaxCycles = own.RelTol, own.AbsTol, own.BackwardTol, own.MaxCycles
	settings.Baseline, settings.Norm, settings.Singular = own.Baseline, own.Norm, own.Singular
	if own.Recorder != nil {
		settings.Recorder = func(cycle int, residual float64) { own.Recorder(g.before+cycle, residual) }
	}
	g.solver = nil
	if g.classical, err = multigrid.NewSolver(g.a, settings); err != nil {
		return err
	}
	g.levels = g.classical.Levels()
	g.why += "; then " + why
	return nil
}

// gaveUp reports a solve that another method may better.
func (g *guarded) gaveUp(res *multigrid.Result) bool {
	switch res.Status {
	case multigrid.Stagnated, multigrid.Diverged, multigrid.NotFinite, multigrid.Breakdown, multigrid.Indefinite, multigrid.IndefiniteCycle, multigrid.NotSymmetric:
		return len(res.Residuals) > 0
	case multigrid.CycleLimit:
		return !g.limited
	}
	return false
}

// joined is the result of two solves in a row, the second from the first guess again or from
// where the first one ended.
func joined(one, two *multigrid.Result, restarted bool) *multigrid.Result {
	res := *two
	if len(two.Residuals) == 0 {
		two.Residuals = []float64{math.NaN()}
	}
	at := one.TrueResidual
	if restarted {
		at = one.Residuals[0]
	}
	scale := 1.0 // where the second has another baseline
	if r := at / two.Residuals[0]; r > 0 && !math.IsInf(r, 0) && math.Abs(r-1) > 1e-3 {
		scale = r
	}
	res.Residuals = slices.Clone(one.Residuals)
	for _, r := range two.Residuals[1:] {
		res.Residuals = append(res.Residuals, r*scale)
	}
	res.TrueResidual *= scale
	res.Cycles += one.Cycles
	res.KrylovIterations += one.KrylovIterations
	res.StalledAt = one.StalledAt
	res.Time += two.Times.Setup + one.Time
	res.Times.Setup = one.Times.Setup
	res.Times.Start += one.Times.Start
	res.Times.Cycles += one.Times.Cycles
	res.Times.Krylov += one.Times.Krylov
	res.Times.Check += one.Times.Check
	return &res
}

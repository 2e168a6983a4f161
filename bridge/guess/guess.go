// Package guess measures what a trained operator G is worth to a solver of A u = g: as the first
// guess u⁰ = G(a, g), and as the preconditioner of flexible GMRES,
//
//	M r = ρ G(a, r/ρ),   or   z = M r,   M₊ r = z + C (r − A z)   with a cycle C of multigrid,
//
// with ρ = ‖r‖/√n, the root mean square of the n values of r, since right sides in training have
// the mean square 1; beside multigrid alone, on one system after another. G need not be linear, which is why the
// Krylov method is a flexible one. Seconds include the network; methods take turns, so that what
// else the machine does falls on all alike.
package guess

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"mgtool/multigrid"
	"mgtool/multigrid/cycle"
	"mgtool/multigrid/krylov"
	"mgtool/pde"
	"mgtool/pde/elliptic"
)

// Network is G for one coefficient a: it sets u to an approximation of the solution for the
// right side g, both at the unknowns, x fastest.
type Network interface {
	Solve(u, g []float64) error
}

// Problem is a system with the operator for its coefficient.
type Problem struct {
	System *elliptic.System
	// Solution is u at the unknowns, x fastest, against which the first guess is measured.
	Solution []float64
	Network  Network
	// AnyRight reports that Network takes any right side. One that does not knows the right
	// side of the system alone, and cannot be a preconditioner.
	AnyRight bool
}

// Options bound a comparison.
type Options struct {
	RelTol float64 // to which ‖r‖/‖g‖ is reduced
	Most   int     // cycles or iterations
	// Repeats is how often each solve is timed; the least time counts, without the first.
	Repeats int
}

// Row is a method over all problems.
type Row struct {
	Name      string
	Steps     float64 // cycles or iterations, the mean over the common problems; NaN if it solved none
	Seconds   float64 // of a solve, likewise
	Network   float64 // the part of the network, likewise
	Setup     float64 // seconds before the solves, which each A takes anew, the mean
	First     float64 // ‖r‖/‖g‖ at the start, the mean
	Error     float64 // ‖u⁰ − u‖/‖u‖, the mean
	Converged int
	Problems  int
	// Common is the number of problems that all methods solved, but for those that solved none.
	Common int
}

// Table measures problem by problem.
type Table struct {
	o    Options
	rows []entry
}

// entry is a method with its solves, one for each problem.
type entry struct {
	name     string
	setup    float64 // seconds, the sum
	outcomes []outcome
}

// New is an empty table.
func New(o Options) (*Table, error) {
	switch {
	case !(o.RelTol > 0 && o.RelTol < 1):
		return nil, fmt.Errorf("guess: relative tolerance %g; want more than 0 and less than 1", o.RelTol)
	case o.Most < 1 || o.Most > 1000:
		return nil, fmt.Errorf("guess: at most %d cycles; want 1 to 1000", o.Most)
	case o.Repeats < 1 || o.Repeats > 1000:
		return nil, fmt.Errorf("guess: %d repeats; want 1 to 1000", o.Repeats)
	}
	return &Table{o: o}, nil
}

// Rows are the means so far.
func (t *Table) Rows() (list []Row) {
	common := t.common()
	for _, e := range t.rows {
		r := Row{Name: e.name, Problems: len(e.outcomes), Common: len(common)}
		all := float64(len(e.outcomes))
		r.Setup = e.setup / all
		for _, o := range e.outcomes {
			r.First += o.first / all
			r.Error += o.error / all
			if o.converged {
				r.Converged++
			}
		}
		solved := float64(len(common))
		if r.Converged == 0 || len(common) == 0 {
			solved = math.NaN()
			r.Steps, r.Seconds, r.Network = solved, solved, solved
		}
		for _, i := range common {
			o := e.outcomes[i]
			r.Steps += float64(o.steps) / solved
			r.Seconds += o.seconds / solved
			r.Network += o.network / solved
		}
		list = append(list, r)
	}
	return list
}

// common are the numbers of the problems whose solves are compared: those that all methods solved,
// but for those that solved none.
func (t *Table) common() (list []int) {
	var able []entry
	for _, e := range t.rows {
		if slices.ContainsFunc(e.outcomes, func(o outcome) bool { return o.converged }) {
			able = append(able, e)
		}
	}
	if len(able) == 0 {
		return nil
	}
	for i := range able[0].outcomes {
		if !slices.ContainsFunc(able, func(e entry) bool { return !e.outcomes[i].converged }) {
			list = append(list, i)
		}
	}
	return list
}

// outcome is one solve.
type outcome struct {
	steps                          int
	first, error, seconds, network float64
	converged                      bool
}

// entrant is a method made ready for a problem.
type entrant struct {
	name  string
	setup time.Duration
	run   func(ctx context.Context) (outcome, error)
}

// Add measures all methods on a problem.
func (t *Table) Add(ctx context.Context, p Problem) error {
	if n := p.System.G.Grid.Unknowns(); len(p.Solution) != n || size(p.Solution) == 0 {
		return fmt.Errorf("guess: a solution of %d values and norm %g; want %d, not all 0", len(p.Solution), size(p.Solution), n)
	}
	entrants, err := t.entrants(p)
	if err != nil {
		return err
	}
	best := make([]outcome, len(entrants))
	for turn := range t.o.Repeats + 1 { // the first warms up
		for i, e := range entrants {
			o, err := e.run(ctx)
			if err != nil {
				return fmt.Errorf("guess: %s: %w", e.name, err)
			}
			if turn <= 1 || o.seconds < best[i].seconds {
				best[i] = o
			}
		}
	}
	for i, e := range entrants {
		if len(t.rows) == i {
			t.rows = append(t.rows, entry{name: e.name})
		}
		t.rows[i].setup += e.setup.Seconds()
		t.rows[i].outcomes = append(t.rows[i].outcomes, best[i])
	}
	return nil
}

// entrants are the methods for a problem.
func (t *Table) entrants(p Problem) ([]entrant, error) {
	best, _ := multigrid.Choose(p.System.A)
	best.Krylov = multigrid.None
	v := best
	v.Cycle = cycle.Cycle{Pre: best.Cycle.Pre, Post: best.Cycle.Post, Gamma: 1}
	gmres := v
	gmres.Krylov = multigrid.FGMRES
	var list []entrant
	for _, c := range []struct {
		name     string
		settings multigrid.Settings
		guessed  bool
	}{
		{"multigrid, as chosen", best, false},
		{"V-cycles from 0", v, false},
		{"V-cycles from the network", v, true},
		{"FGMRES with a V-cycle from 0", gmres, false},
		{"FGMRES with a V-cycle from the network", gmres, true},
	} {
		e, err := t.solver(c.name, c.settings, p, c.guessed)
		if err != nil {
			return nil, err
		}
		list = append(list, e)
	}
	if !p.AnyRight {
		return list, nil
	}
	for _, c := range []struct {
		name string
		both bool
	}{{"FGMRES with the network", false}, {"FGMRES with the network and a V-cycle", true}} {
		e, err := t.preconditioned(c.name, v, p, c.both)
		if err != nil {
			return nil, err
		}
		list = append(list, e)
	}
	return list, nil
}

// solver is a method of package multigrid, from 0 or from the network's guess.
func (t *Table) solver(name string, s multigrid.Settings, p Problem, guessed bool) (entrant, error) {
	s.RelTol, s.MaxCycles = t.o.RelTol, t.o.Most
	solver, err := multigrid.NewSolver(p.System.A, s)
	if err != nil {
		return entrant{}, err
	}
	u, g := p.System.U.Clone(), p.System.G
	right, values := g.Interior(), make([]float64, g.Grid.Unknowns())
	return entrant{name, solver.SetupTime(), func(ctx context.Context) (o outcome, err error) {
		o.error = 1
		begin := time.Now()
		u.Zero()
		if guessed {
			if err := p.Network.Solve(values, right); err != nil {
				return o, err
			}
			set(u, values)
			o.network = time.Since(begin).Seconds()
		}
		result, err := solver.Solve(ctx, u, g)
		o.seconds = time.Since(begin).Seconds()
		if ctx.Err() != nil {
			return o, ctx.Err()
		}
		if guessed {
			o.error = distance(values, p.Solution) / size(p.Solution)
		}
		if len(result.Residuals) > 0 {
			o.first = result.Residuals[0]
		}
		o.steps, o.converged = result.Cycles, err == nil && result.TrueResidual <= 1.01*t.o.RelTol
		return o, nil
	}}, nil
}

// preconditioned is flexible GMRES with the network, and with a cycle behind it.
func (t *Table) preconditioned(name string, s multigrid.Settings, p Problem, both bool) (entrant, error) {
	grid := p.System.G.Grid
	m := &preconditioner{problem: p, r: make([]float64, grid.Unknowns()), z: make([]float64, grid.Unknowns())}
	if both {
		s.RelTol, s.MaxCycles = 0, 1
		var err error
		if m.cycle, err = multigrid.NewSolver(p.System.A, s); err != nil {
			return entrant{}, err
		}
		m.residual, m.correction = pde.NewField[float64](grid), pde.NewField[float64](grid)
	}
	setup := time.Duration(0)
	if m.cycle != nil {
		setup = m.cycle.SetupTime()
	}
	var done func(r float64) bool
	solver, err := krylov.New(p.System.A, m, grid, krylov.Settings{Method: krylov.FGMRES, Monitor: func(r, _ float64) bool { return done(r) }})
	if err != nil {
		return entrant{}, err
	}
	u, g := p.System.U.Clone(), p.System.G
	norm := size(g.Interior())
	after := pde.NewField[float64](grid)
	return entrant{name, setup, func(ctx context.Context) (o outcome, err error) {
		m.ctx, m.seconds = ctx, 0
		done = func(r float64) bool {
			o.steps++
			return r <= t.o.RelTol*norm || o.steps >= t.o.Most || ctx.Err() != nil
		}
		begin := time.Now()
		u.Zero()
		err = solver.Solve(u, g)
		o.seconds, o.network, o.first, o.error = time.Since(begin).Seconds(), m.seconds, 1, 1
		if ctx.Err() != nil {
			return o, ctx.Err()
		}
		if err != nil && !errors.Is(err, krylov.ErrBreakdown) {
			return o, err
		}
		if err := p.System.A.Residual(after, u, g); err != nil {
			return o, err
		}
		o.converged = size(after.Interior()) <= 1.01*t.o.RelTol*norm
		return o, nil
	}}, nil
}

// preconditioner is M, or M₊ with a cycle.
type preconditioner struct {
	ctx     context.Context
	problem Problem
	r, z    []float64
	seconds float64 // of the network

	cycle                *multigrid.Solver
	residual, correction *pde.Field[float64]
}

// Precondition implements [krylov.Preconditioner].
func (m *preconditioner) Precondition(z, r *pde.Field[float64]) error {
	begin := time.Now()
	take(m.r, r)
	norm := size(m.r) / math.Sqrt(float64(len(m.r))) // the root mean square
	if norm == 0 {
		z.Zero()
		return nil
	}
	for i := range m.r {
		m.r[i] /= norm
	}
	if err := m.problem.Network.Solve(m.z, m.r); err != nil {
		return err
	}
	for i := range m.z {
		m.z[i] *= norm
	}
	z.Zero()
	set(z, m.z)
	m.seconds += time.Since(begin).Seconds()
	if m.cycle == nil {
		return nil
	}
	if err := m.problem.System.A.Residual(m.residual, z, r); err != nil {
		return err
	}
	m.correction.Zero()
	if _, err := m.cycle.Solve(m.ctx, m.correction, m.residual); err != nil {
		return err
	}
	eachRow(z, func(to []float64, j, k int) {
		lo, hi := z.Inside(0)
		for i, v := range m.correction.Row(j, k)[lo:hi] {
			to[i] += v
		}
	})
	return nil
}

// set sets the unknowns of a field, and take reads them, x fastest.
func set(f *pde.Field[float64], values []float64) {
	eachRow(f, func(row []float64, _, _ int) { values = values[copy(row, values):] })
}

func take(values []float64, f *pde.Field[float64]) {
	eachRow(f, func(row []float64, _, _ int) { values = values[copy(values, row):] })
}

// eachRow calls body for the unknowns of each row, in the order of memory.
func eachRow(f *pde.Field[float64], body func(row []float64, j, k int)) {
	lo, hi := f.Inside(0)
	for row := range f.RowCount() {
		j, k := f.RowAt(row)
		body(f.Row(j, k)[lo:hi], j, k)
	}
}

// distance is the 2-norm of x − y.
func distance(x, y []float64) float64 {
	sum := 0.0
	for i, v := range x {
		sum += (v - y[i]) * (v - y[i])
	}
	return math.Sqrt(sum)
}

// size is the 2-norm.
func size(v []float64) float64 {
	sum := 0.0
	for _, x := range v {
		sum += x * x
	}
	return math.Sqrt(sum)
}

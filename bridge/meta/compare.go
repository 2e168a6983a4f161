package meta

// What an emitted method is worth on operators that its training has not seen.

import (
	"context"
	"fmt"
	"time"

	"mgtool/multigrid"
	"mgtool/multigrid/method"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// Outcome is one solve of A u = 0 from random values on the unit square, to 1e-8 of the first
// residual, by cycles alone.
type Outcome struct {
	Cycles    int // those done; the bound where Converged is false
	Converged bool
	Setup     time.Duration // of the solver, with the network's
	Solve     time.Duration
}

// Measure solves by these settings in at most so many cycles.
func Measure(ctx context.Context, a stencil.Operator, settings func() (multigrid.Settings, error), most int, seed uint64) (o Outcome, err error) {
	start := time.Now()
	s, err := settings()
	if err != nil {
		return o, err
	}
	s.RelTol, s.MaxCycles, s.Baseline, s.Krylov = 1e-8, most, multigrid.First, multigrid.None
	solver, err := multigrid.NewSolver(a, s)
	if err != nil {
		return o, err
	}
	o.Setup = time.Since(start)
	grid, _ := a.Grids()
	u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
	u.Randomize(seed)
	res, err := solver.Solve(ctx, u, g)
	if ctx.Err() != nil {
		return o, ctx.Err()
	}
	if res == nil {
		return o, err
	}
	o.Cycles, o.Converged, o.Solve = res.Cycles, err == nil && res.Status == multigrid.Converged, res.Time
	if !o.Converged {
		o.Cycles = most
	}
	return o, nil
}

// Trained is the method of an operator whose outputs are trained for it alone, level by level:
// see [Each]. It starts from classical ones, from those of a network, and from those that were
// found for the level above.
func Trained(kernel stencil.Kernel, n *method.Network, gamma, levels int, o Options) (*method.Method, error) {
	a, ok := method.SymmetricOf(kernel)
	if !ok {
		return nil, fmt.Errorf("meta: a kernel that is not the same turned by 180°; want one that is")
	}
	m := &method.Method{Name: "trained for one operator", Dim: 2, Gamma: gamma, Repeat: method.Last}
	starts := [][]float64{make([]float64, method.LevelOutputs(n.Pre+n.Post)), nil}
	for range levels {
		c, turn := method.Canonical(a)
		starts[1] = n.Parts[method.EmitsLevels].Evaluate(method.Inputs(c))
		e, _ := Each(c, n.Pre, starts, o)
		e = e.Turned(turn)
		m.Levels = append(m.Levels, e.Level(n.Pre))
		a = method.CoarseOf(a, e.Prolongation())
	}
	return m, nil
}

// GaussSeidel is the classical method beside these: coloured Gauss–Seidel so many times before and
// after the correction, bilinear P, R = Pᵀ/4 and Galerkin coarse operators.
func GaussSeidel(gamma, steps int) *method.Method {
	var list []method.Step
	for range steps {
		list = append(list, method.Step{Colours: []float64{1}})
	}
	return &method.Method{Name: "Gauss–Seidel", Dim: 2, Gamma: gamma, Repeat: method.Last, Levels: []method.Level{{
		Pre: list, Post: list,
		Restriction: method.Transfer{Name: method.FullWeighting}, Prolongation: method.Transfer{Name: method.Linear}, Coarse: method.Coarse{Name: method.Galerkin},
	}}}
}

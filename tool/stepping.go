package tool

// Steps in time.

import (
	"context"
	"math"

	"mgtool/internal/parallel"
	"mgtool/multigrid"
	"mgtool/pde"
	"mgtool/pde/elliptic"
	"mgtool/pde/stencil"
)

// stepping moves u(t) of u' + A u = G by steps of dt, implicitly: with θ = 1 (Euler) or ½
// (Crank–Nicolson),
//
//	(u⁺ − u)/dt + A (θ u⁺ + (1−θ) u) = G
//
// or, for the change δ = u⁺ − u and with B = A + 1/(θ dt),
//
//	B δ = (G − A u)/θ.
//
// B is the same in every step: one solver serves all. The change of the last step is the
// first guess of the next one. Its tolerance is relative to the change, so that even a u
// that hardly moves moves rightly.
type stepping struct {
	theta, shift float64 // θ and 1/(θ dt)
	a            stencil.Operator
	solver       engine
	masked       bool // some rows are not those of the equation, but of given values
	u, g         *pde.Field[float64]
	change, data *pde.Field[float64] // δ and the right side
	whole        bool                // the last step was solved for u⁺ itself
}

// newStepping prepares steps of u in system.U, whose value then is u(0). B is the system's
// equation with the reaction c + 1/(θ dt); solver makes a solver for it.
func newStepping(system *elliptic.System, dt, theta float64, solver func(b stencil.Operator) (engine, error)) (*stepping, error) {
	s := &stepping{theta: theta, shift: 1 / (theta * dt), a: system.A, u: system.U, g: system.G, masked: system.Equation.Mask != nil}
	implicit := system.Equation
	implicit.Reaction = implicit.Reaction.Plus(s.shift)
	step, err := implicit.Discretize()
	if err != nil {
		return nil, err
	}
	if s.solver, err = solver(step.A); err != nil {
		return nil, err
	}
	s.change, s.data = pde.NewField[float64](s.u.Grid), pde.NewField[float64](s.u.Grid)
	return s, nil
}

// forStepping is a chosen method for an operator with this shift: where the shift is most
// of the diagonal, successive over-relaxation gains nothing, and costs cycles.
func (c *Chosen) forStepping(b stencil.Operator, shift float64) {
	diagonal, varying, err := b.Diagonal()
	if s, ok := c.Settings.Smoother.(multigrid.RedBlack); ok && err == nil && varying == nil && shift > diagonal/2 {
		s.Omega = 1
		c.Settings.Smoother = s
	}
}

// step does one step and returns the cycles that it took. After an error u is what it was.
func (s *stepping) step(ctx context.Context) (cycles int, err error) {
	s.u.FillGhosts()
	if err := s.a.Residual(s.data, s.u, s.g); err != nil {
		return 0, err
	}
	// With long steps of Euler's, u⁺ may be much smaller than u and than δ ≈ −u, in which it
	// would be lost: then B u⁺ = G + u/dt is solved.
	if s.theta == 1 && !s.masked && s.smallerWhole() {
		return s.stepWhole(ctx)
	}
	if s.whole {
		s.change.Zero()
		s.whole = false
	}
	s.each(s.data, func(to []float64, _, _ int) {
		for i := range to {
			to[i] /= s.theta
		}
	})
	result, err := s.solver.Solve(ctx, s.change, s.data)
	if err != nil {
		return result.Cycles, err
	}
	s.each(s.u, func(to []float64, j, k int) {
		lo, hi := s.u.Inside(0)
		for i, v := range s.change.Row(j, k)[lo:hi] {
			to[i] += v
		}
	})
	return result.Cycles, nil
}

// stepWhole is a step of Euler's that solves for u⁺: B u⁺ = G + u/dt.
func (s *stepping) stepWhole(ctx context.Context) (cycles int, err error) {
	lo, hi := s.u.Inside(0)
	s.each(s.data, func(to []float64, j, k int) {
		g := s.g.Row(j, k)[lo:hi]
		for i, v := range s.u.Row(j, k)[lo:hi] {
			to[i] = g[i] + s.shift*v
		}
	})
	// The first guess is zero inside; the boundary values are those of u.
	copy(s.change.Data(), s.u.Data())
	s.change.FillInterior(func(_, _, _ float64) float64 { return 0 })
	s.whole = true
	result, err := s.solver.Solve(ctx, s.change, s.data)
	if err != nil {
		return result.Cycles, err
	}
	s.u.CopyInterior(s.change)
	return result.Cycles, nil
}

// smallerWhole reports that G + u/dt is smaller than G − A u, by the largest value.
func (s *stepping) smallerWhole() bool {
	sizes := make([][2]float64, s.u.RowCount()) // of both in every row
	lo, hi := s.u.Inside(0)
	parallel.For(len(sizes), 1+16384/(hi-lo), func(first, end int) {
		for n := first; n < end; n++ {
			j, k := s.u.RowAt(n)
			u, g, residual := s.u.Row(j, k)[lo:hi], s.g.Row(j, k)[lo:hi], s.data.Row(j, k)[lo:hi]
			for i, v := range u {
				sizes[n][0] = max(sizes[n][0], math.Abs(g[i]+s.shift*v))
				sizes[n][1] = max(sizes[n][1], math.Abs(residual[i]))
			}
		}
	})
	whole, change := 0.0, 0.0
	for _, size := range sizes {
		whole, change = max(whole, size[0]), max(change, size[1])
	}
	return whole < change
}

// each calls body with the unknowns of every row of a field, several at a time.
func (s *stepping) each(f *pde.Field[float64], body func(row []float64, j, k int)) {
	lo, hi := f.Inside(0)
	f.Rows(func(j, k int) { body(f.Row(j, k)[lo:hi], j, k) })
}

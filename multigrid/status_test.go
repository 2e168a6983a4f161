package multigrid

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"mgtool/pde"
	"mgtool/pde/stencil"
)

// shifted is −Δ less a shift, which is indefinite beyond the smallest eigenvalues.
func shifted(t testing.TB, grid pde.Grid, shift float64) stencil.Operator {
	t.Helper()
	k, _ := stencil.Laplacian(grid).Kernel()
	k[13] -= shift
	a, err := stencil.Constant(grid, k)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// wind is −Δ plus a derivative along x, upwind.
func wind(t testing.TB, grid pde.Grid, speed float64) stencil.Operator {
	t.Helper()
	k, _ := stencil.Laplacian(grid).Kernel()
	k[13] += speed / grid.H[0]
	k[12] -= speed / grid.H[0]
	a, err := stencil.Constant(grid, k)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// laplacianBelow has −Δ on coarse grids, whatever A is.
type laplacianBelow struct{}

func (laplacianBelow) Coarsen(levels []Coarse) (c Coarse, ok bool, err error) {
	fine, _ := levels[len(levels)-1].A.Grids()
	grid := nextGrid(levels)
	if grid == fine {
		return c, false, nil
	}
	c.A = stencil.Laplacian(grid)
	c.R, c.P, err = LinearTransfers(fine, grid)
	return c, true, err
}

// Every way in which a solve may end is reached, with its name, its error and a result
// that is filled in.
func TestStatus(t *testing.T) {
	grid := mustGrid(t, []int{32, 32}, []float64{1. / 32, 1. / 32})
	closed, err := grid.PeriodicAlong(0, 1)
	if err != nil {
		t.Fatal(err)
	}
	laplacian := stencil.Laplacian(grid)
	v := func(change func(s *Settings)) Settings {
		s := krylovSettings(None, RedBlack{1})
		change(&s)
		return s
	}
	huge := StencilSmoother{"huge", byKernel(func(pde.Grid) stencil.Kernel {
		return stencil.Plane([3][3]float64{{}, {0, 1e200, 0}, {}})
	})}
	for _, c := range []struct {
		want    Status
		a       stencil.Operator
		s       Settings
		change  func(u, g *pde.Field[float64])
		mention string
	}{
		{Converged, laplacian, v(func(s *Settings) {}), nil, ""},
		{ConvergedAbsolute, laplacian, v(func(s *Settings) { s.RelTol, s.AbsTol = 1e-12, 1e-3 }), nil, ""},
		{ConvergedBackward, laplacian, v(func(s *Settings) { s.RelTol, s.BackwardTol = 1e-15, 1e-9 }), nil, ""},
		{CyclesDone, laplacian, v(func(s *Settings) { s.RelTol, s.MaxCycles = 0, 3 }), nil, ""},
		{CycleLimit, laplacian, v(func(s *Settings) { s.MaxCycles = 2 }), nil, "cycle limit"},
		{CycleLimit, laplacian, v(func(s *Settings) { s.MaxCycles, s.Krylov = 2, CG }), nil, "cycle limit"},
		{RoundingLimit, laplacian, v(func(s *Settings) { s.RelTol = 1e-300 }), nil, ""},
		{RoundingLimit, laplacian, v(func(s *Settings) { s.RelTol, s.Krylov = 1e-300, CG }), nil, ""},
		{RoundingLimit, laplacian, v(func(s *Settings) { s.RelTol, s.Krylov = 1e-300, FGMRES }), nil, ""},
		{RoundingLimit, laplacian, v(func(s *Settings) { s.RelTol, s.Krylov = 1e-300, BiCGStab }), nil, ""},
		{Stagnated, laplacian, v(func(s *Settings) { s.Smoother = Jacobi{1e-6}; s.Coarsening = halfWeighting{} }), nil, "stopped falling"},
		{Diverged, laplacian, v(func(s *Settings) { s.Smoother = Jacobi{1.9} }), nil, "diverges"},
		{NotFinite, laplacian, v(func(s *Settings) { s.Smoother = huge }), nil, "in the iteration"},
		{NotFiniteData, laplacian, v(func(s *Settings) {}), func(u, g *pde.Field[float64]) { g.Set(3, 4, 0, math.NaN()) }, "g[3 4 0] is NaN"},
		{NotFiniteData, laplacian, v(func(s *Settings) { s.Krylov = CG }), func(u, g *pde.Field[float64]) { g.Set(3, 4, 0, math.Inf(1)) }, "g[3 4 0] is +Inf"},
		{NotFiniteData, laplacian, v(func(s *Settings) {}), func(u, g *pde.Field[float64]) { u.Set(5, 6, 0, math.Inf(-1)) }, "u[5 6 0] is -Inf"},
		{NotFiniteData, laplacian, v(func(s *Settings) {}), func(u, g *pde.Field[float64]) { u.Set(0, 6, 0, math.NaN()) }, "u[0 6 0] is NaN"},
		{NotFiniteData, stencil.Laplacian(closed), v(func(s *Settings) {}), func(u, g *pde.Field[float64]) { g.Set(32, 1, 0, math.NaN()) }, "g[32 1 0] is NaN"},
		{Indefinite, shifted(t, grid, 500), v(func(s *Settings) { s.Krylov, s.Coarsening = CG, laplacianBelow{} }), nil, "not definite"},
		{IndefiniteCycle, laplacian, v(func(s *Settings) { s.Krylov, s.Smoother = CG, Jacobi{1.9} }), nil, "cycle is not definite"},
		{NotSymmetric, wind(t, grid, 10), v(func(s *Settings) { s.Krylov, s.Coarsening = CG, Galerkin{} }), nil, "not symmetric"},
		{Incompatible, stencil.Laplacian(closed), v(func(s *Settings) { s.Singular = Refuse }), func(u, g *pde.Field[float64]) {
			g.FillInterior(func(_, _, _ float64) float64 { return .25 })
		}, "the mean of g is 0.25"},
		{Interrupted, laplacian, v(func(s *Settings) { s.Krylov = FGMRES }), nil, "canceled"},
	} {
		solver, err := NewSolver(c.a, c.s)
		if err != nil {
			t.Errorf("%v: %v", c.want, err)
			continue
		}
		from, _ := c.a.Grids()
		u, g := pde.NewField[float64](from), pde.NewField[float64](from)
		u.Randomize(1)
		g.Randomize(2)
		if c.change != nil {
			c.change(u, g)
		}
		ctx, cancel := context.WithCancel(t.Context())
		if c.want == Interrupted {
			seen := 0
			solver.settings.Recorder = func(int, float64) {
				if seen++; seen == 3 {
					cancel()
				}
			}
		}
		res, err := solver.Solve(ctx, u, g)
		cancel()
		if res.Status != c.want || !errors.Is(err, c.want.Err()) || c.mention != "" && (err == nil || !strings.Contains(err.Error(), c.mention)) {
			t.Errorf("%q, Krylov %v: %q after %d cycles, %v, residuals %.2g", c.want, c.s.Krylov, res.Status, res.Cycles, err, res.Residuals)
		}
		if c.want.Err() != nil && err == nil || strings.Contains(fmt.Sprint(err), "\n") {
			t.Errorf("%v: error %v; want one in a line", c.want, err)
		}
		if res.Levels != solver.Levels() || res.Times.Setup <= 0 || res.Time < res.Times.Cycles+res.Times.Krylov {
			t.Errorf("%v: levels %d, times %+v of %v", c.want, res.Levels, res.Times, res.Time)
		}
		if finite(res.Residuals[0]) && len(res.Residuals) != res.Cycles+1 {
			t.Errorf("%v: %d residuals of %d cycles", c.want, len(res.Residuals), res.Cycles)
		}
	}
	// Every status has a text and says by Err whether the solve failed.
	for s := Running; s <= Interrupted; s++ {
		good := s <= CyclesDone || s == RoundingLimit
		if s.String() == "" || (s.Err() == nil) != good {
			t.Errorf("status %d: %q, %v", int(s), s, s.Err())
		}
	}
	if Status(99).Err() == nil || Status(-1).String() != "status -1" {
		t.Error("unknown statuses pass")
	}
}

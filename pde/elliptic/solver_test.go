package elliptic

import (
	"context"
	"math"
	"testing"

	"mgtool/multigrid"
	"mgtool/pde"
)

// The solver's cycles find what elimination finds, for constant coefficients and for those
// of faces, on every kind of side.
func TestCyclesAgreeWithElimination(t *testing.T) {
	for _, m := range every() {
		if m.dim == 3 && m.a != "one" && m.a != "diagonal" || m.flow != "" || m.stretch || m.a == "tensor" || m.scheme == Mehrstellen {
			continue
		}
		e, _ := m.equation(t, 9)
		s := discretize(t, e)
		s.Project()
		settings := multigrid.DefaultSettings()
		settings.RelTol, settings.MaxCycles = 1e-11, 60
		solver, err := multigrid.NewSolver(s.A, settings)
		if err != nil {
			t.Errorf("%s: %v", m, err)
			continue
		}
		u := s.U.Clone()
		if _, err := solver.Solve(context.Background(), u, s.G); err != nil {
			t.Errorf("%s: %v", m, err)
			continue
		}
		direct(t, s, s.Singular())
		got, want := u.Interior(), s.U.Interior()
		shift, size := 0.0, 0.0 // a singular system leaves a constant open
		if s.Singular() {
			shift = got[0] - want[0]
		}
		for _, v := range want {
			size = max(size, math.Abs(v))
		}
		for i, v := range want {
			if d := math.Abs(got[i] - shift - v); !(d <= 1e-8*size) {
				t.Errorf("%s: cycles and elimination differ by %.2g; want at most %.2g", m, d, 1e-8*size)
				break
			}
		}
	}
}

// On cells with given values on the sides, rediscretised cycles are chosen and as fast as on
// vertices.
func TestFactorsOnCells(t *testing.T) {
	for _, n := range []int{64, 256} {
		grid, err := pde.Unit(2, n)
		if err != nil {
			t.Fatal(err)
		}
		grid.Cells = true
		e := Equation{Grid: grid, Diffusion: Tensor{XX: Function(func(x, y, _ float64) float64 { return 1 + .5*math.Sin(6*x+2*y) })}}
		s := discretize(t, e)
		settings, why := multigrid.Choose(s.A)
		if settings.Coarsening != (multigrid.Rediscretized{}) {
			t.Errorf("n = %d: %s; want rediscretised cycles", n, why)
		}
		settings.Krylov, settings.RelTol = multigrid.None, 1e-10
		solver, err := multigrid.NewSolver(s.A, settings)
		if err != nil {
			t.Fatal(err)
		}
		u := s.U.Clone()
		s.G.Randomize(1)
		res, err := solver.Solve(context.Background(), u, s.G)
		if err != nil || !(res.Factor < .15) {
			t.Errorf("n = %d: %v, factor %.3f with %s; want at most 0.15", n, err, res.Factor, why)
		}
	}
}

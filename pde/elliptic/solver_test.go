package elliptic

import (
	"context"
	"math"
	"testing"

	"mgtool/multigrid"
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

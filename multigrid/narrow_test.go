package multigrid

import (
	"testing"

	"mgtool/pde"
	"mgtool/pde/stencil"
)

// What is chosen solves boxes of few cells across, and of many along, with sides of every
// kind across: rediscretised cycles, or conjugate gradients where these do not.
func TestChosenForNarrow(t *testing.T) {
	if testing.Short() {
		t.Skip("some 200 solves")
	}
	kinds := [][2]pde.Boundary{{dir, dir}, {dir, neu}, {neu, neu}, {per, per}}
	shapes := [][]int{{0, 300}, {0, 4096}, {0, 64, 64}, {0, 0, 512}} // 0 is across
	for _, shape := range shapes {
		for _, n := range []int{2, 3, 4, 5, 16} {
			if len(shape) == 3 && n == 16 {
				continue
			}
			for _, across := range kinds {
				for _, cells := range []bool{false, true} {
					c := sided{n: append([]int{}, shape...), cells: cells}
					for d := range c.n {
						if c.n[d] == 0 {
							c.n[d], c.sides[d] = n, across
						}
					}
					isNarrow(t, c.operator(t, [3]float64{1.21, 1.21, 1}, 0))
				}
			}
		}
	}
	// Coefficients of faces and the sides of Robin's condition likewise.
	for _, across := range kinds {
		g := mustGrid(t, []int{3, 1024}, []float64{.01, .01})
		g.Sides[0] = across
		isNarrow(t, facesOn(t, g, hills, nil))
	}
	robin := sided{n: []int{2, 1024}, sides: [3][2]pde.Boundary{{neu, neu}}, alpha: [3][2]float64{{1e-3, 0}}}
	isNarrow(t, robin.operator(t, [3]float64{1, 1, 1}, 0))
}

// isNarrow solves with what is chosen for a narrow box.
func isNarrow(t *testing.T, a stencil.Operator) {
	t.Helper()
	s, why := Choose(a)
	s.RelTol, s.MaxCycles = 1e-8, 40
	krylov := s.Krylov != Auto
	if !krylov { // measured by cycles alone
		s.Krylov, s.Cycle.Full = None, false
	}
	solver, err := NewSolver(a, s)
	if err != nil {
		t.Fatal(err)
	}
	grid, _ := a.Grids()
	u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
	g.Randomize(1)
	res, err := solver.Solve(t.Context(), u, g)
	if err != nil || !krylov && res.Factor > .25 {
		t.Errorf("%v, sides %v, cells %t: %v, factor %.3f after %d cycles with %s", grid, grid.Sides, grid.Cells, err, res.Factor, len(res.Residuals)-1, why)
	}
}

package multigrid

import (
	"runtime"
	"testing"

	"mgtool/multigrid/cycle"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// On periodic axes the first block of a restriction and the last share a row: with the race
// detector, neither may change what the other reads. Cycles without steps before the correction
// restrict in a pass of their own.
func TestRestrictionSharesRows(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	for _, n := range [][]int{{256, 128}, {64, 32, 32}} {
		grid := mustGrid(t, n, []float64{1, 1, 1}[:len(n)])
		for d := range n {
			grid.Sides[d] = [2]pde.Boundary{pde.Periodic, pde.Periodic}
		}
		a, err := stencil.Diffusion(grid, [3]float64{1, 1, 1}, .1)
		if err != nil {
			t.Fatal(err)
		}
		s := Settings{Cycle: cycle.Cycle{Pre: []int{0}, Post: []int{2}, Gamma: 1}, MaxCycles: 20, RelTol: 1e-8}
		solver, err := NewSolver(a, s)
		if err != nil {
			t.Fatal(err)
		}
		u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
		g.Randomize(1)
		u.Randomize(2)
		if _, err := solver.Solve(t.Context(), u, g); err != nil {
			t.Error(err)
		}
	}
}

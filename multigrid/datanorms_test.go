package multigrid

import (
	"math"
	"testing"

	"mgtool/multigrid/cycle"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// What unknowns that couple with no other are given to be does not change what a tolerance is
// relative to: the solve of the others is the same for any of their values.
func TestLoneUnknownsDoNotCount(t *testing.T) {
	grid := mustGrid(t, []int{24, 20}, []float64{1, 1})
	lone := func(i, j int) bool { return math.Hypot(float64(i-15), float64(j-9)) < 5 || i == 3 && j == 3 }
	var c stencil.Coefficients
	for o, d := range map[int][2]int{13: {}, 12: {-1, 0}, 14: {1, 0}, 10: {0, -1}, 16: {0, 1}} {
		c[o] = pde.NewField[float64](grid)
		c[o].FillInterior(func(_, _, _ float64) float64 { return 0 })
		for j := 1; j < grid.N[1]; j++ {
			for i := 1; i < grid.N[0]; i++ {
				switch {
				case o == 13:
					c[o].Set(i, j, 0, 4)
				case !lone(i, j) && !lone(i+d[0], j+d[1]):
					c[o].Set(i, j, 0, -1)
				}
			}
		}
	}
	varying, err := stencil.Varying(grid, c)
	if err != nil {
		t.Fatal(err)
	}
	for name, settings := range map[string]Settings{
		"black-box":    {Components: Components{Smoother: Lines{}, Coarsening: BlackBox{}}},
		"Galerkin":     {Components: Components{Smoother: RedBlack{Omega: 1}, Coarsening: Galerkin{}}},
		"largest":      {Components: Components{Smoother: Lines{}, Coarsening: BlackBox{}}, Norm: NormMax},
		"inside 0":     {Components: Components{Smoother: Lines{}, Coarsening: BlackBox{}}},
		"conjugate":    {Components: Components{Smoother: Lines{}, Coarsening: BlackBox{}}, Krylov: CG},
		"aggregation":  {Components: Components{Smoother: SymmetricGaussSeidel{}, Coarsening: Aggregation{}}, Krylov: CG},
		"full pass":    {Components: Components{Smoother: RedBlack{Omega: 1}, Coarsening: Galerkin{}}, Cycle: cycle.Cycle{Pre: []int{1}, Post: []int{1}, Gamma: 1, Full: true}},
		"first cycles": {Components: Components{Smoother: Lines{}, Coarsening: BlackBox{}}, Baseline: First},
	} {
		settings.RelTol, settings.MaxCycles = 1e-8, 60
		if settings.Cycle.Gamma == 0 {
			settings.Cycle = krylovSettings(None, nil).Cycle
		}
		solver, err := NewSolver(varying, settings)
		if err != nil {
			t.Fatal(name, err)
		}
		var first *Result
		for _, value := range []float64{0, 1, 1e6} {
			u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
			g.Randomize(3)
			if name != "inside 0" {
				u.FillBoundary(func(x, y, _ float64) float64 { return 1 + x*y })
			}
			for j := 1; j < grid.N[1]; j++ {
				for i := 1; i < grid.N[0]; i++ {
					if lone(i, j) {
						g.Set(i, j, 0, 4*value)
						u.Set(i, j, 0, value)
					}
				}
			}
			res, err := solver.Solve(t.Context(), u, g)
			if err != nil {
				t.Fatal(name, value, err)
			}
			if first == nil {
				first = res
			}
			if res.Cycles != first.Cycles || math.Abs(res.Residuals[0]-first.Residuals[0]) > 1e-9*first.Residuals[0] {
				t.Errorf("%s: with %g given, %d cycles from a residual of %g; with 0, %d from %g", name, value, res.Cycles, res.Residuals[0], first.Cycles, first.Residuals[0])
			}
		}
	}
}

package multigrid

import (
	"strings"
	"testing"

	"mgtool/pde"
	"mgtool/pde/stencil"
)

// swapped has R and P in each other's place.
type swapped struct{ Rediscretized }

func (s swapped) Coarsen(levels []Coarse) (c Coarse, ok bool, err error) {
	c, ok, err = s.Rediscretized.Coarsen(levels)
	c.R, c.P = c.P, c.R
	return c, ok, err
}

// What a solver cannot do is refused by the name of what is wrong.
func TestRefusals(t *testing.T) {
	square := mustGrid(t, []int{40, 40}, []float64{1, 1})
	line := mustGrid(t, []int{200}, []float64{1})
	oneSided := square
	oneSided.Sides[0][0] = pde.Periodic
	identity, err := stencil.Identity(square)
	if err != nil {
		t.Fatal(err)
	}
	plane := StencilSmoother{"plane", byKernel(func(pde.Grid) stencil.Kernel {
		return stencil.Plane([3][3]float64{{.1, .1, .1}, {.1, .2, .1}, {.1, .1, .1}})
	})}
	for name, c := range map[string]struct {
		a       stencil.Operator
		change  func(s *Settings)
		mention string
	}{
		"no operator":            {stencil.Operator{}, nil, "want both along 1, 2 or 3"},
		"one periodic side":      {stencil.Laplacian(oneSided), nil, "axis 0 is periodic at one side only"},
		"an operator without −Δ": {identity, nil, "known by its coefficients on this grid only"},
		"no operator at all":     {identity.Scale(0), func(s *Settings) { s.Coarsening = Galerkin{} }, "diagonal"},
		"R for P":                {stencil.Laplacian(square), func(s *Settings) { s.Coarsening = swapped{} }, "want transfers from 40×40 cells to 20×20 cells and back"},
		"a plane on a line":      {stencil.Laplacian(line), func(s *Settings) { s.Smoother = plane }, "smoother plane on 200 cells"},
		"another precision":      {stencil.Laplacian(square), func(s *Settings) { s.Precision = 7 }, "precision 7"},
	} {
		s := DefaultSettings()
		if c.change != nil {
			c.change(&s)
		}
		if _, err := NewSolver(c.a, s); err == nil || !strings.Contains(err.Error(), c.mention) {
			t.Errorf("%s: %v; want an error with %q", name, err, c.mention)
		}
	}
}

// The sign and the size of A do not matter: +Δ is solved in the cycles of −Δ, singular or
// not, with constant and with variable coefficients.
func TestScaledOperator(t *testing.T) {
	closed := periodic(t)[2]
	for _, grid := range []pde.Grid{mustGrid(t, []int{48, 40}, []float64{1, 1.1}), closed} {
		var star stencil.Coefficients
		kernel, _ := stencil.Laplacian(grid).Kernel()
		for o, v := range kernel {
			if v != 0 {
				star[o] = pde.NewField[float64](grid)
				star[o].FillInterior(func(_, _, _ float64) float64 { return v })
			}
		}
		varying, err := stencil.Varying(grid, star)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range []stencil.Operator{stencil.Laplacian(grid), varying} {
			for _, coarsening := range []Coarsening{Rediscretized{}, Galerkin{}, BlackBox{}} {
				if _, constant := a.Kernel(); !constant && coarsening == (Rediscretized{}) {
					continue
				}
				var cycles [2]int
				for i, scale := range []float64{1, -1e3} {
					s := DefaultSettings()
					s.Coarsening = coarsening
					solver, err := NewSolver(a.Scale(scale), s)
					if err != nil {
						t.Fatalf("%v times %g: %v", grid, scale, err)
					}
					u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
					g.Randomize(1)
					res, err := solver.Solve(t.Context(), u, g)
					if err != nil {
						t.Fatalf("%v times %g: %v", grid, scale, err)
					}
					cycles[i] = res.Cycles
				}
				if cycles[0] != cycles[1] {
					t.Errorf("%v by %T: %d cycles, %d of −1000 times it", grid, coarsening, cycles[0], cycles[1])
				}
			}
		}
	}
}

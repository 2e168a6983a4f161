package multigrid

import (
	"math"
	"testing"

	"mgtool/multigrid/cycle"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// asymptotic is the factor of V(1,1)-cycles from a random start, the geometric mean
// over cycles 50 to 60.
func asymptotic(t *testing.T, grid pde.Grid, sm Smoother) float64 {
	t.Helper()
	f, err := newHierarchy[float64](stencil.Laplacian(grid), Components{Smoother: sm})
	if err != nil {
		t.Fatal(err)
	}
	u := pde.NewField[float64](grid)
	u.Randomize(1)
	if err := f.bind(u, pde.NewField[float64](grid)); err != nil {
		t.Fatal(err)
	}
	c, _ := cycle.ParseCycle("v", 1, 1)
	var at []float64
	for range 60 {
		f.cycle(c, nil)
		f.norms(func(r, _ float64) { at = append(at, r) })
	}
	if at[59] == 0 || at[49] < 1e-250 {
		return 0
	}
	return math.Pow(at[59]/at[49], .1)
}

// Cells of every shape converge: the ratios of the widths are close together where
// the choice of axes changes, from 1 to 2.2, and go up to 10⁴, either way round.
func TestFactorsOfAllWidths(t *testing.T) {
	if testing.Short() {
		t.Skip("many solves, of which others here are a part")
	}
	const most = 0.2
	worst := map[int]float64{}
	try := func(n []int, h ...float64) {
		sm, err := NewSmoother("rbsor", len(n), 0)
		if err != nil {
			t.Fatal(err)
		}
		factor := asymptotic(t, mustGrid(t, n, h), sm)
		worst[len(n)] = max(worst[len(n)], factor)
		if !(factor <= most) {
			t.Errorf("%v cells of widths %.4g: factor %.3f, want at most %g", n, h, factor, most)
		}
	}
	// steps are ratios from 1 to top.
	steps := func(count int, top float64) (list []float64) {
		for i := range count {
			list = append(list, math.Pow(top, float64(i)/float64(count-1)))
		}
		return list
	}
	for _, top := range []float64{2.2, 1e4} {
		for _, r := range steps(12, top) {
			for _, n := range [][]int{{64, 64}, {50, 40}, {129, 129}} {
				try(n, 1, r)
				try(n, r, 1)
			}
		}
		for _, a := range steps(5, top) {
			for _, b := range steps(5, top) {
				for _, n := range [][]int{{24, 24, 24}, {17, 20, 33}} {
					try(n, 1, a, b)
					try(n, a, b, 1)
				}
			}
		}
	}
	n := []int{48, 48, 48}
	try(n, 1, 1, 1.49)
	try(n, 1, 1.49, 1)
	try(n, 1.49, 1, 1)
	try(n, 1, 1, 3)
	try([]int{60, 50, 40}, 1./60, 1./50, 1./40)
	for _, n := range []int{65, 97} { // odd numbers of cells, whose factors grow with n
		try([]int{n, n, n}, 1, 1.1, 1.1)
		try([]int{n, n, n}, 1, 1.3, 1.3)
		try([]int{n, n, n}, 2.6, 1, 1.3)
	}
	t.Logf("worst factor %.3f in two dimensions, %.3f in three", worst[2], worst[3])
}

// gridsOf lists the grids of the levels.
func gridsOf(t *testing.T, grid pde.Grid) (list []pde.Grid) {
	t.Helper()
	levels, err := coarsen(stencil.Laplacian(grid), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range levels {
		g, _ := l.A.Grids()
		list = append(list, g)
	}
	return list
}

// Square and cubic cells become coarser along all axes until these have two cells;
// all levels together have at most twice the unknowns of the finest.
func TestCoarsening(t *testing.T) {
	for _, n := range [][]int{{64, 64}, {33, 2000}, {65, 64, 33}, {5, 1000, 17}} {
		levels := gridsOf(t, mustGrid(t, n, []float64{1, 1, 1}[:len(n)]))
		for i := range levels[1:] {
			for d := range n {
				if have, want := levels[i+1].N[d], max(2, (levels[i].N[d]+1)/2); have != want {
					t.Errorf("%v: level %d has %d cells along axis %d, want %d", n, i+1, have, d, want)
				}
			}
		}
	}
	for _, n := range [][]int{{1000}, {501, 333}, {64, 64, 64}, {33, 57, 20}, {7, 11, 1999}, {2, 2, 5000}} {
		for _, h := range [][]float64{{1, 1, 1}, {1, 1.3, 1.6}, {1, 10, 100}, {10000, 1, 100}} {
			levels, sum := gridsOf(t, mustGrid(t, n, h[:len(n)])), 0
			for _, l := range levels {
				sum += l.Unknowns()
			}
			last := levels[len(levels)-1].Unknowns()
			if most := 2 * levels[0].Unknowns(); sum > most || last > smallest {
				t.Errorf("%v, widths %v: %d unknowns on all levels, %d on the coarsest; want at most %d and %d", n, h, sum, last, most, smallest)
			}
		}
	}
}

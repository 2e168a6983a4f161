package pde

import (
	"fmt"
	"math"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// grids has unequal cells and widths in every dimension, the smallest sizes too.
func grids(t *testing.T) []Grid {
	t.Helper()
	var list []Grid
	for _, c := range []struct {
		n []int
		h []float64
	}{
		{[]int{2}, []float64{.5}},
		{[]int{9}, []float64{.3}},
		{[]int{200}, []float64{.005}},
		{[]int{2, 2}, []float64{.5, .5}},
		{[]int{5, 5}, []float64{.2, .2}},
		{[]int{8, 6}, []float64{.125, .125}},
		{[]int{7, 30}, []float64{.1, .03}},
		{[]int{2, 2, 2}, []float64{.5, .5, .5}},
		{[]int{2, 5, 3}, []float64{.5, .1, 2}},
		{[]int{9, 4, 6}, []float64{.1, .3, .2}},
		{[]int{4, 2, 11}, []float64{.25, .25, .25}},
	} {
		g, err := NewGrid(c.n, c.h)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, g)
	}
	return list
}

func TestGridSizes(t *testing.T) {
	for _, c := range []struct {
		n                       []int
		dim, unknowns, vertices int
		coarsen                 bool
		text                    string
	}{
		{[]int{8}, 1, 7, 9, true, "8 cells"},
		{[]int{64, 64}, 2, 63 * 63, 65 * 65, true, "64×64 cells"},
		{[]int{8, 16, 4}, 3, 7 * 15 * 3, 9 * 17 * 5, true, "8×16×4 cells"},
		{[]int{8, 2}, 2, 7, 27, false, "8×2 cells"},
		{[]int{8, 8, 7}, 3, 7 * 7 * 6, 9 * 9 * 8, false, "8×8×7 cells"},
	} {
		g, err := NewGrid(c.n, []float64{.5, .25, .125}[:len(c.n)])
		if err != nil {
			t.Fatal(err)
		}
		if g.Dim() != c.dim || g.Unknowns() != c.unknowns || g.Vertices() != c.vertices || g.CanCoarsen() != c.coarsen || g.String() != c.text {
			t.Errorf("%v: dimension %d, %d unknowns of %d vertices, coarsens %v; want %s, %d, %d of %d, %v",
				g, g.Dim(), g.Unknowns(), g.Vertices(), g.CanCoarsen(), c.text, c.dim, c.unknowns, c.vertices, c.coarsen)
		}
		if c.coarsen {
			coarse := g.Coarsen()
			for d := range c.n {
				if coarse.N[d] != c.n[d]/2 || coarse.H[d] != 2*g.H[d] {
					t.Errorf("%v coarsens to %v", g, coarse)
				}
			}
			if coarse.Dim() != c.dim {
				t.Errorf("%v coarsens to dimension %d", g, coarse.Dim())
			}
		}
	}
}

// Rows visits each row inside once, on any number of threads.
func TestRows(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	long, _ := NewGrid([]int{40000, 9, 7}, []float64{1, 1, 1})
	for _, g := range append(grids(t), long) {
		var lock sync.Mutex
		seen := map[[2]int]int{}
		g.Rows(func(j, k int) {
			lock.Lock()
			defer lock.Unlock()
			seen[[2]int{j, k}]++
		})
		j0, j1 := g.Inside(1)
		k0, k1 := g.Inside(2)
		for k := k0; k < k1; k++ {
			for j := j0; j < j1; j++ {
				if seen[[2]int{j, k}] != 1 {
					t.Errorf("%v: row (%d, %d) visited %d times", g, j, k, seen[[2]int{j, k}])
				}
			}
		}
		if len(seen)*(g.N[0]-1) != g.Unknowns() {
			t.Errorf("%v: %d rows", g, len(seen))
		}
	}
}

func TestGridErrors(t *testing.T) {
	one := []float64{1, 1, 1, 1}
	for _, c := range []struct {
		n    []int
		h    []float64
		want string
	}{
		{nil, nil, "0 axes"},
		{[]int{4, 4, 4, 4}, one, "4 axes"},
		{[]int{4, 4}, one[:1], "along 1"},
		{[]int{4, 1}, one[:2], "1 cells along axis 1"},
		{[]int{-3}, one[:1], "-3 cells"},
		{[]int{4, 4}, []float64{1, 0}, "width 0 along axis 1"},
		{[]int{4, 4}, []float64{-.5, 1}, "width -0.5"},
		{[]int{4}, []float64{math.NaN()}, "width NaN"},
		{[]int{4}, []float64{math.Inf(1)}, "width +Inf"},
		{[]int{4}, []float64{1e-200}, "width 1e-200"},
		{[]int{1<<28 + 1}, one[:1], "268435457 cells"},
		{[]int{32768, 32768}, one[:2], "32768×32768 cells"},
		{[]int{16384, 16385}, one[:2], "268468225 vertices"},
		{[]int{1025, 1024, 1024}, one[:3], "1025×1024×1024"},
		{[]int{math.MaxInt, math.MaxInt, math.MaxInt}, one[:3], "9223372036854775807×"},
		{[]int{2, math.MaxInt}, one[:2], "2×9223372036854775807"},
	} {
		if g, err := NewGrid(c.n, c.h); err == nil || !strings.Contains(err.Error(), c.want) || g != (Grid{}) {
			t.Errorf("%v of %v: %v, %v; want an error with %q", c.n, c.h, g, err, c.want)
		}
	}
	for dim, n := range map[int]int{1: 1 << 28, 2: 16384, 3: 1024} {
		if _, err := Unit(dim, n); err != nil {
			t.Errorf("the largest grid: %v", err)
		}
		for _, n := range []int{-1, 0, 1, n + 1} {
			if _, err := Unit(dim, n); err == nil {
				t.Errorf("n = %d accepted in dimension %d", n, dim)
			}
		}
	}
	for _, dim := range []int{-1, 0, 4} {
		if _, err := Unit(dim, 8); err == nil || !strings.Contains(err.Error(), fmt.Sprint(dim)) {
			t.Errorf("dimension %d: %v", dim, err)
		}
	}
}

// Points at unequal distances lie at the given coordinates, or at the centres between them;
// ghosts beyond them at images or mirror images.
func TestStretchedCoordinates(t *testing.T) {
	vertices := []float64{1, 2, 4, 7, 8}
	for _, c := range []struct {
		side  Boundary
		cells bool
		want  []float64 // from the first ghost to the last
	}{
		{Dirichlet, false, []float64{1, 2, 4, 7, 8}},
		{Neumann, false, []float64{0, 1, 2, 4, 7, 8, 9}},
		{Periodic, false, []float64{1, 2, 4, 7, 8, 9}},
		{Dirichlet, true, []float64{.5, 1.5, 3, 5.5, 7.5, 8.5}},
		{Periodic, true, []float64{.5, 1.5, 3, 5.5, 7.5, 8.5}},
	} {
		g := Grid{N: [3]int{4}, H: [3]float64{1.75}, Cells: c.cells, Stretch: &Coordinates{vertices}}
		g.Sides[0] = [2]Boundary{c.side, c.side}
		if n := g.Inner(0) + 2; n != len(c.want) {
			t.Fatalf("%v, cells %v: %d points; want %d", c.side, c.cells, n, len(c.want))
		}
		for i, want := range c.want {
			if x := g.Coordinate(0, i); x != want {
				t.Errorf("kind %v, cells %v: index %d lies at %g; want %g", c.side, c.cells, i, x, want)
			}
		}
	}
}

// Every second vertex keeps its place, on equal and on unequal widths.
func TestCoarsenKeepsPlaces(t *testing.T) {
	for _, side := range []Boundary{Dirichlet, Periodic, Neumann} {
		fine := Grid{N: [3]int{4, 8}, H: [3]float64{1.75, .125}, Stretch: &Coordinates{{1, 2, 4, 7, 8}, nil}}
		fine.Sides = [3][2]Boundary{{side, side}, {side, side}}
		coarse := fine.Coarsen()
		if want := ([3]int{2, 4}); coarse.N != want {
			t.Fatalf("%v cells; want %v", coarse.N, want)
		}
		for d := range fine.Dim() {
			lo, hi := coarse.Box(d)
			first, _ := fine.Box(d)
			for i := lo; i < hi; i++ {
				if x, want := coarse.Coordinate(d, i), fine.Coordinate(d, first+2*(i-lo)); x != want {
					t.Errorf("kind %v: vertex %d along axis %d lies at %g; want %g", side, i, d, x, want)
				}
			}
		}
		if n := len(fine.Stretch[0]); n != 5 {
			t.Errorf("the fine grid has %d coordinates now; want 5", n)
		}
	}
}

func ExampleNewGrid() {
	grid, err := NewGrid([]int{8, 16, 4}, []float64{.125, .0625, .25})
	fmt.Println(grid, "with", grid.Unknowns(), "unknowns,", err)
	_, err = NewGrid([]int{8, 1}, []float64{.125, 1})
	fmt.Println(err)
	// Output:
	// 8×16×4 cells with 315 unknowns, <nil>
	// pde: 1 cells along axis 1; want at least 2
}

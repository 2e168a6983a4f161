package multigrid

import (
	"context"
	"math"
	"slices"
	"testing"

	"mgtool/multigrid/cycle"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// A grid of short rows is solved as the one of long rows is: the same cycles, the
// residuals to rounding, u as well, the boundary untouched, whichever way it lies.
func TestShortRows(t *testing.T) {
	for _, long := range [][]int{{3000, 2}, {301, 7}, {500, 2, 2}, {400, 3, 5}, {130, 4, 31}} {
		h := []float64{1, 1.5, .7}[:len(long)]
		for _, precision := range []Precision{Double, Mixed} {
			for _, name := range []string{"v", "fmg"} {
				s := DefaultSettings()
				s.Precision = precision
				s.Cycle, _ = cycle.ParseCycle(name, 1, 1)
				value := func(seed float64, at [3]float64) float64 {
					return math.Sin(seed + 3*at[0] + 5*at[1]*at[1] + 7*at[2])
				}
				// run solves with axis d of the grid being axis order[d] of long.
				run := func(order []int) (*Result, func(at [3]int) float64) {
					var n []int
					var width []float64
					for _, d := range order {
						n, width = append(n, long[d]), append(width, h[d])
					}
					grid := mustGrid(t, n, width)
					place := func(x, y, z float64) (at [3]float64) {
						for d, from := range order {
							at[from] = []float64{x, y, z}[d]
						}
						return at
					}
					u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
					g.FillInterior(func(x, y, z float64) float64 { return value(1, place(x, y, z)) })
					u.FillBoundary(func(x, y, z float64) float64 { return value(2, place(x, y, z)) })
					before := u.Clone()
					solver, err := NewSolver(stencil.Laplacian(grid), s)
					if err != nil {
						t.Fatal(err)
					}
					solver.Measure(true)
					res, err := solver.Solve(context.Background(), u, g)
					if err != nil {
						t.Fatal(err)
					}
					if work := solver.Work(); precision == Double && work[0].Grid != grid {
						t.Fatalf("%v: work on %v", grid, work[0].Grid)
					}
					before.CopyInterior(u)
					for i, v := range before.Data() {
						if v != u.Data()[i] {
							t.Fatalf("%v: the boundary has changed", grid)
						}
					}
					return res, func(at [3]int) float64 {
						var here [3]int
						for d, from := range order {
							here[d] = at[from]
						}
						return u.At(here[0], here[1], here[2])
					}
				}
				orders := [][]int{{0, 1}, {1, 0}}
				if len(long) == 3 {
					orders = [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}}
				}
				want, wantU := run(orders[0])
				for _, order := range orders[1:] {
					res, u := run(order)
					if res.Cycles != want.Cycles {
						t.Errorf("%v as %v: %d cycles, want %d", long, order, res.Cycles, want.Cycles)
						continue
					}
					for k, r := range want.Residuals {
						near := 1e-3*r + 1e-13
						if precision == Mixed && k > 0 {
							// What float32 leaves of a residual is chance: as large in every
							// order of the axes, as far as sums of N random squares are.
							near += 4 * r / math.Sqrt(2*float64(mustGrid(t, long, h).Unknowns()))
						}
						if math.Abs(res.Residuals[k]-r) > near {
							t.Errorf("%v as %v: residual %d is %g, want %g", long, order, k, res.Residuals[k], r)
						}
					}
					for i := range long[0] + 1 {
						at := [3]int{i, 1, min(1, len(long)-2)}
						if a, b := u(at), wantU(at); math.Abs(a-b) > 1e-6*(1+math.Abs(b)) {
							t.Fatalf("%v as %v: u%v = %g, want %g", long, order, at, a, b)
						}
					}
				}
			}
		}
	}
}

// The rows are long where there is a long axis.
func TestAxisOrder(t *testing.T) {
	for _, c := range []struct{ n, want []int }{
		{[]int{100}, []int{100}}, {[]int{2, 100000}, []int{100000, 2}}, {[]int{100000, 2}, []int{100000, 2}},
		{[]int{2, 2, 50000}, []int{50000, 2, 2}}, {[]int{3, 3000, 3}, []int{3000, 3, 3}}, {[]int{512, 4, 4}, []int{512, 4, 4}},
		{[]int{16, 1000, 1000}, []int{1000, 16, 1000}}, {[]int{8, 40, 20}, []int{40, 8, 20}}, {[]int{12, 8, 10}, []int{12, 8, 10}},
		{[]int{40, 4000}, []int{40, 4000}}, {[]int{20, 4, 4000}, []int{4000, 4, 20}},
	} {
		grid := mustGrid(t, c.n, []float64{1, 2, 3}[:len(c.n)])
		order, _ := orderFor(stencil.Laplacian(grid), Settings{})
		p := order.grid(grid)
		for d, n := range c.want {
			if p.N[d] != n {
				t.Errorf("%v: solved as %v, want %v", grid, p, c.want)
				break
			}
		}
		if order.back(p) != grid {
			t.Errorf("%v comes back as %v", grid, order.back(p))
		}
	}
}

// Of a grid of short rows with periodic sides the ghosts of u are images after a solve.
func TestShortPeriodicRows(t *testing.T) {
	for axis := range 2 {
		grid, err := mustGrid(t, []int{6, 40}, []float64{1, 1}).PeriodicAlong(axis)
		if err != nil {
			t.Fatal(err)
		}
		solver, err := NewSolver(stencil.Laplacian(grid), DefaultSettings())
		if err != nil {
			t.Fatal(err)
		}
		u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
		g.Randomize(1)
		if _, err := solver.Solve(t.Context(), u, g); err != nil {
			t.Fatal(err)
		}
		filled := u.Clone()
		filled.FillGhosts()
		if !slices.Equal(filled.Data(), u.Data()) {
			t.Errorf("periodic along %d: ghosts of u are not images of its unknowns", axis)
		}
	}
}

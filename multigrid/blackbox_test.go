package multigrid

// Black-box multigrid as a method of a Solver.

import (
	"context"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"mgtool/multigrid/cycle"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// boxFactor is the ratio of residuals over the last of 30 cycles for A u = 0.
func boxFactor(t testing.TB, a stencil.Operator, c Components, pre, post, gamma int) float64 {
	t.Helper()
	grid, _ := a.Grids()
	s := Settings{Cycle: cycle.Cycle{Pre: []int{pre}, Post: []int{post}, Gamma: gamma}, Components: c, MaxCycles: 1, RelTol: 0}
	solver, err := NewSolver(a, s)
	if err != nil {
		t.Fatal(err)
	}
	u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
	u.Randomize(1)
	worst := 0.0
	for n := range 24 {
		res, err := solver.Solve(context.Background(), u, g)
		if err != nil {
			t.Fatal(err)
		}
		if r := res.Residuals; n >= 16 {
			worst = max(worst, r[1]/r[0])
		}
		size := norm(u)
		u.FillGhosts()
		for i := range u.Data() {
			u.Data()[i] /= size
		}
	}
	return worst
}

// Zebra lines along the strong direction, two a cycle, have the factors of local Fourier
// analysis for −ε u_xx − u_yy (Briggs, Henson & McCormick; Trottenberg et al. §5.1).
func TestZebraFactors(t *testing.T) {
	for _, c := range []struct{ epsilon, want float64 }{{1, .062}, {.1, .046}, {.01, .049}} {
		a := fluxOperator(t, square(t, 128), func(d int, _ [3]int) float64 { return []float64{c.epsilon, 1}[d] }, 0)
		got := boxFactor(t, a, Components{Smoother: Lines{Axes: []int{1}}, Coarsening: BlackBox{}}, 1, 1, 2)
		t.Logf("ε = %g: %.4f", c.epsilon, got)
		if !(got < c.want*1.15) {
			t.Errorf("ε = %g: factor %.4f; want at most %g", c.epsilon, got, c.want)
		}
	}
}

// Nothing depends on the number of threads.
func TestBlackBoxThreads(t *testing.T) {
	for _, grid := range []pde.Grid{square(t, 300), cube(t, 40)} {
		a := jumping(t, grid, inclusions(.5, 1e3))
		components := []Components{boxPoints, boxLines}
		if grid.Dim() == 3 {
			components = append(components, boxPlanes)
		}
		for _, c := range components {
			var want []float64
			for _, threads := range []int{1, 2, 3, 7} {
				before := runtime.GOMAXPROCS(threads)
				m := newPreconditioner(t, a, c, 1, 1, 1)
				g := pde.NewField[float64](grid)
				g.Randomize(1)
				got := m.apply(g).Interior()
				runtime.GOMAXPROCS(before)
				if want == nil {
					want = got
				}
				if !slices.Equal(got, want) {
					t.Errorf("%v, %v: other bits on %d threads", grid, c.Smoother, threads)
				}
			}
		}
	}
}

// A Solver ends as it should, also where the first cycle raises the residual.
func TestBlackBoxSolver(t *testing.T) {
	for _, c := range []Components{boxPoints, boxLines, {Smoother: Lines{}}} {
		grid := square(t, 200)
		a := jumping(t, grid, checkerboard(8, 1e6))
		s := DefaultSettings()
		s.Components = c
		solver, err := NewSolver(a, s)
		if err != nil {
			t.Fatal(err)
		}
		u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
		g.FillInterior(func(x, y, _ float64) float64 { return 1 + x*y })
		res, err := solver.Solve(context.Background(), u, g)
		if err != nil || res.Status != Converged {
			t.Errorf("%v: %v, %v after %d cycles", c.Smoother, err, res.Status, res.Cycles)
		}
		r := pde.NewField[float64](grid)
		if err := a.Residual(r, u, g); err != nil {
			t.Fatal(err)
		}
		if got, want := norm(r)/norm(g), res.Residuals[res.Cycles]; math.Abs(got-want) > 1e-3*want {
			t.Errorf("%v: residual %g, reported %g", c.Smoother, got, want)
		}
	}
}

// Black-box multigrid takes no more memory than foreseen, and not much less.
func TestBlackBoxMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("large fields")
	}
	for _, n := range [][]int{{1 << 18}, {500, 500}, {60, 61, 62}} {
		grid := mustGrid(t, n, []float64{1, 1, 1}[:len(n)])
		ring := grid
		ring.Sides[0] = [2]pde.Boundary{pde.Periodic, pde.Periodic}
		for _, a := range []stencil.Operator{stencil.Laplacian(grid), jumping(t, ring, checkerboard(2, 10))} {
			for _, c := range []Components{boxPoints, boxLines, boxSemi, boxPlanes} {
				grid, _ := a.Grids()
				if _, planes := c.Smoother.(Planes); planes && grid.Dim() < 3 {
					continue
				}
				s := DefaultSettings()
				s.Components, s.MaxCycles, s.Krylov = c, 2, None
				u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
				g.Randomize(1)
				before := held()
				solver, err := NewSolver(a, s)
				if err != nil {
					t.Fatal(err)
				}
				solver.Solve(t.Context(), u, g)
				took, want := held()-before, mustMemory(t, a, s)
				t.Logf("%v, %v, %v: %d bytes, foreseen %d", grid, c.Smoother, c.Coarsening, took, want)
				if took > want || took < want/4 && c.Coarsening == (BlackBox{}) {
					t.Errorf("%v, %v, %v: a solver takes %d bytes, foreseen %d", grid, c.Smoother, c.Coarsening, took, want)
				}
				runtime.KeepAlive(solver)
				runtime.KeepAlive(u)
				runtime.KeepAlive(g)
			}
		}
	}
}

// A cycle allocates the list of its states and the loop over its legs, whatever the grid.
func TestBlackBoxAllocations(t *testing.T) {
	for _, n := range []int{64, 256} {
		grid := square(t, n)
		for _, c := range []Components{boxPoints, boxLines} {
			m := newPreconditioner(t, jumping(t, grid, checkerboard(2, 10)), c, 1, 1, 1)
			if err := m.f.bind(pde.NewField[float64](grid), pde.NewField[float64](grid)); err != nil {
				t.Fatal(err)
			}
			cycle := func() { m.f.cycle(m.c, nil); m.f.norms(func(_, _ float64) {}) }
			cycle()
			if got := testing.AllocsPerRun(5, cycle); got > 10 {
				t.Errorf("n = %d, %v: %g allocations a cycle", n, c.Smoother, got)
			} else {
				t.Log(got)
			}
		}
	}
}

func TestBlackBoxRefusals(t *testing.T) {
	grid := square(t, 16)
	zero := stencil.Coefficients{13: pde.NewField[float64](grid)}
	empty, err := stencil.Varying(grid, zero)
	if err != nil {
		t.Fatal(err)
	}
	for mention, c := range map[string]struct {
		a      stencil.Operator
		change func(s *Settings)
	}{
		"mixed precision": {stencil.Laplacian(grid), func(s *Settings) { s.Precision = Mixed }},
		"Watch of":        {stencil.Laplacian(grid), func(s *Settings) { s.Watch = func(int, cycle.Point, *pde.Field[float64], *pde.Field[float64]) {} }},
		"want rbgs":       {stencil.Laplacian(grid), func(s *Settings) { s.Smoother = GaussSeidel{} }},
		"along one of":    {stencil.Laplacian(grid), func(s *Settings) { s.Smoother = Lines{Axes: []int{2}} }},
		"three dim":       {stencil.Laplacian(grid), func(s *Settings) { s.Smoother = Planes{} }},
		"across axis 3":   {stencil.Laplacian(grid), func(s *Settings) { s.Smoother = Planes{Across: []int{3}} }},
		"axis 5":          {stencil.Laplacian(grid), func(s *Settings) { s.Smoother = Lines{Axes: []int{5}} }},
		"the diagonal":    {empty, func(*Settings) {}},
		"takes black-box": {stencil.Laplacian(grid), func(s *Settings) { s.Components = Components{Smoother: Lines{}, Coarsening: Rediscretized{}} }},
	} {
		s := DefaultSettings()
		s.Components = boxPoints
		c.change(&s)
		if _, err := NewSolver(c.a, s); err == nil || !strings.Contains(err.Error(), mention) {
			t.Errorf("%v; want an error with %q", err, mention)
		}
	}
	for _, name := range []string{"full", "galerkin", "semi", "blackbox"} {
		if _, err := CoarseningByName(name); err != nil {
			t.Error(err)
		}
	}
	if _, err := CoarseningByName("half"); err == nil {
		t.Error("a coarsening of no known name")
	}
}

// Norms are those of u as it is, whatever the images beyond periodic sides were before.
func TestBlackBoxNorms(t *testing.T) {
	grid := square(t, 20)
	grid.Sides = [3][2]pde.Boundary{{pde.Periodic, pde.Periodic}, {pde.Periodic, pde.Periodic}}
	a := fluxOperator(t, grid, func(int, [3]int) float64 { return 1 }, 1)
	m := newPreconditioner(t, a, boxPoints, 1, 1, 1)
	u, g, r := pde.NewField[float64](grid), pde.NewField[float64](grid), pde.NewField[float64](grid)
	if err := m.f.bind(u, g); err != nil {
		t.Fatal(err)
	}
	u.Randomize(1)
	got, _ := m.f.linear().norms()
	u.FillGhosts()
	if err := a.Residual(r, u, g); err != nil {
		t.Fatal(err)
	}
	if want := norm(r); math.Abs(got-want) > 1e-12*want {
		t.Errorf("a residual of %g, want %g", got, want)
	}
}

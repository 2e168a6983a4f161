package multigrid

import (
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"

	"mgtool/internal/memory"
	"mgtool/multigrid/cycle"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// held is the memory in use.
func held() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// Memory is what a solver has allocated after a solve, on any number of threads, for
// grids of every shape; and along one dimension it is 40 bytes an unknown at most, but
// for what does not grow with the grid, with u and g.
func TestMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("many solves, of which others here are a part")
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, n := range [][]int{{1 << 20}, {1<<20 - 1}, {1000, 1000}, {999, 777}, {100000, 2}, {99999, 3}, {100, 101, 102}, {50000, 2, 2}, {2, 100000}, {2, 3, 50000}, {9, 9, 2000}} {
		grid := mustGrid(t, n, []float64{1, 1, 1}[:len(n)])
		for i, s := range []Settings{{}, {Precision: Mixed}, {Components: Components{Smoother: Jacobi{.8}}}, {Cycle: cycle.Cycle{Full: true}}} {
			full := s.Cycle.Full
			s.Cycle, s.MaxCycles = DefaultSettings().Cycle, 2
			s.Cycle.Full = full
			for _, threads := range []int{1, 8} {
				runtime.GOMAXPROCS(threads)
				before := held()
				u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
				g.Randomize(1)
				fields := held() - before
				if want := 2 * pde.FieldBytes[float64](grid); math.Abs(float64(fields-want)) > .02*float64(want)+20000 {
					t.Errorf("%v: u and g take %d bytes, foreseen %d", grid, fields, want)
				}
				solver, err := NewSolver(stencil.Laplacian(grid), s)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := solver.Solve(t.Context(), u, g); err != nil {
					t.Fatal(err)
				}
				took, want := held()-before-fields, mustMemory(t, stencil.Laplacian(grid), s)
				if math.Abs(float64(took-want)) > .03*float64(want)+100000 {
					t.Errorf("%v, settings %d, %d threads: a solver takes %d bytes, foreseen %d", grid, i, threads, took, want)
				}
				const fixed = 1 << 20 // what does not grow with the grid, at most
				if all := float64(fields+want-fixed) / float64(grid.Unknowns()); len(n) == 1 && all > 40 {
					t.Errorf("%v, settings %d, %d threads: %.1f bytes an unknown", grid, i, threads, all)
				}
				runtime.KeepAlive(solver)
				runtime.KeepAlive(u)
				runtime.KeepAlive(g)
			}
		}
	}
}

// The same for operators of every form, with and without periodic sides, with every kind of
// smoother, with boundary values that are not 0.
func TestMemoryOfOperators(t *testing.T) {
	if testing.Short() {
		t.Skip("many solves, of which others here are a part")
	}
	second := StencilSmoother{"B", byKernel(func(g pde.Grid) (k stencil.Kernel) {
		k[13] = .5 / starDiagonal(g, [3]float64{1, 1, 1}, .1)
		return k
	})}
	for _, n := range [][]int{{1 << 16}, {256, 256}, {64, 32, 32}} {
		for periodic := range 1 + len(n) {
			grid := mustGrid(t, n, []float64{1, 1, 1}[:len(n)])
			for d := range periodic {
				grid.Sides[d] = [2]pde.Boundary{pde.Periodic, pde.Periodic}
			}
			reaction, err := stencil.Diffusion(grid, [3]float64{1, 1, 1}, .1)
			if err != nil {
				t.Fatal(err)
			}
			nine, err := stencil.Discretize("mehrstellen", grid)
			if err != nil {
				t.Fatal(err)
			}
			var c stencil.Coefficients
			kernel, _ := stencil.Laplacian(grid).Kernel()
			for o, v := range kernel {
				if v != 0 {
					c[o] = pde.NewField[float64](grid)
					c[o].FillInterior(func(_, _, _ float64) float64 { return v })
				}
			}
			varying, err := stencil.Varying(grid, c)
			if err != nil {
				t.Fatal(err)
			}
			for i, a := range []stencil.Operator{stencil.Laplacian(grid), reaction, nine.A, varying} {
				for k, smoother := range []Smoother{second, RedBlack{1}, Jacobi{.5}} {
					s := Settings{Cycle: DefaultSettings().Cycle, MaxCycles: 1, Components: Components{Smoother: smoother}}
					if i == 3 {
						if s.Coarsening = (Galerkin{}); k > 0 || periodic > 0 || len(n) == 3 {
							continue // its products take long
						}
					}
					before := held()
					u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
					u.FillBoundary(func(x, y, _ float64) float64 { return 1 + x + y*y })
					g.Randomize(1)
					fields := held() - before
					solver, err := NewSolver(a, s)
					if err != nil {
						t.Fatal(err)
					}
					if _, err := solver.Solve(t.Context(), u, g); err != nil {
						t.Fatal(err)
					}
					took, want := held()-before-fields, mustMemory(t, a, s)
					if math.Abs(float64(took-want)) > .03*float64(want)+250000 { // half a field, for what does not grow with the grid
						t.Errorf("%v %v, operator %d, %v: a solver takes %d bytes, foreseen %d", grid, grid.Sides, i, smoother, took, want)
					}
					runtime.KeepAlive(solver)
					runtime.KeepAlive(u)
					runtime.KeepAlive(g)
				}
			}
			runtime.KeepAlive(c)
		}
	}
}

func mustMemory(t *testing.T, a stencil.Operator, s Settings) int64 {
	t.Helper()
	bytes, err := Memory(a, s)
	if err != nil {
		t.Fatal(err)
	}
	return bytes
}

// What does not fit is refused with the figure, before anything is allocated.
func TestMemoryIsRefused(t *testing.T) {
	grid, err := pde.Unit(3, 1024)
	if err != nil {
		t.Fatal(err)
	}
	s := DefaultSettings()
	s.Smoother = Jacobi{.8}
	need := mustMemory(t, stencil.Laplacian(grid), s)
	if memory.Free() > need {
		t.Skipf("%s fit here", memory.Size(need))
	}
	if _, err := NewSolver(stencil.Laplacian(grid), s); err == nil || !strings.Contains(err.Error(), fmt.Sprint(memory.Size(need))) {
		t.Errorf("%v; want a refusal of %s", err, memory.Size(need))
	}
}

// Aggregates follow from the values of A: their memory is foreseen within a third, and from
// above.
func TestMemoryOfAggregation(t *testing.T) {
	if testing.Short() {
		t.Skip("many solves, of which others here are a part")
	}
	for _, n := range [][]int{{40000}, {300, 300}, {40, 40, 40}} {
		for _, side := range []pde.Boundary{pde.Dirichlet, pde.Neumann, pde.Periodic} {
			for _, share := range []float64{.1, .5} {
				grid := mustGrid(t, n, []float64{1, 1, 1}[:len(n)])
				for d := range n {
					grid.Sides[d] = [2]pde.Boundary{side, side}
				}
				a := cellIslands(t, grid, share, 1e6, 1)
				s := DefaultSettings()
				s.Smoother, s.Coarsening, s.Krylov, s.MaxCycles = SymmetricGaussSeidel{}, Aggregation{}, CG, 2
				before := held()
				u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
				g.Randomize(1)
				fields := held() - before
				solver, err := NewSolver(a, s)
				if err != nil {
					t.Fatal(err)
				}
				if r, err := solver.Solve(t.Context(), u, g); r == nil {
					t.Fatal(err)
				}
				took, want := held()-before-fields, mustMemory(t, a, s)
				if took > want || 4*took < 3*want {
					t.Errorf("%v %v, share %g: a solver takes %d bytes, foreseen %d", grid, grid.Sides, share, took, want)
				}
				runtime.KeepAlive(solver)
				runtime.KeepAlive(u)
				runtime.KeepAlive(g)
				runtime.KeepAlive(a)
			}
		}
	}
}

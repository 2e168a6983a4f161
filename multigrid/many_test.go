package multigrid

import (
	"runtime"
	"slices"
	"strings"
	"testing"

	"mgtool/pde"
	"mgtool/pde/stencil"
)

// Several systems at a time have the bits of each alone, on any number of threads, and
// those that fail are named.
func TestSolveMany(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, k := range []Krylov{None, CG, Auto} {
		grid := mustGrid(t, []int{60, 5, 40}, []float64{1, 1, 1})
		s := krylovSettings(k, RedBlack{1})
		solver, err := NewSolver(stencil.Laplacian(grid), s)
		if err != nil {
			t.Fatal(err)
		}
		const systems = 7
		fields := func() (us, gs []*pde.Field[float64]) {
			for i := range systems {
				u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
				g.Randomize(uint64(i))
				us, gs = append(us, u), append(gs, g)
			}
			return us, gs
		}
		want, gs := fields()
		for i := range want {
			if _, err := solver.Solve(t.Context(), want[i], gs[i]); err != nil {
				t.Fatal(err)
			}
		}
		for _, threads := range []int{1, 2, 3} {
			runtime.GOMAXPROCS(threads)
			us, gs := fields()
			results, err := solver.SolveMany(t.Context(), us, gs)
			if err != nil || len(results) != systems {
				t.Fatalf("%d results, %v", len(results), err)
			}
			for i, u := range us {
				if results[i].Status != Converged {
					t.Errorf("system %d: %v", i, results[i].Status)
				}
				if !slices.Equal(u.Interior(), want[i].Interior()) {
					t.Fatalf("%v, %d threads: system %d has other bits", k, threads, i)
				}
			}
		}
		us, gs := fields()
		gs[4] = nil
		results, err := solver.SolveMany(t.Context(), us, gs)
		if err == nil || !strings.Contains(err.Error(), "system 4") || strings.Contains(err.Error(), "system 3") || results[5].Status != Converged {
			t.Errorf("one without g: %v", err)
		}
		if _, err := solver.SolveMany(t.Context(), us[:2], gs[:1]); err == nil {
			t.Error("two u and one g: accepted")
		}
		us[1] = us[0]
		if _, err := solver.SolveMany(t.Context(), us, gs); err == nil {
			t.Error("a u twice: accepted")
		}
	}
}

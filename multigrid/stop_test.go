package multigrid

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"mgtool/pde"
	"mgtool/pde/stencil"
)

// A solve that is cancelled at any time says so, leaves finite values and norms of
// complete cycles only, and the next solve with the same solver is that of a new one.
func TestStop(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, n := range [][]int{{300000}, {300001}, {600, 500}, {40000, 5}, {64, 70, 66}, {3, 20000}} {
		grid := mustGrid(t, n, []float64{1, 1, 1}[:len(n)])
		for _, sm := range []Smoother{RedBlack{1}, Jacobi{.8}, SymmetricGaussSeidel{}} {
			for i, precision := range []Precision{Double, Mixed, Double} {
				if testing.Short() && sm != (RedBlack{1}) {
					continue
				}
				s := DefaultSettings()
				s.Smoother, s.Precision, s.RelTol, s.MaxCycles = sm, precision, 0, 3
				s.Cycle.Full = i == 2
				u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
				g.Randomize(1)
				run := func(solver *Solver, ctx context.Context) (*Result, string) {
					u.Zero()
					res, _ := solver.Solve(ctx, u, g)
					return res, fmt.Sprint(res.Status, res.Residuals, norm(u), u.At(n[0]/2, min(1, grid.N[1]), min(1, grid.N[2])))
				}
				fresh := func() *Solver {
					solver, err := NewSolver(stencil.Laplacian(grid), s)
					if err != nil {
						t.Fatal(err)
					}
					return solver
				}
				// How often a solve asks, then an end at any of these times.
				counted := &countdown{Context: t.Context()}
				counted.left.Store(math.MaxInt64)
				complete, want := run(fresh(), counted)
				largest := norm(u)
				asked := math.MaxInt64 - counted.left.Load()
				if asked < 20 {
					t.Fatalf("%v, %v: asked %d times", grid, sm, asked)
				}
				solver := fresh()
				for range 3 {
					stopping := &countdown{Context: t.Context()}
					stopping.left.Store(random.Int64N(asked - 1))
					res, _ := run(solver, stopping)
					if res.Status != Interrupted || len(res.Residuals) > len(complete.Residuals) {
						t.Fatalf("%v, %v, precision %d: %v, residuals %.1e", grid, sm, precision, res.Status, res.Residuals)
					}
					for k, r := range res.Residuals {
						if r != complete.Residuals[k] {
							t.Fatalf("%v, %v, precision %d: residual %d is %g, without the interruption %g", grid, sm, precision, k, r, complete.Residuals[k])
						}
					}
					if size := norm(u); !(size <= 100*largest) {
						t.Fatalf("%v, %v, precision %d: ‖u‖ = %g", grid, sm, precision, size)
					}
				}
				if _, got := run(solver, t.Context()); got != want {
					t.Fatalf("%v, %v, precision %d: a solve after the interrupted ones differs:\n%s\n%s", grid, sm, precision, got, want)
				}
			}
		}
	}
}

// countdown is cancelled once it has been asked so many times.
type countdown struct {
	context.Context
	left atomic.Int64
}

func (c *countdown) Err() error {
	if c.left.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}

// Between two looks there is the same work, however large the grid is: a sweep in
// order over 16 million vertices ends as soon as that over fewer.
func TestStopIsPrompt(t *testing.T) {
	grid := mustGrid(t, []int{4096, 4096}, []float64{1, 1})
	s := DefaultSettings()
	s.Smoother, s.RelTol = SymmetricGaussSeidel{}, 0
	solver, err := NewSolver(stencil.Laplacian(grid), s)
	if err != nil {
		t.Fatal(err)
	}
	u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
	g.Randomize(1)
	ctx, cancel := context.WithCancel(t.Context())
	var at time.Time
	timer := time.AfterFunc(150*time.Millisecond, func() { at = time.Now(); cancel() })
	defer timer.Stop()
	res, _ := solver.Solve(ctx, u, g)
	if late := time.Since(at); res.Status != Interrupted || late > time.Second {
		t.Errorf("%v, %v after it was cancelled", res.Status, late)
	}
}

package multigrid

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"mgtool/multigrid/cycle"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// solve runs a catalogue problem on n × n cells; seed 0 starts from zero.
// discretize fails the test where a problem does not fit the grid.
func discretize(t testing.TB, p pde.Problem, grid pde.Grid) (u, g *pde.Field[float64]) {
	t.Helper()
	u, g, err := p.Discretize(grid)
	if err != nil {
		t.Fatal(err)
	}
	return u, g
}

func solve(t *testing.T, name string, n int, s Settings, seed uint64) (*pde.Field[float64], *Result, error) {
	t.Helper()
	p, err := pde.Lookup(name, 2)
	if err != nil {
		t.Fatal(err)
	}
	grid, err := pde.Unit(2, n)
	if err != nil {
		t.Fatal(err)
	}
	u, g := discretize(t, p, grid)
	switch {
	case seed != 0:
		u.Randomize(seed)
	case s.Cycle.Full:
		u.ExtendBoundary()
	}
	solver, err := NewSolver(stencil.Laplacian(grid), s)
	if err != nil {
		t.Fatal(err)
	}
	res, err := solver.Solve(context.Background(), u, g)
	return u, res, err
}

func settings(t *testing.T, name, smoother string, omega float64, pre, post int, rtol float64, cycles int) Settings {
	t.Helper()
	c, err := cycle.ParseCycle(name, pre, post)
	if err != nil {
		t.Fatal(err)
	}
	sm, err := NewSmoother(smoother, 2, omega)
	if err != nil {
		t.Fatal(err)
	}
	return Settings{Cycle: c, Components: Components{Smoother: sm}, RelTol: rtol, MaxCycles: cycles}
}

// The residual ratio at cycle 20 from a random start, g = 0, n = 256: measured
// independently of this code to two or three figures, so held to 5%.
func TestFactors(t *testing.T) {
	for _, c := range []struct {
		cycle, smoother string
		omega           float64
		pre, post       int
		want            float64
	}{
		{"v", "rbgs", 0, 1, 1, .107},
		{"w", "rbgs", 0, 1, 1, .0736},
		{"f", "rbgs", 0, 1, 1, .0736},
		{"v", "rbgs", 0, 2, 1, .075},
		{"w", "rbgs", 0, 2, 1, .051},
		{"v", "rbgs", 0, 2, 2, .057},
		{"w", "rbgs", 0, 2, 2, .040},
		{"v", "rbsor", 0, 1, 1, .044},
		{"w", "rbsor", 0, 1, 1, .043},
		{"v", "jacobi", 0, 1, 1, .350},
		{"w", "jacobi", 0, 1, 1, .350},
	} {
		t.Run(fmt.Sprintf("%s-%s(%d,%d)", c.cycle, c.smoother, c.pre, c.post), func(t *testing.T) {
			_, res, err := solve(t, "zero", 256, settings(t, c.cycle, c.smoother, c.omega, c.pre, c.post, 0, 20), 1)
			if err != nil || res.Status != CyclesDone || res.Cycles != 20 {
				t.Fatalf("%v after %d cycles, %v", res.Status, res.Cycles, err)
			}
			if math.Abs(res.Factor/c.want-1) > .05 {
				t.Errorf("factor %.4f, want %.4f within 5%%", res.Factor, c.want)
			}
		})
	}
}

// Briggs, Henson, McCormick, A Multigrid Tutorial, p. 64: the error that is
// left is the discretisation's, of second order.
func TestBriggs(t *testing.T) {
	for n, want := range map[int]float64{16: 1.031e-4, 32: 2.577e-5, 64: 6.443e-6, 128: 1.611e-6, 256: 4.027e-7} {
		for _, cycle := range []string{"v", "fmg"} {
			u, _, err := solve(t, "briggs", n, settings(t, cycle, "rbgs", 0, 2, 1, 1e-10, 50), 0)
			if err != nil {
				t.Fatal(err)
			}
			p, _ := pde.Lookup("briggs", 2)
			if l2, _ := u.Errors(p.Exact); math.Abs(l2/want-1) > .01 {
				t.Errorf("n = %d, %s: error %.4g, want %.4g within 1%%", n, cycle, l2, want)
			}
		}
	}
}

// Every problem with an exact solution shows order 2, boundary values or not.
func TestOrder(t *testing.T) {
	for _, p := range pde.Catalogue(2) {
		if p.Exact == nil || p.Name == "zero" {
			continue
		}
		var last float64
		for _, n := range []int{32, 64, 128} {
			u, _, err := solve(t, p.Name, n, settings(t, "v", "gs", 0, 1, 1, 1e-10, 50), 0)
			if err != nil {
				t.Fatal(err)
			}
			l2, _ := u.Errors(p.Exact)
			if order := math.Log2(last / l2); last != 0 && math.Abs(order-2) > .05 {
				t.Errorf("%s: order %.3f from n = %d to %d, want 2", p.Name, order, n/2, n)
			}
			last = l2
		}
	}
}

// One full pass leaves an error within a small multiple of the discretisation
// error that does not grow like a V-cycle's would, also with boundary values.
// Measured elsewhere for V(2,1) and linear interpolation: ratio 1.9 to 2.10.
func TestFullMultigrid(t *testing.T) {
	for _, name := range []string{"sine", "peak"} {
		p, _ := pde.Lookup(name, 2)
		for _, n := range []int{32, 256} {
			u, _, err := solve(t, name, n, settings(t, "v", "rbgs", 0, 2, 1, 1e-10, 50), 0)
			if err != nil {
				t.Fatal(err)
			}
			best, _ := u.Errors(p.Exact)
			u, res, err := solve(t, name, n, settings(t, "fmg", "rbgs", 0, 2, 1, 0, 50), 0)
			if err != nil || res.Cycles != 1 {
				t.Fatalf("%d cycles, %v", res.Cycles, err)
			}
			if l2, _ := u.Errors(p.Exact); l2 > 2.5*best {
				t.Errorf("%s, n = %d: error %.3g after one pass, %.3g converged; want at most 2.5 times", name, n, l2, best)
			}
		}
	}
}

// The solution equals that of gonum's dense solver on the assembled matrix: the
// tolerance 1e-12 times the condition number, about 60 for n = 12, is 6e-11.
func TestAgainstDense(t *testing.T) {
	p, _ := pde.Lookup("peak", 2)
	for _, n := range []int{2, 4, 6, 12} {
		grid, _ := pde.Unit(2, n)
		u, g := discretize(t, p, grid)
		b := pde.NewField[float64](grid)
		residual(t, b, u, g) // u is zero inside: the boundary goes to the right side
		matrix, err := stencil.Laplacian(grid).Matrix()
		if err != nil {
			t.Fatal(err)
		}
		var x mat.VecDense
		if err := x.SolveVec(mat.DenseCopyOf(matrix), mat.NewVecDense(grid.Unknowns(), b.Interior())); err != nil {
			t.Fatal(err)
		}
		for _, cycle := range []string{"v", "w", "f", "fmg"} {
			got, _, err := solve(t, "peak", n, settings(t, cycle, "rbgs", 0, 1, 1, 1e-12, 50), 0)
			if err != nil {
				t.Fatal(err)
			}
			for i, v := range got.Interior() {
				if math.Abs(v-x.AtVec(i)) > 1e-10 {
					t.Fatalf("n = %d, %s: unknown %d is %.12f, dense %.12f", n, cycle, i, v, x.AtVec(i))
				}
			}
		}
	}
}

// A rectangle, also one whose coarsest grid is a single row of unknowns, and data
// so small or large that their squares leave the range of float64.
func TestRectanglesAndScales(t *testing.T) {
	for _, grid := range []pde.Grid{mustGrid(t, []int{64, 8}, []float64{1. / 64, 1. / 64}), mustGrid(t, []int{8, 64}, []float64{.1, .1}), mustGrid(t, []int{24, 40}, []float64{3, 3}), mustGrid(t, []int{516, 520}, []float64{.01, .01})} {
		for _, scale := range []float64{1, 1e-200, 1e200} {
			u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
			g.Randomize(1)
			g.Rows(func(j, k int) { floats.Scale(scale, g.Row(j, k)) })
			s, err := NewSolver(stencil.Laplacian(grid), DefaultSettings())
			if err != nil {
				t.Fatal(err)
			}
			res, err := s.Solve(context.Background(), u, g)
			if err != nil || res.Cycles < 5 || res.Cycles > 12 {
				t.Errorf("%v, data of size %g: %v after %d cycles, %v", grid, scale, res.Status, res.Cycles, err)
			}
		}
	}
}

// Sides with few factors of two, or none.
func TestAwkwardSizes(t *testing.T) {
	for _, n := range []int{3, 5, 6, 7, 10, 31, 100, 129, 258} {
		_, res, err := solve(t, "ones", n, settings(t, "v", "rbgs", 0, 1, 1, 1e-9, 30), 0)
		if err != nil {
			t.Errorf("n = %d: %v", n, err)
		}
		if res.Factor > .2 {
			t.Errorf("n = %d: factor %.3f, want at most .2", n, res.Factor)
		}
	}
}

// Residuals are relative to that of the boundary values extended inwards: from
// there the first one is 1, up to rounding of A E.
func TestFirstResidual(t *testing.T) {
	for dim := 1; dim <= 3; dim++ {
		for _, p := range pde.Catalogue(dim) {
			for _, precision := range []Precision{Double, Mixed} {
				grid, _ := pde.Unit(dim, 30)
				u, g := discretize(t, p, grid)
				u.ExtendBoundary()
				s := DefaultSettings()
				s.Precision = precision
				solver, err := NewSolver(stencil.Laplacian(grid), s)
				if err != nil {
					t.Fatal(err)
				}
				res, err := solver.Solve(context.Background(), u, g)
				want := 1.0
				if p.Name == "zero" {
					want = 0
				}
				if err != nil || math.Abs(res.Residuals[0]-want) > 1e-12 {
					t.Errorf("%s in %d dimensions: first residual %.15f (%v), want %g", p.Name, dim, res.Residuals[0], err, want)
				}
			}
		}
	}
}

func TestEndings(t *testing.T) {
	t.Run("cycle limit", func(t *testing.T) {
		_, res, err := solve(t, "sine", 64, settings(t, "v", "rbgs", 0, 1, 1, 1e-10, 2), 0)
		if res.Status != CycleLimit || !errors.Is(err, CycleLimit.Err()) || res.Cycles != 2 {
			t.Errorf("%v after %d cycles, %v", res.Status, res.Cycles, err)
		}
	})
	t.Run("diverged", func(t *testing.T) {
		_, res, err := solve(t, "sine", 64, settings(t, "v", "jacobi", 1.9, 2, 2, 1e-10, 1000), 1)
		if res.Status != Diverged || err == nil {
			t.Errorf("%v after %d cycles, %v", res.Status, res.Cycles, err)
		}
	})
	t.Run("rounding limit", func(t *testing.T) {
		_, res, _ := solve(t, "sine", 256, settings(t, "v", "rbgs", 0, 1, 1, 1e-15, 1000), 0)
		if res.Status != RoundingLimit {
			t.Errorf("%v after %d cycles", res.Status, res.Cycles)
		}
		if res.Factor < .09 || res.Factor > .14 {
			t.Errorf("factor %.3f is spoilt by rounding", res.Factor)
		}
	})
	t.Run("nan", func(t *testing.T) {
		grid, _ := pde.Unit(2, 8)
		s, _ := NewSolver(stencil.Laplacian(grid), DefaultSettings())
		u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
		g.Set(3, 3, 0, math.NaN())
		res, err := s.Solve(context.Background(), u, g)
		if res.Status != NotFiniteData || res.Cycles != 0 || err == nil {
			t.Errorf("%v after %d cycles, %v", res.Status, res.Cycles, err)
		}
	})
	t.Run("solved already", func(t *testing.T) {
		_, res, err := solve(t, "zero", 8, DefaultSettings(), 0)
		if res.Status != Converged || res.Cycles != 0 || err != nil {
			t.Errorf("%v after %d cycles, %v", res.Status, res.Cycles, err)
		}
	})
	t.Run("interrupted", func(t *testing.T) {
		grid, _ := pde.Unit(2, 32)
		s, _ := NewSolver(stencil.Laplacian(grid), DefaultSettings())
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
		g.Set(3, 3, 0, 1)
		res, _ := s.Solve(ctx, u, g)
		if res.Status != Interrupted || res.Cycles != 0 || !math.IsNaN(res.Factor) {
			t.Errorf("%v after %d cycles", res.Status, res.Cycles)
		}
	})
}

func TestBadSettings(t *testing.T) {
	grid, _ := pde.Unit(2, 8)
	for name, change := range map[string]func(*Settings){
		"tolerance":    func(s *Settings) { s.RelTol = -1 },
		"nan":          func(s *Settings) { s.RelTol = math.NaN() },
		"cycles":       func(s *Settings) { s.MaxCycles = 0 },
		"many cycles":  func(s *Settings) { s.MaxCycles = math.MaxInt },
		"no smoothing": func(s *Settings) { s.Cycle.Pre, s.Cycle.Post = nil, []int{0} },
		"negative":     func(s *Settings) { s.Cycle.Pre = []int{-1} },
		"down only":    func(s *Settings) { s.Cycle.DownOnly = true },
		"omega":        func(s *Settings) { s.Smoother = Jacobi{Omega: 2} },
		"gamma":        func(s *Settings) { s.Cycle.Gamma = 7 },
	} {
		s := DefaultSettings()
		change(&s)
		if _, err := NewSolver(stencil.Laplacian(grid), s); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// The bits do not depend on the number of threads: nothing is summed across.
func TestThreads(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	var want []float64
	for _, threads := range []int{1, 2, 5} {
		runtime.GOMAXPROCS(threads)
		u, _, err := solve(t, "peak", 512, settings(t, "v", "rbgs", 0, 1, 1, 1e-8, 20), 0)
		if err != nil {
			t.Fatal(err)
		}
		if want == nil {
			want = u.Interior()
		}
		for i, v := range u.Interior() {
			if v != want[i] {
				t.Fatalf("%d threads: value %d is %v, one thread %v", threads, i, v, want[i])
			}
		}
	}
}

func ExampleSolver() {
	problem, _ := pde.Lookup("sine", 2)
	grid, _ := pde.Unit(2, 64)
	u, g, err := problem.Discretize(grid)
	if err != nil {
		fmt.Println(err)
		return
	}
	solver, err := NewSolver(stencil.Laplacian(grid), DefaultSettings())
	if err != nil {
		fmt.Println(err)
		return
	}
	res, err := solver.Solve(context.Background(), u, g)
	l2, _ := u.Errors(problem.Exact)
	fmt.Printf("%v after %d cycles, error %.1e, %v\n", res.Status, res.Cycles, l2, err)
	// Output: residual below tolerance after 6 cycles, error 1.0e-04, <nil>
}

// residuals are those of 20 cycles from a random start with g = 0.
func residuals(t *testing.T, grid pde.Grid, name string, pre, post int, c Components) []float64 {
	t.Helper()
	s := Settings{Components: c, MaxCycles: 20}
	var err error
	if s.Cycle, err = cycle.ParseCycle(name, pre, post); err != nil {
		t.Fatal(err)
	}
	solver, err := NewSolver(stencil.Laplacian(grid), s)
	if err != nil {
		t.Fatal(err)
	}
	u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
	u.Randomize(1)
	res, err := solver.Solve(t.Context(), u, g)
	if err != nil {
		t.Fatal(err)
	}
	return res.Residuals
}

// Factors in three dimensions, measured independently, within 5%. They creep up as
// in two: those were seen around cycle 10, where SOR still swings, so that the mean
// of five ratios counts; at cycle 20 they are .217, .189, .083, .083.
func TestFactors3D(t *testing.T) {
	grid, _ := pde.Unit(3, 64)
	for _, c := range []struct {
		omega     float64
		pre, post int
		cycle     string
		want      float64
	}{
		{1, 1, 1, "v", .195}, {1, 1, 1, "w", .180}, {1.2, 1, 1, "v", .080}, {1.2, 1, 1, "w", .076},
		{1.2, 2, 1, "v", .054}, {1.2, 2, 1, "w", .040},
	} {
		r := residuals(t, grid, c.cycle, c.pre, c.post, Components{Smoother: RedBlack{c.omega}})
		got := math.Pow(r[12]/r[7], 1./5)
		t.Logf("ω %g, %s(%d,%d): %.4f, published %.3f", c.omega, c.cycle, c.pre, c.post, got, c.want)
		if math.Abs(got-c.want) > .05*c.want {
			t.Errorf("ω %g, %s(%d,%d): factor %.4f, want %.3f within 5%%", c.omega, c.cycle, c.pre, c.post, got, c.want)
		}
	}
}

// halfWeighting is R of five points, with P linear.
type halfWeighting struct{ Rediscretized }

func (h halfWeighting) Coarsen(levels []Coarse) (c Coarse, ok bool, err error) {
	c, ok, err = h.Rediscretized.Coarsen(levels)
	if ok {
		fine, coarse := c.R.Grids()
		c.R, err = stencil.Restriction(fine, coarse, stencil.Plane([3][3]float64{{0, 1. / 8, 0}, {1. / 8, 4. / 8, 1. / 8}, {0, 1. / 8, 0}}))
	}
	return c, ok, err
}

// Half weighting with V(1,0) is not independent of h: a control that must fail.
func TestHalfWeighting(t *testing.T) {
	for n, want := range map[int]float64{64: .73, 256: .85} {
		grid, _ := pde.Unit(2, n)
		r := residuals(t, grid, "v", 1, 0, Components{Smoother: RedBlack{1}, Coarsening: halfWeighting{}})
		got := r[20] / r[19]
		if math.Abs(got-want) > .05*want {
			t.Errorf("n = %d: factor %.3f, want %.2f within 5%%", n, got, want)
		}
	}
}

package multigrid

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"testing"

	"mgtool/pde"
	"mgtool/pde/stencil"
)

// A factor is that of the cycle, however far the solve goes past convergence: within
// 30% of the last ratio of residuals 30 times above those that a long solve ends with.
func TestFactorPastConvergence(t *testing.T) {
	if testing.Short() {
		t.Skip("many solves, of which others here are a part")
	}
	var wrong, all int
	for _, problem := range []string{"sine", "briggs", "peak", "ones"} {
		for _, n := range []int{8, 12, 24, 33, 64, 100, 333} {
			for _, smoother := range []string{"rbgs", "rbsor", "jacobi", "chebyshev"} {
				_, long, err := solve(t, problem, n, settings(t, "v", smoother, 0, 1, 1, 0, 60), 0)
				if err != nil {
					t.Fatal(err)
				}
				rest := 0.0
				for _, r := range long.Residuals[max(0, len(long.Residuals)-20):] {
					rest = max(rest, r)
				}
				if long.Cycles < 20 {
					rest = 1 // solved in a cycle
				}
				for _, cycles := range []int{12, 20, 60} {
					res := long
					if cycles < 60 {
						_, res, err = solve(t, problem, n, settings(t, "v", smoother, 0, 1, 1, 0, cycles), 0)
						if err != nil {
							t.Fatal(err)
						}
					}
					want := math.NaN()
					for k := 1; k < len(long.Residuals) && k <= cycles; k++ {
						if r := long.Residuals[k]; r > 30*rest {
							want = r / long.Residuals[k-1]
						}
					}
					all++
					if math.IsNaN(want) && math.IsNaN(res.Factor) {
						continue
					}
					if f := res.Factor; !(math.Abs(f/want-1) < .3) {
						wrong++
						t.Errorf("%s, n = %d, %s, %d cycles: factor %.4f; want %.4f", problem, n, smoother, cycles, f, want)
					}
				}
			}
		}
	}
	t.Logf("%d of %d wrong", wrong, all)
}

// g = 0: the residual falls to the smallest numbers there are, and to nothing.
func TestFactorOfSubnormals(t *testing.T) {
	for _, cycles := range []int{300, 350, 400, 1000} {
		_, res, err := solve(t, "zero", 128, settings(t, "v", "rbgs", 0, 1, 1, 0, cycles), 1)
		if err != nil || math.Abs(res.Factor-.119) > .004 {
			t.Errorf("%d cycles: factor %.4f, %v; want .119", cycles, res.Factor, err)
		}
	}
}

// A full pass is no cycle that a factor could be of.
func TestFactorOfFullPass(t *testing.T) {
	_, res, err := solve(t, "sine", 64, settings(t, "fmg", "rbsor", 0, 1, 1, 0, 30), 0)
	if err != nil || res.Cycles != 1 || !math.IsNaN(res.Factor) {
		t.Errorf("%d cycles, factor %g, %v; want one pass without a factor", res.Cycles, res.Factor, err)
	}
}

func TestStagnation(t *testing.T) {
	_, res, err := solve(t, "sine", 128, settings(t, "v", "jacobi", 1, 1, 1, 1e-8, 100), 0)
	if res.Status != Stagnated || !errors.Is(err, Stagnated.Err()) || res.Cycles > 40 {
		t.Errorf("%v after %d cycles, %v", res.Status, res.Cycles, err)
	}
	// Slow, but it gets there: 0.8 a cycle.
	if _, res, err = solve(t, "sine", 128, settings(t, "v", "jacobi", .2, 1, 1, 1e-8, 200), 0); err != nil {
		t.Errorf("%v after %d cycles, %v", res.Status, res.Cycles, err)
	}
}

// harmonic is a solution of Laplace's equation in two dimensions, also of its
// discretisation.
func harmonic(x, y, _ float64) float64 { return x*x - y*y }

// What is added to the boundary values is added to the solution, up to rounding: of a
// number of the size of the constant, times the condition n²/5 at the very most.
func TestConstantsCancel(t *testing.T) {
	if testing.Short() {
		t.Skip("many solves, of which others here are a part")
	}
	wave := func(x, y, z float64) float64 { return math.Sin(math.Pi*x+1) * math.Cos(math.Pi*y+z) }
	type choice struct {
		dim, n    int
		constant  float64
		start     string
		precision Precision
		cycle     string
	}
	try := func(name string, exact func(x, y, z float64) float64, c choice) {
		grid, _ := pde.Unit(c.dim, c.n)
		fn := func(x, y, z float64) float64 { return c.constant + exact(x, y, z) }
		u, g, want := pde.NewField[float64](grid), pde.NewField[float64](grid), pde.NewField[float64](grid)
		u.FillBoundary(fn)
		want.FillBoundary(exact)
		want.FillInterior(exact)
		apply(t, g, want) // so that the discrete solution is known
		switch c.start {
		case "extended":
			u.ExtendBoundary()
		case "random":
			u.Randomize(3)
		}
		s := settings(t, c.cycle, "rbsor", 1.15, 1, 1, 1e-10, 60)
		s.Precision = c.precision
		solver, err := NewSolver(stencil.Laplacian(grid), s)
		if err != nil {
			t.Fatal(err)
		}
		res, err := solver.Solve(context.Background(), u, g)
		_, worst := u.Errors(fn)
		bound := 1e-9 + 4*roundoff*math.Abs(c.constant)*float64(c.n*c.n)/5
		if err != nil || !(worst <= bound) {
			t.Errorf("%s %+v: %v after %d cycles, error %.2g, want at most %.2g (%v)", name, c, res.Status, res.Cycles, worst, bound, err)
		}
	}
	for _, size := range [][2]int{{1, 7}, {1, 100}, {2, 7}, {2, 64}, {2, 200}, {3, 7}, {3, 24}} {
		for _, constant := range []float64{0, 1, -1e4, 1e8} {
			for _, start := range []string{"zero", "extended", "random"} {
				for _, precision := range []Precision{Double, Mixed} {
					for _, cycle := range []string{"v", "fmg"} {
						c := choice{size[0], size[1], constant, start, precision, cycle}
						try("harmonic", harmonic, c)
						try("wave", wave, c)
					}
				}
			}
		}
	}
}

// Corners do not belong to the discrete problem: neither do they to its tolerance.
func TestCornersDoNotCount(t *testing.T) {
	grid, _ := pde.Unit(2, 64)
	for _, extended := range []bool{false, true} {
		var want *pde.Field[float64]
		for _, corner := range []float64{0, 1e30, math.NaN(), math.Inf(-1)} {
			u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
			u.FillBoundary(harmonic)
			for _, at := range [][2]int{{0, 0}, {64, 0}, {0, 64}, {64, 64}} {
				u.Set(at[0], at[1], 0, corner)
			}
			if extended {
				u.ExtendBoundary()
			}
			solver, _ := NewSolver(stencil.Laplacian(grid), DefaultSettings())
			res, err := solver.Solve(context.Background(), u, g)
			if _, worst := u.Errors(harmonic); err != nil || worst > 1e-8 {
				t.Errorf("corners %g: %v, error %g, %v", corner, res.Status, worst, err)
			}
			if extended {
				continue // corners choose the start
			}
			if want == nil {
				want = u
			}
			for i, v := range u.Interior() {
				if v != want.Interior()[i] {
					t.Fatalf("corners %g: another solution", corner)
				}
			}
		}
	}
}

// Every box that a grid may have: u/L² in the middle of a square with g = 1 is
// 0.0736571855, in 8 cycles of either precision.
func TestBoxesOfAllSizes(t *testing.T) {
	for _, precision := range []Precision{Double, Mixed} {
		for p := -98; p <= 98; p += 4 {
			side := math.Pow(10, float64(p))
			grid, err := pde.NewGrid([]int{64, 64}, []float64{side / 64, side / 64})
			if err != nil {
				t.Fatal(err)
			}
			u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
			g.FillInterior(func(_, _, _ float64) float64 { return 1 })
			s := settings(t, "v", "rbsor", 0, 1, 1, 1e-10, 30)
			s.Precision = precision
			solver, err := NewSolver(stencil.Laplacian(grid), s)
			if err != nil {
				t.Fatal(err)
			}
			res, err := solver.Solve(context.Background(), u, g)
			if got := u.At(32, 32, 0) / side / side; err != nil || math.Abs(got-.0736571855) > 1e-10 || res.Cycles > 9 {
				t.Errorf("side 1e%d, precision %d: u/L² %.10f after %d cycles, %v", p, precision, got, res.Cycles, err)
			}
			for k := 2; k < len(res.Residuals); k++ {
				if ratio := res.Residuals[k] / res.Residuals[k-1]; !(ratio < .3) {
					t.Errorf("side 1e%d, precision %d: residuals %.3g", p, precision, res.Residuals)
					break
				}
			}
		}
	}
}

// g times a power of two gives u times it, bit for bit, and the same history, as long
// as nothing is subnormal.
func TestPowersOfTwo(t *testing.T) {
	if testing.Short() {
		t.Skip("many solves, of which others here are a part")
	}
	run := func(k int, precision Precision) (*pde.Field[float64], *Result, error) {
		grid, _ := pde.Unit(2, 64)
		u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
		g.Randomize(5)
		for row := range grid.RowCount() {
			j, l := grid.RowAt(row)
			for i, v := range g.Row(j, l) {
				g.Row(j, l)[i] = math.Ldexp(v, k)
			}
		}
		s := settings(t, "v", "rbsor", 0, 1, 1, 1e-11, 60)
		s.Precision = precision
		solver, err := NewSolver(stencil.Laplacian(grid), s)
		if err != nil {
			t.Fatal(err)
		}
		res, err := solver.Solve(context.Background(), u, g)
		return u, res, err
	}
	for _, precision := range []Precision{Double, Mixed} {
		u0, r0, err := run(0, precision)
		if err != nil {
			t.Fatal(err)
		}
		_, largest := u0.Errors(func(_, _, _ float64) float64 { return 0 })
		for _, k := range []int{-960, -900, -600, -520, -500, -480, -470, -460, -450, -440, -400, 400, 440, 450, 460, 470, 480, 500, 520, 900, 1000} {
			u, res, err := run(k, precision)
			if err != nil || res.Cycles != r0.Cycles {
				t.Errorf("2^%d, precision %d: %v after %d cycles, %v; want %d", k, precision, res.Status, res.Cycles, err, r0.Cycles)
				continue
			}
			if precision == Double {
				for i, v := range u.Interior() {
					if v != math.Ldexp(u0.Interior()[i], k) {
						t.Fatalf("2^%d: u(%d) is %g", k, i, v)
					}
				}
			}
			// In mixed precision r and e are rounded to float32 at another place.
			near := map[Precision]float64{Double: 1e-6, Mixed: .15}[precision]
			for i, r := range res.Residuals {
				if math.Abs(r/r0.Residuals[i]-1) > near {
					t.Errorf("2^%d, precision %d: residual %d is %g, want %g", k, precision, i, r, r0.Residuals[i])
				}
			}
		}
		for _, k := range []int{-1000, -1020, -1040, -1060, -1070} {
			u, res, err := run(k, precision)
			if err != nil || res.Cycles > 20 {
				t.Errorf("2^%d, precision %d: %v after %d cycles, %v", k, precision, res.Status, res.Cycles, err)
			}
			for i, v := range u.Interior() {
				// What subnormals hold: as if u had been rounded to them, which κ ≤ n²/5
				// amplifies at most; beside what the tolerance leaves.
				want := math.Ldexp(u0.Interior()[i], k)
				if e := math.Abs(v - want); e > math.Ldexp(1e-9*largest, k)+64*64/5*math.SmallestNonzeroFloat64 {
					t.Errorf("2^%d, precision %d: u(%d) is %g, want %g", k, precision, i, v, want)
					break
				}
			}
		}
	}
}

// Where rounding hides every solution, what is left of the residual is no success. A
// solve of that size takes gigabytes: the tracker is told what it would say.
func TestTooFine(t *testing.T) {
	for n, want := range map[int]Status{1 << 20: RoundingLimit, 1 << 26: RoundingLimit, 1 << 27: TooFine, 1 << 28: TooFine} {
		grid, err := pde.Unit(1, n)
		if err != nil {
			t.Fatal(err)
		}
		s := DefaultSettings()
		tr := tracker{settings: &s, grid: grid, bounds: boundsOf(t, grid), res: &Result{}}
		u := math.Sqrt(float64(n) / 2) // of sin πx
		b := math.Pi * math.Pi * u
		tr.start(dataNorms{b: b, g: b}, b, 0)
		for range 3 {
			tr.after(context.Background(), tr.noise(u)/2, u)
		}
		if got := tr.res.Status; got != want || (got.Err() == nil) != (want == RoundingLimit) {
			t.Errorf("%d cells: %v, want %v", n, got, want)
		}
	}
	// Two dimensions: the condition is that of the short axis.
	grid, err := pde.NewGrid([]int{2, 1 << 26}, []float64{1, 1})
	if err != nil {
		t.Fatal(err)
	}
	if tr := (tracker{grid: grid, bounds: boundsOf(t, grid)}); tr.hidden() {
		t.Errorf("%v: too fine", grid)
	}
}

// What cannot be a solve is an error, at once.
func TestMisuse(t *testing.T) {
	for _, grid := range []pde.Grid{
		{}, // none
		{N: [3]int{1, 5}, H: [3]float64{1, 1}},
		{N: [3]int{8, 8}, H: [3]float64{1, math.NaN()}},
		{N: [3]int{8, 8}, H: [3]float64{1, 0}},
		{N: [3]int{8, 0, 8}, H: [3]float64{1, 0, 1}},
		{N: [3]int{8, 8}, H: [3]float64{1, 1, 1}},
		{N: [3]int{8, -8}, H: [3]float64{1, 1}},
		{N: [3]int{1 << 40, 1 << 40}, H: [3]float64{1, 1}},
	} {
		if _, err := NewSolver(stencil.Laplacian(grid), DefaultSettings()); err == nil {
			t.Errorf("a grid %+v is taken", grid)
		}
	}
	grid, _ := pde.Unit(2, 16)
	solver, _ := NewSolver(stencil.Laplacian(grid), DefaultSettings())
	u := pde.NewField[float64](grid)
	view := *u
	for name, fields := range map[string][2]*pde.Field[float64]{
		"no g": {u, nil}, "no u": {nil, u}, "the same": {u, u}, "the same memory": {u, &view}, "empty": {u, {}},
	} {
		if res, err := solver.Solve(context.Background(), fields[0], fields[1]); err == nil || res == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	g := pde.NewField[float64](grid)
	g.Set(3, 3, 0, 1)
	if _, err := solver.Solve(ctx, u, g); !errors.Is(err, context.Canceled) || !errors.Is(err, Interrupted.Err()) {
		t.Errorf("cancelled: %v", err)
	}
}

// One Solver does one solve at a time: each of many is right or refused.
func TestConcurrentUse(t *testing.T) {
	grid, _ := pde.Unit(2, 64)
	solver, _ := NewSolver(stencil.Laplacian(grid), DefaultSettings())
	p, _ := pde.Lookup("sine", 2)
	var group sync.WaitGroup
	var lock sync.Mutex
	done := map[string]int{}
	for range 4 {
		group.Go(func() {
			for range 50 {
				u, g := discretize(t, p, grid)
				_, err := solver.Solve(context.Background(), u, g)
				l2, _ := u.Errors(p.Exact)
				lock.Lock()
				switch {
				case err != nil:
					done[err.Error()]++
				case math.Abs(l2-1.004e-4) > 1e-6:
					done[fmt.Sprintf("wrong, error %.3g", l2)]++
				default:
					done["right"]++
				}
				lock.Unlock()
			}
		})
	}
	group.Wait()
	const busy = "multigrid: this Solver is solving already; want a Solver for each solve at a time"
	if done["right"] == 0 || done["right"]+done[busy] != 200 {
		t.Error(done)
	}
}

// boundsOf are those of −Δ, without its fields.
func boundsOf(t *testing.T, grid pde.Grid) bounds {
	t.Helper()
	l, err := (&hierarchy[float64]{}).newLevel(stencil.Laplacian(grid))
	if err != nil {
		t.Fatal(err)
	}
	return l.bounds()
}

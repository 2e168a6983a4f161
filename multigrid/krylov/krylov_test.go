package krylov

import (
	"errors"
	"math"
	"runtime"
	"testing"

	"gonum.org/v1/gonum/mat"

	"mgtool/pde"
	"mgtool/pde/stencil"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// jacobi is the preconditioner 1/D.
type jacobi struct{ d *pde.Field[float64] }

func (m jacobi) Precondition(z, r *pde.Field[float64]) error {
	lo, hi := z.Inside(0)
	z.Rows(func(j, k int) {
		out, in, d := z.Row(j, k)[lo:hi], r.Row(j, k)[lo:hi], m.d.Row(j, k)[lo:hi]
		for i := range out {
			out[i] = in[i] / d[i]
		}
	})
	return nil
}

// varied is −∇·(a∇u) on grids of any sides, with random a in (0.1, 1.1) on faces, reflected
// rows on Neumann sides, plus the wind from the left and a shift.
func varied(t testing.TB, grid pde.Grid, wind, shift float64) (stencil.Operator, jacobi) {
	t.Helper()
	var c stencil.Coefficients
	centre := pde.NewField[float64](grid)
	centre.FillInterior(func(_, _, _ float64) float64 { return shift })
	stride := 1
	for d := range grid.Dim() {
		face := pde.NewField[float64](grid)
		face.Randomize(uint64(d + 1))
		low, high := pde.NewField[float64](grid), pde.NewField[float64](grid)
		for k := range grid.Inner(2) {
			for j := range grid.Inner(1) {
				for i := range grid.Inner(0) {
					at := [3]int{i + 1, j + 1, k + 1}
					for e := grid.Dim(); e < 3; e++ {
						at[e] = 0
					}
					next := at
					next[d]++
					if next[d] > grid.Inner(d) {
						next[d] = 1
					}
					h2 := grid.H[d] * grid.H[d]
					l := (face.At(at[0], at[1], at[2]) + .6) / h2
					h := (face.At(next[0], next[1], next[2]) + .6) / h2
					if grid.Sides[d][0] == pde.Neumann && at[d] == 1 {
						l, h = 0, 2*h
					}
					if grid.Sides[d][1] == pde.Neumann && at[d] == grid.Inner(d) {
						l, h = 2*l, 0
					}
					if d == 0 {
						l += wind / grid.H[0]
					}
					low.Set(at[0], at[1], at[2], -l)
					high.Set(at[0], at[1], at[2], -h)
					centre.Set(at[0], at[1], at[2], centre.At(at[0], at[1], at[2])+l+h)
				}
			}
		}
		c[13-stride], c[13+stride] = low, high
		stride *= 3
	}
	c[13] = centre
	return must(stencil.Varying(grid, c)), jacobi{centre}
}

// halves are the weights of half cells at Neumann sides.
func halves(grid pde.Grid) (w [3][]float64) {
	for d := range grid.Dim() {
		w[d] = make([]float64, grid.Inner(d))
		for i := range w[d] {
			w[d][i] = 1
		}
		if grid.Sides[d][0] == pde.Neumann {
			w[d][0] = .5
		}
		if grid.Sides[d][1] == pde.Neumann {
			w[d][len(w[d])-1] = .5
		}
	}
	return w
}

func grids(t testing.TB) []pde.Grid {
	t.Helper()
	line := must(pde.NewGrid([]int{40}, []float64{.025}))
	square := must(pde.NewGrid([]int{13, 10}, []float64{.1, .13}))
	cube := must(pde.NewGrid([]int{6, 5, 7}, []float64{.2, .2, .15}))
	list := []pde.Grid{line, square, cube, must(square.PeriodicAlong(0)), must(cube.PeriodicAlong(2))}
	square.Sides[0][1], square.Sides[1][0] = pde.Neumann, pde.Neumann
	cube.Sides[2] = [2]pde.Boundary{pde.Neumann, pde.Neumann}
	return append(list, square, cube)
}

// until stops at a residual this small, relative to the first one it is told.
func until(rtol float64, most int, count *int) func(r, u float64) bool {
	*count = 0
	first := 0.0
	return func(r, u float64) bool {
		if *count++; first == 0 {
			first = r
		}
		return r <= rtol*first || *count >= most
	}
}

// dense solves the same system with gonum.
func dense(t testing.TB, a stencil.Operator, u, g *pde.Field[float64]) *mat.VecDense {
	t.Helper()
	b := pde.NewField[float64](u.Grid)
	edge := u.Clone() // given values alone
	edge.FillInterior(func(_, _, _ float64) float64 { return 0 })
	edge.FillGhosts()
	if err := a.Residual(b, edge, g); err != nil {
		t.Fatal(err)
	}
	var x mat.VecDense
	if err := x.SolveVec(mat.DenseCopyOf(must(a.Matrix())), mat.NewVecDense(u.Unknowns(), b.Interior())); err != nil {
		t.Fatal(err)
	}
	return &x
}

// Every method finds the solution of a dense solver, to 1e-12 times the condition, some
// thousand: symmetric with weights, not symmetric, from a random guess, with values given on
// the sides.
func TestAgainstDense(t *testing.T) {
	for _, grid := range grids(t) {
		for _, wind := range []float64{0, 3} {
			a, m := varied(t, grid, wind, .5)
			least := 0 // iterations, of FGMRES without a restart
			for _, method := range []Method{FGMRES, CG, BiCGStab} {
				u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
				u.FillBoundary(func(x, y, z float64) float64 { return 1 + x - y*z })
				u.Randomize(3)
				g.Randomize(4)
				want := dense(t, a, u, g)
				var count int
				k, err := New(a, m, grid, Settings{Method: method, Weights: halves(grid), Restart: 150, Monitor: until(1e-13, 400, &count)})
				if method == CG && wind != 0 {
					if !errors.Is(err, ErrNotSymmetric) {
						t.Errorf("%v, %v with wind: %v; want that it is not symmetric", grid, method, err)
					}
					continue
				}
				if err != nil {
					t.Fatal(err)
				}
				if err := k.Solve(u, g); err != nil {
					t.Errorf("%v %v, %v, wind %g: %v", grid, grid.Sides, method, wind, err)
				}
				worst := 0.0
				for i, v := range u.Interior() {
					worst = max(worst, math.Abs(v-want.AtVec(i)))
				}
				if method == FGMRES {
					least = count
				}
				// In the right inner product CG is about as fast as the method of least residuals.
				if !(worst < 1e-9) || count >= 400 || method == CG && 4*count > 5*least+20 {
					t.Errorf("%v %v, %v, wind %g: %d iterations (FGMRES %d), error %.2g", grid, grid.Sides, method, wind, count, least, worst)
				}
			}
		}
	}
}

// Without the weights of half cells A is not symmetric, and CG is refused.
func TestHalfCellsNeedWeights(t *testing.T) {
	grid := must(pde.NewGrid([]int{12, 9}, []float64{.1, .1}))
	grid.Sides[1][1] = pde.Neumann
	a, m := varied(t, grid, 0, .5)
	if _, err := New(a, m, grid, Settings{}); !errors.Is(err, ErrNotSymmetric) {
		t.Errorf("%v; want that it is not symmetric", err)
	}
	if _, err := New(a, m, grid, Settings{Weights: halves(grid)}); err != nil {
		t.Error(err)
	}
}

// CG ends within as many iterations as A has eigenvalues, but for rounding: 2 for a
// matrix of two.
func TestFiniteTermination(t *testing.T) {
	grid := must(pde.NewGrid([]int{30, 30}, []float64{1, 1}))
	two := pde.NewField[float64](grid)
	two.FillInterior(func(x, y, _ float64) float64 { return 1 + 4*math.Mod(x+y, 2) })
	a := must(stencil.Varying(grid, stencil.Coefficients{13: two}))
	for method, want := range map[Method]int{CG: 2, FGMRES: 2, BiCGStab: 2} {
		u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
		g.Randomize(1)
		count := 0
		k := must(New(a, nil, grid, Settings{Method: method, Monitor: func(r, u float64) bool { count++; return r < 1e-10 }}))
		if err := k.Solve(u, g); err != nil || count > want {
			t.Errorf("%v: %d iterations, %v; want %d", method, count, err, want)
		}
	}
}

// Singular problems: the constants stay out, with weights and without.
func TestSingular(t *testing.T) {
	closed := must(pde.NewGrid([]int{14, 11}, []float64{.1, .1}))
	closed = must(closed.PeriodicAlong(0))
	closed.Sides[1] = [2]pde.Boundary{pde.Neumann, pde.Neumann}
	a, m := varied(t, closed, 0, 0)
	for _, method := range []Method{CG, FGMRES, BiCGStab} {
		want, u, g := pde.NewField[float64](closed), pde.NewField[float64](closed), pde.NewField[float64](closed)
		want.Randomize(2)
		want.FillGhosts()
		if err := a.Apply(g, want); err != nil {
			t.Fatal(err)
		}
		for i := range g.Data() {
			g.Data()[i] += 1e-9 // a defect, as of rounding, above the tolerance
		}
		var count int
		s := Settings{Method: method, Weights: halves(closed), Singular: true, Restart: 100, Monitor: until(1e-12, 300, &count)}
		k := must(New(a, m, closed, s))
		if err := k.Solve(u, g); err != nil {
			t.Errorf("%v: %v", method, err)
		}
		size, before := k.space.largest(u), u.At(3, 3, 0)
		k.space.takeMean(u)
		if mean := before - u.At(3, 3, 0); !(math.Abs(mean) < 1e-12*size) {
			t.Errorf("%v: the mean of u is %g", method, mean)
		}
		k.space.takeMean(want)
		worst := 0.0
		exact := want.Interior()
		for i, v := range u.Interior() {
			worst = max(worst, math.Abs(v-exact[i]))
		}
		if worst > 1e-9 || count >= 300 {
			t.Errorf("%v: error %.2g after %d iterations", method, worst, count)
		}
	}
}

// ranged is jacobi that notes how far residuals are off the range of A: their (weighted) mean,
// as a part of their largest value.
type ranged struct {
	jacobi
	space *space
	worst float64
}

func (m *ranged) Precondition(z, r *pde.Field[float64]) error {
	m.space.scaled(z, 1, r)
	m.space.takeMean(z)
	mean, size := r.At(1, 1, 0)-z.At(1, 1, 0), 0.0
	for _, v := range r.Interior() {
		size = max(size, math.Abs(v))
	}
	m.worst = max(m.worst, math.Abs(mean)/size)
	return m.jacobi.Precondition(z, r)
}

// Residuals stay in the range of a singular A however large its rows are: couplings of 10¹²
// leave rounding errors of 10⁻⁴ in each product.
func TestResidualsStayInRange(t *testing.T) {
	closed := must(pde.NewGrid([]int{14, 11}, []float64{.1, .1}))
	closed.Sides = [3][2]pde.Boundary{{pde.Neumann, pde.Neumann}, {pde.Periodic, pde.Periodic}}
	a, m := varied(t, closed, 0, 0)
	c := a.Coefficients()
	n := closed.Inner(1)
	for j := 1; j < n; j++ { // along a column, but across the periodic side
		c[13+3].Set(3, j, 0, -1e12)
		c[13-3].Set(3, j+1, 0, -1e12)
	}
	for j := 1; j <= n; j++ {
		sum := 0.0
		for _, o := range []int{10, 12, 14, 16} {
			sum -= c[o].At(3, j, 0)
		}
		c[13].Set(3, j, 0, sum)
	}
	a = must(stencil.Varying(closed, c))
	u, g := pde.NewField[float64](closed), pde.NewField[float64](closed)
	g.Randomize(4)
	var count int
	s := Settings{Weights: halves(closed), Singular: true, Monitor: until(1e-5, 100, &count)}
	watched := &ranged{jacobi: m}
	k := must(New(a, watched, closed, s))
	watched.space = newSpace(closed, s.Weights, true)
	if err := k.Solve(u, g); err != nil {
		t.Error(err)
	}
	if count < 10 || !(watched.worst < 1e-14) {
		t.Errorf("the mean of a residual of %d is %.2g of its largest value", count, watched.worst)
	}
}

// What cannot go on is named: an operator or a preconditioner that is not definite, a
// breakdown, a NaN.
func TestEndings(t *testing.T) {
	grid := must(pde.NewGrid([]int{20, 20}, []float64{1, 1}))
	laplacian := stencil.Laplacian(grid)
	kernel, _ := laplacian.Kernel()
	kernel[13] -= 2
	helmholtz := must(stencil.Constant(grid, kernel))
	half := pde.NewField[float64](grid)
	half.FillInterior(func(x, _, _ float64) float64 { return x - 9.5 })
	skew := must(stencil.Constant(grid, stencil.Plane([3][3]float64{{}, {-1, 0, 1}, {}})))
	nan := pde.NewField[float64](grid)
	nan.FillInterior(func(x, y, _ float64) float64 {
		if x == 3 && y == 4 {
			return math.NaN()
		}
		return 1
	})
	for _, c := range []struct {
		name   string
		a      Operator
		m      Preconditioner
		method Method
		want   error
	}{
		{"indefinite", helmholtz, nil, CG, ErrIndefinite},
		{"indefinite preconditioner", laplacian, jacobi{half}, CG, ErrIndefinitePreconditioner},
		{"not symmetric", skew, nil, CG, ErrNotSymmetric},
		{"breakdown", skew, nil, BiCGStab, ErrBreakdown},
		{"not finite, CG", laplacian, jacobi{nan.Clone()}, CG, ErrNotFinite},
		{"not finite, FGMRES", laplacian, jacobi{nan.Clone()}, FGMRES, ErrNotFinite},
		{"not finite, BiCGStab", laplacian, jacobi{nan.Clone()}, BiCGStab, ErrNotFinite},
		{"not finite data", must(stencil.Varying(grid, stencil.Coefficients{13: nan})), nil, CG, ErrNotFinite},
	} {
		u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
		u.Randomize(7)
		g.Randomize(8)
		var count int
		k, err := New(c.a, c.m, grid, Settings{Method: c.method, Monitor: until(1e-8, 300, &count)})
		if err == nil {
			err = k.Solve(u, g)
		}
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v after %d iterations; want %v", c.name, err, count, c.want)
		}
	}
	// FGMRES finds nothing for a matrix that is 0 on all it can make.
	zero := pde.NewField[float64](grid)
	k := must(New(must(stencil.Varying(grid, stencil.Coefficients{13: zero})), nil, grid, Settings{Method: FGMRES, Monitor: func(r, u float64) bool { return false }}))
	u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
	g.Randomize(8)
	if err := k.Solve(u, g); !errors.Is(err, ErrBreakdown) {
		t.Errorf("A = 0: %v; want a breakdown", err)
	}
}

// A and g times a power of two, up to the ends of float64: the same bits but for the
// power.
func TestPowersOfTwo(t *testing.T) {
	grid := must(pde.NewGrid([]int{24, 20}, []float64{.1, .1}))
	a, m := varied(t, grid, 0, .5)
	type history struct {
		u []float64
		r []float64
	}
	for _, method := range []Method{CG, FGMRES, BiCGStab} {
		run := func(ofA, ofG int) (h history) {
			u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
			g.Randomize(1)
			for i, v := range g.Data() {
				g.Data()[i] = math.Ldexp(v, ofG)
			}
			d := m.d.Clone()
			for i, v := range d.Data() {
				d.Data()[i] = math.Ldexp(v, ofA)
			}
			k := must(New(a.Scale(math.Ldexp(1, ofA)), jacobi{d}, grid, Settings{Method: method, Restart: 8, Monitor: func(r, u float64) bool {
				h.r = append(h.r, math.Ldexp(r, -ofG))
				return len(h.r) == 25
			}}))
			if err := k.Solve(u, g); err != nil {
				t.Errorf("%v, 2^%d, 2^%d: %v", method, ofA, ofG, err)
			}
			for _, v := range u.Interior() {
				h.u = append(h.u, math.Ldexp(v, ofA-ofG))
			}
			return h
		}
		want := run(0, 0)
		for _, k := range [][2]int{{500, 0}, {-500, 0}, {0, 500}, {0, -500}, {500, 500}, {-500, -500}, {0, 950}, {0, -950}} {
			got := run(k[0], k[1])
			for i := range want.r {
				if len(got.r) <= i || got.r[i] != want.r[i] {
					t.Errorf("%v, A 2^%d, g 2^%d: residual %d of %g", method, k[0], k[1], i, got.r)
					break
				}
			}
			for i := range want.u {
				if got.u[i] != want.u[i] {
					t.Errorf("%v, A 2^%d, g 2^%d: u %d is %g, want %g", method, k[0], k[1], i, got.u[i], want.u[i])
					break
				}
			}
		}
	}
}

// The bits do not depend on the number of threads, and an iteration allocates nothing.
func TestThreadsAndMemory(t *testing.T) {
	for _, grid := range []pde.Grid{must(pde.NewGrid([]int{40000}, []float64{.1})), must(pde.NewGrid([]int{200, 150}, []float64{.1, .1}))} {
		a, m := varied(t, grid, 0, 2)
		for _, method := range []Method{CG, FGMRES, BiCGStab} {
			var want []float64
			for _, threads := range []int{1, 2, 5} {
				old := runtime.GOMAXPROCS(threads)
				u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
				g.Randomize(1)
				var count int
				k := must(New(a, m, grid, Settings{Method: method, Restart: 5, Monitor: until(0, 12, &count)}))
				err := k.Solve(u, g)
				runtime.GOMAXPROCS(old)
				if err != nil {
					t.Fatal(err)
				}
				if want == nil {
					want = u.Interior()
				}
				for i, v := range u.Interior() {
					if v != want[i] {
						t.Fatalf("%v, %v, %d threads: other bits", grid, method, threads)
					}
				}
			}
		}
	}
	grid := must(pde.NewGrid([]int{60, 50}, []float64{.1, .1}))
	ops := stillOperator{pde.NewField[float64](grid)}
	for _, method := range []Method{CG, FGMRES, BiCGStab} {
		g := pde.NewField[float64](grid)
		g.Randomize(1)
		u := pde.NewField[float64](grid)
		left := 0
		k := must(New(ops, nil, grid, Settings{Method: method, Restart: 6, Monitor: func(r, u float64) bool { left--; return left <= 0 }}))
		solve := func(iterations int) float64 {
			return testing.AllocsPerRun(3, func() {
				u.Zero()
				left = iterations
				if err := k.Solve(u, g); err != nil {
					t.Error(err)
				}
			})
		}
		solve(8)
		if few, many := solve(2), solve(30); many > few {
			t.Errorf("%v: %g allocations in 30 iterations, %g in 2", method, many, few)
		}
	}
}

// stillOperator is diag(1 + index mod 97), without allocations.
type stillOperator struct{ f *pde.Field[float64] }

func (o stillOperator) Residual(r, u, g *pde.Field[float64]) error {
	for row := range r.RowCount() {
		j, k := r.RowAt(row)
		out, x, b := r.Row(j, k), u.Row(j, k), g.Row(j, k)
		for i := 1; i <= r.Inner(0); i++ {
			out[i] = b[i] - x[i]*float64(1+(i*7+j*31)%97)
		}
	}
	return nil
}

func TestBadSettings(t *testing.T) {
	grid := must(pde.NewGrid([]int{8, 8}, []float64{1, 1}))
	a := stencil.Laplacian(grid)
	for name, s := range map[string]Settings{
		"method":  {Method: 7},
		"restart": {Restart: -1},
		"weights": {Weights: [3][]float64{{1, 1}}},
		"zero":    {Weights: [3][]float64{make([]float64, 7)}},
		"axis":    {Weights: [3][]float64{2: {1}}},
	} {
		if _, err := New(a, nil, grid, s); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := New(nil, nil, grid, Settings{}); err == nil {
		t.Error("no A: accepted")
	}
	k := must(New(a, nil, grid, Settings{}))
	u := pde.NewField[float64](grid)
	if err := k.Solve(u, u.Clone()); err == nil {
		t.Error("no monitor: accepted")
	}
	k = must(New(a, nil, grid, Settings{Monitor: func(r, u float64) bool { return true }}))
	if err := k.Solve(u, u); err == nil {
		t.Error("u for g: accepted")
	}
}

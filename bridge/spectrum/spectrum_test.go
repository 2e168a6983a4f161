package spectrum_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/cmplx"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"mgtool/bridge/spectrum"
	"mgtool/multigrid"
	"mgtool/multigrid/cycle"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

func ExampleFactor() {
	grid, _ := pde.Unit(2, 32)
	settings := multigrid.DefaultSettings() // V(1,1), red-black Gauss–Seidel
	estimate, err := spectrum.Factor(context.Background(), stencil.Laplacian(grid), settings, spectrum.Options{Seed: 1})
	fmt.Printf("%.2f %v %v\n", estimate.Factor, estimate.Converged, err)
	// Output: 0.10 true <nil>
}

// poisson is −Δ on the unit square or cube.
func poisson(t testing.TB, dim, n int) stencil.Operator {
	t.Helper()
	grid, err := pde.Unit(dim, n)
	if err != nil {
		t.Fatal(err)
	}
	return stencil.Laplacian(grid)
}

// v is a V(ν,ν)-cycle.
func v(nu int, s multigrid.Smoother, c multigrid.Coarsening) multigrid.Settings {
	return multigrid.Settings{
		Cycle:      cycle.Cycle{Pre: []int{nu}, Post: []int{nu}, Gamma: 1},
		Components: multigrid.Components{Smoother: s, Coarsening: c},
	}
}

func measure(t *testing.T, a stencil.Operator, s multigrid.Settings, o spectrum.Options) spectrum.Estimate {
	t.Helper()
	e, err := spectrum.Factor(context.Background(), a, s, o)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// The factors of −Δ. Of ω-Jacobi, ω = 0.8, V(2,2) with Galerkin coarse operators, 80
// cycles of an independent program gave 0.1288 on 31² to 511²; the limit of ever more
// cycles and finer grids is 0.6⁴ = 0.1296, which the two-grid analysis has at once. Of
// red-black SOR V(1,1) it gave 0.0905 on 63³.
func TestFactor(t *testing.T) {
	for _, c := range []struct {
		name         string
		dim, n       int
		settings     multigrid.Settings
		want, within float64
	}{
		{"jacobi", 2, 64, v(2, multigrid.Jacobi{Omega: .8}, multigrid.Galerkin{}), .1288, 5e-4},
		{"jacobi", 2, 128, v(2, multigrid.Jacobi{Omega: .8}, multigrid.Galerkin{}), .1288, 5e-4},
		{"red-black SOR", 2, 128, v(1, multigrid.RedBlack{Omega: 1.15}, nil), .0468, 5e-4},
		{"red-black SOR", 3, 64, v(1, multigrid.RedBlack{Omega: 1.2}, nil), .0905, 5e-4},
	} {
		e := measure(t, poisson(t, c.dim, c.n), c.settings, spectrum.Options{Seed: 1})
		if math.Abs(e.Factor-c.want) > c.within || !e.Converged || e.Cycles < 80 {
			t.Errorf("%s in dimension %d on %d cells: %+v; want a factor of %g", c.name, c.dim, c.n, e, c.want)
		}
	}
}

// Estimates from ten cycles of V(2,2) Jacobi are 0.173 on 127² in Fanaskov,
// arXiv:2402.05563, table of the baseline: 1.34 times the factor, and 1.55 times on 511².
func TestTenSweepsAreTooHigh(t *testing.T) {
	for n, want := range map[int]float64{128: 1.34, 512: 1.55} {
		e := measure(t, poisson(t, 2, n), v(2, multigrid.Jacobi{Omega: .8}, multigrid.Galerkin{}), spectrum.Options{Seed: 1})
		if math.Abs(e.TenSweeps/e.Factor-want) > .01 {
			t.Errorf("%d cells: %+v; want an estimate %g times the factor", n, e, want)
		}
		if n == 128 && math.Abs(e.TenSweeps-.173) > 1e-3 {
			t.Errorf("127²: an estimate of %.4f; want 0.173", e.TenSweeps)
		}
	}
}

// On a small grid the factor is the largest eigenvalue of the matrix whose columns are a
// cycle's results for the unit vectors: here a real one, a complex pair, and one above 1.
func TestFactorIsSpectralRadius(t *testing.T) {
	grid, err := pde.Unit(2, 16)
	if err != nil {
		t.Fatal(err)
	}
	skew, err := stencil.Constant(grid, stencil.Plane([3][3]float64{{0, -1.9, 0}, {-1.8, 4, -.2}, {0, -.1, 0}}))
	if err != nil {
		t.Fatal(err)
	}
	complexPair := false
	for _, c := range []struct {
		a stencil.Operator
		s multigrid.Settings
	}{
		{stencil.Laplacian(grid), v(1, multigrid.Jacobi{Omega: .8}, nil)},
		{skew, v(1, multigrid.RedBlack{Omega: 1.2}, multigrid.Galerkin{})},
		{stencil.Laplacian(grid), v(2, multigrid.Jacobi{Omega: 1.6}, nil)},
	} {
		lambda := largest(t, c.a, c.s)
		complexPair = complexPair || math.Abs(imag(lambda)) > .1*cmplx.Abs(lambda)
		e := measure(t, c.a, c.s, spectrum.Options{Seed: 2, Tolerance: 1e-5, MaxCycles: 2000})
		if want := cmplx.Abs(lambda); math.Abs(e.Factor/want-1) > 2e-3 {
			t.Errorf("%v: %+v; the largest eigenvalue is %v, of size %g", c.s.Smoother, e, lambda, want)
		}
	}
	if !complexPair {
		t.Error("no largest eigenvalue is one of a complex pair: this test sees real ones only")
	}
}

// largest is the eigenvalue of the cycle's matrix with the largest absolute value.
func largest(t *testing.T, a stencil.Operator, s multigrid.Settings) (lambda complex128) {
	t.Helper()
	s.MaxCycles = 1
	solver, err := multigrid.NewSolver(a, s)
	if err != nil {
		t.Fatal(err)
	}
	grid, _ := a.Grids()
	n, size := grid.N[0]-1, grid.Unknowns()
	m := mat.NewDense(size, size, nil)
	g := pde.NewField[float64](grid)
	for column := range size {
		u := pde.NewField[float64](grid)
		u.Set(1+column%n, 1+column/n, 0, 1)
		// A cycle that diverges says so, and is done all the same.
		_, _ = solver.Solve(context.Background(), u, g)
		m.SetCol(column, u.Interior())
	}
	var eigen mat.Eigen
	if !eigen.Factorize(m, mat.EigenNone) {
		t.Fatal("no eigenvalues")
	}
	for _, v := range eigen.Values(nil) {
		if cmplx.Abs(v) > cmplx.Abs(lambda) {
			lambda = v
		}
	}
	return lambda
}

// The same seed gives the same bits.
func TestFactorIsReproducible(t *testing.T) {
	s := v(1, multigrid.Jacobi{Omega: .8}, nil)
	one := measure(t, poisson(t, 2, 32), s, spectrum.Options{Seed: 3})
	two := measure(t, poisson(t, 2, 32), s, spectrum.Options{Seed: 3})
	if one != two {
		t.Errorf("%+v, then %+v; want the same", one, two)
	}
}

func TestRefused(t *testing.T) {
	a, s := poisson(t, 2, 16), v(1, multigrid.Jacobi{Omega: .8}, nil)
	for _, c := range []struct {
		o    spectrum.Options
		want string
	}{
		{spectrum.Options{MinCycles: 10}, "at least 10 cycles; want 80"},
		{spectrum.Options{MaxCycles: 79}, "at most 79 cycles"},
		{spectrum.Options{Tolerance: math.NaN()}, "tolerance NaN"},
		{spectrum.Options{Window: 41}, "windows of 41 cycles"},
	} {
		if _, err := spectrum.Factor(context.Background(), a, s, c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v; want an error with %q", c.o, err, c.want)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	e, err := spectrum.Factor(ctx, a, s, spectrum.Options{Progress: func(k int, _ float64) {
		if k == 7 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) || e.Cycles != 7 {
		t.Errorf("cancelled in cycle 8: %+v, %v; want 7 cycles and the context's error", e, err)
	}
	if _, err := spectrum.Factor(context.Background(), a, multigrid.Settings{}, spectrum.Options{}); err == nil {
		t.Error("settings without smoothing steps are accepted; want an error")
	}
}

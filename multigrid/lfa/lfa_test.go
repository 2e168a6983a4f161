package lfa

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"mgtool/multigrid"
	"mgtool/multigrid/cycle"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// factors analyses the cycle for −Δ.
func factors(t *testing.T, dim int, s multigrid.Smoother, pre, post int) Factors {
	t.Helper()
	c, err := Poisson(dim, s, pre, post)
	if err != nil {
		t.Fatal(err)
	}
	f, err := c.Analyse()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// The two-grid factors of local Fourier analysis in two dimensions, computed
// independently, are given to two or three figures: held to half a unit of the last,
// and to a unit for lexicographic Gauss–Seidel, whose maximum here settles at .1925
// and .1184.
func TestTwoGrid(t *testing.T) {
	for _, c := range []struct {
		smoother multigrid.Smoother
		want     [4]float64 // one to four steps
		tol      [4]float64
	}{
		{multigrid.RedBlack{Omega: 1}, [4]float64{.25, .074, .053, .041}, [4]float64{.005, .0005, .0005, .0005}},
		{multigrid.GaussSeidel{}, [4]float64{.40, .193, .119, .084}, [4]float64{.005, .001, .001, .001}},
		{multigrid.Jacobi{Omega: 0.8}, [4]float64{.60, .36, .216, .136}, [4]float64{.005, .005, .0005, .0005}},
	} {
		for k, want := range c.want {
			got := factors(t, 2, c.smoother, k+1, 0)
			if math.Abs(got.TwoGrid-want) > c.tol[k] {
				t.Errorf("%v, %d steps: %.4f, want %g", c.smoother, k+1, got.TwoGrid, want)
			}
			// Only the sum of the steps counts.
			if split := factors(t, 2, c.smoother, 0, k+1); split != got {
				t.Errorf("%v: %d steps before %v, after %v", c.smoother, k+1, got, split)
			}
		}
	}
}

// The smoothing factors of the textbooks. In dimension d the best ω of Jacobi is
// 2d/(2d+1), 2/3, 4/5 and 6/7, with the factor (2d−1)/(2d+1): 1/3, 3/5, 5/7
// (Trottenberg, Oosterlee & Schüller, Multigrid, 2001, §2.1 and §2.9). Red-black has
// 1/4 in two dimensions for one step, lexicographic Gauss–Seidel 1/2 in two, .567 in
// three. Two steps of red-black solve the two-grid problem in one dimension. The
// samples miss the maximum by up to a part in a hundred.
func TestSmoothingFactors(t *testing.T) {
	for _, c := range []struct {
		dim      int
		smoother multigrid.Smoother
		want     float64
	}{
		{1, multigrid.Jacobi{Omega: 2. / 3}, 1. / 3},
		{2, multigrid.Jacobi{Omega: 4. / 5}, 3. / 5},
		{3, multigrid.Jacobi{Omega: 6. / 7}, 5. / 7},
		{2, multigrid.RedBlack{Omega: 1}, .25},
		{1, multigrid.GaussSeidel{}, 1 / math.Sqrt(5)},
		{2, multigrid.GaussSeidel{}, .5},
		{3, multigrid.GaussSeidel{}, .567},
		{2, multigrid.SymmetricGaussSeidel{}, .25},
	} {
		if mu := factors(t, c.dim, c.smoother, 1, 0).Smoothing; math.Abs(mu-c.want) > .005 {
			t.Errorf("%v in dimension %d: smoothing factor %.4f, want %.4f", c.smoother, c.dim, mu, c.want)
		}
	}
	if f := factors(t, 1, multigrid.RedBlack{Omega: 1}, 1, 1); f.TwoGrid > 1e-7 {
		t.Errorf("red-black in one dimension: two-grid factor %g, want 0", f.TwoGrid)
	}
}

// A stencil that spells ω-Jacobi has its factors.
func TestStencilSmoother(t *testing.T) {
	spelled := multigrid.StencilSmoother{Name: "spelled", B: func(g pde.Grid) (stencil.Operator, error) {
		return stencil.Constant(g, stencil.Kernel{13: 0.8 * g.H[0] * g.H[0] / 4})
	}}
	want, got := factors(t, 2, multigrid.Jacobi{Omega: 0.8}, 1, 1), factors(t, 2, spelled, 1, 1)
	if math.Abs(got.TwoGrid-want.TwoGrid) > 1e-12 || math.Abs(got.Smoothing-want.Smoothing) > 1e-12 {
		t.Errorf("spelled Jacobi %v, want %v", got, want)
	}
}

// With cells 1 : 10 and the short axis coarsened alone, red-black relaxation is close to
// one dimension, where one step gives the factor 0; with both axes coarsened it is
// useless. The Galerkin operator serves as well.
func TestSemicoarsening(t *testing.T) {
	fine, err := pde.NewGrid([]int{8, 8}, []float64{1, 10})
	if err != nil {
		t.Fatal(err)
	}
	one := fine
	one.N[0], one.H[0] = 4, 2
	cycle := func(s multigrid.Smoother, coarse pde.Grid, galerkin bool) Factors {
		var errs [3]error
		c := Cycle{Smoother: s, Pre: 1}
		c.A, c.Coarse = stencil.Laplacian(fine), stencil.Laplacian(coarse)
		c.R, errs[0] = stencil.FullWeighting(fine, coarse)
		c.P, errs[1] = stencil.Linear(fine, coarse)
		if galerkin {
			c.Coarse, errs[2] = stencil.Galerkin(c.R, c.A, c.P)
		}
		for _, err := range errs {
			if err != nil {
				t.Fatal(err)
			}
		}
		f, err := c.Analyse()
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	redBlack, jacobi := multigrid.RedBlack{Omega: 1}, multigrid.Jacobi{Omega: 2. / 3}
	semi, full, galerkin := cycle(redBlack, one, false).TwoGrid, cycle(redBlack, fine.Coarsen(), false).TwoGrid, cycle(redBlack, one, true).TwoGrid
	if semi > .02 || full < .95 || galerkin > .02 || semi == galerkin {
		t.Errorf("coarsened along one axis %.3f, along both %.3f, with the Galerkin operator %.3f; want at most .02, at least .95, at most .02", semi, full, galerkin)
	}
	// Jacobi's symbol is 1 − ω (1 − Σ c_d cos θ_d) with c = (100, 1)/101: largest for high
	// frequencies along x, |θ_x| ≥ π/2, at θ = (π/2, 0).
	if got, want := cycle(jacobi, one, false).Smoothing, 1-2./3*100/101; math.Abs(got-want) > .005 {
		t.Errorf("smoothing factor of Jacobi %.4f, want %.4f", got, want)
	}
}

// The prediction is what a cycle does in three dimensions: that of the W-cycle, which
// comes close to a two-grid cycle, on 32³ cells. Its ratios of residuals grow towards
// the factor, and after 40 cycles are .004 below: .1926 of .1966.
func TestPredictsSolver(t *testing.T) {
	grid, err := pde.Unit(3, 32)
	if err != nil {
		t.Fatal(err)
	}
	settings := multigrid.DefaultSettings()
	settings.Cycle, err = cycle.ParseCycle("w", 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	settings.Smoother, settings.RelTol, settings.MaxCycles = multigrid.RedBlack{Omega: 1}, 0, 40
	solver, err := multigrid.NewSolver(stencil.Laplacian(grid), settings)
	if err != nil {
		t.Fatal(err)
	}
	u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
	u.Randomize(1)
	r, err := solver.Solve(context.Background(), u, g)
	if err != nil {
		t.Fatal(err)
	}
	if want := factors(t, 3, multigrid.RedBlack{Omega: 1}, 1, 1).TwoGrid; math.Abs(r.Factor-want) > .006 {
		t.Errorf("factor of the solver %.4f, predicted %.4f", r.Factor, want)
	}
}

// What has no symbol is refused by name.
func TestRefuses(t *testing.T) {
	good, err := Poisson(2, multigrid.RedBlack{Omega: 1}, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	fine, coarse := good.R.Grids()
	field := pde.NewField[float64](fine)
	for want, change := range map[string]func(*Cycle) error{
		"0 + 0 smoothing steps":       func(c *Cycle) error { c.Pre, c.Post = 0, 0; return nil },
		"−1 + 3 smoothing steps":      func(c *Cycle) error { c.Pre, c.Post = -1, 3; return nil },
		"no smoother":                 func(c *Cycle) error { c.Smoother = nil; return nil },
		"omega 3":                     func(c *Cycle) error { c.Smoother = multigrid.Jacobi{Omega: 3}; return nil },
		"no symbol for smoother cheb": func(c *Cycle) error { c.Smoother = multigrid.Chebyshev{Degree: 2}; return nil },
		"between the same two grids":  func(c *Cycle) error { c.R, c.P = c.P, c.R; return nil },
		"different colours only": func(c *Cycle) (err error) {
			c.A, err = stencil.Constant(fine, stencil.Kernel{12: 1, 13: 4})
			return err
		},
		"vary; want constant ones": func(c *Cycle) (err error) {
			c.A, err = stencil.Varying(fine, stencil.Coefficients{13: field})
			return err
		},
		"want constant coefficients an": func(c *Cycle) (err error) {
			c.Coarse, err = stencil.Varying(coarse, stencil.Coefficients{})
			return err
		},
	} {
		c := good
		if err := change(&c); err != nil {
			t.Fatal(err)
		}
		want = strings.ReplaceAll(want, "−", "-")
		if _, err := c.Analyse(); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v; want an error with %q in one line", err, want)
		}
	}
	if _, err := Poisson(4, multigrid.GaussSeidel{}, 1, 1); err == nil {
		t.Error("four dimensions accepted")
	}
}

func Example() {
	cycle, err := Poisson(2, multigrid.RedBlack{Omega: 1}, 1, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	factors, err := cycle.Analyse()
	fmt.Printf("%.3f %.3f %v\n", factors.Smoothing, factors.TwoGrid, err)
	// Output: 0.250 0.074 <nil>
}

package family

import (
	"math"
	"strings"
	"testing"

	"mgtool/multigrid"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

func unit(t *testing.T, dim, n int) pde.Grid {
	t.Helper()
	g, err := pde.Unit(dim, n)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func parse(t *testing.T, name string) Problem {
	t.Helper()
	p, err := Parse(name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func operator(t *testing.T, name string, g pde.Grid) stencil.Operator {
	t.Helper()
	a, err := parse(t, name).Operator(g)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// A canonical name reads back as itself, and what is left out has its default.
func TestNames(t *testing.T) {
	for _, f := range Families() {
		p := parse(t, f.Name)
		if p.Name != f.String() {
			t.Errorf("%s alone is %s; want %s", f.Name, p.Name, f)
		}
		if again := parse(t, p.Name); again.Name != p.Name {
			t.Errorf("%s reads back as %s", p.Name, again.Name)
		}
		for _, param := range f.Params {
			if param.Default < param.Least || param.Default > param.Most || param.About == "" {
				t.Errorf("%s: parameter %+v", f.Name, param)
			}
		}
	}
	for given, want := range map[string]string{
		" rotated( theta = 45 , eps=1e-3 ) ":   "rotated(eps=0.001,theta=45)",
		"lognormal(seed=7,sigma=2)":            "lognormal(dim=2,sigma=2,length=0.1,seed=7)",
		"checkerboard(seed=0)":                 "checkerboard(dim=2,cells=8,contrast=100,seed=0)",
		"poisson()":                            "poisson(dim=2)",
		"convection(theta=-0)":                 "convection(eps=0.01,theta=0)",
		"lognormal(seed=18446744073709551615)": "lognormal(dim=2,sigma=1,length=0.1,seed=18446744073709551615)",
	} {
		if p := parse(t, given); p.Name != want {
			t.Errorf("%q is %s; want %s", given, p.Name, want)
		}
	}
}

// Each mistake is an error that names it.
func TestMistakes(t *testing.T) {
	for name, want := range map[string]string{
		"":                          "unknown family",
		"rotatd(eps=1)":             "did you mean rotated?",
		"rotated(eps=0.1":           "does not end in a bracket",
		"rotated(eps=0.1)x":         "does not end in a bracket",
		"rotated(eps)":              "not parameter=value",
		"rotated(eps=0.1,)":         "not parameter=value",
		"rotated(eps=x)":            "eps=x of rotated; want a number",
		"rotated(eps=NaN)":          "eps=NaN of rotated; want 1e-08 to 1e+08",
		"rotated(eps=0)":            "eps=0 of rotated; want 1e-08",
		"rotated(eps=1,eps=2)":      "eps is given twice",
		"rotated(phi=1)":            `unknown parameter "phi" of rotated; want rotated(eps=0.01,theta=30)`,
		"rotated(seed=1)":           `unknown parameter "seed"`,
		"poisson(dim=4)":            "dim=4 of poisson; want 1 to 3",
		"poisson(dim=2.5)":          "want a whole number",
		"lognormal(seed=-1)":        "seed=-1 of lognormal; want a whole number",
		"lognormal(seed=1,seed=1)":  "seed is given twice",
		"lognormal(length=0.001)":   "length=0.001; want 0, or 0.02 to 1",
		"checkerboard(contrast=.5)": "want 1 to 1e+12",
	} {
		if p, err := Parse(name); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v, %v; want an error of one line with %q", name, p.Name, err, want)
		}
	}
	if _, err := (Family{}).Problem(nil, 0); err == nil {
		t.Error("the zero family has a problem")
	}
	poisson, _ := Lookup("poisson")
	if _, err := poisson.Problem(nil, 3); err == nil {
		t.Error("poisson takes a seed")
	}
	good := unit(t, 2, 8)
	cells, neumann, stretched := good, good, good
	cells.Cells = true
	neumann.Sides[1][0] = pde.Neumann
	stretched.Stretch = &pde.Coordinates{}
	for want, g := range map[string]pde.Grid{"dimension 2": unit(t, 3, 8), "on cells": cells, "Neumann side of axis 1": neumann, "unequal widths": stretched} {
		if _, err := parse(t, "rotated").Operator(g); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want an error with %q", err, want)
		}
	}
	if _, err := (Problem{}).Operator(good); err == nil {
		t.Error("the zero problem has an operator")
	}
}

// Discretisations are of the order of their scheme where the solution is known: the error of
// a direct comparison falls by 4, or by 2 for first-order upwind differences, as h is halved.
func TestOrders(t *testing.T) {
	for name, order := range map[string]float64{
		"poisson(dim=1)": 2, "poisson(dim=2)": 2, "poisson(dim=3)": 2,
		"rotated(eps=0.1,theta=30)": 2, "rotated(eps=0.01,theta=45)": 2, "rotated(eps=5,theta=-20)": 2,
		"rotated-elements(eps=0.1,theta=30)": 2, "rotated-elements(eps=0.01,theta=0)": 2,
		"convection(eps=0.05,theta=30)": 1, "convection(eps=0.05,theta=200)": 1, "recirculating(eps=0.05)": 1,
		"helmholtz(k=3,shift=0)": 2, "helmholtz(k=1,shift=4)": 2, "helmholtz(k=10,shift=0)": 2,
	} {
		t.Run(name, func(t *testing.T) {
			p := parse(t, name)
			var errors []float64
			for _, n := range []int{32, 64} {
				g := unit(t, p.Dim(), n)
				a, err := p.Operator(g)
				if err != nil {
					t.Fatal(err)
				}
				// The truncation error of A on the exact solution, in the largest norm.
				u, r := pde.NewField[float64](g), pde.NewField[float64](g)
				u.FillInterior(p.Exact())
				if err := a.Apply(r, u); err != nil {
					t.Fatal(err)
				}
				_, worst := r.Errors(p.Source())
				errors = append(errors, worst)
			}
			if got := math.Log2(errors[0] / errors[1]); !(math.Abs(got-order) <= 0.1) {
				t.Errorf("order %.3f; want %g (truncation errors %.3g)", got, order, errors)
			}
		})
	}
}

// Constant stencils are what package elliptic makes of the same equation.
func TestStencilsAreThoseOfTheEquation(t *testing.T) {
	for _, name := range []string{
		"poisson(dim=2)", "poisson(dim=3)", "rotated(eps=0.01,theta=30)", "rotated(eps=100,theta=15)", "rotated(eps=0.1,theta=90)", "rotated(eps=0.3,theta=180)",
		"convection(eps=0.01,theta=30)", "convection(eps=0.1,theta=225)", "helmholtz(dim=3,k=1,shift=5)",
	} {
		for _, periodic := range []bool{false, true} {
			p := parse(t, name)
			g := unit(t, p.Dim(), 8)
			g.H[0] /= 2 // cells that are not squares
			if periodic {
				g, _ = g.PeriodicAlong(1)
			}
			e, ok, err := p.Equation(g)
			if err != nil || !ok {
				t.Fatalf("%s: %v, %v", name, ok, err)
			}
			system, err := e.Discretize()
			if err != nil {
				t.Fatal(err)
			}
			a, err := p.Operator(g)
			if err != nil {
				t.Fatal(err)
			}
			if _, constant := a.Kernel(); !constant {
				t.Errorf("%s: the operator is not a constant stencil", name)
			}
			same(t, name, a, system.A)
		}
	}
}

// same compares two operators on a random field.
func same(t *testing.T, name string, a, b stencil.Operator) {
	t.Helper()
	g, _ := a.Grids()
	u, x, y := pde.NewField[float64](g), pde.NewField[float64](g), pde.NewField[float64](g)
	u.Randomize(3)
	u.FillGhosts()
	if err := a.Apply(x, u); err != nil {
		t.Fatal(err)
	}
	if err := b.Apply(y, u); err != nil {
		t.Fatal(err)
	}
	most, worst := 0.0, 0.0
	for i, v := range x.Interior() {
		w := y.Interior()[i]
		most, worst = max(most, math.Abs(v)), max(worst, math.Abs(v-w))
	}
	if !(worst <= 1e-13*most) {
		t.Errorf("%s: %g apart, of %g", name, worst, most)
	}
}

// An indefinite problem is one: a Rayleigh quotient of the operator is negative, and the
// solver reaches its answer by a Krylov method, or says that it did not.
func TestIndefinite(t *testing.T) {
	g := unit(t, 2, 32)
	p := parse(t, "helmholtz(k=10)")
	if _, ok, err := p.Equation(g); ok || err != nil {
		t.Errorf("an equation with c < 0: %v, %v; want none", ok, err)
	}
	a := operator(t, p.Name, g)
	u, r := pde.NewField[float64](g), pde.NewField[float64](g)
	u.FillInterior(p.Exact())
	if err := a.Apply(r, u); err != nil {
		t.Fatal(err)
	}
	if v := r.At(16, 16, 0); v >= 0 {
		t.Errorf("A sin πx sin πy is %g at the centre; want less than 0", v)
	}
	settings, _ := multigrid.Choose(a)
	solver, err := multigrid.NewSolver(a, settings)
	if err != nil {
		t.Fatal(err)
	}
	f := pde.NewField[float64](g)
	f.FillInterior(p.Source())
	u.Zero()
	res, err := solver.Solve(t.Context(), u, f)
	if _, worst := u.Errors(p.Exact()); err == nil && worst > 1e-2 {
		t.Errorf("converged to an answer that is %g off", worst)
	}
	t.Logf("%v after %d cycles, %d Krylov iterations, true residual %.2g: %v", res.Status, res.Cycles, res.KrylovIterations, res.TrueResidual, err)
}

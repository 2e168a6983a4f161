package tool

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"mgtool/pde/family"
)

// Members whose solution is known have errors of second order, those with upwind differences
// of first; their name is the canonical one, and their dimension needs no flag.
func TestFamilySolved(t *testing.T) {
	for _, c := range []struct {
		name, canonical string
		order           float64
	}{
		{"poisson(dim=3)", "poisson(dim=3)", 2},
		{"rotated(theta=30,eps=0.1)", "rotated(eps=0.1,theta=30)", 2},
		{"rotated(eps=0.1,theta=90)", "rotated(eps=0.1,theta=90)", 2},
		{"rotated-elements(eps=0.1)", "rotated-elements(eps=0.1,theta=30)", 2},
		{"convection(eps=0.1)", "convection(eps=0.1,theta=30)", 1},
		{"recirculating(eps=0.1)", "recirculating(eps=0.1)", 1},
		{"helmholtz(k=2)", "helmholtz(dim=2,k=2,shift=0)", 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			var worst []float64
			for _, n := range []int{16, 32} {
				r := solved(t, stating(Statement{Family: c.name, N: []int{n}}))
				if r.Name != c.canonical {
					t.Errorf("the name is %s; want %s", r.Name, c.canonical)
				}
				worst = append(worst, r.ErrorMax)
			}
			if order := math.Log2(worst[0] / worst[1]); math.Abs(order-c.order) > .2 {
				t.Errorf("errors %.3g, of order %.2f; want %g", worst, order, c.order)
			}
		})
	}
}

// Random coefficients are those of the family on the grid of the solve: the residual of u for
// the family's own operator is small. A right side may be given beside the family.
func TestFamilyOperator(t *testing.T) {
	for _, name := range []string{"lognormal(seed=4)", "lognormal-elements(length=0,seed=4)", "checkerboard(seed=2)", "rotated"} {
		s := stating(Statement{Family: name, N: []int{16}, G: "1+x"})
		p, err := s.Prepare(context.Background(), Reporter{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Run(context.Background()); err != nil {
			t.Fatal(err)
		}
		problem, err := family.Parse(name)
		if err != nil {
			t.Fatal(err)
		}
		u := p.system.U
		a, err := problem.Operator(u.Grid)
		if err != nil {
			t.Fatal(err)
		}
		r := u.Clone()
		if err := a.Apply(r, u); err != nil {
			t.Fatal(err)
		}
		if _, off := r.Errors(func(x, _, _ float64) float64 { return 1 + x }); off > 1e-9 {
			t.Errorf("%s: the residual of u is %g", name, off)
		}
	}
}

// What a family says cannot be said twice, and what it has not is refused.
func TestFamilyMistakes(t *testing.T) {
	for want, s := range map[string]Statement{
		"did you mean rotated?":                        {Family: "rotatd"},
		"--a with --family rotated(eps=0.01,theta=30)": {Family: "rotated", A: "2"},
		"--boundary with --family":                     {Family: "rotated", Boundary: "x:periodic"},
		"--exact with --family":                        {Family: "rotated", Exact: "x"},
		"--size with --family":                         {Family: "rotated", Size: []float64{2}},
		"--dim 3 with --family":                        {Family: "rotated", Dim: 3},
		"--n has 3 numbers, and --family means 2 axes": {Family: "rotated", N: []int{8, 8, 8}},
		"--family with problem sine":                   {Family: "rotated", Problem: "sine"},
	} {
		if len(s.N) == 0 {
			s.N = []int{8}
		}
		_, err := stating(s).Prepare(context.Background(), Reporter{})
		var usage *UsageError
		if !errors.As(err, &usage) || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v; want a usage error with %q", s, err, want)
		}
	}
	balance := stating(Statement{Family: "rotated", N: []int{8}})
	balance.Balance = true
	if _, err := balance.Prepare(context.Background(), Reporter{}); err == nil || !strings.Contains(err.Error(), "--balance with --family") {
		t.Errorf("--balance of a stencil: %v", err)
	}
	e := DefaultEvolve()
	e.Statement = Statement{Family: "rotated", N: []int{8}}
	if _, err := e.Run(context.Background(), Reporter{}); err == nil || !strings.Contains(err.Error(), "with steps in time") {
		t.Errorf("steps in time of a stencil: %v", err)
	}
}

// Fluxes are those of the family's coefficients; a problem file keeps the name.
func TestFamilyFluxes(t *testing.T) {
	s := stating(Statement{Family: "lognormal(seed=4)", N: []int{16}})
	s.Balance = true
	b := solved(t, s).Balance
	out := 0.0
	for _, axis := range b.Sides {
		for _, flux := range axis {
			out += flux
		}
	}
	if math.Abs(out-b.Source) > 1e-9 {
		t.Errorf("%g flows out, and sources make %g", out, b.Source)
	}
	path := filepath.Join(t.TempDir(), "p.json")
	if err := s.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	if again, err := ReadStatement(path); err != nil || again.Family != s.Family {
		t.Errorf("a problem file has %q, %v; want %q", again.Family, err, s.Family)
	}
}

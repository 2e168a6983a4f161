package tool

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func asUsage(err error, wrong **UsageError) bool { return errors.As(err, wrong) }

func writeText(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// The user's own stencil of −Δ is −Δ; of nine points it is of second order, in every dimension
// by the method that suits it.
func TestOwnOperator(t *testing.T) {
	five := writeText(t, "a.json", `{"stencil": [[0,-1,0],[-1,4,-1],[0,-1,0]]}`)
	s := DefaultSolve()
	s.Problem, s.G, s.N = "", "1+x", []int{100, 60}
	s.Size = []float64{1, .6}
	s.Boundary = "x-:dirichlet=y"
	want, err := runSolve(t, s)
	if err != nil {
		t.Fatal(err)
	}
	s.Operator = five
	got, err := runSolve(t, s)
	if err != nil {
		t.Fatal(err)
	}
	if got.Cycles != want.Cycles || !(math.Abs(got.TrueResidual-want.TrueResidual) <= 1e-5*want.TrueResidual) || got.Why != want.Why {
		t.Errorf("%d cycles, residual %g (%s); −Δ has %d, %g (%s)", got.Cycles, got.TrueResidual, got.Why, want.Cycles, want.TrueResidual, want.Why)
	}
	for _, one := range []struct{ operator, exact, g string }{
		{`{"stencil": [-1, 2, -1]}`, "sin(pi*x)", "pi^2*sin(pi*x)"},
		// (8 −1 −1 −1 …)/3 is −Δ of bilinear elements.
		{`{"stencil": [[-0.33333333333333333, -0.33333333333333333, -0.33333333333333333], [-0.33333333333333333, 2.6666666666666667, -0.33333333333333333], [-0.33333333333333333, -0.33333333333333333, -0.33333333333333333]], "scale": "h^-2"}`,
			"sin(pi*x)*sin(pi*y)", "2*pi^2*sin(pi*x)*sin(pi*y)"},
		// −u_xx − u_yy − u_xy/2, with the cross derivative by the four corners.
		{`{"stencil": [[-0.125, -1, 0.125], [-1, 4, -1], [0.125, -1, -0.125]]}`, "sin(pi*x)*sin(pi*y)", "2*pi^2*sin(pi*x)*sin(pi*y)-pi^2/2*cos(pi*x)*cos(pi*y)"},
		{`{"stencil": [[[0,0,0],[0,-1,0],[0,0,0]],[[0,-1,0],[-1,6,-1],[0,-1,0]],[[0,0,0],[0,-1,0],[0,0,0]]]}`, "sin(pi*x)*sin(pi*y)*sin(pi*z)", "3*pi^2*sin(pi*x)*sin(pi*y)*sin(pi*z)"},
	} {
		var errs []float64
		for _, n := range []int{16, 32} {
			s := DefaultSolve()
			s.Dim, s.Problem, s.N, s.Exact, s.G, s.Operator = 0, "", []int{n}, one.exact, one.g, writeText(t, "a.json", one.operator)
			s.RelTol = 1e-10
			r, err := runSolve(t, s)
			if err != nil || !(r.TrueResidual <= 1e-10) {
				t.Fatalf("%s: %v", one.operator, err)
			}
			errs = append(errs, r.ErrorMax)
		}
		if order := math.Log2(errs[0] / errs[1]); !(math.Abs(order-2) < .1) {
			t.Errorf("%s: order %.2f", one.operator, order)
		}
	}
}

// Without its scale a stencil is the matrix itself: its solution is 1/h² times that with it.
func TestOwnOperatorWithoutScale(t *testing.T) {
	s := DefaultSolve()
	s.Problem, s.N, s.G, s.Exact = "", []int{32, 64}, "2*(x*(1-x)+y*(1-y))", "0"
	s.Operator = writeText(t, "a.json", `{"stencil": [[0,-1,0],[-1,4,-1],[0,-1,0]], "scale": "1"}`)
	r, err := runSolve(t, s) // widths differ, which it may
	if err != nil || !(r.TrueResidual <= 1e-8) {
		t.Fatal(err)
	}
	s.N, s.G, s.Exact = []int{32, 32}, "2*(x*(1-x)+y*(1-y))", "1024*x*(1-x)*y*(1-y)"
	if r, err = runSolve(t, s); err != nil || !(r.ErrorMax < 1e-5) { // exact but for the solve
		t.Errorf("error %g, %v; want 0 but for rounding", r.ErrorMax, err)
	}
}

func TestOwnOperatorRefused(t *testing.T) {
	good := `{"stencil": [[0,-1,0],[-1,4,-1],[0,-1,0]]}`
	for _, one := range []struct {
		text, want string
		spoil      func(s *Solve)
	}{
		{`{"stencil": [[0,-1,0],[-1,0,-1],[0,-1,0]]}`, "0 at the centre", nil},
		{`{"stencil": [[1,2,3,4,5],[1,2,3,4,5],[1,2,3,4,5],[1,2,3,4,5],[1,2,3,4,5]]}`, "5 wide; want 3", nil},
		{`{"stencil": [[0,-1,0],[-1,1e999,-1],[0,-1,0]]}`, "stencil", nil},
		{`{"stencil": [[0,-1,0],[-1,4],[0,-1,0]]}`, "lists of 3 and of 2 elements", nil},
		{`{"stencil": 3}`, "no nested list", nil},
		{`{}`, "no stencil", nil},
		{`[[0,-1,0],[-1,4,-1],[0,-1,0]]`, "it is a list; want {\"stencil\"", nil},
		{`{"kernel": [[1]]}`, `unknown key "kernel"`, nil},
		{`{"stencil": [[0,-1,0],[-1,4,-1],[0,-1,0]], "scale": "h"}`, `scale "h"; want "h^-2" or "1"`, nil},
		{good, "in 2 dimensions on a grid of 3", func(s *Solve) { s.Dim = 3 }},
		{good, "cells of widths", func(s *Solve) { s.N = []int{8, 16} }},
		{good, "--a with --operator", func(s *Solve) { s.A = "2" }},
		{good, "--b with --operator", func(s *Solve) { s.B = "1,0" }},
		{good, "--c with --operator", func(s *Solve) { s.C = "2" }},
		{good, "--nonlinear with --operator", func(s *Solve) { s.Nonlinear = "u^3" }},
		{good, "--discretization cell with --operator", func(s *Solve) { s.Discretization = "cell" }},
		{good, "--boundary x:periodic with --operator", func(s *Solve) { s.Boundary = "x:periodic" }},
		{good, "--balance with --operator", func(s *Solve) { s.Balance = true }},
		{good, "--operator with problem sine", func(s *Solve) { s.G = "" }},
	} {
		s := DefaultSolve()
		s.Problem, s.G, s.N, s.Operator = "", "1", []int{16}, writeText(t, "a.json", one.text)
		if one.spoil != nil {
			one.spoil(&s)
		}
		_, err := s.Prepare(context.Background(), Reporter{})
		var wrong *UsageError
		if err == nil || !strings.Contains(err.Error(), one.want) || !asUsage(err, &wrong) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v; want wrong use with %q", one.text, err, one.want)
		}
	}
	e := DefaultEvolve()
	e.Operator, e.Problem, e.G, e.N = writeText(t, "a.json", good), "", "1", []int{16}
	if _, err := e.Run(context.Background(), Reporter{}); err == nil || !strings.Contains(err.Error(), "with steps in time") {
		t.Errorf("evolve: %v", err)
	}
}

package tool

import (
	"context"
	"math"
	"testing"
)

// Whatever settings say, they are refused or the solve ends, with a residual that is what
// its status says.
func FuzzMethod(f *testing.F) {
	f.Add("auto", "", "", "auto", "", "f64", "data", "2", "project", 0., 1, 1, 1e-8, 0., 0., 20, uint8(0))
	f.Add("direct", "w", "jacobi", "galerkin", "cg", "mixed", "first", "max", "refuse", .8, 2, 0, 0., 1e-3, 0., 5, uint8(1))
	f.Add("auto", "fmg", "line", "blackbox", "fgmres", "f64", "none", "2", "project", 1., 0, 3, .5, 1., 1e-14, 3, uint8(2))
	f.Add("auto", "f", "chebyshev", "full", "bicgstab", "mixed", "data", "max", "project", 0., 1, 2, 1e-300, 1e300, .5, 1, uint8(3))
	f.Add("auto", "v", "gs", "semi", "auto", "f64", "data", "2", "refuse", math.NaN(), -1, 1001, math.Inf(1), -1., math.NaN(), 1<<40, uint8(4))
	f.Add("auto", "", "plane", "", "cg", "f64", "data", "2", "project", 0., 1, 1, 1e-8, 0., 0., 20, uint8(3))
	statements := []Statement{
		{N: []int{8}, G: "1"},
		{N: []int{7, 5}, G: "x", A: "1+1e3*(x>0.5)"},
		{N: []int{6}, G: "x-0.5", Boundary: "x:neumann,y:periodic"},
		{N: []int{5, 4, 3}, G: "1", Discretization: "cell"},
		{Dim: 1, N: []int{9}, G: "1", B: "30", C: "x"},
	}
	f.Fuzz(func(t *testing.T, name, cycle, smoother, coarsening, krylov, precision, baseline, norm, singular string, omega float64, pre, post int, rtol, atol, backward float64, cycles int, which uint8) {
		s := Solve{Statement: statements[int(which)%len(statements)], Start: "zero", Method: Method{
			Name: name, Cycle: cycle, Smoother: smoother, Omega: omega, Pre: pre, Post: post, Coarsening: coarsening, Krylov: krylov,
			Precision: precision, RelTol: rtol, AbsTol: atol, Backward: backward, Baseline: baseline, Norm: norm, MaxCycles: cycles, Singular: singular,
		}}
		if cycles > 50 || pre > 5 || post > 5 { // too long for a fuzzer, not wrong
			return
		}
		p, err := s.Prepare(context.Background(), Reporter{})
		if err != nil {
			return
		}
		r, failure := p.Run(context.Background())
		if r == nil {
			t.Fatal("no report")
		}
		if failure == nil && rtol > 0 && len(r.Residuals) > 0 && math.IsNaN(r.Residuals[len(r.Residuals)-1]) {
			t.Errorf("a success (%v) with the residuals %v", r.Status, r.Residuals)
		}
	})
}

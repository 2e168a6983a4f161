package stencil

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"mgtool/pde"
)

// Linear interpolation is the transpose of full weighting, times Fine/Coarse along
// every axis.
func TestLinearIsScaledTranspose(t *testing.T) {
	must := must(t)
	for dim := 1; dim <= 3; dim++ {
		for _, periodic := range sides(dim) {
			for _, n := range [][2][]int{{{8, 4, 6}, {4, 2, 3}}, {{8, 4, 6}, {4, 4, 3}}, {{7, 4, 6}, {4, 4, 3}}, {{3, 5, 9}, {2, 3, 5}}} {
				fine := grid(t, n[0][:dim], periodic...)
				coarse := coarsened(fine, n[1][:dim]...)
				ratio := float64(1)
				for d := range dim {
					ratio *= float64(fine.N[d]) / float64(coarse.N[d])
				}
				r, p := must(FullWeighting(fine, coarse)), must(Linear(fine, coarse))
				want := mat.DenseCopyOf(matrix(t, r).T())
				want.Scale(ratio, want)
				if !mat.EqualApprox(matrix(t, p), want, 1e-15) || !mat.EqualApprox(matrix(t, r.Transpose().Scale(ratio)), want, 1e-15) {
					t.Errorf("%v to %v, periodic %v: P is not Rᵀ times %g", fine, coarse, periodic, ratio)
				}
				if axes, ok := p.Axes(); !ok || axes[0].Fine != fine.N[0] || axes[dim-1].Coarse != coarse.N[dim-1] {
					t.Errorf("axes %v, %t", axes, ok)
				}
				if _, ok := r.Transpose().Axes(); ok {
					t.Error("the transpose of full weighting passes for linear interpolation")
				}
			}
		}
	}
}

// Boundary values of the coarse grid enter P: a linear function comes out as it is.
func TestLinearKeepsLinearFunctions(t *testing.T) {
	must := must(t)
	for dim := 1; dim <= 3; dim++ {
		for _, n := range [][2][]int{{{8, 4, 6}, {4, 4, 3}}, {{3, 5, 9}, {2, 3, 5}}} {
			fine := grid(t, n[0][:dim])
			coarse := coarsened(fine, n[1][:dim]...)
			linear := func(x, y, z float64) float64 { return 1 + x + 2*y - 3*z }
			x, y := pde.NewField[float64](coarse), pde.NewField[float64](fine)
			x.FillBoundary(linear)
			x.FillInterior(linear)
			p := must(Linear(fine, coarse))
			if err := p.Apply(y, x); err != nil {
				t.Fatal(err)
			}
			if _, worst := y.Errors(linear); worst > 1e-13 {
				t.Errorf("%v to %v: a linear function is off by %g", coarse, fine, worst)
			}
		}
	}
}

// Diagonal is the diagonal of the matrix.
func TestDiagonal(t *testing.T) {
	every(t, func(t *testing.T, a Operator, _ bool) {
		constant, varying, err := a.Diagonal()
		from, to := a.Grids()
		if from != to {
			if err == nil {
				t.Error("a transfer has a diagonal")
			}
			return
		}
		m := matrix(t, a)
		for i := range from.Unknowns() {
			want := constant
			if varying != nil {
				want = varying.Interior()[i]
			}
			if m.At(i, i) != want {
				t.Fatalf("entry %d is %g, want %g", i, want, m.At(i, i))
			}
		}
	})
}

// What does not fit is refused in one line that says what would be right.
func TestRefuses(t *testing.T) {
	g := grid(t, []int{8, 8})
	fine3 := grid(t, []int{8, 8, 8})
	half := coarsened(g, 4, 4)
	a := Laplacian(g)
	wider := half
	wider.H[0] *= 1.01
	ring, err := g.PeriodicAlong(0)
	if err != nil {
		t.Fatal(err)
	}
	oneSide := g
	oneSide.Sides[0][1] = pde.Periodic
	narrow := g
	narrow.N[1] = 1
	flat := g
	flat.H[1] = math.NaN()
	second := func(_ Operator, err error) error { return err }
	u, v := pde.NewField[float64](g), pde.NewField[float64](g)
	onRing, onHalf := pde.NewField[float64](ring), pde.NewField[float64](half)
	field := func(o int, f *pde.Field[float64]) (c Coefficients) { c[o] = f; return c }
	for i, c := range []struct {
		err  error
		want string
	}{
		{second(Diffusion(pde.Grid{}, [3]float64{1, 1, 1}, 0)), "want 1 to 3"},
		{second(Diffusion(narrow, [3]float64{1, 1, 1}, 0)), "want at least 2"},
		{second(Diffusion(flat, [3]float64{1, 1, 1}, 0)), "want a positive width"},
		{second(Diffusion(oneSide, [3]float64{1, 1, 1}, 0)), "want both or none"},
		{second(Constant(g, Kernel{4: 1})), "offset [0 0 -1] in dimension 2; want 0"},
		{second(Constant(g, Kernel{13: math.Inf(1)})), "want a finite number"},
		{second(Varying(g, field(4, u))), "in dimension 2; want none"},
		{second(Varying(g, field(13, onHalf))), "want 8×8 cells with the same widths"},
		{second(Varying(g, field(13, onRing))), "want 8×8 cells with the same widths"},
		{second(FullWeighting(g, fine3)), "the same dimension"},
		{second(FullWeighting(ring, half)), "the same kinds of sides"},
		{second(FullWeighting(g, coarsened(g, 4, 3))), "axis 1, 3 on the coarse grid; want 8 or 4"},
		{second(FullWeighting(coarsened(g, 9, 8), coarsened(g, 4, 8))), "axis 0, 4 on the coarse grid; want 9 or 5"},
		{second(Restriction(coarsened(g, 9, 8), coarsened(g, 5, 8), Kernel{13: 1})), "axis 0, 5 on the coarse grid; want 9"},
		{second(Linear(g, wider)), "want the same length"},
		{second(Linear(g, g)), "want one of them coarser"},
		{second(Prolongation(g, half, Kernel{22: 1})), "want 0"},
		{second(VaryingRestriction(g, half, field(13, u))), "want 4×4 cells"},
		{a.Apply(u, u), "want two"},
		{a.Apply(nil, u), "want fields"},
		{a.Apply(u, onRing), "want its grids"},
		{a.Apply(onHalf, u), "want its grids"},
		{Operator{}.Apply(u, v), "the zero operator cannot map"},
		{Laplacian(oneSide).Apply(pde.NewField[float64](oneSide), pde.NewField[float64](oneSide)), "the zero operator cannot map"},
		{second(Galerkin(Operator{}, Operator{}, Operator{})), "want a restriction"},
		{func() error { _, err := Operator{}.Matrix(); return err }(), "want an operator that a constructor made"},
		{func() error { _, _, err := Operator{}.Diagonal(); return err }(), "want an operator on one grid"},
		{a.Residual(u, v, onHalf), "want the same"},
		{a.Residual(u, v, nil), "want the same"},
		{a.Residual(u, u, v), "want two"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) || strings.Contains(c.err.Error(), "\n") {
			t.Errorf("case %d: %v; want an error with %q in one line", i, c.err, c.want)
		}
	}
}

// A residual, a coarse operator by the Galerkin product, and its symbol on a wave.
func Example() {
	fine, _ := pde.Unit(2, 8)
	coarse := fine.Coarsen()
	a := Laplacian(fine)
	u, g, r := pde.NewField[float64](fine), pde.NewField[float64](fine), pde.NewField[float64](fine)
	g.FillInterior(func(_, _, _ float64) float64 { return 1 })
	if err := a.Residual(r, u, g); err != nil {
		fmt.Println(err)
		return
	}
	restrict, _ := FullWeighting(fine, coarse)
	interpolate, _ := Linear(fine, coarse)
	onCoarse, err := Galerkin(restrict, a, interpolate)
	if err != nil {
		fmt.Println(err)
		return
	}
	diagonal, _, _ := onCoarse.Diagonal()
	symbol, _ := onCoarse.Symbol([3]float64{math.Pi, math.Pi, 0})
	fmt.Println(r.At(4, 4, 0), diagonal, real(symbol))
	// Output: 1 48 64
}

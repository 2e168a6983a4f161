package stencil

import (
	"fmt"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"mgtool/pde"
)

// The matrix of the Galerkin product is the product of the matrices. All numbers are
// whole numbers or quarters of such: equality is exact.
func TestGalerkinIsProduct(t *testing.T) {
	must := must(t)
	for dim := 1; dim <= 3; dim++ {
		for _, periodic := range sides(dim) {
			fine := grid(t, []int{8, 4, 6}[:dim], periodic...)
			half := coarsened(fine, []int{4, 2, 3}[:dim]...)
			semi := coarsened(fine, []int{4, 4, 3}[:dim]...)
			k := func(seed uint64) Kernel { return someKernel(dim, seed) }
			constantA, varyingA := must(Constant(fine, k(1))), must(Varying(fine, someFields(fine, 2)))
			along, reaction := someFaces(fine, 7)
			facesA := must(Faces(fine, along, reaction))
			kernelR, kernelP := must(Restriction(fine, half, k(3))), must(Prolongation(fine, half, k(4)))
			varyingR, varyingP := must(VaryingRestriction(fine, half, someFields(half, 5))), must(VaryingProlongation(fine, half, someFields(half, 6)))
			for name, c := range map[string]struct {
				r, a, p  Operator
				constant bool
			}{
				"kernels":         {kernelR, constantA, kernelP, true},
				"full weighting":  {must(FullWeighting(fine, half)), constantA, must(Linear(fine, half)), true},
				"semi-coarsened":  {must(FullWeighting(fine, semi)), constantA, must(Linear(fine, semi)), true},
				"varying A":       {kernelR, varyingA, kernelP, false},
				"varying A, semi": {must(FullWeighting(fine, semi)), varyingA, must(Linear(fine, semi)), false},
				"varying A, full": {must(FullWeighting(fine, half)), varyingA, must(Linear(fine, half)), false},
				"varying R, P":    {varyingR, constantA, varyingP, false},
				"varying R, A, P": {varyingR, varyingA, varyingP, false},
				"faces":           {kernelR, facesA, varyingP, false},
				"linear P alone":  {kernelR, varyingA, must(Linear(fine, half)), false},
			} {
				t.Run(fmt.Sprintf("%s in %d, periodic %v", name, dim, periodic), func(t *testing.T) {
					got, err := Galerkin(c.r, c.a, c.p)
					if err != nil {
						t.Fatal(err)
					}
					if _, constant := got.Kernel(); constant != c.constant {
						t.Errorf("constant: %t, want %t", constant, c.constant)
					}
					var want mat.Dense
					want.Product(matrix(t, c.r), matrix(t, c.a), matrix(t, c.p))
					if !mat.Equal(matrix(t, got), &want) {
						t.Errorf("the matrix is\n%v\nwant\n%v", mat.Formatted(matrix(t, got)), mat.Formatted(&want))
					}
				})
			}
		}
	}
}

// BenchmarkGalerkin is the product of factors whose coefficients all vary.
func BenchmarkGalerkin(b *testing.B) {
	for _, n := range [][]int{{512, 512}, {64, 64, 64}} {
		fine := pde.Grid{}
		for d := range n {
			fine.N[d], fine.H[d] = n[d], 1
		}
		half := fine.Coarsen()
		must := must(b)
		r, a, p := must(VaryingRestriction(fine, half, someFields(half, 5))), must(Varying(fine, someFields(fine, 2))), must(VaryingProlongation(fine, half, someFields(half, 6)))
		b.Run(fmt.Sprint(len(n)), func(b *testing.B) {
			for b.Loop() {
				if _, err := Galerkin(r, a, p); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(half.Unknowns()), "ns/vertex")
		})
	}
}

// R A P of −Δ in one dimension is −Δ on the coarse grid, a textbook's result; in two
// dimensions on squares it is the nine-point stencil ¼ [−1 −2 −1; −2 12 −2; −1 −2 −1]/h²
// of the coarse width h (Trottenberg, Oosterlee, Schüller, Multigrid, 2001).
func TestGalerkinOfLaplacian(t *testing.T) {
	must := must(t)
	line := grid(t, []int{8})
	shorter := coarsened(line, 4)
	product := must(Galerkin(must(FullWeighting(line, shorter)), Laplacian(line), must(Linear(line, shorter))))
	if w, c, ok := product.Star(); !ok || w[0] != 1/(shorter.H[0]*shorter.H[0]) || c != 2*w[0] {
		t.Errorf("weights %v, centre %g, star %t; want −Δ on the coarse grid", w, c, ok)
	}
	square := grid(t, []int{8, 8})
	square.H = [3]float64{.5, .5}
	smaller := coarsened(square, 4, 4)
	product = must(Galerkin(must(FullWeighting(square, smaller)), Laplacian(square), must(Linear(square, smaller))))
	want := Plane([3][3]float64{{-1, -2, -1}, {-2, 12, -2}, {-1, -2, -1}}).Scale(.25)
	if k, ok := product.Kernel(); !ok || k != want {
		t.Errorf("kernel %v, want %v", k, want)
	}
}

// A product that does not fit into one vertex a side is refused, and so is one of
// operators that do not fit together.
func TestGalerkinRefuses(t *testing.T) {
	must := must(t)
	fine, odd := grid(t, []int{8, 8}), grid(t, []int{7, 8})
	half, semi, oddHalf := coarsened(fine, 4, 4), coarsened(fine, 4, 8), coarsened(odd, 4, 4)
	a, r, p := Laplacian(fine), must(FullWeighting(fine, half)), must(Linear(fine, half))
	wide := must(Restriction(fine, semi, someKernel(2, 1)))
	for want, c := range map[string][3]Operator{
		"along axis 0, of 7 cells": {must(FullWeighting(odd, oddHalf)), Laplacian(odd), must(Linear(odd, oddHalf))},
		"along axis 1, of 8 cells": {wide, a, must(Linear(fine, semi))},
		"want a restriction":       {p, a, r},
		"between the same grids":   {r, a, must(Linear(fine, semi))},
	} {
		if _, err := Galerkin(c[0], c[1], c[2]); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want an error with %q", err, want)
		}
	}
}

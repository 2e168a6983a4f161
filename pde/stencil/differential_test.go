package stencil

import (
	"math"
	"testing"

	"mgtool/pde"
)

// Discretised anew, a kernel with a second derivative across the axes, convection and reaction
// is the one that the coefficients give on the other grid.
func TestDifferentialIsDiscretisedAnew(t *testing.T) {
	must := must(t)
	kernel := func(h float64) Kernel { // of −u_xx − u_xy/2 − 2 u_yy + 3 u_x + 5 u
		k := Plane([3][3]float64{{-.125, -2, .125}, {-1, 6, -1}, {.125, -2, -.125}}).Scale(1 / (h * h))
		k[centre-1] -= 1.5 / h
		k[centre+1] += 1.5 / h
		k[centre] += 5
		return k
	}
	fine, err := pde.NewGrid([]int{64, 64}, []float64{1. / 64, 1. / 64})
	if err != nil {
		t.Fatal(err)
	}
	coarse := fine
	for coarse.N[0] > 8 {
		for d := range 2 {
			coarse.N[d], coarse.H[d] = coarse.N[d]/2, 2*coarse.H[d]
		}
		a := must(must(Differential(fine, kernel(1./64))).Rediscretize(coarse))
		got, ok := a.Kernel()
		want := kernel(coarse.H[0])
		for o := range want {
			if !ok || math.Abs(got[o]-want[o]) > 1e-10*want[centre] {
				t.Fatalf("on %v entry %d is %g, want %g", coarse, o, got[o], want[o])
			}
		}
	}
	// By widths that differ, −Δ is exact too.
	fine.H = [3]float64{.1, .3}
	coarse = fine
	coarse.N, coarse.H = [3]int{32, 48}, [3]float64{.2, .4}
	k, _ := Laplacian(fine).Kernel()
	got, _ := must(must(Differential(fine, k)).Rediscretize(coarse)).Kernel()
	want, _ := Laplacian(coarse).Kernel()
	for o := range want {
		if math.Abs(got[o]-want[o]) > 1e-12*want[centre] {
			t.Errorf("−Δ, entry %d: %g, want %g", o, got[o], want[o])
		}
	}
}

package affine

import (
	"fmt"
	"math"
	"testing"
)

// Kernels of three points with a given sum: two directions are left, of orthonormal vectors that
// add up to 0, and going there and back changes nothing.
func TestSpace(t *testing.T) {
	units := [][]float64{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}
	s := New([]float64{.5, 1, .5}, append(units, units...), [][]float64{{1, 1, 1}})
	if len(s.Basis) != 2 {
		t.Fatalf("%d directions; want 2", len(s.Basis))
	}
	for i, b := range s.Basis {
		for j, c := range s.Basis {
			dot, want := b[0]*c[0]+b[1]*c[1]+b[2]*c[2], 0.0
			if i == j {
				want = 1
			}
			if math.Abs(dot-want) > 1e-14 {
				t.Errorf("b%d · b%d is %g; want %g", i, j, dot, want)
			}
		}
	}
	z := []float64{.3, -.7}
	k := s.At(z)
	if sum := k[0] + k[1] + k[2]; math.Abs(sum-2) > 1e-14 {
		t.Errorf("the sum is %g; want 2, as at the start", sum)
	}
	// What lies off the space changes nothing of the nearest kernel.
	for i, v := range s.Project([]float64{k[0] + 5, k[1] + 5, k[2] + 5}) {
		if math.Abs(v-z[i]) > 1e-13 {
			t.Errorf("z %d is %g; want %g", i, v, z[i])
		}
	}
	// f(k) = k₀² + 3 k₁ k₂.
	f := func(z []float64) float64 { k := s.At(z); return k[0]*k[0] + 3*k[1]*k[2] }
	dz := make([]float64, 2)
	AddGradient(s, dz, []float64{2 * k[0], 3 * k[2], 3 * k[1]})
	for i := range z {
		const h = 1e-6
		up, down := append([]float64(nil), z...), append([]float64(nil), z...)
		up[i], down[i] = z[i]+h, z[i]-h
		if want := (f(up) - f(down)) / (2 * h); math.Abs(dz[i]-want) > 1e-8 {
			t.Errorf("gradient %d is %g, by differences %g", i, dz[i], want)
		}
	}
}

// Kernels (a, b, a) have two values.
func ExampleNew() {
	s := New([]float64{1, 2, 1}, [][]float64{{1, 0, 1}, {0, 1, 0}}, nil)
	fmt.Printf("%.2f\n", s.At([]float64{math.Sqrt2, 1}))
	// Output: [2.00 3.00 2.00]
}

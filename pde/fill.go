package pde

// Fields from functions, from chance and from their boundary; their distance
// from a function.

import (
	"math"
	"math/rand/v2"
)

// FillInterior sets the interior values to fn(x, y, z) and leaves the boundary.
// fn is called from several goroutines at a time.
func (f *FieldOf[T]) FillInterior(fn func(x, y, z float64) float64) {
	f.Rows(func(j, k int) {
		row := f.Row(j, k)
		y, z := float64(j)*f.H[1], float64(k)*f.H[2]
		for i := 1; i < f.N[0]; i++ {
			row[i] = T(fn(float64(i)*f.H[0], y, z))
		}
	})
}

// FillBoundary sets the boundary values to fn(x, y, z) and leaves the interior.
func (f *FieldOf[T]) FillBoundary(fn func(x, y, z float64) float64) {
	j0, j1 := f.inside(1)
	k0, k1 := f.inside(2)
	for k := 0; k <= f.N[2]; k++ {
		for j := 0; j <= f.N[1]; j++ {
			row, y, z := f.Row(j, k), float64(j)*f.H[1], float64(k)*f.H[2]
			step := 1 // a row on the boundary
			if j >= j0 && j < j1 && k >= k0 && k < k1 {
				step = f.N[0] // a row inside: its ends
			}
			for i := 0; i <= f.N[0]; i += step {
				row[i] = T(fn(float64(i)*f.H[0], y, z))
			}
		}
	}
}

// Randomize sets the interior to uniform values in (−½, ½), the same for the
// same seed, and leaves the boundary.
func (f *FieldOf[T]) Randomize(seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 0x706465))
	f.eachRow(func(row []T, _, _ int) {
		for i := 1; i < f.N[0]; i++ {
			row[i] = T(rng.Float64() - 0.5)
		}
	})
}

// ExtendBoundary fills the interior with the transfinite interpolant of the
// boundary values (Coons 1967; Gordon 1971). With P_d the linear blend along
// axis d of the values on the two sides across it, the interpolant is
//
//	P u = u − Π (I − P_d) u
//
// in two dimensions P_x + P_y − P_x P_y: the blends of opposite sides, less the
// bilinear blend of the corners. It is as smooth as the sides are, so its
// residual is a smooth function too, and zero where the boundary is zero.
func (f *FieldOf[T]) ExtendBoundary() {
	f.eachRow(func(row []T, _, _ int) { clear(row[1:f.N[0]]) })
	// e becomes Π (I − P_d) f, one axis after the other. What P_d reads, the
	// sides across axis d, (I − P_d) would make zero; no later axis reads them
	// for a vertex inside, so they stay.
	e := f.Clone()
	for k := 0; k <= f.N[2]; k++ {
		for j := 0; j <= f.N[1]; j++ {
			row := e.Row(j, k)
			lo, hi := row[0], row[f.N[0]]
			for i := 1; i < f.N[0]; i++ {
				t := T(i) / T(f.N[0])
				row[i] -= (1-t)*lo + t*hi
			}
		}
	}
	blend := func(row, lo, hi []T, t T) {
		for i := 1; i < f.N[0]; i++ {
			row[i] -= (1-t)*lo[i] + t*hi[i]
		}
	}
	for k := 0; k <= f.N[2]; k++ {
		for j := 1; j < f.N[1]; j++ {
			blend(e.Row(j, k), e.Row(0, k), e.Row(f.N[1], k), T(j)/T(f.N[1]))
		}
	}
	j0, j1 := f.inside(1)
	for k := 1; k < f.N[2]; k++ {
		for j := j0; j < j1; j++ {
			blend(e.Row(j, k), e.Row(j, 0), e.Row(j, f.N[2]), T(k)/T(f.N[2]))
		}
	}
	f.eachRow(func(row []T, j, k int) {
		for i, v := range e.Row(j, k)[1:f.N[0]] {
			row[i+1] = -v // f is zero inside: P f = −e
		}
	})
}

// Errors is the difference between f and the exact solution over the interior:
// its discrete L² norm, the root of Σ e² Π h, and its largest absolute value.
func (f *FieldOf[T]) Errors(exact func(x, y, z float64) float64) (l2, worst float64) {
	var sum float64
	f.eachRow(func(row []T, j, k int) {
		y, z := float64(j)*f.H[1], float64(k)*f.H[2]
		for i := 1; i < f.N[0]; i++ {
			e := math.Abs(float64(row[i]) - exact(float64(i)*f.H[0], y, z))
			sum += e * e
			worst = max(worst, e) // keeps a NaN
		}
	})
	cell := 1.0
	for d := range f.Dim() {
		cell *= f.H[d]
	}
	return math.Sqrt(cell) * math.Sqrt(sum), worst
}

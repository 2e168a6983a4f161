package tensor

// Operations on single values, such as the sums of a residual network.

import (
	"mgtool/internal/parallel"
	"mgtool/internal/simd"
)

// grain is the least number of values worth another core.
const grain = 1 << 14

// Add sets z = x + y. All slices have the same length; z may be x or y.
func Add(z, x, y []float32) {
	checkLen("add", "z", z, len(x))
	checkLen("add", "y", y, len(x))
	k := simd.Best()
	parallel.For(len(x), grain, func(lo, hi int) { k.Add(z[lo:hi], x[lo:hi], y[lo:hi]) })
}

// Sub sets z = x − y. All slices have the same length; z may be x or y.
func Sub(z, x, y []float32) {
	checkLen("sub", "z", z, len(x))
	checkLen("sub", "y", y, len(x))
	k := simd.Best()
	parallel.For(len(x), grain, func(lo, hi int) { k.Sub(z[lo:hi], x[lo:hi], y[lo:hi]) })
}

// Scale multiplies every value of x by a number.
func Scale(x []float32, by float32) {
	parallel.For(len(x), grain, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			x[i] *= by
		}
	})
}

// SumSquares returns Σ x², summed in float64.
func SumSquares(x []float32) float64 {
	return sumOf(len(x), func(i int) float64 { return float64(x[i]) * float64(x[i]) })
}

// sumOf adds up n values in a fixed number of parts, so its bits do not depend on the
// number of cores.
func sumOf(n int, value func(i int) float64) (sum float64) {
	var parts [16]float64
	parallel.Blocks(n, len(parts), func(block, first, last int) {
		for i := first; i < last; i++ {
			parts[block] += value(i)
		}
	})
	for _, v := range parts {
		sum += v
	}
	return sum
}

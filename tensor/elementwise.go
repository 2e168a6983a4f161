package tensor

// Operations value by value: the activation and the sums of a residual network.

import (
	"math"

	"mgtool/internal/parallel"
	"mgtool/internal/simd"
)

// grain is the least number of values worth a core.
const grain = 1 << 14

// ReLU sets y = max(x, 0). All slices have one length; y may be x. NaN stays NaN.
func ReLU(y, x []float32) {
	checkLen("relu", "y", y, len(x))
	parallel.For(len(x), grain, func(lo, hi int) {
		out := y[lo:hi]
		for i, v := range x[lo:hi] {
			out[i] = max(v, 0) // the built-in max of a NaN is NaN
		}
	})
}

// ReLUBackward sets dx = dy where y > 0 and 0 where y is 0, from the y of [ReLU].
// Where y is NaN, dx = dy. All slices have one length; dx may be dy or y.
func ReLUBackward(dx, dy, y []float32) {
	checkLen("relu backward", "dx", dx, len(y))
	checkLen("relu backward", "dy", dy, len(y))
	parallel.For(len(y), grain, func(lo, hi int) {
		out, g := dx[lo:hi], dy[lo:hi]
		for i, v := range y[lo:hi] {
			// On the bits, this compiles to a conditional move; a branch on
			// values of random sign would be mispredicted half of the time.
			d := math.Float32bits(g[i])
			if v <= 0 {
				d = 0
			}
			out[i] = math.Float32frombits(d)
		}
	})
}

// Add sets z = x + y. All slices have one length; z may be x or y.
func Add(z, x, y []float32) {
	checkLen("add", "z", z, len(x))
	checkLen("add", "y", y, len(x))
	k := simd.Best()
	parallel.For(len(x), grain, func(lo, hi int) { k.Add(z[lo:hi], x[lo:hi], y[lo:hi]) })
}

// Sub sets z = x − y. All slices have one length; z may be x or y.
func Sub(z, x, y []float32) {
	checkLen("sub", "z", z, len(x))
	checkLen("sub", "y", y, len(x))
	k := simd.Best()
	parallel.For(len(x), grain, func(lo, hi int) { k.Sub(z[lo:hi], x[lo:hi], y[lo:hi]) })
}

// Scale multiplies all of x by a number.
func Scale(x []float32, by float32) {
	parallel.For(len(x), grain, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			x[i] *= by
		}
	})
}

// SumSquares is Σ x², in float64.
func SumSquares(x []float32) float64 {
	return sumOf(len(x), func(i int) float64 { return float64(x[i]) * float64(x[i]) })
}

// sumOf adds up n values, in parts of which there are as many for any number of
// cores, so that its bits do not depend on that.
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

// Negate changes the sign of all of x.
func Negate(x []float32) {
	parallel.For(len(x), grain, func(lo, hi int) {
		for i, v := range x[lo:hi] {
			x[lo+i] = -v
		}
	})
}

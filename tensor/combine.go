package tensor

// Sums of feature maps with a number for each.

import (
	"fmt"

	"mgtool/internal/parallel"
)

// Combine sets y = Σ_k θ_k x_k. All x have the length of y.
func Combine(y, theta []float32, x [][]float32) {
	checkCombine("combine", len(y), theta, x)
	parallel.For(len(y), grain, func(lo, hi int) {
		y := y[lo:hi]
		clear(y)
		for k, c := range theta {
			for i, v := range x[k][lo:hi] {
				y[i] += c * v
			}
		}
	})
}

// CombineBackward sets dtheta_k = Σ_i dy_i x_ki, in short sums of float32 added in float64, the
// gradient of [Combine] by θ. That by x_k is θ_k dy.
func CombineBackward(dtheta, dy []float32, x [][]float32) {
	checkCombine("combine backward", len(dy), dtheta, x)
	for k := range dtheta {
		var parts [16]float64 // of the same places on any number of threads
		parallel.Blocks(len(dy), len(parts), func(block, lo, hi int) {
			parts[block] = dot(dy[lo:hi], x[k][lo:hi])
		})
		sum := 0.0
		for _, v := range parts {
			sum += v
		}
		dtheta[k] = float32(sum)
	}
}

// dot is Σ x_i y_i: sums of 64 products in float32, in four chains, and their sum in float64.
func dot(x, y []float32) (sum float64) {
	for ; len(x) >= 64; x, y = x[64:], y[64:] {
		var a, b, c, d float32
		for i := 0; i < 64; i += 4 {
			x, y := x[i:i+4:i+4], y[i:i+4:i+4]
			a += x[0] * y[0]
			b += x[1] * y[1]
			c += x[2] * y[2]
			d += x[3] * y[3]
		}
		sum += float64(a+b) + float64(c+d)
	}
	for i, v := range x {
		sum += float64(v) * float64(y[i])
	}
	return sum
}

func checkCombine(op string, n int, theta []float32, x [][]float32) {
	if len(theta) != len(x) {
		panic(fmt.Sprintf("tensor: %s: %d numbers for %d values", op, len(theta), len(x)))
	}
	for _, v := range x {
		checkLen(op, "x", v, n)
	}
}

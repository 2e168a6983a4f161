package graph

import (
	"fmt"

	"mgtool/internal/parallel"
)

// Combine is Σ_k θ_k x_k for x of one shape and theta (K), a number for each: a polynomial of an
// operator, given its powers applied.
func (b *Builder) Combine(theta *Node, x ...*Node) *Node {
	const kind = "combine"
	if b.err != nil {
		return nil
	}
	if len(x) == 0 || theta.Shape().Dims() != 1 || theta.Shape()[0] != len(x) {
		b.fail(kind, fmt.Errorf("%v has shape %v for %d values; want (%d), and 1 or more", theta.Name(), theta.Shape(), len(x), len(x)))
		return nil
	}
	for _, n := range x[1:] {
		if !b.sameShape(kind, x[0], n) {
			return nil
		}
	}
	const grain = 1 << 14
	return b.apply(kind, x[0].Shape(), append([]*Node{theta}, x...),
		plain(func(y []float32, v [][]float32) {
			parallel.For(len(y), grain, func(lo, hi int) {
				y := y[lo:hi]
				for k, c := range v[0] {
					x := v[1+k][lo:hi]
					if k == 0 {
						for i := range y {
							y[i] = c * x[i]
						}
						continue
					}
					for i := range y {
						y[i] += c * x[i]
					}
				}
			})
		}),
		func(dy *Node, input int) *Node {
			if input == 0 {
				return b.apply(kind+" dθ", theta.Shape(), append([]*Node{dy}, x...), plain(func(dtheta []float32, v [][]float32) {
					for k := range dtheta {
						dtheta[k] = float32(dotBlocks(v[0], v[1+k]))
					}
				}), nil)
			}
			return b.apply(kind+" dx", x[0].Shape(), []*Node{dy, theta}, plain(func(dx []float32, v [][]float32) {
				c := v[1][input-1]
				parallel.For(len(dx), grain, func(lo, hi int) {
					for i := lo; i < hi; i++ {
						dx[i] = c * v[0][i]
					}
				})
			}), nil)
		})
}

// dotBlocks is Σ x_i y_i in float64, in blocks that do not depend on the number of threads.
func dotBlocks(x, y []float32) (sum float64) {
	var parts [16]float64
	parallel.Blocks(len(x), len(parts), func(block, lo, hi int) {
		x, y, sum := x[lo:hi], y[lo:hi], 0.0
		for ; len(x) >= 64; x, y = x[64:], y[64:] { // short sums in float32, of four chains
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
		parts[block] = sum
	})
	for _, v := range parts {
		sum += v
	}
	return sum
}

package graph

import (
	"fmt"

	"mgtool/tensor"
)

// Combine is Σ_k θ_k x_k for x of one shape and theta (K), a number for each: a polynomial of an
// operator, given its powers applied. theta is a leaf.
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
	return b.apply(kind, x[0].Shape(), append([]*Node{theta}, x...),
		plain(func(y []float32, v [][]float32) { tensor.Combine(y, v[0], v[1:]) }),
		func(dy *Node, input int) *Node {
			if input == 0 {
				return b.apply(kind+" dθ", theta.Shape(), append([]*Node{dy}, x...),
					plain(func(dtheta []float32, v [][]float32) { tensor.CombineBackward(dtheta, v[0], v[1:]) }), nil)
			}
			return b.apply(kind+" dx", x[0].Shape(), []*Node{dy, theta},
				plain(func(dx []float32, v [][]float32) { tensor.Combine(dx, v[1][input-1:input], v[:1]) }), nil)
		})
}

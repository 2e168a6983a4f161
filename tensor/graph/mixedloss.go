package graph

import (
	"fmt"

	"mgtool/tensor"
)

// MixedCrossEntropy is the scalar mean over the batch of −w log p(label) −
// (1 − w) log p(other), with smoothed labels, where p is the softmax of the logits
// (N, classes). labels, others and weights are the caller's slices of length N, read at
// every Run; see [tensor.MixedCrossEntropy].
func (b *Builder) MixedCrossEntropy(logits *Node, labels, others []int32, weights []float32, smoothing float64) *Node {
	if b.err != nil {
		return nil
	}
	s := logits.Shape()
	if s.Dims() != 2 || s[0] != len(labels) || s[0] != len(others) || s[0] != len(weights) {
		b.fail("mixed cross entropy", fmt.Errorf("logits of shape %v for %d labels, %d others and %d weights; want (N, classes) and N of each", s, len(labels), len(others), len(weights)))
		return nil
	}
	ce := tensor.MixedCrossEntropy{N: s[0], Classes: s[1], Smoothing: smoothing}
	n := b.apply("mixed cross entropy", nil, []*Node{logits},
		plain(func(out []float32, v [][]float32) { out[0] = ce.Forward(v[0], labels, others, weights) }),
		func(dl *Node, _ int) *Node {
			return b.apply("mixed cross entropy dx", s, []*Node{dl, logits},
				plain(func(dx []float32, v [][]float32) { ce.Backward(dx, v[1], labels, others, weights, v[0][0]) }), nil)
		})
	return with(n, Attributes{"smoothing": smoothing})
}

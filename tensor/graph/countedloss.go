package graph

import (
	"fmt"

	"mgtool/tensor"
)

// CountedCrossEntropy is the scalar mean of −log softmax(logits)[label] over the pixels
// or nodes that have a label: logits (…, classes), and a label for each row of them, −1
// where there is none. labels is the caller's slice, read at every Run. weights has one
// value per class, nil for 1; see [tensor.CountedCrossEntropy].
func (b *Builder) CountedCrossEntropy(logits *Node, labels []int32, weights []float32) *Node {
	if b.err != nil {
		return nil
	}
	const kind = "counted cross entropy"
	s := logits.Shape()
	classes := s[max(0, s.Dims()-1)]
	if s.Dims() < 2 || s.TotalSize() != len(labels)*classes {
		b.fail(kind, fmt.Errorf("logits of shape %v for %d labels; want (…, classes) with a row for each label", s, len(labels)))
		return nil
	}
	if weights != nil && len(weights) != classes {
		b.fail(kind, fmt.Errorf("%d weights for logits of shape %v; want one per class", len(weights), s))
		return nil
	}
	ce := tensor.CountedCrossEntropy{Rows: len(labels), Classes: classes, Weights: weights}
	return b.apply(kind, nil, []*Node{logits},
		plain(func(out []float32, v [][]float32) { out[0] = ce.Forward(v[0], labels) }),
		func(dl *Node, _ int) *Node {
			return b.apply(kind+" dx", s, []*Node{dl, logits},
				plain(func(dx []float32, v [][]float32) { ce.Backward(dx, v[1], labels, v[0][0]) }), nil)
		})
}

package graph

import (
	"fmt"

	"mgtool/tensor"
)

// AbsoluteError is the scalar mean over all values of |y − target|. targets is the
// caller's slice, as long as y, read at every Run; see [tensor.AbsoluteError].
func (b *Builder) AbsoluteError(y *Node, targets []float32) *Node {
	if b.err != nil {
		return nil
	}
	s := y.Shape()
	if s.TotalSize() != len(targets) || len(targets) == 0 {
		b.fail("absolute error", fmt.Errorf("values of shape %v for %d targets; want as many, 1 or more", s, len(targets)))
		return nil
	}
	e := tensor.AbsoluteError{Count: len(targets)}
	return b.apply("absolute error", nil, []*Node{y},
		plain(func(out []float32, v [][]float32) { out[0] = e.Forward(v[0], targets) }),
		func(dl *Node, _ int) *Node {
			return b.apply("absolute error dx", s, []*Node{dl, y},
				plain(func(dy []float32, v [][]float32) { e.Backward(dy, v[1], targets, v[0][0]) }), nil)
		})
}

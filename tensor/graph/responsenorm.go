package graph

import "mgtool/tensor"

// ResponseNorm divides each value by those of neighbouring channels; see
// [tensor.ResponseNorm]. The Channels of r are ignored.
func (b *Builder) ResponseNorm(x *Node, r tensor.ResponseNorm) *Node {
	if b.err != nil {
		return nil
	}
	s, ok := b.featureMaps("response norm", x)
	if !ok {
		return nil
	}
	r.Channels = s.C
	if err := r.Validate(); err != nil {
		b.fail("response norm", err)
		return nil
	}
	n := b.apply("response norm", dims(s), []*Node{x},
		plain(func(y []float32, v [][]float32) { r.Forward(y, v[0]) }),
		func(dy *Node, _ int) *Node {
			return b.apply("response norm dx", dims(s), []*Node{dy, x},
				plain(func(dx []float32, v [][]float32) { r.Backward(dx, v[0], v[1]) }), nil)
		})
	return with(n, Attributes{"size": r.Size, "k": r.K, "alpha": r.Alpha, "beta": r.Beta})
}

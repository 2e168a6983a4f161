package graph

import (
	"fmt"

	gt "gorgonia.org/tensor"

	"mgtool/tensor"
)

// Depthwise convolves every channel of x (N, H, W, C) with its own kernel, w
// (K, K, 1, C), and keeps the size; see [tensor.Depthwise].
func (b *Builder) Depthwise(x, w *Node) *Node {
	const kind = "depthwise"
	if b.err != nil {
		return nil
	}
	s, ok := b.featureMaps(kind, x)
	if !ok {
		return nil
	}
	k := w.Shape()[0]
	if !w.Shape().Eq(gt.Shape{k, k, 1, s.C}) {
		b.fail(kind, fmt.Errorf("weights %v have shape %v; want (K, K, 1, %d)", w.Name(), w.Shape(), s.C))
		return nil
	}
	d, err := tensor.NewDepthwise(s, k)
	if err != nil {
		b.fail(kind, err)
		return nil
	}
	return withMACs(d.MACs(), b.apply(kind, dims(s), []*Node{x, w},
		plain(func(y []float32, v [][]float32) { d.Forward(y, v[0], v[1]) }),
		func(dy *Node, i int) *Node {
			if i == 0 {
				return withMACs(d.MACs(), b.apply(kind+" dx", dims(s), []*Node{dy, w},
					plain(func(dx []float32, v [][]float32) { d.BackwardInput(dx, v[0], v[1]) }), nil))
			}
			return withMACs(d.MACs(), b.apply(kind+" dw", w.Shape(), []*Node{dy, x},
				plain(func(dw []float32, v [][]float32) { d.BackwardWeight(dw, v[0], v[1]) }), nil))
		}))
}

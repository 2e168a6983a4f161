package graph

import (
	"fmt"

	"mgtool/tensor"
)

// Depthwise convolves each channel of x (N, H, W, C) with a kernel of its own, w
// (height, width, 1, C), and keeps the size; see [tensor.Depthwise].
func (b *Builder) Depthwise(x, w *Node) *Node {
	const kind = "depthwise"
	if b.err != nil {
		return nil
	}
	s, ok := b.featureMaps(kind, x)
	if !ok {
		return nil
	}
	if ws := w.Shape(); ws.Dims() != 4 || ws[2] != 1 || ws[3] != s.C {
		b.fail(kind, fmt.Errorf("weights %v have shape %v; want (height, width, 1, %d)", w.Name(), ws, s.C))
		return nil
	}
	size := [2]int{w.Shape()[0], w.Shape()[1]}
	d, err := tensor.NewDepthwiseWindow(s, size)
	if err != nil {
		b.fail(kind, err)
		return nil
	}
	n := b.apply(kind, dims(s), []*Node{x, w},
		plain(func(y []float32, v [][]float32) { d.Forward(y, v[0], v[1]) }),
		func(dy *Node, i int) *Node {
			if i == 0 {
				return withMACs(d.MACs(), b.apply(kind+" dx", dims(s), []*Node{dy, w},
					plain(func(dx []float32, v [][]float32) { d.BackwardInput(dx, v[0], v[1]) }), nil))
			}
			return withMACs(d.MACs(), b.apply(kind+" dw", w.Shape(), []*Node{dy, x},
				plain(func(dw []float32, v [][]float32) { d.BackwardWeight(dw, v[0], v[1]) }), nil))
		})
	return withMACs(d.MACs(), with(n, Attributes{
		"size": size, "stride": [2]int{1, 1}, "pad": [2]int{size[0] / 2, size[1] / 2}, "groups": s.C,
	}))
}

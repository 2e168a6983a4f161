package graph

// The block of DenseNet as one operation.

import (
	"fmt"

	gt "gorgonia.org/tensor"

	"mgtool/tensor"
	"mgtool/tensor/internal/fuse"
)

// DenseLayer holds the leaves of a layer of a [Builder.DenseBlock] that reads c channels,
// and makes growth of them by way of width.
type DenseLayer struct {
	Gamma1, Beta1, W1 *Node // (c), (c), (1, 1, c, width)
	Gamma2, Beta2, W2 *Node // (width), (width), (3, 3, width, growth)
	BN1, BN2          *tensor.BatchNorm
}

// leaves are the nodes of the layer, in the order of the inputs of a block.
func (l DenseLayer) leaves() []*Node {
	return []*Node{l.Gamma1, l.Beta1, l.W1, l.Gamma2, l.Beta2, l.W2}
}

// values are those of a layer whose leaves have the given data, as leaves lists them.
func (l DenseLayer) values(v [][]float32) fuse.DenseLayer {
	running := func(bn *tensor.BatchNorm) fuse.Running {
		return fuse.Running{Eps: bn.Eps, Momentum: bn.Momentum, Mean: bn.RunningMean, Var: bn.RunningVar}
	}
	return fuse.DenseLayer{
		Gamma1: v[0], Beta1: v[1], W1: v[2], Gamma2: v[3], Beta2: v[4], W2: v[5],
		Running1: running(l.BN1), Running2: running(l.BN2),
	}
}

// DenseBlock maps x (N, H, W, C) to [x, y_0, …, y_{L−1}] (N, H, W, C + L·growth), where
//
//	y_l = W2_l * σ2_l(W1_l * σ1_l([x, y_0, …, y_{l−1}])),   σ = a∘BN,
//
// with padding 1 of the 3×3 kernels W2 (G. Huang et al., Densely Connected Convolutional
// Networks, CVPR 2017, DenseNet-B). It has the values and gradients of the same block of
// BatchNorm, Conv and Join, but all features share one array, into which each layer writes
// its channels, and nothing that a layer reads is stored. a has no parameter. Norms follow
// train as in [Builder.BatchNorm].
func (b *Builder) DenseBlock(x *Node, layers []DenseLayer, a tensor.Activation, train bool) *Node {
	const kind = "dense block"
	if b.err != nil {
		return nil
	}
	s, ok := b.featureMaps(kind, x)
	if !ok {
		return nil
	}
	growth, width, err := denseShapes(s, layers, a, train)
	if err != nil {
		b.fail(kind, err)
		return nil
	}
	block, err := fuse.NewDenseBlock(fuse.Shape(s), growth, width, len(layers), a.Name, b.half)
	if err != nil {
		b.fail(kind, err)
		return nil
	}
	out := dims(tensor.Shape(block.Out()))
	// What forward leaves for backward is a value of its own, so that it has a place among
	// the program's values while it is needed.
	size := block.MidLen()
	if b.hold { // without gradients
		size /= len(layers)
	}
	mids := b.apply(kind+" room", gt.Shape{size}, []*Node{x}, plain(func([]float32, [][]float32) {}), nil)
	inputs := []*Node{x, mids}
	for _, l := range layers {
		inputs = append(inputs, l.leaves()...)
	}
	values := func(v [][]float32) []fuse.DenseLayer {
		list := make([]fuse.DenseLayer, len(layers))
		for i, l := range layers {
			list[i] = l.values(v[6*i:])
		}
		return list
	}
	var y, d *Node
	var left [][]float32 // gradients by the leaves
	y = b.apply(kind, out, inputs,
		plain(func(y []float32, v [][]float32) { block.Forward(y, v[1], v[0], values(v[2:]), train) }),
		func(dy *Node, input int) *Node {
			if !a.Trainable() {
				b.fail(kind, fmt.Errorf("%s has no gradient to train with; want relu, say", a.Name))
				return nil
			}
			if d == nil {
				for _, n := range inputs[2:] {
					left = append(left, make([]float32, n.Shape().TotalSize()))
				}
				d = withMACs(2*block.MACs(), b.apply(kind+" back", out, append([]*Node{dy, y}, inputs[1:]...),
					inPlace(func(d []float32, v [][]float32) {
						if &d[0] != &v[0][0] {
							copy(d, v[0])
						}
						block.Backward(d, v[1], v[2], values(v[3:]), values(left))
					}), nil))
			}
			if input == 0 {
				return b.apply(kind+" dx", dims(s), []*Node{d, y},
					plain(func(dx []float32, v [][]float32) { block.Complete(dx, v[0], v[1]) }), nil)
			}
			return b.apply(kind+" d"+inputs[input].Name(), inputs[input].Shape(), []*Node{d}, byProduct{left[input-2], false}, nil)
		})
	return withMACs(block.MACs(), with(y, Attributes{"layers": len(layers), "growth": growth, "width": width, "activation": a.Name}))
}

// denseShapes returns the growth and the width of a block on feature maps s, or an error
// that names the leaf that does not fit.
func denseShapes(s tensor.Shape, layers []DenseLayer, a tensor.Activation, train bool) (growth, width int, err error) {
	switch {
	case len(layers) == 0:
		return 0, 0, fmt.Errorf("no layers; want one or more")
	case a.Parameter != "" || a.Identity():
		return 0, 0, fmt.Errorf("activation %q; want one without a parameter, such as relu", a.Name)
	case train && s.N*s.H*s.W < 2:
		return 0, 0, fmt.Errorf("one value a channel has no variance; want a larger batch or image")
	}
	if d := layers[0].W2.Shape(); d.Dims() == 4 {
		width, growth = d[2], d[3]
	}
	channels := s.C
	for i, l := range layers {
		want := [][]int{{channels}, {channels}, {1, 1, channels, width}, {width}, {width}, {3, 3, width, growth}}
		for k, n := range l.leaves() {
			if !n.Shape().Eq(gt.Shape(want[k])) {
				return 0, 0, fmt.Errorf("%v of layer %d has shape %v; want %v", n.Name(), i, n.Shape(), want[k])
			}
			if n.Op() != nil {
				return 0, 0, fmt.Errorf("%v of layer %d is computed; want an input or a parameter", n, i)
			}
		}
		if l.BN1.C != channels || l.BN2.C != width {
			return 0, 0, fmt.Errorf("statistics of layer %d have %d and %d channels; want %d and %d", i, l.BN1.C, l.BN2.C, channels, width)
		}
		channels += growth
	}
	return growth, width, nil
}

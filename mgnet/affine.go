package mgnet

// Fully connected maps of the channels of each place.

import "mgtool/tensor/graph"

// affine is a fully connected map with its bias: y = x W + b.
type affine struct{ w, b *Param }

// affine makes the map from in to out values, uniform in ±1/√in as in PyTorch.
func (n *Network) affine(name string, in, out int) affine {
	return affine{n.addParam(name+".w", uniform(in), in, out), n.addParam(name+".b", uniform(in), out)}
}

// full is the map y = x W of the channels of each place, W (in, out).
func (v *nodes) full(w *Param) nodeMap {
	return func(x *graph.Node) *graph.Node {
		return v.Conv(x, v.leafAs(w, 1, 1, w.Shape[0], w.Shape[1]), 1, 0)
	}
}

// affine applies a map with its bias.
func (v *nodes) affine(a affine, x *graph.Node) *graph.Node {
	return v.Bias(v.full(a.w)(x), v.leaf(a.b))
}

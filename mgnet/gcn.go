package mgnet

// Graph convolutional networks.

import (
	"fmt"

	"mgtool/tensor"
	"mgtool/tensor/graph"
)

// GCN is the configuration of a graph convolutional network (Kipf and Welling, ICLR 2017),
//
//	x ← σ(Ã x W + b),   Ã = D̃^(−1/2) (W + I) D̃^(−1/2),
//
// with σ = ReLU but for the last layer: smoothing by I − A on the finest level alone, A the
// normalised Laplacian.
type GCN struct {
	OnGraph
	Channels []int `json:"channels"` // of the hidden layers
}

var gcnFamily = family{"gcn", parseAs[GCN], []Named{
	{"gcn", "graph convolutional network for the nodes of a graph, here Cora's (Kipf & Welling 2017)", true, false, coraNodes, func(s Signature, channels, _ []int) (Model, error) {
		if len(channels) == 0 {
			channels = []int{16}
		}
		s.Family = "gcn"
		return GCN{OnGraph{Signature: s, Features: coraFeatures, Dropout: .5}, channels}, nil
	}},
}}

// String implements [Model].
func (c GCN) String() string { return fmt.Sprintf("gcn, %d layers", len(c.Channels)+1) }

// Bind implements [Structured] for a [*graphs.Dataset].
func (c GCN) Bind(to any) (_ Model, err error) {
	c.OnGraph, err = c.bound(to, 1, 1)
	return c, err
}

func (c GCN) sketch() Model {
	if c.structure == nil {
		c.OnGraph, _ = c.bound(c.ring(), 1, 1)
	}
	return c
}

func (c GCN) resized(h, w int) Model { c.Height, c.Width = h, w; return c }

func (c GCN) validate() error {
	errs := []error{c.validateGraph(), within("hidden layers", len(c.Channels), 1, 100)}
	for _, ch := range c.Channels {
		errs = append(errs, within("channels", ch, 1, 1<<13))
	}
	return firstError(errs...)
}

func (c GCN) features() []tensor.Shape {
	list := []tensor.Shape{{H: 1, W: c.Width, C: c.Classes}}
	for _, ch := range c.Channels {
		list = append(list, tensor.Shape{H: 1, W: c.Width, C: ch})
	}
	return list
}

// gcnBody is the network with its layers.
type gcnBody struct {
	GCN
	w, b []*Param
}

func (c GCN) layout(n *Network) body {
	body := &gcnBody{GCN: c}
	in := c.Features
	for k := range len(c.Channels) + 1 {
		out := c.Classes
		if k < len(c.Channels) {
			out = c.Channels[k]
		}
		name := fmt.Sprintf("layer%d", k)
		body.w = append(body.w, n.addParam(name+".w", glorot, in, out))
		body.b = append(body.b, n.addParam(name+".b", nil, out))
		in = out
	}
	return body
}

func (b *gcnBody) scores(v *nodes, x *graph.Node) *graph.Node {
	if !v.onGraph(b.structure) {
		return nil
	}
	adjacency := b.structure.levels[0].Adjacency
	for k, w := range b.w {
		drop := v.dropped(w.Name, b.Dropout)
		if k == 0 {
			x = v.SparseLinear(b.structure.features, v.leaf(w), drop)
		} else {
			x = v.linear(v.Dropout(v.ReLU(x), drop), w)
		}
		x = v.Bias(v.SparseProduct(adjacency, x, nil), v.leaf(b.b[k]))
	}
	return x
}

// names are those of torch_geometric's GCNConv in its example gcn.py: conv1.lin.weight,
// conv1.bias, conv2.lin.weight, …
func (b *gcnBody) names() (t table) {
	for k := range b.w {
		t.add(fmt.Sprintf("conv%d.lin", k+1), b.w[k].Name)
		t.add(fmt.Sprintf("conv%d", k+1), b.b[k].Name)
	}
	return t
}

package mgnet

// Networks that are a list of layers, as data: what there was before the cycle.

import (
	"fmt"
	"strings"

	"mgtool/internal/saturating"
	"mgtool/tensor"
	"mgtool/tensor/graph"
)

// Layer is one of a model "layers". Op is
//
//	conv           Channels, Kernel, Stride (0 for 1), Pad, Groups (0 for 1), then the norm and the activation
//	linear         Channels, on all values of the image, with a bias, then the activation
//	max-pool       Kernel, Stride (0 for Kernel), Pad
//	mean-pool      Kernel, which is the stride too
//	response-norm  that of AlexNet; see [tensor.ResponseNorm]
//
// The last layer is linear with Channels 0: a score for each class, and no activation.
type Layer struct {
	Op       string `json:"op"`
	Channels int    `json:"channels,omitempty"`
	Kernel   int    `json:"kernel,omitempty"`
	Stride   int    `json:"stride,omitempty"`
	Pad      int    `json:"pad,omitempty"`
	Groups   int    `json:"groups,omitempty"`
}

// layer is a Layer with its weights.
type layer struct {
	Layer
	in, out tensor.Shape // of one image
	padded  tensor.Shape // in with the padding of a convolution
	w, bias *Param       // of a convolution, whose kernel is (K, K, in / groups, out), or of a linear layer, (in, out)
	norm    *Norm        // of a convolution
	theta   *Param       // of the activation behind a linear layer
}

// Layered is the configuration of a network that is a list of layers.
type Layered struct {
	Signature
	Sigma
	Layers []Layer `json:"layers,omitempty"`
}

var layersFamily = family{"layers", parseAs[Layered], []Named{
	{"lenet5", "LeNet-5 (LeCun et al. 1998)", false, false, mnist, given(LeNet5)},
	{"alexnet", "AlexNet (Krizhevsky et al. 2012), for 224x224 pixels", false, false, imagenet, given(AlexNet)},
	{"alexnet-cifar", "AlexNet for 32x32 pixels", false, false, cifar, given(AlexNetCIFAR)},
	{"mlp", "hidden layers of 1000 units, or of --channels, on all pixels", true, false, mnist, func(s Signature, hidden, _ []int) (Model, error) {
		if len(hidden) == 0 {
			hidden = []int{1000}
		}
		return Dense(s.Height, s.Width, s.InChannels, s.Classes, hidden), nil
	}},
}}

// given is a model whose layers are.
func given(of func(h, w, in, classes int) Layered) func(Signature, []int, []int) (Model, error) {
	return func(s Signature, _, _ []int) (Model, error) {
		return of(s.Height, s.Width, s.InChannels, s.Classes), nil
	}
}

// String implements [Model].
func (c Layered) String() string { return fmt.Sprintf("%d layers", len(c.Layers)) }

func (c Layered) resized(h, w int) Model { c.Height, c.Width = h, w; return c }

func (c Layered) validate() error {
	_, err := c.shapes()
	return firstError(c.Sigma.validate(1), err)
}

// responseNorm is that of Krizhevsky, Sutskever, Hinton, NIPS 2012.
var responseNorm = tensor.ResponseNorm{Channels: 1, Size: 5, K: 2, Alpha: 1e-4, Beta: .75}

// shapes are the layers with what they read and make.
func (c Layered) shapes() ([]layer, error) {
	if n := len(c.Layers); n < 1 || n > 1000 {
		return nil, fmt.Errorf("mgnet: %d layers; want 1 to 1000", n)
	}
	var list []layer
	phases := 0
	at := tensor.Shape{N: 1, H: c.Height, W: c.Width, C: c.InChannels}
	for i, l := range c.Layers {
		wrong := func(err error) error { return fmt.Errorf("mgnet: layer %d, %s: %w", i, l.Op, err) }
		last := i == len(c.Layers)-1
		s := layer{Layer: l, in: at, padded: at}
		uses := map[string]string{"conv": "CKSPG", "linear": "C", "max-pool": "KSP", "mean-pool": "K", "response-norm": ""}
		used, known := uses[l.Op]
		if err := oneOf(fmt.Sprintf("layer %d is", i), l.Op, sortedKeys(uses)...); !known {
			return nil, err
		}
		for k, v := range []int{l.Channels, l.Kernel, l.Stride, l.Pad, l.Groups} {
			letter, key := "CKSPG"[k:k+1], []string{"channels", "kernel", "stride", "pad", "groups"}[k]
			required := letter == "K" || letter == "C" && !last
			switch contains := strings.Contains(used, letter); {
			case !contains && v != 0:
				return nil, wrong(fmt.Errorf("it has no %s; want the key left out", key))
			case contains && (v < 0 || v > maxLayerSize || v == 0 && required):
				return nil, wrong(fmt.Errorf("%s %d; want 1 to %d", key, v, maxLayerSize))
			}
		}
		if i > 0 && list[i-1].Op == "linear" && l.Op != "linear" {
			return nil, wrong(fmt.Errorf("it wants an image, and layer %d, linear, leaves none; want linear layers alone behind one", i-1))
		}
		switch l.Op {
		case "conv":
			groups := max(1, l.Groups)
			if at.C%groups != 0 || l.Channels%groups != 0 {
				return nil, wrong(fmt.Errorf("%d groups of %d channels in and %d out; want a divisor of both", groups, at.C, l.Channels))
			}
			stride := max(1, l.Stride)
			if phases += groups * stride * stride; phases > maxPhases {
				return nil, wrong(fmt.Errorf("stride %d and %d groups; want groups · stride² of all layers to be at most %d", stride, groups, maxPhases))
			}
			s.padded.H, s.padded.W = at.H+2*l.Pad, at.W+2*l.Pad
			switch {
			case l.Pad > maxPad:
				return nil, wrong(fmt.Errorf("pad %d; want 0 to %d", l.Pad, maxPad))
			case min(s.padded.H, s.padded.W) < l.Kernel:
				return nil, wrong(fmt.Errorf("kernel %d on %d×%d pixels, padding included; want one that is no larger", l.Kernel, s.padded.H, s.padded.W))
			}
			at = tensor.Shape{N: 1, H: (s.padded.H-l.Kernel)/stride + 1, W: (s.padded.W-l.Kernel)/stride + 1, C: l.Channels}
		case "max-pool":
			if l.Stride == 0 {
				s.Stride = l.Kernel
			}
			pool, err := tensor.NewMaxPool(at, l.Kernel, s.Stride, l.Pad)
			if err != nil {
				return nil, wrong(err)
			}
			at = pool.Out
		case "mean-pool":
			pool, err := tensor.NewMeanPool(at, l.Kernel)
			if err != nil {
				return nil, wrong(err)
			}
			at = pool.Out
		case "linear":
			at = tensor.Shape{N: 1, H: 1, W: 1, C: l.Channels}
			if last {
				at.C = c.Classes
			}
		}
		if last && (l.Op != "linear" || l.Channels != 0) {
			return nil, wrong(fmt.Errorf("the last layer, with channels %d; want linear, without channels: it has the classes", l.Channels))
		}
		s.out = at
		list = append(list, s)
	}
	return list, nil
}

// features are what layers read, with its padding, and make.
func (c Layered) features() (shapes []tensor.Shape) {
	list, err := c.shapes()
	if err != nil { // validate has seen to it
		panic(err)
	}
	for _, l := range list {
		shapes = append(shapes, l.padded, l.out)
	}
	return shapes
}

// layeredBody is a list of layers with its weights.
type layeredBody struct{ layers []layer }

func (c Layered) layout(n *Network) body {
	b := &layeredBody{}
	n.sigma = c.Sigma
	list, err := c.shapes()
	if err != nil { // validate has seen to it
		panic(err)
	}
	for i, l := range list {
		name := fmt.Sprintf("layer%d", i)
		switch l.Op {
		case "conv":
			l.w = n.addParam(name+".conv", he, l.Kernel, l.Kernel, l.in.C/max(1, l.Groups), l.out.C)
			l.norm = n.norm(name+".norm", 0, l.out.C)
		case "linear":
			values := saturating.Product(l.in.H, l.in.W, l.in.C)
			init := uniform(values)
			l.w = n.addParam(name+".w", init, values, l.out.C)
			l.bias = n.addParam(name+".b", init, l.out.C)
			if i < len(list)-1 {
				l.theta = n.activationOf(0, name, l.out.C)
			}
		}
		b.layers = append(b.layers, l)
	}
	if b.layers[0].Op == "conv" {
		n.first = b.layers[0].w
	}
	return b
}

func (b *layeredBody) scores(v *nodes, x *graph.Node) *graph.Node {
	for i, l := range b.layers {
		switch l.Op {
		case "conv":
			x = v.sigma(l.norm)(v.groups(x, l))
		case "max-pool":
			x = v.MaxPool(x, l.Kernel, l.Stride, l.Pad)
		case "mean-pool":
			x = v.MeanPool(x, l.Kernel)
		case "response-norm":
			x = v.ResponseNorm(x, responseNorm)
		case "linear":
			if x != nil && x.Dims() == 4 {
				x = v.Flatten(x)
			}
			x = v.Linear(x, v.leaf(l.w), v.leaf(l.bias))
			if i < len(b.layers)-1 {
				x = v.activate(x, l.theta)
			}
		}
	}
	return x
}

// groups is a convolution each of whose groups of channels sees one of the input.
func (v *nodes) groups(x *graph.Node, l layer) *graph.Node {
	w, stride := v.leaf(l.w), max(1, l.Stride)
	if l.Groups <= 1 {
		return v.Conv(x, w, stride, l.Pad)
	}
	var parts []*graph.Node
	in, out := l.in.C/l.Groups, l.out.C/l.Groups
	for g := range l.Groups {
		parts = append(parts, v.Conv(v.Channels(x, g*in, in), v.Channels(w, g*out, out), stride, l.Pad))
	}
	return v.Join(parts...)
}

// names are the layers by their number; see names.go.
func (b *layeredBody) names() (t table) {
	for i, l := range b.layers {
		name, act := fmt.Sprintf("layer%d", i), fmt.Sprintf("act%d", i)
		switch {
		case l.norm != nil && l.norm.Stats == nil:
			t.add(name, l.w.Name)
			t.norm(name, act, l.norm)
		case l.norm != nil:
			t.add(name, l.w.Name)
			t.norm(fmt.Sprintf("norm%d", i), act, l.norm)
		case l.w != nil:
			t = append(t, Module{name, strings.TrimSuffix(l.w.Name, ".w"), []int{l.in.H, l.in.W, l.in.C}})
			if l.theta != nil {
				t.add(act, l.theta.Name)
			}
		}
	}
	return t
}

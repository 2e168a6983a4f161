package graph

// The operations, each with the gradient it builds.

import (
	"fmt"
	"math"
	"strings"

	gt "gorgonia.org/tensor"

	"mgtool/tensor"
	"mgtool/tensor/internal/fuse"
)

// featureMaps returns the shape of a node of feature maps.
func (b *Builder) featureMaps(kind string, n *Node) (tensor.Shape, bool) {
	d := n.Shape()
	if d.Dims() != 4 {
		b.fail(kind, fmt.Errorf("input has shape %v; want (N, H, W, C)", d))
		return tensor.Shape{}, false
	}
	return tensor.Shape{N: d[0], H: d[1], W: d[2], C: d[3]}, true
}

func dims(s tensor.Shape) gt.Shape { return gt.Shape{s.N, s.H, s.W, s.C} }

// sameShape checks the operands of an elementwise operation.
func (b *Builder) sameShape(kind string, x, y *Node) bool {
	if !x.Shape().Eq(y.Shape()) {
		b.fail(kind, fmt.Errorf("shapes %v and %v differ", x.Shape(), y.Shape()))
		return false
	}
	return true
}

// kernel checks that x is feature maps and w a kernel whose axis in, 2 or 3, takes
// their channels. It returns the kernel's height and width, and the channels on its
// other axis.
func (b *Builder) kernel(kind string, x, w *Node, in int) (s tensor.Shape, channels int, size [2]int, ok bool) {
	if b.err != nil {
		return s, 0, size, false
	}
	if s, ok = b.featureMaps(kind, x); !ok {
		return s, 0, size, false
	}
	d := w.Shape()
	if d.Dims() != 4 {
		b.fail(kind, fmt.Errorf("weights %v have shape %v; want (height, width, in, out)", w.Name(), d))
		return s, 0, size, false
	}
	if d[in] != s.C {
		b.fail(kind, fmt.Errorf("weights %v take %d channels, the input has %d", w.Name(), d[in], s.C))
		return s, 0, size, false
	}
	return s, d[5-in], [2]int{d[0], d[1]}, true
}

// Bfloat16 lets the convolutions that follow, and their gradients, multiply numbers
// rounded to bfloat16, where [tensor.Conv.Bfloat16] does.
func (b *Builder) Bfloat16() { b.half = true }

// Conv is the convolution of x (N, H, W, C) with w (height, width, C, out), without
// bias, with the same stride and padding along both axes; see [tensor.Conv].
func (b *Builder) Conv(x, w *Node, stride, pad int) *Node {
	return b.ConvWindow(x, w, [2]int{stride, stride}, [2]int{pad, pad})
}

// ConvWindow is Conv with a stride and a padding along the height and the width. For
// sequences, feature maps (N, 1, W, C) with kernels (1, K, C, out), those along the
// height are 1 and 0.
func (b *Builder) ConvWindow(x, w *Node, stride, pad [2]int) *Node {
	const kind = "conv"
	s, out, size, ok := b.kernel(kind, x, w, 2)
	if !ok {
		return nil
	}
	c, err := fuse.NewConv(fuse.Shape(s), out, fuse.Window{Size: size, Stride: stride, Pad: pad})
	if err != nil {
		b.fail(kind, err)
		return nil
	}
	if b.half {
		c = c.Bfloat16()
	}
	return b.linearMap(kind, c.Passes(), c, x, w)
}

// ConvTranspose maps x (N, h, w, C) to (N, height, width, out) with w (height, width,
// out, C), with the same stride and padding along both axes. It is the adjoint of the
// Conv that maps back; see [tensor.ConvTranspose].
func (b *Builder) ConvTranspose(x, w *Node, stride, pad, height, width int) *Node {
	return b.ConvTransposeWindow(x, w, [2]int{stride, stride}, [2]int{pad, pad}, height, width)
}

// ConvTransposeWindow is ConvTranspose with a stride and a padding along the height and
// the width.
func (b *Builder) ConvTransposeWindow(x, w *Node, stride, pad [2]int, height, width int) *Node {
	const kind = "transposed conv"
	s, out, size, ok := b.kernel(kind, x, w, 3)
	if !ok {
		return nil
	}
	c, err := fuse.NewTransposed(fuse.Shape(s), out, fuse.Window{Size: size, Stride: stride, Pad: pad}, height, width)
	if err != nil {
		b.fail(kind, err)
		return nil
	}
	return b.linearMap(kind, c.Transposed(), c, x, w)
}

// linearMap adds a convolution c or its adjoint, a map that is linear in x and in w.
func (b *Builder) linearMap(kind string, p fuse.Passes, c *fuse.Conv, x, w *Node) *Node {
	n := b.apply(kind, dims(tensor.Shape(p.Forward.To)), []*Node{x, w}, product{p.Forward},
		func(dy *Node, i int) *Node {
			if i == 0 {
				return withMACs(c.MACs(), b.apply(kind+" dx", dims(tensor.Shape(p.Input.To)), []*Node{dy, w}, product{p.Input}, nil))
			}
			return withMACs(c.MACs(), b.apply(kind+" dw", w.Shape(), []*Node{dy, x}, weightGradient{p.Weight, w.Name()}, nil))
		})
	return withMACs(c.MACs(), with(n, Attributes{"size": c.Size, "stride": c.Stride, "pad": c.Pad, "groups": 1}))
}

// withMACs records the multiply-adds of the operation that computes n.
func withMACs(macs int64, n *Node) *Node {
	if n != nil {
		n.Op().(*op).macs = macs
	}
	return n
}

// BatchNorm normalises each channel of x and applies the scale gamma and the shift
// beta, each (C). bn holds the running statistics. If train is true, the statistics of
// the batch are used and the running ones move at each Run; else the running ones are
// used. A BatchNorm serves one node of a graph; graphs that do not run at the same time
// may share it. gamma and beta are leaves: they are read when x is written, before
// later nodes.
func (b *Builder) BatchNorm(x, gamma, beta *Node, bn *tensor.BatchNorm, train bool) *Node {
	if b.err != nil {
		return nil
	}
	s, ok := b.featureMaps("batch norm", x)
	if !ok {
		return nil
	}
	for _, p := range []*Node{gamma, beta} {
		if p.Shape().Dims() != 1 || p.Shape()[0] != s.C || bn.C != s.C {
			b.fail("batch norm", fmt.Errorf("%v has shape %v and the statistics %d channels; want (%d) and %d", p.Name(), p.Shape(), bn.C, s.C, s.C))
			return nil
		}
		if p.Op() != nil {
			b.fail("batch norm", fmt.Errorf("%v is computed; want an input or a parameter for scale and shift", p))
			return nil
		}
	}
	if train && s.N*s.H*s.W < 2 {
		b.fail("batch norm", fmt.Errorf("one value a channel in shape %v has no variance; want a larger batch or image", x.Shape()))
		return nil
	}
	return b.sigma(x, gamma, beta, nil, &norm{bn: bn, train: train})
}

// sigma is a batch norm followed by an activation, or one of the two; gamma and beta
// are nil without a norm, theta for an activation without a parameter.
func (b *Builder) sigma(x, gamma, beta, theta *Node, n *norm) *Node {
	kind, act, inputs := n.act.Name, n.act, []*Node{x}
	if n.bn != nil {
		kind = strings.TrimSuffix("batch norm, "+kind, ", ")
		inputs = append(inputs, gamma, beta)
	}
	if theta != nil {
		n.theta = len(inputs)
		inputs = append(inputs, theta)
	}
	// The gradients by γ, β and θ are by-products of the one by x; their nodes take dx
	// as input, so that they come after it.
	var dx *Node
	return b.apply(kind, x.Shape(), inputs, sigma{n},
		func(dy *Node, input int) *Node {
			if !act.Trainable() {
				b.fail(kind, fmt.Errorf("it has no gradient to train with; want relu, say"))
				return nil
			}
			if dx == nil {
				from := []*Node{dy, x}
				if n.bn != nil {
					n.dgamma, n.dbeta = make([]float32, n.bn.C), make([]float32, n.bn.C)
					from = append(from, gamma)
				}
				dx = b.apply(kind+" dx", x.Shape(), from, sigmaGradient{n}, nil)
			}
			parameter := func(name string, of *Node, left []float32) *Node {
				return b.apply(kind+" "+name, of.Shape(), []*Node{dx}, byProduct{left, true}, nil)
			}
			switch {
			case input == 0:
				return dx
			case input == n.theta:
				n.dtheta = make([]float32, theta.Shape()[0])
				return parameter("dθ", theta, n.dtheta)
			case input == 1:
				return parameter("dγ", gamma, n.dgamma)
			}
			return parameter("dβ", beta, n.dbeta)
		})
}

// ReLU is max(x, 0).
func (b *Builder) ReLU(x *Node) *Node {
	relu, _ := tensor.LookupActivation("relu") // a name it knows
	return b.Activation(relu, x, nil)
}

// Activation is σ(x; θ) of each value. theta is nil for a σ without a parameter, else a
// leaf of shape (1) or, for one value per channel, (C) with C the last axis of x; as an
// input it is fixed, as a parameter it is trained. An activation of a batch norm is one
// operation with the norm.
func (b *Builder) Activation(a tensor.Activation, x, theta *Node) *Node {
	if b.err != nil {
		return nil
	}
	if s := x.Shape(); (theta != nil) != (a.Parameter != "") || theta != nil && (theta.Shape().Dims() != 1 || theta.Shape()[0] != 1 && theta.Shape()[0] != s[len(s)-1]) {
		b.fail(a.Name, fmt.Errorf("parameters do not fit x of shape %v; want none without, else one or one per channel", s))
		return nil
	}
	if !a.Identity() {
		if _, err := tensor.LookupActivation(a.Name); err != nil {
			b.fail("activation", err)
			return nil
		}
	}
	if theta != nil && theta.Op() != nil {
		b.fail(a.Name, fmt.Errorf("%v is computed; want an input or a parameter", theta))
		return nil
	}
	if o, ok := x.Op().(*op); ok {
		if s, ok := o.work.(sigma); ok && s.bn != nil && s.act.Identity() {
			return b.sigma(o.inputs[0], o.inputs[1], o.inputs[2], theta, &norm{bn: s.bn, act: a, train: s.train, of: s.norm})
		}
	}
	return b.sigma(x, nil, nil, theta, &norm{act: a})
}

// Add is x + y, of the same shape. A nil operand is zero.
func (b *Builder) Add(x, y *Node) *Node {
	switch {
	case b.err != nil:
		return nil
	case x == nil:
		return y
	case y == nil:
		return x
	case !b.sameShape("add", x, y):
		return nil
	}
	return b.apply("add", x.Shape(), []*Node{x, y}, sum{1},
		func(dz *Node, _ int) *Node { return dz })
}

// Sub is x − y, of the same shape. A nil y is zero.
func (b *Builder) Sub(x, y *Node) *Node {
	switch {
	case b.err != nil:
		return nil
	case y == nil:
		return x
	case x == nil:
		b.fail("sub", fmt.Errorf("nothing to subtract from"))
		return nil
	case !b.sameShape("sub", x, y):
		return nil
	}
	return b.apply("sub", x.Shape(), []*Node{x, y}, sum{-1},
		func(dz *Node, input int) *Node {
			if input == 0 {
				return dz
			}
			return b.apply("negate", x.Shape(), []*Node{dz}, negative{}, nil)
		})
}

// Linear is x W + bias: x (N, In), w (In, Out), bias (Out).
func (b *Builder) Linear(x, w, bias *Node) *Node {
	if b.err != nil {
		return nil
	}
	xs, ws, bs := x.Shape(), w.Shape(), bias.Shape()
	if xs.Dims() != 2 || ws.Dims() != 2 || bs.Dims() != 1 || xs[1] != ws[0] || ws[1] != bs[0] {
		b.fail("linear", fmt.Errorf("x %v, w %v, bias %v do not fit; want (N, In), (In, Out), (Out)", xs, ws, bs))
		return nil
	}
	l := tensor.Linear{N: xs[0], In: xs[1], Out: ws[1]}
	macs := int64(l.N) * int64(l.In) * int64(l.Out)
	return withMACs(macs, b.apply("linear", gt.Shape{l.N, l.Out}, []*Node{x, w, bias},
		plain(func(y []float32, v [][]float32) { l.Forward(y, v[0], v[1], v[2]) }),
		func(dy *Node, input int) *Node {
			switch input {
			case 0:
				return withMACs(macs, b.apply("linear dx", xs, []*Node{dy, w},
					plain(func(dx []float32, v [][]float32) { l.BackwardInput(dx, v[0], v[1]) }), nil))
			case 1:
				return withMACs(macs, b.apply("linear dw", ws, []*Node{dy, x},
					plain(func(dw []float32, v [][]float32) { l.BackwardWeight(dw, v[0], v[1]) }), nil))
			}
			return b.apply("linear db", bs, []*Node{dy},
				plain(func(db []float32, v [][]float32) { l.BackwardBias(db, v[0]) }), nil)
		}))
}

// CrossEntropy is the scalar mean over the batch of −log softmax(logits)[label].
// labels is the caller's slice, one label per row of logits, read at every Run.
func (b *Builder) CrossEntropy(logits *Node, labels []int32) *Node {
	if b.err != nil {
		return nil
	}
	s := logits.Shape()
	if s.Dims() != 2 || s[0] != len(labels) {
		b.fail("cross entropy", fmt.Errorf("logits of shape %v for %d labels; want (N, classes) and N", s, len(labels)))
		return nil
	}
	ce := tensor.SoftmaxCrossEntropy{N: s[0], Classes: s[1]}
	return b.apply("cross entropy", nil, []*Node{logits},
		plain(func(out []float32, v [][]float32) { out[0] = ce.Forward(v[0], labels) }),
		func(dl *Node, _ int) *Node {
			return b.apply("cross entropy dx", s, []*Node{dl, logits},
				plain(func(dx []float32, v [][]float32) { ce.Backward(dx, v[1], labels, v[0][0]) }), nil)
		})
}

// LogSumSquares is the scalar log Σ x². For an error after k cycles, its gradient shows
// how to lower the convergence factor, whatever the size of the initial error
// (Katrutsa, Daulbaev, Oseledets, Deep Multigrid, 2017).
func (b *Builder) LogSumSquares(x *Node) *Node {
	if b.err != nil {
		return nil
	}
	squares := func(x []float32) float64 {
		var s float64
		for _, v := range x {
			s += float64(v) * float64(v)
		}
		return s
	}
	return b.apply("log sum squares", nil, []*Node{x},
		plain(func(out []float32, v [][]float32) { out[0] = float32(math.Log(squares(v[0]))) }),
		func(dl *Node, _ int) *Node {
			return b.apply("log sum squares dx", x.Shape(), []*Node{dl, x},
				plain(func(dx []float32, v [][]float32) {
					scale := float32(2 / squares(v[1]) * float64(v[0][0]))
					for i, xi := range v[1] {
						dx[i] = scale * xi
					}
				}), nil)
		})
}

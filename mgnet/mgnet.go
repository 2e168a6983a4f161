package mgnet

// MgNet: its weights and its walk, the reference method of package multigrid over
// the network's operators.

import (
	"fmt"
	"slices"

	"mgtool/multigrid/cycle"
	"mgtool/tensor"
	"mgtool/tensor/graph"
)

// MgNet is the configuration of an MgNet.
type MgNet struct {
	Walk

	// Apart gives each level of a V-cycle one B before the coarse correction and another
	// after it.
	Apart bool `json:"apart,omitempty"`
	// Depthwise lists the operators, of A, B, R and Pi, that have one 3×3 kernel a channel
	// and act on each channel alone, as a stencil does. Mixed gives some of these a trained
	// 1×1 convolution behind it, which mixes the channels and begins at random ("he") or as
	// the identity ("identity").
	Depthwise []string          `json:"depthwise,omitempty"`
	Mixed     map[string]string `json:"mixed,omitempty"`
	// R and Π lead to the next grid, see transfer.go: "conv3", the default, is the
	// paper's 3×3 convolution with stride 2. By default Π is as R.
	R  string `json:"r,omitempty"`
	Pi string `json:"pi,omitempty"`
	// Fixed gives operators that are not trained: the 3×3 stencil, row by row, of A, B,
	// R, P or Pi, applied to each channel alone. Frozen lists operators that stay at the
	// random kernels they begin with.
	Fixed  map[string][]float64 `json:"fixed,omitempty"`
	Frozen []string             `json:"frozen,omitempty"`
	// Begin gives trained operators the stencil they begin with, on each channel alone.
	Begin map[string][]float64 `json:"begin,omitempty"`
}

var mgnetFamily = family{"mgnet", parseAs[MgNet], []Named{
	{"mgnet", "MgNet (He & Xu 2019): smoothing and restriction with trained A, B, R, Π", true, true, cifar, func(s Signature, channels, smoothings []int) (Model, error) {
		channels, smoothings = defaultLevels(channels, smoothings)
		c := NewMgNet(s.Height, s.Width, s.InChannels, s.Classes, channels, smoothings)
		c.largeStem()
		return c, nil
	}},
	{"mgnet-fast", "MgNet for a quick training: whitening, GELU, 64,256,256 channels", true, true, cifar, func(s Signature, channels, smoothings []int) (Model, error) {
		return FastMgNet(s.Height, s.Width, s.InChannels, s.Classes, channels, smoothings), nil
	}},
	{"mgnet1d", "MgNet of sequences: kernels of 5, three levels of 8 channels", true, true, pulse, func(s Signature, channels, smoothings []int) (Model, error) {
		channels, smoothings = levelsOf([]int{8}, []int{1, 1, 1}, channels, smoothings)
		c := NewMgNet(s.Height, s.Width, s.InChannels, s.Classes, channels, smoothings)
		c.Signal, c.Kernel, c.Stem = true, 5, 7
		return c, nil
	}},
	{"mgnet-unet", "MgNet as a V-cycle with prolongation, a class for each pixel", true, true, medical, func(s Signature, channels, smoothings []int) (Model, error) {
		channels, smoothings = defaultLevels(channels, smoothings)
		return PixelMgNet(s.Height, s.Width, s.InChannels, s.Classes, channels, smoothings), nil
	}},
}}

// NewMgNet is the configuration of the paper for images of h×w pixels: A and B
// shared on a level, 3×3 kernels, ReLU. A single channel count serves all
// levels.
func NewMgNet(h, w, inChannels, classes int, channels, smoothings []int) MgNet {
	return MgNet{Walk: newWalk("mgnet", h, w, inChannels, classes, channels, smoothings)}
}

// FastMgNet is the MgNet for a quick training, on images of h×w pixels: whitening,
// GELU, γ = 1, a start from the identity, and the largest feature instead of the
// mean; what arXiv:2404.00498 found for a plain network, put into the cycle. R is a
// convolution and the largest of 2×2 pixels, Π = 0, as in multigrid's correction
// scheme: both were better in short trainings, see docs/results/accuracy. nil
// channels and smoothings are 64, 256, 256 and 1, 1, 1.
func FastMgNet(h, w, inChannels, classes int, channels, smoothings []int) MgNet {
	if len(smoothings) == 0 {
		smoothings = []int{1, 1, 1}
	}
	if len(channels) == 0 {
		channels = []int{64, 256, 256}
	}
	c := NewMgNet(h, w, inChannels, classes, channels, smoothings)
	c.Whiten, c.Norm, c.Activation, c.Start = true, "shift", "gelu", "dirac"
	c.HeadPool, c.HeadNoBias, c.HeadScale = "max", true, 1./9
	c.R, c.Pi = "conv-max", zeroTransfer
	return c
}

// PixelMgNet is the MgNet that classifies each pixel of images of h×w: the V-cycle with
// prolongation, and a linear map of the finest feature in place of that of its mean. A
// single channel count serves all levels. Π = 0: what comes back is P(u' − Π u), and the
// residuals of the coarse grid do not depend on Π u, so that Π cancels.
func PixelMgNet(h, w, inChannels, classes int, channels, smoothings []int) MgNet {
	c := NewMgNet(h, w, inChannels, classes, channels, smoothings)
	c.Cycle, c.HeadPool, c.Pi = "v", "pixels", zeroTransfer
	return c
}

func (c MgNet) resized(h, w int) Model { c.Height, c.Width = h, w; return c }

func (c MgNet) features() []tensor.Shape { return c.featuresOf(c.grid) }

func (c MgNet) validate() error {
	errs := []error{c.validateWalk(), validateTransfers(c.Walk, c.R, c.piKind())}
	errs = append(errs, c.validateKernels())
	if c.Apart && (c.Cycle != "v" || c.ShareB == "step") {
		errs = append(errs, fmt.Errorf("mgnet: apart with cycle %q and share_b %q; want a cycle v, which has steps after the coarse correction, and a B that they share", c.Cycle, c.ShareB))
	}
	if c.Cycle == "v" && (c.R != "" && c.R != "conv3") {
		errs = append(errs, fmt.Errorf("mgnet: r %q with cycle \"v\", whose P is the adjoint of conv3; want conv3", c.R))
	}
	return firstError(errs...)
}

// piKind is the way of Π, by default that of R.
func (c MgNet) piKind() string {
	if c.Pi == "" {
		return c.R
	}
	return c.Pi
}

// grid is the size of a level.
func (c MgNet) grid(level int) (h, w int) { return c.gridBy(c.R, level) }

// visits is the number of smoothing steps that a level does in all: those of
// the way up too, if there is one.
func (c MgNet) visits(level int) int {
	if c.Cycle == "v" && level < c.levels()-1 {
		return 2 * c.Smoothings[level]
	}
	return c.Smoothings[level]
}

// operatorCopies is the number of As (or Bs) of a level.
func (c MgNet) operatorCopies(share string, level int) int {
	if share == "step" {
		return c.visits(level)
	}
	return 1
}

// mgnetBody is an MgNet with its operators by level.
type mgnetBody struct {
	MgNet
	net    *Network
	levels []level
}

// smoothing makes the As or the Bs of a level, or takes those of the level it shares them with.
// A list of fewer than the steps serves them in turn.
func (b *mgnetBody) smoothing(op, share string, l int) (list []*Param) {
	apart, deepest := op == "B" && b.Apart, l == b.MgNet.levels()-1
	switch k := period(share); {
	case k == 0 || l < k:
		ch := b.Channels[l]
		list = b.net.copies(op, b.operatorCopies(share, l), levelName(l), ch, ch)
		if apart && !deepest {
			list = append(list, b.net.operator(op, levelName(l)("up.%s", op), b.kernel(), ch, ch))
		}
	case op == "A":
		list = b.levels[l-k].a
	default:
		list = b.levels[l-k].b
	}
	if !apart {
		return list
	}
	down, up := list[0], list[len(list)-1]
	list = slices.Repeat([]*Param{down}, b.Smoothings[l])
	if !deepest {
		list = append(list, slices.Repeat([]*Param{up}, b.Smoothings[l])...)
	}
	return list
}

func (c MgNet) layout(n *Network) body {
	b := &mgnetBody{MgNet: c, net: n}
	n.kernels = kernels{depthwise: c.Depthwise, mixed: c.Mixed, fixed: c.Fixed, frozen: c.Frozen, begin: c.Begin}
	n.makeStem(c.Walk, true)
	for l, ch := range c.Channels {
		name := levelName(l)
		lv := level{a: b.smoothing("A", c.ShareA, l), b: b.smoothing("B", c.ShareB, l)}
		for k := range c.visits(l) {
			lv.sigma1 = append(lv.sigma1, n.norm(name("step%d.norm1", k), l, ch))
			lv.sigma2 = append(lv.sigma2, n.norm(name("step%d.norm2", k), l, ch))
		}
		if l < c.levels()-1 {
			next := c.Channels[l+1]
			k := period(c.ShareR)
			shared := k > 0 && l >= k
			if shared {
				from := b.levels[l-k]
				lv.r, lv.pi, lv.p = from.r, from.pi, from.p
			} else {
				lv.r, lv.pi = n.transferParam("R", c.R, name("R"), ch, next), n.transferParam("Pi", c.piKind(), name("Pi"), ch, next)
			}
			lv.sigmaR = n.norm(name("normR"), l+1, next)
			if c.Pi != zeroTransfer {
				lv.sigmaP = n.norm(name("normPi"), l+1, next)
			}
			if c.Cycle == "v" && !shared {
				lv.p = n.operator("P", name("P"), c.kernel(), ch, next)
			}
		}
		b.levels = append(b.levels, lv)
	}
	if c.Cycle == "v" {
		n.makeHead(c.Channels[0])
	} else {
		n.makeHead(c.Channels[c.levels()-1])
	}
	return b
}

func (b *mgnetBody) scores(v *nodes, x *graph.Node) *graph.Node {
	ops, schedule := b.operators(v)
	m, err := cycle.NewReference(ops, nil, v.Add, v.Sub)
	if err != nil {
		v.Fail(err)
		return nil
	}
	one := func(level int) nodeMap {
		if a := b.levels[level].a; len(a) == 1 {
			return v.conv(a[0])
		}
		return nil
	}
	return v.classify(v.walk(m, schedule, x, one).U)
}

// operators are A, B and the activations by step, R and Π, and the cycle they are
// made for.
func (b *mgnetBody) operators(v *nodes) ([]cycle.Operators[*graph.Node], cycle.Cycle) {
	var ops []cycle.Operators[*graph.Node]
	for l, lv := range b.levels {
		o := cycle.Operators[*graph.Node]{
			A: each(lv.a, v.conv), B: each(lv.b, v.conv),
			Sigma1: each(lv.sigma1, v.sigma), Sigma2: each(lv.sigma2, v.sigma),
		}
		if l < b.MgNet.levels()-1 {
			o.R, o.SigmaR = v.restrict(b.R, lv.r), v.sigma(lv.sigmaR)
			if o.Pi = v.restrict(b.piKind(), lv.pi); o.Pi != nil {
				o.SigmaPi = v.sigma(lv.sigmaP)
			}
			if lv.p != nil {
				h, w := b.grid(l)
				o.P = v.prolong(lv.p, h, w)
			}
		}
		ops = append(ops, o)
	}
	if b.Cycle == "v" {
		return ops, cycle.Cycle{Pre: b.Smoothings, Post: b.Smoothings, Gamma: 1}
	}
	return ops, cycle.Cycle{Pre: b.Smoothings, DownOnly: true}
}

// conv is a convolution that keeps the grid: an A or a B.
func (v *nodes) conv(p *Param) nodeMap {
	if p.Depthwise {
		return func(x *graph.Node) *graph.Node { return v.mix(v.Depthwise(x, v.leaf(p)), p, 1) }
	}
	return func(x *graph.Node) *graph.Node { return v.convolve(x, p, 1, p.Shape[1]/2) }
}

// prolong is the adjoint of a conv3 from h×w pixels: P.
func (v *nodes) prolong(p *Param, h, w int) nodeMap {
	win := v.net.stem.walk.window(p.Shape[1], 2, p.Shape[1]/2)
	return func(x *graph.Node) *graph.Node { return v.ConvTransposeWindow(x, v.leaf(p), win.Stride, win.Pad, h, w) }
}

// each maps a list.
func each[T any](list []T, f func(T) nodeMap) []nodeMap {
	maps := make([]nodeMap, len(list))
	for i, t := range list {
		maps[i] = f(t)
	}
	return maps
}

// names are those of XuTeam/MgNet_Code; see names.go.
func (b *mgnetBody) names() (t table) {
	c := b.MgNet
	t.stem(b.net.stem)
	step := func(prefix string, lv level, k int) {
		t.kernel(prefix+"A", lv.a[k%len(lv.a)])
		t.kernel(prefix+"B", lv.b[k%len(lv.b)])
		t.norms(prefix, lv.sigma1[k], lv.sigma2[k])
	}
	for l, lv := range b.levels {
		first := 0
		if l > 0 {
			first = 1
			prefix, before := fmt.Sprintf("layer%d.0.", l), b.levels[l-1]
			if c.ShareA != "step" {
				t.kernel(prefix+"A_old", before.a[0])
				t.kernel(prefix+"A_conv", lv.a[0])
			}
			if before.pi != nil {
				t.kernel(prefix+"Pi_conv", before.pi)
			}
			if before.r != nil {
				t.kernel(prefix+"R_conv", before.r)
			}
			if before.sigmaP != nil {
				t.norm(prefix+"bn1", prefix+"act1", before.sigmaP)
			}
			t.norm(prefix+"bn2", prefix+"act2", before.sigmaR)
		}
		for k := range c.Smoothings[l] {
			step(fmt.Sprintf("layer%d.%d.", l, first+k), lv, k)
		}
	}
	for l, lv := range slices.Backward(b.levels) {
		if lv.p == nil {
			continue
		}
		t.add(fmt.Sprintf("up%d.0.P", l), lv.p.Name)
		if c.ShareA == "step" {
			t.kernel(fmt.Sprintf("up%d.0.A", l), lv.a[c.Smoothings[l]])
		}
		for k := range c.Smoothings[l] {
			step(fmt.Sprintf("up%d.%d.", l, 1+k), lv, c.Smoothings[l]+k)
		}
	}
	t.add("fc", "head")
	return t
}

// standardMACs is the count of [StandardMACs]; ok is false where R, Π or the stem are
// not those of the paper.
func (c MgNet) standardMACs() (macs int64, ok bool) {
	conv3 := func(kind string) bool { return kind == "" || kind == "conv3" }
	if c.Cycle != "down" || !conv3(c.R) || !conv3(c.Pi) || c.Whiten {
		return 0, false
	}
	h, w := c.finest()
	unpooled := c // the stem runs before the pooling
	unpooled.StemPool = false
	hs, ws := unpooled.finest()
	taps := c.taps(c.kernel())
	sum := c.taps(c.Stem) * c.InChannels * c.Channels[0] * hs * ws
	for l, ch := range c.Channels {
		sum += 2 * c.Smoothings[l] * taps * ch * ch * h * w
		if l == c.levels()-1 {
			break
		}
		next := c.Channels[l+1]
		sum += taps * ch * ch * h * w
		h, w = (h+1)/2, (w+1)/2
		sum += taps * (2*ch*next + next*next) * h * w
	}
	return int64(sum), true
}

package mgnet

// ResNet and pre-act ResNet as methods of the cycle that MgNet is: the data of a
// level is smoothed by residual blocks and restricted to every second pixel.
//
//	resnet   r ← σ(r + N A σN B r)          r' = σ(N R r + N A σN B₂ r)
//	preact   r ← r + A σN B σN r            r' = R s + A σN B₂ s,  s = σN r
//
// N are batch norms, σN has the activation behind, B₂ is a 3×3 convolution to every
// second pixel and R a 1×1 one (He et al., CVPR and ECCV 2016). Without signs, the
// steps of preact are those of MgNet in its residual form, eqs. 26–27 of the
// lectures: r −= A σ B σ r. One A or B may serve all steps of a level, but the
// first level, whose steps keep their own; as B₂ cannot be B, r' is then R with a
// norm alone, and the level does one step more on its own grid.

import (
	"fmt"

	"mgtool/multigrid/cycle"
	"mgtool/tensor"
	"mgtool/tensor/graph"
)

// ResNet is the configuration of a ResNet, family "resnet", or a pre-act ResNet, family
// "preact". Its R is a 1×1 convolution of every second pixel, and it has no Π.
type ResNet struct{ Walk }

var (
	resnetFamily = family{"resnet", parseAs[ResNet], []Named{
		{"resnet", "ResNet (He et al., CVPR 2016) of any channels and blocks (--smoothings)", true, true, cifar, blocks("resnet")},
		{"resnet18", "the same, 64 to 512 channels, 2,2,2,2 blocks", false, false, cifar, ofLayers("resnet", 18)},
		{"resnet34", "the same, 3,4,6,3 blocks", false, false, cifar, ofLayers("resnet", 34)},
		{"resnet1d", "ResNet of sequences: three levels of three blocks with 64 channels", true, true, pulse, func(s Signature, channels, blocks []int) (Model, error) {
			channels, blocks = levelsOf([]int{64}, []int{3, 3, 3}, channels, blocks)
			c := NewResNet("resnet", s.Height, s.Width, s.InChannels, s.Classes, channels, blocks)
			c.Signal, c.Stem = true, 7
			return c, nil
		}},
	}}
	preactFamily = family{"preact", parseAs[ResNet], []Named{
		{"preact", "pre-act ResNet (He et al., ECCV 2016): MgNet in its residual, without u", true, true, cifar, blocks("preact")},
		{"preact18", "the same, 64 to 512 channels, 2,2,2,2 blocks", false, false, cifar, ofLayers("preact", 18)},
		{"preact34", "the same, 3,4,6,3 blocks", false, false, cifar, ofLayers("preact", 34)},
	}}
)

func blocks(family string) func(Signature, []int, []int) (Model, error) {
	return func(s Signature, channels, blocks []int) (Model, error) {
		channels, blocks = defaultLevels(channels, blocks)
		c := NewResNet(family, s.Height, s.Width, s.InChannels, s.Classes, channels, blocks)
		c.largeStem()
		return c, nil
	}
}

func ofLayers(family string, layers int) func(Signature, []int, []int) (Model, error) {
	return func(s Signature, _, _ []int) (Model, error) {
		c, err := ResNetOf(family, layers, s.Height, s.Width, s.InChannels, s.Classes)
		c.largeStem()
		return c, err
	}
}

// NewResNet is the configuration of a "resnet" or a "preact" for images of h×w pixels,
// with the given number of blocks on each level, each with its own A and B.
func NewResNet(family string, h, w, inChannels, classes int, channels, blocks []int) ResNet {
	c := ResNet{newWalk(family, h, w, inChannels, classes, channels, blocks)}
	c.ShareA, c.ShareB = "step", "step"
	return c
}

// ResNetOf is [NewResNet] with 18 or 34 layers: four levels of 64 to 512 channels.
func ResNetOf(family string, layers, h, w, inChannels, classes int) (ResNet, error) {
	blocks, ok := map[int][]int{18: {2, 2, 2, 2}, 34: {3, 4, 6, 3}}[layers]
	if !ok {
		return ResNet{}, fmt.Errorf("mgnet: ResNet of %d layers; want 18 or 34", layers)
	}
	return NewResNet(family, h, w, inChannels, classes, []int{64, 128, 256, 512}, blocks), nil
}

func (c ResNet) resized(h, w int) Model { c.Height, c.Width = h, w; return c }

func (c ResNet) features() []tensor.Shape {
	return c.featuresOf(func(level int) (h, w int) { return c.gridBy("conv1", level) })
}

func (c ResNet) validate() error {
	return firstError(c.validatePlain(), validateTransfers(c.Walk, "conv1", zeroTransfer))
}

// strided reports whether the first step of a level is the way there, by B₂.
func (c ResNet) strided(level int) bool { return level > 0 && c.ShareB == "step" }

// residualCopies is the number of As (or Bs) of a level.
func (c ResNet) residualCopies(share string, level int) int {
	if share == "level" && level > 0 {
		return 1
	}
	return c.Smoothings[level]
}

// residualBody is a ResNet with its operators by level.
type residualBody struct {
	ResNet
	net    *Network
	levels []level
}

func (c ResNet) layout(n *Network) body {
	body := &residualBody{ResNet: c, net: n}
	n.makeStem(c.Walk, c.Family == "resnet")
	for l, ch := range c.Channels {
		name := levelName(l)
		var lv level
		first := ch // channels that the first step sees
		if l > 0 {
			before := c.Channels[l-1]
			lv.r = n.operator("R", name("R"), 1, before, ch)
			if c.strided(l) {
				first = before
			}
			switch {
			case c.Family == "resnet" && !c.strided(l):
				lv.sigmaR = n.norm(name("normR"), l, ch)
			case c.Family == "resnet" || !c.strided(l): // no activation behind it
				lv.sigmaR = n.plainNorm(name("normR"), ch)
			}
		}
		lv.a = n.copies("A", c.residualCopies(c.ShareA, l), name, ch, ch)
		lv.b = n.copies("B", c.residualCopies(c.ShareB, l), name, first, ch)
		for k := range c.Smoothings[l] {
			in, at := ch, l // of the first norm
			if k == 0 && c.Family == "preact" && c.strided(l) {
				in, at = first, l-1
			}
			lv.sigma1 = append(lv.sigma1, n.norm(name("step%d.norm1", k), at, in))
			lv.sigma2 = append(lv.sigma2, n.norm(name("step%d.norm2", k), l, ch))
		}
		body.levels = append(body.levels, lv)
	}
	n.makeHead(c.Channels[c.Walk.levels()-1])
	return body
}

func (b *residualBody) scores(v *nodes, x *graph.Node) *graph.Node {
	cycle := cycle.Cycle{DownOnly: true}
	for l, steps := range b.Smoothings {
		if b.strided(l) {
			steps-- // the first is the way there
		}
		cycle.Pre = append(cycle.Pre, steps)
	}
	return v.classify(v.walk(residualNet{v, b}, cycle, x, noData).R)
}

// residualNet is the method; the state is R alone.
type residualNet struct {
	*nodes
	*residualBody
}

// Levels implements [cycle.Method].
func (m residualNet) Levels() int { return len(m.levels) }

// Down implements [cycle.Method]: the steps of a level, then the way to the next.
func (m residualNet) Down(level, pre int, s nodeState) (fine, coarse nodeState) {
	fine = m.Bottom(level, pre, s)
	return fine, nodeState{R: m.restrict(level+1, fine.R)}
}

// Bottom implements [cycle.Method]: pre steps on a level.
func (m residualNet) Bottom(level, pre int, s nodeState) nodeState {
	first := 0
	if m.strided(level) {
		first = 1 // that was the way here
	}
	for k := range pre {
		s.R = m.step(level, first+k, s.R)
	}
	return s
}

// Up and Interpolate complete [cycle.Method]; a walk that only goes down does
// not come to them.
func (m residualNet) Up(_, _ int, fine, _ nodeState) nodeState       { return fine }
func (m residualNet) Interpolate(_ int, fine, _ nodeState) nodeState { return fine }

// step is residual block k on its own grid.
func (m residualNet) step(level, k int, r *graph.Node) *graph.Node {
	if m.Family == "preact" {
		return m.Add(r, m.branch(level, k, 1, m.sigma(m.levels[level].sigma1[k])(r)))
	}
	return m.activate(m.Add(r, m.branch(level, k, 1, r)), m.levels[level].sigma2[k].Theta)
}

// restrict goes to a level from the one before: by block 0 with B₂, or R alone.
func (m residualNet) restrict(level int, r *graph.Node) *graph.Node {
	lv, c := m.levels[level], m.ResNet
	skip := func(x *graph.Node) *graph.Node { return m.convolve(x, lv.r, 2, 0) }
	switch {
	case !c.strided(level) && c.Family == "preact":
		return m.normed(lv.sigmaR, skip(r))
	case !c.strided(level):
		return m.sigma(lv.sigmaR)(skip(r))
	case c.Family == "preact":
		s := m.sigma(lv.sigma1[0])(r)
		return m.Add(skip(s), m.branch(level, 0, 2, s))
	}
	return m.activate(m.Add(m.normed(lv.sigmaR, skip(r)), m.branch(level, 0, 2, r)), lv.sigma2[0].Theta)
}

// branch is A σN B x of preact, whose x has seen its first σN, or N A σN B x.
func (m residualNet) branch(level, k, stride int, x *graph.Node) *graph.Node {
	lv := m.levels[level]
	a, b := lv.a[k%len(lv.a)], lv.b[k%len(lv.b)]
	pad := m.kernel() / 2
	x = m.convolve(x, b, stride, pad)
	if m.Family == "preact" {
		return m.convolve(m.sigma(lv.sigma2[k])(x), a, 1, pad)
	}
	return m.normed(lv.sigma2[k], m.convolve(m.sigma(lv.sigma1[k])(x), a, 1, pad))
}

// names are those of torchvision for resnet and of kuangliu/pytorch-cifar for preact.
func (b *residualBody) names() (t table) {
	skip, head := "downsample", "fc"
	if b.Family == "preact" {
		skip, head = "shortcut", "linear"
	}
	t.stem(b.net.stem)
	for l, lv := range b.levels {
		down := func() {
			prefix := fmt.Sprintf("layer%d.0.%s.", l+1, skip)
			t.add(prefix+"0", lv.r.Name)
			if lv.sigmaR != nil {
				t.norm(prefix+"1", prefix+"2", lv.sigmaR)
			}
		}
		first := 0
		if l > 0 && !b.strided(l) {
			first = 1
			down()
		}
		for k := range b.Smoothings[l] {
			prefix := fmt.Sprintf("layer%d.%d.", l+1, first+k)
			t.add(prefix+"conv1", lv.b[k%len(lv.b)].Name)
			t.add(prefix+"conv2", lv.a[k%len(lv.a)].Name)
			t.norms(prefix, lv.sigma1[k], lv.sigma2[k])
			if k == 0 && b.strided(l) {
				down()
			}
		}
	}
	t.add(head, "head")
	return t
}

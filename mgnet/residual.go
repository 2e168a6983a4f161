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
	"slices"

	"mgtool/multigrid"
	"mgtool/tensor/graph"
)

// residualModels are the models of this file.
var residualModels = []string{"resnet", "preact"}

func (c Config) residual() bool { return slices.Contains(residualModels, c.Model) }

// ResNet is the configuration of ResNet or, with model "preact", pre-act ResNet for
// images of h×w pixels, of 18 or 34 layers: four levels of 64 to 512 channels.
func ResNet(model string, layers, h, w, inChannels, classes int) (Config, error) {
	blocks, ok := map[int][]int{18: {2, 2, 2, 2}, 34: {3, 4, 6, 3}}[layers]
	if !ok {
		return Config{}, fmt.Errorf("mgnet: ResNet of %d layers; want 18 or 34", layers)
	}
	c := MgNet(h, w, inChannels, classes, []int{64, 128, 256, 512}, blocks)
	c.Model, c.ShareA, c.ShareB = model, "step", "step"
	return c, c.Validate()
}

// strided reports whether the first step of a level is the way there, by B₂.
func (c Config) strided(level int) bool { return level > 0 && c.ShareB == "step" }

// residualCopies is the number of As (or Bs) of a level.
func (c Config) residualCopies(share string, level int) int {
	if share == "level" && level > 0 {
		return 1
	}
	return c.Smoothings[level]
}

// residualParameters is the number of trained values; see [Config.Parameters].
func (c Config) residualParameters(norm int) int {
	p := c.Stem * c.Stem * c.InChannels * c.Channels[0]
	if c.Model == "resnet" {
		p += norm * c.Channels[0]
	}
	for l, ch := range c.Channels {
		p += 9 * ch * ch * (c.residualCopies(c.ShareA, l) + c.residualCopies(c.ShareB, l))
		p += 2 * norm * ch * c.Smoothings[l]
		if l == 0 {
			continue
		}
		before := c.Channels[l-1]
		p += before * ch // R
		if c.strided(l) {
			p += 9 * (before - ch) * ch // B₂ in place of a B
			if c.Model == "preact" {
				p += norm * (before - ch) // its first norm is of the level before
				continue
			}
		}
		if c.Model == "resnet" && !c.strided(l) {
			p += norm * ch // of R
		} else {
			p += 2 * ch
		}
	}
	return p + c.Classes*(c.Channels[c.levels()-1]+1)
}

// emptyResidual makes the parameters of such a network, all zero.
func (n *Network) emptyResidual() {
	c := n.Config
	n.stem = n.param("stem.conv", c.Stem, c.Stem, c.InChannels, c.Channels[0])
	if c.Model == "resnet" {
		n.stemNorm = n.norm("stem.norm", 0, c.Channels[0])
	}
	for l, ch := range c.Channels {
		name := levelName(l)
		var lv level
		first := ch // channels that the first step sees
		if l > 0 {
			before := c.Channels[l-1]
			lv.r = n.param(name("R"), 1, 1, before, ch)
			if c.strided(l) {
				first = before
			}
			switch {
			case c.Model == "resnet" && !c.strided(l):
				lv.sigmaR = n.norm(name("normR"), l, ch)
			case c.Model == "resnet" || !c.strided(l): // no activation behind it
				lv.sigmaR = n.batchNorm(name("normR"), ch)
			}
		}
		lv.a = n.copies("A", c.residualCopies(c.ShareA, l), name, ch, ch)
		lv.b = n.copies("B", c.residualCopies(c.ShareB, l), name, first, ch)
		for k := range c.Smoothings[l] {
			in, at := ch, l // of the first norm
			if k == 0 && c.Model == "preact" && c.strided(l) {
				in, at = first, l-1
			}
			lv.sigma1 = append(lv.sigma1, n.norm(name("step%d.norm1", k), at, in))
			lv.sigma2 = append(lv.sigma2, n.norm(name("step%d.norm2", k), l, ch))
		}
		n.levels = append(n.levels, lv)
	}
	n.headW, n.headB = n.param("head.w", c.Channels[c.levels()-1], c.Classes), n.param("head.b", c.Classes)
}

// residualNet is the method; the state is R alone.
type residualNet struct{ *nodes }

type nodeState = multigrid.State[*graph.Node]

// Levels implements [multigrid.Method].
func (m residualNet) Levels() int { return len(m.net.levels) }

// Down implements [multigrid.Method]: the steps of a level, then the way to the next.
func (m residualNet) Down(level, pre int, s nodeState) (fine, coarse nodeState) {
	fine = m.Bottom(level, pre, s)
	return fine, nodeState{R: m.restrict(level+1, fine.R)}
}

// Bottom implements [multigrid.Method]: pre steps on a level.
func (m residualNet) Bottom(level, pre int, s nodeState) nodeState {
	first := 0
	if m.net.Config.strided(level) {
		first = 1 // that was the way here
	}
	for k := range pre {
		s.R = m.step(level, first+k, s.R)
	}
	return s
}

// Up and Interpolate complete [multigrid.Method]; a walk that only goes down does
// not come to them.
func (m residualNet) Up(_, _ int, fine, _ nodeState) nodeState       { return fine }
func (m residualNet) Interpolate(_ int, fine, _ nodeState) nodeState { return fine }

// step is residual block k on its own grid.
func (m residualNet) step(level, k int, r *graph.Node) *graph.Node {
	if m.net.Config.Model == "preact" {
		return m.Add(r, m.branch(level, k, 1, m.sigma(m.net.levels[level].sigma1[k])(r)))
	}
	return m.activate(m.Add(r, m.branch(level, k, 1, r)), m.net.levels[level].sigma2[k])
}

// restrict goes to a level from the one before: by block 0 with B₂, or R alone.
func (m residualNet) restrict(level int, r *graph.Node) *graph.Node {
	lv, c := m.net.levels[level], m.net.Config
	skip := func(x *graph.Node) *graph.Node { return m.Conv(x, m.leaf(lv.r), 2, 0) }
	switch {
	case !c.strided(level) && c.Model == "preact":
		return m.normed(lv.sigmaR, skip(r))
	case !c.strided(level):
		return m.sigma(lv.sigmaR)(skip(r))
	case c.Model == "preact":
		s := m.sigma(lv.sigma1[0])(r)
		return m.Add(skip(s), m.branch(level, 0, 2, s))
	}
	return m.activate(m.Add(m.normed(lv.sigmaR, skip(r)), m.branch(level, 0, 2, r)), lv.sigma2[0])
}

// branch is A σN B x of preact, whose x has seen its first σN, or N A σN B x.
func (m residualNet) branch(level, k, stride int, x *graph.Node) *graph.Node {
	lv := m.net.levels[level]
	a, b := lv.a[k%len(lv.a)], lv.b[k%len(lv.b)]
	x = m.Conv(x, m.leaf(b), stride, 1)
	if m.net.Config.Model == "preact" {
		return m.Conv(m.sigma(lv.sigma2[k])(x), m.leaf(a), 1, 1)
	}
	return m.normed(lv.sigma2[k], m.Conv(m.sigma(lv.sigma1[k])(x), m.leaf(a), 1, 1))
}

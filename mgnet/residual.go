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
	"mgtool/tensor/graph"
)

type residualFamily struct{ walkFamily }

func (residualFamily) validate(c Config) error {
	errs := []error{c.validateWalk(false), c.validateTransfers()}
	if c.R != "" || c.Pi != "" {
		errs = append(errs, fmt.Errorf("mgnet: model %q with r %q and pi %q; want none: its R is a 1×1 convolution, and it has no Π", c.Model, c.R, c.Pi))
	}
	return firstError(errs...)
}

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

func (residualFamily) layout(n *Network) {
	c := n.Config
	n.makeStem(c.Model == "resnet")
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
			case c.Model == "resnet" && !c.strided(l):
				lv.sigmaR = n.norm(name("normR"), l, ch)
			case c.Model == "resnet" || !c.strided(l): // no activation behind it
				lv.sigmaR = n.plainNorm(name("normR"), ch)
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
	n.makeHead(c.Channels[c.levels()-1])
}

func (residualFamily) scores(v *nodes, x *graph.Node) *graph.Node {
	c := v.net.Config
	cycle := cycle.Cycle{DownOnly: true}
	for l, steps := range c.Smoothings {
		if c.strided(l) {
			steps-- // the first is the way there
		}
		cycle.Pre = append(cycle.Pre, steps)
	}
	return v.classify(v.walk(residualNet{v}, cycle, x).R)
}

// residualNet is the method; the state is R alone.
type residualNet struct{ *nodes }

// Levels implements [cycle.Method].
func (m residualNet) Levels() int { return len(m.net.levels) }

// Down implements [cycle.Method]: the steps of a level, then the way to the next.
func (m residualNet) Down(level, pre int, s nodeState) (fine, coarse nodeState) {
	fine = m.Bottom(level, pre, s)
	return fine, nodeState{R: m.restrict(level+1, fine.R)}
}

// Bottom implements [cycle.Method]: pre steps on a level.
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

// Up and Interpolate complete [cycle.Method]; a walk that only goes down does
// not come to them.
func (m residualNet) Up(_, _ int, fine, _ nodeState) nodeState       { return fine }
func (m residualNet) Interpolate(_ int, fine, _ nodeState) nodeState { return fine }

// step is residual block k on its own grid.
func (m residualNet) step(level, k int, r *graph.Node) *graph.Node {
	if m.net.Config.Model == "preact" {
		return m.Add(r, m.branch(level, k, 1, m.sigma(m.net.levels[level].sigma1[k])(r)))
	}
	return m.activate(m.Add(r, m.branch(level, k, 1, r)), m.net.levels[level].sigma2[k].Theta)
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
	return m.activate(m.Add(m.normed(lv.sigmaR, skip(r)), m.branch(level, 0, 2, r)), lv.sigma2[0].Theta)
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

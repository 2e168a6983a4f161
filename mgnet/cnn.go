package mgnet

// The classic CNN of the lectures, eqs. 13 and 14, as a method of the cycle:
//
//	smooth      f ← σ(θ * f + b)
//	restrict    f' = R *₂ f
//
// with θ, b and R all trained and nothing in common. The first step on the finest
// level, which reads the image, is the stem. The bias b is in the norm, which is
// "none" in the lectures: with "batch", σ has a batch norm in its place.

import (
	"fmt"

	"mgtool/multigrid/cycle"
	"mgtool/tensor/graph"
)

// CNN is the configuration of the classic CNN for images of h×w pixels: steps
// convolutions on each level, with biases, and 3×3 convolutions with stride 2
// between levels. A single channel count serves all levels.
func CNN(h, w, inChannels, classes int, channels, steps []int) Config {
	c := MgNet(h, w, inChannels, classes, channels, steps)
	c.Model, c.Norm, c.ShareA, c.ShareB = "cnn", "none", "step", "step"
	return c
}

type cnnFamily struct{ walkFamily }

func (cnnFamily) validate(c Config) error {
	errs := []error{c.validateWalk(false), c.validateTransfers()}
	if c.Pi != "" {
		errs = append(errs, fmt.Errorf("mgnet: model \"cnn\" with pi %q; want none: it has R alone", c.Pi))
	}
	if c.ShareA != "step" || c.ShareB != "step" {
		errs = append(errs, fmt.Errorf("mgnet: model \"cnn\" with share_a %q and share_b %q; want step: every θ is its own", c.ShareA, c.ShareB))
	}
	return firstError(errs...)
}

// steps are those of a level behind the stem.
func (cnnFamily) steps(c Config, level int) int {
	if level == 0 {
		return c.Smoothings[0] - 1
	}
	return c.Smoothings[level]
}

// layout gives a level its θ as b, its norms as sigma2.
func (f cnnFamily) layout(n *Network) {
	c := n.Config
	n.makeStem(true)
	for l, ch := range c.Channels {
		name := levelName(l)
		var lv level
		for k := range f.steps(c, l) {
			lv.b = append(lv.b, n.operator("theta", name("step%d.theta", k), 3, ch, ch))
			lv.sigma2 = append(lv.sigma2, n.norm(name("step%d.norm", k), l, ch))
		}
		if l < c.levels()-1 {
			lv.r = n.transferParam("R", c.R, name("R"), ch, c.Channels[l+1])
		}
		n.levels = append(n.levels, lv)
	}
	n.makeHead(c.Channels[c.levels()-1])
}

func (f cnnFamily) scores(v *nodes, x *graph.Node) *graph.Node {
	cycle := cycle.Cycle{DownOnly: true}
	for l := range v.net.levels {
		cycle.Pre = append(cycle.Pre, f.steps(v.net.Config, l))
	}
	return v.classify(v.walk(cnn{v}, cycle, x).R)
}

// cnn is the method; the state is f, in R.
type cnn struct{ *nodes }

// Levels implements [cycle.Method].
func (m cnn) Levels() int { return len(m.net.levels) }

// Down implements [cycle.Method].
func (m cnn) Down(level, pre int, s nodeState) (fine, coarse nodeState) {
	fine = m.Bottom(level, pre, s)
	return fine, nodeState{R: m.restrict(m.net.Config.R, m.net.levels[level].r)(fine.R)}
}

// Bottom implements [cycle.Method]: pre steps on a level.
func (m cnn) Bottom(level, pre int, s nodeState) nodeState {
	lv := m.net.levels[level]
	for k := range pre {
		s.R = m.sigma(lv.sigma2[k])(m.conv(lv.b[k])(s.R))
	}
	return s
}

// Up and Interpolate complete [cycle.Method]; a walk that only goes down does
// not come to them.
func (m cnn) Up(_, _ int, fine, _ nodeState) nodeState       { return fine }
func (m cnn) Interpolate(_ int, fine, _ nodeState) nodeState { return fine }

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
	"mgtool/tensor"
	"mgtool/tensor/graph"
)

// CNN is the configuration of a classic CNN.
type CNN struct {
	Walk

	// R leads to the next grid, see transfer.go; "conv3" by default.
	R string `json:"r,omitempty"`
}

var cnnFamily = family{"cnn", parseAs[CNN], []Named{
	{"cnn", "classic CNN: convolutions with biases (--smoothings on each level), nothing shared", true, true, cifar, func(s Signature, channels, steps []int) (Model, error) {
		channels, steps = defaultLevels(channels, steps)
		c := NewCNN(s.Height, s.Width, s.InChannels, s.Classes, channels, steps)
		c.largeStem()
		return c, nil
	}},
}}

// NewCNN is the configuration of the classic CNN for images of h×w pixels: steps
// convolutions on each level, with biases, and 3×3 convolutions with stride 2
// between levels. A single channel count serves all levels.
func NewCNN(h, w, inChannels, classes int, channels, steps []int) CNN {
	c := CNN{Walk: newWalk("cnn", h, w, inChannels, classes, channels, steps)}
	c.Norm, c.ShareA, c.ShareB = "none", "step", "step"
	return c
}

func (c CNN) resized(h, w int) Model { c.Height, c.Width = h, w; return c }

func (c CNN) features() []tensor.Shape {
	return c.featuresOf(func(level int) (h, w int) { return c.gridBy(c.R, level) })
}

func (c CNN) validate() error {
	errs := []error{c.validatePlain(), validateTransfers(c.Walk, c.R, c.R)}
	if c.ShareA != "step" || c.ShareB != "step" {
		errs = append(errs, fmt.Errorf("mgnet: model \"cnn\" with share_a %q and share_b %q; want step: every θ is its own", c.ShareA, c.ShareB))
	}
	return firstError(errs...)
}

// steps are those of a level behind the stem.
func (c CNN) steps(level int) int {
	if level == 0 {
		return c.Smoothings[0] - 1
	}
	return c.Smoothings[level]
}

// cnnBody is a classic CNN with its θ by level as b, its norms as sigma2.
type cnnBody struct {
	CNN
	net    *Network
	levels []level
}

func (c CNN) layout(n *Network) body {
	b := &cnnBody{CNN: c, net: n}
	n.makeStem(c.Walk, true)
	for l, ch := range c.Channels {
		name := levelName(l)
		var lv level
		for k := range c.steps(l) {
			lv.b = append(lv.b, n.operator("theta", name("step%d.theta", k), c.kernel(), ch, ch))
			lv.sigma2 = append(lv.sigma2, n.norm(name("step%d.norm", k), l, ch))
		}
		if l < c.Walk.levels()-1 {
			lv.r = n.transferParam("R", c.R, name("R"), ch, c.Channels[l+1])
		}
		b.levels = append(b.levels, lv)
	}
	n.makeHead(c.Channels[c.Walk.levels()-1])
	return b
}

func (b *cnnBody) scores(v *nodes, x *graph.Node) *graph.Node {
	cycle := cycle.Cycle{DownOnly: true}
	for l := range b.levels {
		cycle.Pre = append(cycle.Pre, b.steps(l))
	}
	return v.classify(v.walk(cnn{v, b}, cycle, x, noData).R)
}

// cnn is the method; the state is f, in R.
type cnn struct {
	*nodes
	*cnnBody
}

// Levels implements [cycle.Method].
func (m cnn) Levels() int { return len(m.levels) }

// Down implements [cycle.Method].
func (m cnn) Down(level, pre int, s nodeState) (fine, coarse nodeState) {
	fine = m.Bottom(level, pre, s)
	return fine, nodeState{R: m.restrict(m.R, m.levels[level].r)(fine.R)}
}

// Bottom implements [cycle.Method]: pre steps on a level.
func (m cnn) Bottom(level, pre int, s nodeState) nodeState {
	lv := m.levels[level]
	for k := range pre {
		s.R = m.sigma(lv.sigma2[k])(m.conv(lv.b[k])(s.R))
	}
	return s
}

// Up and Interpolate complete [cycle.Method]; a walk that only goes down does
// not come to them.
func (m cnn) Up(_, _ int, fine, _ nodeState) nodeState       { return fine }
func (m cnn) Interpolate(_ int, fine, _ nodeState) nodeState { return fine }

// names are in the manner of mgnet; see names.go.
func (b *cnnBody) names() (t table) {
	t.stem(b.net.stem)
	for l, lv := range b.levels {
		first := 0
		if l > 0 {
			first = 1
			if r := b.levels[l-1].r; r != nil {
				t.add(fmt.Sprintf("layer%d.0.R_conv", l), r.Name)
			}
		}
		for k, theta := range lv.b {
			prefix := fmt.Sprintf("layer%d.%d.", l, first+k)
			t.add(prefix+"conv", theta.Name)
			t.norm(prefix+"bn1", prefix+"act1", lv.sigma2[k])
		}
	}
	t.add("fc", "head")
	return t
}

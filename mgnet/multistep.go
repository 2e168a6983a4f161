package mgnet

// A multi-step smoother: as a linear multi-step method takes a step from several earlier
// iterates, step k of a level takes its correction from all residuals so far,
//
//	d_k = σ(B_k * σ([r_0, …, r_k])),   u_{k+1} = u_k + d_k,   r_{k+1} = r_k − A * d_k,
//
// side by side as in DenseNet (Huang, Liu, van der Maaten, Weinberger, CVPR 2017), so
// that B_k holds a weight for each of them: with kernels α_kj I it is Σ_j α_kj r_j, and
// with α_kk alone an MgNet. R and Π are those of the paper (He & Xu 2019).

import (
	"fmt"

	"mgtool/multigrid/cycle"
	"mgtool/tensor"
	"mgtool/tensor/graph"
)

// MultiStep is the configuration of an MgNet with a multi-step smoother.
type MultiStep struct{ Walk }

var multiStepFamily = family{"multistep", parseAs[MultiStep], []Named{
	{"multistep", "MgNet whose steps see all earlier residuals of their level, as DenseNet", true, true, cifar, func(s Signature, channels, smoothings []int) (Model, error) {
		channels, smoothings = defaultLevels(channels, smoothings)
		c := NewMultiStep(s.Height, s.Width, s.InChannels, s.Classes, channels, smoothings)
		c.largeStem()
		return c, nil
	}},
}}

// NewMultiStep is the configuration for images of h×w pixels: A shared on a level, a B
// for each step, 3×3 kernels, ReLU. A single channel count serves all levels.
func NewMultiStep(h, w, inChannels, classes int, channels, smoothings []int) MultiStep {
	c := MultiStep{newWalk("multistep", h, w, inChannels, classes, channels, smoothings)}
	c.ShareB = "step"
	return c
}

func (c MultiStep) resized(h, w int) Model { c.Height, c.Width = h, w; return c }

func (c MultiStep) grid(level int) (h, w int) { return c.gridBy("conv3", level) }

// features are those of a walk, and what the last step of each level reads.
func (c MultiStep) features() []tensor.Shape {
	list := c.featuresOf(c.grid)
	for l, ch := range c.Channels {
		h, w := c.grid(l)
		list = append(list, tensor.Shape{H: h, W: w, C: ch * c.Smoothings[l]})
	}
	return list
}

func (c MultiStep) validate() error {
	errs := []error{c.validatePlain(), validateTransfers(c.Walk, "conv3", "conv3")}
	if c.ShareB != "step" {
		errs = append(errs, fmt.Errorf("mgnet: model \"multistep\" with share_b %q; want step: each B reads one residual more", c.ShareB))
	}
	return firstError(errs...)
}

// multiStepBody is the network with its operators by level.
type multiStepBody struct {
	MultiStep
	net    *Network
	levels []level
}

func (c MultiStep) layout(n *Network) body {
	b := &multiStepBody{MultiStep: c, net: n}
	n.makeStem(c.Walk, true)
	for l, ch := range c.Channels {
		name, steps, as := levelName(l), c.Smoothings[l], 1
		if c.ShareA == "step" {
			as = steps
		}
		lv := level{a: n.copies("A", as, name, ch, ch)}
		for k := range steps {
			lv.b = append(lv.b, n.operator("B", name("step%d.B", k), c.kernel(), (k+1)*ch, ch))
			lv.sigma1 = append(lv.sigma1, n.norm(name("step%d.norm1", k), l, (k+1)*ch))
			lv.sigma2 = append(lv.sigma2, n.norm(name("step%d.norm2", k), l, ch))
		}
		if l < c.Walk.levels()-1 {
			next := c.Channels[l+1]
			lv.r, lv.pi = n.operator("R", name("R"), c.kernel(), ch, next), n.operator("Pi", name("Pi"), c.kernel(), ch, next)
			lv.sigmaR, lv.sigmaP = n.norm(name("normR"), l+1, next), n.norm(name("normPi"), l+1, next)
		}
		b.levels = append(b.levels, lv)
	}
	n.makeHead(c.Channels[c.Walk.levels()-1])
	return b
}

func (b *multiStepBody) scores(v *nodes, x *graph.Node) *graph.Node {
	one := func(level int) nodeMap {
		if a := b.levels[level].a; len(a) == 1 {
			return v.conv(a[0])
		}
		return nil
	}
	return v.classify(v.walk(multiStep{v, b}, cycle.Cycle{Pre: b.Smoothings, DownOnly: true}, x, one).U)
}

// multiStep is the method; the state is u and r.
type multiStep struct {
	*nodes
	*multiStepBody
}

// Levels implements [cycle.Method].
func (m multiStep) Levels() int { return len(m.levels) }

// Down implements [cycle.Method].
func (m multiStep) Down(level, pre int, s nodeState) (fine, coarse nodeState) {
	fine = m.smooth(level, pre, s, true)
	lv := m.levels[level]
	coarse.R = m.sigma(lv.sigmaR)(m.restrict("conv3", lv.r)(fine.R))
	coarse.U = m.sigma(lv.sigmaP)(m.restrict("conv3", lv.pi)(fine.U))
	return fine, coarse
}

// Bottom implements [cycle.Method]; nothing reads the residual after its last step.
func (m multiStep) Bottom(level, pre int, s nodeState) nodeState {
	return m.smooth(level, pre, s, false)
}

// Up and Interpolate complete [cycle.Method]; a walk that only goes down does
// not come to them.
func (m multiStep) Up(_, _ int, fine, _ nodeState) nodeState       { return fine }
func (m multiStep) Interpolate(_ int, fine, _ nodeState) nodeState { return fine }

// smooth does the steps of a level, and forms the residual after the last if it is read.
func (m multiStep) smooth(level, steps int, s nodeState, residual bool) nodeState {
	lv, seen := m.levels[level], []*graph.Node{s.R}
	for k := range steps {
		x := s.R
		if k > 0 {
			x = m.Join(seen...)
		}
		d := m.sigma(lv.sigma2[k])(m.conv(lv.b[k])(m.sigma(lv.sigma1[k])(x)))
		if s.U == nil {
			s.U = d
		} else {
			s.U = m.Add(s.U, d)
		}
		if k < steps-1 || residual {
			s.R = m.Sub(s.R, m.conv(lv.a[k%len(lv.a)])(d))
			seen = append(seen, s.R)
		}
	}
	return s
}

// names are in the manner of mgnet; see names.go.
func (b *multiStepBody) names() (t table) {
	t.stem(b.net.stem)
	for l, lv := range b.levels {
		first := 0
		if l > 0 {
			first = 1
			prefix, before := fmt.Sprintf("layer%d.0.", l), b.levels[l-1]
			t.add(prefix+"Pi_conv", before.pi.Name)
			t.add(prefix+"R_conv", before.r.Name)
			t.norms(prefix, before.sigmaP, before.sigmaR)
		}
		for k := range lv.b {
			prefix := fmt.Sprintf("layer%d.%d.", l, first+k)
			t.add(prefix+"A", lv.a[k%len(lv.a)].Name)
			t.add(prefix+"B", lv.b[k].Name)
			t.norms(prefix, lv.sigma1[k], lv.sigma2[k])
		}
	}
	t.add("fc", "head")
	return t
}

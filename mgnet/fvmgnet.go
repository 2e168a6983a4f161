package mgnet

// FV-MgNet, the cycle over windows of time series: A, B, R and P are fully connected, the size
// n_l of the windows halves from level to level, and the cycle comes back up,
//
//	smooth      d = σ(B σ(r));    u += d;    r −= A d        A, B: n_l → n_l
//	restrict    r' = σ(R r);      u' = 0                     R: n_l → n_{l+1}
//	prolong     d = P u';         u += d;    r −= A d        P: n_{l+1} → n_l
//
// from r = the window and u = 0; the forecast is W u + b, with u of the finest level (J. Zhu,
// J. He, L. Zhang, J. Xu, FV-MgNet, J. Comput. Sci. 69, 2023). Variables share all weights,
// each is a sample of its own; inputs and outputs are those of linear forecasts.
//
// The paper starts a coarse level from u' = σ(Π u). What comes back is P(u' − σ(Π u)), and the
// residuals of the coarse level do not depend on σ(Π u): Π cancels, and is 0 here, as in
// [PixelMgNet]. A of the coarsest level is left out where a single step does not read it.

import (
	"fmt"
	"slices"
	"strings"

	"mgtool/multigrid/cycle"
	"mgtool/tensor"
	"mgtool/tensor/graph"
)

// FVMgNet is the configuration of an FV-MgNet.
type FVMgNet struct {
	Signature
	// Widths are the sizes of the windows on each level, finest first. A first one that is
	// not that of the input has a fully connected map of the input before it.
	Widths []int `json:"widths"`
	// Smoothings are the steps of each level on the way down, and again on the way up.
	Smoothings []int `json:"smoothings"`
	Sigma
	// Normalise is as in [LinearForecast].
	Normalise string `json:"normalise,omitempty"`
}

var fvmgnetFamily = family{"fv-mgnet", parseAs[FVMgNet], []Named{
	{"fv-mgnet", "FV-MgNet (Zhu et al. 2023): a V-cycle of fully connected A, B, R, P over windows of time series", true, true, hours, func(s Signature, widths, smoothings []int) (Model, error) {
		return NewFVMgNet(s, widths, smoothings), nil
	}},
}}

// NewFVMgNet is an FV-MgNet for windows with the sizes of s, with tanh and windows less
// their last value. nil widths begin with 64; a single one is halved from level to level.
// nil smoothings are one step on each level, of three unless the widths say otherwise.
func NewFVMgNet(s Signature, widths, smoothings []int) FVMgNet {
	s.Family = "fv-mgnet"
	if len(smoothings) == 0 {
		levels := 3
		if len(widths) > 1 {
			levels = len(widths)
		}
		smoothings = slices.Repeat([]int{1}, levels)
	}
	if len(widths) == 0 {
		widths = []int{64}
	}
	if len(widths) == 1 {
		widths = slices.Clone(widths)
		for l := range len(smoothings) - 1 {
			widths = append(widths, max(1, widths[l]/2))
		}
	}
	return FVMgNet{Signature: s, Widths: widths, Smoothings: smoothings, Sigma: Sigma{Norm: "none", Activation: "tanh"}, Normalise: string(graph.ByLast)}
}

// String implements [Model].
func (c FVMgNet) String() string {
	list := func(n []int) string { return strings.Trim(strings.ReplaceAll(fmt.Sprint(n), " ", ","), "[]") }
	return fmt.Sprintf("fv-mgnet, window %d, horizon %d, widths %s, smoothings %s", c.InChannels, c.Classes, list(c.Widths), list(c.Smoothings))
}

func (c FVMgNet) resized(h, w int) Model { c.Height, c.Width = h, w; return c }

func (c FVMgNet) validate() error {
	errs := []error{within("number of smoothings", len(c.Smoothings), 1, 12), c.Sigma.validate(len(c.Smoothings)), validateNormalise(c.Normalise)}
	if len(c.Widths) != len(c.Smoothings) {
		errs = append(errs, fmt.Errorf("mgnet: %d widths for %d levels of smoothings; want one each", len(c.Widths), len(c.Smoothings)))
	}
	for l, n := range c.Widths {
		errs = append(errs, within(fmt.Sprintf("width of level %d", l), n, 1, 1<<14))
	}
	for l, n := range c.Smoothings {
		errs = append(errs, within(fmt.Sprintf("smoothings of level %d", l), n, 1, 1000))
	}
	return firstError(errs...)
}

func (c FVMgNet) features() []tensor.Shape {
	list := windows(c.Signature)
	for _, n := range c.Widths {
		list = append(list, tensor.Shape{H: c.Height, W: c.Width, C: n})
	}
	return list
}

// fvmgnetBody is an FV-MgNet with its operators by level.
type fvmgnetBody struct {
	FVMgNet
	stem   affine // none where the first level has the width of the input
	levels []level
	head   affine
}

func (c FVMgNet) layout(n *Network) body {
	n.sigma = c.Sigma
	b := &fvmgnetBody{FVMgNet: c}
	matrix := func(name string, in, out int) *Param { return n.addParam(name, uniform(in), in, out) }
	if c.Widths[0] != c.InChannels {
		b.stem = n.affine("stem", c.InChannels, c.Widths[0])
	}
	last := len(c.Widths) - 1
	for l, m := range c.Widths {
		name, visits := levelName(l), 2*c.Smoothings[l]
		if l == last {
			visits = c.Smoothings[l]
		}
		lv := level{}
		if visits > 1 || l < last {
			lv.a = []*Param{matrix(name("A"), m, m)}
		}
		lv.b = []*Param{matrix(name("B"), m, m)}
		for k := range visits {
			lv.sigma1 = append(lv.sigma1, n.norm(name("step%d.norm1", k), l, m))
			lv.sigma2 = append(lv.sigma2, n.norm(name("step%d.norm2", k), l, m))
		}
		if l < last {
			next := c.Widths[l+1]
			lv.r, lv.p = matrix(name("R"), m, next), matrix(name("P"), next, m)
			lv.sigmaR = n.norm(name("normR"), l+1, next)
		}
		b.levels = append(b.levels, lv)
	}
	b.head = n.affine("head", c.Widths[0], c.Classes)
	return b
}

func (b *fvmgnetBody) scores(v *nodes, x *graph.Node) *graph.Node {
	return v.levelled(b.Normalise, x, func(x *graph.Node) *graph.Node {
		g := x
		if b.stem.w != nil {
			g = v.affine(b.stem, x)
		}
		return v.affine(b.head, b.solve(v, g))
	})
}

// solve is u of the finest level after a V-cycle for A u = g.
func (b *fvmgnetBody) solve(v *nodes, g *graph.Node) *graph.Node {
	var ops []cycle.Operators[*graph.Node]
	for _, lv := range b.levels {
		o := cycle.Operators[*graph.Node]{
			A: each(lv.a, v.full), B: each(lv.b, v.full),
			Sigma1: each(lv.sigma1, v.sigma), Sigma2: each(lv.sigma2, v.sigma),
		}
		if lv.a == nil { // A = 0: nothing reads the residual after the step
			o.A = []nodeMap{func(*graph.Node) *graph.Node { return nil }}
		}
		if lv.r != nil {
			o.R, o.SigmaR, o.P = v.full(lv.r), v.sigma(lv.sigmaR), v.full(lv.p)
		}
		ops = append(ops, o)
	}
	m, err := cycle.NewReference(ops, nil, v.Add, v.Sub)
	if err != nil {
		v.Fail(err)
		return nil
	}
	schedule := cycle.Cycle{Pre: b.Smoothings, Post: b.Smoothings, Gamma: 1}
	return v.cycle(m, schedule, nodeState{R: g}, noData).U
}

// names are in the manner of mgnet; see names.go.
func (b *fvmgnetBody) names() (t table) {
	if b.stem.w != nil {
		t.add("stem", "stem")
	}
	for l, lv := range b.levels {
		at := fmt.Sprintf("levels.%d.", l)
		if lv.a != nil {
			t.add(at+"A", lv.a[0].Name)
		}
		t.add(at+"B", lv.b[0].Name)
		for k := range lv.sigma1 {
			step := fmt.Sprintf("%ssteps.%d.", at, k)
			t.norm(step+"bn1", step+"act1", lv.sigma1[k])
			t.norm(step+"bn2", step+"act2", lv.sigma2[k])
		}
		if lv.r != nil {
			t.add(at+"R", lv.r.Name)
			t.add(at+"P", lv.p.Name)
			t.norm(at+"bnR", at+"actR", lv.sigmaR)
		}
	}
	t.add("fc", "head")
	return t
}

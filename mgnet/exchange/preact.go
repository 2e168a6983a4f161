package exchange

// MgNet as a pre-act ResNet, and back.
//
// With r = g − A u, a step of MgNet is a block of a pre-act ResNet (He & Xu 2019; eqs. 26–27
// of the lectures),
//
//	r ← r + (−A) σ B σ r.
//
// The scores are read from u, which goes along: a pre-act ResNet over the channels
// z = (u, p, m) with p = r and m = −r is
//
//	step       s = σN₁ z,  a = σN₂ B s_p;           u += a,  p −= A a,  m += A a
//	restrict   s = σN₁ z,  a = σN₂ Π s_u,  b = σN₂ R (s_p − s_m);   u' = a,  p' = b,  m' = −b
//	stem       z = (0, θx, −θx),  a = σN₂ (s_p − s_m);   p = a,  m = −a
//	head       W u + b
//
// so each level has 3c channels and one block more, which is the way there. It is exact where
// the activations and the norms let it be:
//
//   - σ is ReLU: then x = σ(x) − σ(−x), and u, a sum of what σ gives, is σ(u);
//   - norms act on each channel alone, so N₁ of p and N₂ of a are those of MgNet, whatever the
//     other channels are;
//   - a pre-act block has norms where MgNet has none: N₁ before R and Π, behind the stem, and of
//     what is passed on. They have to be the identity: mean 0, variance 1 − ε, γ = 1, β = 0. That
//     is so in evaluation. In a training batch statistics would take their place.
//
// So both networks give the same scores in evaluation, to the rounding of float32.

import (
	"fmt"
	"slices"
	"strings"

	"mgtool/mgnet"
)

// parts is the number of channels of the pre-act form for one of MgNet: u, p and m.
const parts = 3

// The slots of the channels.
const (
	slotU = iota
	slotP
	slotM
)

// ToPreAct returns the pre-act ResNet that has the scores of an MgNet with the paper's
// operators and ReLU, in evaluation.
func ToPreAct(n *mgnet.Network) (*mgnet.Network, error) {
	c, ok := n.Model.(mgnet.MgNet)
	if !ok {
		return nil, fmt.Errorf("mgnet: the pre-act form of a model %q; want mgnet", n.Model.Sig().Family)
	}
	kind := func(k string) bool { return k == "" || k == "conv3" }
	switch {
	case c.Activation != "relu":
		return nil, fmt.Errorf("mgnet: the pre-act form with activation %q; want relu, of which x = σ(x) − σ(−x)", c.Activation)
	case c.Cycle != "down":
		return nil, fmt.Errorf("mgnet: the pre-act form of cycle %q; want down", c.Cycle)
	case strings.Contains(c.ShareA+c.ShareB+c.ShareR, "cyclic"):
		return nil, fmt.Errorf("mgnet: the pre-act form of operators shared by %q, %q, %q; want level, step or all", c.ShareA, c.ShareB, c.ShareR)
	case !kind(c.R) || !kind(c.Pi) || len(c.Depthwise) > 0 || c.Whiten || c.StemPool:
		return nil, fmt.Errorf("mgnet: the pre-act form with r %q, pi %q, depthwise %v, whitening %t, a pooling stem %t; want conv3 and dense kernels, without the others", c.R, c.Pi, c.Depthwise, c.Whiten, c.StemPool)
	}
	w := c.Walk
	w.Family, w.ShareA, w.ShareB, w.ShareR, w.Start = "preact", "step", "step", "", ""
	w.Channels, w.Smoothings = slices.Clone(c.Channels), slices.Clone(c.Smoothings)
	for l := range w.Channels {
		w.Channels[l] *= parts
		w.Smoothings[l]++
	}
	to, err := mgnet.Empty(mgnet.ResNet{Walk: w})
	if err != nil {
		return nil, err
	}
	for _, b := range to.Norms() { // the identity
		for k := range b.Stats.RunningVar {
			b.Gamma.Data[k], b.Stats.RunningVar[k] = 1, 1-b.Stats.Eps
		}
	}
	f := form{n.Tensors(nil), to.Tensors(nil)}
	f.kernel("stem.conv", "stem.conv", 0, slotP, 1)
	f.kernel("stem.conv", "stem.conv", 0, slotM, -1)
	for l, steps := range c.Smoothings {
		b, a, norm2 := stepName(l, 0, "B"), stepName(l, 0, "A"), stepName(l, 0, "norm2")
		if l == 0 {
			f.centre(b, slotP, slotU, 1)
			f.centre(b, slotM, slotU, -1)
			f.centre(b, slotP, slotP, 1)
			f.centre(b, slotM, slotM, 1)
			f.norm("stem.norm", norm2, slotU)
			for _, out := range []int{slotP, slotM} {
				sign := float32(1 - 2*(out-slotP))
				f.centre(a, slotU, out, sign)
				f.centre(a, slotP, out, -sign) // θx goes
				f.centre(a, slotM, out, sign)
			}
		} else {
			f.kernel(f.operator(l-1, 0, "Pi"), b, slotU, slotU, 1)
			f.kernel(f.operator(l-1, 0, "R"), b, slotP, slotP, 1)
			f.kernel(f.operator(l-1, 0, "R"), b, slotM, slotP, -1)
			f.norm(fmt.Sprintf("level%d.normPi", l-1), norm2, slotU)
			f.norm(fmt.Sprintf("level%d.normR", l-1), norm2, slotP)
			f.centre(a, slotU, slotU, 1)
			f.centre(a, slotP, slotP, 1)
			f.centre(a, slotP, slotM, -1)
		}
		for k := range steps {
			b, a := stepName(l, k+1, "B"), stepName(l, k+1, "A")
			f.kernel(f.operator(l, k, "B"), b, slotP, slotU, 1)
			f.norm(stepName(l, k, "norm1"), stepName(l, k+1, "norm1"), slotP)
			f.norm(stepName(l, k, "norm2"), stepName(l, k+1, "norm2"), slotU)
			f.centre(a, slotU, slotU, 1)
			f.kernel(f.operator(l, k, "A"), a, slotU, slotP, -1)
			f.kernel(f.operator(l, k, "A"), a, slotU, slotM, 1)
		}
	}
	copy(f.to["head.w"].Data, f.from["head.w"].Data) // the rows of u are the first
	copy(f.to["head.b"].Data, f.from["head.b"].Data)
	return to, nil
}

// FromPreAct returns the MgNet whose pre-act form a network is, and an error that names the
// first difference if it is of none. A and B serve a level, or all, where all steps have the
// same.
func FromPreAct(n *mgnet.Network) (*mgnet.Network, error) {
	c, ok := n.Model.(mgnet.ResNet)
	if !ok || c.Family != "preact" {
		return nil, fmt.Errorf("mgnet: MgNet of a model %q; want preact, as mgtool model convert writes it", n.Model.Sig().Family)
	}
	none := func(why string) (*mgnet.Network, error) {
		return nil, fmt.Errorf("mgnet: this preact is not the pre-act form of an MgNet: %s; want one that mgtool model convert wrote", why)
	}
	w := c.Walk
	w.Family, w.ShareA, w.ShareB = "mgnet", "step", "step"
	w.Channels, w.Smoothings = slices.Clone(c.Channels), slices.Clone(c.Smoothings)
	for l := range w.Channels {
		if w.Channels[l]%parts != 0 || w.Smoothings[l] < 2 || c.ShareA != "step" || c.ShareB != "step" {
			return none(fmt.Sprintf("level %d has %d channels and %d blocks, A shared by %s, B by %s", l, w.Channels[l], w.Smoothings[l], c.ShareA, c.ShareB))
		}
		w.Channels[l] /= parts
		w.Smoothings[l]--
	}
	back, err := mgnet.Empty(mgnet.MgNet{Walk: w})
	if err != nil {
		return nil, err
	}
	f := form{back.Tensors(nil), n.Tensors(nil)}
	f.kernelBack("stem.conv", "stem.conv", 0, slotP, 1)
	f.normBack("stem.norm", stepName(0, 0, "norm2"), slotU)
	for l, steps := range w.Smoothings {
		if l > 0 {
			b, norm2 := stepName(l, 0, "B"), stepName(l, 0, "norm2")
			f.kernelBack(f.operator(l-1, 0, "Pi"), b, slotU, slotU, 1)
			f.kernelBack(f.operator(l-1, 0, "R"), b, slotP, slotP, 1)
			f.normBack(fmt.Sprintf("level%d.normPi", l-1), norm2, slotU)
			f.normBack(fmt.Sprintf("level%d.normR", l-1), norm2, slotP)
		}
		for k := range steps {
			f.kernelBack(f.operator(l, k, "B"), stepName(l, k+1, "B"), slotP, slotU, 1)
			f.kernelBack(f.operator(l, k, "A"), stepName(l, k+1, "A"), slotU, slotM, 1)
			f.normBack(stepName(l, k, "norm1"), stepName(l, k+1, "norm1"), slotP)
			f.normBack(stepName(l, k, "norm2"), stepName(l, k+1, "norm2"), slotU)
		}
	}
	copy(f.from["head.w"].Data, f.to["head.w"].Data)
	copy(f.from["head.b"].Data, f.to["head.b"].Data)
	again, err := ToPreAct(back)
	if err != nil {
		return none(err.Error())
	}
	for name, want := range again.Tensors(nil) {
		if k := difference(f.to[name].Data, want.Data); k >= 0 {
			return none(fmt.Sprintf("%s has %g as value %d; want %g", name, f.to[name].Data[k], k, want.Data[k]))
		}
	}
	return shared(back)
}

// shared returns the network with as few As and Bs as it has different ones.
func shared(n *mgnet.Network) (*mgnet.Network, error) {
	c := n.Model.(mgnet.MgNet)
	from := form{from: n.Tensors(nil)}
	c.ShareA, c.ShareB = from.sharing(c, "A"), from.sharing(c, "B")
	fewer, err := mgnet.Empty(c)
	if err != nil {
		return nil, err
	}
	to := fewer.Tensors(nil)
	for name, t := range to {
		copy(t.Data, from.from[name].Data)
	}
	only := form{from: to}
	for l, steps := range c.Smoothings {
		for k := range steps {
			for _, op := range []string{"A", "B"} {
				copy(to[only.operator(l, k, op)].Data, from.from[from.operator(l, k, op)].Data)
			}
		}
	}
	return fewer, nil
}

// sharing is how the steps of a network with an operator a step could share it.
func (f form) sharing(c mgnet.MgNet, op string) string {
	level, all := true, c.Walk.Channels[0] > 0
	for l, steps := range c.Smoothings {
		for k := range steps {
			it := f.from[f.operator(l, k, op)].Data
			level = level && slices.Equal(it, f.from[f.operator(l, 0, op)].Data)
			all = all && slices.Equal(it, f.from[f.operator(0, 0, op)].Data)
		}
	}
	switch {
	case all && len(c.Smoothings) > 1:
		return "all"
	case level:
		return "level"
	}
	return "step"
}

// form is the tensors of an MgNet and of its pre-act form.
type form struct{ from, to map[string]mgnet.Tensor }

func stepName(l, k int, what string) string { return fmt.Sprintf("level%d.step%d.%s", l, k, what) }

// operator is the name of an operator of MgNet: that of a step, of its level, or of all levels.
func (f form) operator(l, k int, op string) string {
	for _, name := range []string{stepName(l, k, op), fmt.Sprintf("level%d.%s", l, op)} {
		if _, ok := f.from[name]; ok {
			return name
		}
	}
	if _, ok := f.from["level0.step0."+op]; ok {
		return "level0.step0." + op
	}
	return "level0." + op
}

// slots calls visit with the places of the values of a kernel of MgNet and of its pre-act form,
// from the channels of one slot to those of another. The stem reads the channels of an image.
func (f form) slots(from, to string, in, out int, visit func(p, q *float32)) {
	p, q := f.from[from], f.to[to]
	if q.Shape[2] == p.Shape[2] && from == "stem.conv" {
		in = 0
	}
	for k := range p.Shape[0] * p.Shape[1] {
		for i := range p.Shape[2] {
			for o := range p.Shape[3] {
				visit(&p.Data[(k*p.Shape[2]+i)*p.Shape[3]+o], &q.Data[(k*q.Shape[2]+in*p.Shape[2]+i)*q.Shape[3]+out*p.Shape[3]+o])
			}
		}
	}
}

// kernel adds sign times a kernel of MgNet; kernelBack takes it from there.
func (f form) kernel(from, to string, in, out int, sign float32) {
	f.slots(from, to, in, out, func(p, q *float32) { *q += sign * *p })
}

func (f form) kernelBack(from, to string, in, out int, sign float32) {
	f.slots(from, to, in, out, func(p, q *float32) { *p = sign * *q })
}

// centre adds sign times the identity from a slot to another.
func (f form) centre(to string, in, out int, sign float32) {
	q := f.to[to]
	k, c := q.Shape[0]*q.Shape[1]/2, q.Shape[3]/parts
	for i := range c {
		q.Data[(k*q.Shape[2]+in*c+i)*q.Shape[3]+out*c+i] += sign
	}
}

// norm sets the norm of a slot to one of MgNet; normBack takes it from there.
func (f form) norm(from, to string, which int) {
	for _, end := range normEnds {
		p := f.from[from+end].Data
		copy(f.to[to+end].Data[which*len(p):], p)
	}
}

func (f form) normBack(from, to string, which int) {
	for _, end := range normEnds {
		p := f.from[from+end].Data
		copy(p, f.to[to+end].Data[which*len(p):])
	}
}

// normEnds are the tensors of a norm; a bias has one.
var normEnds = []string{".gamma", ".beta", ".running_mean", ".running_var"}

package mgnet

// σ, the norm and the activation behind it, and its parameters.

import (
	"fmt"
	"math"

	"mgtool/tensor"
	"mgtool/tensor/graph"
)

// Sigma holds the keys of σ = activation∘norm, which every model has.
type Sigma struct {
	// Norm of every σ: "batch" (or ""); "shift", a batch norm whose scale γ stays 1;
	// "fixed", one whose scale and shift stay 1 and 0; "none", a bias alone.
	Norm string `json:"norm,omitempty"`

	Activation string `json:"activation"` // a name of tensor.ActivationNames

	// HatSupport holds the supports M of the hat max(0, min(x, M − x)), one for each
	// level or one for all; by default 5, 10, 15, …. HatTrained makes each a parameter
	// that starts there.
	HatSupport []float64 `json:"hat_support,omitempty"`
	HatTrained bool      `json:"hat_trained,omitempty"`

	// SlopeStart is where the slopes of prelu begin: 0 is ReLU; by default 1/4.
	SlopeStart *float64 `json:"slope_start,omitempty"`
}

// hatSupport is M of a level: that of the configuration or, unless it has one, the
// 5, 10, 15, 20 of four levels that did best among fixed ones ("CNNs with Compact
// Activation Function", ICCS 2022), and so on.
func (c Sigma) hatSupport(level int) float64 {
	switch len(c.HatSupport) {
	case 0:
		return 5 * float64(level+1)
	case 1:
		return c.HatSupport[0]
	}
	return c.HatSupport[level]
}

// validate reports a norm or an activation that is not known, and supports that are
// none, or that no hat asks for.
func (c Sigma) validate(levels int) error {
	if err := firstError(oneOf("activation", c.Activation, tensor.ActivationNames()...), oneOf("norm", c.Norm, "", "batch", "shift", "fixed", "none")); err != nil {
		return err
	}
	if c.Activation != "hat" && (len(c.HatSupport) > 0 || c.HatTrained) {
		return fmt.Errorf("mgnet: supports of a hat with activation %q; want activation \"hat\"", c.Activation)
	}
	if s := c.SlopeStart; s != nil && (c.Activation != "prelu" || math.IsNaN(*s) || math.IsInf(*s, 0)) {
		return fmt.Errorf("mgnet: slope_start %g with activation %q; want a finite slope, and activation \"prelu\"", *s, c.Activation)
	}
	if n := len(c.HatSupport); n > 1 && n != levels {
		return fmt.Errorf("mgnet: %d hat supports for %d levels; want one each, or a single one for all", n, levels)
	}
	for _, m := range c.HatSupport {
		if !(m > 0) || math.IsInf(m, 0) {
			return fmt.Errorf("mgnet: hat support %g; want more than 0", m)
		}
	}
	return nil
}

// activationOf makes the parameter of the activation behind a norm on a level, nil
// for an activation without. All norms of a level share the hat's support.
func (n *Network) activationOf(level int, norm string, channels int) *Param {
	switch n.sigma.Activation {
	case "hat":
		name := hatName(level)
		if p, ok := n.byName[name]; ok {
			return p
		}
		p := n.addParam(name, constant(float32(n.sigma.hatSupport(level))), 1)
		p.Fixed = !n.sigma.HatTrained
		return p
	case "prelu":
		a, _ := tensor.LookupActivation("prelu")
		start := a.Start
		if s := n.sigma.SlopeStart; s != nil {
			start = float32(*s)
		}
		return n.addParam(norm+".slope", constant(start), channels)
	}
	return nil
}

// HatSupports returns the supports M of the hat on each level, as given or as trained;
// nil for a network without.
func (n *Network) HatSupports() (supports []float64) {
	for l := 0; ; l++ {
		p, ok := n.byName[hatName(l)]
		if !ok {
			return supports
		}
		supports = append(supports, float64(p.Data[0]))
	}
}

func hatName(level int) string { return fmt.Sprintf("level%d.hat", level) }

// activate applies the activation, with its parameter or nil.
func (v *nodes) activate(x *graph.Node, p *Param) *graph.Node {
	a, err := tensor.LookupActivation(v.net.sigma.Activation)
	if err != nil {
		v.Fail(err)
		return nil
	}
	var theta *graph.Node
	if p != nil {
		theta = v.leaf(p)
	}
	return v.Activation(a, x, theta)
}

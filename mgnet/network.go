package mgnet

// A model's values: parameters, batch norms, and how they start.

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"mgtool/tensor"
	"mgtool/tensor/graph"
)

// Param is a named tensor of weights. Convolutions have shape (K, K, in, out),
// a P (K, K, fine, coarse): it is the adjoint of a convolution.
type Param struct {
	Name  string
	Shape []int
	Data  []float32
	Fixed bool // given, not trained
}

// Network is a model with its values.
type Network struct {
	Config Config
	params []*Param
	norms  []*norm
	byName map[string]*Param

	stem, headW, headB *Param
	stemNorm           *norm
	levels             []level
}

// norm is one batch normalisation: its weights and its statistics.
type norm struct {
	name        string
	gamma, beta *Param
	theta       *Param // of the activation behind it; nil if that has none
	stats       *tensor.BatchNorm
}

// level holds the operators of one grid; A, B and the norms have one entry a
// step or one for all, as multigrid.Operators wants them.
type level struct {
	a, b           []*Param
	sigma1, sigma2 []*norm // before and after B, one a step
	r, pi, p       *Param  // to the next level and back; nil on the coarsest
	sigmaR, sigmaP *norm   // after R and after Π
}

// New makes a network with random weights, the same for the same seed:
// convolutions normal with variance 2/fan-in (He et al., 2015), so that a ReLU
// keeps the size of its input, the head uniform in ±1/√c; batch norms start as
// the identity.
func New(c Config, seed uint64) (*Network, error) {
	n, err := empty(c)
	if err != nil {
		return nil, err
	}
	rng := rand.New(rand.NewPCG(seed, 0x6d676e6574))
	for _, p := range n.params {
		switch {
		case p.Fixed:
		case len(p.Shape) == 4:
			fan := p.Shape[0] * p.Shape[1] * p.Shape[2]
			if slices.ContainsFunc(n.levels, func(l level) bool { return l.p == p }) {
				// A P is a transposed convolution of stride 2: four fine vertices
				// share what a coarse one sends through the nine weights.
				fan = 9 * p.Shape[3] / 4
			}
			std := math.Sqrt(2 / float64(max(1, fan)))
			for i := range p.Data {
				p.Data[i] = float32(std * rng.NormFloat64())
			}
		case p == n.headW || p == n.headB:
			bound := 1 / math.Sqrt(float64(n.headW.Shape[0]))
			for i := range p.Data {
				p.Data[i] = float32(bound * (2*rng.Float64() - 1))
			}
		}
	}
	return n, nil
}

// empty makes a network with zero weights and identity norms.
func empty(c Config) (*Network, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	n := &Network{Config: c, byName: map[string]*Param{}}
	if c.residual() {
		n.emptyResidual()
		return n, nil
	}
	n.stem = n.param("stem.conv", c.Stem, c.Stem, c.InChannels, c.Channels[0])
	n.stemNorm = n.norm("stem.norm", 0, c.Channels[0])
	for l, ch := range c.Channels {
		name := levelName(l)
		lv := level{a: n.copies("A", c.copies(c.ShareA, l), name, ch, ch), b: n.copies("B", c.copies(c.ShareB, l), name, ch, ch)}
		for k := range c.visits(l) {
			lv.sigma1 = append(lv.sigma1, n.norm(name("step%d.norm1", k), l, ch))
			lv.sigma2 = append(lv.sigma2, n.norm(name("step%d.norm2", k), l, ch))
		}
		if l < c.levels()-1 {
			next := c.Channels[l+1]
			lv.r, lv.pi = n.operator("R", name("R"), ch, next), n.operator("Pi", name("Pi"), ch, next)
			lv.sigmaR, lv.sigmaP = n.norm(name("normR"), l+1, next), n.norm(name("normPi"), l+1, next)
			if c.Cycle == "v" {
				lv.p = n.operator("P", name("P"), ch, next)
			}
		}
		n.levels = append(n.levels, lv)
	}
	features := c.Channels[c.levels()-1]
	if c.Cycle == "v" {
		features = c.Channels[0]
	}
	n.headW, n.headB = n.param("head.w", features, c.Classes), n.param("head.b", c.Classes)
	return n, nil
}

func (n *Network) param(name string, shape ...int) *Param {
	size := 1
	for _, d := range shape {
		size *= d
	}
	p := &Param{Name: name, Shape: shape, Data: make([]float32, size)}
	n.params = append(n.params, p)
	n.byName[name] = p
	return p
}

// levelName gives the names of what a level holds.
func levelName(l int) func(format string, a ...any) string {
	return func(format string, a ...any) string { return fmt.Sprintf("level%d.", l) + fmt.Sprintf(format, a...) }
}

// copies makes the operators of a level, one for all steps or one a step, of ch
// channels, but that the first reads as many as first.
func (n *Network) copies(op string, count int, name func(string, ...any) string, first, ch int) (list []*Param) {
	for k := range count {
		in, p := ch, name("%s", op)
		if count > 1 {
			p = name("step%d.%s", k, op)
		}
		if k == 0 {
			in = first
		}
		list = append(list, n.operator(op, p, in, ch))
	}
	return list
}

// operator makes a 3×3 kernel in × out; one that is fixed gets its stencil on
// the diagonal, which is the stencil applied to each channel alone.
func (n *Network) operator(op, name string, in, out int) *Param {
	p := n.param(name, 3, 3, in, out)
	if stencil, ok := n.Config.Fixed[op]; ok {
		p.Fixed = true
		for k, v := range stencil {
			for c := range min(in, out) {
				p.Data[(k*in+c)*out+c] = float32(v)
			}
		}
	}
	return p
}

// norm makes a batch norm whose values go to a level, with its activation's parameter.
func (n *Network) norm(name string, level, channels int) *norm {
	b := n.batchNorm(name, channels)
	b.theta = n.activationOf(level, name, channels)
	return b
}

// batchNorm makes one without an activation.
func (n *Network) batchNorm(name string, channels int) *norm {
	stats, err := tensor.NewBatchNorm(channels)
	if err != nil { // Validate has seen to it that there are channels
		panic(err)
	}
	b := &norm{name: name, gamma: n.param(name+".gamma", channels), beta: n.param(name+".beta", channels), stats: stats}
	for i := range b.gamma.Data {
		b.gamma.Data[i] = 1
	}
	n.norms = append(n.norms, b)
	return b
}

// Params are all weights, the fixed ones too, in a fixed order.
func (n *Network) Params() []*Param { return n.params }

// Parameters is the number of trained values; see [Config.Parameters].
func (n *Network) Parameters() int {
	count := 0
	for _, p := range n.params {
		if !p.Fixed {
			count += len(p.Data)
		}
	}
	return count
}

// Layers lists the operations of the network on one image, in order: what they
// do, with which weights, the shape of their output, their multiply-adds.
func Layers(c Config) ([]graph.Step, error) {
	n, err := empty(c)
	if err != nil {
		return nil, err
	}
	// Nothing runs, so no weights are laid out: the memory stays untouched.
	p, err := graph.Build(func(b *graph.Builder) *graph.Node {
		image := make([]float32, c.Height*c.Width*c.InChannels)
		return n.logits(b, b.Input("image", []int{1, c.Height, c.Width, c.InChannels}, image), false)
	})
	if err != nil {
		return nil, err
	}
	return p.Steps(), nil
}

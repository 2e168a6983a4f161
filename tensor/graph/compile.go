package graph

// From a graph to instructions: which values are computed on their own, and which as
// part of others.

import (
	"fmt"
	"slices"
	"strings"

	"gorgonia.org/gorgonia"
	gt "gorgonia.org/tensor"

	"mgtool/tensor"
	"mgtool/tensor/internal/fuse"
)

// work is what an operation computes: one of the types below.
type work interface{}

type (
	product       struct{ fuse.Pass } // inputs x, w
	sigma         struct{ *norm }     // inputs x, then γ, β of the norm, θ of the activation
	sigmaGradient struct{ *norm }     // inputs dy, x, then γ
	// weightGradient has inputs dy, x; weights names the leaf it differentiates by.
	weightGradient struct {
		fuse.WeightPass
		weights string
	}
	// byProduct is a gradient that another operation, its input, leaves in a slice as it
	// runs; or, for the one of a σ, already as its sums are finished.
	byProduct struct {
		left  []float32
		sigma bool
	}
	// inPlace is a function of its inputs that may overwrite the first.
	inPlace  func(out []float32, in [][]float32)
	sum      struct{ sign int } // x + sign·y
	negative struct{}           // −x
	// plain is a function of its inputs.
	plain func(out []float32, in [][]float32)
)

// norm is a batch norm followed by an activation, in one place of the graph.
type norm struct {
	bn                    *tensor.BatchNorm // nil for an activation alone
	act                   tensor.Activation
	theta                 int // which input is θ; 0 for none
	train                 bool
	of                    *norm // the norm without an activation that this one was made from, if any
	bias                  bool  // the model asked for [Builder.Bias]
	s                     *fuse.Sigma
	running               *tensor.BatchNorm // whose running statistics s moves and reads; bn or a copy
	dgamma, dbeta, dtheta []float32
}

// statistics returns the running statistics of the batch norm, none for an activation
// alone.
func (n *norm) statistics() fuse.Running {
	if n.running == nil {
		return fuse.Running{}
	}
	return fuse.Running{Eps: n.running.Eps, Momentum: n.running.Momentum, Mean: n.running.RunningMean, Var: n.running.RunningVar}
}

// evaluate makes σ from the running statistics and the parameters of v.
func (n *norm) evaluate(v *value) {
	gamma, beta, theta := n.parameters(v)
	n.s.Evaluate(n.statistics(), gamma, beta, theta)
}

// parameters returns γ, β and θ of σ, nil for each that it does not have.
func (n *norm) parameters(v *value) (gamma, beta, theta []float32) {
	if n.bn != nil {
		gamma, beta = v.in[1].data, v.in[2].data
	}
	if n.theta > 0 {
		theta = v.in[n.theta].data
	}
	return gamma, beta, theta
}

// origin returns the norm that the model asked for.
func (n *norm) origin() *norm {
	if n.of != nil {
		return n.of
	}
	return n
}

// value is a node in a program.
type value struct {
	node  *Node
	dims  gt.Shape
	size  int
	work  work // nil for a leaf
	kind  string
	macs  int64
	in    []*value
	users []*value

	kept   bool // readable after the run
	hidden bool // never in memory: its users compute it as they read
	data   []float32
	place  *place
}

// channels returns the length of the last axis, 1 for a scalar.
func (v *value) channels() int {
	if v.dims.Dims() == 0 {
		return 1
	}
	return v.dims[v.dims.Dims()-1]
}

type compiler struct {
	values  []*value // each after its inputs
	of      map[*Node]*value
	list    []*instruction
	prepare []func() // before a run, or once with Hold
	packs   []*instruction
	packed  map[string]*value
	hold    bool
}

// compile makes a program that computes the root, the gradients and the kept nodes.
func compile(nodes []*Node, root *Node, grads map[string]*Node, b *Builder) (*Program, error) {
	c := &compiler{of: map[*Node]*value{}, packed: map[string]*value{}, hold: b.hold}
	if err := c.read(nodes, b); err != nil {
		return nil, err
	}
	p := &Program{root: c.of[root], grads: map[string]*value{}, kept: map[*Node]*value{}}
	for name, n := range grads {
		p.grads[name] = c.of[n]
		c.of[n].kept = true
	}
	for _, n := range b.kept {
		p.kept[n] = c.of[n]
		c.of[n].kept = true
	}
	p.root.kept = true
	if err := c.norms(); err != nil {
		return nil, err
	}
	for _, v := range c.values {
		v.hidden = hides(v)
	}
	for _, v := range c.values {
		if !v.hidden {
			c.emit(v)
		}
	}
	p.list, p.prepare, p.packs, p.hold = c.list, c.prepare, c.packs, c.hold
	p.steps = c.steps()
	if err := p.plan(c.values); err != nil {
		return nil, err
	}
	p.Update()
	return p, nil
}

// read makes the values of nodes, each after its inputs.
func (c *compiler) read(nodes []*Node, b *Builder) error {
	for _, n := range nodes {
		v := &value{node: n, dims: n.Shape(), size: max(1, n.Shape().TotalSize())}
		inputs := b.inputs(n)
		switch o := n.Op().(type) {
		case *op:
			v.work, v.kind, v.macs = o.work, o.kind, o.macs
			if left, ok := o.work.(byProduct); ok {
				v.data = left.left
			}
		default:
			one, constant := n.Value().(*gorgonia.F32)
			switch {
			case b.data[n] != nil:
				v.data = b.data[n]
			case constant: // the 1 at the root of a derivation
				v.data = []float32{float32(*one)}
			case strings.HasPrefix(n.Op().String(), "+") && (len(inputs) == 1 || len(inputs) == 2):
				// A sum of gradients, which Gorgonia makes; x + x is one edge.
				v.work, v.kind = sum{1}, "add"
				inputs = []*Node{inputs[0], inputs[len(inputs)-1]}
				slices.SortFunc(inputs, func(x, y *Node) int { return int(x.ID() - y.ID()) })
			default:
				return fmt.Errorf("graph: Gorgonia's %v is not among the operations here", n.Op())
			}
		}
		for _, i := range inputs {
			u := c.of[i]
			v.in = append(v.in, u)
			if left, ok := v.work.(byProduct); !ok || !left.sigma { // which is there without u
				u.users = append(u.users, v)
			}
		}
		c.of[n] = v
		c.values = append(c.values, v)
	}
	return nil
}

// steps lists the operations that the model asked for, before fusion.
func (c *compiler) steps() []Step {
	var list []Step
	for _, v := range c.values {
		if o, ok := v.node.Op().(*op); ok && !(o.kind == "channels" && leafName(o.inputs[0]) != "") { // of weights
			s := Step{Op: o.kind, Shape: o.dims, MACs: o.macs}
			at := 1
			if n, ok := o.work.(sigma); ok && n.origin().bias { // its γ are ones
				s.Op, at = strings.Replace(s.Op, "batch norm", "bias", 1), 2
			}
			if len(o.inputs) > at {
				s.Param = leafName(o.inputs[at])
			}
			list = append(list, s)
		}
	}
	return list
}

// leafName returns the name of a leaf, or of the leaf of which n is some channels. It
// is empty for a computed node.
func leafName(n *Node) string {
	if o, ok := n.Op().(*op); ok && o.kind == "channels" {
		n = o.inputs[0]
	}
	if n.Op() != nil {
		return ""
	}
	return n.Name()
}

// norms gives every σ its state. Running statistics, and the parameters of σ without
// a norm, are read before a run; the operation that writes x sums the batch's.
func (c *compiler) norms() error {
	seen := map[*tensor.BatchNorm]*norm{}
	for _, v := range c.values {
		w, ok := v.work.(sigma)
		if !ok {
			continue
		}
		bn := w.bn
		if first := seen[bn]; w.train && first != nil {
			if first.origin() != w.origin() {
				return fmt.Errorf("graph: a batch norm of %d channels serves two nodes of the graph; want one for each", bn.C)
			}
			// A norm that is read with and without an activation: both use the
			// statistics of the batch, and one moves the running ones.
			bn, _ = tensor.NewBatchNorm(bn.C)
			bn.Eps = w.bn.Eps
		}
		seen[w.bn] = w.norm
		w.running = bn
		w.s = fuse.NewSigma(v.channels(), bn != nil, w.act.Name)
		if !w.train {
			c.prepare = append(c.prepare, func() { w.evaluate(v) })
		}
	}
	return nil
}

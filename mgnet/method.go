package mgnet

// The network as a walk: its operators over graph nodes, given to the reference
// method of package multigrid.

import (
	"mgtool/multigrid"
	"mgtool/tensor/graph"
)

// nodes builds a network's operators as maps over graph nodes.
type nodes struct {
	*graph.Builder
	net   *Network
	train bool
	leafs map[*Param]*graph.Node
}

// logits runs the cycle of package multigrid over the image x (N, H, W, C) and
// returns the class scores (N, classes).
func (n *Network) logits(b *graph.Builder, x *graph.Node, train bool) *graph.Node {
	v := &nodes{b, n, train, map[*Param]*graph.Node{}}
	m, cycle, err := v.method()
	if err != nil {
		b.Fail(err)
		return nil
	}
	s := multigrid.Run(m, cycle, nodeState{R: v.stem(x)})
	if n.Config.residual() {
		return v.head(s.R)
	}
	return v.head(s.U)
}

// stem is the data the walk starts from: r = g = σ(θ * image), since u = 0.
func (v *nodes) stem(x *graph.Node) *graph.Node {
	c := v.net.Config
	r := v.Conv(x, v.leaf(v.net.stem), max(1, c.StemStride), c.Stem/2)
	if v.net.stemNorm != nil {
		r = v.sigma(v.net.stemNorm)(r)
	}
	if c.StemPool {
		r = v.MaxPool(r, 3, 2, 1)
	}
	return r
}

// head is the linear classifier on the mean feature.
func (v *nodes) head(u *graph.Node) *graph.Node {
	return v.Linear(v.GlobalAvgPool(u), v.leaf(v.net.headW), v.leaf(v.net.headB))
}

// method is the reference method over the network's operators, or that of residual
// blocks, and the cycle it is for.
func (v *nodes) method() (multigrid.Method[multigrid.State[*graph.Node]], multigrid.Cycle, error) {
	if c := v.net.Config; c.residual() {
		cycle := multigrid.Cycle{DownOnly: true}
		for l, steps := range c.Smoothings {
			if c.strided(l) {
				steps-- // the first is the way there
			}
			cycle.Pre = append(cycle.Pre, steps)
		}
		return residualNet{v}, cycle, nil
	}
	ops, cycle := v.operators()
	m, err := multigrid.NewReference(ops, nil, v.Add, v.Sub)
	return m, cycle, err
}

// operators are A, B and the activations by step, R and Π with stride 2, and
// the cycle they are made for.
func (v *nodes) operators() ([]multigrid.Operators[*graph.Node], multigrid.Cycle) {
	c := v.net.Config
	h, w := c.finest()
	var ops []multigrid.Operators[*graph.Node]
	for l, lv := range v.net.levels {
		o := multigrid.Operators[*graph.Node]{
			A: each(lv.a, v.conv), B: each(lv.b, v.conv),
			Sigma1: each(lv.sigma1, v.sigma), Sigma2: each(lv.sigma2, v.sigma),
		}
		if l < c.levels()-1 {
			o.R, o.SigmaR = v.restrict(lv.r), v.sigma(lv.sigmaR)
			o.Pi, o.SigmaPi = v.restrict(lv.pi), v.sigma(lv.sigmaP)
			if lv.p != nil {
				o.P = v.prolong(lv.p, h, w)
			}
			h, w = (h+1)/2, (w+1)/2
		}
		ops = append(ops, o)
	}
	if c.Cycle == "v" {
		return ops, multigrid.Cycle{Pre: c.Smoothings, Post: c.Smoothings, Gamma: 1}
	}
	return ops, multigrid.Cycle{Pre: c.Smoothings, DownOnly: true}
}

// nodeMap is an operator or an activation on nodes.
type nodeMap = multigrid.Map[*graph.Node]

// conv is a 3×3 convolution that keeps the grid: an A or a B.
func (v *nodes) conv(p *Param) nodeMap {
	return func(x *graph.Node) *graph.Node { return v.Conv(x, v.leaf(p), 1, 1) }
}

// restrict is a 3×3 convolution to every second pixel: R or Π.
func (v *nodes) restrict(p *Param) nodeMap {
	return func(x *graph.Node) *graph.Node { return v.Conv(x, v.leaf(p), 2, 1) }
}

// prolong is the adjoint of such a convolution from h×w pixels: P.
func (v *nodes) prolong(p *Param, h, w int) nodeMap {
	return func(x *graph.Node) *graph.Node { return v.ConvTranspose(x, v.leaf(p), 2, 1, h, w) }
}

// sigma is σ = ReLU∘BN, or another activation for ReLU.
func (v *nodes) sigma(n *norm) nodeMap {
	return func(x *graph.Node) *graph.Node {
		return v.activate(v.normed(n, x), n)
	}
}

// normed is a batch norm alone.
func (v *nodes) normed(n *norm, x *graph.Node) *graph.Node {
	return v.BatchNorm(x, v.leaf(n.gamma), v.leaf(n.beta), n.stats, v.train)
}

// leaf is the one node of a parameter, made at its first use: one that nothing
// uses, like A on the coarsest level with a single step, is not in the graph.
func (v *nodes) leaf(p *Param) *graph.Node {
	if n, ok := v.leafs[p]; ok {
		return n
	}
	create := v.Param
	if p.Fixed {
		create = v.Input
	}
	n := create(p.Name, p.Shape, p.Data)
	v.leafs[p] = n
	return n
}

// each maps a list.
func each[T any](list []T, f func(T) nodeMap) []nodeMap {
	maps := make([]nodeMap, len(list))
	for i, t := range list {
		maps[i] = f(t)
	}
	return maps
}

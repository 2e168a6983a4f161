package mgnet

// A network's operators over the nodes of a graph.

import (
	"mgtool/multigrid/cycle"
	"mgtool/tensor/graph"
)

// nodes builds a network's operators as maps over graph nodes.
type nodes struct {
	*graph.Builder
	net   *Network
	train bool
	leafs map[*Param]*graph.Node
	still map[*Param]bool // no longer trained: without a gradient, and what only that needs
	watch watch           // nil for none
}

// nodeMap is an operator or an activation on nodes, nodeState what a level carries,
// and method what the cycle walks over.
type (
	nodeMap   = cycle.Map[*graph.Node]
	nodeState = cycle.State[*graph.Node]
	method    = cycle.Method[nodeState]
)

// watch may put a Method of its own around the network's before it runs from start.
type watch func(v *nodes, m method, start nodeState) method

// logits are the class scores (N, classes) of images x (N, H, W, C).
func (n *Network) logits(b *graph.Builder, x *graph.Node, train bool) *graph.Node {
	return n.scores(&nodes{Builder: b, train: train}, x)
}

// scores are the logits by nodes that may keep parameters still or watch the walk.
func (n *Network) scores(v *nodes, x *graph.Node) *graph.Node {
	v.net, v.leafs = n, map[*Param]*graph.Node{}
	return families[n.Config.Model].scores(v, x)
}

// walk runs the cycle of package multigrid over images.
func (v *nodes) walk(m method, c cycle.Cycle, images *graph.Node) nodeState {
	start := nodeState{R: v.start(images)}
	if v.watch != nil {
		m = v.watch(v, m, start)
	}
	return cycle.Run(m, c, start)
}

// sigma is σ = ReLU∘BN, or another activation for ReLU.
func (v *nodes) sigma(n *norm) nodeMap {
	return func(x *graph.Node) *graph.Node { return v.activate(v.normed(n, x), n.theta) }
}

// normed is a batch norm, or a bias, alone.
func (v *nodes) normed(n *norm, x *graph.Node) *graph.Node {
	if n.stats == nil {
		return v.Bias(x, v.leaf(n.beta))
	}
	return v.BatchNorm(x, v.leaf(n.gamma), v.leaf(n.beta), n.stats, v.train)
}

// leaf is the one node of a parameter, made at its first use: one that nothing
// uses, like A on the coarsest level with a single step, is not in the graph.
func (v *nodes) leaf(p *Param) *graph.Node {
	if n, ok := v.leafs[p]; ok {
		return n
	}
	create := v.Param
	if p.Fixed || v.still[p] {
		create = v.Input
	}
	n := create(p.Name, p.Shape, p.Data)
	v.leafs[p] = n
	return n
}

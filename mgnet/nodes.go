package mgnet

// A network's operators over the nodes of a graph.

import (
	"mgtool/multigrid/cycle"
	"mgtool/tensor/graph"
)

// Pass says how a network is put into a graph. The zero value is an evaluation.
type Pass struct {
	// Train takes the statistics of each batch norm from its batch, and moves the
	// running ones.
	Train bool
	// Frozen are the names of parameters that are not trained: they have no gradient.
	Frozen map[string]bool
	// Step, if not nil, holds the state of the random numbers of a run of the graph, as
	// dropout draws them; it is read at each run and differs from step to step. Evaluations
	// have none, and draw nothing.
	Step *uint64
	// See, if not nil, is called with the state of each level of the walk as the graph
	// is built: as the level starts, after the way down or at the bottom, and after
	// the way up. g is the level's data r + A u, nil where it is not defined. A model
	// that is no walk over levels does not call it.
	See func(level int, leg cycle.Point, u, r, g *graph.Node)
}

// nodes builds a network's operators as maps over graph nodes.
type nodes struct {
	*graph.Builder
	Pass
	net   *Network
	leafs map[*Param]*graph.Node
}

// nodeMap is an operator or an activation on nodes, nodeState what a level carries,
// and method what the cycle walks over.
type (
	nodeMap   = cycle.Map[*graph.Node]
	nodeState = cycle.State[*graph.Node]
	method    = cycle.Method[nodeState]
)

// Scores are what the network makes of inputs x (N, H, W, C): the class scores (N, classes)
// before a softmax or, of a model that answers for each pixel, (N, H, W, outputs).
func (n *Network) Scores(b *graph.Builder, x *graph.Node, p Pass) *graph.Node {
	return n.body.scores(&nodes{b, p, n, map[*Param]*graph.Node{}}, x)
}

// walk runs the cycle of package multigrid over images. a is the one A of a level, as
// far as [Pass.See] needs it for g = r + A u; nil where there is none.
func (v *nodes) walk(m method, c cycle.Cycle, images *graph.Node, a func(level int) nodeMap) nodeState {
	return v.cycle(m, c, nodeState{R: v.stem(images)}, a)
}

// cycle is walk from a state of the finest level.
func (v *nodes) cycle(m method, c cycle.Cycle, start nodeState, a func(level int) nodeMap) nodeState {
	if v.See != nil {
		data := map[int]*graph.Node{} // g of each level
		see := func(level int, leg cycle.Point, s nodeState) {
			if leg == cycle.Start {
				data[level] = v.data(s, a(level))
			}
			v.See(level, leg, s.U, s.R, data[level])
		}
		see(0, cycle.Start, start)
		m = cycle.Watch(m, see)
	}
	return cycle.Run(m, c, start)
}

// sigma is σ = ReLU∘BN, or another activation for ReLU.
func (v *nodes) sigma(n *Norm) nodeMap {
	return func(x *graph.Node) *graph.Node { return v.activate(v.normed(n, x), n.Theta) }
}

// normed is a batch norm, or a bias, alone.
func (v *nodes) normed(n *Norm, x *graph.Node) *graph.Node {
	if n.Stats == nil {
		return v.Bias(x, v.leaf(n.Beta))
	}
	return v.BatchNorm(x, v.leaf(n.Gamma), v.leaf(n.Beta), n.Stats, v.Train)
}

// leaf is the one node of a parameter, made at its first use: one that nothing
// uses, like A on the coarsest level with a single step, is not in the graph.
func (v *nodes) leaf(p *Param) *graph.Node { return v.leafAs(p, p.Shape...) }

// leafAs is leaf with another shape of the same size, the same at each use.
func (v *nodes) leafAs(p *Param, shape ...int) *graph.Node {
	if n, ok := v.leafs[p]; ok {
		return n
	}
	create := v.Param
	if p.Fixed || v.Frozen[p.Name] {
		create = v.Input
	}
	n := create(p.Name, shape, p.Data)
	v.leafs[p] = n
	return n
}

// data is g = r + A u of a level that starts from s, nil where there is no one A.
func (v *nodes) data(s nodeState, a nodeMap) *graph.Node {
	switch {
	case s.U == nil:
		return s.R
	case a == nil:
		return nil
	}
	return v.Add(s.R, a(s.U))
}

// noData is for walks that carry r alone, or whose levels all start from u = 0, where g = r.
func noData(int) nodeMap { return nil }

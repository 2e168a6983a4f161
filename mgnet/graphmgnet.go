package mgnet

// MgNet on a graph.

import (
	"fmt"

	"mgtool/multigrid/cycle"
	"mgtool/tensor"
	"mgtool/tensor/graph"
)

// GraphMgNet is the configuration of an MgNet on a graph: a V-cycle with prolongation, since
// every node needs an answer.
//
//	stem      g = α σ(X W + b);   u = 0;   r = g         σ = ReLU
//	A_l       I − (1 − α) Ã_l, with Ã_l of [graphs.Level]: the normalised Laplacian with a shift,
//	          and Galerkin's on coarse levels
//	B_l       r ↦ (Σ_k θ_lk Ã_l^k r) C_l, k = 0 to Degree, by trained numbers and, with Mix, a trained map C_l
//	          of the channels
//	R, Π, P   R = P_lᵀ and P_l of the aggregates, Π = 0
//	head      scores of a node = u W + b
//
// It begins as a solver: θ_lk = (1 − α)^k and C_l = I make B_l a part of Neumann's series of
// A_l⁻¹, and the cycle an approximation of u = A⁻¹ g. With u = A⁻¹ g itself this is the
// propagation of personalised PageRank (Gasteiger, Bojchevski and Günnemann, ICLR 2019).
type GraphMgNet struct {
	OnGraph
	Channels   []int   `json:"channels"`        // one number, for all levels
	Smoothings []int   `json:"smoothings"`      // of each level, as many before the coarse correction as after it
	Shift      float64 `json:"shift"`           // α, in (0, 1]
	Degree     int     `json:"degree"`          // of the polynomial
	Mix        bool    `json:"mix,omitempty"`   // trained maps of the channels
	DropStem   float64 `json:"dropout_stem"`    // as dropout, of the features in the stem
	Fixed      bool    `json:"fixed,omitempty"` // B is not trained
}

var graphMgNetFamily = family{"graph-mgnet", parseAs[GraphMgNet], []Named{
	{"graph-mgnet", "MgNet on a graph, a V-cycle over aggregates of nodes; here for Cora's", true, true, coraNodes, func(s Signature, channels, smoothings []int) (Model, error) {
		if len(channels) == 0 {
			channels = []int{64}
		}
		if len(smoothings) == 0 {
			smoothings = []int{2, 2, 2}
		}
		s.Family = "graph-mgnet"
		return GraphMgNet{
			OnGraph:  OnGraph{Signature: s, Features: coraFeatures, Dropout: .8},
			Channels: channels, Smoothings: smoothings, Shift: .1, Degree: 1, DropStem: .8,
		}, nil
	}},
}}

// String implements [Model].
func (c GraphMgNet) String() string {
	return fmt.Sprintf("graph-mgnet, channels %d, smoothings %v", c.Channels[0], c.Smoothings)
}

// Bind implements [Structured] for a [*graphs.Dataset].
func (c GraphMgNet) Bind(to any) (_ Model, err error) {
	c.OnGraph, err = c.bound(to, len(c.Smoothings), c.Shift)
	return c, err
}

func (c GraphMgNet) sketch() Model {
	if c.structure == nil {
		c.OnGraph, _ = c.bound(c.ring(), len(c.Smoothings), c.Shift)
	}
	return c
}

func (c GraphMgNet) resized(h, w int) Model { c.Height, c.Width = h, w; return c }

func (c GraphMgNet) validate() error {
	errs := []error{c.validateGraph(), within("channel counts", len(c.Channels), 1, 1), within("levels", len(c.Smoothings), 1, 12), within("degree", c.Degree, 0, 20), share("dropout_stem", c.DropStem)}
	for _, ch := range c.Channels {
		errs = append(errs, within("channels", ch, 1, 1<<13))
	}
	for _, steps := range c.Smoothings {
		errs = append(errs, within("smoothings", steps, 1, 100))
	}
	if !(c.Shift > 0 && c.Shift <= 1) {
		errs = append(errs, fmt.Errorf("mgnet: shift %g; want more than 0, at most 1", c.Shift))
	}
	return firstError(errs...)
}

func (c GraphMgNet) features() []tensor.Shape {
	return []tensor.Shape{{H: 1, W: c.Width, C: max(c.Classes, c.Channels[0])}}
}

// graphMgNetBody is the network with its operators.
type graphMgNetBody struct {
	GraphMgNet
	w, b, headW, headB *Param
	theta, mix         []*Param // of each level; mix nil for none
}

func (c GraphMgNet) layout(n *Network) body {
	ch := c.Channels[0]
	body := &graphMgNetBody{GraphMgNet: c, w: n.addParam("layer0.w", glorot, c.Features, ch), b: n.addParam("layer0.b", nil, ch)}
	for l := range c.Smoothings {
		powers := []float64{1}
		for range c.Degree {
			powers = append(powers, powers[len(powers)-1]*(1-c.Shift))
		}
		theta := n.addParam(levelName(l)("B"), values(powers...), len(powers))
		theta.Fixed = c.Fixed
		body.theta = append(body.theta, theta)
		if c.Mix {
			body.mix = append(body.mix, n.addParam(levelName(l)("B.mix"), identity, ch, ch))
		}
	}
	body.headW, body.headB = n.addParam("head.w", glorot, ch, c.Classes), n.addParam("head.b", nil, c.Classes)
	return body
}

func (b *graphMgNetBody) scores(v *nodes, _ *graph.Node) *graph.Node {
	if !v.onGraph(b.structure) {
		return nil
	}
	g := v.SparseLinear(b.structure.features, v.leaf(b.w), v.dropped("stem", b.DropStem))
	g = v.Scale(v.Dropout(v.ReLU(v.Bias(g, v.leaf(b.b))), v.dropped("g", b.Dropout)), float32(b.Shift))
	m, err := cycle.NewReference(b.operators(v), nil, v.Add, v.Sub)
	if err != nil {
		v.Fail(err)
		return nil
	}
	u := cycle.Run(m, cycle.Cycle{Pre: b.Smoothings, Post: b.Smoothings, Gamma: 1}, nodeState{R: g}).U
	return v.Bias(v.linear(u, b.headW), v.leaf(b.headB))
}

// operators are A, B, R and P of each level.
func (b *graphMgNetBody) operators(v *nodes) (ops []cycle.Operators[*graph.Node]) {
	for l, level := range b.structure.levels {
		adjacency := func(x *graph.Node) *graph.Node { return v.SparseProduct(level.Adjacency, x, nil) }
		o := cycle.Operators[*graph.Node]{
			A: []nodeMap{func(u *graph.Node) *graph.Node { return v.SparseProduct(b.structure.a[l], u, nil) }},
			B: []nodeMap{func(r *graph.Node) *graph.Node {
				powers := []*graph.Node{r}
				for range b.Degree {
					powers = append(powers, adjacency(powers[len(powers)-1]))
				}
				d := v.Combine(v.leaf(b.theta[l]), powers...)
				if b.Mix {
					d = v.linear(d, b.mix[l])
				}
				return d
			}},
		}
		if level.Prolong != nil {
			o.R = func(r *graph.Node) *graph.Node { return v.SparseProductTransposed(level.Prolong, r) }
			o.P = func(d *graph.Node) *graph.Node { return v.SparseProduct(level.Prolong, d, nil) }
		}
		ops = append(ops, o)
	}
	return ops
}

// names are in the manner of mgnet, with lin as in torch_geometric.
func (b *graphMgNetBody) names() (t table) {
	t.add("conv1.lin", b.w.Name)
	t.add("conv1", b.b.Name)
	for l := range b.theta {
		t.add(fmt.Sprintf("layer%d.B", l), b.theta[l].Name)
		if b.Mix {
			t.add(fmt.Sprintf("layer%d.B.mix", l), b.mix[l].Name)
		}
	}
	t.add("fc", "head")
	return t
}

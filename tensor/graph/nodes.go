package graph

// What a graph is made of, for a program that walks it, such as an exporter.

import "slices"

// NodeInfo describes one node of a graph.
//
// A leaf has Op "input" or "parameter", a Name and Data. Any other node applies an
// operation to its inputs. The operations, their inputs and their attributes are
//
//	conv                  x, w        size, stride, pad [2]int; groups int
//	transposed conv       x, w        the same, of the convolution it is the adjoint of
//	depthwise             x, w        the same; groups is the number of channels
//	bias                  x, β
//	batch norm            x, γ, β     eps, momentum float64; train bool; mean, variance []float32
//	relu, gelu, …         x [, θ]     the names of [tensor.ActivationNames]
//	max pool, mean pool   x           size, stride, pad [2]int; Shape (N, C) if global
//	pool, flatten         x           pool is the mean over all pixels
//	response norm         x           size int; k, alpha, beta float64
//	add, sub              x, y
//	scale                 x           factor float64
//	channels              x           first, count int
//	join                  x, y, …
//	dense block           x, then γ, β, W1, γ, β, W2 of each layer   layers, growth, width int; activation string
//	linear                x, w, b
//	sparse product        x           rows, columns, entries int, of the matrix
//	sparse linear         w           the same
//	dropout               x           rate float64
//	instance norm         x           by string; eps float64
//	instance restore      y, x        the same
//	moving average        x           width int
//	cross entropy         logits
//	mixed cross entropy   logits      smoothing float64
//	log sum squares       x
//	fourier modes         x           modes [2]int
//	mode mix              x, w, w     for k₁ ≥ 0 and k₁ < 0
//	from modes            x           modes [2]int; the size is that of Shape
//	extent                x           height, width int
//	relative error        y           order int, of the norm's derivatives
//
// A pair [2]int is for the height and the width. mean and variance are the running ones,
// the slices of the [tensor.BatchNorm]. Labels and their weights are not part of a graph.
type NodeInfo struct {
	Op         string
	Name       string // of a leaf
	Shape      []int  // batch first; empty for a scalar
	Inputs     []int  // positions in [Program.Nodes], in the order of the table
	Attributes Attributes
	Data       []float32 // of a leaf: the caller's slice
}

// Attributes are the fixed arguments of an operation by their names; see [NodeInfo].
type Attributes map[string]any

// with records the attributes of the operation that computes n.
func with(n *Node, a Attributes) *Node {
	if n != nil {
		n.Op().(*op).attrs = a
	}
	return n
}

// Nodes lists the root and the nodes it depends on as the model defined them, each
// after its inputs, the root last. Gradients are not included.
func (p *Program) Nodes() []NodeInfo { return p.nodes }

// describe lists the root and what it depends on.
func (b *Builder) describe(root *Node) []NodeInfo {
	var list []NodeInfo
	position := map[*Node]int{}
	norms := map[*norm]int{}
	add := func(i NodeInfo) int {
		list = append(list, i)
		return len(list) - 1
	}
	// A leaf is listed before its first reader, so the γ of a bias, which this package
	// adds, is not listed.
	at := func(nodes ...*Node) []int {
		inputs := make([]int, len(nodes))
		for i, n := range nodes {
			k, known := position[n]
			if !known {
				op := "input"
				if slices.Contains(b.params, n) {
					op = "parameter"
				}
				k = add(NodeInfo{Op: op, Name: n.Name(), Shape: n.Shape(), Data: b.data[n]})
				position[n] = k
			}
			inputs[i] = k
		}
		return inputs
	}
	for _, n := range b.upstream(root) {
		o, ok := n.Op().(*op)
		if !ok {
			continue
		}
		s, ok := o.work.(sigma)
		if !ok {
			position[n] = add(NodeInfo{Op: o.kind, Shape: n.Shape(), Inputs: at(o.inputs...), Attributes: o.attrs})
			continue
		}
		// A batch norm and its activation are one node here, two for the model.
		inputs := at(o.inputs[0])
		if s.bn != nil {
			k, known := norms[s.origin()]
			if !known {
				k = add(s.describe(n, at, o.inputs))
				norms[s.origin()] = k
			}
			inputs = []int{k}
			if s.act.Identity() {
				position[n] = k
				continue
			}
		}
		if s.theta > 0 {
			inputs = append(inputs, at(o.inputs[s.theta])...)
		}
		position[n] = add(NodeInfo{Op: s.act.Name, Shape: n.Shape(), Inputs: inputs})
	}
	return list
}

// describe describes a batch norm, or a bias, that computes the shape of n.
func (s sigma) describe(n *Node, at func(...*Node) []int, inputs []*Node) NodeInfo {
	if s.origin().bias {
		return NodeInfo{Op: "bias", Shape: n.Shape(), Inputs: at(inputs[0], inputs[2])}
	}
	return NodeInfo{Op: "batch norm", Shape: n.Shape(), Inputs: at(inputs[:3]...), Attributes: Attributes{
		"eps": float64(s.bn.Eps), "momentum": float64(s.bn.Momentum), "train": s.train,
		"mean": s.bn.RunningMean, "variance": s.bn.RunningVar,
	}}
}

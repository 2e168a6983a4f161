// Package graph puts the operations of package tensor into a Gorgonia graph, from which
// Gorgonia composes their gradients:
//
//	p, err := graph.Build(func(b *graph.Builder) *graph.Node {
//		x := b.Input("x", shape, data)
//		w := b.Param("w", []int{3, 3, 3, 16}, weights)
//		return b.CrossEntropy(b.GlobalAvgPool(b.Conv(x, w, 1, 1)), labels)
//	})
//	err = p.Run()                     // forward and backward
//	loss, dw := p.Value()[0], p.Gradient("w")
//
// It is the only package of the project that imports Gorgonia, which stores and
// differentiates the graph: op.go implements its protocol, layers.go has the operations.
// Gorgonia sees names and shapes but no data, and the order in which it keeps nodes, by
// address, is not used. So nothing depends on objects staying at their addresses, as
// Gorgonia's own machines do.
//
// Programs run without Gorgonia: compile.go turns the graph into a list of instructions,
// fusing normalisations, activations and the sums of residual networks with the
// convolutions beside them, and memory.go assigns each result memory that is reused after
// its last reader. A Run makes no large allocations.
//
// A program has fixed shapes, batch included. Inputs and parameters are the caller's
// slices, read at each Run: training changes them in place. [Program.Nodes] lists the
// operations of the model with their attributes.
package graph

import (
	"fmt"
	"slices"
	"sync"

	"gorgonia.org/gorgonia"
	gt "gorgonia.org/tensor"
)

// Node is a value of the graph: feature maps (N, H, W, C), a matrix, a vector
// or a scalar of float32.
type Node = gorgonia.Node

// Builder makes the nodes of one graph. Its first error sticks: from then on every call
// returns nil, which every call accepts, and [Build] reports the error.
type Builder struct {
	g      *gorgonia.ExprGraph
	err    error
	count  int
	hold   bool
	half   bool // multiply numbers rounded to bfloat16
	params []*Node
	kept   []*Node
	names  map[string]*Node
	data   map[*Node][]float32 // of leaves
	active map[*Node]bool      // depends on a parameter, so it has a gradient
}

// building guards all construction: Gorgonia keeps global state while it makes nodes,
// differentiates and compiles, even for separate graphs.
var building sync.Mutex

// Build calls define to make a graph and compiles the root that it returns. If the root
// is a scalar that depends on parameters, Run also computes its gradient by all of them.
// A wrong shape or a duplicate name is an error that names the node.
func Build(define func(b *Builder) *Node) (p *Program, err error) {
	building.Lock()
	defer building.Unlock()
	b := &Builder{g: gorgonia.NewGraph(), names: map[string]*Node{}, data: map[*Node][]float32{}, active: map[*Node]bool{}}
	defer func() {
		// Gorgonia panics on graphs that it cannot compile, and if an operation fails
		// to provide its gradient; that is an error here.
		if r := recover(); r != nil {
			p, err = nil, b.err
			if err == nil {
				err = fmt.Errorf("graph: %v", r)
			}
		}
	}()
	root := define(b)
	if b.err != nil {
		return nil, b.err
	}
	if root == nil {
		return nil, fmt.Errorf("graph: the definition returned no node")
	}
	if _, ok := root.Op().(*op); !ok {
		return nil, fmt.Errorf("graph: the root %v is an input; want an operation", root.Name())
	}
	grads := map[string]*Node{}
	roots := append(gorgonia.Nodes{root}, b.kept...)
	if root.IsScalar() && b.active[root] {
		before := b.upstream(root)
		params := slices.DeleteFunc(slices.Clone(b.params), func(n *Node) bool { return !slices.Contains(before, n) })
		list, err := gorgonia.Grad(root, params...)
		if err != nil {
			return nil, fmt.Errorf("graph: gradient: %w", err)
		}
		if b.err != nil {
			return nil, b.err
		}
		for i, n := range params {
			grads[n.Name()] = list[i]
		}
		roots = append(roots, list...)
	}
	// Only what the root and the gradients depend on runs.
	nodes := b.upstream(roots...)
	// Gorgonia identifies nodes by a 32-bit hash.
	hashes := map[uint32]*Node{}
	for _, n := range nodes {
		if other, taken := hashes[n.Hashcode()]; taken {
			return nil, fmt.Errorf("graph: nodes %v and %v have the same hash; rename one", other, n)
		}
		hashes[n.Hashcode()] = n
	}
	if p, err = compile(nodes, root, grads, b); err != nil {
		return nil, err
	}
	p.nodes = b.describe(root)
	return p, nil
}

// upstream lists nodes and all their dependencies, each once and after its inputs:
// Gorgonia numbers nodes in the order of their creation.
func (b *Builder) upstream(roots ...*Node) []*Node {
	seen := map[*Node]bool{}
	var list []*Node
	var walk func(n *Node)
	walk = func(n *Node) {
		if seen[n] {
			return
		}
		seen[n] = true
		list = append(list, n)
		for _, i := range b.inputs(n) {
			walk(i)
		}
	}
	for _, n := range roots {
		walk(n)
	}
	slices.SortFunc(list, func(x, y *Node) int { return int(x.ID() - y.ID()) })
	return list
}

// inputs returns the inputs of a node.
func (b *Builder) inputs(n *Node) []*Node {
	if o, ok := n.Op().(*op); ok {
		return o.inputs
	}
	var list []*Node
	for it := b.g.From(n.ID()); it.Next(); {
		list = append(list, it.Node().(*Node))
	}
	return list
}

// Input is a leaf without a gradient, such as images or fixed weights. data is the
// caller's slice, read at every Run.
func (b *Builder) Input(name string, shape []int, data []float32) *Node {
	if b.err != nil {
		return nil
	}
	if n, ok := b.names[name]; ok {
		b.err = fmt.Errorf("graph: two leaves are named %q (%v and %v)", name, n.Shape(), shape)
		return nil
	}
	dims := gt.Shape(shape)
	for _, d := range dims {
		if d < 1 {
			b.err = fmt.Errorf("graph: %s has shape %v; want sizes of at least 1", name, shape)
			return nil
		}
	}
	if len(dims) == 0 || dims.TotalSize() != len(data) {
		b.err = fmt.Errorf("graph: %s has %d values for shape %v", name, len(data), shape)
		return nil
	}
	n := gorgonia.NewTensor(b.g, gorgonia.Float32, dims.Dims(), gorgonia.WithName(name), gorgonia.WithShape(dims...))
	b.names[name], b.data[n] = n, data
	return n
}

// Param is a leaf with a gradient. A parameter that a model uses several times is one
// node: call Param once and share its result.
func (b *Builder) Param(name string, shape []int, data []float32) *Node {
	n := b.Input(name, shape, data)
	if n != nil {
		b.params = append(b.params, n)
		b.active[n] = true
	}
	return n
}

// apply adds an operation with inputs in. backward builds the gradient node of an input;
// it is called only for inputs that have a gradient.
func (b *Builder) apply(kind string, dims gt.Shape, in []*Node, w work, backward func(dy *Node, input int) *Node) *Node {
	if b.err != nil {
		return nil
	}
	b.count++
	o := newOp(kind, b.count, dims, in, w)
	active := false
	for i, n := range in {
		o.wrt[i] = backward != nil && b.active[n]
		active = active || o.wrt[i]
	}
	o.backward = func(dy *Node) gorgonia.Nodes {
		grads := make(gorgonia.Nodes, len(in))
		for i := range in {
			if o.wrt[i] {
				grads[i] = backward(dy, i)
			}
		}
		return grads
	}
	n, err := gorgonia.ApplyOp(o, in...)
	if err != nil {
		b.fail(kind, err)
		return nil
	}
	b.active[n] = active
	return n
}

// Keep makes the values of a node available by [Program.Values]; the memory of other
// nodes is reused.
func (b *Builder) Keep(n *Node) {
	if n != nil {
		b.kept = append(b.kept, n)
	}
}

// Hold declares that weights and running statistics do not change between runs, so that
// they are prepared once, when the program is built; after a change,
// [Program.Update] prepares them again. It is for programs without gradients.
func (b *Builder) Hold() { b.hold = true }

// Fail makes Build return err unless there is an earlier error. It is for callers that
// find an error while they define a graph.
func (b *Builder) Fail(err error) {
	if b.err == nil {
		b.err = err
	}
}

func (b *Builder) fail(kind string, err error) { b.Fail(fmt.Errorf("graph: %s: %w", kind, err)) }

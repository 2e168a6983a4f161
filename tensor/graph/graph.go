// Package graph puts the operations of package tensor into a Gorgonia graph,
// so that their gradients are composed by Gorgonia:
//
//	p, err := graph.Build(func(b *graph.Builder) *graph.Node {
//		x := b.Input("x", shape, data)
//		w := b.Param("w", []int{3, 3, 3, 16}, weights)
//		return b.CrossEntropy(b.GlobalAvgPool(b.Conv(x, w, 1, 1)), labels)
//	})
//	err = p.Run()                     // forward and backward
//	loss, dw := p.Value()[0], p.Gradient("w")
//
// It is the one room of the project that knows Gorgonia, which keeps the graph and
// derives it: what an operation must implement is in op.go, what operations there
// are in layers.go. Gorgonia sees names and shapes; it gets no data, and the order in
// which it keeps nodes, that of their addresses, is not used: so nothing depends on
// objects staying where they are in memory, which Gorgonia's own machines assume.
//
// Running is the package's own: compile.go makes a list of
// instructions of the graph, in which a normalisation, its activation and the sums
// of a residual network are part of the convolutions beside them, and memory.go
// gives each result a place, used again when its last reader has run. A Run
// allocates nothing of size, and Gorgonia has no share in it.
//
// A program has fixed shapes, batch included. Inputs and parameters are the
// caller's slices, read at each Run: training changes them in place.
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

// Builder makes the nodes of one graph. Its first error sticks: after it every
// call returns nil, which every call accepts, and Build reports it.
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
	active map[*Node]bool      // has a parameter upstream, so it has a gradient
}

// building guards all construction: Gorgonia keeps global state while it makes
// nodes, differentiates and compiles, even for graphs of their own.
var building sync.Mutex

// Build calls define to make a graph and compiles what it returns. If the root
// is a scalar that depends on parameters, Run also computes its gradient by all
// of them. A wrong shape, or a name used twice, is an error that names the node.
func Build(define func(b *Builder) *Node) (p *Program, err error) {
	building.Lock()
	defer building.Unlock()
	b := &Builder{g: gorgonia.NewGraph(), names: map[string]*Node{}, data: map[*Node][]float32{}, active: map[*Node]bool{}}
	defer func() {
		// Gorgonia panics on graphs it cannot compile; that is an error here. It
		// does so too where an operation has failed to give its gradient.
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
	// Only what the root and the gradients need runs.
	nodes := b.upstream(roots...)
	// Gorgonia takes two nodes with the same 32-bit hash for the same value.
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

// upstream lists nodes and all that they depend on, each once, inputs before what is
// made of them: Gorgonia numbers nodes as they are made.
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

// inputs are what a node is made of.
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

// Input is a leaf without a gradient: images, or fixed weights. data is the
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

// Param is a leaf with a gradient. A parameter that occurs several times in a
// model is one node: ask for it once and use it where it is shared.
func (b *Builder) Param(name string, shape []int, data []float32) *Node {
	n := b.Input(name, shape, data)
	if n != nil {
		b.params = append(b.params, n)
		b.active[n] = true
	}
	return n
}

// apply adds an operation on inputs in. backward, asked only for the inputs that
// carry a gradient, builds its node.
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

// Keep makes [Program.Values] of a node available: memory of others is used again.
func (b *Builder) Keep(n *Node) {
	if n != nil {
		b.kept = append(b.kept, n)
	}
}

// Hold tells that weights and running statistics do not change from run to run,
// so that they are prepared once, when the program is built; after a change,
// [Program.Update] does it again. It is for programs without gradients.
func (b *Builder) Hold() { b.hold = true }

// Fail makes Build return err, unless there is an earlier error: for a caller
// that finds out while it defines a graph that there is none.
func (b *Builder) Fail(err error) {
	if b.err == nil {
		b.err = err
	}
}

func (b *Builder) fail(kind string, err error) { b.Fail(fmt.Errorf("graph: %s: %w", kind, err)) }

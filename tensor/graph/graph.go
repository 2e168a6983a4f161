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
// It is the one room of the project that knows Gorgonia: what an operation must
// implement is in op.go, what an operation computes in layers.go.
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
	values int // floats that the operations hold
	params []*Node
	names  map[string]*Node
	active map[*Node]bool // has a parameter upstream, so it has a gradient
}

// building guards all construction: Gorgonia keeps global state while it makes
// nodes, differentiates and compiles, even for graphs of their own.
var building sync.Mutex

// maxValues bounds what the operations of a graph may hold, 12 GB, so that a slip
// of the keyboard ends in an error and not in a machine without memory.
const maxValues = 3 << 30

// Program is a compiled graph with the value and gradients of its root. One
// goroutine at a time may run it.
type Program struct {
	machine interface {
		RunAll() error
		Reset()
	}
	root  *op
	grads map[string]*Node
	steps []Step
}

// Step is one operation of a program.
type Step struct {
	Op    string // what it does: conv, relu, …; dx, dw and the like for gradients
	Param string // the name of the leaf it takes as weights, if any
	Shape []int  // of its output, batch first
	MACs  int64  // multiply-adds, the whole batch
}

// Build calls define to make a graph and compiles what it returns. If the root
// is a scalar that depends on parameters, Run also computes its gradient by all
// of them. A wrong shape, or a name used twice, is an error that names the node.
func Build(define func(b *Builder) *Node) (p *Program, err error) {
	building.Lock()
	defer building.Unlock()
	defer func() {
		// Gorgonia panics on graphs it cannot compile; that is an error here.
		if r := recover(); r != nil {
			p, err = nil, fmt.Errorf("graph: %v", r)
		}
	}()
	b := &Builder{g: gorgonia.NewGraph(), names: map[string]*Node{}, active: map[*Node]bool{}}
	root := define(b)
	if b.err != nil {
		return nil, b.err
	}
	if root == nil {
		return nil, fmt.Errorf("graph: the definition returned no node")
	}
	o, ok := root.Op().(*op)
	if !ok {
		return nil, fmt.Errorf("graph: the root %v is an input; want an operation", root.Name())
	}
	p = &Program{root: o, grads: map[string]*Node{}}
	roots := gorgonia.Nodes{root}
	if root.IsScalar() && b.active[root] {
		params := slices.DeleteFunc(slices.Clone(b.params), func(n *Node) bool { return !reaches(root, n) })
		grads, err := gorgonia.Grad(root, params...)
		if err != nil {
			return nil, fmt.Errorf("graph: gradient: %w", err)
		}
		if b.err != nil {
			return nil, b.err
		}
		for i, n := range params {
			p.grads[n.Name()] = grads[i]
		}
		roots = append(roots, grads...)
	}
	// Only what the root and the gradients need runs.
	sub := b.g.ExactSubgraphRoots(roots...)
	// Gorgonia takes two nodes with the same 32-bit hash for the same value.
	hashes := map[uint32]*Node{}
	for _, n := range sub.AllNodes() {
		if other, taken := hashes[n.Hashcode()]; taken {
			return nil, fmt.Errorf("graph: nodes %v and %v have the same hash; rename one", other, n)
		}
		hashes[n.Hashcode()] = n
	}
	p.steps = steps(sub)
	p.machine = gorgonia.NewTapeMachine(sub)
	return p, nil
}

// steps lists the operations of a graph in the order they were made, which is
// one they can run in.
func steps(g *gorgonia.ExprGraph) []Step {
	var ops []*op
	for _, n := range g.AllNodes() {
		if o, ok := n.Op().(*op); ok {
			ops = append(ops, o)
		}
	}
	slices.SortFunc(ops, func(x, y *op) int { return x.number - y.number })
	list := make([]Step, len(ops))
	for i, o := range ops {
		list[i] = Step{Op: o.kind, Shape: o.dims, MACs: o.macs}
		if len(o.inputs) > 1 && o.inputs[1].Op() == nil {
			list[i].Param = o.inputs[1].Name()
		}
	}
	return list
}

// Steps lists the operations that Run does, those that nothing depends on left
// out. Sums of gradients, which Gorgonia adds, are not among them.
func (p *Program) Steps() []Step { return p.steps }

// reaches reports whether from depends on to.
func reaches(from, to *Node) bool {
	seen := map[*Node]bool{}
	var walk func(n *Node) bool
	walk = func(n *Node) bool {
		if n == to {
			return true
		}
		if seen[n] {
			return false
		}
		seen[n] = true
		o, ok := n.Op().(*op)
		return ok && slices.ContainsFunc(o.inputs, walk)
	}
	return walk(from)
}

// Run computes the root, and its gradients if it has them, from the current
// values of inputs and parameters.
func (p *Program) Run() error {
	defer p.machine.Reset()
	if err := p.machine.RunAll(); err != nil {
		return fmt.Errorf("graph: %w", err)
	}
	return nil
}

// Value is the root's value after Run: one number for a scalar, else its
// values in order. The next Run overwrites it.
func (p *Program) Value() []float32 { return p.root.out }

// Values are those of a node that the root depends on, after Run: how to look
// at scores behind a loss. nil for a leaf, whose values the caller has.
func Values(n *Node) []float32 {
	if o, ok := n.Op().(*op); ok {
		return o.out
	}
	return nil
}

// Gradient is the derivative of the root by a parameter after Run, in the
// parameter's shape; nil for a name that is not a parameter or that the root
// does not depend on. The next Run may overwrite it.
func (p *Program) Gradient(name string) []float32 {
	n, ok := p.grads[name]
	if !ok {
		return nil
	}
	s, err := floats(n.Value())
	if err != nil { // not run yet
		return nil
	}
	return s
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
	n := gorgonia.NewTensor(b.g, gorgonia.Float32, dims.Dims(), gorgonia.WithName(name), gorgonia.WithShape(dims...),
		gorgonia.WithValue(gt.New(gt.WithShape(dims...), gt.WithBacking(data))))
	b.names[name] = n
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

// apply adds an operation on inputs in. forward overwrites out; backward, asked
// only for the inputs that carry a gradient, builds its node.
func (b *Builder) apply(kind string, dims gt.Shape, in []*Node,
	forward func(out []float32, in [][]float32), backward func(dy *Node, input int) *Node) *Node {

	if b.values += dims.TotalSize(); b.values > maxValues {
		b.fail(kind, fmt.Errorf("the graph needs more than %d GB for its values; want a smaller batch, image or model", maxValues>>28))
		return nil
	}
	b.count++
	o := newOp(kind, b.count, dims, in)
	o.forward = func(in [][]float32) { forward(o.out, in) }
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

// Fail makes Build return err, unless there is an earlier error: for a caller
// that finds out while it defines a graph that there is none.
func (b *Builder) Fail(err error) {
	if b.err == nil {
		b.err = err
	}
}

func (b *Builder) fail(kind string, err error) { b.Fail(fmt.Errorf("graph: %s: %w", kind, err)) }

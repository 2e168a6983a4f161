package graph

// Running and inspecting a program.

import (
	"errors"
	"sync/atomic"
	"time"
)

// Program is a compiled graph that computes the value and gradients of its root. One
// goroutine at a time may run it.
type Program struct {
	list    []*instruction
	prepare []func()       // running statistics
	packs   []*instruction // held weights
	hold    bool
	root    *value
	grads   map[string]*value
	kept    map[*Node]*value
	steps   []Step
	nodes   []NodeInfo
	memory  int64
	measure bool
	stopped atomic.Bool
}

// Step is one operation of a program.
type Step struct {
	Op    string // conv, relu, …; with dx, dw or the like for gradients
	Param string // name of the leaf that holds its weights, if any
	Shape []int  // of its output, batch first
	MACs  int64  // multiply-adds for the whole batch
}

// Steps lists the operations of the model and of its gradients before fusion, without
// those that neither the root nor a gradient depends on.
func (p *Program) Steps() []Step { return p.steps }

// Run computes the root, and its gradients if it has them, from the current
// values of inputs and parameters.
func (p *Program) Run() error {
	if !p.hold {
		p.Update()
	}
	for _, i := range p.list {
		if p.stopped.Load() {
			return errStopped
		}
		if !p.measure {
			i.run()
			continue
		}
		begin := time.Now()
		i.run()
		i.seconds += time.Since(begin).Seconds()
		i.runs++
	}
	return nil
}

// Stop makes a Run on another goroutine return an error after its current operation, and
// every later Run at once: the program cannot be used any more.
func (p *Program) Stop() { p.stopped.Store(true) }

var errStopped = errors.New("graph: the program was stopped")

// Update prepares the weights and running statistics of a program with [Builder.Hold].
// Call it after they have changed.
func (p *Program) Update() {
	for _, f := range p.prepare {
		f()
	}
	for _, i := range p.packs {
		i.run()
	}
}

// Value returns the root's value after Run: one number for a scalar, else all values in
// order. The next Run overwrites it.
func (p *Program) Value() []float32 { return p.root.data }

// Values returns the values of a node after Run if [Builder.Keep] kept it, else nil.
func (p *Program) Values(n *Node) []float32 {
	if v, ok := p.kept[n]; ok {
		return v.data
	}
	return nil
}

// Gradient returns the derivative of the root by a parameter after Run, in the
// parameter's shape. It is nil if the name is not of a parameter that the root depends
// on. The next Run overwrites it.
func (p *Program) Gradient(name string) []float32 {
	if v, ok := p.grads[name]; ok {
		return v.data
	}
	return nil
}

// Memory returns the bytes that the program's values take, including packed weights but
// not inputs, parameters and working memory.
func (p *Program) Memory() int64 { return p.memory }

// Operation reports on one instruction of a program since [Program.Measure].
type Operation struct {
	Op      string // the operation that others are fused with
	Param   string
	Shape   []int
	MACs    int64 // of one run
	Bytes   int64 // size of the arrays that one run reads and writes
	Runs    int
	Seconds float64
}

// Measure starts or stops timing every operation.
func (p *Program) Measure(on bool) {
	p.measure = on
	if on {
		for _, i := range p.list {
			i.runs, i.seconds = 0, 0
		}
	}
}

// Operations lists the fused operations that Run executes, in order.
func (p *Program) Operations() []Operation {
	list := make([]Operation, len(p.list))
	for k, i := range p.list {
		bytes := int64(0)
		for _, v := range i.reads {
			bytes += 4 * int64(v.size)
		}
		if i.writes != nil {
			bytes += 4 * int64(i.writes.size)
		}
		list[k] = Operation{i.kind, i.param, i.dims, i.macs, bytes, i.runs, i.seconds}
	}
	return list
}

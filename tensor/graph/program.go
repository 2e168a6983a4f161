package graph

// Running a program, and looking at what it did.

import (
	"errors"
	"sync/atomic"
	"time"
)

// Program is a compiled graph with the value and gradients of its root. One
// goroutine at a time may run it.
type Program struct {
	list    []*instruction
	prepare []func()       // running statistics
	packs   []*instruction // weights that are held
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
	Op    string // what it does: conv, relu, …; dx, dw and the like for gradients
	Param string // the name of the leaf it takes as weights, if any
	Shape []int  // of its output, batch first
	MACs  int64  // multiply-adds, the whole batch
}

// Steps lists the operations that Run does as they were asked for, those that
// nothing depends on left out.
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
// every later Run at once: the program can no longer be used.
func (p *Program) Stop() { p.stopped.Store(true) }

var errStopped = errors.New("graph: the program was stopped")

// Update prepares what [Builder.Hold] holds: call it after weights or running
// statistics have changed.
func (p *Program) Update() {
	for _, f := range p.prepare {
		f()
	}
	for _, i := range p.packs {
		i.run()
	}
}

// Value is the root's value after Run: one number for a scalar, else its
// values in order. The next Run overwrites it.
func (p *Program) Value() []float32 { return p.root.data }

// Values are those of a node that was kept with [Builder.Keep], after Run; nil
// for another.
func (p *Program) Values(n *Node) []float32 {
	if v, ok := p.kept[n]; ok {
		return v.data
	}
	return nil
}

// Gradient is the derivative of the root by a parameter after Run, in the
// parameter's shape; nil for a name that is not a parameter or that the root
// does not depend on. The next Run overwrites it.
func (p *Program) Gradient(name string) []float32 {
	if v, ok := p.grads[name]; ok {
		return v.data
	}
	return nil
}

// Memory is the number of bytes that the program's values take, packed weights
// included, without inputs, parameters and working memory.
func (p *Program) Memory() int64 { return p.memory }

// Operation is what one instruction of a program did since [Program.Measure].
type Operation struct {
	Op      string // with what was done on the way
	Param   string
	Shape   []int
	MACs    int64 // of one run
	Bytes   int64 // of the arrays that one run reads and writes, each counted once
	Runs    int
	Seconds float64
}

// Measure begins or ends timing every operation.
func (p *Program) Measure(on bool) {
	p.measure = on
	if on {
		for _, i := range p.list {
			i.runs, i.seconds = 0, 0
		}
	}
}

// Operations lists what Run does, in order, fused as it is.
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

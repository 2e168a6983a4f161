package graph

// What Gorgonia requires of an operation.

import (
	"fmt"
	"hash"
	"hash/fnv"

	"github.com/chewxy/hm"
	"gorgonia.org/gorgonia"
	gt "gorgonia.org/tensor"
)

// op implements Gorgonia's operation protocol for every operation of the package; its
// work distinguishes them. An op belongs to one node.
type op struct {
	kind   string
	number int // unique in the graph: Gorgonia merges ops of one hash
	typ    hm.Type
	dims   gt.Shape // of the output; empty for a scalar
	inputs []*Node
	macs   int64 // multiply-adds of a run
	attrs  Attributes

	work work // what it computes; see compile.go

	wrt []bool // which inputs have a gradient
	// backward builds the gradient nodes of the inputs marked in wrt from the output's;
	// entries for the others are nil.
	backward func(dy *Node) gorgonia.Nodes
}

var _ gorgonia.SDOp = (*op)(nil)

// newOp makes an op with inputs in.
func newOp(kind string, number int, dims gt.Shape, in []*Node, w work) *op {
	o := &op{kind: kind, number: number, dims: dims, inputs: in, work: w, wrt: make([]bool, len(in))}
	types := make([]hm.Type, 0, len(in)+1)
	for _, n := range in {
		types = append(types, n.Type())
	}
	if dims.Dims() == 0 {
		types = append(types, gorgonia.Float32)
	} else {
		types = append(types, gorgonia.TensorType{Dims: dims.Dims(), Of: gorgonia.Float32})
	}
	o.typ = hm.NewFnType(types...)
	return o
}

// Do is for Gorgonia's own machines, which run one operation at a time, each with
// memory of its own; a Program fuses operations and plans their memory.
func (o *op) Do(...gorgonia.Value) (gorgonia.Value, error) {
	return nil, fmt.Errorf("graph: %s runs in a Program only", o)
}

// SymDiff returns the gradients of the inputs.
func (o *op) SymDiff(_ gorgonia.Nodes, _, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	return o.backward(grad), nil
}

func (o *op) DiffWRT(int) []bool { return o.wrt }

func (o *op) Arity() int                                        { return len(o.inputs) }
func (o *op) Type() hm.Type                                     { return o.typ }
func (o *op) InferShape(...gorgonia.DimSizer) (gt.Shape, error) { return o.dims, nil }
func (o *op) ReturnsPtr() bool                                  { return true }
func (o *op) CallsExtern() bool                                 { return false }
func (o *op) OverwritesInput() int                              { return -1 }
func (o *op) WriteHash(h hash.Hash)                             { fmt.Fprint(h, o.String()) }
func (o *op) String() string                                    { return fmt.Sprintf("%s.%d", o.kind, o.number) }
func (o *op) Hashcode() uint32 {
	h := fnv.New32a()
	o.WriteHash(h)
	return h.Sum32()
}

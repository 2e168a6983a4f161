package graph

// Products with a sparse matrix, and dropout, also of the entries of one.

import (
	"fmt"

	gt "gorgonia.org/tensor"

	"mgtool/tensor"
)

// Dropped is a [tensor.Dropout] in a training: Step is read at every Run. A nil Dropped, or
// one with a nil Step, drops nothing, as in an evaluation.
type Dropped struct {
	tensor.Dropout
	Step *uint64
}

func (d *Dropped) off() bool { return d == nil || d.Step == nil || d.Rate == 0 }

// valid returns an error for a rate that is not in [0, 1).
func (d *Dropped) valid() error {
	if d != nil && !(d.Rate >= 0 && d.Rate < 1) {
		return fmt.Errorf("rate %g; want 0 or more, and less than 1", d.Rate)
	}
	return nil
}

// Dropout is x with values dropped; see [tensor.Dropout].
func (b *Builder) Dropout(x *Node, d *Dropped) *Node {
	if b.err != nil {
		return nil
	}
	if err := d.valid(); err != nil {
		b.fail("dropout", err)
		return nil
	}
	if d.off() {
		return x
	}
	drop := plain(func(y []float32, v [][]float32) { d.Apply(y, v[0], *d.Step) })
	n := b.apply("dropout", x.Shape(), []*Node{x}, drop, func(dy *Node, _ int) *Node {
		return b.apply("dropout dx", x.Shape(), []*Node{dy}, drop, nil)
	})
	return with(n, Attributes{"rate": d.Rate})
}

// SparseProduct is A x for each sample, whose places are the columns of A: x (N, 1, Columns,
// C) makes (N, 1, Rows, C). With d entries of A are dropped.
func (b *Builder) SparseProduct(a *tensor.Sparse, x *Node, d *Dropped) *Node {
	const kind = "sparse product"
	if b.err != nil {
		return nil
	}
	s, ok := b.featureMaps(kind, x)
	if !ok {
		return nil
	}
	if s.H != 1 || s.W != a.Columns {
		b.fail(kind, fmt.Errorf("x has shape %v; want (N, 1, %d, C) for a matrix of so many columns", x.Shape(), a.Columns))
		return nil
	}
	return b.sparse(kind, a, x, gt.Shape{s.N, 1, a.Rows, s.C}, s.N, d)
}

// SparseLinear is A w for weights w (Columns, C), as (1, 1, Rows, C): the linear map of places
// whose features, the rows of A, are mostly 0. With d features are dropped.
func (b *Builder) SparseLinear(a *tensor.Sparse, w *Node, d *Dropped) *Node {
	const kind = "sparse linear"
	if b.err != nil {
		return nil
	}
	s := w.Shape()
	if s.Dims() != 2 || s[0] != a.Columns {
		b.fail(kind, fmt.Errorf("weights %v have shape %v; want (%d, C) for a matrix of so many columns", w.Name(), s, a.Columns))
		return nil
	}
	return b.sparse(kind, a, w, gt.Shape{1, 1, a.Rows, s[1]}, 1, d)
}

// sparse adds A x, with entries of A dropped.
func (b *Builder) sparse(kind string, a *tensor.Sparse, x *Node, to gt.Shape, samples int, d *Dropped) *Node {
	if err := d.valid(); err != nil {
		b.fail(kind, err)
		return nil
	}
	channels := to[3]
	var value []float32 // nil for those of A
	drop := func() {}
	if !d.off() {
		value = make([]float32, len(a.Value))
		drop = func() { d.Apply(value, a.Value, *d.Step) }
	}
	macs := int64(samples) * int64(len(a.Column)) * int64(channels)
	n := b.apply(kind, to, []*Node{x},
		plain(func(y []float32, v [][]float32) {
			drop()
			a.Multiply(y, v[0], value, channels)
		}),
		func(dy *Node, _ int) *Node { // behind the product: value is that of the step
			return withMACs(macs, b.apply(kind+" dx", x.Shape(), []*Node{dy},
				plain(func(dx []float32, v [][]float32) { a.MultiplyTransposed(dx, v[0], value, channels) }), nil))
		})
	return withMACs(macs, with(n, Attributes{"rows": a.Rows, "columns": a.Columns, "entries": len(a.Column)}))
}

// SparseProductTransposed is Aᵀ x for each sample: x (N, 1, Rows, C) makes (N, 1, Columns, C).
func (b *Builder) SparseProductTransposed(a *tensor.Sparse, x *Node) *Node {
	const kind = "transposed sparse product"
	if b.err != nil {
		return nil
	}
	s, ok := b.featureMaps(kind, x)
	if !ok {
		return nil
	}
	if s.H != 1 || s.W != a.Rows {
		b.fail(kind, fmt.Errorf("x has shape %v; want (N, 1, %d, C) for a matrix of so many rows", x.Shape(), a.Rows))
		return nil
	}
	macs := int64(s.N) * int64(len(a.Column)) * int64(s.C)
	n := b.apply(kind, gt.Shape{s.N, 1, a.Columns, s.C}, []*Node{x},
		plain(func(y []float32, v [][]float32) { a.MultiplyTransposed(y, v[0], nil, s.C) }),
		func(dy *Node, _ int) *Node {
			return withMACs(macs, b.apply(kind+" dx", x.Shape(), []*Node{dy},
				plain(func(dx []float32, v [][]float32) { a.Multiply(dx, v[0], nil, s.C) }), nil))
		})
	return withMACs(macs, with(n, Attributes{"rows": a.Rows, "columns": a.Columns, "entries": len(a.Column)}))
}

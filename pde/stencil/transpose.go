package stencil

// The transpose of an operator.

import "mgtool/pde"

// Transpose is the operator with the transposed matrix. A restriction becomes a
// prolongation, and vice versa. On one grid c'_o(x) = c_{−o}(x+o), and 0 where
// coefficients vary and x+o is a ghost on a Dirichlet side.
func (a Operator) Transpose() Operator {
	switch {
	case a.faces != nil:
		return a.varying().transposeFields()
	case a.closures != nil:
		a.fields, a.closures, a.diffusion = a.rows(), nil, nil
		a.kernel = Kernel{}
		return a.transposeFields()
	case a.kind == onGrid && a.fields != nil:
		return a.transposeFields()
	case a.kind == onGrid:
		k := a.kernel
		for o, c := range k {
			a.kernel[2*centre-o] = c
		}
		a, _ = a.unless(nil)
		return a
	}
	toCoarse := 1.0 // Rᵀ = toCoarse·P, but for closed sides
	if a.axes != nil {
		for d := range a.fine.Dim() {
			if !a.axes[d].Regular() && !a.axes[d].Same() {
				a.kind = restriction + prolongation - a.kind
				a.transposed = !a.transposed
				return a
			}
		}
		for _, axis := range a.axes {
			if axis.Fine > 0 {
				toCoarse *= float64(axis.Coarse) / float64(axis.Fine)
			}
		}
	}
	if a.kind == restriction {
		a.kind = prolongation
		a.scale *= toCoarse
	} else {
		a.kind = restriction
		a.scale /= toCoarse
	}
	return a
}

func (a Operator) transposeFields() Operator {
	g := a.fine
	unknowns := unknownsOf(g)
	var transposed Coefficients
	for o, f := range a.fields {
		if f == nil {
			continue
		}
		at := Offset(o)
		t := pde.NewField[float64](g)
		lo, hi := g.Inside(0)
		g.Rows(func(j, k int) {
			for i := lo; i < hi; i++ {
				if x, _, ok := unknowns.find([3]int{i - at[0], j - at[1], k - at[2]}); ok {
					t.Set(i, j, k, f.At(x[0], x[1], x[2]))
				}
			}
		})
		transposed[2*centre-o] = t
	}
	a.fields = &transposed
	a, _ = a.unless(nil)
	return a
}

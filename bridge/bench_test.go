package bridge

import (
	"fmt"
	"testing"

	"mgtool/bridge/specification"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// One evaluation of the loss and its gradient, of learned B, R, P and Galerkin products.
func BenchmarkGradient(b *testing.B) {
	for _, dim := range []int{2, 3} {
		g, err := pde.Unit(dim, []int{0, 0, 64, 32}[dim])
		if err != nil {
			b.Fatal(err)
		}
		for name, a := range map[string]stencil.Operator{"constant": stencil.Laplacian(g), "varying": varyingCopy(b, stencil.Laplacian(g))} {
			b.Run(fmt.Sprintf("%d-D %s", dim, name), func(b *testing.B) {
				c, err := New(specification.Specification{Share: "levels", Operators: map[string]specification.Switch{
					"A": {From: "galerkin"}, "B": {State: specification.Started, Apart: true}, "P": {State: specification.Started}, "R": {State: specification.Started},
				}}, 1, a)
				if err != nil {
					b.Fatal(err)
				}
				training := DefaultTraining()
				training.Batch = 4
				l, err := newLearner(b.Context(), c, training)
				if err != nil {
					b.Fatal(err)
				}
				x := c.get()
				for b.Loop() {
					l.at = nil
					l.loss(x)
				}
			})
		}
	}
}

// varyingCopy is an operator with a field for each offset of the full neighbourhood.
func varyingCopy(b *testing.B, a stencil.Operator) stencil.Operator {
	b.Helper()
	g, _ := a.Grids()
	k, _ := a.Kernel()
	var c stencil.Coefficients
	for o, v := range k {
		if v == 0 {
			continue
		}
		c[o] = pde.NewField[float64](g)
		for i := range c[o].Data() {
			c[o].Data()[i] = v
		}
	}
	out, err := stencil.Varying(g, c)
	if err != nil {
		b.Fatal(err)
	}
	return out
}

package stencil

import (
	"fmt"

	"mgtool/pde"
)

// Shift is A + s for an operator A on one grid: what an implicit step in time solves with.
func (a Operator) Shift(s float64) (Operator, error) {
	if a.kind != onGrid || !a.valid() {
		return Operator{}, fmt.Errorf("stencil: a shift of %v; want an operator on one grid", a)
	}
	if d := a.diffusion; d != nil {
		return Diffusion(a.fine, d.a, d.c+s)
	}
	if again := a.again; again != nil {
		a.again = func(g pde.Grid) (Operator, error) {
			b, err := again(g)
			if err != nil {
				return b, err
			}
			return b.Shift(s)
		}
	}
	if a.fields == nil {
		a.kernel[centre] += s
		return a.unless(nil)
	}
	shifted := *a.fields
	diagonal := pde.NewField[float64](a.fine)
	lo, hi := a.fine.Inside(0)
	a.fine.Rows(func(j, k int) {
		row := diagonal.Row(j, k)[lo:hi]
		for i := range row {
			row[i] = s
		}
		if old := shifted[centre]; old != nil {
			for i, v := range old.Row(j, k)[lo:hi] {
				row[i] += v
			}
		}
	})
	shifted[centre] = diagonal
	a.fields = &shifted
	return a.unless(nil)
}

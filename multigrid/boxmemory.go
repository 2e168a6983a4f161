package multigrid

// What black-box multigrid takes, known before it is made.

import (
	"mgtool/internal/parallel"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// boxesBytes is [Memory] with black-box coarsening: A with all its coefficients unless
// the caller keeps them, a residual, the factors of the smoother, two
// fields for the data of a singular problem and the boundary values; of a coarser level
// also its coefficients and those of P, u and g. With Semi a level is taken to be half of
// the one above.
func boxesBytes(a stencil.Operator, s Settings, c BlackBox) int64 {
	grid, _ := a.Grids()
	finest := newBox(grid)
	all := int64(1) // offsets
	for range finest.dim {
		all *= 3
	}
	smoother := func(b *box) (fields int64) {
		lines, ok := s.Smoother.(Lines)
		if !ok {
			return 1
		}
		for _, d := range lines.along(b.dim) {
			fields++
			if d < b.dim && b.periodic[d] {
				fields++
			}
		}
		return fields
	}
	sum := (3 + smoother(finest)) * pde.FieldBytes[float64](grid)
	switch form, _ := formOf(a); form { // the coefficients are made
	case varyingForm:
	case kernelForm:
		sum += all * pde.FieldBytes[float64](grid)
	default:
		sum += int64(2*finest.dim+1) * pde.FieldBytes[float64](grid)
	}
	rows := func(b *box) int64 { // of the workers, and of set-up
		row := pde.FieldBytes[float64](rowGrid(b.n[0] + 1))
		return int64(parallel.Workers()) * row * (2 + 3*all)
	}
	sum += rows(finest) + 16*int64(finest.rows())
	for b := finest; b.coarsen(false); b = b.coarser {
		if c.Semi {
			n := b.n
			d := 0
			for e := range n {
				if n[e] > n[d] {
					d = e
				}
			}
			n[d] = (n[d] + 1) / 2
			b.coarser = b.ofIndices(n)
		}
		sum += (2*all + 2 + smoother(b.coarser)) * pde.FieldBytes[float64](b.coarser.grid)
		sum += rows(b.coarser)
	}
	return sum + 8*smallest*(smallest+1)
}

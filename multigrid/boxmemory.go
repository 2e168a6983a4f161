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
	form, fields := formOf(a)
	var coefficients int64 // of A
	switch form {
	case varyingForm:
		coefficients = fields - 1
	case kernelForm:
		coefficients = all
	default:
		coefficients = int64(2*finest.dim + 1)
	}
	sum := 3*pde.FieldBytes[float64](grid) + smootherBytes(finest, s.Smoother, coefficients)
	if form != varyingForm { // they are made
		sum += coefficients * pde.FieldBytes[float64](grid)
	}
	sum += rowsBytes(finest) + 16*int64(finest.rows())
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
		sum += (2*all+2)*pde.FieldBytes[float64](b.coarser.grid) + smootherBytes(b.coarser, s.Smoother, all)
		sum += rowsBytes(b.coarser)
	}
	return sum + 8*smallest*(smallest+1)
}

// rowsBytes are the rows of the workers, and of set-up.
func rowsBytes(b *box) int64 {
	offsets := int64(1)
	for range b.dim {
		offsets *= 3
	}
	return int64(parallel.Workers()) * pde.FieldBytes[float64](rowGrid(b.n[0]+1)) * (2 + 3*offsets)
}

// smootherBytes is what a smoother takes on a level of so many coefficients.
func smootherBytes(b *box, s Smoother, coefficients int64) (sum int64) {
	field := pde.FieldBytes[float64](b.grid)
	switch s := s.(type) {
	case Adaptive:
		return smootherBytes(b, Lines{}, coefficients) // more than points
	case Lines:
		for _, d := range s.along(b.dim) {
			sum += field
			if d < b.dim && b.periodic[d] {
				sum += field
			}
		}
		return sum
	case Planes:
		if b.dim < 3 {
			return 0 // refused
		}
		for _, d := range s.across() {
			for _, c := range b.classes(d) {
				if c.count > 0 {
					sum += b.planesBox(d, c).planesBytes(d, coefficients)
				}
			}
		}
		return sum
	}
	return field
}

// planesBytes is what relaxing these planes takes: their coefficients, at most 9 and of
// a star 5, u, g, r and the factors of lines; of a coarser level also the coefficients of P.
func (b *box) planesBytes(across int, coefficients int64) (sum int64) {
	lines := Lines{Axes: axesWithin(across)}
	coefficients = min(9, max(5, coefficients-2))
	for {
		sum += (coefficients+3)*pde.FieldBytes[float64](b.grid) + smootherBytes(b, lines, coefficients) + rowsBytes(b)
		if !b.coarsen(false) {
			break
		}
		b, coefficients = b.coarser, 9+8
	}
	points := int64(b.n[0]) * int64(b.n[1]) * int64(b.n[2])
	return sum + 8*points*int64(b.together()+1)
}

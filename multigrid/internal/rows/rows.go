// Package rows reads an operator on one grid a row at a time,
//
//	(A u)(p) = a(p) u(p) + Σ_t c_t(p) u(p + s_t),
//
// for relaxations whose steps are not linear: with a bound of u, with a function of u. The
// fused passes of package multigrid are for linear ones.
package rows

import (
	"math"

	"mgtool/pde"
	"mgtool/pde/stencil"
)

// Rows are the coefficients of an operator of at most 3^d points.
type Rows struct {
	Terms    []Term // the couplings with neighbours
	Diagonal Term
	Star     bool    // the neighbours are next along an axis
	Norm     float64 // a bound of ‖A‖: the sum of the largest |coefficient| of each offset

	grid pde.Grid
}

// Term is one coefficient of all rows.
type Term struct {
	Offset  int       // of the neighbour, as in a [stencil.Kernel]
	Shift   int       // its distance in memory
	C       float64   // a constant
	Varying []float64 // instead of C, by place in memory
}

// At is the coefficient in the row of the point at a place in memory.
func (t *Term) At(p int) float64 {
	if t.Varying != nil {
		return t.Varying[p]
	}
	return t.C
}

// Of reads the coefficients of a, which is from a grid to the same grid; on is a field on that
// grid, for the distances in memory.
func Of(a stencil.Operator, on *pde.Field[float64]) *Rows {
	r := &Rows{Star: true, grid: on.Grid}
	kernel, constant := a.Kernel()
	fields := a.Coefficients()
	for o := range fields {
		t := Term{Offset: o, Shift: Shift(on, o), C: kernel[o]}
		if fields[o] != nil {
			t.Varying = fields[o].Data()
		} else if !constant || t.C == 0 {
			continue
		}
		largest := math.Abs(t.C)
		for _, v := range t.Varying {
			largest = max(largest, math.Abs(v))
		}
		r.Norm += largest
		if o == Centre {
			r.Diagonal = t
			continue
		}
		at := stencil.Offset(o)
		r.Terms = append(r.Terms, t)
		r.Star = r.Star && at[0]*at[0]+at[1]*at[1]+at[2]*at[2] == 1
	}
	return r
}

// Open is an operator of all 3^d points on the grid of a field, with coefficients to be set.
func Open(on *pde.Field[float64]) *Rows {
	r := &Rows{Star: on.Dim() == 1, grid: on.Grid}
	for o := range 27 {
		if at := stencil.Offset(o); on.Dim() < 3 && at[2] != 0 || on.Dim() < 2 && at[1] != 0 {
			continue
		}
		t := Term{Offset: o, Shift: Shift(on, o), Varying: pde.NewField[float64](on.Grid).Data()}
		if o == Centre {
			r.Diagonal = t
			continue
		}
		r.Terms = append(r.Terms, t)
	}
	return r
}

// Centre is the offset 0 of a [stencil.Kernel].
const Centre = 13

// Shift is the distance in the memory of a field of the neighbour at an offset.
func Shift(f *pde.Field[float64], offset int) int {
	row, plane := f.Strides()
	at := stencil.Offset(offset)
	return at[0] + at[1]*row + at[2]*plane
}

// Couplings is Σ_t c_t(p) u(p + s_t), what (A u)(p) has beside the diagonal.
func (r *Rows) Couplings(u []float64, p int) float64 {
	sum := 0.0
	for t := range r.Terms {
		sum += r.Terms[t].At(p) * u[p+r.Terms[t].Shift]
	}
	return sum
}

// Residual is (g − A u)(p).
func (r *Rows) Residual(u, g []float64, p int) float64 {
	return g[p] - r.Diagonal.At(p)*u[p] - r.Couplings(u, p)
}

// Colours is how many colours the points need so that none is the neighbour of one of its own:
// 2 for a star, else 2^d.
func (r *Rows) Colours() int {
	if r.Star {
		return 2
	}
	return 1 << r.grid.Dim()
}

// Colour calls body, on several goroutines, for each row that has points of a colour: those
// with the indices first, first + 2, … along x.
func (r *Rows) Colour(colour int, body func(first, j, k int)) {
	dim := r.grid.Dim()
	r.grid.Rows(func(j, k int) {
		switch {
		case r.Star: // the sum of the indices is even, then odd
			body(1+(1+j+k+colour)%2, j, k)
		case (j^colour>>1)&1 == 0 || dim < 2:
			if (k^colour>>2)&1 == 0 || dim < 3 {
				body(1+(1+colour)&1, j, k)
			}
		}
	})
}

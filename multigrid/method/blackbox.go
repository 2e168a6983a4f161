package method

// Prolongation from the rows of A (Dendy, Black box multigrid, J. Comput. Phys. 48, 1982).

import (
	"errors"

	"mgtool/internal/parallel"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// keep is the least part of the couplings that the sum of a row of A must be to count: next to a
// given value, or where the reaction dominates. A smaller sum is left out, so that P keeps
// constants. It is that of [multigrid.BlackBox].
const keep = 0.25

// blackBox is P to the grid of a, vertices with half the cells along every axis. The fine vertex
// x = 2m + f lies between coarse ones along the axes S where f is not 0. With b the row of A at
// x, summed over the offsets along the other axes, the weight of the coarse vertex m is
//
//	w_f = −(1/b_0) Σ_{∅≠T⊆S} b_{−f on T} w_{f without T},   w_0 = 1.
//
// It is a kernel if A is one.
func blackBox(a stencil.Operator, coarse pde.Grid) (stencil.Operator, error) {
	fine, _ := a.Grids()
	for d := range fine.Dim() {
		if stencil.ClosedSide(fine, d, 0) || stencil.ClosedSide(fine, d, 1) {
			return stencil.Operator{}, errors.New(`prolongation "blackbox" on closed sides; want Dirichlet or periodic sides on vertices, or prolongation "linear"`)
		}
	}
	order := between(fine.Dim())
	if k, ok := a.Kernel(); ok {
		w := stencil.Kernel{13: 1}
		for _, f := range order {
			at := newSite(f)
			b := at.fold.sum(&k)
			w[f] = at.weight(&b, func(rest int) float64 { return w[rest] })
		}
		return stencil.Prolongation(fine, coarse, w)
	}
	of := a.Coefficients()
	image := func(d, i int) int { // the vertex that one beyond a periodic side is
		if fine.Sides[d][0] == pde.Periodic && i > fine.N[d] {
			return i - fine.N[d]
		}
		return i
	}
	var w stencil.Coefficients
	w[13] = pde.NewField[float64](coarse)
	for i := range w[13].Data() {
		w[13].Data()[i] = 1
	}
	for _, f := range order {
		w[f] = pde.NewField[float64](coarse)
	}
	lo, hi := coarse.Inside(0)
	for _, f := range order {
		at, offset := newSite(f), stencil.Offset(f)
		parallel.For(coarse.RowCount(), 1+1024/(hi-lo), func(from, to int) {
			for r := from; r < to; r++ {
				j, k := coarse.RowAt(r)
				y, z := image(1, 2*j+offset[1]), image(2, 2*k+offset[2])
				rows := make([]folded, 0, 27)
				for o, c := range of {
					if c != nil {
						rows = append(rows, folded{c.Row(y, z), at.fold[o]})
					}
				}
				var less [27][]float64 // weights of fewer axes
				for _, t := range at.terms {
					less[t.rest] = w[t.rest].Row(j, k)
				}
				out := w[f].Row(j, k)
				m := 0
				of := func(rest int) float64 { return less[rest][m] }
				for m = lo; m < hi; m++ {
					i := image(0, 2*m+offset[0])
					var b [27]float64
					for _, r := range rows {
						b[r.to] += r.row[i]
					}
					out[m] = at.weight(&b, of)
				}
			}
		})
	}
	return stencil.VaryingProlongation(fine, coarse, w)
}

// between lists the entries of a kernel in so many dimensions but for the centre, those that lie
// between coarse vertices along fewer axes first.
func between(dim int) (list []int) {
	for axes := 1; axes <= dim; axes++ {
		for f := range 27 {
			at, count, beyond := stencil.Offset(f), 0, false
			for d, o := range at {
				if o != 0 {
					count++
					beyond = beyond || d >= dim
				}
			}
			if count == axes && !beyond {
				list = append(list, f)
			}
		}
	}
	return list
}

// folded is a row of coefficients that go to this entry of a [Fold].
type folded struct {
	row []float64
	to  int
}

// Fold says to which entry of the row b of A, summed over the offsets along axes on which a vertex
// lies on coarse ones, each entry of the row goes.
type Fold [27]int

// NewFold is that of a vertex between coarse ones along these axes.
func NewFold(between [3]bool) (f Fold) {
	strides := [3]int{1, 3, 9}
	for o := range f {
		f[o] = 13
		for d, step := range stencil.Offset(o) {
			if between[d] {
				f[o] += step * strides[d]
			}
		}
	}
	return f
}

func (f *Fold) sum(row *stencil.Kernel) (b [27]float64) {
	for o, c := range row {
		b[f[o]] += c
	}
	return b
}

// Divisor is what black-box multigrid divides the couplings −b_o by, o ≠ 0: b_0, or their sum where
// the sum of b is little beside that. It is 0 where there is nothing to divide by. If b_0 is
// negative it changes the signs of b first.
func Divisor(b *[27]float64) float64 {
	if b[13] < 0 {
		for o := range b {
			b[o] = -b[o]
		}
	}
	sides := 0.0
	for o, c := range b {
		if o != 13 {
			sides -= c
		}
	}
	centre := b[13]
	if !(centre-sides > keep*sides) && sides > 1e-8*centre {
		centre = sides
	}
	return max(centre, 0)
}

// site is a vertex at an offset from a coarse one.
type site struct {
	fold  Fold
	terms []term
}

// term is b_back w_rest.
type term struct{ back, rest int }

func newSite(f int) (s site) {
	at := stencil.Offset(f)
	strides := [3]int{1, 3, 9}
	s.fold = NewFold([3]bool{at[0] != 0, at[1] != 0, at[2] != 0})
	for t := 1; t < 8; t++ { // subsets T of the axes
		back, rest, part := 13, f, true
		for d, step := range at {
			if t>>d&1 == 1 {
				part = part && step != 0
				back -= step * strides[d]
				rest -= step * strides[d]
			}
		}
		if part {
			s.terms = append(s.terms, term{back, rest})
		}
	}
	return s
}

// weight is w_f for the summed row b, of the weights of fewer axes.
func (s *site) weight(b *[27]float64, of func(rest int) float64) float64 {
	centre := Divisor(b)
	if !(centre > 0) {
		return 0
	}
	sum := 0.0
	for _, t := range s.terms {
		sum += b[t.back] * of(t.rest)
	}
	return -sum / centre
}

package method

// Prolongation from the rows of A (Dendy, Black box multigrid, J. Comput. Phys. 48, 1982).

import (
	"errors"

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
			w[f] = weight(&k, f, func(rest int) float64 { return w[rest] })
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
		at := stencil.Offset(f)
		coarse.Rows(func(j, k int) {
			y, z := image(1, 2*j+at[1]), image(2, 2*k+at[2])
			var rows [27][]float64
			for o, c := range of {
				if c != nil {
					rows[o] = c.Row(y, z)
				}
			}
			out := w[f].Row(j, k)
			for m := lo; m < hi; m++ {
				var row stencil.Kernel
				for o, r := range rows {
					if r != nil {
						row[o] = r[image(0, 2*m+at[0])]
					}
				}
				out[m] = weight(&row, f, func(rest int) float64 { return w[rest].Row(j, k)[m] })
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

// weight is w_f at a coarse vertex: row is that of A at the fine one, of the weights of fewer
// axes.
func weight(row *stencil.Kernel, f int, of func(rest int) float64) float64 {
	at := stencil.Offset(f)
	strides := [3]int{1, 3, 9}
	var b stencil.Kernel // by the offsets along S
	for o, c := range row {
		to := 13
		for d, step := range stencil.Offset(o) {
			if at[d] != 0 {
				to += step * strides[d]
			}
		}
		b[to] += c
	}
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
	if !(centre > 0) {
		return 0
	}
	sum := 0.0
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
			sum += b[back] * of(rest)
		}
	}
	return -sum / centre
}

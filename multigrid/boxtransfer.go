package multigrid

// P of black-box multigrid as an operator between two grids, for other methods than [BlackBox].

import (
	"errors"
	"fmt"

	"mgtool/pde"
	"mgtool/pde/stencil"
)

// Interpolation is the prolongation of black-box multigrid to the grid of a, of vertices with
// Dirichlet or periodic sides, from that of half the cells along every axis; see [BlackBox] for
// its source. It is a kernel if a is one.
//
// Couplings with given values count in the rows that it is made of, as all others do, so that
// beside a side it is what it is elsewhere. [BlackBox] itself, to which given values are nothing but
// 0, leaves them out.
func Interpolation(a stencil.Operator, coarse pde.Grid) (p stencil.Operator, err error) {
	fine, to := a.Grids()
	if fine != to {
		return p, fmt.Errorf("multigrid: interpolation for %v; want an operator on one grid", a)
	}
	kernel, constant := a.Kernel()
	on := a
	if constant { // a vertex in the middle of a small grid tells of all
		var small pde.Grid
		for d := range fine.Dim() {
			small.N[d], small.H[d] = 8, 1
		}
		if on, err = stencil.Constant(small, kernel); err != nil {
			return p, err
		}
	}
	b := boxOf(on)
	if !openSides(fine) {
		return p, errors.New("multigrid: interpolation from the rows of A on closed sides; want Dirichlet or periodic sides on vertices")
	}
	b.outside = true
	b.halve([3]bool{true, true, true})
	for d := range b.dim {
		if !b.axes[d].half || !constant && (fine.N[d]%2 != 0 || coarse.N[d] != fine.N[d]/2) {
			return p, fmt.Errorf("multigrid: interpolation from %v to %v; want half the cells along every axis", coarse, fine)
		}
	}
	b.interpolation()
	if constant {
		k := stencil.Kernel{13: 1}
		at := [3]int{2, 0, 0}
		for d := range b.dim {
			at[d] = 2
		}
		for f, w := range b.w {
			if w != nil {
				k[f] = w.At(at[0], at[1], at[2])
			}
		}
		return stencil.Prolongation(fine, coarse, k)
	}
	var w stencil.Coefficients
	w[13] = pde.NewField[float64](coarse)
	for i := range w[13].Data() {
		w[13].Data()[i] = 1
	}
	lo, hi := coarse.Inside(0)
	for f, from := range b.w {
		if from == nil {
			continue
		}
		w[f] = pde.NewField[float64](coarse)
		w[f].Rows(func(j, k int) { copy(w[f].Row(j, k)[lo:hi], from.Row(j, k)[lo:hi]) })
	}
	return stencil.VaryingProlongation(fine, coarse, w)
}

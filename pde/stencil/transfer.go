package stencil

// Operators from a grid to a coarser one and back.

import (
	"fmt"
	"math"

	"mgtool/pde"
)

// Restriction is the map (R r)(m) = Σ_o k_o r(s·m+o) to a coarser grid. Along each axis
// the coarse grid has as many cells (s = 1) or half as many (s = 2).
func Restriction(fine, coarse pde.Grid, k Kernel) (Operator, error) {
	return kernelTransfer(restriction, fine, coarse, k)
}

// Prolongation is the map to a finer grid that adds k_o e(m) to the value at s·m+o: the
// transpose of the [Restriction] with the same kernel.
func Prolongation(fine, coarse pde.Grid, k Kernel) (Operator, error) {
	return kernelTransfer(prolongation, fine, coarse, k)
}

// VaryingRestriction is [Restriction] with variable coefficients. Their fields are on the
// coarse grid; the operator keeps them and fills their ghosts along periodic axes. Ghosts
// on Dirichlet sides matter to [VaryingProlongation] only, where they multiply the
// boundary values of e.
func VaryingRestriction(fine, coarse pde.Grid, c Coefficients) (Operator, error) {
	return fieldTransfer(restriction, fine, coarse, c)
}

// VaryingProlongation is the transpose of [VaryingRestriction].
func VaryingProlongation(fine, coarse pde.Grid, c Coefficients) (Operator, error) {
	return fieldTransfer(prolongation, fine, coarse, c)
}

// FullWeighting is the restriction R of [Axis] along each axis. On the coarse grid an
// axis has as many cells as on the fine one, or half as many, rounded up.
func FullWeighting(fine, coarse pde.Grid) (Operator, error) {
	return interpolation(restriction, fine, coarse, [3][2]float64{})
}

// Linear is linear interpolation to the finer grid, P of [Axis] along each axis. It is
// the transpose of [FullWeighting] times Π Fine/Coarse over the axes.
func Linear(fine, coarse pde.Grid) (Operator, error) {
	return interpolation(prolongation, fine, coarse, [3][2]float64{})
}

// Transfers are [FullWeighting] and [Linear] from the grid of a to a coarser one and back.
// On the Robin sides of cells that a may have, P interpolates towards the value that the
// condition gives beyond the side.
func (a Operator) Transfers(coarse pde.Grid) (r, p Operator, err error) {
	var alpha [3][2]float64
	if a.diffusion != nil {
		alpha = a.diffusion.alpha
	}
	if r, err = interpolation(restriction, a.fine, coarse, alpha); err != nil {
		return r, p, err
	}
	p, err = interpolation(prolongation, a.fine, coarse, alpha)
	return r, p, err
}

func kernelTransfer(kind kind, fine, coarse pde.Grid, k Kernel) (Operator, error) {
	a, err := transfer(kind, fine, coarse, false)
	if err == nil {
		err = checkKernel(fine, k)
	}
	a.kernel = k
	return a.unless(err)
}

func fieldTransfer(kind kind, fine, coarse pde.Grid, c Coefficients) (Operator, error) {
	a, err := transfer(kind, fine, coarse, false)
	if err == nil {
		err = checkCoefficients(coarse, c)
	}
	for _, f := range c {
		if f != nil && err == nil {
			f.FillGhosts() // fine vertices next to a periodic side take from there
		}
	}
	a.fields = &c
	return a.unless(err)
}

// interpolation takes the coefficients α of [Robin].
func interpolation(kind kind, fine, coarse pde.Grid, alpha [3][2]float64) (Operator, error) {
	a, err := transfer(kind, fine, coarse, true)
	if err != nil {
		return Operator{}, err
	}
	closures, err := closuresOf(coarse, alpha)
	if err != nil {
		return Operator{}, err
	}
	a.scale, a.axes = 1, new([3]Axis)
	for d := range a.axes {
		a.axes[d] = NewAxis(fine, coarse, d)
		for side := range a.axes[d].Beyond {
			if fine.Cells && ClosedSide(coarse, d, side) {
				a.axes[d].Beyond[side] = closures[d][side].Q
			}
		}
		if !a.axes[d].Regular() && !a.axes[d].Same() {
			a.step[d] = 0
		}
		if d > 0 { // along x loops ask at every vertex, and a table may be as long as a field
			a.axes[d].tabulate()
		}
	}
	// Without odd axes and closed sides this is a kernel: ¼ ½ ¼ or ½ 1 ½ along the axes that are coarsened,
	// 0 1 0 along the others.
	a.kernel = Kernel{centre: 1}
	for d, o := range [3]int{1, 3, 9} {
		if a.step[d] != 2 {
			continue
		}
		old := a.kernel
		for c, w := range old {
			if kind == restriction {
				w /= 2
			}
			if w != 0 {
				a.kernel[c-o], a.kernel[c], a.kernel[c+o] = w/2, w, w/2
			}
		}
	}
	return a.unless(nil)
}

// transfer is an operator between the two grids without coefficients.
func transfer(kind kind, fine, coarse pde.Grid, odd bool) (Operator, error) {
	a := Operator{kind: kind, fine: fine, coarse: coarse, step: [3]int{1, 1, 1}}
	for _, g := range []pde.Grid{fine, coarse} {
		if err := checkGrid(g); err != nil {
			return Operator{}, err
		}
	}
	if fine.Dim() != coarse.Dim() || fine.Sides != coarse.Sides || fine.Cells != coarse.Cells {
		return Operator{}, fmt.Errorf("stencil: a transfer between %v and %v; want the same dimension, the same kinds of sides, and vertices or cells on both", fine, coarse)
	}
	for d := range fine.Dim() {
		if !odd && (ClosedSide(fine, d, 0) || ClosedSide(fine, d, 1)) {
			return Operator{}, fmt.Errorf("stencil: a transfer with coefficients of its own on a closed side of axis %d; want Dirichlet or periodic sides on vertices, or FullWeighting and Linear", d)
		}
	}
	coarser := false
	for d := range fine.Dim() {
		n, nc := fine.N[d], coarse.N[d]
		switch {
		case n == 2*nc:
			a.step[d] = 2
		case odd && n%2 == 1 && n == 2*nc-1:
			a.step[d] = 0
		case n != nc:
			want := fmt.Sprint(n)
			if n%2 == 0 {
				want = fmt.Sprintf("%d or %d", n, n/2)
			} else if odd {
				want = fmt.Sprintf("%d or %d", n, (n+1)/2)
			}
			return Operator{}, fmt.Errorf("stencil: %d cells along axis %d, %d on the coarse grid; want %s", n, d, nc, want)
		}
		coarser = coarser || n != nc
		length, other := float64(n)*fine.H[d], float64(nc)*coarse.H[d]
		if math.Abs(length-other) > 1e-9*length {
			return Operator{}, fmt.Errorf("stencil: the grids are %g and %g long along axis %d; want the same length", length, other, d)
		}
	}
	if !coarser {
		return Operator{}, fmt.Errorf("stencil: a transfer between two grids of %v; want one of them coarser", fine)
	}
	return a, nil
}

package lfa

// Coarsenings that a solver has no name for.

import (
	"math"

	"mgtool/multigrid"
	"mgtool/pde/stencil"
)

// Full coarsens all axes, however strong the coupling along them: the textbook's cycle.
// A is rediscretised, R is full weighting and P linear interpolation.
type Full struct{}

// Coarsen implements [multigrid.Coarsening].
func (Full) Coarsen(levels []multigrid.Coarse) (c multigrid.Coarse, ok bool, err error) {
	a := levels[len(levels)-1].A
	fine, _ := a.Grids()
	if !fine.CanCoarsen() {
		return c, false, nil
	}
	coarse := fine.Coarsen()
	if c.A, err = a.Rediscretize(coarse); err != nil {
		return c, false, err
	}
	c.R, c.P, err = multigrid.LinearTransfers(fine, coarse)
	return c, err == nil, err
}

// bilinear is what [multigrid.BlackBox] comes to where coefficients are constant, the same
// on both sides of each axis, and A maps constants to 0: its P is linear interpolation, and
// coarse operators are Galerkin products.
type bilinear struct{ multigrid.BlackBox }

// weakShare is the share of the strongest coupling below which semicoarsening leaves an
// axis out.
const weakShare = 0.33

// Coarsen implements [multigrid.Coarsening].
func (b bilinear) Coarsen(levels []multigrid.Coarse) (c multigrid.Coarse, ok bool, err error) {
	a := levels[len(levels)-1].A
	fine, _ := a.Grids()
	strengths := couplings(a)
	strongest := max(strengths[0], strengths[1], strengths[2])
	coarse, any := fine, false
	for d := range fine.Dim() {
		if fine.N[d] >= 4 && (!b.Semi || strengths[d] >= weakShare*strongest) {
			coarse.N[d], coarse.H[d], any = fine.N[d]/2, 2*fine.H[d], true
		}
	}
	if !any {
		return c, false, nil
	}
	if c.R, c.P, err = multigrid.LinearTransfers(fine, coarse); err != nil {
		return c, false, err
	}
	c.A, err = stencil.Galerkin(c.R, a, c.P)
	return c, err == nil, err
}

// couplings are the entries of the kernel summed over the offsets along each axis.
func couplings(a stencil.Operator) (s [3]float64) {
	kernel, _ := a.Kernel()
	for o, c := range kernel {
		for d, at := range stencil.Offset(o) {
			if at != 0 {
				s[d] -= c
			}
		}
	}
	for d := range s {
		s[d] = math.Abs(s[d])
	}
	return s
}

package multigrid

// Galerkin coarse operators.

import "mgtool/pde/stencil"

// Galerkin is [Rediscretized] with the coarse operator A' = R A P, which needs no
// differential operator behind A. An axis of an odd number of cells does not become
// coarser.
type Galerkin struct{}

// Coarsen implements [Coarsening].
func (Galerkin) Coarsen(levels []Coarse) (c Coarse, ok bool, err error) {
	a := levels[len(levels)-1].A
	fine, _ := a.Grids()
	grid := nextGrid(levels)
	for d := range grid.Dim() {
		if grid.N[d] != fine.N[d] && fine.N[d]%2 != 0 { // R A P would reach too far
			grid.N[d], grid.H[d] = fine.N[d], fine.H[d]
		}
	}
	if grid == fine {
		return c, false, nil
	}
	if c.R, c.P, err = a.Transfers(grid); err != nil {
		return c, false, err
	}
	c.A, err = stencil.Galerkin(c.R, a, c.P)
	return c, true, err
}

package multigrid

// Black-box multigrid as a linear map: what Krylov methods take.

import (
	"mgtool/internal/parallel"
	"mgtool/multigrid/cycle"
	"mgtool/pde"
)

// precondition sets z to a cycle from 0 for A z = r. If reverse is set, smoothing after the
// correction is in the order opposite to that before: with as many steps the map is then
// self-adjoint in the inner product in which A is.
func (f *blackBox) precondition(c cycle.Cycle, reverse bool, z, r *pde.Field[float64]) {
	b := f.levels[0]
	u, g, order := b.u, b.g, f.reverse
	b.u, b.g, f.reverse = z, r, reverse
	z.Zero()
	cycle.Run(f, c, struct{}{})
	b.u, b.g, f.reverse = u, g, order
}

// residualOf sets r to g − A u.
func (f *blackBox) residualOf(r, u, g *pde.Field[float64]) {
	b := f.levels[0]
	boundU, boundG := b.u, b.g
	b.u, b.g, f.out = u, g, r
	b.fill(u)
	parallel.Each(b.over(unitWork), f.store)
	b.u, b.g = boundU, boundG
}

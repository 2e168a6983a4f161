package multigrid

// Black-box multigrid as what Krylov methods take.

import (
	"mgtool/multigrid/cycle"
	"mgtool/pde"
)

// boxLinear is [linear] with cycles of black-box multigrid. A cycle that smooths as often
// after the correction as before it, in the opposite order, is self-adjoint in the inner
// product in which A is.
type boxLinear struct {
	f       *blackBox
	cycle   cycle.Cycle
	reverse bool

	out   *pde.Field[float64] // the residual that is being made
	store rowLoop
}

func (f *blackBox) linear() linear {
	x := &boxLinear{f: f}
	b := f.levels[0]
	x.store = b.loopOver(b.rows(), unitWork, func(worker, row int) {
		j, k := b.rowAt(row)
		b.residualRow(&b.scratch[worker], x.out.Row(j, k), 1, b.n[0], j, k)
	})
	return x
}

func (x *boxLinear) adjoint() error { return nil }

func (x *boxLinear) begin(c cycle.Cycle, symmetric bool) {
	x.cycle, x.reverse = c, symmetric
	for _, b := range x.f.levels {
		b.makeScratch()
	}
}

func (x *boxLinear) Residual(r, u, g *pde.Field[float64]) error {
	if x.f.ends() {
		return errStopped
	}
	b := x.f.levels[0]
	boundU, boundG := b.u, b.g
	b.u, b.g, x.out = u, g, r
	b.fill(u)
	x.store.do()
	b.u, b.g = boundU, boundG
	return nil
}

func (x *boxLinear) Precondition(z, r *pde.Field[float64]) error {
	f := x.f
	b := f.levels[0]
	u, g := b.u, b.g
	b.u, b.g, f.reverse = z, r, x.reverse
	z.Zero()
	b.fresh = true
	cycle.Run(f, x.cycle, struct{}{})
	b.u, b.g, f.reverse, b.fresh = u, g, false, false
	if f.interrupted() {
		return errStopped
	}
	return nil
}

func (x *boxLinear) bound() (u, g *pde.Field[float64]) { return x.f.levels[0].u, x.f.levels[0].g }

func (x *boxLinear) norms() (r, u float64) {
	return x.f.rootOfResiduals(x.f.takeNorms().rr), norm(x.f.levels[0].u)
}

func (x *boxLinear) singular() bool { return x.f.singular }

func (x *boxLinear) grid() pde.Grid { return x.f.levels[0].grid }

func (x *boxLinear) weights() (w [3][]float64) {
	b := x.f.levels[0]
	if b.scale == nil {
		return w
	}
	for d := range b.dim {
		w[d] = b.scale[d][1 : b.n[d]+1]
	}
	return w
}

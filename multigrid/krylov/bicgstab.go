package krylov

import (
	"math"

	"mgtool/pde"
)

// breakdown is the cosine of the angle between two vectors below which their product is
// rounding.
const breakdown = 1e-15

// biCGStab is the method of stabilised biconjugate gradients with M on the right (van der
// Vorst, SIAM J. Sci. Stat. Comput. 13, 1992). Here v = −A M p and t = −A M s, and s
// takes the place of r.
func (k *Solver) biCGStab(u *pde.Field[float64]) error {
	shadow, p, v, t, z := k.field(0), k.field(1), k.field(2), k.field(3), k.field(4)
	r, sp := k.r, k.space
	sp.scaled(shadow, 1, r)
	sp.scaled(p, 1, r)
	rho := sp.dot(shadow, r)
	first := math.Sqrt(rho) // ‖shadow‖
	for {
		if !k.precondition(z, p) || !k.apply(v, z) {
			return k.failed
		}
		along, vv := sp.dots(shadow, v, v, v)
		switch {
		case math.IsNaN(along) || math.IsInf(vv, 0):
			return ErrNotFinite
		case math.Abs(along) <= breakdown*first*math.Sqrt(vv):
			return ErrBreakdown
		}
		alpha := -rho / along
		sp.step(u, alpha/k.scale, z, r, alpha, v) // r is s now
		if !k.precondition(z, r) || !k.apply(t, z) {
			return k.failed
		}
		ts, tt := sp.dots(t, r, t, t)
		if math.IsNaN(ts) || math.IsInf(tt, 0) {
			return ErrNotFinite
		}
		omega := 0.0
		if tt > 0 {
			omega = -ts / tt
		}
		rr, uu := sp.step(u, omega/k.scale, z, r, omega, t)
		k.u = sp.root(uu, u)
		if k.ends(math.Sqrt(rr)) || rr == 0 {
			return nil
		}
		next := sp.dot(shadow, r)
		if omega == 0 || math.Abs(next) <= breakdown*first*math.Sqrt(rr) {
			return ErrBreakdown
		}
		beta := next / rho * alpha / omega
		rho = next
		sp.direct(p, r, beta, omega, v)
	}
}

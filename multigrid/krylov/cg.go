package krylov

import (
	"math"

	"mgtool/pde"
)

// cg is the method of conjugate gradients for the residual r,
//
//	α = ⟨r, z⟩ / ⟨p, A p⟩;   u += α p;   r −= α A p;   z = M r
//	β = ⟨z, r − r'⟩ / ⟨z', r'⟩ = −α ⟨z, A p⟩ / ⟨z', r'⟩;   p = z + β p
//
// with ' for the iteration before. This β is ⟨z, r⟩/⟨z', r'⟩ if M is symmetric, and keeps
// p conjugate to the direction before if M is so but for rounding, as a cycle in float32
// is. A and M may both be negative.
func (k *Solver) cg(u *pde.Field[float64]) error {
	z, p, q := k.field(0), k.field(1), k.field(2)
	if !k.precondition(z, k.r) {
		return k.failed
	}
	rz, _ := k.space.dots(k.r, z, k.r, z)
	sign := 0.0 // of A: that of the first curvature
	k.space.scaled(p, 1, z)
	for {
		if !k.apply(q, p) {
			return k.failed
		}
		pq, _ := k.space.dots(p, q, p, q)
		curvature := -pq
		if sign == 0 {
			sign = math.Copysign(1, curvature)
		}
		switch {
		case math.IsNaN(curvature) || math.IsInf(curvature, 0) || math.IsNaN(rz) || math.IsInf(rz, 0):
			return ErrNotFinite
		case !(sign*curvature > 0):
			return ErrIndefinite
		case !(sign*rz > 0):
			return ErrIndefinitePreconditioner
		}
		alpha := rz / curvature
		k.space.add(u, alpha/k.scale, p)
		rr, uu := k.space.addNorms(k.r, alpha, q, u)
		k.u = k.space.root(uu, u)
		if k.ends(math.Sqrt(rr)) || rr == 0 {
			return nil
		}
		if !k.precondition(z, k.r) {
			return k.failed
		}
		next, zq := k.space.dots(k.r, z, z, q)
		beta := alpha * zq / rz
		rz = next
		k.space.update(p, z, beta)
	}
}

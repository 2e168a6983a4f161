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
// is. A and M may both be negative. Where A is singular, rounding in A p moves r off the range
// of A step by step, by as much as the rows of A are large, and M answers what is off with
// anything: r is put back each time.
func (k *Solver) cg(u *pde.Field[float64]) error {
	z, p, q := k.field(0), k.field(1), k.field(2)
	if !k.precondition(z, k.r) {
		return k.failed
	}
	rz := k.space.dot(k.r, z)
	sign := 0.0 // of A: that of the first curvature
	k.space.scaled(p, 1, z)
	beta := 0.0
	for {
		pq, ok := k.advance(q, p, z, beta)
		if !ok {
			return k.failed
		}
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
		rr, uu := k.space.step(u, alpha/k.scale, p, k.r, alpha, q)
		k.u = k.space.root(uu, u)
		if k.ends(math.Sqrt(rr)) || rr == 0 {
			return nil
		}
		k.project(k.r)
		if !k.precondition(z, k.r) {
			return k.failed
		}
		next, zq := k.space.dots(k.r, z, z, q)
		beta = alpha * zq / rz
		rz = next
	}
}

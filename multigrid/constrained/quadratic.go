package constrained

// The reference: the constrained problem by dense linear algebra.

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Quadratic minimises ½ uᵀA u − gᵀu over u ≥ ψ for a dense symmetric positive definite A, to
// rounding, by block principal pivoting (Júdice & Pires, Comput. Oper. Res. 21, 1994): it
// solves A u = g at the points that are free, with u = ψ at the others, and exchanges the
// points where u < ψ or A u < g; where that does not lower their number, one point at a time,
// which ends (Murty, Opsearch 11, 1974). It is the reference for small problems
// that are no grid's too; one exchange takes O(n³) operations. ψ may be −∞.
func Quadratic(a mat.Symmetric, g, psi []float64) ([]float64, error) {
	n := a.SymmetricDim()
	if len(g) != n || len(psi) != n {
		return nil, fmt.Errorf("constrained: A of %d rows, g of %d and ψ of %d values; want as many of each", n, len(g), len(psi))
	}
	scale := 0.0
	for i := range n {
		scale = max(scale, a.At(i, i))
		if math.IsNaN(g[i]) || math.IsInf(g[i], 0) || math.IsNaN(psi[i]) || math.IsInf(psi[i], 1) {
			return nil, fmt.Errorf("constrained: g = %g and ψ = %g at %d; want finite numbers, or ψ = −∞", g[i], psi[i], i)
		}
	}
	const blocks, most = 10, 10000
	bound := make([]bool, n)
	for i := range bound {
		bound[i] = !math.IsInf(psi[i], -1)
	}
	u := make([]float64, n)
	fewest, left := n+1, blocks
	for range most {
		if err := solveFree(u, a, g, psi, bound); err != nil {
			return nil, err
		}
		size := 0.0
		for i := range n {
			size = max(size, math.Abs(g[i]), scale*math.Abs(u[i]))
		}
		var wrong []int
		for i := range n {
			if !bound[i] {
				if scale*(u[i]-psi[i]) < -1e-14*size {
					wrong = append(wrong, i)
				}
				continue
			}
			r := -g[i]
			for j := range n {
				r += a.At(i, j) * u[j]
			}
			if r < -1e-13*size {
				wrong = append(wrong, i)
			}
		}
		switch {
		case len(wrong) == 0:
			return u, nil
		case len(wrong) < fewest:
			fewest, left = len(wrong), blocks
		case left > 0:
			left--
		default:
			wrong = wrong[len(wrong)-1:]
		}
		for _, i := range wrong {
			bound[i] = !bound[i]
		}
	}
	return nil, fmt.Errorf("constrained: no solution after %d exchanges; want a positive definite A", most)
}

// solveFree sets u = ψ at the points that are bound and solves A u = g at the others.
func solveFree(u []float64, a mat.Symmetric, g, psi []float64, bound []bool) error {
	var free []int
	for i := range u {
		if u[i] = psi[i]; !bound[i] {
			free = append(free, i)
		}
	}
	if len(free) == 0 {
		return nil
	}
	part, right := mat.NewSymDense(len(free), nil), mat.NewVecDense(len(free), nil)
	for m, i := range free {
		r := g[i]
		for j := range u {
			if bound[j] {
				r -= a.At(i, j) * psi[j]
			}
		}
		right.SetVec(m, r)
		for n := m; n < len(free); n++ {
			part.SetSym(m, n, a.At(i, free[n]))
		}
	}
	var factor mat.Cholesky
	if !factor.Factorize(part) {
		return errIndefinite
	}
	x := mat.NewVecDense(len(free), nil)
	if err := factor.SolveVecTo(x, right); err != nil {
		return fmt.Errorf("constrained: %w", err)
	}
	for m, i := range free {
		u[i] = x.AtVec(m)
	}
	return nil
}

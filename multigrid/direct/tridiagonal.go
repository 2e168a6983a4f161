package direct

// One dimension: elimination.

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"mgtool/pde"
	"mgtool/pde/stencil"
)

// tridiagonal solves M x = b for the matrix M of an operator in one dimension: three
// diagonals, and on a periodic axis an entry a in the upper right corner and b in the lower
// left one. With γ = −M₀₀ it is then (Sherman & Morrison)
//
//	M = T + p qᵀ,   p = (γ, 0, …, 0, b)ᵀ,   q = (1, 0, …, 0, a/γ)ᵀ,   T = M but for T₀₀, T_nn.
//
// If its rows add up to 0, M is singular; T is M without row and column 0 then.
type tridiagonal struct {
	t       *mat.Tridiag
	p       *mat.VecDense // T⁻¹ p; nil without corners
	q0, q1  float64       // q at both ends
	divisor float64       // 1 + qᵀ T⁻¹ p
	left    []float64     // of a singular M: leftᵀ M = 0, the sum is 1
}

func newTridiagonal(a stencil.Operator) (*tridiagonal, error) {
	m, err := a.Matrix()
	if err != nil {
		return nil, err
	}
	n, _ := m.Dims()
	lower, diagonal, upper := make([]float64, n-1), make([]float64, n), make([]float64, n-1)
	sums, largest := make([]float64, n), 0.0
	var a1, b1 float64 // the corners
	m.DoNonZero(func(i, j int, v float64) {
		sums[i] += v
		largest = max(largest, math.Abs(v))
		switch {
		case j == i:
			diagonal[i] = v
		case j == i+1:
			upper[i] = v
		case j == i-1:
			lower[j] = v
		case i == 0:
			a1 = v
		default:
			b1 = v
		}
	})
	// Values that are given on Dirichlet sides have no columns: their rows do not add up
	// to 0.
	singular := n > 1
	for _, sum := range sums {
		singular = singular && math.Abs(sum) <= 1e-13*largest
	}
	s := &tridiagonal{}
	if singular {
		s.t = mat.NewTridiag(n-1, lower[1:], diagonal[1:], upper[1:])
		first := mat.NewVecDense(n-1, nil) // row 0, which the others with their weights make up
		first.SetVec(0, -upper[0])
		first.SetVec(n-2, first.AtVec(n-2)-a1)
		if err := s.t.SolveVecTo(first, true, first); err != nil {
			return nil, fmt.Errorf("direct: the matrix of %v: %w", a, err)
		}
		s.left = append([]float64{1}, first.RawVector().Data...)
		sum := 0.0
		for _, y := range s.left {
			sum += y
		}
		for i := range s.left {
			s.left[i] /= sum
		}
		return s, nil
	}
	if a1 != 0 || b1 != 0 {
		gamma := -diagonal[0]
		s.q0, s.q1 = 1, a1/gamma
		s.p = mat.NewVecDense(n, nil)
		s.p.SetVec(0, gamma)
		s.p.SetVec(n-1, b1)
		diagonal[0] -= gamma
		diagonal[n-1] -= a1 * b1 / gamma
	}
	s.t = mat.NewTridiag(n, lower, diagonal, upper)
	if s.p == nil {
		return s, nil
	}
	if err := s.t.SolveVecTo(s.p, false, s.p); err != nil {
		return nil, fmt.Errorf("direct: the matrix of %v: %w", a, err)
	}
	s.divisor = 1 + s.q0*s.p.AtVec(0) + s.q1*s.p.AtVec(n-1)
	if s.divisor == 0 || math.IsNaN(s.divisor) || math.IsInf(s.divisor, 0) {
		return nil, fmt.Errorf("direct: the matrix of %v is singular; want one with an inverse", a)
	}
	return s, nil
}

// solve is [Solver.Solve].
func (s *tridiagonal) solve(a stencil.Operator, u, g *pde.Field[float64]) (lack float64, err error) {
	n := u.Inner(0)
	row := u.Row(0, 0)[1 : n+1]
	// What given values contribute is in g − A u of u = 0 inside.
	clear(row)
	u.FillGhosts()
	r := pde.NewField[float64](u.Grid)
	if err := a.Residual(r, u, g); err != nil {
		return 0, err
	}
	b := r.Row(0, 0)[1 : n+1]
	if s.left != nil {
		for i, y := range s.left {
			lack += y * b[i]
		}
		for i := range b {
			b[i] -= lack
		}
		b = b[1:]
	}
	x := mat.NewVecDense(len(b), b)
	if err := s.t.SolveVecTo(x, false, x); err != nil {
		return 0, fmt.Errorf("direct: the matrix of %v: %w", a, err)
	}
	if s.p != nil {
		x.AddScaledVec(x, -(s.q0*x.AtVec(0)+s.q1*x.AtVec(n-1))/s.divisor, s.p)
	}
	copy(row[n-len(b):], b)
	if s.left != nil { // row[0] is 0
		mean := 0.0
		for i, y := range s.left {
			mean += y * row[i]
		}
		for i := range row {
			row[i] -= mean
		}
	}
	u.FillGhosts()
	return lack, nil
}

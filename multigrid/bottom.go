package multigrid

// The coarsest level is solved by the inverse of its matrix.

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"mgtool/pde/stencil"
)

// mostDirect is how many unknowns the coarsest grid may have: its inverse takes 8 MB
// then, and a second to find.
const mostDirect = 1024

// invert prepares the coarsest level. Where constants are in the null space of A, on a
// grid without a side of given values, it solves what has a solution for that of mean 0:
// with vᵀ A = 0 and vᵀ 1 = 1,
//
//	A⁺ = (A + s 1 vᵀ)⁻¹ − 1 vᵀ/s   for any s ≠ 0.
func (l *level[T]) invert(a stencil.Operator) error {
	n := l.Unknowns()
	matrix, err := a.Matrix()
	if err != nil {
		return fmt.Errorf("multigrid: the coarsest grid: %w", err)
	}
	dense := mat.NewDense(n, n, nil)
	matrix.DoNonZero(func(i, j int, v float64) { dense.Set(i, j, v) })
	s, v := 0.0, []float64(nil)
	if l.singular() {
		s, v = l.op.diagonal, parts(l.Grid)
		dense.Apply(func(_, j int, a float64) float64 { return a + s*v[j] }, dense)
	}
	if err := dense.Inverse(dense); err != nil {
		return fmt.Errorf("multigrid: the coarsest grid: %w", err)
	}
	if s != 0 {
		dense.Apply(func(_, j int, a float64) float64 { return a - v[j]/s }, dense)
	}
	l.inverse, l.low = make([]T, 0, n*n), make([]T, n)
	for i := range n {
		for _, v := range dense.RawRowView(i) {
			l.inverse = append(l.inverse, T(v))
		}
	}
	return nil
}

// solve is u += A⁻¹ (g − A u), from u = 0 if clear is set.
func (l *level[T]) solve(clear bool) {
	if l.hierarchy.stopped.Load() {
		return
	}
	begin, bytes := l.clock(), l.bottomBytes(clear)
	if clear {
		l.u.Zero()
	}
	n, k := l.Unknowns(), 0
	l.eachResidual(func(r []T) { k += copy(l.low[k:], r) })
	k = 0
	for row := range l.RowCount() {
		u := l.u.Row(l.RowAt(row))[1 : 1+l.inner]
		for i := range u {
			var sum T
			for c, a := range l.inverse[k*n : (k+1)*n] {
				sum += a * l.low[c]
			}
			u[i] += sum
			k++
		}
	}
	l.record(begin, bytes)
}

package tensor

// A stencil inverted, on the few vertices of a coarsest grid.

import (
	"math"

	"mgtool/internal/parallel"
)

// Solve sets y = A⁻¹ r for a stencil on a field of few vertices, by elimination in float64. Where A is singular the result is not finite.
func (s *Stencil) Solve(y, r, a []float32) { s.solve(y, r, a, false) }

// SolveTransposed sets y = A⁻ᵀ r. For x = A⁻¹ r and a gradient dx this is dr, and
// −BackwardWeight(dr, x) is the gradient by the coefficients.
func (s *Stencil) SolveTransposed(y, r, a []float32) { s.solve(y, r, a, true) }

func (s *Stencil) solve(y, r, a []float32, transposed bool) {
	size := s.Fields.Size()
	own := s.Shape()[0]
	each := s.Fields.N / own // fields with the same coefficients
	parallel.For(own, 1, func(lo, hi int) {
		for n := lo; n < hi; n++ {
			m := s.matrix(a, n, transposed)
			x := make([]float64, size*each)
			at := n * each * size
			for i := range x {
				x[i] = float64(r[at+i])
			}
			eliminate(m, x, size)
			for i, v := range x {
				y[at+i] = float32(v)
			}
		}
	})
}

// matrix is that of the stencil on one field, row by row.
func (s *Stencil) matrix(a []float32, n int, transposed bool) []float64 {
	f := s.Fields
	size := f.Size()
	m := make([]float64, size*size)
	for o, d := range s.taps {
		c := s.coefficients(a, n, o)
		for i := range size {
			x, y, z := i%f.X+d[0], i/f.X%f.Y+d[1], i/f.X/f.Y+d[2]
			if x < 0 || x >= f.X || y < 0 || y >= f.Y || z < 0 || z >= f.Z {
				continue
			}
			row, column := i, (z*f.Y+y)*f.X+x
			if transposed {
				row, column = column, row
			}
			m[row*size+column] = float64(c[i%len(c)])
		}
	}
	return m
}

// eliminate replaces the right sides x, each of n values, by the solutions of m x = b, with
// row pivoting. What lies behind the last value of a row that is not 0, outside the band of a
// stencil, takes no work.
func eliminate(m, x []float64, n int) {
	ends := make([]int, n) // of the rows of the triangle
	for k := range n {
		pivot := k
		for i := k + 1; i < n; i++ {
			if math.Abs(m[i*n+k]) > math.Abs(m[pivot*n+k]) {
				pivot = i
			}
		}
		if pivot != k {
			for j := range n {
				m[k*n+j], m[pivot*n+j] = m[pivot*n+j], m[k*n+j]
			}
			for b := 0; b < len(x); b += n {
				x[b+k], x[b+pivot] = x[b+pivot], x[b+k]
			}
		}
		row := m[k*n : (k+1)*n]
		end := n
		for end > k+1 && row[end-1] == 0 {
			end--
		}
		ends[k] = end
		for i := k + 1; i < n; i++ {
			f := m[i*n+k] / row[k]
			if f == 0 {
				continue
			}
			below := m[i*n:][:end]
			for j := k; j < end; j++ {
				below[j] -= f * row[j]
			}
			for b := 0; b < len(x); b += n {
				x[b+i] -= f * x[b+k]
			}
		}
	}
	for b := 0; b < len(x); b += n {
		for i := n - 1; i >= 0; i-- {
			for j := i + 1; j < ends[i]; j++ {
				x[b+i] -= m[i*n+j] * x[b+j]
			}
			x[b+i] /= m[i*n+i]
		}
	}
}

package aggregation

// The coarsest level, by elimination.

import "slices"

// factors are those of A = L D Lᵀ, L with ones on its diagonal, by rows.
type factors struct{ l, d []float64 }

// vanishing is the part of the diagonal that a pivot has to keep: less is rounding, of an
// unknown whose part of the matrix is singular. It is 0 then in the solution.
const vanishing = 1e-13

// factor eliminates unknown after unknown k,
//
//	d_k = s_k − Σ_{j>k} a_kj,   a_ij −= a_ik a_kj/d_k,   s_i −= a_ik s_k/d_k,
//
// with the sums s of rows in place of the diagonal (Grassmann, Taksar and Heyman, Oper. Res. 33,
// 1985): where couplings are negative, nothing cancels, and a singular matrix is seen to be one.
func factor(a *Matrix) factors {
	n := a.Len()
	f := factors{make([]float64, n*n), make([]float64, n)}
	sums := slices.Clone(a.sums)
	for i := range n {
		for t := a.Start[i]; t < a.Start[i+1]; t++ {
			f.l[i*n+int(a.Column[t])] = a.Value[t]
		}
	}
	for k := range n {
		pivot := sums[k]
		for _, v := range f.l[k*n+k+1 : k*n+n] {
			pivot -= v
		}
		if pivot > vanishing*a.Diagonal[k] {
			f.d[k] = pivot
		}
		for i := k + 1; i < n; i++ {
			v := f.l[i*n+k]
			if v == 0 {
				continue
			}
			if f.d[k] == 0 {
				f.l[i*n+k] = 0
				continue
			}
			v /= pivot
			f.l[i*n+k] = v
			sums[i] -= v * sums[k]
			for j := k + 1; j < n; j++ {
				if j != i {
					f.l[i*n+j] -= v * f.l[k*n+j]
				}
			}
		}
	}
	return f
}

// solve sets x = A⁻¹ b.
func (f factors) solve(x, b []float64) {
	n := len(f.d)
	for i := range n {
		sum := b[i]
		for k, v := range f.l[i*n : i*n+i] {
			sum -= v * x[k]
		}
		x[i] = sum
	}
	for i, d := range f.d {
		if d == 0 {
			x[i] = 0
		} else {
			x[i] /= d
		}
	}
	for i := n - 1; i >= 0; i-- {
		for k, v := range f.l[i*n : i*n+i] {
			x[k] -= v * x[i]
		}
	}
}

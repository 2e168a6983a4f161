package aggregation

// The coarsest level, by elimination.

// factors are those of A = L D Lᵀ, L with ones on its diagonal, by rows.
type factors struct{ l, d []float64 }

// vanishing is the part of the diagonal that a pivot has to keep: less is rounding, of an
// unknown whose part of the matrix is singular. It is 0 then in the solution.
const vanishing = 1e-13

func factor(a *Matrix) factors {
	n := a.Len()
	f := factors{make([]float64, n*n), make([]float64, n)}
	for i := range n {
		row := f.l[i*n : i*n+i+1]
		row[i] = a.Diagonal[i]
		for t := a.Start[i]; t < a.Start[i+1] && int(a.Column[t]) < i; t++ {
			row[a.Column[t]] = a.Value[t]
		}
		for k := range i {
			if f.d[k] == 0 {
				row[k] = 0
				continue
			}
			sum := row[k]
			for m, v := range f.l[k*n : k*n+k] {
				sum -= row[m] * f.d[m] * v
			}
			row[k] = sum / f.d[k]
		}
		pivot := row[i]
		for m, v := range row[:i] {
			pivot -= v * v * f.d[m]
		}
		if pivot > vanishing*a.Diagonal[i] {
			f.d[i] = pivot
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

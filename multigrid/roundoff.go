package multigrid

// What rounding leaves of a residual where the rows of A differ in size.

import (
	"math"

	"mgtool/pde"
	"mgtool/pde/stencil"
)

// products is a function that returns the norm of |A| |u|, row by row, or nil where all rows
// of A are about as large: then ‖A‖ ‖u‖ says as much. Where coefficients jump, u is often
// small in the rows that are large, and ‖A‖ ‖u‖ is too large by as much as they jump.
func products(a stencil.Operator, u *pde.Field[float64], n Norm) func() float64 {
	var row func(v *pde.Field[float64], j, k int, out []float64)
	_, _, constant := starOf(a)
	if along, reaction, ok := a.Faces(); ok {
		row = func(v *pde.Field[float64], j, k int, out []float64) {
			facesProducts(along, reaction, v, j, k, out)
		}
	} else if _, kernel := a.Kernel(); !constant && !kernel {
		c := a.Coefficients()
		row = func(v *pde.Field[float64], j, k int, out []float64) {
			for o, f := range c {
				if f == nil {
					continue
				}
				d := stencil.Offset(o)
				x, w := v.Row(j+d[1], k+d[2])[1+d[0]:], f.Row(j, k)[1:]
				for i := range out {
					out[i] += math.Abs(w[i]) * x[i]
				}
			}
		}
	}
	if row == nil {
		return nil
	}
	return func() float64 {
		v := u.Clone()
		most := 0.0
		for i, x := range v.Data() {
			x = math.Abs(x)
			v.Data()[i] = x
			most = max(most, x)
		}
		if most == 0 {
			return 0
		}
		v.FillGhosts()
		at := func(j, k int) []float64 {
			out := make([]float64, v.Inner(0))
			row(v, j, k, out)
			return out
		}
		each := func(yield func(x float64)) {
			for r := range v.RowCount() {
				for _, x := range at(v.RowAt(r)) {
					yield(x)
				}
			}
		}
		if n != Norm2 {
			most := 0.0
			each(func(x float64) { most = max(most, x) })
			return most
		}
		sum := sumRows(v.Grid, func(j, k int) (sum float64) {
			for _, x := range at(j, k) {
				sum += x * x
			}
			return sum
		})
		if inRange(sum) {
			return math.Sqrt(sum)
		}
		return scaledNorm(each)
	}
}

// facesProducts adds Σ_faces |f| (v(x) + v(y)) + |c| v(x) to a row, y the neighbour beyond a
// face. Of a vertex on a Neumann side the face within counts twice, for that beyond.
func facesProducts(along [3]*pde.Field[float64], reaction, v *pde.Field[float64], j, k int, out []float64) {
	n := len(out)
	x := v.Row(j, k)[1:][:n]
	for d := range v.Dim() {
		for end := range 2 {
			var face, next [3]int
			face[d], next[d] = end, 2*end-1
			f := along[d].Row(j+face[1], k+face[2])[1+face[0]:][:n]
			y := v.Row(j+next[1], k+next[2])[1+next[0]:][:n]
			add := func(lo, hi, at int) { // of unknowns with this index along d
				w := 1.0
				if half(v.Grid, d, at) {
					if w = 2; at == []int{1, v.Inner(d)}[end] {
						return
					}
				}
				for i := lo; i < hi; i++ {
					out[i] += w * math.Abs(f[i]) * (x[i] + y[i])
				}
			}
			if d > 0 {
				add(0, n, [3]int{0, j, k}[d])
				continue
			}
			add(0, 1, 1)
			add(1, n-1, 0)
			if n > 1 {
				add(n-1, n, n)
			}
		}
	}
	if reaction != nil {
		for i, c := range reaction.Row(j, k)[1 : 1+len(out)] {
			out[i] += math.Abs(c) * x[i]
		}
	}
}

package multigrid

// Inner products and norms over the interior of a field.

import (
	"math"

	"gonum.org/v1/gonum/floats"

	"mgtool/internal/parallel"
	"mgtool/internal/simd"
	"mgtool/pde"
)

// dot is the inner product over the interior: rows in blocks that do not depend
// on the number of threads, added in order, so that its bits do not either.
func dot(x, y *pde.Field) float64 {
	return sumRows(x.Grid, func(j, k int) float64 {
		return floats.Dot(x.Row(j, k)[1:x.N[0]], y.Row(j, k)[1:y.N[0]])
	})
}

// sumRows adds up what body says of the rows inside, as dot does.
func sumRows(g pde.Grid, body func(j, k int) float64) float64 {
	var parts [16]float64
	parallel.Blocks(g.RowCount(), len(parts), func(block, lo, hi int) {
		var sum float64
		for row := lo; row < hi; row++ {
			sum += body(g.RowAt(row))
		}
		parts[block] = sum
	})
	var sum float64
	for _, p := range parts {
		sum += p
	}
	return sum
}

// norm is the Euclidean norm over the interior, also where the squares of the
// values would under- or overflow.
func norm(x *pde.Field) float64 {
	if sum := dot(x, x); inRange(sum) {
		return math.Sqrt(sum)
	}
	return scaledNorm(func(yield func(v float64)) {
		for _, v := range x.Interior() {
			yield(v)
		}
	})
}

// inRange reports whether a sum of squares has lost nothing to the ends of float64.
func inRange(sum float64) bool { return sum > 1e-280 && sum < 1e280 }

// scaledNorm is the norm of values of any size, which it asks for twice.
func scaledNorm(each func(yield func(v float64))) float64 {
	var largest, sum float64
	each(func(v float64) { largest = max(largest, math.Abs(v)) })
	if largest == 0 || math.IsInf(largest, 0) || math.IsNaN(largest) {
		return largest
	}
	each(func(v float64) { sum += (v / largest) * (v / largest) })
	return largest * math.Sqrt(sum)
}

// rightSideNorm is ‖b‖₂ with the boundary values of u eliminated: next to the
// boundary b = g + Σ u/h² over the neighbours on it.
func rightSideNorm[T pde.Real](u, g *pde.FieldOf[T]) float64 {
	loops := simd.Grid[T](simd.Best())
	return rightSideRoot(sumRows(u.Grid, func(j, k int) float64 { return rightSideRow(loops, u, g, j, k) }), u, g)
}

// rightSideRow is Σ b² of a row.
func rightSideRow[T pde.Real](loops *simd.GridKernels[T], u, g *pde.FieldOf[T], j, k int) float64 {
	row := g.Row(j, k)
	// The inside of g, and what the boundary makes of it.
	sum, _ := loops.Norms(&simd.Stencil[T]{U: &row[1], G: &row[1], South: &row[1], North: &row[1], A: 1, N: u.N[0] - 1})
	eachAtBoundary(u, j, k, func(i int, more float64) { sum += more * (2*float64(row[i]) + more) })
	return sum
}

// rightSideRoot is the root of Σ b²; where that under- or overflowed, ‖b‖ of the
// values.
func rightSideRoot[T pde.Real](sum float64, u, g *pde.FieldOf[T]) float64 {
	if inRange(sum) {
		return math.Sqrt(sum)
	}
	return scaledNorm(func(yield func(v float64)) {
		n := u.N[0]
		more := make([]float64, n)
		(&Level{Grid: u.Grid}).eachRow(false, func(j, k int) {
			clear(more)
			eachAtBoundary(u, j, k, func(i int, v float64) { more[i] += v })
			for i, v := range g.Row(j, k)[1:n] {
				yield(float64(v) + more[1+i])
			}
		})
	})
}

// eachAtBoundary calls body for the vertices of a row inside that have neighbours on
// the boundary, with Σ u/h² over these.
func eachAtBoundary[T pde.Real](u *pde.FieldOf[T], j, k int, body func(i int, sum float64)) {
	n := u.N[0]
	var across [4][]T // rows beside that are on the boundary
	var weight [4]float64
	beside := false
	look := func(p, d, at, jj, kk int) {
		if u.N[d] > 0 && (at == 0 || at == u.N[d]) {
			across[p], weight[p], beside = u.Row(jj, kk), 1/(u.H[d]*u.H[d]), true
		}
	}
	look(0, 1, j-1, j-1, k)
	look(1, 1, j+1, j+1, k)
	look(2, 2, k-1, j, k-1)
	look(3, 2, k+1, j, k+1)
	c, x := u.Row(j, k), 1/(u.H[0]*u.H[0])
	step := 1
	if !beside {
		step = max(1, n-2) // only the ends
	}
	for i := 1; i < n; i += step {
		sum := 0.0
		for p, row := range across {
			if row != nil {
				sum += weight[p] * float64(row[i])
			}
		}
		if i == 1 {
			sum += x * float64(c[0])
		}
		if i == n-1 {
			sum += x * float64(c[n])
		}
		if sum != 0 {
			body(i, sum)
		}
	}
}

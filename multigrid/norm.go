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
func dot(x, y *pde.Field[float64]) float64 {
	return sumRows(x.Grid, func(j, k int) float64 {
		return floats.Dot(x.Row(j, k)[1:1+x.Inner(0)], y.Row(j, k)[1:1+y.Inner(0)])
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
func norm(x *pde.Field[float64]) float64 {
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

// dataNorms are what a tolerance and rounding errors are measured by.
type dataNorms struct {
	b    float64 // ‖g − A E‖₂, E the boundary values extended inwards
	g    float64 // ‖g‖₂
	edge float64 // norm of the boundary values
}

// liftPiece is how many vertices of A E are made at a time.
const liftPiece = 256

// dataRow is Σ (g − A E)² and Σ g² of a row.
func dataRow[T pde.Real](loops *simd.GridKernels[T], lift *pde.Lift, g *pde.Field[T], j, k int) (bb, gg float64) {
	row := g.Row(j, k)
	if lift.Zero() {
		gg = squares(loops, row[1:g.N[0]])
		return gg, gg
	}
	var piece [liftPiece]T
	for first := 1; first < g.N[0]; first += liftPiece {
		ae := piece[:min(liftPiece, g.N[0]-first)]
		pde.LiftRow(lift, j, k, first, ae)
		for i, v := range row[first:][:len(ae)] {
			b := float64(v) - float64(ae[i])
			bb += b * b
			gg += float64(v) * float64(v)
		}
	}
	return bb, gg
}

// squares is Σ x², added in float64.
func squares[T pde.Real](loops *simd.GridKernels[T], x []T) float64 {
	if len(x) == 0 {
		return 0
	}
	return loops.Dot(&x[0], &x[0], len(x))
}

// dataRoots are the roots of the sums; where these under- or overflowed, the norms of
// the values.
func dataRoots[T pde.Real](bb, gg float64, lift *pde.Lift, g *pde.Field[T]) dataNorms {
	root := func(sum, take float64) float64 {
		if inRange(sum) || math.IsNaN(sum) {
			return math.Sqrt(sum)
		}
		return scaledNorm(func(yield func(v float64)) {
			ae := make([]T, g.N[0]-1)
			for row := range g.RowCount() {
				j, k := g.RowAt(row)
				if take != 0 && !lift.Zero() {
					pde.LiftRow(lift, j, k, 1, ae)
				}
				for i, v := range g.Row(j, k)[1:g.N[0]] {
					yield(float64(v) - take*float64(ae[i]))
				}
			}
		})
	}
	return dataNorms{b: root(bb, 1), g: root(gg, 0), edge: lift.Norm}
}

// extendedNorms are the norms of the data of any operator, with E made as a field.
func (l *level[T]) extendedNorms() dataNorms {
	f, d := l.hierarchy, &l.hierarchy.scratch[0]
	gg := sumRows(l.Grid, func(j, k int) float64 { return squares(f.loops, l.g.Row(j, k)[1:1+l.inner]) })
	data := dataNorms{g: f.root(gg, rowsOf(l.g)), edge: l.u.BoundaryNorm()}
	if data.edge == 0 {
		data.b = data.g
		return data
	}
	if f.extended == nil {
		f.extended = pde.NewField[T](l.Grid)
	}
	copy(f.extended.Data(), l.u.Data())
	f.extended.ExtendBoundary()
	l.fill(f.extended)
	st := stage[T]{src: f.extended, row: l.residual()}
	data.b = scaledNorm(func(yield func(v float64)) {
		l.eachRow(func(j, k int) {
			for _, v := range l.residualRow(d, &st, j, k)[1 : 1+d.n] {
				yield(float64(v))
			}
		})
	})
	return data
}

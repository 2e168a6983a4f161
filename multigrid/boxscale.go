package multigrid

// The scaling of rows that makes an operator symmetric, and its null space.

import (
	"math"
	"sync/atomic"

	"mgtool/internal/parallel"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// symmetrize finds the scale that makes A symmetric: a weight for each index of each axis.
// Rows of a finite volume method come divided by the volumes of cells, which are products
// of widths along the axes, and so half as large at a Neumann side. Neighbours i and i+1
// have weights with
//
//	s(i) a(i→i+1) = s(i+1) a(i+1→i).
//
// It reports whether A is symmetric then; if not, rows stay as they are.
func (b *box) symmetrize() bool {
	var scale [3][]float64
	for d := range b.dim {
		scale[d] = b.weightsAlong(d)
	}
	b.scale = &scale
	if !b.symmetric() {
		b.scale = nil
		return false
	}
	ones := true
	for d := range b.dim {
		for _, w := range scale[d] {
			ones = ones && w == 1
		}
	}
	if ones {
		b.scale = nil
	}
	return true
}

// largestScale is the largest ratio of two weights along an axis: those of cells differ by
// less. Convection along an axis makes weights too, but they grow with each point.
const largestScale = 1e8

// weightsAlong are the weights of axis d, from the first line of a pair of neighbours that
// are coupled.
func (b *box) weightsAlong(d int) []float64 {
	w := make([]float64, b.n[d]+2)
	for i := range w {
		w[i] = 1
	}
	stride := [3]int{1, 3, 9}[d]
	up, down := b.a[13+stride], b.a[13-stride]
	if up == nil || down == nil {
		return w
	}
	ratio := func(t int) float64 {
		across := [3]int{b.n[0], b.n[1], b.n[2]}
		across[d] = 1
		for n := range across[0] * across[1] * across[2] {
			var x [3]int
			x[0], x[1], x[2] = n%across[0], n/across[0]%across[1], n/across[0]/across[1]
			for e := range b.dim {
				x[e]++
			}
			x[d] = t
			forth := up.At(x[0], x[1], x[2])
			x[d]++
			if back := down.At(x[0], x[1], x[2]); forth != 0 && back != 0 && forth/back > 0 {
				return forth / back
			}
		}
		return 1
	}
	least, most := 1.0, 1.0
	for t := 1; t < b.n[d]; t++ {
		w[t+1] = w[t] * ratio(t)
		least, most = min(least, w[t+1]), max(most, w[t+1])
		if math.Abs(w[t+1]-1) < 1e-12 { // rounding of the coefficients
			w[t+1] = 1
		}
	}
	if most > largestScale*least {
		for i := range w {
			w[i] = 1
		}
	}
	return w
}

// asymmetry is how far couplings may differ, as a part of the smaller diagonal.
const asymmetry = 1e-9

// symmetric reports that the scaled A is symmetric.
func (b *box) symmetric() bool {
	var differs atomic.Bool
	parallel.For(b.rows(), 1+unitWork/b.n[0], func(lo, hi int) {
		zero := make([]float64, b.n[0]+2)
		row := func(o, j, k int) []float64 {
			if b.a[o] == nil {
				return zero
			}
			return b.a[o].Row(j, k)
		}
		for r := lo; r < hi && !differs.Load(); r++ {
			j, k := b.rowAt(r)
			for o := 14; o < 27; o++ { // each pair once
				if b.a[o] == nil && b.a[26-o] == nil {
					continue
				}
				d := stencil.Offset(o)
				jo, okJ := b.within(1, j+d[1])
				ko, okK := b.within(2, k+d[2])
				if !okJ || !okK {
					continue
				}
				forth, back, centre, other := row(o, j, k), row(26-o, jo, ko), row(13, j, k), row(13, jo, ko)
				w, wo := at(b.scale[1], j)*at(b.scale[2], k), at(b.scale[1], jo)*at(b.scale[2], ko)
				for i := 1; i <= b.n[0]; i++ {
					io, ok := b.within(0, i+d[0])
					if !ok {
						continue
					}
					s, so := w*b.scale[0][i], wo*b.scale[0][io]
					limit := asymmetry * min(math.Abs(s*centre[i]), math.Abs(so*other[io]))
					if !(math.Abs(s*forth[i]-so*back[io]) <= limit) {
						differs.Store(true)
						return
					}
				}
			}
		}
	})
	return !differs.Load()
}

// weight is the scale of a row of A.
func (b *box) weight(i, j, k int) float64 {
	if b.scale == nil {
		return 1
	}
	return at(b.scale[0], i) * at(b.scale[1], j) * at(b.scale[2], k)
}

// mapsConstantsToZero reports that no row has a sum other than rounding.
func (b *box) mapsConstantsToZero() bool {
	var found atomic.Bool
	parallel.For(b.rows(), 1+unitWork/b.n[0], func(lo, hi int) {
		rows := b.newClosedRows()
		for row := lo; row < hi && !found.Load(); row++ {
			j, k := b.rowAt(row)
			rows.load(b, j, k)
			for i := 1; i <= b.n[0]; i++ {
				sum, size := 0.0, 0.0
				for _, o := range b.support {
					sum += rows[o][i]
					size += math.Abs(rows[o][i])
				}
				if math.Abs(sum) > 1e-12*size {
					found.Store(true)
					return
				}
			}
		}
	})
	return !found.Load()
}

// takeWeightedMean takes Σ w f/Σ w out of a field, w the scale of the rows of A: what
// remains is orthogonal to the null space of Aᵀ.
func (b *box) takeWeightedMean(f *pde.Field[float64]) float64 {
	sum := func(value func(row []float64, i int) float64) float64 {
		return sumRows(b.grid, func(j, k int) (sum float64) {
			row := f.Row(j, k)
			for i := 1; i <= b.n[0]; i++ {
				sum += b.weight(i, j, k) * value(row, i)
			}
			return sum
		})
	}
	mean := sum(func(row []float64, i int) float64 { return row[i] }) / sum(func([]float64, int) float64 { return 1 })
	if !finite(mean) {
		return mean // the solve says what is wrong
	}
	f.Rows(func(j, k int) {
		row := f.Row(j, k)
		for i := 1; i <= b.n[0]; i++ {
			row[i] -= mean
		}
	})
	return mean
}

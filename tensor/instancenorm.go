package tensor

// Windows of time series brought to a common level, and forecasts brought back.

import (
	"math"

	"mgtool/internal/parallel"
)

// InstanceNorm standardises each of Rows rows of Size values by its own statistics m and s,
//
//	y_i = (x_i − m)/s,
//
// where m is the mean and s = √(variance + Eps) (Ulyanov, Vedaldi, Lempitsky,
// arXiv:1607.08022). With Last, m is the last value and s = 1, as in NLinear (Zeng, Chen,
// Zhang, Xu, AAAI 2023). Undo brings forecasts back to the level of their rows (RevIN: Kim
// et al., ICLR 2022). A row may be the window of a variable, which then has no need of the
// level of its past.
type InstanceNorm struct {
	Rows, Size int
	Last       bool
	Eps        float32
}

// statistics are m and s of a row, summed in float64.
func (n InstanceNorm) statistics(row []float32) (m, s float32) {
	if n.Last {
		return row[len(row)-1], 1
	}
	sum := 0.0
	for _, v := range row {
		sum += float64(v)
	}
	mean := sum / float64(len(row))
	sum = 0
	for _, v := range row {
		d := float64(v) - mean
		sum += d * d
	}
	return float32(mean), float32(math.Sqrt(sum/float64(len(row)) + float64(n.Eps)))
}

// each calls body for all rows with their statistics, on all cores.
func (n InstanceNorm) each(x []float32, body func(row int, m, s float32)) {
	parallel.For(n.Rows, max(1, grain/n.Size), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			m, s := n.statistics(x[i*n.Size : (i+1)*n.Size])
			body(i, m, s)
		}
	})
}

// Forward sets y from x, both (Rows, Size).
func (n InstanceNorm) Forward(y, x []float32) {
	checkLen("instance norm", "x", x, n.Rows*n.Size)
	checkLen("instance norm", "y", y, n.Rows*n.Size)
	n.each(x, func(row int, m, s float32) {
		from, to := x[row*n.Size:(row+1)*n.Size], y[row*n.Size:(row+1)*n.Size]
		inverse := 1 / s // a division a row, not one a value
		for i, v := range from {
			to[i] = (v - m) * inverse
		}
	})
}

// Undo sets z = s·y + m with the statistics of x (Rows, Size). y and z have Rows rows of
// any one length, and may be the same.
func (n InstanceNorm) Undo(z, y, x []float32) {
	checkLen("instance norm undone", "x", x, n.Rows*n.Size)
	checkLen("instance norm undone", "z", z, len(y))
	size := len(y) / n.Rows
	n.each(x, func(row int, m, s float32) {
		to := z[row*size : (row+1)*size]
		for i, v := range y[row*size : (row+1)*size] {
			to[i] = s*v + m
		}
	})
}

// UndoBackward sets dy = s·dz, the gradient of Undo by y.
func (n InstanceNorm) UndoBackward(dy, dz, x []float32) {
	checkLen("instance norm undone backward", "x", x, n.Rows*n.Size)
	checkLen("instance norm undone backward", "dy", dy, len(dz))
	size := len(dz) / n.Rows
	n.each(x, func(row int, _, s float32) {
		to := dy[row*size : (row+1)*size]
		for i, v := range dz[row*size : (row+1)*size] {
			to[i] = s * v
		}
	})
}

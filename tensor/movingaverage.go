package tensor

// The trend of time series.

import "mgtool/internal/parallel"

// MovingAverage smooths each of Rows rows of Size values by the mean of Width neighbours,
// an odd number,
//
//	y_i = 1/Width Σ_{|j| ≤ Width/2} x_{i+j},
//
// with the first and the last value repeated beyond the ends: the trend of DLinear (Zeng,
// Chen, Zhang, Xu, AAAI 2023, section 4.2).
type MovingAverage struct{ Rows, Size, Width int }

// Forward sets y from x, both (Rows, Size). Sums run along a row in float64.
func (a MovingAverage) Forward(y, x []float32) {
	checkLen("moving average", "x", x, a.Rows*a.Size)
	checkLen("moving average", "y", y, a.Rows*a.Size)
	half := a.Width / 2
	parallel.For(a.Rows, max(1, grain/a.Size), func(lo, hi int) {
		for r := lo; r < hi; r++ {
			row, out := x[r*a.Size:(r+1)*a.Size], y[r*a.Size:(r+1)*a.Size]
			at := func(i int) float64 { return float64(row[min(max(i, 0), len(row)-1)]) }
			sum := 0.0
			for j := -half; j <= half; j++ {
				sum += at(j)
			}
			share, i := 1/float64(a.Width), 0
			end := func(to int) { // where a neighbour is beyond an end
				for ; i < to; i++ {
					out[i] = float32(sum * share)
					sum += at(i+half+1) - at(i-half)
				}
			}
			end(min(half, a.Size))
			for ; i+half+1 < a.Size; i++ {
				out[i] = float32(sum * share)
				sum += float64(row[i+half+1]) - float64(row[i-half])
			}
			end(a.Size)
		}
	})
}

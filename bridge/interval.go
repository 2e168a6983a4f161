package bridge

import (
	"math"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// interval is the mean of some values and half the width of its 95% interval, that of
// Student's t; NaN for fewer than two values.
func interval(values []float64) (mean, half float64) {
	if len(values) < 2 {
		return stat.Mean(values, nil), math.NaN()
	}
	mean, deviation := stat.MeanStdDev(values, nil)
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(len(values) - 1)}.Quantile(.975)
	return mean, t * deviation / math.Sqrt(float64(len(values)))
}

package shallow

// The order of an error, from its values.

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Slope is the exponent r of errors[i] ≈ c (i+1)^r over n from first to the last, by least
// squares of the logarithms, in which every doubling of n has the same weight.
func Slope(errors []float64, first int) (float64, error) {
	if first < 1 || len(errors) < 2*first {
		return 0, fmt.Errorf("shallow: a slope from term %d on of %d; want at least a doubling", first, len(errors))
	}
	var x, y, w []float64
	for n := first; n <= len(errors); n++ {
		if e := errors[n-1]; e > 0 {
			x, y, w = append(x, math.Log(float64(n))), append(y, math.Log(e)), append(w, 1/float64(n))
		}
	}
	if len(x) < 2 {
		return 0, fmt.Errorf("shallow: the errors from term %d on are 0; want positive ones", first)
	}
	_, slope := stat.LinearRegression(x, y, w, false)
	return slope, nil
}

// Interval is the mean of the slopes of several seeds and half the width of its 95% interval by
// Student's t; NaN for one seed.
func Interval(slopes []float64) (mean, half float64) {
	mean, deviation := stat.MeanStdDev(slopes, nil)
	n := len(slopes)
	if n < 2 {
		return mean, math.NaN()
	}
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(n - 1)}.Quantile(0.975)
	return mean, t * deviation / math.Sqrt(float64(n))
}

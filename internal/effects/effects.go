// Package effects says what one change of an experiment is worth: the difference of means
// over cells of repeated runs, with its interval,
//
//	d = Σ_i c_i ȳ_i   ±   t₀.₉₇₅(ν) s √(Σ_i c_i²/n_i),
//
// where c_i is 1/(number of cells) for those with the change and −1/(number) for those
// without, and s² the variance of a run about the mean of its cell, pooled over all cells
// with ν degrees of freedom (Montgomery, Design and Analysis of Experiments, section 3.5).
package effects

import (
	"math"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Pooled is the standard deviation of values about the means of their own cells, and its
// degrees of freedom. Without any it is NaN.
func Pooled(cells [][]float64) (deviation float64, freedom int) {
	sum := 0.0
	for _, cell := range cells {
		m := stat.Mean(cell, nil)
		for _, v := range cell {
			sum += (v - m) * (v - m)
		}
		freedom += max(0, len(cell)-1)
	}
	return math.Sqrt(sum / float64(freedom)), freedom
}

// Difference is the mean over cells of their means, with less without, and half the width
// of its 95% interval, NaN without degrees of freedom.
func Difference(with, without [][]float64, deviation float64, freedom int) (d, half float64) {
	variance := 0.0
	add := func(cells [][]float64, sign float64) {
		for _, cell := range cells {
			c := sign / float64(len(cells))
			d += c * stat.Mean(cell, nil)
			variance += c * c / float64(len(cell))
		}
	}
	add(with, 1)
	add(without, -1)
	return d, quantile(freedom) * deviation * math.Sqrt(variance)
}

// Interval is the mean of some values and half the width of its 95% interval, NaN for fewer
// than two values.
func Interval(values []float64) (mean, half float64) {
	deviation, freedom := Pooled([][]float64{values})
	return stat.Mean(values, nil), quantile(freedom) * deviation / math.Sqrt(float64(len(values)))
}

// quantile is t₀.₉₇₅(ν) of Student's distribution, NaN without degrees of freedom.
func quantile(freedom int) float64 {
	if freedom < 1 {
		return math.NaN()
	}
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(freedom)}.Quantile(0.975)
}

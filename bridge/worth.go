package bridge

// What learning one operator is worth, from the table of cycles.

import (
	"math"
	"slices"

	"mgtool/bridge/specification"
	"mgtool/internal/effects"
)

// Worth is what learning one operator does to the factor: the mean over all pairs of rows
// that differ by it alone, with the same seed.
type Worth struct {
	Operator string
	Pairs    int
	// Ratio is the geometric mean of the factor with the operator learned over that with it
	// fixed, on each size; Low and High bound its 95% interval (of Student's t), NaN for
	// fewer than two pairs.
	Ratio, Low, High []float64
}

// Worths are those of all operators for which rows have pairs. Of rows with the same operators
// learned and the same seed there is to be one.
func Worths(rows []CycleRow) (list []Worth) {
	for _, op := range specification.Cycle.Operators() {
		var logs [][]float64 // of each size, of each pair
		for _, with := range rows {
			if with.Seed == 0 || !with.Learned.Has(op) {
				continue
			}
			rest := slices.DeleteFunc(slices.Clone(with.Learned), func(name string) bool { return name == op })
			at := slices.IndexFunc(rows, func(r CycleRow) bool {
				return r.Seed != 0 && (r.Seed == with.Seed || len(rest) == 0) && slices.Equal(r.Learned, rest)
			})
			if at < 0 {
				continue
			}
			if logs == nil {
				logs = make([][]float64, len(with.Factors))
			}
			for i, f := range with.Factors {
				logs[i] = append(logs[i], math.Log(f/rows[at].Factors[i]))
			}
		}
		if logs == nil {
			continue
		}
		w := Worth{Operator: op, Pairs: len(logs[0])}
		for _, l := range logs {
			mean, half := effects.Interval(l)
			w.Ratio = append(w.Ratio, math.Exp(mean))
			w.Low, w.High = append(w.Low, math.Exp(mean-half)), append(w.High, math.Exp(mean+half))
		}
		list = append(list, w)
	}
	return list
}

package forecast

// The three parts of a series, and its values by the first.

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Split is where the parts of a series begin and end: training, validation and test are the
// times [0, Train), [Train, Validation) and [Validation, Test). Windows of the last two may
// reach back into the part before; what they forecast may not.
type Split struct{ Train, Validation, Test int }

// usualSplits are those of the usual protocol by the name of a series, in lower case: twelve,
// four and four months of 30 days, of the 17,420 hours of ETTh1 and ETTh2 and the 69,680 quarter
// hours of ETTm1 and ETTm2 (Zhou et al., Informer, AAAI 2021).
var usualSplits = map[string]string{
	"etth1": "8640,2880,2880", "etth2": "8640,2880,2880",
	"ettm1": "34560,11520,11520", "ettm2": "34560,11520,11520",
}

// UsualSplit is the split of the usual protocol for a series of this name: that of ETTh1,
// ETTh2, ETTm1 and ETTm2, for others 0.7,0.1,0.2.
func UsualSplit(name string) string {
	if text, ok := usualSplits[strings.ToLower(name)]; ok {
		return text
	}
	return "0.7,0.1,0.2"
}

// ParseSplit makes the parts of a series from three numbers, for training, validation and
// test: counts of times, or shares of one, as in 8640,2880,2880 or 0.7,0.1,0.2. Shares are
// rounded down and the rest is validation, as in the code of Informer.
func ParseSplit(text string, s *Series) (Split, error) {
	n := s.Len()
	x, err := splitNumbers(text)
	if err != nil {
		return Split{}, err
	}
	if x[0] < 1 {
		first, last := int(float64(n)*x[0]), int(float64(n)*x[2])
		return Split{first, n - last, n}, nil
	}
	if sum := x[0] + x[1] + x[2]; sum > float64(n) {
		return Split{}, fmt.Errorf("forecast: split %s of %s takes %.0f times, but the series has %d; want a split for as many", text, s.Name, sum, n)
	}
	return Split{int(x[0]), int(x[0] + x[1]), int(x[0] + x[1] + x[2])}, nil
}

// splitNumbers are the three numbers of a split: whole counts, or shares that add up to 1.
func splitNumbers(text string) (x [3]float64, err error) {
	fields := strings.Split(text, ",")
	whole, sum := true, 0.0
	for i := range x {
		if len(fields) == 3 {
			if x[i], err = strconv.ParseFloat(strings.TrimSpace(fields[i]), 64); err == nil && x[i] > 0 && x[i] < 1<<40 {
				sum += x[i]
				whole = whole && x[i] == math.Trunc(x[i])
				continue
			}
		}
		return x, fmt.Errorf("forecast: split %.60q; want three positive numbers, of times as in 8640,2880,2880 or shares as in 0.7,0.1,0.2", text)
	}
	if !whole && math.Abs(sum-1) > 1e-9 {
		return x, fmt.Errorf("forecast: split %s has shares of %.6g together; want 1", text, sum)
	}
	return x, nil
}

// Scale is how each variable is standardised: less its mean, over its standard deviation.
type Scale struct {
	Mean      []float64 `json:"mean"`
	Deviation []float64 `json:"deviation"`
}

// ScaleOf is that of the first times of a series. A variable that is constant there has the
// deviation 1, as in scikit-learn's StandardScaler.
func ScaleOf(s *Series, times int) Scale {
	var c Scale
	for _, values := range s.Values {
		sum := 0.0
		for _, v := range values[:times] {
			sum += v
		}
		mean := sum / float64(times)
		sum = 0
		for _, v := range values[:times] {
			sum += (v - mean) * (v - mean)
		}
		deviation := math.Sqrt(sum / float64(times))
		if deviation == 0 {
			deviation = 1
		}
		c.Mean, c.Deviation = append(c.Mean, mean), append(c.Deviation, deviation)
	}
	return c
}

// Apply is the series in standard units, a variable after another.
func (c Scale) Apply(s *Series) [][]float32 {
	scaled := make([][]float32, len(s.Values))
	for v, values := range s.Values {
		scaled[v] = make([]float32, len(values))
		for t, x := range values {
			scaled[v][t] = float32((x - c.Mean[v]) / c.Deviation[v])
		}
	}
	return scaled
}

// Undo is a value of a variable in the units of the series.
func (c Scale) Undo(variable int, value float32) float64 {
	return float64(value)*c.Deviation[variable] + c.Mean[variable]
}

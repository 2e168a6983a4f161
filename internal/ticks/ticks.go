// Package ticks marks logarithmic axes, v = k·10^e with k from 1 to 9: powers of ten carry a
// label, of many decades some ten of them, the others a short stroke.
package ticks

import (
	"fmt"
	"math"

	"gonum.org/v1/plot"
)

// Decades implements [plot.Ticker].
type Decades struct{}

// Ticks are those from least to most, both positive.
func (Decades) Ticks(least, most float64) (list []plot.Tick) {
	lowest, highest := int(math.Floor(math.Log10(least))), int(math.Ceil(math.Log10(most)))
	apart := 1 + (highest-lowest)/11 // decades from label to label
	for e := lowest; e <= highest; e++ {
		for k := 1; k < 10; k++ {
			v, label := float64(k)*math.Pow10(e), ""
			if k == 1 && e%apart == 0 {
				label = fmt.Sprintf("%.0e", v)
				if e >= -2 && e <= 4 {
					label = fmt.Sprint(v)
				}
			}
			if v >= least*(1-1e-9) && v <= most*(1+1e-9) {
				list = append(list, plot.Tick{Value: v, Label: label})
			}
		}
	}
	return list
}

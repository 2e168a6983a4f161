package train

import (
	"math"
	"testing"

	"mgtool/mgnet/evaluate"
	"mgtool/source"
)

// The loss of an evaluation is the relative error in L² for either order.
func TestFieldsJudge(t *testing.T) {
	targets := &source.Batch{Values: []float32{3, 4, 0, 2, 9, 9}} // one sample more than there are outputs
	outputs := []float32{0, 0, 1, 2}
	for order := range 2 {
		var tally evaluate.Tally
		Fields{Order: order}.Judge(&tally, outputs, 2, targets)
		if tally.Samples != 2 || math.Abs(tally.Loss-(1+.5)) > 1e-7 {
			t.Errorf("order %d: loss %g of %d samples; want 1.5 of 2", order, tally.Loss, tally.Samples)
		}
	}
}

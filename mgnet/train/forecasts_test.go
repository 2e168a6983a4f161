package train

import (
	"strings"
	"testing"

	"mgtool/mgnet/evaluate"
	"mgtool/source"
)

// Two samples of two variables with one value each, by hand: errors 1, −2 and 0, 4 have
// squares of mean 2.5 and 8, and absolute values of mean 1.5 and 2.
func TestForecasts(t *testing.T) {
	outputs, targets := []float32{1, 2, 3, 4}, &source.Batch{Values: []float32{0, 4, 3, 0}}
	for absolute, want := range map[bool]float64{false: 5.25, true: 1.75} {
		var tally evaluate.Tally
		Forecasts{Absolute: absolute}.Judge(&tally, outputs, 2, targets)
		if got := tally.MeanLoss(); got != want || tally.Samples != 2 {
			t.Errorf("absolute %v: loss %g of %d samples; want %g of 2", absolute, got, tally.Samples, want)
		}
	}
	form := source.Form{Input: []int{2, 1, 8}, Values: 6}
	if err := (Forecasts{}).Fits(form, 3); err != nil {
		t.Errorf("three values of two variables: %v", err)
	}
	if err := (Forecasts{}).Fits(form, 6); err == nil || !strings.Contains(err.Error(), "6 values per sample of 2 variables; the model has 6 outputs each") {
		t.Errorf("error %v of six outputs for each", err)
	}
}

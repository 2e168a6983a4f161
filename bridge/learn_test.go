package bridge

import (
	"context"
	"math"
	"testing"
)

// Every second start of a training has the 4 × 4 lowest sine waves alone: discrete sine
// waves are orthogonal, so its products with all others vanish. All have unit norm.
func TestSmoothStarts(t *testing.T) {
	const n = 8
	p, err := NewPoisson(n, .8, 1, 1, Learned{"B"})
	if err != nil {
		t.Fatal(err)
	}
	l, err := newLearner(context.Background(), p, Training{Rounds: 1, Steps: 1, Batch: 2, Cycles: 1, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	high := [2]float64{} // of each start, the largest product with a high wave
	for k := range high {
		var norm float64
		for _, v := range l.start(k) {
			norm += float64(v) * float64(v)
		}
		if math.Abs(norm-1) > 1e-6 {
			t.Errorf("start %d has norm %g", k, math.Sqrt(norm))
		}
		for a := 1; a < n; a++ {
			for b := 1; b < n; b++ {
				var product float64
				for i, v := range l.start(k) {
					x, y := float64(i%(n-1)+1)/n, float64(i/(n-1)+1)/n
					product += float64(v) * math.Sin(float64(a)*math.Pi*x) * math.Sin(float64(b)*math.Pi*y)
				}
				if a > 4 || b > 4 {
					high[k] = max(high[k], math.Abs(product))
				}
			}
		}
	}
	if high[0] < .1 || high[1] > 1e-5 { // rounding: 49 products of float32
		t.Errorf("high waves of %.2g in the random start and %.2g in the smooth one; want some, and none", high[0], high[1])
	}
}

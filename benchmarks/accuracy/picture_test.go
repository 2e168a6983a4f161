package main

import (
	"math"
	"testing"
)

func TestErrorScale(t *testing.T) {
	at := func(x float64) float64 { return errorScale{}.Normalize(60, 99, x) }
	for x, want := range map[float64]float64{60: 0, 80: math.Log(2) / math.Log(40), 90: math.Log(4) / math.Log(40), 99: 1} {
		if math.Abs(at(x)-want) > 1e-12 {
			t.Errorf("%g is at %g, want %g", x, at(x), want)
		}
	}
}

func TestEvenTicks(t *testing.T) {
	for _, hi := range []float64{0.0042, 0.13, 1, 1.31, 9.2, 28, 59, 96, 399} {
		ticks := evenTicks(0, hi)
		if n := len(ticks); n < 4 || n > 10 || ticks[0].Label != "0" || ticks[n-1].Value > hi {
			t.Errorf("0 to %g: %v", hi, ticks)
		}
	}
}

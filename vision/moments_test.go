package vision

import (
	"math"
	"testing"
)

// Mean and deviation of a few bytes, to the last bit of what can be worked out by hand.
func TestMomentsOfFewBytes(t *testing.T) {
	moments := func(pixels []uint8, channels int) (mean, std []float32) {
		h := newHistogram(channels)
		h.count(pixels)
		return h.moments()
	}
	mean, std := moments([]uint8{10, 0, 20, 255, 60, 0}, 2) // three pixels of two channels
	for c, want := range [][2]float64{
		{30, math.Sqrt((20*20 + 10*10 + 30*30) / 3.)},
		{85, math.Sqrt((85*85 + 170*170 + 85*85) / 3.)},
	} {
		if mean[c] != float32(want[0]/255) || math.Abs(float64(std[c])-want[1]/255) > 1e-7 {
			t.Errorf("channel %d: mean %g and deviation %g, want %g and %g", c, mean[c], std[c], want[0]/255, want[1]/255)
		}
	}
	// One colour has no deviation; a grey step stands for it.
	if mean, std := moments([]uint8{7, 7, 7}, 1); mean[0] != float32(7./255) || std[0] != float32(1./255) {
		t.Errorf("one colour: mean %g and deviation %g", mean[0], std[0])
	}
}

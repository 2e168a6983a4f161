package tensor

import (
	"math"
	"strings"
	"testing"

	"mgtool/tensor/gradtest"
)

func mustBatchNorm(t testing.TB, channels int) *BatchNorm {
	t.Helper()
	n, err := NewBatchNorm(channels)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// running ← (1−m)·running + m·batch, and evaluation uses it. By hand: channel 0
// has values 1, 3 (mean 2, unbiased variance 2), channel 1 has 0, 8 (4, 32).
func TestBatchNormRunning(t *testing.T) {
	n := mustBatchNorm(t, 2)
	if n.Eps != 1e-5 || n.Momentum != 0.1 || n.RunningMean[1] != 0 || n.RunningVar[1] != 1 {
		t.Errorf("defaults: eps %v, momentum %v, running %v, %v", n.Eps, n.Momentum, n.RunningMean, n.RunningVar)
	}
	x, y := []float32{1, 0, 3, 8}, gradtest.NaNs(4)
	gamma, beta := []float32{2, 3}, []float32{0.5, -1}
	n.Forward(y, x, gamma, beta, true)
	close := func(what string, got float32, want float64) {
		t.Helper()
		if math.Abs(float64(got)-want) > 4*unit*math.Abs(want) { // a few roundings
			t.Errorf("%s is %v, want %v", what, got, want)
		}
	}
	close("running mean 0", n.RunningMean[0], 0.2)
	close("running mean 1", n.RunningMean[1], 0.4)
	close("running variance 0", n.RunningVar[0], 0.9+0.2)
	close("running variance 1", n.RunningVar[1], 0.9+3.2)
	close("y", y[0], -2/math.Sqrt(1+1e-5)+0.5) // the biased variance is 1
	mean := append([]float32(nil), n.RunningMean...)
	n.Forward(y, x, gamma, beta, false)
	close("y in evaluation", y[3], 3*(8-0.4)/math.Sqrt(4.1+1e-5)-1)
	if !gradtest.SameBits(mean, n.RunningMean) {
		t.Error("evaluation changed the running mean")
	}
}

func TestBatchNormGradient(t *testing.T) {
	for _, train := range []bool{true, false} {
		for _, s := range []Shape{{4, 1, 1, 3}, {2, 3, 3, 1}, {2, 4, 4, 10}, {3, 7, 5, 3}} {
			n := mustBatchNorm(t, s.C)
			x, r := gradtest.Random(s.Len(), 1), gradtest.Random(s.Len(), 2)
			gamma, beta := away(s.C, 3), gradtest.Random(s.C, 4)
			y, dx, dgamma, dbeta := gradtest.NaNs(len(x)), gradtest.NaNs(len(x)), gradtest.NaNs(s.C), gradtest.NaNs(s.C)
			for c := range s.C {
				n.RunningMean[c], n.RunningVar[c] = 0.3*float32(c), 0.5+float32(c)
			}
			f := func() float64 { n.Forward(y, x, gamma, beta, train); return gradtest.Dot(r, y) }
			if train {
				f()
			} else {
				n.Forward(y, x, gamma, beta, true) // evaluation after training
				f()
			}
			n.Backward(dx, dgamma, dbeta, r, x, gamma)
			gradtest.Check(t, "x", x, f, dx)
			gradtest.Check(t, "gamma", gamma, f, dgamma)
			gradtest.Check(t, "beta", beta, f, dbeta)

			// In place of dy, as the doc allows; the checks ran Forward last at other x.
			f()
			dy := append([]float32(nil), r...)
			n.Backward(dy, dgamma, dbeta, dy, x, gamma)
			if !gradtest.SameBits(dy, dx) {
				t.Errorf("%v, train %v: dx differs when it is dy", s, train)
			}
		}
	}
}

func TestBatchNormErrors(t *testing.T) {
	if _, err := NewBatchNorm(0); err == nil || !strings.Contains(err.Error(), "0 channels") {
		t.Errorf("no channels: error %v", err)
	}
	n := mustBatchNorm(t, 2)
	one, two := []float32{1, 2}, []float32{1, 1}
	wantPanic(t, "1 values per channel", func() { n.Forward(one, one, two, two, true) })
	wantPanic(t, "3 values, want a multiple of the 2", func() { n.Forward(one, make([]float32, 3), two, two, true) })
	n.Forward(make([]float32, 2), one, two, two, false) // fine in evaluation
}

func TestBatchNormKeepsNaN(t *testing.T) {
	n := mustBatchNorm(t, 2)
	x := []float32{1, 2, float32(math.NaN()), 3, 4, 5}
	y := make([]float32, 6)
	n.Forward(y, x, []float32{1, 1}, []float32{0, 0}, true)
	if y[0] == y[0] || n.RunningMean[0] == n.RunningMean[0] || n.RunningVar[0] == n.RunningVar[0] {
		t.Errorf("channel with a NaN: y %v, running mean %v, variance %v, want NaN", y[0], n.RunningMean[0], n.RunningVar[0])
	}
	if y[1] != y[1] || n.RunningMean[1] != n.RunningMean[1] {
		t.Errorf("channel without: y %v, running mean %v", y[1], n.RunningMean[1])
	}
}

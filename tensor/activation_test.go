package tensor

import (
	"fmt"
	"math"
	"testing"

	"mgtool/tensor/gradtest"
)

// The activations at places where they can be worked out by hand.
func TestActivationValues(t *testing.T) {
	nan := float32(math.NaN())
	x := []float32{-2, -.5, 0, .5, 1, 1.5, 3, nan}
	for name, want := range map[string][]float32{
		"heaviside": {0, 0, 0, 1, 1, 1, 1, nan},
		"relu":      {0, 0, 0, .5, 1, 1.5, 3, nan},
		"prelu":     {-.5, -.125, 0, .5, 1, 1.5, 3, nan},
		"hat":       {0, 0, 0, .5, 1, .5, 0, nan},
		// 1/(1 + e^−x) and x Φ(x), Φ(.5) = .69146246, Φ(1) = .84134475, Φ(1.5) = .9331928, Φ(3) = .9986501
		"tanh":    {-0.96402758, -0.46211716, 0, 0.46211716, 0.76159416, 0.90514825, 0.99505475, nan},
		"sigmoid": {.11920292, .37754067, .5, .62245933, .7310586, .81757448, .95257413, nan},
		"gelu":    {-.04550026, -.15426877, 0, .34573123, .84134475, 1.3997892, 2.9959503, nan},
	} {
		a, err := LookupActivation(name)
		if err != nil {
			t.Fatal(err)
		}
		var theta []float32
		if a.Parameter != "" {
			theta = []float32{a.Start}
		}
		y := make([]float32, len(x))
		a.Forward(y, x, theta)
		for i, v := range want {
			if !(math.Abs(float64(y[i]-v)) <= 1e-6*math.Max(1, math.Abs(float64(v)))) && v == v || (v != v) != (y[i] != y[i]) {
				t.Errorf("%s(%g) is %.9g, want %.9g", name, x[i], y[i], v)
			}
		}
	}
	if _, err := LookupActivation("swish"); err == nil {
		t.Error("an unknown activation is found")
	}
}

// Gradients by x and by θ against finite differences, away from kinks, which are
// at 0, M/2 = 1 and M = 2.
func TestActivationGradients(t *testing.T) {
	const rows, channels = 40, 3
	for _, name := range ActivationNames() {
		a, _ := LookupActivation(name)
		if !a.Trainable() {
			continue
		}
		for _, c := range []int{1, channels} {
			theta := make([]float32, 0, c)
			for i := range c {
				if a.Parameter != "" {
					theta = append(theta, a.Start*(1+float32(i)/64))
				}
			}
			if a.Parameter == "" && c > 1 {
				continue
			}
			x, r := gradtest.Random(rows*channels, 1), gradtest.Random(rows*channels, 2)
			for i, v := range x {
				for _, kink := range []float32{0, 1, 2} {
					if math.Abs(float64(v-kink)) < .3 {
						x[i] = kink + .35 + float32(i%8)/64
						break
					}
				}
			}
			y, dx, dtheta := gradtest.NaNs(len(x)), gradtest.NaNs(len(x)), gradtest.NaNs(len(theta))
			f := func() float64 { a.Forward(y, x, theta); return gradtest.Dot(r, y) }
			what := fmt.Sprintf("%s, %d parameters", name, len(theta))
			a.Backward(dx, dtheta, r, x, theta)
			gradtest.Check(t, what, x, f, dx)
			if len(theta) > 0 {
				gradtest.Check(t, what+", by the parameter", theta, f, dtheta)
			}
		}
	}
}

package adam

import (
	"fmt"
	"math"
	"testing"
)

// The first step moves every parameter by the rate against the sign of its gradient, whatever its
// size; later ones are those of algorithm 1, written with the sums that its averages are:
// m_t = (1 − β₁) Σ β₁^{t−s} g_s.
func TestStep(t *testing.T) {
	gradients := [][]float64{{3, -1e-3}, {-2, 4e-3}, {1, 1e-3}}
	x, want := []float64{1, 1}, []float64{1, 1}
	a := New(2)
	for n, g := range gradients {
		a.Step(x, g, .1)
		for i := range want {
			m, v := 0.0, 0.0
			for s, past := range gradients[:n+1] {
				m += .1 * math.Pow(.9, float64(n-s)) * past[i]
				v += .001 * math.Pow(.999, float64(n-s)) * past[i] * past[i]
			}
			m, v = m/(1-math.Pow(.9, float64(n+1))), v/(1-math.Pow(.999, float64(n+1)))
			want[i] -= .1 * m / (math.Sqrt(v) + 1e-10)
		}
		if n == 0 && (math.Abs(x[0]-.9) > 1e-6 || math.Abs(x[1]-1.1) > 1e-6) {
			t.Errorf("after one step %v; want .9 and 1.1", x)
		}
		for i := range want {
			if math.Abs(x[i]-want[i]) > 1e-13 {
				t.Errorf("step %d: parameter %d is %.15f; want %.15f", n+1, i, x[i], want[i])
			}
		}
	}
}

func TestClip(t *testing.T) {
	for _, c := range []struct{ g, want []float64 }{{[]float64{3, 4}, []float64{.6, .8}}, {[]float64{.3, .4}, []float64{.3, .4}}, {[]float64{0}, []float64{0}}} {
		Clip(c.g)
		for i := range c.want {
			if math.Abs(c.g[i]-c.want[i]) > 1e-15 {
				t.Errorf("%v; want %v", c.g, c.want)
			}
		}
	}
}

// The minimum of (x − 2)² from 0.
func ExampleAdam() {
	x, a := []float64{0}, New(1)
	for range 500 {
		a.Step(x, []float64{2 * (x[0] - 2)}, .05)
	}
	fmt.Printf("%.2f\n", x[0])
	// Output: 2.00
}

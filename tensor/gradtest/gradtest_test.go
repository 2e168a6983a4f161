package gradtest

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

// recorder is a testing.TB that counts failures.
type recorder struct {
	testing.TB
	failures []string
}

func (r *recorder) Helper() {}
func (r *recorder) Errorf(format string, args ...any) {
	r.failures = append(r.failures, fmt.Sprintf(format, args...))
}

// A smooth float32 function of n parameters that couples neighbours,
// y_i = sin(p_i)·p_{i+1}, and its gradient for f = Σ r_i y_i.
func example(n int) (params []float32, f func() float64, grad []float32) {
	params, r := Random(n, 1), Random(n, 2)
	y := make([]float32, n)
	f = func() float64 {
		for i := range y {
			y[i] = float32(math.Sin(float64(params[i]))) * params[(i+1)%n]
		}
		return Dot(r, y)
	}
	grad = make([]float32, n)
	for i, p := range params {
		j := (i + 1) % n
		grad[i] += r[i] * float32(math.Cos(float64(p))) * params[j]
		grad[j] += r[i] * float32(math.Sin(float64(p)))
	}
	return params, f, grad
}

// largest returns the index of the largest |grad|.
func largest(grad []float32) int {
	best := 0
	for i, g := range grad {
		if math.Abs(float64(g)) > math.Abs(float64(grad[best])) {
			best = i
		}
	}
	return best
}

func TestCheck(t *testing.T) {
	for _, n := range []int{2, 10, 64, 500, 5000} {
		cases := []struct {
			name  string
			fails bool
			spoil func(g []float32)
		}{
			{"right", false, func(g []float32) {}},
			{"1% in one component", true, func(g []float32) { g[largest(g)] *= 1.01 }},
			{"sign of one component", true, func(g []float32) { i := largest(g); g[i] = -g[i] }},
			{"sign of all", true, func(g []float32) {
				for i := range g {
					g[i] = -g[i]
				}
			}},
			{"one component missing", true, func(g []float32) { g[largest(g)] = 0 }},
			{"1% in all", true, func(g []float32) {
				for i := range g {
					g[i] *= 1.01
				}
			}},
			{"shifted by one", true, func(g []float32) { copy(g, append(slices.Clone(g[1:]), g[0])) }},
			{"NaN", true, func(g []float32) { g[0] = float32(math.NaN()) }},
			{"zero", true, func(g []float32) { clear(g) }},
		}
		for _, c := range cases {
			params, f, grad := example(n)
			before := slices.Clone(params)
			c.spoil(grad)
			r := &recorder{}
			Check(r, c.name, params, f, grad)
			if failed := len(r.failures) > 0; failed != c.fails {
				t.Errorf("n %d, %s: failed is %v, want %v %v", n, c.name, failed, c.fails, r.failures)
			}
			if !slices.Equal(params, before) {
				t.Errorf("n %d, %s: parameters are not restored", n, c.name)
			}
		}
	}
}

// What cannot be judged is a failure, not a pass.
func TestCheckGivesUp(t *testing.T) {
	params := Random(20, 1)
	params[7] = 0
	ones := make([]float32, 20)
	for i := range ones {
		ones[i] = 1
	}
	cases := []struct {
		name string
		f    func() float64
		grad []float32
	}{
		{"noise", func() float64 { return Dot(params, ones) + 1e-2*math.Sin(1e9*Dot(params, ones)) }, ones},
		{"NaN", func() float64 { return math.NaN() }, ones},
		{"length", func() float64 { return 0 }, ones[1:]},
		{"kink", func() float64 { return Dot(params, ones) + math.Abs(float64(params[7])) - 0.3*float64(params[7]) }, ones},
	}
	for _, c := range cases {
		r := &recorder{}
		Check(r, c.name, params, c.f, c.grad)
		if len(r.failures) == 0 {
			t.Errorf("%s: passed, want a failure", c.name)
		}
	}
}

func ExampleCheck() {
	// y_i = p_i², so that ∂(Σ r_i y_i)/∂p_i = 2 r_i p_i.
	params, r := Random(5, 1), Random(5, 2)
	y, grad := make([]float32, 5), make([]float32, 5)
	f := func() float64 {
		for i, p := range params {
			y[i] = p * p
		}
		return Dot(r, y)
	}
	for i, p := range params {
		grad[i] = 2 * r[i] * p
	}
	t := &recorder{} // in a test, its *testing.T
	Check(t, "square", params, f, grad)
	fmt.Println(len(t.failures), "failures")
	grad[3] *= -1
	Check(t, "square", params, f, grad)
	fmt.Println(len(t.failures) > 0)
	// Output:
	// 0 failures
	// true
}

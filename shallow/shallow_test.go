package shallow

import (
	"context"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

func gauss(t *testing.T, dim, cells, perCell int) Points {
	t.Helper()
	p, err := Gauss(dim, cells, perCell)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func activation(t *testing.T, name string) Activation {
	t.Helper()
	a, err := ParseActivation(name)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func target(t *testing.T, name string) func(x []float64) float64 {
	t.Helper()
	f, err := LookupTarget(name)
	if err != nil {
		t.Fatal(err)
	}
	return f.At
}

// Gauss points integrate polynomials of degree 2·perCell − 1 along each axis exactly.
func TestGauss(t *testing.T) {
	for dim := 1; dim <= 4; dim++ {
		p := gauss(t, dim, 2, 2)
		sum, want := 0.0, 1.0
		for i, w := range p.W {
			v := w
			for d := range dim {
				v *= whole(p.X[i*dim+d], 3-d%2)
			}
			sum += v
		}
		for d := range dim {
			want /= float64(4 - d%2)
		}
		if math.Abs(sum-want) > 1e-15 {
			t.Errorf("dimension %d: ∫ x³y²… = %g; want %g", dim, sum, want)
		}
	}
}

// The sums along a direction, from one pass over the points, are those of the definition.
func TestScan(t *testing.T) {
	p := gauss(t, 3, 3, 3)
	rng := rand.New(rand.NewPCG(1, 2))
	v := make([]float64, p.Len())
	for i := range v {
		v[i] = rng.NormFloat64()
	}
	for _, name := range []string{"relu^0", "relu^1", "relu^3", "hat", "sigmoid", "power^2"} {
		a := activation(t, name)
		s := newSearch(p, a, 1)
		for range 5 {
			n := []neuron{{omega: unit(rng, 3)}}
			s.scan(n, v)
			direct := 0.0
			for i, c := range v {
				direct += c * a.At(dot(n[0].omega, p.X[3*i:3*i+3])+n[0].b)
			}
			close := 1e-11
			if a.kind != reluPower { // by the middles of cells
				close = 0.02
			}
			if !(math.Abs(math.Abs(direct)-n[0].gain) <= close*n[0].gain) {
				t.Errorf("%s: gain %.15g at the bias %g; by the definition %.15g", name, n[0].gain, n[0].b, direct)
			}
			for b := -1.7; b < 1.7; b += 0.01 { // no other bias is much better
				sum := 0.0
				for i, c := range v {
					sum += c * a.At(dot(n[0].omega, p.X[3*i:3*i+3])+b)
				}
				lo, hi := -beyond, 0.0
				for _, w := range n[0].omega {
					lo, hi = lo+min(w, 0), hi+max(w, 0)
				}
				if -b > lo && -b < hi && math.Abs(sum) > 1.1*n[0].gain+0.5 {
					t.Errorf("%s: gain %g at the bias %g; the search found %g at %g", name, math.Abs(sum), b, n[0].gain, n[0].b)
				}
			}
		}
	}
}

// In one dimension the greedy algorithm attains the sharp rates, n^{−(k+1)}.
func TestRates(t *testing.T) {
	p := gauss(t, 1, 512, 4)
	for name, first := range map[string]int{"relu^0": 12, "relu^1": 12, "relu^2": 12} {
		a := activation(t, name)
		r, err := Greedy(context.Background(), target(t, "gauss"), p, a, Options{Terms: 96})
		if err != nil {
			t.Fatal(err)
		}
		slope, err := Slope(r.Errors, first)
		if want := a.Rate(1); err != nil || math.Abs(slope/want-1) > 0.08 {
			t.Errorf("%s: slope %.3f (%v); want %g", name, slope, err, want)
		}
	}
}

// The weights are those of the projection: the residual is orthogonal to every neuron, the error
// falls with each, and it is that of the network also on other points.
func TestProjection(t *testing.T) {
	p, f := gauss(t, 2, 20, 3), target(t, "cosine")
	a := activation(t, "relu^1")
	r, err := Greedy(context.Background(), f, p, a, Options{Terms: 24, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	want, _ := p.values(f)
	rest, _ := p.values(r.Network.At)
	for i := range rest {
		rest[i] = want[i] - rest[i]
	}
	last := r.Errors[len(r.Errors)-1]
	if got := p.norm(rest) / p.norm(want); math.Abs(got-last) > 1e-10 {
		t.Errorf("the network leaves %.12g; the algorithm says %.12g", got, last)
	}
	for i, b := range r.Network.B {
		v, _ := p.values(func(x []float64) float64 { return a.At(dot(r.Network.Omega[2*i:2*i+2], x) + b) })
		if c := p.inner(v, rest) / (p.norm(v) * p.norm(want)); math.Abs(c) > 1e-11 {
			t.Errorf("neuron %d: ⟨σ, r⟩ = %g; want 0", i, c)
		}
	}
	for n := 1; n < len(r.Errors); n++ {
		if r.Errors[n] > r.Errors[n-1] {
			t.Errorf("error %g after %d terms, %g after one less", r.Errors[n], n+1, r.Errors[n-1])
		}
	}
	if e, err := gauss(t, 2, 19, 3).Error(f, r.Network.At); err != nil || math.Abs(e/last-1) > 0.1 {
		t.Errorf("error %g on other points (%v); want about %g", e, err, last)
	}
}

// Networks with a polynomial σ are polynomials: they stop at the best one of that degree.
func TestPolynomial(t *testing.T) {
	p, f := gauss(t, 2, 4, 3), target(t, "cosine")
	r, err := Greedy(context.Background(), f, p, activation(t, "power^2"), Options{Terms: 30, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(r.Errors); n > 6 {
		t.Errorf("%d terms; the polynomials of degree 2 have 6 dimensions", n)
	}
	design, values := mat.NewDense(p.Len(), 6, nil), mat.NewVecDense(p.Len(), nil)
	for i, w := range p.W {
		x, y, s := p.X[2*i], p.X[2*i+1], math.Sqrt(w)
		design.SetRow(i, []float64{s, s * x, s * y, s * x * x, s * x * y, s * y * y})
		values.SetVec(i, s*f(p.X[2*i:2*i+2]))
	}
	var c, rest mat.VecDense
	if err := c.SolveVec(design, values); err != nil {
		t.Fatal(err)
	}
	rest.MulVec(design, &c)
	rest.SubVec(values, &rest)
	want := mat.Norm(&rest, 2) / mat.Norm(values, 2)
	if got := r.Errors[len(r.Errors)-1]; math.Abs(got-want) > 1e-9 {
		t.Errorf("it stops at %.12g; the best polynomial has %.12g", got, want)
	}
}

// The same seed gives the same bits on any number of threads, another seed other networks.
func TestSeeds(t *testing.T) {
	p, f := gauss(t, 3, 4, 2), target(t, "gauss")
	run := func(threads int, seed uint64) []float64 {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(threads))
		r, err := Greedy(context.Background(), f, p, activation(t, "relu^1"), Options{Terms: 10, Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		return append(r.Errors, r.Network.A...)
	}
	one := run(1, 1)
	if !slices.Equal(one, run(3, 1)) {
		t.Error("three threads differ from one")
	}
	if slices.Equal(one, run(1, 2)) {
		t.Error("two seeds do not differ")
	}
}

// Piecewise polynomials of degree 1 have linear functions, and errors are of the order of their degree.
func TestPiecewise(t *testing.T) {
	linear := func(x []float64) float64 { return 2 + x[0] - 3*x[len(x)-1] }
	for dim := 1; dim <= 3; dim++ {
		if e, n, err := Piecewise(dim, 3, 1, linear); err != nil || e > 1e-7 || n != (dim+1)*pow(3, dim) {
			t.Errorf("dimension %d: a linear function with error %g by %d coefficients (%v); want 0 by %d", dim, e, n, err, (dim+1)*pow(3, dim))
		}
		for degree := range 2 {
			coarse, few, _ := Piecewise(dim, 12, degree, target(t, "gauss"))
			fine, many, _ := Piecewise(dim, 24, degree, target(t, "gauss"))
			order := math.Log(fine/coarse) / math.Log(float64(many)/float64(few))
			if want := -float64(degree+1) / float64(dim); math.Abs(order/want-1) > 0.02 {
				t.Errorf("dimension %d, degree %d: n^%.3f; want n^%.3f", dim, degree, order, want)
			}
		}
	}
	// x over its mean and x: ∫ (x − ½)² / ∫ x² = 1/4.
	if e, _, _ := Piecewise(1, 1, 0, func(x []float64) float64 { return x[0] }); math.Abs(e-0.5) > 1e-12 {
		t.Errorf("x by a constant: error %g; want 1/2", e)
	}
}

func TestSlope(t *testing.T) {
	var errors []float64
	for n := 1; n <= 64; n++ {
		errors = append(errors, 3*math.Pow(float64(n), -1.25))
	}
	if s, err := Slope(errors, 8); err != nil || math.Abs(s+1.25) > 1e-12 {
		t.Errorf("slope %g (%v); want −1.25", s, err)
	}
	// Student's t of 0.975 with two degrees of freedom is 4.3027.
	if m, h := Interval([]float64{-1, -1.1, -1.2}); math.Abs(m+1.1) > 1e-12 || math.Abs(h-4.302653*0.1/math.Sqrt(3)) > 1e-6 {
		t.Errorf("%g ± %g; want −1.1 ± %g", m, h, 4.302653*0.1/math.Sqrt(3))
	}
	if _, h := Interval([]float64{-1}); !math.IsNaN(h) {
		t.Errorf("one seed: ± %g; want NaN", h)
	}
}

// A name reads back as itself.
func TestNames(t *testing.T) {
	for _, name := range []string{"relu^0", "relu^1", "relu^5", "hat", "sigmoid", "power^1", "power^5"} {
		if got := activation(t, name).String(); got != name {
			t.Errorf("%s reads back as %s", name, got)
		}
	}
	if a := activation(t, "relu"); a != activation(t, "relu^1") || activation(t, "heaviside") != activation(t, "relu^0") {
		t.Errorf("relu is %v, heaviside %v; want relu^1 and relu^0", a, activation(t, "heaviside"))
	}
	for name, want := range map[string]float64{"relu^1": -1.25, "relu^0": -0.75, "hat": -1.25, "sigmoid": -0.5, "power^2": 0} {
		if got := activation(t, name).Rate(2); got != want {
			t.Errorf("%s in the plane: rate %g; want %g", name, got, want)
		}
	}
}

func TestMistakes(t *testing.T) {
	p, relu := gauss(t, 1, 4, 2), activation(t, "relu")
	one := func(x []float64) float64 { return 1 }
	greedy := func(f func([]float64) float64, o Options) error {
		_, err := Greedy(context.Background(), f, p, relu, o)
		return err
	}
	parse := func(name string) error { _, err := ParseActivation(name); return err }
	train := func(t Training) error { _, err := Train(context.Background(), t); return err }
	second := func(_ any, err error) error { return err }
	_, _, piecewise := Piecewise(2, 4, 2, one)
	for want, err := range map[string]error{
		"8 terms on 8 points":         greedy(one, Options{Terms: 8}),
		"-1 terms":                    greedy(one, Options{Terms: -1}),
		"the function is NaN":         greedy(func([]float64) float64 { return math.NaN() }, Options{Terms: 1}),
		"the function is 0":           greedy(func([]float64) float64 { return 0 }, Options{Terms: 1}),
		`"relu^6"`:                    parse("relu^6"),
		`"tanh"`:                      parse("tanh"),
		`"hat^2"`:                     parse("hat^2"),
		"0 Gauss points":              second(Gauss(2, 3, 0)),
		"want at most 4194304":        second(Gauss(4, 100, 4)),
		`target "bump"; want gauss`:   second(LookupTarget("bump")),
		"want at least a doubling":    second(Slope([]float64{1, 2}, 2)),
		"polynomials of degree 2":     piecewise,
		"relu^0, whose gradient is 0": train(Training{}),
		"wave number 300":             train(Training{Activation: relu, Modes: []int{300}}),
		"scale -1":                    train(Training{Activation: relu, Scale: -1}),
		"the loss is":                 train(Training{Activation: relu, Rate: 1e200, Steps: 9}),
	} {
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v; want an error of one line with %q", err, want)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Greedy(ctx, one, p, relu, Options{Terms: 4}); err != context.Canceled {
		t.Errorf("stopped: %v", err)
	}
}

package shallow

// A network of one variable trained by gradients, and what it learns of each frequency.

import (
	"context"
	"fmt"
	"math"
	"math/cmplx"
	"math/rand/v2"
	"slices"

	"mgtool/internal/parallel"
)

// Training fits a network of one variable,
//
//	u(x) = Σ_i a_i σ(s_i (x − c_i)),   x in [0, 1],
//
// to f = Σ_k sin 2πkx over Modes, by full gradients of the mean squared error and Adam (D. Kingma,
// J. Ba, ICLR 2015). All of a, s and c are trained; they begin at random: c over [0, 1], s at
// ±Scale, a near 0. A number that is 0 has the value stated.
type Training struct {
	Activation Activation // any but Heaviside, whose gradient is 0
	Neurons    int        // 128
	Points     int        // of the mean squared error, at the middles of equal cells; 512
	Scale      float64    // 16: hats begin with 1/16 of the interval
	Rate       float64    // of Adam; 1e-3
	Steps      int        // 10000
	Modes      []int      // wave numbers k of f; 1, 2, 4, 8, 16
	Every      int        // steps between two rows of the result; 100
	Seed       uint64
	// Progress, if not nil, is called with each row.
	Progress func(step int, loss float64)
}

// Spectrum is how the error of each mode fell.
type Spectrum struct {
	Modes []int
	Steps []int     // 0 first
	Loss  []float64 // mean squared error
	// Errors[i][j] is |ê_k|/|f̂_k| of mode Modes[j] after Steps[i], ê the Fourier coefficients
	// of the error: 1 where nothing is learned, 0 where all is.
	Errors  [][]float64
	Network *Network // Omega is s, B is −s c
}

func (t Training) withDefaults() (Training, error) {
	for _, v := range []struct {
		at    *int
		usual int
	}{{&t.Neurons, 128}, {&t.Points, 512}, {&t.Steps, 10000}, {&t.Every, 100}} {
		if *v.at == 0 {
			*v.at = v.usual
		}
	}
	if t.Scale == 0 {
		t.Scale = 16
	}
	if t.Rate == 0 {
		t.Rate = 1e-3
	}
	if t.Modes == nil {
		t.Modes = []int{1, 2, 4, 8, 16}
	}
	switch {
	case t.Activation.kind == reluPower && t.Activation.power == 0:
		return t, fmt.Errorf("shallow: training %v, whose gradient is 0; want relu^1 or more, hat, sigmoid or power^K", t.Activation)
	case min(t.Neurons, t.Points, t.Steps, t.Every) < 1:
		return t, fmt.Errorf("shallow: %d neurons, %d points, %d steps, a row every %d; want 1 or more of each", t.Neurons, t.Points, t.Steps, t.Every)
	case !(t.Scale > 0) || !(t.Rate > 0) || math.IsInf(t.Scale*t.Rate, 0):
		return t, fmt.Errorf("shallow: scale %g and rate %g; want positive numbers", t.Scale, t.Rate)
	case len(t.Modes) == 0:
		return t, fmt.Errorf("shallow: no mode; want wave numbers from 1 on")
	}
	for i, k := range t.Modes {
		if slices.Contains(t.Modes[:i], k) {
			return t, fmt.Errorf("shallow: wave number %d twice; want it once", k)
		}
		if k < 1 || 2*k >= t.Points {
			return t, fmt.Errorf("shallow: wave number %d on %d points; want 1 to %d", k, t.Points, (t.Points-1)/2)
		}
	}
	return t, nil
}

// Validate reports the first setting that cannot be meant.
func (t Training) Validate() error {
	_, err := t.withDefaults()
	return err
}

// Train trains. It is an error if values are no longer finite.
func Train(ctx context.Context, t Training) (*Spectrum, error) {
	t, err := t.withDefaults()
	if err != nil {
		return nil, err
	}
	n := t.Neurons
	theta := make([]float64, 3*n) // a, s, c
	rng := rand.New(rand.NewPCG(t.Seed, 0x747261696e))
	for i := range n {
		theta[i] = 0.1 * rng.NormFloat64() / math.Sqrt(float64(n))
		theta[n+i] = t.Scale * float64(1-2*rng.IntN(2))
		theta[2*n+i] = rng.Float64()
	}
	x, f := make([]float64, t.Points), make([]float64, t.Points)
	for j := range x {
		x[j] = (float64(j) + 0.5) / float64(t.Points)
		for _, k := range t.Modes {
			f[j] += math.Sin(2 * math.Pi * float64(k) * x[j])
		}
	}
	e, gradient := make([]float64, t.Points), make([]float64, len(theta))
	opt := adam{rate: t.Rate, m: make([]float64, len(theta)), v: make([]float64, len(theta))}
	s := &Spectrum{Modes: t.Modes}
	for step := 0; ; step++ {
		loss := t.gradient(gradient, e, theta, x, f)
		if loss-loss != 0 {
			return nil, fmt.Errorf("shallow: the loss is %g after %d steps; want a smaller rate than %g", loss, step, t.Rate)
		}
		if step%t.Every == 0 || step == t.Steps {
			s.Steps, s.Loss, s.Errors = append(s.Steps, step), append(s.Loss, loss), append(s.Errors, t.spectrum(e, x))
			if t.Progress != nil {
				t.Progress(step, loss)
			}
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if step == t.Steps {
			break
		}
		opt.step(theta, gradient)
	}
	s.Network = &Network{Dim: 1, Activation: t.Activation, A: theta[:n], Omega: theta[n : 2*n], B: make([]float64, n)}
	for i := range n {
		s.Network.B[i] = -theta[n+i] * theta[2*n+i]
	}
	return s, nil
}

// gradient sets the errors u − f at the points and the gradient of ½ mean (u − f)², and
// returns mean (u − f)².
func (t Training) gradient(gradient, e, theta, x, f []float64) (loss float64) {
	n := t.Neurons
	a, s, c := theta[:n], theta[n:2*n], theta[2*n:]
	parallel.For(len(x), 64, func(lo, hi int) {
		for j := lo; j < hi; j++ {
			sum := -f[j]
			for i, w := range a {
				sum += w * t.Activation.At(s[i]*(x[j]-c[i]))
			}
			e[j] = sum
		}
	})
	share := 1 / float64(len(x))
	parallel.For(n, 16, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			var da, ds, dc float64
			for j, y := range x {
				z := s[i] * (y - c[i])
				da += e[j] * t.Activation.At(z)
				slope := e[j] * a[i] * t.Activation.slope(z)
				ds += slope * (y - c[i])
				dc -= slope * s[i]
			}
			gradient[i], gradient[n+i], gradient[2*n+i] = share*da, share*ds, share*dc
		}
	})
	return dot(e, e) * share
}

// slope is σ′(t), almost everywhere.
func (a Activation) slope(t float64) float64 {
	switch a.kind {
	case hat:
		switch {
		case t <= 0 || t >= 1:
			return 0
		case t < 0.5:
			return 2
		}
		return -2
	case sigmoid:
		y := a.At(t)
		return steepness * y * (1 - y)
	case power:
		return float64(a.power) * whole(t, a.power-1)
	}
	if t <= 0 || a.power == 0 {
		return 0
	}
	return float64(a.power) * whole(t, a.power-1)
}

// spectrum is |ê_k| over |f̂_k| = ½ of each mode.
func (t Training) spectrum(e, x []float64) []float64 {
	list := make([]float64, len(t.Modes))
	for m, k := range t.Modes {
		var sum complex128
		for j, y := range x {
			sum += complex(e[j], 0) * cmplx.Exp(complex(0, -2*math.Pi*float64(k)*y))
		}
		list[m] = 2 * cmplx.Abs(sum) / float64(len(x))
	}
	return list
}

// adam is the optimiser, with β₁ = 0.9, β₂ = 0.999 and ε = 1e-8.
type adam struct {
	rate  float64
	m, v  []float64
	steps int
}

func (o *adam) step(theta, gradient []float64) {
	const beta1, beta2, epsilon = 0.9, 0.999, 1e-8
	o.steps++
	c1, c2 := 1-math.Pow(beta1, float64(o.steps)), 1-math.Pow(beta2, float64(o.steps))
	for i, g := range gradient {
		o.m[i] += (1 - beta1) * (g - o.m[i])
		o.v[i] += (1 - beta2) * (g*g - o.v[i])
		theta[i] -= o.rate * (o.m[i] / c1) / (math.Sqrt(o.v[i]/c2) + epsilon)
	}
}

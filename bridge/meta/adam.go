package meta

import "math"

// adam is the optimiser of Kingma & Ba (ICLR 2015), algorithm 1, with β = (0.9, 0.999).
type adam struct {
	m, v []float64
	step int
}

func newAdam(n int) *adam { return &adam{m: make([]float64, n), v: make([]float64, n)} }

// update changes x by the gradient, cut to a norm of at most 1 first.
func (a *adam) update(x, gradient []float64, rate float64) {
	a.step++
	norm := 0.0
	for _, g := range gradient {
		norm += g * g
	}
	cut := min(1, 1/math.Sqrt(norm+1e-30))
	c1, c2 := 1-math.Pow(.9, float64(a.step)), 1-math.Pow(.999, float64(a.step))
	for i, g := range gradient {
		g *= cut
		a.m[i] += .1 * (g - a.m[i])
		a.v[i] += .001 * (g*g - a.v[i])
		x[i] -= rate * (a.m[i] / c1) / (math.Sqrt(a.v[i]/c2) + 1e-10)
	}
}

// annealed is the rate at a step: it falls along a half cosine, to a hundredth.
func annealed(rate float64, step, steps int) float64 {
	part := float64(step) / float64(steps)
	return rate * (.01 + .99*(1+math.Cos(math.Pi*part))/2)
}

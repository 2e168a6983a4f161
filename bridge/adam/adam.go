// Package adam is the optimiser Adam in float64, for the few parameters that the bridge trains; the
// weights of networks of images have one of their own, in float32, in package tensor.
//
//	m ← m + (1 − β₁)(g − m),   v ← v + (1 − β₂)(g² − v),
//	x ← x − rate · m/(1 − β₁^t) / (√(v/(1 − β₂^t)) + ε)
package adam

import "math"

// Adam is algorithm 1 of Kingma and Ba (ICLR 2015, arXiv:1412.6980) with β = (0.9, 0.999) and
// ε = 10⁻¹⁰.
type Adam struct {
	m, v []float64
	step int
}

// New makes the optimiser of n parameters.
func New(n int) *Adam { return &Adam{m: make([]float64, n), v: make([]float64, n)} }

// Step changes x, of n parameters, by the gradient.
func (a *Adam) Step(x, gradient []float64, rate float64) {
	a.step++
	c1, c2 := 1-math.Pow(.9, float64(a.step)), 1-math.Pow(.999, float64(a.step))
	for i, g := range gradient {
		a.m[i] += .1 * (g - a.m[i])
		a.v[i] += .001 * (g*g - a.v[i])
		x[i] -= rate * (a.m[i] / c1) / (math.Sqrt(a.v[i]/c2) + 1e-10)
	}
}

// Clip scales a gradient down to a norm of at most 1.
func Clip(gradient []float64) {
	norm := 0.0
	for _, g := range gradient {
		norm += g * g
	}
	scale := min(1, 1/math.Sqrt(norm+1e-30))
	for i := range gradient {
		gradient[i] *= scale
	}
}

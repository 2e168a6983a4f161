package tensor

// Optimiser steps and averages of weights. A nil gradient is 0.

import (
	"math"

	"mgtool/internal/parallel"
	"mgtool/internal/simd"
)

// SGD takes a step of gradient descent with momentum and weight decay,
//
//	v = momentum·v + (g + decay·w),   w −= rate·v.
//
// All slices have the same length; a nil g is 0.
func SGD(w, v, g []float32, momentum, decay, rate float32) {
	checkLen("sgd", "v", v, len(w))
	if g != nil {
		checkLen("sgd", "g", g, len(w))
	}
	k := simd.Best()
	parallel.For(len(w), grain, func(lo, hi int) {
		part := g
		if g != nil {
			part = g[lo:hi]
		}
		k.SGD(w[lo:hi], v[lo:hi], part, momentum, decay, rate)
	})
}

// Nesterov takes the step of [SGD] with Nesterov's momentum,
//
//	v = momentum·v + (g + decay·w),   w −= rate·(g + decay·w + momentum·v).
func Nesterov(w, v, g []float32, momentum, decay, rate float32) {
	checkLen("nesterov", "v", v, len(w))
	if g != nil {
		checkLen("nesterov", "g", g, len(w))
	}
	parallel.For(len(w), grain, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			d := decay * w[i]
			if g != nil {
				d += g[i]
			}
			v[i] = momentum*v[i] + d
			w[i] -= rate * (d + momentum*v[i])
		}
	})
}

// AdamW is Adam with decoupled weight decay (I. Loshchilov, F. Hutter, Decoupled
// Weight Decay Regularization, ICLR 2019). Beta1 and Beta2, the β of its two averages,
// are in [0, 1), and Epsilon is positive.
type AdamW struct{ Beta1, Beta2, Epsilon float64 }

// Step takes step t, counted from 1,
//
//	w *= 1 − rate·decay
//	m = β₁m + (1−β₁)g,   v = β₂v + (1−β₂)g²
//	w −= rate · m/(1−β₁ᵗ) / (√(v/(1−β₂ᵗ)) + ε).
//
// All slices have the same length; a nil g is 0. m and v are 0 before the first step.
func (a AdamW) Step(w, m, v, g []float32, rate, decay float64, t int) {
	checkLen("adamw", "m", m, len(w))
	checkLen("adamw", "v", v, len(w))
	if g != nil {
		checkLen("adamw", "g", g, len(w))
	}
	keep := float32(1 - rate*decay)
	beta1, beta2, epsilon := float32(a.Beta1), float32(a.Beta2), float32(a.Epsilon)
	rest1, rest2 := float32(1-a.Beta1), float32(1-a.Beta2)
	size := float32(rate / (1 - math.Pow(a.Beta1, float64(t))))
	root := float32(1 / math.Sqrt(1-math.Pow(a.Beta2, float64(t))))
	parallel.For(len(w), grain, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			var d float32
			if g != nil {
				d = g[i]
			}
			m[i] = beta1*m[i] + rest1*d
			v[i] = beta2*v[i] + rest2*d*d
			w[i] = keep*w[i] - size*m[i]/(root*float32(math.Sqrt(float64(v[i])))+epsilon)
		}
	})
}

// AddScaled sets y += by·x. Both have the same length.
func AddScaled(y, x []float32, by float32) {
	checkLen("add scaled", "y", y, len(x))
	parallel.For(len(x), grain, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			y[i] += by * x[i]
		}
	})
}

// Lerp moves y towards x, y += share·(x − y), as a moving average does. Both have the
// same length.
func Lerp(y, x []float32, share float32) {
	checkLen("lerp", "y", y, len(x))
	parallel.For(len(x), grain, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			y[i] += share * (x[i] - y[i])
		}
	})
}

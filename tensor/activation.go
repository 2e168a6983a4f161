package tensor

// Activations beside ReLU: functions of one value, some with a parameter.

import (
	"fmt"
	"math"
	"slices"

	"mgtool/internal/parallel"
)

// Activation is a function σ(x; θ) that is applied value by value. θ is nothing,
// one number for all values, or one a channel.
type Activation struct {
	Name string
	// Parameter says what θ means; it is empty for a function without.
	Parameter string
	// Start is where θ begins in training.
	Start float32

	value       func(x, theta float32) float32
	slope       func(x, theta float32) float32 // ∂σ/∂x; nil where there is none to train with
	byParameter func(x, theta float32) float32 // ∂σ/∂θ
}

// activations are all of them. On kinks the derivative is the one from the left,
// as that of ReLU is.
var activations = []Activation{
	{
		// Rosenblatt's unit: σ is 1 for x > 0, else 0. Its derivative is 0.
		Name:  "heaviside",
		value: func(x, _ float32) float32 { return step(x) },
	},
	{
		Name:  "sigmoid",
		value: func(x, _ float32) float32 { return sigmoid(x) },
		slope: func(x, _ float32) float32 { s := sigmoid(x); return s * (1 - s) },
	},
	{
		Name:  "tanh",
		value: func(x, _ float32) float32 { return float32(math.Tanh(float64(x))) },
		slope: func(x, _ float32) float32 { t := math.Tanh(float64(x)); return float32(1 - t*t) },
	},
	{
		Name:  "relu",
		value: func(x, _ float32) float32 { return max(x, 0) },
		slope: func(x, _ float32) float32 { return step(x) },
	},
	{
		// He et al., "Delving Deep into Rectifiers", 2015.
		Name: "prelu", Parameter: "slope for x < 0, one a channel", Start: .25,
		value: func(x, a float32) float32 {
			if x > 0 {
				return x
			}
			return a * x
		},
		slope: func(x, a float32) float32 {
			if x > 0 {
				return 1
			}
			return a
		},
		byParameter: func(x, _ float32) float32 { return min(x, 0) },
	},
	{
		// x Φ(x), Φ the normal distribution (Hendrycks and Gimpel, arXiv 1606.08415).
		Name:  "gelu",
		value: func(x, _ float32) float32 { return float32(float64(x) * normal(x)) },
		slope: func(x, _ float32) float32 {
			return float32(normal(x) + float64(x)*math.Exp(-float64(x)*float64(x)/2)/math.Sqrt(2*math.Pi))
		},
	},
	{
		// max(0, min(x, M − x)), a hat on [0, M]: the compact activation of "CNNs
		// with Compact Activation Function", ICCS 2022.
		Name: "hat", Parameter: "support M, one a level", Start: 2,
		value: func(x, m float32) float32 { return max(0, min(x, m-x)) },
		slope: func(x, m float32) float32 {
			switch {
			case x <= 0 || x > m:
				return 0
			case x <= m/2:
				return 1
			}
			return -1
		},
		byParameter: func(x, m float32) float32 {
			if x > m/2 && x <= m {
				return 1
			}
			return 0
		},
	},
}

// step keeps a NaN, so that it is seen.
func step(x float32) float32 {
	switch {
	case x > 0:
		return 1
	case x <= 0:
		return 0
	}
	return x
}

func sigmoid(x float32) float32 { return float32(1 / (1 + math.Exp(-float64(x)))) }

// normal is Φ(x), by erfc, which keeps its digits far on the left.
func normal(x float32) float64 { return math.Erfc(-float64(x)/math.Sqrt2) / 2 }

// LookupActivation gives the activation of a name: heaviside, sigmoid, tanh, relu,
// prelu, gelu or hat.
func LookupActivation(name string) (Activation, error) {
	i := slices.IndexFunc(activations, func(a Activation) bool { return a.Name == name })
	if i < 0 {
		return Activation{}, fmt.Errorf("tensor: unknown activation %q; known: %v", name, ActivationNames())
	}
	return activations[i], nil
}

// ActivationNames are the names that [LookupActivation] knows.
func ActivationNames() (names []string) {
	for _, a := range activations {
		names = append(names, a.Name)
	}
	return names
}

// Trainable reports whether σ has a derivative to train with: all but heaviside.
func (a Activation) Trainable() bool { return a.slope != nil }

// Forward sets y = σ(x; θ). y and x have one length; theta is empty, one value,
// or one for each of the len(theta) channels, which are the last axis. y may be x.
func (a Activation) Forward(y, x, theta []float32) {
	checkLen(a.Name, "y", y, len(x))
	a.rows(len(x), theta, func(lo, hi int, t float32) {
		out := y[lo:hi]
		for i, v := range x[lo:hi] {
			out[i] = a.value(v, t)
		}
	})
}

// Backward sets dx = dy ∂σ/∂x at x. All slices but theta have one length; dx may
// be dy. The activation must be Trainable.
func (a Activation) Backward(dx, dy, x, theta []float32) {
	checkLen(a.Name+" backward", "dx", dx, len(x))
	checkLen(a.Name+" backward", "dy", dy, len(x))
	a.rows(len(x), theta, func(lo, hi int, t float32) {
		out, g := dx[lo:hi], dy[lo:hi]
		for i, v := range x[lo:hi] {
			out[i] = g[i] * a.slope(v, t)
		}
	})
}

// parameterBlocks is into how many parts the sums of BackwardParameter are cut,
// on any number of threads, so that their bits do not depend on it.
const parameterBlocks = 16

// BackwardParameter sets dtheta to Σ dy ∂σ/∂θ, over all values or those of each
// channel, in float64.
func (a Activation) BackwardParameter(dtheta, dy, x, theta []float32) {
	checkLen(a.Name+" backward parameter", "dtheta", dtheta, len(theta))
	checkLen(a.Name+" backward parameter", "dy", dy, len(x))
	c := a.channels(len(x), theta)
	sums := make([]float64, parameterBlocks*c)
	parallel.Blocks(len(x)/c, parameterBlocks, func(block, lo, hi int) {
		sum := sums[block*c : (block+1)*c]
		for row := lo; row < hi; row++ {
			for i := range c {
				at := row*c + i
				sum[i] += float64(dy[at]) * float64(a.byParameter(x[at], theta[i]))
			}
		}
	})
	for i := range dtheta {
		sum := 0.0
		for block := range parameterBlocks {
			sum += sums[block*c+i]
		}
		dtheta[i] = float32(sum)
	}
}

// channels checks that n values are rows of one for each θ and returns their length.
func (a Activation) channels(n int, theta []float32) int {
	c := len(theta)
	if (c == 0) != (a.Parameter == "") || c > 0 && n%c != 0 {
		panic(fmt.Sprintf("tensor: %s of %d values with %d parameters; want none without, else one or one a channel", a.Name, n, c))
	}
	return max(1, c)
}

// rows calls body for parts of n values with their θ: single values if that is one
// a channel.
func (a Activation) rows(n int, theta []float32, body func(lo, hi int, theta float32)) {
	c := a.channels(n, theta)
	parallel.For(n/c, max(1, grain/c), func(lo, hi int) {
		switch len(theta) {
		case 0:
			body(lo, hi, 0)
		case 1:
			body(lo, hi, theta[0])
		default:
			for at := lo * c; at < hi*c; at += c {
				for i, t := range theta {
					body(at+i, at+i+1, t)
				}
			}
		}
	})
}

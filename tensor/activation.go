package tensor

// Activations: functions of one value, some with a parameter. What computes them is
// in package simd, where the norm before them is part of the same pass; see [Sigma].

import (
	"fmt"
	"slices"

	"mgtool/internal/simd"
)

// Activation is a function σ(x; θ) that is applied value by value. θ is nothing,
// one number for all values, or one a channel. The zero Activation is the identity.
type Activation struct {
	Name string
	// Parameter says what θ means; it is empty for a function without.
	Parameter string
	// Start is where θ begins in training.
	Start float32

	kind simd.Activation
}

// activations are all of them but the identity. On kinks the derivative is the one
// from the left.
var activations = []Activation{
	// Rosenblatt's unit: 1 for x > 0, else 0. Its derivative is 0.
	{Name: "heaviside", kind: simd.Heaviside},
	// 1/(1 + e^−x).
	{Name: "sigmoid", kind: simd.Sigmoid},
	// (e^x − e^−x) / (e^x + e^−x).
	{Name: "tanh", kind: simd.Tanh},
	relu,
	// x for x > 0, else θ·x: He et al., "Delving Deep into Rectifiers", 2015.
	{Name: "prelu", Parameter: "slope for x < 0, one a channel", Start: .25, kind: simd.PReLU},
	// x Φ(x), Φ the normal distribution (Hendrycks and Gimpel, arXiv 1606.08415).
	{Name: "gelu", kind: simd.GELU},
	// max(0, min(x, M − x)), a hat on [0, M]: the compact activation of "CNNs with
	// Compact Activation Function", ICCS 2022.
	{Name: "hat", Parameter: "support M, one a level", Start: 2, kind: simd.Hat},
}

// relu is max(x, 0).
var relu = Activation{Name: "relu", kind: simd.ReLU}

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

// Identity reports whether σ(x) = x.
func (a Activation) Identity() bool { return a.kind == simd.Identity }

// Trainable reports whether σ has a derivative to train with: all but heaviside.
func (a Activation) Trainable() bool { return a.kind != simd.Heaviside }

// Forward sets y = σ(x; θ). y and x have one length; theta is empty, one value,
// or one for each of the len(theta) channels, which are the last axis. y may be x.
// NaN stays NaN. GELU and the sigmoid are within 1e-6, GELU of x > 1 within 1e-6·x.
func (a Activation) Forward(y, x, theta []float32) {
	checkLen(a.Name, "y", y, len(x))
	s := a.alone(len(x), theta)
	Pieces(s.channels, len(x), func(_, lo, hi int) { Source{X: x, Sigma: s}.Read(y[lo:hi], lo) })
}

// Backward sets dx = dy ∂σ/∂x at x and, unless it is nil, dtheta to Σ dy ∂σ/∂θ over
// all values or those of each channel. x, dy and dx have one length, theta and dtheta
// too; dx may be dy or x. The activation must be Trainable.
func (a Activation) Backward(dx, dtheta, dy, x, theta []float32) {
	checkLen(a.Name+" backward", "dx", dx, len(x))
	checkLen(a.Name+" backward", "dy", dy, len(x))
	s := a.alone(len(x), theta)
	if dtheta != nil {
		checkLen(a.Name+" backward", "dtheta", dtheta, len(theta))
	}
	sums := s.NewGradient(len(x), dtheta != nil)
	Pieces(s.channels, len(x), func(unit, lo, hi int) { sums.Add(unit, dy[lo:hi], x[lo:hi]) })
	sums.Finish(nil, nil, dtheta, nil)
	Pieces(s.channels, len(x), func(_, lo, hi int) { s.Back(dx[lo:hi], nil, dy[lo:hi], x[lo:hi]) })
}

// alone is σ without a norm, for n values.
func (a Activation) alone(n int, theta []float32) *Sigma {
	channels := len(theta)
	if (channels == 0) != (a.Parameter == "") || channels > 0 && n%channels != 0 {
		panic(fmt.Sprintf("tensor: %s of %d values with %d parameters; want none without, else one or one a channel", a.Name, n, channels))
	}
	if channels < 2 { // all are alike: as many as divide n
		for channels = 1; channels < 64 && n%(2*channels) == 0; {
			channels *= 2
		}
	}
	s := NewSigma(channels, nil, a)
	s.Evaluate(nil, nil, theta)
	return s
}

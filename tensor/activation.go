package tensor

// Activations: functions of one value, some with a parameter.

import (
	"fmt"
	"slices"

	"mgtool/tensor/internal/fuse"
)

// Activation is a function σ(x; θ) of single values, as [LookupActivation] returns it.
// It has no parameter θ, one for all values, or one per channel. The zero Activation
// is the identity.
type Activation struct {
	Name string
	// Parameter says what θ means; it is empty for a function without one.
	Parameter string
	// Start is the value of θ at the start of training.
	Start float32
}

// activations are all but the identity. At a kink the derivative is the one from the
// left.
var activations = []Activation{
	// Rosenblatt's unit: 1 for x > 0, else 0. Its derivative is 0.
	{Name: "heaviside"},
	// 1/(1 + e^−x).
	{Name: "sigmoid"},
	// (e^x − e^−x) / (e^x + e^−x).
	{Name: "tanh"},
	// max(x, 0).
	{Name: "relu"},
	// x for x > 0, else θ·x: He et al., "Delving Deep into Rectifiers", 2015.
	{Name: "prelu", Parameter: "slope for x < 0, one per channel", Start: .25},
	// x Φ(x), Φ the normal distribution (Hendrycks and Gimpel, arXiv 1606.08415).
	{Name: "gelu"},
	// max(0, min(x, M − x)), a hat on [0, M]: the compact activation of "CNNs with
	// Compact Activation Function", ICCS 2022.
	{Name: "hat", Parameter: "support M, one per level", Start: 2},
}

// LookupActivation returns the activation with a name: heaviside, sigmoid, tanh, relu,
// prelu, gelu or hat.
func LookupActivation(name string) (Activation, error) {
	i := slices.IndexFunc(activations, func(a Activation) bool { return a.Name == name })
	if i < 0 {
		return Activation{}, fmt.Errorf("tensor: unknown activation %q; known: %v", name, ActivationNames())
	}
	return activations[i], nil
}

// ActivationNames returns the names that [LookupActivation] knows.
func ActivationNames() (names []string) {
	for _, a := range activations {
		names = append(names, a.Name)
	}
	return names
}

// Identity reports whether σ(x) = x.
func (a Activation) Identity() bool { return a.Name == "" }

// Trainable reports whether σ has a derivative to train with: all but heaviside do.
func (a Activation) Trainable() bool { return a.Name != "heaviside" }

// Forward sets y = σ(x; θ). y and x have the same length; theta is empty, one value,
// or one for each of the len(theta) channels, which are the last axis. y may be x. NaN
// stays NaN. GELU and the sigmoid are within 1e-6, GELU of x > 1 within 1e-6·x.
func (a Activation) Forward(y, x, theta []float32) {
	checkLen(a.Name, "y", y, len(x))
	a.alone(len(x), theta).Forward(y, x)
}

// Backward sets dx = dy ∂σ/∂x at x and, unless it is nil, dtheta to Σ dy ∂σ/∂θ over
// all values or those of each channel. x, dy and dx have the same length, and so do
// theta and dtheta; dx may be dy or x. The activation must be Trainable.
func (a Activation) Backward(dx, dtheta, dy, x, theta []float32) {
	checkLen(a.Name+" backward", "dx", dx, len(x))
	checkLen(a.Name+" backward", "dy", dy, len(x))
	s := a.alone(len(x), theta)
	if dtheta != nil {
		checkLen(a.Name+" backward", "dtheta", dtheta, len(theta))
	}
	s.Backward(dx, nil, nil, dtheta, dy, x, nil)
}

// alone returns σ without a norm, for n values.
func (a Activation) alone(n int, theta []float32) *fuse.Sigma {
	channels := len(theta)
	if (channels == 0) != (a.Parameter == "") || channels > 0 && n%channels != 0 {
		panic(fmt.Sprintf("tensor: %s of %d values with %d parameters; want none without, else one or one per channel", a.Name, n, channels))
	}
	if channels < 2 { // all channels are alike: take as many as divide n
		for channels = 1; channels < 64 && n%(2*channels) == 0; {
			channels *= 2
		}
	}
	s := fuse.NewSigma(channels, false, a.Name)
	s.Evaluate(fuse.Running{}, nil, nil, theta)
	return s
}

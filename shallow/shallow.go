// Package shallow approximates functions on the unit cube by shallow networks,
//
//	u_n(x) = Σ_{i≤n} a_i σ(ω_i·x + b_i),   |ω_i| = 1,
//
// and measures how fast the error falls with the number of neurons n. For σ = ReLU^k and
// functions of its variation space the best error is of the order
//
//	‖u − u_n‖_{L²} = O(n^{−1/2 − (2k+1)/(2d)})
//
// on a domain of dimension d (J. Siegel, J. Xu, Sharp Bounds on the Approximation Rates,
// Metric Entropy, and n-widths of Shallow Neural Networks, Found. Comput. Math. 2022), and the
// orthogonal greedy algorithm, [Greedy], attains it (Optimal Convergence Rates for the
// Orthogonal Greedy Algorithm, IEEE Trans. Inf. Theory 2022). Piecewise polynomials on a mesh of
// n cells, [Piecewise], are slower the more dimensions there are; a polynomial σ does not
// converge at all.
//
// [Train] fits a network of one variable by gradients instead, and follows the error of each
// Fourier mode: a network of ReLUs learns low frequencies first, one of hats does not
// (Q. Hong, J. Siegel, Q. Tan, J. Xu, On the Activation Function Dependence of the Spectral Bias
// of Neural Networks, arXiv:2208.04924).
package shallow

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Activation is σ. The zero value is the Heaviside function.
type Activation struct {
	kind  kind
	power int // k of ReLU^k and t^k
}

type kind int

const (
	reluPower kind = iota // max(0, t)^k, for k = 0 the Heaviside function
	hat                   // the hat of height 1 on [0, 1]
	sigmoid               // 1/(1 + exp(−steepness t))
	power                 // t^k
)

// steepness of the sigmoid, whose directions have length 1.
const steepness = 10

// mostPower bounds k: the columns of higher powers are equal to rounding.
const mostPower = 5

// ParseActivation reads relu^K (relu is relu^1, heaviside relu^0), hat, sigmoid, or
// power^K for the polynomial t^K; K is at most 5.
func ParseActivation(name string) (Activation, error) {
	base, exponent, has := strings.Cut(name, "^")
	k := 1
	if has {
		var err error
		if k, err = strconv.Atoi(exponent); err != nil || k < 0 || k > mostPower {
			return Activation{}, fmt.Errorf("shallow: activation %q with the power %q; want 0 to %d", name, exponent, mostPower)
		}
	}
	switch {
	case base == "relu":
		return Activation{reluPower, k}, nil
	case base == "heaviside" && !has:
		return Activation{reluPower, 0}, nil
	case base == "hat" && !has:
		return Activation{kind: hat}, nil
	case base == "sigmoid" && !has:
		return Activation{kind: sigmoid}, nil
	case base == "power" && has && k > 0:
		return Activation{power, k}, nil
	}
	return Activation{}, fmt.Errorf("shallow: activation %q; want relu^K, heaviside, hat, sigmoid or power^K with K up to %d", name, mostPower)
}

// String is the name that [ParseActivation] reads.
func (a Activation) String() string {
	switch a.kind {
	case hat:
		return "hat"
	case sigmoid:
		return "sigmoid"
	case power:
		return fmt.Sprintf("power^%d", a.power)
	}
	return fmt.Sprintf("relu^%d", a.power)
}

// Rate is the exponent r of the best error O(n^r) in dimension dim: the sharp one of ReLU^k;
// for hats, which are sums of three ReLUs, that of ReLU; −1/2, which holds for every σ that is
// no polynomial (eq. 9 of the lectures); 0 for a polynomial.
func (a Activation) Rate(dim int) float64 {
	k := float64(a.power)
	switch a.kind {
	case hat:
		k = 1
	case sigmoid:
		return -0.5
	case power:
		return 0
	}
	return -0.5 - (2*k+1)/(2*float64(dim))
}

// At is σ(t).
func (a Activation) At(t float64) float64 {
	switch a.kind {
	case hat:
		return max(0, min(2*t, 2-2*t))
	case sigmoid:
		return 1 / (1 + math.Exp(-steepness*t))
	case power:
		return whole(t, a.power)
	}
	if t <= 0 {
		return 0
	}
	return whole(t, a.power)
}

// whole is t^k.
func whole(t float64, k int) float64 {
	p := 1.0
	for range k {
		p *= t
	}
	return p
}

// Network is a shallow network: neuron i has the direction Omega[i·Dim:(i+1)·Dim], the bias
// B[i] and the weight A[i].
type Network struct {
	Dim        int
	Activation Activation
	Omega      []float64
	B, A       []float64
}

// At is u_n(x).
func (n *Network) At(x []float64) float64 {
	sum := 0.0
	for i, a := range n.A {
		sum += a * n.Activation.At(dot(n.Omega[i*n.Dim:(i+1)*n.Dim], x)+n.B[i])
	}
	return sum
}

func dot(x, y []float64) (sum float64) {
	for i, v := range x {
		sum += v * y[i]
	}
	return sum
}

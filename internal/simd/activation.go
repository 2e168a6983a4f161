package simd

// Activations after an affine map of the channels, their derivatives, and the constants
// for both.

import "math"

// Activation is a function σ(y; θ) with one θ per channel. NaN stays NaN.
type Activation int

const (
	Identity  Activation = iota // y
	ReLU                        // max(y, 0)
	PReLU                       // y for y > 0, else θ·y
	Hat                         // max(0, min(y, θ − y))
	GELU                        // y·Φ(y), with the normal distribution function Φ
	Sigmoid                     // 1/(1 + exp(−y))
	Tanh                        // (exp(y) − exp(−y)) / (exp(y) + exp(−y))
	Heaviside                   // 1 for y > 0, else 0; not trainable
	activations
)

// A table holds constants as the kernels read them: each eight times, to fill a vector of
// AVX2, and in the order that the generator expects.
type table [20][8]float32

func newTable(values ...float32) (t table) {
	for i, v := range values {
		for lane := range t[i] {
			t[i][lane] = v
		}
	}
	return t
}

// GELU(y) = y·h, and the derivative is another h, both of the form h = ½ + t·P(w) with
// y clamped to t in ±L and w = 2t²/L² − 1. Their tables hold −L, L, 2/L², −1, ½ and the
// coefficients of P: the even powers from w¹⁴ down, then the odd ones from w¹³ down.
// _asm/activation.py fits them. In float32, the error of GELU is below 1e-6 and that of
// the derivative below 2e-6, relative to |y| where |y| > 1.
//
// The sigmoid is h = ½ + t·P(t²)/Q(t²). Its table holds −L, L, ½ and the coefficients of
// P and Q from the highest power down. Its error is below 1e-6, and that of
// tanh(y) = 2h(2y) − 1 below 2e-6.
var (
	geluValue = newTable(geluLow, geluHigh, 2/(geluHigh*geluHigh), -1, .5,
		0.000446577591, 0.00130067966, 0.00391333776, 0.0106513776, 0.020236388, 0.0320884266, 0.0477366808, 0.128551939,
		-0.00129877386, -0.00143267731, -0.00745055483, -0.014788295, -0.0260833079, -0.038790321, -0.0641723859)
	geluSlope = newTable(geluLow, geluHigh, 2/(geluHigh*geluHigh), -1, .5,
		0.00988285893, 0.0113773649, 0.0403244965, 0.0664362321, 0.0734951368, 0.0604633621, 0.053655527, 0.128759305,
		-0.0239109514, -0.00297999465, -0.0710083474, -0.0660182969, -0.0702162286, -0.0536083083, -0.0657430656)
	sigmoidValue = newTable(-16, 16, .5,
		4.41804993e-08, 4.59191575e-05, 0.0080710248, 0.249999841,
		9.4681114e-10, 3.70356641e-06, 0.00148523876, 0.115616846, 1)
	limits    = [...]table{Identity: newTable(float32(math.Inf(-1))), ReLU: newTable(0)}
	heaviside = newTable(1)
)

const geluLow, geluHigh = -5.5, 5.5

// constants returns the kernels' argument theta: θ itself, or the table for the values or
// the derivative of the activation. It panics if θ is shorter than the channels.
func (f *Affine) constants(slope bool) *float32 {
	switch f.Act {
	case Identity, ReLU:
		return &limits[f.Act][0][0]
	case GELU:
		if slope {
			return &geluSlope[0][0]
		}
		return &geluValue[0][0]
	case Sigmoid, Tanh:
		return &sigmoidValue[0][0]
	case PReLU, Hat:
		return &f.Theta[:len(f.X0)][0]
	}
	return &heaviside[0][0]
}

// Gated reports whether the gradient of a map with this activation needs
// [Kernels.Gate] first. For Identity and ReLU, GradSums and GradApply apply the
// derivative themselves.
func (a Activation) Gated() bool { return a != Identity && a != ReLU }

// activationKernels are the loops behind the methods; see rowKernels.
type activationKernels struct {
	affine                     [activations]mapKernel
	addAffine, gate, gateTheta [activations]addKernel
}

type (
	mapKernel func(y, x, x0, a, c, theta *float32, rows, channels int, mask *int32)
	addKernel func(y, u, x, x0, a, c, theta *float32, rows, channels int, mask *int32) // in gates, u is dy
)

// Affine sets y = f(x). y may be x.
func (k *Kernels) Affine(y, x []float32, f *Affine) {
	rows, channels := f.rowsOf(x)
	if rows == 0 {
		return
	}
	last, lastC := rows*channels-1, channels-1
	_, _, _ = y[last], f.A[lastC], f.C[lastC]
	k.affine[f.Act](&y[0], &x[0], &f.X0[0], &f.A[0], &f.C[0], f.constants(false), rows, channels, k.mask(channels))
}

// AddAffine sets y = u + f(x). y may be u or x.
func (k *Kernels) AddAffine(y, u, x []float32, f *Affine) {
	rows, channels := f.rowsOf(x)
	if rows == 0 {
		return
	}
	last, lastC := rows*channels-1, channels-1
	_, _, _, _ = y[last], u[last], f.A[lastC], f.C[lastC]
	k.addAffine[f.Act](&y[0], &u[0], &x[0], &f.X0[0], &f.A[0], &f.C[0], f.constants(false), rows, channels, k.mask(channels))
}

// Gate sets g = dy·∂σ/∂y, the gradient before the activation of f. The activation must be
// [Activation.Gated] and not Heaviside. At a kink, the derivative is the one from the
// left. g may be dy or x.
func (k *Kernels) Gate(g, dy, x []float32, f *Affine) { k.gates(&k.gate, g, dy, x, f) }

// GateTheta is Gate for the parameter of PReLU and Hat: it sets g = dy·∂σ/∂θ.
func (k *Kernels) GateTheta(g, dy, x []float32, f *Affine) { k.gates(&k.gateTheta, g, dy, x, f) }

func (k *Kernels) gates(list *[activations]addKernel, g, dy, x []float32, f *Affine) {
	rows, channels := f.rowsOf(x)
	if rows == 0 {
		return
	}
	last, lastC := rows*channels-1, channels-1
	_, _, _, _ = g[last], dy[last], f.A[lastC], f.C[lastC]
	list[f.Act](&g[0], &dy[0], &x[0], &f.X0[0], &f.A[0], &f.C[0], f.constants(true), rows, channels, k.mask(channels))
}

package stencil

// What an operator does to a wave.

import (
	"fmt"
	"math/cmplx"
)

// Symbol is the factor Â(θ) by which an operator with constant coefficients multiplies
// waves, θ_d being the phase from one vertex to the next along axis d of the fine grid.
// With φ_θ(x) = e^{iθ·x}, x in indices:
//
//	A φ_θ = Â(θ) φ_θ                    Â(θ) = Σ_o c_o e^{iθ·o}
//	R φ_θ = R̂(θ) φ_{sθ}  on the coarse grid, same sum
//	P φ_{sθ} = Σ_θ' P̂(θ') φ_θ'          P̂(θ) = Π 1/s_d · Σ_o c_o e^{−iθ·o}
//
// where θ' are the waves that look like θ on the coarse grid: θ, and θ + π along any of
// the axes that are halved. So R̂(0) of full weighting and P̂(0) of linear interpolation
// are both 1. The error says that the coefficients are not constant.
func (a Operator) Symbol(theta [3]float64) (complex128, error) {
	if !a.constant() || a.fine.Dim() == 0 {
		return 0, fmt.Errorf("stencil: the symbol of %v; want constant coefficients and no odd axis", a)
	}
	sign, norm := 1.0, 1.0
	if a.kind == prolongation {
		sign = -1
		for _, s := range a.step {
			norm /= float64(s)
		}
	}
	var sum complex128
	for o, c := range a.kernel {
		if c == 0 {
			continue
		}
		phase := 0.0
		for d, at := range Offset(o) {
			phase += float64(at) * theta[d]
		}
		sum += complex(c*norm, 0) * cmplx.Exp(complex(0, sign*phase))
	}
	return sum, nil
}

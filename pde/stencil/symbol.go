package stencil

// The action of an operator on waves.

import (
	"fmt"
	"math/cmplx"
)

// Symbol is the factor Â(θ) by which an operator with constant coefficients multiplies
// the wave φ_θ(x) = e^{iθ·x}. The x are indices, so θ_d is the phase between neighbours
// along axis d of the fine grid:
//
//	A φ_θ = Â(θ) φ_θ                    Â(θ) = Σ_o c_o e^{iθ·o}
//	R φ_θ = R̂(θ) φ_{sθ}  on the coarse grid, same sum
//	P φ_{sθ} = Σ_θ' P̂(θ') φ_θ'          P̂(θ) = Π 1/s_d · Σ_o c_o e^{−iθ·o}
//
// where θ' runs over the waves that alias with θ on the coarse grid: θ_d' is θ_d or, along
// axes that are halved, θ_d + π. So R̂(0) of full weighting and P̂(0) of linear
// interpolation are both 1. It is an error if the coefficients are not constant.
func (a Operator) Symbol(theta [3]float64) (complex128, error) {
	if !a.constant() {
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

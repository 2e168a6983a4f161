package family

// Anisotropic diffusion whose direction varies from cell to cell.

import (
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// rotatedField has θ = 180° Z at the centres of the cells, Z a [waveField]: the direction turns by
// half a turn within about a correlation length.
func rotatedField() Family {
	return Family{
		Name: "rotated-field", About: "−∇·(K ∇u) = g, K = Q diag(1, ε) Qᵀ in each cell, Q a rotation by 180° Z, Z Gaussian with covariance exp(−r²/2ℓ²); bilinear finite elements on nine points",
		Params: []Param{
			{Name: "eps", About: "diffusion across the direction; 1 along it", Default: 0.01, Least: 1e-8, Most: 1e8},
			{Name: "length", About: "correlation length of the direction in sides of the box", Default: 0.25, Least: shortest, Most: 1},
		},
		Random: true,
		make: func(v map[string]float64, seed uint64) member {
			return member{dim: 2, operator: func(g pde.Grid) (stencil.Operator, error) {
				angles := newWaveField(2, v["length"], seed).at(centres(g))
				xx, xy, yy := make([]float64, len(angles)), make([]float64, len(angles)), make([]float64, len(angles))
				for i, z := range angles {
					k := turned(v["eps"], 180*z)
					xx[i], xy[i], yy[i] = k.xx, k.xy, k.yy
				}
				return elementOperator(g, part{tensor{xx: 1}, xx}, part{tensor{xy: 1}, xy}, part{tensor{yy: 1}, yy})
			}}
		},
	}
}

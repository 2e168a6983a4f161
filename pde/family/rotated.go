package family

// Anisotropic diffusion turned by an angle.

import (
	"math"

	"mgtool/pde"
	"mgtool/pde/elliptic"
	"mgtool/pde/stencil"
)

// tensor is a symmetric 2×2 tensor.
type tensor struct{ xx, xy, yy float64 }

// turned is Q diag(1, ε) Qᵀ with Q the rotation by theta degrees:
//
//	K_xx = c² + ε s²,   K_xy = (1 − ε) c s,   K_yy = s² + ε c²,
//
// so that diffusion along the direction theta is 1 and across it ε. Multiples of 90° are
// exact: without K_xy the operator has five points.
func turned(eps, theta float64) tensor {
	quarters := math.Round(theta / 90)
	s, c := math.Sincos((theta - 90*quarters) * (math.Pi / 180))
	if math.Mod(quarters, 2) != 0 {
		s, c = c, -s // a further quarter turn; the sign of both does not matter
	}
	return tensor{c*c + eps*s*s, (1 - eps) * c * s, s*s + eps*c*c}
}

// star reports that no mixed derivative is left.
func (k tensor) star() bool { return k.xy == 0 }

// differences is −∇·(K ∇u) by finite differences: K_xx and K_yy on five points, the mixed
// derivative on the four corners,
//
//	               [  ½K_xy   −K_yy            −½K_xy ]
//	1/h² ·         [ −K_xx    2(K_xx + K_yy)   −K_xx  ]
//	               [ −½K_xy   −K_yy             ½K_xy ]
//
// with y upwards and h the same along both axes.
func (k tensor) differences(g pde.Grid) (stencil.Operator, error) {
	if k.star() {
		return stencil.Diffusion(g, [3]float64{k.xx, k.yy, 0}, 0)
	}
	x, y, m := k.xx/(g.H[0]*g.H[0]), k.yy/(g.H[1]*g.H[1]), k.xy/(2*g.H[0]*g.H[1])
	return stencil.Differential(g, stencil.Plane([3][3]float64{{-m, -y, m}, {-x, 2 * (x + y), -x}, {m, -y, -m}}))
}

// rotatedParams are ε and θ.
func rotatedParams() []Param {
	return []Param{
		{Name: "eps", About: "diffusion across the direction theta; 1 along it", Default: 0.01, Least: 1e-8, Most: 1e8},
		{Name: "theta", About: "direction in degrees, from x to y", Default: 30, Least: -360, Most: 360},
	}
}

// rotatedSource is g of u = sin πx sin πy.
func rotatedSource(k tensor) func(x, y, z float64) float64 {
	return func(x, y, _ float64) float64 {
		sx, cx := math.Sincos(math.Pi * x)
		sy, cy := math.Sincos(math.Pi * y)
		return math.Pi * math.Pi * ((k.xx+k.yy)*sx*sy - 2*k.xy*cx*cy)
	}
}

func rotated() Family {
	return Family{
		Name: "rotated", About: "−∇·(K ∇u) = g, K = Q diag(1, ε) Qᵀ, Q a rotation by θ; finite differences on nine points",
		Params: rotatedParams(),
		make: func(v map[string]float64, _ uint64) member {
			k := turned(v["eps"], v["theta"])
			return member{
				dim: 2, operator: k.differences, source: rotatedSource(k), exact: sines(2),
				equation: func(pde.Grid) (e elliptic.Equation, err error) {
					e.Diffusion = elliptic.Tensor{XX: elliptic.Constant(k.xx), YY: elliptic.Constant(k.yy)}
					if !k.star() {
						e.Diffusion.XY = elliptic.Constant(k.xy)
					}
					return e, nil
				},
			}
		},
	}
}

func rotatedElements() Family {
	return Family{
		Name: "rotated-elements", About: "the equation of rotated; bilinear finite elements on nine points",
		Params: rotatedParams(),
		make: func(v map[string]float64, _ uint64) member {
			k := turned(v["eps"], v["theta"])
			return member{
				dim: 2, source: rotatedSource(k), exact: sines(2),
				operator: func(g pde.Grid) (stencil.Operator, error) { return stencil.Differential(g, k.elements(g.H)) },
			}
		},
	}
}

package family

// −Δu = g.

import (
	"math"

	"mgtool/pde"
	"mgtool/pde/elliptic"
	"mgtool/pde/stencil"
)

// dimension is the parameter of families that exist in several dimensions.
func dimension(least float64) Param {
	return Param{Name: "dim", About: "dimension", Default: 2, Least: least, Most: 3, Whole: true}
}

// sines is Π sin πx_d, the solution of all members with constant coefficients.
func sines(dim int) func(x, y, z float64) float64 {
	return func(x, y, z float64) float64 {
		u := math.Sin(math.Pi * x)
		if dim > 1 {
			u *= math.Sin(math.Pi * y)
		}
		if dim > 2 {
			u *= math.Sin(math.Pi * z)
		}
		return u
	}
}

func poisson() Family {
	return Family{
		Name: "poisson", About: "−Δu = g on 2d+1 points",
		Params: []Param{dimension(1)},
		make: func(v map[string]float64, _ uint64) member {
			dim := int(v["dim"])
			u := sines(dim)
			return member{
				dim:      dim,
				operator: func(g pde.Grid) (stencil.Operator, error) { return stencil.Diffusion(g, [3]float64{1, 1, 1}, 0) },
				equation: func(pde.Grid) (elliptic.Equation, error) { return elliptic.Equation{}, nil },
				source:   func(x, y, z float64) float64 { return float64(dim) * (math.Pi * math.Pi) * u(x, y, z) },
				exact:    u,
			}
		},
	}
}

package family

// The Helmholtz equation.

import (
	"math"

	"mgtool/pde"
	"mgtool/pde/elliptic"
	"mgtool/pde/stencil"
)

func helmholtz() Family {
	return Family{
		Name: "helmholtz", About: "−Δu − k² u + shift u = g, indefinite where k² − shift exceeds an eigenvalue of −Δ, the least being dim π²; 2d+1 points",
		Params: []Param{
			dimension(1),
			{Name: "k", About: "wavenumber", Default: 10, Least: 0, Most: 1e4},
			{Name: "shift", About: "real shift, of the shifted Laplacian", Default: 0, Least: 0, Most: 1e8},
		},
		make: func(v map[string]float64, _ uint64) member {
			dim, c := int(v["dim"]), v["shift"]-v["k"]*v["k"]
			u := sines(dim)
			m := member{
				dim: dim, exact: u,
				source: func(x, y, z float64) float64 { return (float64(dim)*(math.Pi*math.Pi) + c) * u(x, y, z) },
				operator: func(g pde.Grid) (stencil.Operator, error) {
					a, err := stencil.Diffusion(g, [3]float64{1, 1, 1}, max(c, 0))
					if err != nil || c >= 0 {
						return a, err
					}
					// [stencil.Diffusion] has no negative c.
					k, _ := a.Kernel()
					k[13] += c
					return stencil.Differential(g, k)
				},
			}
			if c >= 0 {
				m.equation = func(pde.Grid) (elliptic.Equation, error) {
					return elliptic.Equation{Reaction: elliptic.Constant(c)}, nil
				}
			}
			return m
		},
	}
}

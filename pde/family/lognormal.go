package family

// Log-normal coefficients.

import (
	"fmt"
	"math"

	"mgtool/pde"
	"mgtool/pde/elliptic"
	"mgtool/pde/stencil"
)

// lognormalParams are σ and the correlation length.
func lognormalParams() []Param {
	return []Param{
		{Name: "sigma", About: "standard deviation of log a", Default: 1, Least: 0, Most: 8},
		{Name: "length", About: "correlation length in sides of the box; 0: every cell for itself", Default: 0.1, Least: 0, Most: 1},
	}
}

// shortest is the least correlation length: a shorter one takes more waves than a grid has
// cells.
const shortest = 0.02

func lengthRule(v map[string]float64) error {
	if l := v["length"]; l != 0 && l < shortest {
		return fmt.Errorf("length=%s; want 0, or %s to 1", number(l), number(shortest))
	}
	return nil
}

// lognormalCells is a = exp(σ Z) at the centres of the cells: Z is a [waveField] or, with
// length 0, a normal number for each cell in the order of memory.
func lognormalCells(sigma, length float64, seed uint64) func(pde.Grid) []float64 {
	return func(g pde.Grid) (a []float64) {
		if length == 0 {
			count := 1
			for d := range g.Dim() {
				count *= g.N[d]
			}
			a = make([]float64, count)
			for i, n := 0, newNormals(seed); i < count; i++ {
				a[i] = n.next()
			}
		} else {
			a = newWaveField(g.Dim(), length, seed).at(centres(g))
		}
		for i, z := range a {
			a[i] = math.Exp(sigma * z)
		}
		return a
	}
}

// centres are those of the cells along each axis, in sides of the box.
func centres(g pde.Grid) [][]float64 {
	list := make([][]float64, g.Dim())
	for d := range list {
		list[d] = make([]float64, g.N[d])
		for i := range list[d] {
			list[d][i] = (float64(i) + .5) / float64(g.N[d])
		}
	}
	return list
}

// byCells completes a member whose only coefficient is a scalar a in cells.
func byCells(dim int, a func(pde.Grid) []float64) member {
	return member{dim: dim, coefficient: a, equation: func(g pde.Grid) (e elliptic.Equation, err error) {
		e.Diffusion.XX = elliptic.Array(a(g))
		return e, nil
	}}
}

func lognormal() Family {
	return Family{
		Name: "lognormal", About: "−∇·(a ∇u) = g, log a Gaussian with covariance σ² exp(−r²/2ℓ²); fluxes through faces, 2d+1 points",
		Params: append([]Param{dimension(2)}, lognormalParams()...), Random: true, rule: lengthRule,
		make: func(v map[string]float64, seed uint64) member {
			return byCells(int(v["dim"]), lognormalCells(v["sigma"], v["length"], seed))
		},
	}
}

func lognormalElements() Family {
	return Family{
		Name: "lognormal-elements", About: "the equation of lognormal in two dimensions; bilinear finite elements on nine points",
		Params: lognormalParams(), Random: true, rule: lengthRule,
		make: func(v map[string]float64, seed uint64) member {
			a := lognormalCells(v["sigma"], v["length"], seed)
			return member{dim: 2, coefficient: a, operator: func(g pde.Grid) (stencil.Operator, error) {
				return elementOperator(g, part{tensor{xx: 1, yy: 1}, a(g)})
			}}
		},
	}
}

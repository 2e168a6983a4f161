package family

// Convection and diffusion, by differences against the flow.

import (
	"math"

	"mgtool/pde"
	"mgtool/pde/elliptic"
	"mgtool/pde/stencil"
)

// viscosity is the parameter of both families.
func viscosity() Param {
	return Param{Name: "eps", About: "diffusion; the largest |b| is 1", Default: 0.01, Least: 1e-8, Most: 1e8}
}

func convection() Family {
	return Family{
		Name: "convection", About: "−ε Δu + b·∇u = g, b = (cos θ, sin θ); first-order upwind differences on five points",
		Params: []Param{viscosity(), {Name: "theta", About: "direction of the flow in degrees, from x to y", Default: 30, Least: -360, Most: 360}},
		make: func(v map[string]float64, _ uint64) member {
			eps := v["eps"]
			b := direction(v["theta"])
			return member{
				dim: 2, exact: sines(2),
				source: flowSource(eps, func(_, _ float64) (float64, float64) { return b[0], b[1] }),
				operator: func(g pde.Grid) (stencil.Operator, error) {
					var k stencil.Kernel
					for d, o := range [2]int{1, 3} {
						w := eps / (g.H[d] * g.H[d])
						before, after := w+max(b[d], 0)/g.H[d], w+max(-b[d], 0)/g.H[d]
						k[13-o], k[13+o] = -before, -after
						k[13] += before + after
					}
					return stencil.Differential(g, k)
				},
				equation: func(pde.Grid) (e elliptic.Equation, err error) {
					e.Diffusion.XX = elliptic.Constant(eps)
					e.Convection = [3]elliptic.Coefficient{elliptic.Constant(b[0]), elliptic.Constant(b[1])}
					return e, nil
				},
			}
		},
	}
}

// direction is (cos θ, sin θ), exact at multiples of 90 degrees.
func direction(theta float64) [2]float64 {
	quarters := math.Round(theta / 90)
	s, c := math.Sincos((theta - 90*quarters) * (math.Pi / 180))
	for range (int(quarters)%4 + 4) % 4 {
		s, c = c, -s
	}
	return [2]float64{c + 0, s + 0} // not −0
}

// whirl is b of recirculating: |b| ≤ 1, with its centre at (½, ½) and no flow through the sides.
func whirl(x, y float64) (bx, by float64) {
	return 4 * x * (x - 1) * (1 - 2*y), -4 * y * (y - 1) * (1 - 2*x)
}

func recirculating() Family {
	return Family{
		Name: "recirculating", About: "−ε Δu + b·∇u = g, b = (4x(x−1)(1−2y), −4y(y−1)(1−2x)); first-order upwind differences on five points",
		Params: []Param{viscosity()},
		make: func(v map[string]float64, _ uint64) member {
			return member{
				dim: 2, source: flowSource(v["eps"], whirl), exact: sines(2),
				equation: func(g pde.Grid) (e elliptic.Equation, err error) {
					lx, ly := float64(g.N[0])*g.H[0], float64(g.N[1])*g.H[1]
					e.Diffusion.XX = elliptic.Constant(v["eps"])
					e.Convection[0] = elliptic.Function(func(x, y, _ float64) float64 { b, _ := whirl(x/lx, y/ly); return b })
					e.Convection[1] = elliptic.Function(func(x, y, _ float64) float64 { _, b := whirl(x/lx, y/ly); return b })
					return e, nil
				},
			}
		},
	}
}

// flowSource is g of u = sin πx sin πy.
func flowSource(eps float64, b func(x, y float64) (float64, float64)) func(x, y, z float64) float64 {
	return func(x, y, _ float64) float64 {
		sx, cx := math.Sincos(math.Pi * x)
		sy, cy := math.Sincos(math.Pi * y)
		bx, by := b(x, y)
		return 2*math.Pi*math.Pi*eps*sx*sy + math.Pi*(bx*cx*sy+by*sx*cy)
	}
}

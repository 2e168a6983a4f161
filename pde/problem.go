package pde

// The problems known by name, most with their exact solution.

import (
	"fmt"
	"math"
	"strings"
)

// Problem is −Δu = g on the unit square with given boundary values.
type Problem struct {
	Name  string
	About string // a line for people

	G        func(x, y float64) float64 // the right side
	Boundary func(x, y float64) float64 // u on the boundary; nil is zero
	Exact    func(x, y float64) float64 // the solution; nil if not known in closed form
}

// Discretize samples the problem on a grid: g at the interior vertices, zero
// on the boundary; u zero inside, with the boundary values.
func (p Problem) Discretize(grid Grid) (u, g *Field) {
	u, g = NewField(grid), NewField(grid)
	g.FillInterior(p.G)
	if p.Boundary != nil {
		u.FillBoundary(p.Boundary)
	}
	return u, g
}

// Catalogue is the list of problems known by name.
func Catalogue() []Problem {
	zero := func(_, _ float64) float64 { return 0 }
	sine := func(x, y float64) float64 { return math.Sin(math.Pi*x) * math.Sin(math.Pi*y) }
	return []Problem{
		{
			Name:  "sine",
			About: "u = sin πx sin πy, zero boundary",
			G:     func(x, y float64) float64 { return 2 * math.Pi * math.Pi * sine(x, y) },
			Exact: sine,
		},
		{
			Name:  "briggs",
			About: "u = (x²−x⁴)(y⁴−y²), zero boundary; Briggs, Henson, McCormick, A Multigrid Tutorial, p. 64",
			G: func(x, y float64) float64 {
				return 2 * ((1-6*x*x)*y*y*(1-y*y) + (1-6*y*y)*x*x*(1-x*x))
			},
			Exact: func(x, y float64) float64 { return (x*x - x*x*x*x) * (y*y*y*y - y*y) },
		},
		peak(),
		{
			Name:  "ones",
			About: "g = 1, zero boundary: the torsion of a square bar",
			G:     func(_, _ float64) float64 { return 1 },
		},
		{
			Name:  "zero",
			About: "g = 0, zero boundary: from a random start it shows the convergence factor",
			G:     zero,
			Exact: zero,
		},
	}
}

// peak is a Gaussian around (0.3, 0.6), u = exp(−a ρ²) with ρ the distance
// from there, and its own values on the boundary: nothing in it is symmetric,
// so a swapped axis or a lost boundary value shows. −Δu = (4a − 4a²ρ²) u.
func peak() Problem {
	const a, x0, y0 = 40, 0.3, 0.6
	rho2 := func(x, y float64) float64 { return (x-x0)*(x-x0) + (y-y0)*(y-y0) }
	u := func(x, y float64) float64 { return math.Exp(-a * rho2(x, y)) }
	return Problem{
		Name:     "peak",
		About:    "u = exp(−40 ρ²) around (0.3, 0.6), with its boundary values",
		G:        func(x, y float64) float64 { return (4*a - 4*a*a*rho2(x, y)) * u(x, y) },
		Boundary: u,
		Exact:    u,
	}
}

// Lookup finds a problem of the catalogue by its name.
func Lookup(name string) (Problem, error) {
	var names []string
	for _, p := range Catalogue() {
		if p.Name == name {
			return p, nil
		}
		names = append(names, p.Name)
	}
	return Problem{}, fmt.Errorf("pde: unknown problem %q; known: %s", name, strings.Join(names, ", "))
}

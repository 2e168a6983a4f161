package pde

// The problems known by name, most with their exact solution.

import (
	"fmt"
	"math"
	"strings"
)

// Problem is −Δu = g with given boundary values, posed on the unit interval,
// square or cube. Its functions take three coordinates in every dimension; those
// that a grid does not have are 0.
type Problem struct {
	Name  string
	About string // a line for people
	Dim   int    // the dimension it is posed in; 0 is any

	G        func(x, y, z float64) float64 // the right side
	Boundary func(x, y, z float64) float64 // u on the boundary; nil is zero
	Exact    func(x, y, z float64) float64 // the solution; nil if not known in closed form
}

// Discretize samples the problem on a grid: g at the interior vertices, zero
// on the boundary; u zero inside, with the boundary values. The grid need not be that of
// the unit cube; one of another dimension than the problem's is an error.
func (p Problem) Discretize(grid Grid) (u, g *Field[float64], err error) {
	if p.Dim != 0 && p.Dim != grid.Dim() {
		return nil, nil, fmt.Errorf("pde: problem %s of dimension %d on %v; want a grid of its dimension", p.Name, p.Dim, grid)
	}
	u, g = NewField[float64](grid), NewField[float64](grid)
	g.FillInterior(p.G)
	if p.Boundary != nil {
		u.FillBoundary(p.Boundary)
	}
	return u, g, nil
}

// Catalogue is the list of problems known by name in a dimension.
func Catalogue(dim int) []Problem {
	if checkDim(dim) != nil {
		return nil
	}
	list := []Problem{sine(dim)}
	if dim == 2 {
		list = append(list, briggs())
	}
	return append(list, peak(dim), ones(dim), zero(dim))
}

// Lookup finds a problem of the catalogue by its name.
func Lookup(name string, dim int) (Problem, error) {
	if err := checkDim(dim); err != nil {
		return Problem{}, err
	}
	var names, elsewhere []string
	for d := 1; d <= 3; d++ {
		for _, p := range Catalogue(d) {
			switch {
			case d == dim && p.Name == name:
				return p, nil
			case d == dim:
				names = append(names, p.Name)
			case p.Name == name:
				elsewhere = append(elsewhere, fmt.Sprint(d))
			}
		}
	}
	known := strings.Join(names, ", ")
	if elsewhere != nil {
		return Problem{}, fmt.Errorf("pde: no problem %q in dimension %d, only in %s; known in %d: %s",
			name, dim, strings.Join(elsewhere, ", "), dim, known)
	}
	return Problem{}, fmt.Errorf("pde: unknown problem %q; known in dimension %d: %s", name, dim, known)
}

// sine is the lowest eigenfunction of −Δ, with the eigenvalue dim·π².
func sine(dim int) Problem {
	u := func(x, y, z float64) float64 {
		p := math.Sin(math.Pi * x)
		if dim > 1 {
			p *= math.Sin(math.Pi * y)
		}
		if dim > 2 {
			p *= math.Sin(math.Pi * z)
		}
		return p
	}
	return Problem{
		Name:  "sine",
		About: "u = " + []string{"sin πx", "sin πx sin πy", "sin πx sin πy sin πz"}[dim-1] + ", zero boundary",
		Dim:   dim,
		G:     func(x, y, z float64) float64 { return float64(dim) * (math.Pi * math.Pi) * u(x, y, z) },
		Exact: u,
	}
}

func briggs() Problem {
	return Problem{
		Name:  "briggs",
		About: "u = (x²−x⁴)(y⁴−y²), zero boundary; Briggs, Henson, McCormick, A Multigrid Tutorial, p. 64",
		Dim:   2,
		G: func(x, y, _ float64) float64 {
			return 2 * ((1-6*x*x)*y*y*(1-y*y) + (1-6*y*y)*x*x*(1-x*x))
		},
		Exact: func(x, y, _ float64) float64 { return (x*x - x*x*x*x) * (y*y*y*y - y*y) },
	}
}

// peak is a Gaussian, u = exp(−a ρ²) with ρ the distance from a point, and its
// own values on the boundary: nothing in it is symmetric, so a swapped axis or a
// lost boundary value shows. −Δu = (2a dim − 4a²ρ²) u.
func peak(dim int) Problem {
	const a, x0, y0, z0 = 40, 0.3, 0.6, 0.45
	rho2 := func(x, y, z float64) float64 {
		r := (x - x0) * (x - x0)
		if dim > 1 {
			r += (y - y0) * (y - y0)
		}
		if dim > 2 {
			r += (z - z0) * (z - z0)
		}
		return r
	}
	u := func(x, y, z float64) float64 { return math.Exp(-a * rho2(x, y, z)) }
	return Problem{
		Name:     "peak",
		About:    "u = exp(−40 ρ²) around " + []string{"0.3", "(0.3, 0.6)", "(0.3, 0.6, 0.45)"}[dim-1] + ", with its boundary values",
		Dim:      dim,
		G:        func(x, y, z float64) float64 { return (2*a*float64(dim) - 4*a*a*rho2(x, y, z)) * u(x, y, z) },
		Boundary: u,
		Exact:    u,
	}
}

func ones(dim int) Problem {
	return Problem{
		Name:  "ones",
		About: "g = 1, zero boundary: " + []string{"a loaded string", "the torsion of a square bar", "a heated cube"}[dim-1],
		Dim:   dim,
		G:     func(_, _, _ float64) float64 { return 1 },
	}
}

func zero(dim int) Problem {
	nothing := func(_, _, _ float64) float64 { return 0 }
	return Problem{
		Name:  "zero",
		About: "g = 0, zero boundary: from a random start it shows the convergence factor",
		Dim:   dim,
		G:     nothing,
		Exact: nothing,
	}
}

package bridge

// The problems that a cycle is trained on, and the grids below them.

import (
	"fmt"
	"math"

	"mgtool/pde"
	"mgtool/pde/stencil"
	"mgtool/tensor/graph"
)

// mostUnknowns is on how many the coarsest A is inverted, as the solver does. Where cells cannot
// be halved so often A is inverted on up to [graph.MostSolved]; the solver has classical levels
// there.
const mostUnknowns = 64

// measure checks the problems and lists the grids.
func (c *Cycle) measure() error {
	if len(c.problems) == 0 {
		return fmt.Errorf("bridge: no operator; want one or more")
	}
	grid, to := c.problems[0].Grids()
	c.dim = grid.Dim()
	for i, a := range c.problems {
		from, on := a.Grids()
		switch _, constant := a.Kernel(); {
		case from != grid || on != to || from != on:
			return fmt.Errorf("bridge: operator %d is %v; want one on %v, as the first", i, a, grid)
		case len(c.problems) > 1 && constant != isConstant(c.problems[0]):
			return fmt.Errorf("bridge: operator %d has other kinds of coefficients than the first; want all constant or all variable", i)
		}
		if d := middle(a); !(math.Abs(d) > 0 && math.Abs(d) <= math.MaxFloat64) {
			return fmt.Errorf("bridge: operator %d has %g on its diagonal; want another number, which smoothing divides by", i, d)
		}
	}
	for d := range c.dim {
		if grid.Cells || grid.Sides[d] != [2]pde.Boundary{} || grid.Stretch != nil {
			return fmt.Errorf("bridge: training on %v; want vertices of equal widths with Dirichlet sides", grid)
		}
	}
	c.grids = []pde.Grid{grid}
	for grid.Unknowns() > mostUnknowns {
		if !grid.CanCoarsen() {
			if len(c.grids) > 1 && grid.Unknowns() <= graph.MostSolved {
				break
			}
			below, above := nearest(c.grids[0])
			return fmt.Errorf("bridge: training on %v; want cells that can be halved until %d unknowns or fewer are left: %d a side, or %d", c.grids[0], graph.MostSolved, below, above)
		}
		grid = grid.Coarsen()
		c.grids = append(c.grids, grid)
	}
	if len(c.grids) < 2 {
		_, above := nearest(grid)
		return fmt.Errorf("bridge: training on %v; want more than %d unknowns, as on %d cells a side: fewer are solved directly", grid, mostUnknowns, above)
	}
	if l := c.Specification.Learned(); c.dim == 1 && (l.Has("R") || l.Has("P")) {
		return fmt.Errorf("bridge: %v learned in one dimension; want R and P fixed: the solver takes others in two or three only", l)
	}
	if c.Specification.Of("A").Learned() && (len(c.problems) > 1 || !isConstant(c.problems[0])) {
		return fmt.Errorf("bridge: A learned for several operators or for variable coefficients; want one constant operator, or A from galerkin")
	}
	return nil
}

// nearest are the numbers of cells a side closest to those of a grid, on which training can be done.
func nearest(grid pde.Grid) (below, above int) {
	try := func(n, step int) int {
		for {
			n += step
			coarse := n // after all halvings
			unknowns := func(n int) float64 { return math.Pow(float64(n-1), float64(grid.Dim())) }
			for coarse%2 == 0 && coarse >= 4 && unknowns(coarse) > mostUnknowns {
				coarse /= 2
			}
			if unknowns(coarse) <= graph.MostSolved && coarse < n || n < 2 {
				return n
			}
		}
	}
	return try(grid.N[0], -1), try(grid.N[0], 1)
}

func isConstant(a stencil.Operator) bool { _, constant := a.Kernel(); return constant }

// middle is a value of the diagonal, in the middle of the grid.
func middle(a stencil.Operator) float64 {
	constant, varying, err := a.Diagonal()
	if err != nil || varying == nil {
		return constant
	}
	g := varying.Grid
	at := [3]int{}
	for d := range g.Dim() {
		at[d] = g.N[d] / 2
	}
	return varying.At(at[0], at[1], at[2])
}

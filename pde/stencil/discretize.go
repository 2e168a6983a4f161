package stencil

// The discretisations of −Δu = g that are known by name.

import (
	"fmt"
	"strings"

	"mgtool/pde"
)

// Discretization is the linear system A u = B g that stands for −Δu = g on a grid. On
// Dirichlet sides it takes u from the ghosts of u, and g from those of g if B has
// neighbours: fill these too ([pde.Field.FillBoundary] with the function g).
type Discretization struct{ A, B Operator }

// discretizations are in the order in which they are listed.
var discretizations = []struct {
	name string
	on   func(pde.Grid) (Discretization, error)
}{
	{"vertex", vertex},
	{"mehrstellen", mehrstellen},
}

// Discretize returns the discretisation of this name on a grid.
func Discretize(name string, g pde.Grid) (Discretization, error) {
	for _, d := range discretizations {
		if d.name == name {
			return d.on(g)
		}
	}
	return Discretization{}, fmt.Errorf("stencil: unknown discretization %q; known: %s", name, strings.Join(Discretizations(), ", "))
}

// Discretizations are the names that [Discretize] knows.
func Discretizations() (names []string) {
	for _, d := range discretizations {
		names = append(names, d.name)
	}
	return names
}

// vertex is −Δ by second differences, [Laplacian], of second order; g is taken as it is.
func vertex(g pde.Grid) (d Discretization, err error) {
	d.A = Laplacian(g)
	d.B, err = Identity(g)
	return d, err
}

package stencil

// Discretisations of −Δu = g by name.

import (
	"fmt"
	"strings"

	"mgtool/pde"
)

// Discretization is the linear system A u = B g for −Δu = g on a grid. On Dirichlet sides
// A reads the boundary values of u, and B may read those of g: set both with
// [pde.Field.FillBoundary].
type Discretization struct{ A, B Operator }

// discretizations registers each discretisation by its name, in the order of the list.
var discretizations = []struct {
	name string
	on   func(pde.Grid) (Discretization, error)
}{
	{"vertex", vertex},
	{"mehrstellen", mehrstellen},
}

// Discretize returns the discretisation of this name on a grid. Its A can be
// rediscretised on coarser grids ([Operator.Rediscretize]).
func Discretize(name string, g pde.Grid) (Discretization, error) {
	for _, known := range discretizations {
		if known.name == name {
			d, err := known.on(g)
			d.A.again = func(g pde.Grid) (Operator, error) {
				d, err := Discretize(name, g)
				return d.A, err
			}
			return d, err
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

// vertex is the second-order discretisation by [Laplacian]; B is the identity.
func vertex(g pde.Grid) (d Discretization, err error) {
	d.A = Laplacian(g)
	d.B, err = Identity(g)
	return d, err
}

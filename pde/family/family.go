// Package family has families of boundary value problems
//
//	−∇·(K ∇u) + b·∇u + c u = g   on the unit box, u = 0 on its sides,
//
// whose difficulty is a parameter: an anisotropy and its angle, the contrast of
// coefficients, a Péclet number, a wavenumber. A member is a [Problem]; it has a name, such
// as rotated(eps=0.01,theta=30), that says all of it, so that a table can name its problems
// and [Parse] can make them again. Random members are the same for the same seed.
//
// Along with zero values, sides may be periodic. Operators depend on the shape of the box
// through the mesh widths only: coefficients that vary are functions of x/L.
package family

import (
	"errors"
	"fmt"

	"mgtool/pde"
	"mgtool/pde/elliptic"
	"mgtool/pde/stencil"
)

// Problem is a member of a family. [Parse] and [Family.Problem] make it; its fields are for
// reading.
type Problem struct {
	Name   string             // the canonical name, which Parse reads
	Family string             // the name of the family
	Params map[string]float64 // all parameters but the seed
	Seed   uint64             // of a random member; 0 otherwise

	member member
}

// member is what a family makes of its parameters.
type member struct {
	dim int
	// operator is A for a constant stencil, or where there is no equation.
	operator func(pde.Grid) (stencil.Operator, error)
	// equation has the coefficients; nil where package elliptic has no such equation.
	equation func(pde.Grid) (elliptic.Equation, error)
	// coefficient is the scalar a of each cell; nil if the family has none.
	coefficient   func(pde.Grid) []float64
	source, exact func(x, y, z float64) float64 // exact is nil if not known
}

// Dim is the number of dimensions.
func (p Problem) Dim() int { return p.member.dim }

// Operator is A on a grid of vertices with Dirichlet or periodic sides and equal widths.
// Constant coefficients give a constant stencil.
func (p Problem) Operator(g pde.Grid) (stencil.Operator, error) {
	if err := p.check(g); err != nil {
		return stencil.Operator{}, err
	}
	if p.member.operator != nil {
		return p.member.operator(g)
	}
	e, _, err := p.Equation(g)
	if err != nil {
		return stencil.Operator{}, err
	}
	system, err := e.Discretize()
	if err != nil {
		return stencil.Operator{}, fmt.Errorf("family: %s: %w", p.Name, err)
	}
	return system.A, nil
}

// Equation is the boundary value problem on a grid as for [Problem.Operator], with the
// source of [Problem.Source]. ok is false where A is of another discretisation than package
// elliptic has (finite elements), or has a negative coefficient of u.
func (p Problem) Equation(g pde.Grid) (e elliptic.Equation, ok bool, err error) {
	if err := p.check(g); err != nil {
		return e, false, err
	}
	if p.member.equation == nil {
		return e, false, nil
	}
	if e, err = p.member.equation(g); err != nil {
		return e, false, fmt.Errorf("family: %s: %w", p.Name, err)
	}
	e.Grid = g
	for d := range p.Dim() {
		for end, kind := range g.Sides[d] {
			e.Boundary[d][end].Kind = kind
		}
	}
	e.Source = elliptic.Function(p.Source())
	return e, true, nil
}

// Coefficient is the scalar diffusion coefficient of each cell, x fastest, of a grid as for
// [Problem.Operator]; nil for families that have no such coefficient.
func (p Problem) Coefficient(g pde.Grid) ([]float64, error) {
	if err := p.check(g); err != nil || p.member.coefficient == nil {
		return nil, err
	}
	return p.member.coefficient(g), nil
}

// Source is the right side g on the unit box: that of the solution [Problem.Exact] where
// there is one, otherwise 1.
func (p Problem) Source() func(x, y, z float64) float64 {
	if p.member.source == nil {
		return func(_, _, _ float64) float64 { return 1 }
	}
	return p.member.source
}

// Exact is the solution on the unit box with u = 0 on all sides, Π sin πx_d; nil where it is
// not known.
func (p Problem) Exact() func(x, y, z float64) float64 { return p.member.exact }

// check accepts the grids that Operator takes.
func (p Problem) check(g pde.Grid) error {
	if p.member.dim == 0 {
		return errors.New("family: a problem without a family; want one that Parse made")
	}
	switch {
	case g.Dim() != p.member.dim:
		return fmt.Errorf("family: %s has dimension %d; got %v", p.Name, p.member.dim, g)
	case g.Cells:
		return fmt.Errorf("family: %s on cells; want unknowns on vertices", p.Name)
	case g.Stretch != nil:
		return fmt.Errorf("family: %s on unequal widths; want equal ones", p.Name)
	}
	for d := range g.Dim() {
		for _, side := range g.Sides[d] {
			if side == pde.Neumann {
				return fmt.Errorf("family: %s with a Neumann side of axis %d; want Dirichlet or periodic sides", p.Name, d)
			}
		}
	}
	return nil
}

package tool

// Problems of a family.

import (
	"cmp"
	"io"

	"mgtool/pde"
	"mgtool/pde/elliptic"
	"mgtool/pde/family"
)

// member is the problem of --family.
func (s Statement) member() (family.Problem, error) {
	p, err := family.Parse(s.Family)
	if err != nil {
		return p, Usagef("--family: %w", err)
	}
	return p, nil
}

// ofFamily sets the equation of --family, its right side unless another is given, and the
// operator where that is not the equation's own discretisation.
func (s Statement) ofFamily(p *stated, input io.Reader) error {
	problem, err := s.member()
	if err != nil {
		return err
	}
	for _, one := range []struct{ flag, value string }{
		{"coordinates", s.Coordinates}, {"a", s.A}, {"b", s.B}, {"c", s.C}, {"operator", s.Operator}, {"exact", s.Exact}, {"nonlinear", s.Nonlinear},
		{"boundary", s.Boundary}, {"mask", s.Mask}, {"mask-boundary", s.MaskBoundary},
		{"discretization", s.Discretization}, {"convection", s.Convection}, {"average", s.Average},
	} {
		if one.value != "" {
			return Usagef("--%s with --family %s, which says all of the problem but g; want one of them", one.flag, problem.Name)
		}
	}
	for _, l := range s.Size {
		if l != 1 {
			return Usagef("--size with --family %s, a problem on the unit box; want it without", problem.Name)
		}
	}
	grid := p.equation.Grid
	e, ok, err := problem.Equation(grid)
	if err != nil {
		return Usage(err)
	}
	p.equation.Source = elliptic.Function(problem.Source())
	if ok {
		p.equation = e
	}
	// A constant stencil takes no fields; an equation with another than a star would write it
	// out for every vertex.
	small, err := pde.Unit(problem.Dim(), 4)
	if err != nil {
		return err
	}
	if a, err := problem.Operator(small); err == nil {
		_, constant := a.Kernel()
		if _, _, star := a.Star(); !ok || constant && !star {
			own, err := problem.Operator(grid)
			if err != nil {
				return Usage(err)
			}
			p.operator = &own
			p.equation = elliptic.Equation{Grid: grid, Source: p.equation.Source}
		}
	}
	f, err := family.Lookup(problem.Family)
	if err != nil {
		return err
	}
	if cmp.Or(s.Problem, s.G, s.RHS) != "" {
		if err := s.source(p, input); err != nil {
			return err
		}
		p.name, p.about = problem.Name, f.About+", "+p.about
		return nil
	}
	p.name, p.about = problem.Name, f.About
	if u := problem.Exact(); u != nil {
		p.exact = &datum{Coefficient: elliptic.Function(u), function: u}
	}
	return nil
}

// ListedFamily is a family with the name of its member of default parameters.
type ListedFamily struct {
	Name   string         `json:"name"`
	About  string         `json:"about"`
	Member string         `json:"member"`
	Params []family.Param `json:"-"`
}

// Families lists the families that --family knows.
func Families() []ListedFamily {
	var list []ListedFamily
	for _, f := range family.Families() {
		list = append(list, ListedFamily{f.Name, f.About, f.String(), f.Params})
	}
	return list
}

package tool

// The coefficients and the domain of a statement.

import (
	"fmt"
	"strings"

	"mgtool/pde"
	"mgtool/pde/elliptic"
	"mgtool/pde/file"
)

// several reads the data of a flag that takes one or more, with commas between them.
func several(flag, text string, grid pde.Grid) (list []elliptic.Coefficient, err error) {
	parts, err := split(text, ',')
	if err != nil {
		return nil, Usagef("--%s: %w", flag, err)
	}
	for _, part := range parts {
		v, err := onGrid(flag, part, grid)
		if err != nil {
			return nil, err
		}
		list = append(list, v.Coefficient)
	}
	return list, nil
}

func (s Statement) diffusion(p *stated) error {
	if s.A == "" {
		return nil
	}
	dim := p.equation.Grid.Dim()
	a, err := several("a", s.A, p.equation.Grid)
	switch {
	case err != nil:
		return err
	case len(a) == 1:
		p.equation.Diffusion = elliptic.Tensor{XX: a[0]}
	case dim == 2 && len(a) == 2:
		p.equation.Diffusion = elliptic.Tensor{XX: a[0], YY: a[1]}
	case dim == 2 && len(a) == 3:
		p.equation.Diffusion = elliptic.Tensor{XX: a[0], XY: a[1], YY: a[2]}
	case dim == 3 && len(a) == 3:
		p.equation.Diffusion = elliptic.Tensor{XX: a[0], YY: a[1], ZZ: a[2]}
	default:
		return Usagef("--a %s has %d entries; want %s in dimension %d", cutTo(s.A, 60), len(a), []string{"1", "1, 2 for the axes, or 3 for xx, xy, yy", "1, or 3 for the axes"}[dim-1], dim)
	}
	return nil
}

func (s Statement) convection(p *stated) error {
	if s.B == "" {
		return nil
	}
	b, err := several("b", s.B, p.equation.Grid)
	if err != nil {
		return err
	}
	if dim := p.equation.Grid.Dim(); len(b) != dim {
		return Usagef("--b %s has %d entries; want %d, one for each axis", cutTo(s.B, 60), len(b), dim)
	}
	copy(p.equation.Convection[:], b)
	return nil
}

// noteOscillations says where central differences of b·∇u may oscillate.
func noteOscillations(system *elliptic.System, r Reporter) error {
	p, err := system.Peclet()
	if err == nil && p > 1 {
		r.note("--convection central: the cell Péclet number |b| h / 2a is up to %.3g, and above 1 u may oscillate from cell to cell; cells narrower by that factor or --convection upwind help", p)
	}
	return err
}

func (s Statement) reaction(p *stated) error {
	if s.C == "" {
		return nil
	}
	c, err := onGrid("c", s.C, p.equation.Grid)
	if err == nil {
		p.equation.Reaction = c.Coefficient
	}
	return err
}

// mask sets the domain within the box: values above one half are in it.
func (s Statement) mask(p *stated) error {
	grid := p.equation.Grid
	if s.Mask == "" {
		if s.MaskBoundary != "" {
			return Usagef("--mask-boundary %s without --mask", s.MaskBoundary)
		}
		return nil
	}
	fixed, value, err := maskRule(s.MaskBoundary, grid)
	if err != nil {
		return err
	}
	cells := file.CellShape(grid)
	var values []float64
	if file.IsArray(s.Mask) {
		values, err = readArray(s.Mask, cells, file.PointShape(grid))
	} else {
		values, err = file.ReadPicture(s.Mask, cells)
	}
	if err != nil {
		return fmt.Errorf("--mask: %w", err)
	}
	count := 1
	for _, n := range cells.Lengths {
		count *= n
	}
	outside := func(n int) bool { return !(values[n] > .5) }
	if len(values) == count {
		p.equation.Mask = elliptic.Without(grid, outside, fixed)
	} else {
		state := make([]elliptic.State, len(values))
		for n := range state {
			switch {
			case outside(n) && fixed:
				state[n] = elliptic.Fixed
			case outside(n):
				state[n] = elliptic.Absent
			}
		}
		p.equation.Mask = &elliptic.Mask{State: state}
	}
	p.equation.Mask.Value = value
	return nil
}

// maskRule is what holds around a mask: u given, or no flux.
func maskRule(text string, grid pde.Grid) (fixed bool, value elliptic.Coefficient, err error) {
	kind, given, valued := strings.Cut(text, "=")
	switch {
	case kind == "neumann" && !valued:
		return false, value, nil
	case kind == "dirichlet" && valued:
		v, err := read("mask-boundary", given, grid, file.PointShape(grid))
		if err != nil {
			return false, value, err
		}
		return true, v.Coefficient, nil
	case kind == "dirichlet" || text == "":
		return true, value, nil
	}
	return false, value, Usagef("--mask-boundary %s; want dirichlet, dirichlet=VALUE or neumann", cutTo(text, 60))
}

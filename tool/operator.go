package tool

// A constant operator of the user's own.

import (
	"bytes"
	"errors"
	"fmt"
	"math"

	"mgtool/internal/strictjson"
	"mgtool/multigrid/method"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// ConstantOperator is a file of an operator with constant coefficients of 3^d points,
//
//	(A u)(x) = Σ_o K_o u(x+o) / h²
//
// or without the h² if Scale is 1. It is a JSON object, such as
//
//	{"stencil": [[0, -1, 0], [-1, 4, -1], [0, -1, 0]], "scale": "h^-2"}
type ConstantOperator struct {
	Stencil *method.Stencil `json:"stencil"`
	Scale   string          `json:"scale,omitempty"` // h^-2, the default, or 1
}

// ReadOperator reads a file of a constant operator. One with a zero at the centre, which
// relaxation divides by, is an error.
func ReadOperator(path string) (*ConstantOperator, error) {
	data, err := strictjson.ReadFile(path)
	if err != nil {
		return nil, err
	}
	o := &ConstantOperator{}
	if bytes.HasPrefix(bytes.TrimSpace(data), []byte("[")) {
		err = errors.New(`it is a list; want {"stencil": [[…], […], […]]}`)
	} else if err = strictjson.Decode(data, o); err == nil {
		err = o.check()
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return o, nil
}

func (o *ConstantOperator) check() error {
	if o.Stencil == nil {
		return errors.New(`no stencil; want {"stencil": [[…], […], […]]}`)
	}
	k, err := o.Stencil.Kernel()
	switch {
	case err != nil:
		return err
	case k[13] == 0:
		return errors.New("0 at the centre of the stencil; want another number, which relaxation divides by")
	case o.Scale != "" && o.Scale != "h^-2" && o.Scale != "1":
		return fmt.Errorf(`scale %.60q; want "h^-2" or "1"`, o.Scale)
	}
	return nil
}

// On is the operator on a grid. By the scale h^-2 its cells are to be squares or cubes.
func (o *ConstantOperator) On(g pde.Grid) (a stencil.Operator, err error) {
	if err := o.check(); err != nil {
		return a, err
	}
	if g.Dim() != o.Stencil.Dim {
		return a, fmt.Errorf("a stencil in %d dimensions on a grid of %d; want the same", o.Stencil.Dim, g.Dim())
	}
	k, err := o.Stencil.Kernel()
	if err != nil {
		return a, err
	}
	if o.Scale != "1" {
		for d := range g.Dim() {
			if math.Abs(g.H[d]-g.H[0]) > 1e-12*g.H[0] {
				return a, fmt.Errorf(`a stencil over h² on cells of widths %v; want equal ones, or "scale": "1"`, g.H[:g.Dim()])
			}
		}
		k = k.Scale(1 / (g.H[0] * g.H[0]))
	}
	return stencil.Differential(g, k)
}

// own takes the operator of a file, on vertices with u given on all sides.
func (s Statement) own(p *stated) error {
	if s.Operator == "" {
		return nil
	}
	for _, one := range []struct {
		flag  string
		given bool
	}{
		{"a", s.A != ""}, {"b", s.B != ""}, {"c", s.C != ""}, {"nonlinear", s.Nonlinear != ""}, {"mask", s.Mask != ""},
		{"coordinates", s.Coordinates != ""}, {"discretization " + s.Discretization, s.Discretization != "" && s.Discretization != "vertex"},
	} {
		if one.given {
			return Usagef("--%s with --operator %s, which is all of the left side, on vertices; want it without", one.flag, cutTo(s.Operator, 60))
		}
	}
	grid := p.equation.Grid
	for d := range grid.Dim() {
		if grid.Sides[d] != [2]pde.Boundary{} {
			return Usagef("--boundary %s with --operator %s; want u given on every side", cutTo(s.Boundary, 60), cutTo(s.Operator, 60))
		}
	}
	o, err := ReadOperator(s.Operator)
	if err != nil {
		return Usagef("--operator: %w", err)
	}
	a, err := o.On(grid)
	if err != nil {
		return Usagef("--operator %s: %w", s.Operator, err)
	}
	p.operator = &a
	return nil
}

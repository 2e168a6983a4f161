package tool

// A boundary value problem in words, and what they mean.

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"mgtool/pde"
	"mgtool/pde/elliptic"
	"mgtool/pde/expression"
	"mgtool/pde/file"
	"mgtool/pde/stencil"
)

// Statement is a boundary value problem
//
//	−∇·(a ∇u) + b·∇u + c u = g
//
// in words, as the flags of a solve and a problem file have it. A datum is an expression
// of package expression in x, y and z, or the name of an array, see [file.ReadArray], with
// a value for each vertex or cell. What is empty has its default.
type Statement struct {
	Problem string    `json:"problem,omitempty"` // of the catalogue, see [Problems], instead of G
	Family  string    `json:"family,omitempty"`  // a problem of a family, see [family.Parse], instead of all but N and the right side
	Dim     int       `json:"dim,omitempty"`     // 1, 2 or 3; if 0, as many as N, Size or Coordinates have
	N       []int     `json:"n,omitempty"`       // cells along each axis; one number stands for all
	Size    []float64 `json:"size,omitempty"`    // lengths of the box, which begins at the origin; 1
	// Coordinates is a file of the vertices' coordinates along each axis, instead of N and
	// Size: text of a line for each axis, or an archive file.npz of the lists x, y and z.
	Coordinates string `json:"coordinates,omitempty"`

	G string `json:"g,omitempty"`
	// RHS is a file instead: an array, a picture in two dimensions, - for an array on standard
	// input. A further leading axis of an array has several right sides.
	RHS string `json:"rhs,omitempty"`
	A   string `json:"a,omitempty"` // one datum, one for each axis, or in two dimensions a_xx, a_xy, a_yy
	B   string `json:"b,omitempty"` // one datum for each axis
	C   string `json:"c,omitempty"`
	// Operator is a file of a constant operator that is all of the left side, see [ConstantOperator].
	Operator string `json:"operator,omitempty"`
	// Nonlinear is f of a term f(u) on the left side, an expression in u.
	Nonlinear string `json:"nonlinear,omitempty"`
	Exact     string `json:"exact,omitempty"` // the solution, to compare with; it also is u on sides without a rule

	// Boundary has the rules of the sides, as in "x:periodic,y-:neumann=0,y+:robin=1;0".
	// On sides without one u is Exact or the problem's, or else 0.
	Boundary string `json:"boundary,omitempty"`
	// Mask is a file, an array or in two dimensions a picture, of values above one half in
	// the domain and others outside, for each cell or vertex.
	Mask         string `json:"mask,omitempty"`
	MaskBoundary string `json:"mask_boundary,omitempty"` // what holds around it: dirichlet, dirichlet=VALUE or neumann

	Discretization string `json:"discretization,omitempty"` // vertex, cell or mehrstellen
	Convection     string `json:"convection,omitempty"`     // upwind or central
	Average        string `json:"average,omitempty"`        // of a on faces: harmonic or arithmetic
}

// stated is what a statement means.
type stated struct {
	equation elliptic.Equation
	name     string
	about    string
	exact    *datum            // nil if not known
	operator *stencil.Operator // instead of that of the equation; nil is that
	more     [][]float64       // further right sides, at the points
}

// datum is a coefficient, with the function or the array that it comes from.
type datum struct {
	elliptic.Coefficient
	function func(x, y, z float64) float64
	array    []float64
}

// mean makes the problem that a statement stands for; what it reads from - is on input, or
// on standard input if that is nil.
func (s Statement) mean(input io.Reader) (*stated, error) {
	grid, err := s.grid()
	if err != nil {
		return nil, err
	}
	p := &stated{equation: elliptic.Equation{Grid: grid}}
	if s.Family != "" {
		return p, s.ofFamily(p, input)
	}
	for _, step := range []func(*stated) error{s.schemes, s.boundary, s.own, s.known} {
		if err := step(p); err != nil {
			return nil, err
		}
	}
	if err := s.source(p, input); err != nil {
		return nil, err
	}
	for _, one := range []func(*stated) error{s.diffusion, s.convection, s.reaction, s.mask} {
		if err := one(p); err != nil {
			return nil, err
		}
	}
	if p.operator != nil {
		p.about += ", A is the stencil of " + cutTo(s.Operator, 60)
	}
	return p, nil
}

// readArray is [file.ReadArray], with the error of ofShape.
func readArray(path string, shapes ...file.Shape) ([]float64, error) {
	values, err := file.ReadArray(path, shapes...)
	return values, ofShape(err)
}

// ofShape is the error of reading an array: one of another shape, a sound file for another grid,
// is a mistake in the request.
func ofShape(err error) error {
	var other *file.ShapeError
	if errors.As(err, &other) {
		return Usage(err)
	}
	return err
}

// read reads the datum of a flag: an array of one of the shapes, or else an expression in
// the coordinates of grid.
func read(flag, text string, grid pde.Grid, shapes ...file.Shape) (*datum, error) {
	text = strings.TrimSpace(text)
	if file.IsArray(text) {
		values, err := readArray(text, shapes...)
		if err != nil {
			return nil, fmt.Errorf("--%s: %w", flag, err)
		}
		return &datum{Coefficient: elliptic.Array(values), array: values}, nil
	}
	e, err := expression.Parse(text, []string{"x", "y", "z"}[:grid.Dim()]...)
	if err != nil {
		return nil, Usagef("--%s: %w", flag, err)
	}
	if v, ok := e.Constant(); ok {
		return &datum{Coefficient: elliptic.Constant(v), function: e.At}, nil
	}
	return &datum{Coefficient: elliptic.Function(e.At), function: e.At}, nil
}

// onGrid reads a datum with a value for each point or each cell.
func onGrid(flag, text string, grid pde.Grid) (*datum, error) {
	return read(flag, text, grid, file.PointShape(grid), file.CellShape(grid))
}

// schemes sets what is discretised how.
func (s Statement) schemes(p *stated) (err error) {
	e := &p.equation
	switch s.Discretization {
	case "", "vertex":
	case "cell":
		e.Grid.Cells = true
	case "mehrstellen":
		e.Scheme = elliptic.Mehrstellen
	default:
		return Usagef("--discretization %s; want vertex, cell or mehrstellen", cutTo(s.Discretization, 60))
	}
	if e.Upwind, err = oneOf("convection", cmp.Or(s.Convection, "upwind"), []string{"upwind", "central"}, []elliptic.Upwind{elliptic.FirstOrder, elliptic.Central}); err != nil {
		return err
	}
	if s.Average != "" {
		e.Average, err = oneOf("average", s.Average, []string{"harmonic", "arithmetic"}, []elliptic.Average{elliptic.Harmonic, elliptic.Arithmetic})
	}
	return err
}

// boundary sets the kinds of the sides, on which the shapes of arrays depend, and then
// what is given there.
func (s Statement) boundary(p *stated) error {
	e := &p.equation
	list, err := parseRules(s.Boundary, e.Grid.Dim())
	if err != nil {
		return Usagef("--boundary: %w", err)
	}
	for d := range e.Grid.Dim() {
		for end, r := range list[d] {
			e.Grid.Sides[d][end], e.Boundary[d][end].Kind = r.kind, r.kind
		}
	}
	for d := range e.Grid.Dim() {
		for end, r := range list[d] {
			c := &e.Boundary[d][end]
			for _, one := range []struct {
				text string
				into *elliptic.Coefficient
			}{{r.value, &c.Value}, {r.alpha, &c.Alpha}} {
				if one.text == "" {
					continue
				}
				v, err := read("boundary", one.text, e.Grid, file.SideShape(e.Grid, d))
				if err != nil {
					return err
				}
				*one.into = v.Coefficient
			}
		}
	}
	return nil
}

// known sets the exact solution, and u on the Dirichlet sides that have no value to it.
func (s Statement) known(p *stated) error {
	if s.Exact == "" {
		return nil
	}
	e := &p.equation
	exact, err := read("exact", s.Exact, e.Grid, file.PointShape(e.Grid))
	if err != nil {
		return err
	}
	p.exact = exact
	if exact.array == nil { // the sides of an array are for the user to give
		giveSides(e, exact.Coefficient)
	}
	return nil
}

// source sets g, and for a problem of the catalogue all that it says.
func (s Statement) source(p *stated, input io.Reader) error {
	e := &p.equation
	named := 0
	for _, name := range []string{s.Problem, s.G, s.RHS} {
		if name != "" {
			named++
		}
	}
	if named > 1 {
		return Usagef("--problem, --g and --rhs all name a right side; want one of them")
	}
	points := file.PointShape(e.Grid)
	switch {
	case s.RHS == "-":
		if input == nil {
			input = os.Stdin
		}
		values, err := file.DecodeArray(input, points, file.CellShape(e.Grid), points.Several())
		if err != nil {
			return fmt.Errorf("--rhs -: standard input: %w", err)
		}
		p.name, p.about = "-", "g is an array from standard input"
		p.sources(values, points)
	case file.IsArray(s.RHS):
		values, err := readArray(s.RHS, points, file.CellShape(e.Grid), points.Several())
		if err != nil {
			return fmt.Errorf("--rhs %w", err)
		}
		p.name, p.about = s.RHS, "g is an array"
		p.sources(values, points)
	case s.RHS != "":
		if e.Grid.Dim() != 2 {
			return Usagef("--rhs %s is a picture, for --dim 2; got --dim %d", s.RHS, e.Grid.Dim())
		}
		values, err := file.ReadPicture(s.RHS, points)
		if err != nil {
			return err
		}
		e.Source, p.name, p.about = elliptic.Array(values), s.RHS, "g is a picture"
	case s.G != "":
		g, err := onGrid("g", s.G, e.Grid)
		if err != nil {
			return err
		}
		e.Source, p.name, p.about = g.Coefficient, "g", "g = "+cutTo(s.G, 60)
	default:
		return s.catalogued(p)
	}
	return nil
}

// sources takes the values of one right side, or those of several at the points.
func (p *stated) sources(values []float64, points file.Shape) {
	count := 1
	for _, n := range points.Lengths {
		count *= n
	}
	for len(values) > count {
		p.more = append(p.more, values[len(values)-count:])
		values = values[:len(values)-count]
	}
	slices.Reverse(p.more)
	p.equation.Source = elliptic.Array(values)
}

// named is what a report calls the problem: its name, its file, or g for a formula.
func (s Statement) named() string {
	if p, err := s.member(); s.Family != "" && err == nil {
		return p.Name
	}
	if s.Problem == "" && s.RHS == "" && s.G != "" {
		return "g"
	}
	return cmp.Or(s.Problem, s.RHS, "sine")
}

// catalogued sets the data of a problem of the catalogue. One with a solution of its own
// is that of −Δu = g on the unit box, with its own boundary values.
func (s Statement) catalogued(p *stated) error {
	e := &p.equation
	problem, err := pde.Lookup(cmp.Or(s.Problem, "sine"), e.Grid.Dim())
	if err != nil {
		return Usage(err)
	}
	p.name, p.about = problem.Name, problem.About
	if problem.Name != "ones" && problem.Name != "zero" {
		if changed := s.beyondUnit(); changed != "" {
			return Usagef("--%s with problem %s, which is −Δu = g on the unit box with its own boundary values; want --g, or --problem ones or zero", changed, problem.Name)
		}
	}
	e.Source = elliptic.Function(problem.G)
	if problem.Boundary != nil {
		giveSides(e, elliptic.Function(problem.Boundary))
	}
	if problem.Exact != nil && s.Exact == "" && s.beyondUnit() == "" {
		p.exact = &datum{Coefficient: elliptic.Function(problem.Exact), function: problem.Exact}
	}
	return nil
}

// leftOnly is s with g = 0 if it says nothing of g, for what depends on the left side alone.
func (s Statement) leftOnly() Statement {
	if s.Problem == "" && s.G == "" && s.RHS == "" && s.Family == "" && s.beyondUnit() != "" {
		s.G = "0"
	}
	return s
}

// beyondUnit is the first flag that makes a problem differ from −Δu = g on the unit box.
func (s Statement) beyondUnit() string {
	for _, one := range []struct{ flag, value string }{
		{"family", s.Family}, {"coordinates", s.Coordinates}, {"a", s.A}, {"b", s.B}, {"c", s.C}, {"operator", s.Operator}, {"exact", s.Exact}, {"nonlinear", s.Nonlinear},
		{"boundary", s.Boundary}, {"mask", s.Mask},
	} {
		if one.value != "" {
			return one.flag
		}
	}
	if slices.ContainsFunc(s.Size, func(l float64) bool { return l != 1 }) {
		return "size"
	}
	return ""
}

// discretize makes the linear system.
func (p *stated) discretize() (*elliptic.System, error) {
	system, err := p.equation.Discretize()
	if err != nil {
		return nil, Usage(err)
	}
	if p.operator != nil {
		system.A = *p.operator
	}
	return system, nil
}

// giveSides sets u on the Dirichlet sides where nothing is given.
func giveSides(e *elliptic.Equation, u elliptic.Coefficient) {
	for d := range e.Grid.Dim() {
		for end := range e.Boundary[d] {
			if c := &e.Boundary[d][end]; c.Kind == pde.Dirichlet && !c.Value.Given() {
				c.Value = u
			}
		}
	}
}

package elliptic

// From an equation to its linear system.

import (
	"fmt"
	"math"

	"mgtool/pde"
	"mgtool/pde/stencil"
)

// System is the linear system of an equation. Rows on Neumann, Robin and cell sides are
// closed: they never read the ghosts there. Those of vertices next to Dirichlet sides
// read the ghosts of u.
//
// On unequal widths a row is the equation times the volume of its control volume over
// that of cells of mean widths, which keeps the matrix symmetric; see [System.Weights].
type System struct {
	Equation Equation // as given; the source is the last one
	A        stencil.Operator
	// U holds the values on Dirichlet sides in its ghosts, zero or Fixed values inside;
	// it is the field to solve into. On cells the ghosts serve a first guess by
	// [pde.Field.ExtendBoundary], no more, and a solve may change them.
	U *pde.Field[float64]
	// G is the right side, complete.
	G *pde.Field[float64]

	assembly  *assembly
	b         stencil.Operator // of Mehrstellen: G = B g
	projected float64          // what Project took from the source
}

// Discretize makes the linear system. An equation that has none is an error that names
// the coefficient and the point.
func (e Equation) Discretize() (*System, error) {
	s, err := e.prepare()
	if err != nil {
		return nil, err
	}
	system := &System{Equation: e, U: s.u, G: pde.NewField[float64](s.grid), assembly: s}
	if e.Scheme == Mehrstellen {
		err = system.mehrstellen()
	} else {
		system.A, err = s.operator()
	}
	if err != nil {
		return nil, err
	}
	if err := system.SetSource(e.Source); err != nil {
		return nil, err
	}
	return system, nil
}

// SetSource replaces g and makes the right side anew; all else stays. It is for time
// steps. After an error G has no meaning.
func (s *System) SetSource(g Coefficient) error {
	v, err := s.assembly.resolve("the source", g, 0, finite)
	if err != nil {
		return err
	}
	s.Equation.Source, s.projected = g, 0
	if s.Equation.Scheme == Mehrstellen {
		return s.mehrstellenSource(v)
	}
	if err := s.assembly.integrate(s.G, v); err != nil {
		return err
	}
	for _, e := range s.assembly.given {
		s.G.Data()[e.at] += e.v
	}
	return nil
}

// integrate sets f to a coefficient times the shares of the control volumes.
func (s *assembly) integrate(f *pde.Field[float64], v *values) error {
	var first earliest
	lo, hi := s.grid.Inside(0)
	s.grid.Rows(func(j, k int) {
		row := f.Row(j, k)[lo:hi]
		if err := s.row(v, row, j, k); err != nil {
			first.note(k*s.grid.Inner(1)+j, err)
			return
		}
		s.weigh(row, j, k)
	})
	return first.err
}

// prepare checks the equation and resolves its coefficients.
func (e Equation) prepare() (*assembly, error) {
	grid, err := e.grid()
	if err != nil {
		return nil, err
	}
	switch {
	case e.Scheme != Volumes && e.Scheme != Mehrstellen:
		return nil, fmt.Errorf("elliptic: the scheme is %d; want Volumes or Mehrstellen", e.Scheme)
	case e.Average < Natural || e.Average > Arithmetic:
		return nil, fmt.Errorf("elliptic: the average is %d; want Natural, Harmonic or Arithmetic", e.Average)
	case e.Upwind != FirstOrder && e.Upwind != Central:
		return nil, fmt.Errorf("elliptic: the scheme of convection is %d; want FirstOrder or Central", e.Upwind)
	}
	s := &assembly{e: e, grid: grid}
	for d := range s.axes {
		lo, hi := grid.Box(d)
		s.axes[d] = axisOf(grid, d)
		s.cells[d], s.points[d] = s.axes[d].cells, hi-lo
	}
	if err := s.coefficients(); err != nil {
		return nil, err
	}
	if err := s.conditions(); err != nil {
		return nil, err
	}
	if err := s.mask(); err != nil {
		return nil, err
	}
	s.u = pde.NewField[float64](grid)
	if err := s.dirichlet(s.u); err != nil {
		return nil, err
	}
	return s, s.fix(s.u)
}

// grid is the grid with the sides of the conditions and the mean widths.
func (e Equation) grid() (pde.Grid, error) {
	g := e.Grid
	dim := g.Dim()
	if dim == 0 {
		return g, fmt.Errorf("elliptic: a grid without axes; want one that pde.NewGrid made")
	}
	for d := range dim {
		kinds := [2]pde.Boundary{e.Boundary[d][0].Kind, e.Boundary[d][1].Kind}
		for end, kind := range kinds {
			if kind > pde.Neumann {
				return g, fmt.Errorf("elliptic: the condition on side %s is of kind %d; want Dirichlet, Periodic or Neumann", sideNames[d][end], kind)
			}
		}
		if (kinds[0] == pde.Periodic) != (kinds[1] == pde.Periodic) {
			return g, fmt.Errorf("elliptic: the side %s is periodic and the other one is not; want both or none", sideNames[d][map[bool]int{true: 0, false: 1}[kinds[0] == pde.Periodic]])
		}
		g.Sides[d] = kinds
		if g.Stretch == nil || len(g.Stretch[d]) == 0 {
			continue
		}
		x := g.Stretch[d]
		if len(x) != g.N[d]+1 {
			return g, fmt.Errorf("elliptic: %d coordinates along axis %d; want %d, one for each vertex", len(x), d, g.N[d]+1)
		}
		for i := range x {
			if math.IsNaN(x[i]) || math.IsInf(x[i], 0) {
				return g, fmt.Errorf("elliptic: coordinate %d along axis %d is %g; want a finite number", i, d, x[i])
			}
			if i > 0 && !(x[i] > x[i-1]) {
				return g, fmt.Errorf("elliptic: the coordinates along axis %d are %g and then %g at place %d; want increasing ones", d, x[i-1], x[i], i)
			}
		}
		g.H[d] = (x[g.N[d]] - x[0]) / float64(g.N[d])
	}
	for d := dim; d < 3; d++ {
		if c := e.Boundary[d]; c[0].Kind != pde.Dirichlet || c[1].Kind != pde.Dirichlet || c[0].Value.given || c[1].Value.given {
			return g, fmt.Errorf("elliptic: a condition along axis %d in dimension %d; want none", d, dim)
		}
	}
	made, err := pde.NewGrid(g.N[:dim], g.H[:dim])
	if err != nil {
		return g, err
	}
	if made.N != g.N {
		return g, fmt.Errorf("elliptic: %v cells along the axes; want those beyond the last axis to be 0", g.N)
	}
	return g, nil
}

// operator makes A, the simplest that stands for the equation.
func (s *assembly) operator() (stencil.Operator, error) {
	if a, c, alpha, ok := s.constantStar(); ok {
		if err := s.close(); err != nil {
			return stencil.Operator{}, err
		}
		if err := s.anchor(); err != nil {
			return stencil.Operator{}, err
		}
		return stencil.Robin(s.grid, a, c, alpha)
	}
	for d := range s.grid.Dim() {
		if err := s.tabulate(s.a[d]); err != nil {
			return stencil.Operator{}, err
		}
	}
	if s.xy != nil {
		if err := s.tabulate(s.xy); err != nil {
			return stencil.Operator{}, err
		}
	}
	if err := s.definite(); err != nil {
		return stencil.Operator{}, err
	}
	s.conduct()
	if err := s.react(); err != nil {
		return stencil.Operator{}, err
	}
	if err := s.close(); err != nil {
		return stencil.Operator{}, err
	}
	s.cut()
	if err := s.anchor(); err != nil {
		return stencil.Operator{}, err
	}
	if s.byCorners() { // faces have told what hangs together; nothing else of them stays
		s.given = nil
		if err := s.react(); err != nil {
			return stencil.Operator{}, err
		}
	}
	if s.byFaces() {
		return stencil.Faces(s.grid, s.faces, s.reaction)
	}
	c, err := s.rows()
	if err != nil {
		return stencil.Operator{}, err
	}
	if k, ok := sameEverywhere(s.grid, c); ok {
		return stencil.Constant(s.grid, k)
	}
	return stencil.Varying(s.grid, c)
}

// sameEverywhere returns the coefficients of all unknowns if they are the same: a constant
// operator takes a fraction of the memory, and of the time of a solve.
func sameEverywhere(g pde.Grid, c stencil.Coefficients) (k stencil.Kernel, ok bool) {
	j0, k0 := g.RowAt(0)
	for o, f := range c {
		if f == nil {
			continue
		}
		k[o] = f.At(1, j0, k0)
		for row := range g.RowCount() {
			for _, v := range f.Row(g.RowAt(row))[1 : 1+g.Inner(0)] {
				if v != k[o] {
					return k, false
				}
			}
		}
	}
	return k, k[13] != 0
}

// byFaces reports that faces and a reaction are all that the operator consists of.
func (s *assembly) byFaces() bool {
	return s.xy == nil && s.b == [3]*values{} && s.grid.Stretch == nil
}

// constantStar returns a, c and the α of the sides if these are constants and nothing else
// changes the operator from point to point.
func (s *assembly) constantStar() (a [3]float64, c float64, alpha [3][2]float64, ok bool) {
	if s.state != nil || s.xy != nil || s.b != [3]*values{} || !s.c.isConstant() || s.grid.Stretch != nil {
		return a, 0, alpha, false
	}
	for d := range s.grid.Dim() {
		if !s.a[d].isConstant() || s.a[d].constant == 0 {
			return a, 0, alpha, false
		}
		a[d] = s.a[d].constant
		for end, v := range s.alpha[d] {
			if !v.isConstant() {
				return a, 0, alpha, false
			}
			alpha[d][end] = v.constant
		}
	}
	return a, s.c.constant, alpha, true
}

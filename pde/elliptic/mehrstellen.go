package elliptic

// The fourth-order scheme.

import (
	"errors"

	"mgtool/pde"
	"mgtool/pde/stencil"
)

// mehrstellen makes A and B of the fourth-order scheme.
func (s *System) mehrstellen() error {
	a := s.assembly
	switch {
	case a.state != nil:
		return errors.New("elliptic: the Mehrstellen scheme with a mask; want the whole box, or finite volumes")
	case a.grid.Cells:
		return errors.New("elliptic: the Mehrstellen scheme on a grid of cells; want vertices, or finite volumes")
	case a.grid.Stretch != nil:
		return errors.New("elliptic: the Mehrstellen scheme on unequal widths; want equal ones, or finite volumes")
	case a.xy != nil || a.b != [3]*values{}:
		return errors.New("elliptic: the Mehrstellen scheme with a_xy or convection; want −a Δu = g, or finite volumes")
	case !a.c.isConstant() || a.c.constant != 0:
		return errors.New("elliptic: the Mehrstellen scheme with a reaction c; want −a Δu = g, or finite volumes")
	}
	for d := range a.grid.Dim() {
		if a.grid.Sides[d][0] == pde.Neumann || a.grid.Sides[d][1] == pde.Neumann {
			return errors.New("elliptic: the Mehrstellen scheme with a Neumann side; want Dirichlet and periodic sides, or finite volumes")
		}
		if !a.a[d].isConstant() || a.a[d].constant != a.a[0].constant || a.a[d].constant == 0 {
			return errors.New("elliptic: the Mehrstellen scheme with variable or anisotropic a; want one constant a > 0, or finite volumes")
		}
	}
	d, err := stencil.Discretize("mehrstellen", a.grid)
	if err != nil {
		return err
	}
	s.A, s.b = d.A, d.B
	if err := a.anchor(); err != nil {
		return err
	}
	if c := a.a[0].constant; c != 1 {
		s.A = s.A.Scale(c)
	}
	return nil
}

// mehrstellenSource sets G = B g, which needs g on the Dirichlet sides, too.
func (s *System) mehrstellenSource(v *values) error {
	if v.data != nil && !v.points {
		return errors.New("elliptic: the Mehrstellen scheme with a source for each cell; want one for each point of the closed box")
	}
	g := pde.NewField[float64](s.U.Grid)
	if err := s.assembly.integrate(g, v); err != nil {
		return err
	}
	if v.data == nil && v.function == nil {
		g.FillBoundary(func(_, _, _ float64) float64 { return v.constant })
	} else if v.function != nil {
		g.FillBoundary(v.function)
	} else {
		copyBoundary(g, v)
	}
	g.FillGhosts()
	return s.b.Apply(s.G, g)
}

// copyBoundary copies the values of an array on the Dirichlet sides.
func copyBoundary(g *pde.Field[float64], v *values) {
	var lo, hi [3]int
	for d := range lo {
		lo[d], hi[d] = g.Box(d)
	}
	for k := lo[2]; k < hi[2]; k++ {
		for j := lo[1]; j < hi[1]; j++ {
			for i := lo[0]; i < hi[0]; i++ {
				x, side := [3]int{i, j, k}, false
				for d := range g.Dim() {
					side = side || g.Sides[d][0] == pde.Dirichlet && (x[d] < 1 || x[d] > g.Inner(d))
				}
				if side {
					g.Set(i, j, k, v.at(i-lo[0], j-lo[1], k-lo[2]))
				}
			}
		}
	}
}

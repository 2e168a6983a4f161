package elliptic

// Which coefficients an equation may have.

import (
	"fmt"
	"math"

	"mgtool/internal/parallel"
)

// coefficients resolves a, b and c.
func (s *assembly) coefficients() (err error) {
	dim, a := s.grid.Dim(), s.e.Diffusion
	if !a.XX.given {
		if a.YY.given || a.ZZ.given {
			return fmt.Errorf("elliptic: a is given for other axes, but not a_xx; want it, too")
		}
		a.XX = Constant(1)
	}
	entries := [3]Coefficient{a.XX, a.YY, a.ZZ}
	for d := range dim {
		if d > 0 && !entries[d].given {
			s.a[d] = s.a[0]
			continue
		}
		name := "the diffusion a"
		if a.YY.given || a.ZZ.given {
			name += "_" + []string{"xx", "yy", "zz"}[d]
		}
		if s.a[d], err = s.resolve(name, entries[d], 1, notNegative); err != nil {
			return err
		}
	}
	for d := dim; d < 3; d++ {
		if entries[d].given {
			return fmt.Errorf("elliptic: a_%s is given in dimension %d; want none", []string{"xx", "yy", "zz"}[d], dim)
		}
		if s.e.Convection[d].given {
			return fmt.Errorf("elliptic: convection along axis %d in dimension %d; want none", d, dim)
		}
	}
	for d := range dim {
		if s.e.Convection[d].given {
			if s.b[d], err = s.resolve("the convection b along "+[]string{"x", "y", "z"}[d], s.e.Convection[d], 0, finite); err != nil {
				return err
			}
		}
	}
	if s.c, err = s.resolve("the reaction c", s.e.Reaction, 0, notNegative); err != nil {
		return err
	}
	if !a.XY.given {
		return nil
	}
	switch {
	case dim != 2:
		return fmt.Errorf("elliptic: a_xy is given in dimension %d; want 2", dim)
	case s.grid.Cells && s.e.Average == Arithmetic:
		return fmt.Errorf("elliptic: arithmetic means of a full tensor on a grid of cells; want Natural or Harmonic")
	case !s.grid.Cells && s.e.Average == Harmonic:
		return fmt.Errorf("elliptic: harmonic means of a full tensor on a grid of vertices; want Natural or Arithmetic")
	}
	if s.xy, err = s.resolve("the diffusion a_xy", a.XY, 0, finite); err != nil {
		return err
	}
	for _, v := range []*values{s.a[0], s.a[1], s.xy} {
		if v.points && !s.grid.Cells {
			return fmt.Errorf("elliptic: %s has a value for each point beside a_xy; want one for each cell", v.name)
		}
	}
	if s.turned() {
		s.xy = nil
	}
	return nil
}

// turned reports whether a_xy is all rounding: constants, |a_xy| ≤ ε max(a_xx, a_yy), as a
// diagonal tensor turned by 90° has it. Without a_xy the operator has five points and the
// methods for them.
func (s *assembly) turned() bool {
	const epsilon = 0x1p-52
	xx, yy, xy := s.a[0], s.a[1], s.xy
	return xx.isConstant() && yy.isConstant() && xy.isConstant() &&
		math.Abs(xy.constant) <= epsilon*max(xx.constant, yy.constant)
}

// definite refuses a that is not positive in a cell: zero along all axes, or a full tensor
// that is not definite. Zero along an axis is accepted, since planes that do not see each
// other make sense.
func (s *assembly) definite() error {
	size, all := [3]int{1, 1, 1}, true
	for d := range s.grid.Dim() {
		if s.a[d].data != nil {
			size, all = s.a[d].size, all && s.a[d].points
		}
	}
	if s.xy != nil && s.xy.data != nil {
		size = s.xy.size
	}
	var first earliest
	parallel.For(product(size), 1<<14, func(lo, hi int) {
		for n := lo; n < hi; n++ {
			i, j, k := n%size[0], n/size[0]%size[1], n/(size[0]*size[1])
			if s.inside != nil && size != [3]int{1, 1, 1} && !all && !s.exists(i, j, k) {
				continue
			}
			if err := s.definiteAt(i, j, k, size); err != nil {
				first.note(n, err)
				return
			}
		}
	})
	return first.err
}

// definiteAt is definite at one cell or point of arrays of this size.
func (s *assembly) definiteAt(i, j, k int, size [3]int) error {
	where := func() string { // for a message only
		if product(size) == 1 {
			return ""
		}
		return " at " + s.indices([3]int{i, j, k})
	}
	sum := 0.0
	for d := range s.grid.Dim() {
		if v := s.a[d]; v.data == nil || v.size == size {
			sum += v.at(i, j, k)
		} else {
			sum = math.Inf(1) // one of points beside one of cells
		}
	}
	if !(sum > 0) {
		return fmt.Errorf("elliptic: the diffusion a is 0 along every axis%s; want more than 0 along one", where())
	}
	if s.xy == nil {
		return nil
	}
	if xx, yy, xy := s.a[0].at(i, j, k), s.a[1].at(i, j, k), s.xy.at(i, j, k); !(xx > 0 && yy > 0 && xy/xx*(xy/yy) < 1) {
		return fmt.Errorf("elliptic: the diffusion a_xx = %g, a_yy = %g, a_xy = %g%s is not definite; want a_xx a_yy > a_xy²", xx, yy, xy, where())
	}
	return nil
}

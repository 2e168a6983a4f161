package elliptic

// Conditions on the sides.

import (
	"fmt"
	"math"

	"mgtool/pde"
)

// sideNames are for errors: x-, x+, y-, ….
var sideNames = [3][2]string{{"x-", "x+"}, {"y-", "y+"}, {"z-", "z+"}}

// conditions resolves the numbers of the conditions.
func (s *assembly) conditions() error {
	for d := range s.grid.Dim() {
		points := s.points
		points[d] = 1
		for end, c := range s.e.Boundary[d] {
			name := sideNames[d][end]
			for _, what := range []struct {
				name   string
				given  Coefficient
				accept accept
				to     **values
			}{
				{"the value on side " + name, c.Value, finite, &s.value[d][end]},
				{"the Robin coefficient on side " + name, c.Alpha, notNegative, &s.alpha[d][end]},
			} {
				if what.given.given && c.Kind == pde.Periodic {
					return fmt.Errorf("elliptic: %s is given, but the side is periodic; want none", what.name)
				}
				v, err := s.resolveOn(what.name, what.given, what.accept, points)
				if err != nil {
					return err
				}
				*what.to = v
			}
			if c.Kind == pde.Dirichlet && c.Alpha.given {
				return fmt.Errorf("elliptic: a Robin coefficient on side %s, which is a Dirichlet side; want the kind Neumann", name)
			}
		}
	}
	return nil
}

// resolveOn is resolve for a side with this many points.
func (s *assembly) resolveOn(name string, c Coefficient, accept accept, points [3]int) (*values, error) {
	if c.array == nil {
		return s.resolve(name, c, 0, accept)
	}
	if len(c.array) != product(points) {
		return nil, fmt.Errorf("elliptic: %s has %d values; want %d, one for each point of the side", name, len(c.array), product(points))
	}
	v := &values{name: name, accept: accept, data: c.array, size: points, points: true}
	return v, s.check(v)
}

// onSide is the number that v gives next to the unknown or ghost x on a side.
func (s *assembly) onSide(v *values, d, end int, x [3]int) (float64, error) {
	if v.function == nil {
		at := s.pointOf(x[0], x[1], x[2])
		at[d] = 0
		return v.at(at[0], at[1], at[2]), nil
	}
	var at [3]float64
	for e := range at {
		at[e] = s.grid.Coordinate(e, x[e])
	}
	at[d] = s.axes[d].sideAt(end)
	f := v.function(at[0], at[1], at[2])
	return f, s.refuse(v, f, at[0], at[1], at[2])
}

// slope is the condition on a side as ∂u/∂n = given − slope·u(x), with the outward normal
// and u at the unknown x next to it. A vertex lies on its side. The centre of a cell lies
// δ away from it, and the value on the side is eliminated from
// ∂u/∂n = (u_side − u)/δ = g − α u_side.
func (s *assembly) slope(d, end int, x [3]int) (given, slope float64, err error) {
	g, err := s.onSide(s.value[d][end], d, end, x)
	if err != nil {
		return 0, 0, err
	}
	var delta float64
	if s.grid.Cells {
		delta = s.axes[d].distance(x[d] + end)
		if s.grid.Sides[d][end] == pde.Dirichlet {
			return g / delta, 1 / delta, nil
		}
	}
	alpha, err := s.onSide(s.alpha[d][end], d, end, x)
	if err != nil {
		return 0, 0, err
	}
	return g / (1 + alpha*delta), alpha / (1 + alpha*delta), nil
}

// sideConductance is a |face| over the nominal size of the face of x on a side. Half a
// cell away from a Neumann side a is another by O(h), and with it the flux that is given:
// there a function is evaluated on the side, and an array of cells is continued to it.
func (s *assembly) sideConductance(d, end int, x [3]int) (float64, error) {
	v, c := s.a[d], end*(s.axes[d].cells-1)
	neumann := s.grid.Sides[d][end] == pde.Neumann
	switch {
	case v.function != nil && neumann:
		var at [3]float64
		for e := range at {
			at[e] = s.grid.Coordinate(e, x[e])
		}
		at[d] = s.axes[d].sideAt(end)
		a := v.function(at[0], at[1], at[2])
		return a * s.across(nil, d, c, x, Natural), s.refuse(v, a, at[0], at[1], at[2])
	case v.points && !s.grid.Cells:
		return v.cell(s.pointOf(x[0], x[1], x[2])) * s.across(nil, d, c, x, Natural), nil
	case neumann:
		return s.across(func(cell [3]int) float64 { return s.continued(v, d, end, cell) }, d, c, x, s.e.Average), nil
	}
	return s.across(v.cell, d, c, x, s.e.Average), nil
}

// continued is a on a side, from the cells next to it: log a goes on with the slope
// between the first two cells or that between the next two, whichever is smaller, and
// with neither if they differ in sign. So a smooth a is continued to second order, and a
// jump between two cells is not.
func (s *assembly) continued(v *values, d, end int, cell [3]int) float64 {
	first := v.cell(cell)
	if v.data == nil || s.axes[d].cells < 3 {
		return first
	}
	axis := &s.axes[d]
	var a, x [3]float64
	for i := range a {
		a[i], x[i] = v.cell(cell), axis.centre(cell[d])
		if a[i] <= 0 || !s.exists(cell[0], cell[1], cell[2]) {
			return first
		}
		cell[d] += 1 - 2*end
	}
	near, next := math.Log(a[1]/a[0])/(x[1]-x[0]), math.Log(a[2]/a[1])/(x[2]-x[1])
	if near*next <= 0 {
		return first
	}
	if math.Abs(next) < math.Abs(near) {
		near = next
	}
	return first * math.Exp(near*(axis.sideAt(end)-x[0]))
}

// eachOnSide calls body for the unknowns next to a side.
func (s *assembly) eachOnSide(d, end int, body func(x [3]int) error) error {
	var lo, hi [3]int
	for e := range lo {
		lo[e], hi[e] = s.grid.Inside(e)
	}
	lo[d] += end * (hi[d] - 1 - lo[d])
	hi[d] = lo[d] + 1
	for k := lo[2]; k < hi[2]; k++ {
		for j := lo[1]; j < hi[1]; j++ {
			for i := lo[0]; i < hi[0]; i++ {
				if err := body([3]int{i, j, k}); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// close adds what the closed sides give: a |side| (given − slope·u) flows in through a
// side.
func (s *assembly) close() error {
	for d := range s.grid.Dim() {
		for end := range 2 {
			if _, closed := s.axes[d].side(1 + end*s.axes[d].inner); !closed {
				continue
			}
			err := s.eachOnSide(d, end, func(x [3]int) error {
				if s.stateAt(x) != Inside {
					return nil
				}
				given, slope, err := s.slope(d, end, x)
				if err != nil || given == 0 && slope == 0 {
					return err
				}
				a, err := s.sideConductance(d, end, x)
				if err != nil {
					return err
				}
				a /= s.axes[d].nominal(x[d])
				if given != 0 {
					s.given = append(s.given, entry{s.offset(x), a * given})
				}
				switch {
				case slope == 0 || s.reaction == nil:
				case s.grid.Cells && s.byFaces(): // coarser grids have longer half cells
					face := x
					face[d] += end
					s.faces[d].Set(face[0], face[1], face[2], a*slope)
				default:
					s.reaction.Set(x[0], x[1], x[2], s.reaction.At(x[0], x[1], x[2])+a*slope)
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// dirichlet sets the ghosts of u on the Dirichlet sides. On cells no row of the system reads
// them, but the first guess does; where two sides meet they get the value next to the edge.
func (s *assembly) dirichlet(u *pde.Field[float64]) error {
	for d := range s.grid.Dim() {
		for end := range 2 {
			if s.grid.Sides[d][end] != pde.Dirichlet {
				continue
			}
			var lo, hi [3]int
			for e := range lo {
				lo[e], hi[e] = s.grid.Box(e)
				if s.grid.Cells && e < s.grid.Dim() {
					lo[e], hi[e] = 0, s.grid.Inner(e)+2
				}
			}
			lo[d] = end * (s.grid.Inner(d) + 1)
			hi[d] = lo[d] + 1
			for k := lo[2]; k < hi[2]; k++ {
				for j := lo[1]; j < hi[1]; j++ {
					for i := lo[0]; i < hi[0]; i++ {
						x := [3]int{i, j, k}
						for e := range x {
							if first, end := s.grid.Box(e); e != d {
								x[e] = min(max(x[e], first), end-1)
							}
						}
						v, err := s.onSide(s.value[d][end], d, end, x)
						if err != nil {
							return err
						}
						u.Set(i, j, k, v)
					}
				}
			}
		}
	}
	u.FillGhosts()
	return nil
}

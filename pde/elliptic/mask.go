package elliptic

// Domains within the box.

import (
	"fmt"

	"mgtool/internal/parallel"
	"mgtool/pde"
)

// Without is the mask of a grid, with sides of any kind, that lacks the cells for which
// outside holds; it is called for 0, 1, … with x fastest. If fixed is true, the staircase
// around the domain has given values: all points of the cells outside are Fixed. If not,
// no flux goes through it.
func Without(g pde.Grid, outside func(cell int) bool, fixed bool) *Mask {
	cells := 1
	for d := range g.Dim() {
		cells *= g.N[d]
	}
	m := &Mask{Cells: make([]bool, cells)}
	for c := range m.Cells {
		m.Cells[c] = !outside(c)
	}
	if !fixed {
		return m
	}
	var size, first [3]int // of the points of the closed box
	points := 1
	for d := range size {
		lo, hi := g.Box(d)
		size[d] = hi - lo
		points *= size[d]
		if !g.Cells && d < g.Dim() {
			first[d] = 1
		}
	}
	m.State = make([]State, points)
	nx, ny := max(1, g.N[0]), max(1, g.N[1])
	for c, in := range m.Cells {
		if in {
			continue
		}
		i, j, k := c%nx, c/nx%ny, c/(nx*ny)
		for z := k; z <= k+first[2]; z++ {
			for y := j; y <= j+first[1]; y++ {
				for x := i; x <= i+first[0]; x++ {
					m.State[(z*size[1]+y)*size[0]+x] = Fixed
				}
			}
		}
	}
	m.Cells = nil
	return m
}

// mask resolves the states of the points and cells.
func (s *assembly) mask() error {
	m := s.e.Mask
	if m == nil {
		return nil
	}
	cells, points := s.cells, s.points
	if m.State != nil && len(m.State) != product(points) {
		return fmt.Errorf("elliptic: the mask has %d states; want %d, one for each point of the closed box, of the shape %s with x last", len(m.State), product(points), shape(points, s.grid.Dim()))
	}
	if m.Cells != nil && len(m.Cells) != product(cells) {
		return fmt.Errorf("elliptic: the mask has %d cells; want %d, of the shape %s with x last", len(m.Cells), product(cells), shape(cells, s.grid.Dim()))
	}
	for n, state := range m.State {
		if state > Absent {
			return fmt.Errorf("elliptic: the state of point %d of the mask is %d; want Inside, Fixed or Absent", n, state)
		}
	}
	s.state = make([]State, product(points))
	copy(s.state, m.State)
	s.joinImages()
	if m.Cells == nil {
		return nil
	}
	if s.grid.Cells {
		for n, in := range m.Cells {
			if !in {
				s.state[n] = Absent
			}
		}
		return nil
	}
	// A vertex without a cell is Absent.
	s.inside = m.Cells
	var room [3][2]part
	for n := range s.state {
		x := [3]int{n % points[0], n / points[0] % points[1], n / (points[0] * points[1])}
		for d := range s.grid.Dim() {
			lo, _ := s.grid.Box(d)
			x[d] += lo
		}
		some := false
		for _, p := range s.axes[0].parts(room[0][:0], x[0]) {
			for _, q := range s.axes[1].parts(room[1][:0], x[1]) {
				for _, r := range s.axes[2].parts(room[2][:0], x[2]) {
					some = some || s.exists(p.cell, q.cell, r.cell)
				}
			}
		}
		if !some {
			s.state[n] = Absent
		}
	}
	return nil
}

// joinImages gives the last vertex along a periodic axis, which is the unknown, the state
// of the first, if that is not Inside: they are one.
func (s *assembly) joinImages() {
	for d := range s.grid.Dim() {
		if s.grid.Cells || s.grid.Sides[d][0] != pde.Periodic {
			continue
		}
		stride := 1
		for e := range d {
			stride *= s.points[e]
		}
		for n, state := range s.state {
			if n/stride%s.points[d] == 0 && state != Inside {
				s.state[n+s.grid.N[d]*stride] = state
			}
		}
	}
}

// stateAt is the state of an unknown or of a vertex on a Dirichlet side. There u is the
// value of the side, also where the vertex is Fixed.
func (s *assembly) stateAt(x [3]int) State {
	if s.state == nil {
		return Inside
	}
	for d := range s.grid.Dim() {
		if s.grid.Sides[d][0] == pde.Periodic {
			if n := s.grid.N[d]; x[d] < 1 {
				x[d] += n
			} else if x[d] > n {
				x[d] -= n
			}
		}
	}
	at := s.pointOf(x[0], x[1], x[2])
	return s.state[(at[2]*s.points[1]+at[1])*s.points[0]+at[0]]
}

// SetOutside sets the unknowns of u outside the domain of a mask: to the mask's value where
// they are Fixed, to 0 where they are Absent. No other unknown reads them, so that a solver
// that stops early leaves something else there, within its tolerance.
func (s *System) SetOutside(u *pde.Field[float64]) error { return s.assembly.fix(u) }

// fix is SetOutside. It refuses a mask without a point inside.
func (s *assembly) fix(u *pde.Field[float64]) error {
	if s.state == nil {
		return nil
	}
	v, err := s.resolve("the value of the mask", s.e.Mask.Value, 0, finite)
	if err != nil {
		return err
	}
	lo, hi := s.grid.Inside(0)
	row := make([]float64, hi-lo)
	domain := false
	for r := range s.grid.RowCount() {
		j, k := s.grid.RowAt(r)
		if err := s.row(v, row, j, k); err != nil {
			return err
		}
		for i, f := range row {
			switch s.stateAt([3]int{lo + i, j, k}) {
			case Inside:
				domain = true
			case Fixed:
				u.Set(lo+i, j, k, f)
			case Absent:
				u.Set(lo+i, j, k, 0)
			}
		}
	}
	if !domain {
		return fmt.Errorf("elliptic: no unknown lies in the domain of the mask; want one at least")
	}
	u.FillGhosts()
	return nil
}

// cut takes the faces next to points that are no unknowns out of the operator: what they
// lead from Fixed points is given, and the point itself gets a row d·u = d·value with d of
// the size that its diagonal had.
func (s *assembly) cut() {
	if s.state == nil {
		return
	}
	fallback := s.size()
	given, gone := make([][]entry, s.grid.RowCount()), make([][]face, s.grid.RowCount())
	lo, hi := s.grid.Inside(0)
	parallel.For(len(given), 1+4096/s.grid.N[0], func(from, to int) {
		for r := from; r < to; r++ {
			j, k := s.grid.RowAt(r)
			for i := lo; i < hi; i++ {
				given[r], gone[r] = s.cutAt([3]int{i, j, k}, fallback, given[r], gone[r])
			}
		}
	})
	for r := range given {
		s.given = append(s.given, given[r]...)
		for _, f := range gone[r] {
			s.faces[f.d].Data()[f.at] = 0
		}
	}
}

// face is a face along axis d and its place in the memory of a field.
type face struct{ d, at int }

// cutAt sets the reaction of x, and appends what is given there and the faces that go.
func (s *assembly) cutAt(x [3]int, fallback float64, given []entry, gone []face) ([]entry, []face) {
	state, sum, at := s.stateAt(x), 0.0, s.offset(x)
	for d := range s.grid.Dim() {
		for end := range 2 {
			y, f := x, x
			y[d] += 2*end - 1
			f[d] += end
			if _, side := s.axes[d].side(f[d]); side && state == Inside {
				continue // what it conducts stays
			}
			conducts := s.faces[d].At(f[0], f[1], f[2]) * s.twice(d, x)
			if conducts == 0 {
				continue
			}
			sum += conducts
			beyond := s.stateAt(y)
			if state == Inside && beyond == Fixed {
				s.reaction.Data()[at] += conducts
				given = append(given, entry{at, conducts * s.u.At(y[0], y[1], y[2])})
			}
			if state != Inside || beyond != Inside {
				gone = append(gone, face{d, s.offset(f)})
			}
		}
	}
	if state == Inside {
		return given, gone
	}
	if !(sum > 0) {
		sum = fallback
	}
	s.reaction.Data()[at] = sum
	if state == Fixed {
		given = append(given, entry{at, sum * s.u.At(x[0], x[1], x[2])})
	}
	return given, gone
}

// size is a diagonal for rows that have no faces: that of the mean a.
func (s *assembly) size() (diagonal float64) {
	for d := range s.grid.Dim() {
		v := s.a[d]
		mean := v.constant
		if v.data != nil {
			mean = 0
			for _, a := range v.data {
				mean += a / float64(len(v.data))
			}
		}
		diagonal += 2 * mean / (s.axes[d].h * s.axes[d].h)
	}
	return diagonal
}

// offset is where the value of x lies in the memory of a field.
func (s *assembly) offset(x [3]int) int { return s.u.Offset(x[1], x[2]) + x[0] }

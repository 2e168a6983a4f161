package elliptic

// Rows of the matrix for operators that are more than faces and a reaction: convection,
// full tensors; those of tensors on cells are in corners.go.

import (
	"mgtool/internal/parallel"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// rows makes the coefficients of the operator from the faces and the reaction, adds
// convection and the mixed derivatives, and keeps what these add to the right side.
func (s *assembly) rows() (stencil.Coefficients, error) {
	w := writer{s: s, size: s.size()}
	offsets := []int{13}
	for d := range s.grid.Dim() {
		offsets = append(offsets, 13-step[d], 13+step[d])
	}
	if s.xy != nil {
		offsets = append(offsets, 13-4, 13-2, 13+2, 13+4)
	}
	for _, o := range offsets {
		w.c[o] = pde.NewField[float64](s.grid)
	}
	given := make([][]entry, s.grid.RowCount())
	var first earliest
	lo, hi := s.grid.Inside(0)
	parallel.For(len(given), 1+4096/s.grid.N[0], func(from, to int) {
		w, b := w, [3][]float64{}
		for d := range b {
			b[d] = make([]float64, hi-lo)
		}
		for row := from; row < to; row++ {
			j, k := s.grid.RowAt(row)
			w.given = nil
			err := s.flow(&b, j, k)
			for i := lo; i < hi && err == nil; i++ {
				x := [3]int{i, j, k}
				if !s.byCorners() {
					w.star(x)
				} else if err = w.corners(x); err != nil {
					break
				}
				if s.stateAt(x) != Inside {
					continue
				}
				if s.xy != nil && !s.byCorners() {
					w.mixed(x)
				}
				err = w.convect(x, [3]float64{b[0][i-lo], b[1][i-lo], b[2][i-lo]})
			}
			if err != nil {
				first.note(row, err)
				return
			}
			given[row] = w.given
		}
	})
	for _, g := range given {
		s.given = append(s.given, g...)
	}
	return w.c, first.err
}

// step is the distance in a kernel of the neighbours along each axis from its centre.
var step = [3]int{1, 3, 9}

// flow evaluates b at the unknowns of row (j, k), times the share of the control volume.
func (s *assembly) flow(b *[3][]float64, j, k int) error {
	for d := range s.grid.Dim() {
		if s.b[d] == nil {
			clear(b[d])
			continue
		}
		if err := s.row(s.b[d], b[d], j, k); err != nil {
			return err
		}
		s.weigh(b[d], j, k)
	}
	if s.xy != nil && s.b != [3]*values{} {
		lo, _ := s.grid.Inside(0)
		for i := range b[0] {
			x := [3]int{lo + i, j, k}
			turned := s.turn(x, [2]float64{b[0][i], b[1][i]})
			b[0][i], b[1][i] = turned[0], turned[1]
		}
	}
	return nil
}

// turn turns b at x next to Neumann sides. The condition of a side across d is, with a full
// tensor, one on ∂u/∂x_d + a_xy/a_dd ∂u/∂x_e. So b_d ∂u/∂x_d is b_d times that, which is what
// the difference through the side stands for, and −b_d a_xy/a_dd ∂u/∂x_e along the side.
func (s *assembly) turn(x [3]int, b [2]float64) [2]float64 {
	turned := b
	for d := range b {
		for end, weight := range s.slopes(d, x, b[d]) {
			if _, closed := s.axes[d].side(x[d] + end); !closed || weight == 0 || s.grid.Sides[d][end] != pde.Neumann {
				continue
			}
			var own, cross float64
			var room [2][2]part
			for _, p := range s.axes[0].parts(room[0][:0], x[0]) {
				for _, q := range s.axes[1].parts(room[1][:0], x[1]) {
					if s.exists(p.cell, q.cell, 0) {
						own += p.length * q.length * s.a[d].at(p.cell, q.cell, 0)
						cross += p.length * q.length * s.xy.at(p.cell, q.cell, 0)
					}
				}
			}
			if own > 0 {
				turned[1-d] -= weight * cross / own
			}
		}
	}
	return turned
}

// writer writes rows.
type writer struct {
	s     *assembly
	c     stencil.Coefficients
	given []entry
	size  float64 // a diagonal for points that are not unknowns

	around [4]corner // those of the cell of the unknown at: in each it is another quarter
	at     [3]int
}

// add adds v to the coefficient of entry o in the row of x.
func (w *writer) add(x [3]int, o int, v float64) {
	f := w.c[o]
	f.Data()[f.Offset(x[1], x[2])+x[0]] += v
}

// couple adds v·u(x+o) to the row of x. At an Absent point u is what it is at x.
func (w *writer) couple(x [3]int, o int, v float64) {
	y := x
	for d, at := range stencil.Offset(o) {
		y[d] += at
	}
	switch w.s.stateAt(y) {
	case Inside:
		w.add(x, o, v)
	case Absent:
		w.add(x, 13, v)
	case Fixed:
		w.given = append(w.given, entry{w.s.offset(x), -v * w.s.u.At(y[0], y[1], y[2])})
	}
}

// star writes the faces and the reaction.
func (w *writer) star(x [3]int) {
	w.add(x, 13, w.s.reaction.At(x[0], x[1], x[2]))
	for d := range w.s.grid.Dim() {
		above := x
		above[d]++
		twice := w.s.twice(d, x)
		low := twice * w.s.faces[d].At(x[0], x[1], x[2])
		high := twice * w.s.faces[d].At(above[0], above[1], above[2])
		w.add(x, 13-step[d], -low)
		w.add(x, 13, low+high)
		w.add(x, 13+step[d], -high)
	}
}

// mixed writes −∂/∂x (a_xy ∂u/∂y) − ∂/∂y (a_xy ∂u/∂x) in two dimensions. In each cell
// both derivatives are the mean of its two differences, and the energy
//
//	½ ∫ 2 a_xy u_x u_y = a_xy/4 ((u₁₁ − u₀₀)² − (u₁₀ − u₀₁)²)
//
// couples opposite corners with a_xy/2, whatever the widths. A cell with a corner that is
// Absent has no part in it.
func (w *writer) mixed(x [3]int) {
	s := w.s
	volume := s.axes[0].nominal(x[0]) * s.axes[1].nominal(x[1])
	for _, corner := range [4][2]int{{-1, -1}, {1, -1}, {-1, 1}, {1, 1}} {
		a, ok := s.cornered(x, corner)
		if !ok {
			continue
		}
		v := float64(corner[0]*corner[1]) * a / (2 * volume)
		w.couple(x, 13+corner[0]+3*corner[1], -v)
		w.add(x, 13, v)
	}
}

// cornered gives a_xy of the cell between x and its neighbour in a diagonal direction, and
// whether the cell takes part.
func (s *assembly) cornered(x [3]int, corner [2]int) (axy float64, ok bool) {
	var c [2]int
	for d := range c {
		if c[d], ok = s.axes[d].cell(x[d] - s.axes[d].first + (corner[d]-1)/2); !ok {
			return 0, false
		}
	}
	if !s.exists(c[0], c[1], 0) {
		return 0, false
	}
	if s.state != nil {
		for _, y := range [3][3]int{{x[0] + corner[0], x[1], 0}, {x[0], x[1] + corner[1], 0}, {x[0] + corner[0], x[1] + corner[1], 0}} {
			if s.stateAt(y) == Absent {
				return 0, false
			}
		}
	}
	return s.xy.at(c[0], c[1], 0), true
}

// convect writes b·∇u: the difference against the flow, or the derivative of the parabola
// through x and both neighbours. Through a side the difference is that of its condition.
func (w *writer) convect(x [3]int, b [3]float64) error {
	s := w.s
	for d := range s.grid.Dim() {
		if b[d] == 0 {
			continue
		}
		weights := s.slopes(d, x, b[d])
		for end, weight := range weights {
			if weight == 0 {
				continue
			}
			sign := float64(2*end - 1) // of the outward normal
			if _, closed := s.axes[d].side(x[d] + end); closed {
				given, slope, err := s.slope(d, end, x)
				if err != nil {
					return err
				}
				w.add(x, 13, -weight*sign*slope)
				if given != 0 {
					w.given = append(w.given, entry{s.offset(x), -weight * sign * given})
				}
				continue
			}
			v := weight * sign / s.axes[d].distance(x[d]+end)
			w.couple(x, 13+(2*end-1)*step[d], v)
			w.add(x, 13, -v)
		}
	}
	return nil
}

// slopes are the weights of the differences below and above x along d in b ∂u/∂x_d.
func (s *assembly) slopes(d int, x [3]int, b float64) [2]float64 {
	if s.e.Upwind == Central {
		below, above := s.axes[d].distance(x[d]), s.axes[d].distance(x[d]+1)
		return [2]float64{b * above / (below + above), b * below / (below + above)}
	}
	if b > 0 {
		return [2]float64{b, 0}
	}
	return [2]float64{0, b}
}

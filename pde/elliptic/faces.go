package elliptic

// Coefficients of the faces between unknowns.

import (
	"mgtool/internal/parallel"
	"mgtool/pde"
)

// across sums a over the parts, in the layer of cells c along d, of a face of the control
// volume of x, each weighted by its size over the nominal size of the face. mean makes
// one of several values in parallel; a nil stands for 1.
func (s *assembly) across(a func(cell [3]int) float64, d, c int, x [3]int, mean Average) float64 {
	e, f := (d+1)%3, (d+2)%3
	var room [2][2]part
	var whole, sum, resistance float64
	for _, p := range s.axes[e].parts(room[0][:0], x[e]) {
		for _, q := range s.axes[f].parts(room[1][:0], x[f]) {
			var at [3]int
			at[d], at[e], at[f] = c, p.cell, q.cell
			if !s.exists(at[0], at[1], at[2]) {
				continue
			}
			size := p.length * q.length
			whole += size
			if a != nil {
				v := a(at)
				sum += size * v
				resistance += size / v
			}
		}
	}
	nominal := s.axes[e].nominal(x[e]) * s.axes[f].nominal(x[f])
	switch {
	case a == nil:
		return whole / nominal
	case mean == Harmonic && whole > 0:
		return whole * whole / resistance / nominal
	}
	return sum / nominal
}

// conductance is a |face| over the nominal size of the face below x along axis d, which
// is not a side.
func (s *assembly) conductance(d int, x [3]int) float64 {
	v, axis := s.a[d], &s.axes[d]
	series := func(a, b, along, beyond float64) float64 {
		if s.e.Average == Arithmetic {
			return (a*along + b*beyond) / (along + beyond)
		}
		return (along + beyond) / (along/a + beyond/b)
	}
	if s.grid.Cells {
		before, _ := axis.cell(x[d] - 2)
		after, _ := axis.cell(x[d] - 1)
		at := [3]int{x[0] - 1, x[1] - 1, x[2] - 1}
		for e := s.grid.Dim(); e < 3; e++ {
			at[e] = 0
		}
		at[d] = before
		low := v.at(at[0], at[1], at[2])
		at[d] = after
		high := v.at(at[0], at[1], at[2])
		return series(low, high, axis.width(before), axis.width(after)) * s.across(nil, d, after, x, Natural)
	}
	c, ok := axis.cell(x[d] - axis.first - 1)
	if !ok {
		return 0 // a Neumann side
	}
	if v.points {
		at := s.pointOf(x[0], x[1], x[2])
		if axis.along && at[d] > axis.cells {
			at[d] -= axis.cells
		}
		high := v.at(at[0], at[1], at[2])
		at[d]--
		low := v.at(at[0], at[1], at[2])
		return series(low, high, 1, 1) * s.across(nil, d, c, x, Natural)
	}
	return s.across(v.cell, d, c, x, s.e.Average)
}

// conduct fills the coefficients of the faces.
func (s *assembly) conduct() {
	for d := range s.grid.Dim() {
		f, axis := pde.NewField[float64](s.grid), &s.axes[d]
		s.eachFaceRow(d, func(_ int, x [3]int, end int) {
			if _, side := axis.side(x[d]); d > 0 && side {
				return
			}
			out := f.Row(x[1], x[2])
			first, last := s.meanRow(out, d, x)
			for ; x[0] < end; x[0]++ {
				if x[0] == first {
					x[0] = last
					continue
				}
				if _, side := axis.side(x[d]); !side {
					out[x[0]] = s.conductance(d, x) / (axis.distance(x[d]) * axis.h)
				}
			}
		})
		s.faces[d] = f
	}
}

// eachFaceRow calls body for the rows of faces across axis d, several at a time: with the
// number of the row, its first face and the index along x where it ends.
func (s *assembly) eachFaceRow(d int, body func(row int, x [3]int, end int)) {
	var lo, hi [3]int
	for e := range lo {
		lo[e], hi[e] = s.grid.Inside(e)
	}
	hi[d]++ // the last face
	ny := hi[1] - lo[1]
	parallel.For(ny*(hi[2]-lo[2]), 1+4096/s.grid.N[0], func(from, to int) {
		for row := from; row < to; row++ {
			body(row, [3]int{lo[0], lo[1] + row%ny, lo[2] + row/ny}, hi[0])
		}
	})
}

// meanRow writes the coefficients of the faces first to last of a row of vertices of equal
// widths where each is the arithmetic mean of the cells beside it: the usual case, as loops
// over the rows of cells. It leaves the ends of the row, and all else, to conductance:
// then first is −1.
func (s *assembly) meanRow(out []float64, d int, x [3]int) (first, last int) {
	v, n := s.a[d], s.axes[0].inner
	if s.grid.Cells || s.grid.Stretch != nil || v.points || s.e.Average == Harmonic || s.inside != nil || n < 4 {
		return -1, -1
	}
	first, last = 2, n-1
	scale := 1.0
	var layers [3][]part
	var room [3][2]part
	for e := 1; e < 3; e++ {
		axis := &s.axes[e]
		if e == d {
			c, ok := axis.cell(x[e] - axis.first - 1)
			if !ok {
				return -1, -1
			}
			layers[e] = append(room[e][:0], part{c, 1})
			continue
		}
		layers[e] = axis.parts(room[e][:0], x[e])
		scale /= axis.nominal(x[e])
	}
	scale /= s.axes[d].h * s.axes[d].h
	line := out[first : last+1]
	clear(line)
	for _, q := range layers[1] {
		for _, r := range layers[2] {
			w := q.length * r.length * scale
			if v.data == nil {
				for i := range line {
					line[i] += w * v.constant
				}
				continue
			}
			cells := v.data[(r.cell*v.size[1]+q.cell)*v.size[0]:][first-s.axes[0].first-1:]
			before, after := cells[:len(line)], cells[1:len(line)+1]
			if d == 0 { // in the cell between two vertices
				for i := range line {
					line[i] += w * before[i]
				}
				continue
			}
			for i := range line { // between the cells before and after a vertex
				line[i] += w / 2 * (before[i] + after[i])
			}
		}
	}
	return first, last
}

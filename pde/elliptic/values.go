package elliptic

// A coefficient on a grid.

import (
	"fmt"
	"math"
	"strings"
	"sync"

	"mgtool/internal/parallel"
)

// values is a coefficient on the cells or on the points of the closed box.
type values struct {
	name     string // for errors
	accept   accept
	constant float64
	function func(x, y, z float64) float64
	data     []float64 // x fastest; nil for a constant or a function
	points   bool      // data are values of points, not of cells
	size     [3]int    // of data
}

// accept says which numbers a coefficient may have.
type accept int

const (
	finite accept = iota
	notNegative
)

func (a accept) wants(v float64) string {
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return "a finite number"
	case a == notNegative && v < 0:
		return "0 or more"
	}
	return ""
}

// isConstant reports that v is the same number everywhere.
func (v *values) isConstant() bool { return v.data == nil && v.function == nil }

// at is the value at a cell or a point, counted from 0.
func (v *values) at(i, j, k int) float64 {
	if v.data == nil {
		return v.constant
	}
	return v.data[(k*v.size[1]+j)*v.size[0]+i]
}

// cell is at.
func (v *values) cell(at [3]int) float64 { return v.at(at[0], at[1], at[2]) }

// resolve finds out what a coefficient is on the grid, and refuses numbers that it may
// not have; those of a function are seen when it is evaluated.
func (s *assembly) resolve(name string, c Coefficient, otherwise float64, accept accept) (*values, error) {
	v := &values{name: name, accept: accept, constant: otherwise}
	switch {
	case !c.given:
	case c.function != nil:
		v.function = c.function
	case c.array != nil:
		cells, points := s.cells, s.points
		v.data, v.size = c.array, cells
		if len(c.array) != product(cells) {
			v.size, v.points = points, true
		}
		if len(c.array) != product(v.size) {
			shapes := fmt.Sprintf("%d, of the shape %s", product(cells), shape(cells, s.grid.Dim()))
			if cells != points {
				shapes = fmt.Sprintf("a value for each cell, %s, or for each point, %d, of the shape %s", shapes, product(points), shape(points, s.grid.Dim()))
			}
			return nil, fmt.Errorf("elliptic: %s has %d values; want %s with x last", name, len(c.array), shapes)
		}
		v.points = v.points || cells == points
		return v, s.check(v)
	default:
		v.constant = c.constant
	}
	if want := accept.wants(v.constant); want != "" {
		return nil, fmt.Errorf("elliptic: %s is %g; want %s", name, v.constant, want)
	}
	return v, nil
}

// check looks at every number of an array.
func (s *assembly) check(v *values) error {
	var first earliest
	parallel.For(len(v.data), 1<<16, func(lo, hi int) {
		for n := lo; n < hi; n++ {
			if want := v.accept.wants(v.data[n]); want != "" {
				at := [3]int{n % v.size[0], n / v.size[0] % v.size[1], n / (v.size[0] * v.size[1])}
				first.note(n, fmt.Errorf("elliptic: %s is %g at %s; want %s", v.name, v.data[n], s.indices(at), want))
				return
			}
		}
	})
	return first.err
}

// tabulate evaluates a function at the centres of the cells.
func (s *assembly) tabulate(v *values) error {
	if v.function == nil || v.data != nil {
		return nil
	}
	cells := s.cells
	v.size, v.data, v.points = cells, make([]float64, product(cells)), s.grid.Cells
	var first earliest
	parallel.For(cells[1]*cells[2], 1+4096/cells[0], func(lo, hi int) {
		for row := lo; row < hi; row++ {
			y, z := s.axes[1].centre(row%cells[1]), s.axes[2].centre(row/cells[1])
			for i, out := 0, v.data[row*cells[0]:][:cells[0]]; i < len(out); i++ {
				x := s.axes[0].centre(i)
				out[i] = v.function(x, y, z)
				if err := s.refuse(v, out[i], x, y, z); err != nil {
					first.note(row, err)
					return
				}
			}
		}
	})
	return first.err
}

// refuse is the error of a function's value that may not be.
func (s *assembly) refuse(v *values, f, x, y, z float64) error {
	if want := v.accept.wants(f); want != "" {
		return fmt.Errorf("elliptic: %s is %g at %s; want %s", v.name, f, s.place(x, y, z), want)
	}
	return nil
}

// place is a point in words, with a coordinate for each axis: "(0.5, 1)".
func (s *assembly) place(x ...float64) string {
	var text []string
	for _, v := range x[:s.grid.Dim()] {
		text = append(text, fmt.Sprintf("%g", v))
	}
	return "(" + strings.Join(text, ", ") + ")"
}

// row sets out to the values at the unknowns of row (j, k): those of the points, or means
// of the cells around them by their parts of the control volume.
func (s *assembly) row(v *values, out []float64, j, k int) error {
	lo, _ := s.grid.Inside(0)
	switch {
	case v.function != nil && v.data == nil:
		y, z := s.grid.Coordinate(1, j), s.grid.Coordinate(2, k)
		for i := range out {
			x := s.grid.Coordinate(0, lo+i)
			out[i] = v.function(x, y, z)
			if err := s.refuse(v, out[i], x, y, z); err != nil {
				return err
			}
		}
	case v.data == nil:
		for i := range out {
			out[i] = v.constant
		}
	case v.points:
		at := s.pointOf(lo, j, k)
		copy(out, v.data[(at[2]*v.size[1]+at[1])*v.size[0]+at[0]:])
	default:
		var room [3][2]part
		py, pz := s.axes[1].parts(room[1][:0], j), s.axes[2].parts(room[2][:0], k)
		for i := range out {
			var sum, whole float64
			for _, p := range s.axes[0].parts(room[0][:0], lo+i) {
				for _, q := range py {
					for _, r := range pz {
						if s.exists(p.cell, q.cell, r.cell) {
							w := p.length * q.length * r.length
							sum += w * v.at(p.cell, q.cell, r.cell)
							whole += w
						}
					}
				}
			}
			if out[i] = 0; whole > 0 {
				out[i] = sum / whole
			}
		}
	}
	return nil
}

// pointOf counts the points of the closed box from 0.
func (s *assembly) pointOf(i, j, k int) [3]int {
	at := [3]int{i, j, k}
	for d := range s.grid.Dim() {
		lo, _ := s.grid.Box(d)
		at[d] -= lo
	}
	return at
}

// earliest keeps the error of the first of the places where there are errors, so that
// the message does not depend on threads.
type earliest struct {
	lock sync.Mutex
	at   int
	err  error
}

func (e *earliest) note(at int, err error) {
	e.lock.Lock()
	defer e.lock.Unlock()
	if e.err == nil || at < e.at {
		e.at, e.err = at, err
	}
}

func product(n [3]int) int { return n[0] * n[1] * n[2] }

// indices are those along the axes of the grid in words: "x index 3, y index 1".
func (s *assembly) indices(at [3]int) string {
	var text []string
	for d := range s.grid.Dim() {
		text = append(text, fmt.Sprintf("%c index %d", "xyz"[d], at[d]))
	}
	return strings.Join(text, ", ")
}

// shape is the shape of an array in words, the last axis first as NumPy has it: (z, y, x).
func shape(n [3]int, dim int) string {
	text := "("
	for d := dim - 1; d >= 0; d-- {
		text += fmt.Sprint(n[d])
		if d > 0 {
			text += ", "
		}
	}
	if dim == 1 {
		text += ","
	}
	return text + ")"
}

package elliptic

// The control volumes of a grid, axis by axis.

import "mgtool/pde"

// axis is the geometry along one axis. Each unknown i has a control interval: the cell
// itself on a grid of cells; on a grid of vertices it reaches halfway to the neighbours,
// so it has half a cell at a Neumann side. Face i lies between the unknowns i−1 and i;
// the faces of unknown i are i and i+1.
type axis struct {
	grid   pde.Grid
	d      int
	cells  int
	inner  int       // unknowns
	first  int       // the index of the first vertex of the box; 0 on cells
	widths []float64 // of the cells; nil where all are h
	h      float64   // the mean width
	along  bool      // the grid has this axis
}

func axisOf(g pde.Grid, d int) axis {
	a := axis{grid: g, d: d, cells: max(1, g.N[d]), inner: g.Inner(d), h: g.H[d], along: g.N[d] > 0}
	if !a.along {
		a.h = 1
		return a
	}
	if !g.Cells {
		a.first, _ = g.Box(d)
	}
	if g.Stretch != nil && len(g.Stretch[d]) > 0 {
		x := g.Stretch[d]
		a.widths = make([]float64, a.cells)
		for i := range a.widths {
			a.widths[i] = x[i+1] - x[i]
		}
		a.h = (x[a.cells] - x[0]) / float64(a.cells)
	}
	return a
}

// cell gives the number of a cell, and whether there is one: beyond a side that is not
// periodic there is none.
func (a *axis) cell(c int) (int, bool) {
	if c >= 0 && c < a.cells {
		return c, true
	}
	if a.along && a.grid.Sides[a.d][0] == pde.Periodic {
		return (c + a.cells) % a.cells, true
	}
	return 0, false
}

// width is that of a cell.
func (a *axis) width(c int) float64 {
	if a.widths == nil {
		return a.h
	}
	return a.widths[c]
}

// part is the part of a control interval that lies in one cell.
type part struct {
	cell   int
	length float64
}

// parts appends to list the parts of the control interval of unknown i, which may also
// be the vertex of a Dirichlet side.
func (a *axis) parts(list []part, i int) []part {
	if !a.along {
		return append(list, part{0, 1})
	}
	if a.grid.Cells {
		return append(list, part{i - 1, a.width(i - 1)})
	}
	for c := i - a.first - 1; c <= i-a.first; c++ {
		if at, ok := a.cell(c); ok {
			list = append(list, part{at, a.width(at) / 2})
		}
	}
	return list
}

// volume is the length of the control interval of unknown i.
func (a *axis) volume(i int) float64 {
	var room [2]part
	length := 0.0
	for _, p := range a.parts(room[:0], i) {
		length += p.length
	}
	return length
}

// onSide reports that unknown i is a vertex of a Neumann side, with half a cell.
func (a *axis) onSide(i int) bool {
	return a.along && !a.grid.Cells &&
		(i == 1 && a.grid.Sides[a.d][0] == pde.Neumann || i == a.inner && a.grid.Sides[a.d][1] == pde.Neumann)
}

// nominal is the length of the control interval if all cells had the mean width.
func (a *axis) nominal(i int) float64 {
	if a.onSide(i) {
		return a.h / 2
	}
	return a.h
}

// distance is that between the unknowns i−1 and i, or between an unknown and the vertex
// of a Dirichlet side; on cells next to a side, it is that of the centre from the side.
// It is 0 at a Neumann side of vertices, where there is no face.
func (a *axis) distance(i int) float64 {
	if !a.grid.Cells {
		c, ok := a.cell(i - a.first - 1)
		if !ok {
			return 0
		}
		return a.width(c)
	}
	sum := 0.0
	for c := i - 2; c < i; c++ {
		if at, ok := a.cell(c); ok {
			sum += a.width(at) / 2
		}
	}
	return sum
}

// side reports that face i lies on a side of the box, 0 or 1, whose condition the rows
// hold: a Neumann side, or any side of a grid of cells that is not periodic.
func (a *axis) side(i int) (end int, ok bool) {
	switch i {
	case 1:
		end = 0
	case a.inner + 1:
		end = 1
	default:
		return 0, false
	}
	kind := a.grid.Sides[a.d][end]
	return end, kind == pde.Neumann || kind == pde.Dirichlet && a.grid.Cells
}

// sideAt is the coordinate of a side.
func (a *axis) sideAt(end int) float64 {
	if a.grid.Stretch != nil && len(a.grid.Stretch[a.d]) > 0 {
		return a.grid.Stretch[a.d][end*a.cells]
	}
	return float64(end*a.cells) * a.h
}

// centre is the coordinate of the middle of a cell.
func (a *axis) centre(c int) float64 {
	if !a.along {
		return 0
	}
	if a.widths == nil {
		return (float64(c) + .5) * a.h
	}
	x := a.grid.Stretch[a.d]
	return (x[c] + x[c+1]) / 2
}

// Package pde has the grids, fields and model problems that a solver works on, in one, two
// or three dimensions.
//
// Unknowns sit on the vertices or in the cells of a [Grid]. A [Field] holds one value for
// each unknown and a layer of ghosts around them. The kind of each side, a [Boundary],
// determines the ghosts: on a Dirichlet side they hold the given values. Package stencil has
// the operators, package elliptic equations with coefficients.
//
// A [Problem] is one of −Δu = g with given boundary values and, where known, the exact u;
// [Catalogue] has the standard ones.
package pde

import (
	"fmt"
	"strings"

	"mgtool/internal/parallel"
)

// Grid is a grid in one, two or three dimensions: N[d] cells of width H[d] along x, y
// and z on the box Π (0, N[d]·H[d]). Unknowns sit on vertices, or with Cells at the
// centres of the cells. Along the axes that it does not have, N and H are 0 and the one
// index 0 counts as inside: a loop over three indices serves every dimension.
//
// Indices count unknowns: along each axis these are 1 to Inner, with a ghost at 0 and one
// at Inner + 1. The first vertex of the box has index 0 on a Dirichlet or periodic side,
// where it is a ghost, and 1 on a Neumann side, where it is an unknown; [Grid.Coordinate]
// says where an index lies.
type Grid struct {
	N     [3]int
	H     [3]float64
	Sides [3][2]Boundary // at the first and at the other end of each axis; zero is Dirichlet
	Cells bool           // unknowns at the centres of cells, not on vertices

	// Stretch, if not nil, has the coordinates of vertices that lie at unequal distances;
	// H then has the mean widths. Grids with different pointers are different grids.
	Stretch *Coordinates
}

// Coordinates are those of the vertices along each axis, N[d]+1 increasing numbers; an
// empty list stands for equal widths.
type Coordinates [3][]float64

// Boundary is the kind of a side of a grid: it says which vertices are unknowns and
// how the ghosts, the layer of vertices just beyond these, get their values.
type Boundary uint8

const (
	Dirichlet Boundary = iota // ghosts are the vertices on the side, their values are given
	Periodic                  // ghosts are images of the vertices at the other side
	Neumann                   // vertices on the side are unknowns; for Neumann and Robin conditions, which the operator's rows hold
)

// PeriodicAlong is g with periodic sides along these axes. The vertices 0 and N are one
// then: unknowns are 1 to N, ghosts 0 and N+1.
func (g Grid) PeriodicAlong(axes ...int) (Grid, error) {
	for _, d := range axes {
		if d < 0 || d >= g.Dim() {
			return g, fmt.Errorf("pde: periodic along axis %d; want an axis of %v, 0 to %d", d, g, g.Dim()-1)
		}
		g.Sides[d] = [2]Boundary{Periodic, Periodic}
	}
	return g, nil
}

// Closed reports that no side has given values, so that constants are in the null
// space of the Laplacian.
func (g Grid) Closed() bool {
	for d := range g.Dim() {
		if g.Sides[d][0] == Dirichlet || g.Sides[d][1] == Dirichlet {
			return false
		}
	}
	return true
}

// Coordinate is where index i lies along axis d, in [0, N·H] for unknowns. Ghosts beyond
// Neumann sides and beyond cells lie outside the box, at the mirror image of the first
// point inside.
func (g Grid) Coordinate(d, i int) float64 {
	if g.N[d] == 0 {
		return 0
	}
	if g.Stretch != nil && len(g.Stretch[d]) > 0 {
		return g.stretched(d, i)
	}
	if g.Cells {
		return (float64(i) - .5) * g.H[d]
	}
	return float64(i-g.first(d)) * g.H[d]
}

// first is the index of the first vertex of the box along axis d.
func (g Grid) first(d int) int {
	if g.N[d] > 0 && g.Sides[d][0] == Neumann {
		return 1
	}
	return 0
}

// stretched is Coordinate along an axis of unequal widths.
func (g Grid) stretched(d, i int) float64 {
	x, n := g.Stretch[d], g.N[d]
	at := func(v int) float64 { // vertex, mirrored or shifted beyond the ends
		switch {
		case v < 0 && g.Sides[d][0] == Periodic:
			return x[v+n] - (x[n] - x[0])
		case v < 0:
			return 2*x[0] - x[-v]
		case v > n && g.Sides[d][0] == Periodic:
			return x[v-n] + (x[n] - x[0])
		case v > n:
			return 2*x[n] - x[2*n-v]
		}
		return x[v]
	}
	if g.Cells {
		return (at(i-1) + at(i)) / 2
	}
	return at(i - g.first(d))
}

// Box gives the range lo ≤ i < hi of the indices of the closed box along axis d: the
// vertices with those on its sides, or the cells.
func (g Grid) Box(d int) (lo, hi int) {
	switch {
	case g.N[d] == 0:
		return 0, 1
	case g.Cells:
		return 1, g.N[d] + 1
	}
	return g.first(d), g.first(d) + g.N[d] + 1
}

// maxVertices bounds a grid in each dimension, so that its fields fit into some
// computer: those of 2²⁸, 16384² and 1024³ cells. A field takes two gigabytes of
// float64 in one and two dimensions, nine in three.
var maxVertices = [...]int{1: 1<<28 + 1, 2: 16385 * 16385, 3: 1025 * 1025 * 1025}

// The mesh widths within which 1/h² is far from the ends of float64.
const minWidth, maxWidth = 1e-100, 1e100

// NewGrid is the grid of n[d] cells of width h[d] along axis d, for one to
// three axes. There are at least two cells along each.
func NewGrid(n []int, h []float64) (Grid, error) {
	var g Grid
	if len(n) < 1 || len(n) > len(g.N) || len(h) != len(n) {
		return Grid{}, fmt.Errorf("pde: cells along %d axes and widths along %d; want both along 1, 2 or 3", len(n), len(h))
	}
	copy(g.N[:], n)
	copy(g.H[:], h)
	vertices, most := 1, maxVertices[len(n)]
	for d := range n {
		if n[d] < 2 {
			return Grid{}, fmt.Errorf("pde: %d cells along axis %d; want at least 2", n[d], d)
		}
		if !(h[d] >= minWidth && h[d] <= maxWidth) { // NaN too
			return Grid{}, fmt.Errorf("pde: cells of width %g along axis %d; want %g to %g", h[d], d, minWidth, maxWidth)
		}
		if n[d] >= most/vertices {
			return Grid{}, fmt.Errorf("pde: %s; want at most %d vertices in dimension %d", crossed(n), most, len(n))
		}
		vertices *= n[d] + 1
	}
	return g, nil
}

// Unit is the grid of n cells a side on the unit interval, square or cube.
func Unit(dim, n int) (Grid, error) {
	if err := checkDim(dim); err != nil {
		return Grid{}, err
	}
	sides, widths := []int{n, n, n}, []float64{1 / float64(n), 1 / float64(n), 1 / float64(n)}
	return NewGrid(sides[:dim], widths[:dim])
}

func checkDim(dim int) error {
	if dim < 1 || dim > 3 {
		return fmt.Errorf("pde: dimension %d; want 1, 2 or 3", dim)
	}
	return nil
}

// Dim is the number of dimensions, 1 to 3.
func (g Grid) Dim() int {
	dim := 0
	for dim < len(g.N) && g.N[dim] > 0 {
		dim++
	}
	return dim
}

// Inside gives the range lo ≤ i < hi of the unknowns' indices along axis d. The ghosts
// are lo−1 and hi, along an axis that the grid has.
func (g Grid) Inside(d int) (lo, hi int) {
	if g.N[d] == 0 {
		return 0, 1
	}
	return 1, g.Inner(d) + 1
}

// Inner is the number of unknowns along axis d, 1 along one that the grid does not have.
func (g Grid) Inner(d int) int {
	switch {
	case g.N[d] == 0:
		return 1
	case g.Cells || g.Sides[d][0] == Periodic:
		return g.N[d]
	}
	inner := g.N[d] - 1
	for _, side := range g.Sides[d] {
		if side == Neumann {
			inner++
		}
	}
	return inner
}

// stored is the number of vertices along axis d that a field has, with the ghosts.
func (g Grid) stored(d int) int {
	if g.N[d] == 0 {
		return 1
	}
	return g.Inner(d) + 2
}

// Unknowns is the number of vertices inside.
func (g Grid) Unknowns() int {
	count := 1
	for d := range g.N {
		count *= g.Inner(d)
	}
	return count
}

// Vertices is the number of all vertices, with the ghosts.
func (g Grid) Vertices() int { return g.stored(0) * g.stored(1) * g.stored(2) }

// CanCoarsen reports whether every second vertex makes a grid with an unknown.
func (g Grid) CanCoarsen() bool {
	for d := range g.Dim() {
		if g.N[d]%2 != 0 || g.N[d] < 4 {
			return false
		}
	}
	return true
}

// Coarsen keeps every second vertex. It is meaningful if CanCoarsen holds. With unequal
// widths each call makes coordinates of its own, and so another grid.
func (g Grid) Coarsen() Grid {
	fine := g.Stretch
	if fine != nil {
		g.Stretch = &Coordinates{}
	}
	for d := range g.N {
		g.N[d] /= 2
		g.H[d] *= 2
		if fine == nil {
			continue
		}
		for i := 0; i < len(fine[d]); i += 2 {
			g.Stretch[d] = append(g.Stretch[d], fine[d][i])
		}
	}
	return g
}

// Rows calls body for every row of vertices along x that is inside, several at
// a time: those of y index j and z index k. No worker is called for less than
// some 16,000 vertices, 10 µs of work, which is what makes one worth its start.
func (g Grid) Rows(body func(j, k int)) {
	parallel.For(g.RowCount(), 1+16384/g.N[0], func(lo, hi int) {
		for row := lo; row < hi; row++ {
			body(g.RowAt(row))
		}
	})
}

// RowCount is the number of rows of vertices along x that are inside.
func (g Grid) RowCount() int {
	j0, j1 := g.Inside(1)
	k0, k1 := g.Inside(2)
	return (j1 - j0) * (k1 - k0)
}

// RowAt gives y index and z index of the rows inside, 0 ≤ row < RowCount, in the
// order of memory.
func (g Grid) RowAt(row int) (j, k int) {
	j0, j1 := g.Inside(1)
	k0, _ := g.Inside(2)
	return j0 + row%(j1-j0), k0 + row/(j1-j0)
}

func (g Grid) String() string { return crossed(g.N[:g.Dim()]) }

// crossed is the size of a grid in words, "8×16×4 cells".
func crossed(n []int) string {
	return strings.ReplaceAll(strings.Trim(fmt.Sprint(n), "[]"), " ", "×") + " cells"
}

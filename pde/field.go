package pde

// Values on the vertices of a grid, and how they lie in memory.

import (
	"unsafe"

	"mgtool/internal/pages"
	"mgtool/internal/parallel"
)

// Real is what the values of a field can be.
type Real interface{ float32 | float64 }

// Field is one value a vertex of a grid, boundary included: vertex (i, j, k)
// lies at x = i·H[0], y = j·H[1], z = k·H[2]. Along the axes that the grid does
// not have the index is 0.
//
// In memory the values of a row, along x, are neighbours, the rows of a plane
// follow each other, then the planes. The value i = 1 of each row, the first
// inside, starts a cache line. Rows and planes lie a whole number of cache
// lines apart, and where that is half a page or more never near a multiple of it,
// which costs at most five lines a row and four a plane: processors take values a page
// apart for the same at first, or keep them in the same few places of a cache, and a
// stencil reads rows one and two apart. A row of three float64, the shortest, takes a
// line.
type Field[T Real] struct {
	Grid
	data       []T
	row, plane int // values from row to row, from plane to plane
	width      int // values of a row, with its ghosts
}

const (
	cacheLine = 64
	halfPage  = 2048
	apart     = 256
)

// NewField is the zero field.
func NewField[T Real](g Grid) *Field[T] {
	f := &Field[T]{Grid: g, width: g.stored(0)}
	var length int
	f.row, f.plane, length = layout[T](g)
	line := lineOf[T]() // one more is for Go's allocation, which may start anywhere in a line
	memory := make([]T, length+line)
	pages.Huge(memory)
	start := 0
	for uintptr(unsafe.Pointer(&memory[start]))%cacheLine != 0 {
		start++
	}
	f.data = memory[start : start+length : start+length]
	// The first touch of memory takes far longer than later ones: here it is part
	// of no computation, and done by all cores.
	parallel.For(length, 1<<18, func(lo, hi int) { clear(f.data[lo:hi]) })
	return f
}

// lineOf is how many values a cache line has.
func lineOf[T Real]() int {
	var zero T
	return cacheLine / int(unsafe.Sizeof(zero))
}

// layout is how many values lie from row to row, from plane to plane, and in all.
func layout[T Real](g Grid) (row, plane, length int) {
	line := lineOf[T]()
	// spread is the least distance for this many values that keeps to the rules.
	spread := func(values int) int {
		d := (values + line - 1) / line
		for d*cacheLine >= halfPage && d*cacheLine%halfPage < apart {
			d++
		}
		return d * line
	}
	row = spread(g.stored(0))
	plane = spread(g.stored(1) * row)
	// A line before the first row has its value i = 0 at the end.
	return row, plane, line + (g.stored(2)-1)*plane + g.stored(1)*row
}

// FieldBytes is the memory that a field of T on a grid takes, known before it is
// made.
func FieldBytes[T Real](g Grid) int64 {
	var zero T
	_, _, length := layout[T](g)
	return int64(length+lineOf[T]()) * int64(unsafe.Sizeof(zero))
}

// Prefix is a field on a smaller grid of one dimension that shares the first values of
// f, also of one: room for what is needed on one grid at a time.
func (f *Field[T]) Prefix(g Grid) *Field[T] {
	row, plane, length := layout[T](g)
	return &Field[T]{Grid: g, width: g.stored(0), row: row, plane: plane, data: f.data[:length:length]}
}

// Data is the memory of the field, for kernels: it starts on a cache line and
// has value i of the row (j, k) at Offset(j, k) + i. From i = 1 on a kernel may
// read a row in whole cache lines, and so past its end; it may write there only
// what was there, since the last of these lines can hold the value i = 0 of the
// next row.
func (f *Field[T]) Data() []T { return f.data }

// Offset is where in Data the row (j, k) begins, with its value i = 0.
func (f *Field[T]) Offset(j, k int) int {
	var zero T
	return cacheLine/int(unsafe.Sizeof(zero)) - 1 + j*f.row + k*f.plane
}

// Strides are the distances in Data from a row to the next and from a plane to
// the next.
func (f *Field[T]) Strides() (row, plane int) { return f.row, f.plane }

// Row is the row of vertices with y index j and z index k, ghosts included, as a view:
// N[0]+1 values, one more along a periodic axis.
func (f *Field[T]) Row(j, k int) []T {
	lo := f.Offset(j, k)
	hi := lo + f.width
	return f.data[lo:hi:hi]
}

// At is the value at vertex (i, j, k), 0 ≤ i ≤ N[0] and so on.
func (f *Field[T]) At(i, j, k int) T { return f.data[f.Offset(j, k)+i] }

// Set stores v at vertex (i, j, k).
func (f *Field[T]) Set(i, j, k int, v T) { f.data[f.Offset(j, k)+i] = v }

// Clone is a copy that shares nothing with f.
func (f *Field[T]) Clone() *Field[T] {
	c := NewField[T](f.Grid)
	copy(c.data, f.data)
	return c
}

// CopyInterior copies the interior values of g, on the same grid, and leaves the
// boundary.
func (f *Field[T]) CopyInterior(g *Field[T]) {
	f.Rows(func(j, k int) { copy(f.inner(j, k), g.inner(j, k)) })
}

// Zero sets every value, boundary included, to zero.
func (f *Field[T]) Zero() { clear(f.data) }

// Interior copies the interior values, x fastest, in the order of memory.
func (f *Field[T]) Interior() []T {
	v := make([]T, 0, f.Unknowns())
	f.eachRow(func(_ []T, j, k int) { v = append(v, f.inner(j, k)...) })
	return v
}

// inner is the unknowns of a row, as a view.
func (f *Field[T]) inner(j, k int) []T {
	lo, hi := f.Inside(0)
	return f.Row(j, k)[lo:hi]
}

// FillGhosts gives the ghosts the values that the sides' kinds say: those beyond a
// periodic side are images of the vertices at the other one, those of a Dirichlet side
// stay as they are. Ghosts of several axes are filled too.
func (f *Field[T]) FillGhosts() {
	for d := range f.Dim() {
		if f.Sides[d][0] != Periodic {
			continue
		}
		n := f.N[d]
		switch d {
		case 0:
			for k := range f.stored(2) {
				for j := range f.stored(1) {
					row := f.Row(j, k)
					row[0], row[n+1] = row[n], row[1]
				}
			}
		case 1:
			for k := range f.stored(2) {
				copy(f.Row(0, k), f.Row(n, k))
				copy(f.Row(n+1, k), f.Row(1, k))
			}
		case 2:
			for j := range f.stored(1) {
				copy(f.Row(j, 0), f.Row(j, n))
				copy(f.Row(j, n+1), f.Row(j, 1))
			}
		}
	}
}

// eachRow calls body for the rows that are inside, in order.
func (f *Field[T]) eachRow(body func(row []T, j, k int)) {
	for row := range f.RowCount() {
		j, k := f.RowAt(row)
		body(f.Row(j, k), j, k)
	}
}

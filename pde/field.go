package pde

// Values on the vertices of a grid, and how they lie in memory.

import (
	"unsafe"

	"mgtool/internal/pages"
	"mgtool/internal/parallel"
)

// Real is what the values of a field can be.
type Real interface{ float32 | float64 }

// FieldOf is one value a vertex of a grid, boundary included: vertex (i, j, k)
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
type FieldOf[T Real] struct {
	Grid
	data       []T
	row, plane int // values from row to row, from plane to plane
}

// Field is a field of float64.
type Field = FieldOf[float64]

const (
	cacheLine = 64
	halfPage  = 2048
	apart     = 256
)

// NewField is the zero field of float64.
func NewField(g Grid) *Field { return NewFieldOf[float64](g) }

// NewFieldOf is the zero field.
func NewFieldOf[T Real](g Grid) *FieldOf[T] {
	f := &FieldOf[T]{Grid: g}
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
	row = spread(g.N[0] + 1)
	plane = spread((g.N[1] + 1) * row)
	// A line before the first row has its value i = 0 at the end.
	return row, plane, line + g.N[2]*plane + (g.N[1]+1)*row
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
func (f *FieldOf[T]) Prefix(g Grid) *FieldOf[T] {
	row, plane, length := layout[T](g)
	return &FieldOf[T]{Grid: g, row: row, plane: plane, data: f.data[:length:length]}
}

// Data is the memory of the field, for kernels: it starts on a cache line and
// has value i of the row (j, k) at Offset(j, k) + i. From i = 1 on a kernel may
// read a row in whole cache lines, and so past its end; it may write there only
// what was there, since the last of these lines can hold the value i = 0 of the
// next row.
func (f *FieldOf[T]) Data() []T { return f.data }

// Offset is where in Data the row (j, k) begins, with its value i = 0.
func (f *FieldOf[T]) Offset(j, k int) int {
	var zero T
	return cacheLine/int(unsafe.Sizeof(zero)) - 1 + j*f.row + k*f.plane
}

// Strides are the distances in Data from a row to the next and from a plane to
// the next.
func (f *FieldOf[T]) Strides() (row, plane int) { return f.row, f.plane }

// Row is the row of vertices with y index j and z index k, N[0]+1 values, as a
// view.
func (f *FieldOf[T]) Row(j, k int) []T {
	lo := f.Offset(j, k)
	hi := lo + f.N[0] + 1
	return f.data[lo:hi:hi]
}

// At is the value at vertex (i, j, k), 0 ≤ i ≤ N[0] and so on.
func (f *FieldOf[T]) At(i, j, k int) T { return f.data[f.Offset(j, k)+i] }

// Set stores v at vertex (i, j, k).
func (f *FieldOf[T]) Set(i, j, k int, v T) { f.data[f.Offset(j, k)+i] = v }

// Clone is a copy that shares nothing with f.
func (f *FieldOf[T]) Clone() *FieldOf[T] {
	c := NewFieldOf[T](f.Grid)
	copy(c.data, f.data)
	return c
}

// CopyInterior copies the interior values of g, on the same grid, and leaves the
// boundary.
func (f *FieldOf[T]) CopyInterior(g *FieldOf[T]) {
	f.Rows(func(j, k int) { copy(f.Row(j, k)[1:f.N[0]], g.Row(j, k)[1:f.N[0]]) })
}

// Zero sets every value, boundary included, to zero.
func (f *FieldOf[T]) Zero() { clear(f.data) }

// Interior copies the interior values, x fastest, in the order of [Assemble].
func (f *FieldOf[T]) Interior() []T {
	v := make([]T, 0, f.Unknowns())
	f.eachRow(func(row []T, _, _ int) { v = append(v, row[1:f.N[0]]...) })
	return v
}

// eachRow calls body for the rows that are inside, in order.
func (f *FieldOf[T]) eachRow(body func(row []T, j, k int)) {
	for row := range f.RowCount() {
		j, k := f.RowAt(row)
		body(f.Row(j, k), j, k)
	}
}

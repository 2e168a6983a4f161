package file

// Arrays from NumPy files, in a shape that a grid asks for.

import (
	"archive/zip"
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"slices"
	"strings"

	"mgtool/internal/saturating"
	"mgtool/pde"
)

// Shape is what an array can have to be the data of a grid: its lengths, slowest axis
// first, and what an element stands for.
type Shape struct {
	Lengths []int
	Element string // as in "one value a vertex"
}

// PointShape is the shape of values at the points of the closed box of a grid, those that
// carry the unknowns and those on the sides: (N[2]+1, N[1]+1, N[0]+1) on vertices,
// (N[2], N[1], N[0]) on cells.
func PointShape(g pde.Grid) Shape {
	if g.Cells {
		return CellShape(g)
	}
	s := Shape{Element: "one value a vertex"}
	for d := g.Dim() - 1; d >= 0; d-- {
		lo, hi := g.Box(d)
		s.Lengths = append(s.Lengths, hi-lo)
	}
	return s
}

// CellShape is the shape of values in the cells of a grid, (N[2], N[1], N[0]).
func CellShape(g pde.Grid) Shape {
	s := Shape{Element: "one value a cell"}
	for d := g.Dim() - 1; d >= 0; d-- {
		s.Lengths = append(s.Lengths, g.N[d])
	}
	return s
}

// SideShape is the shape of values at the points of a side across axis d.
func SideShape(g pde.Grid, d int) Shape {
	s := PointShape(g)
	s.Element += " of the side"
	at := g.Dim() - 1 - d
	if s.Lengths = slices.Delete(s.Lengths, at, at+1); len(s.Lengths) == 0 {
		s.Lengths = []int{1}
	}
	return s
}

// mostSeveral bounds the leading axis of [Shape.Several], which a header alone, cheap to
// forge, can state.
const mostSeveral = 1 << 12

// Several is the shape of 2 to 4096 arrays of the shape s, along a leading axis.
func (s Shape) Several() Shape {
	s.Lengths = append([]int{0}, s.Lengths...)
	return s
}

// several reports a free leading axis.
func (s Shape) several() bool { return s.Lengths[0] == 0 }

// takes reports that an array with these lengths has the shape.
func (s Shape) takes(lengths []int) bool {
	if s.several() {
		return len(lengths) == len(s.Lengths) && slices.Equal(lengths[1:], s.Lengths[1:]) && lengths[0] > 1 && lengths[0] <= mostSeveral
	}
	return slices.Equal(lengths, s.Lengths)
}

func (s Shape) String() string {
	if s.several() {
		return fmt.Sprintf("%s with 2 to %d for k", strings.Replace(tuple(s.Lengths), "0", "k", 1), mostSeveral)
	}
	return tuple(s.Lengths) + ", " + s.Element
}

// ReadArray reads the array of a NumPy file (.npy), or of an archive of them as in
// file.npz:name, and returns its values, the last index fastest: element [k, j, i] of an
// array with the axes z, y and x, with i fastest. Its shape must be one of shapes. Floats
// of 32 or 64 bits, integers and booleans are read, of either byte order and in C and
// Fortran order. Another shape is a [ShapeError]. A value that is not finite, an array cut short and bytes after it are
// errors, and so is any other type; nothing in a file is ever executed.
func ReadArray(path string, shapes ...Shape) ([]float64, error) {
	var values []float64
	err := open(path, func(r io.Reader, size int64) (err error) {
		values, err = decodeArray(r, size, shapes)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return values, nil
}

// DecodeArray is [ReadArray] from a stream that holds one NumPy file.
func DecodeArray(r io.Reader, shapes ...Shape) ([]float64, error) { return decodeArray(r, -1, shapes) }

// IsArray reports whether a name is that of a file that [ReadArray] reads.
func IsArray(name string) bool {
	lower := strings.ToLower(name)
	return strings.HasSuffix(lower, ".npy") || strings.HasSuffix(lower, ".npz") || strings.Contains(lower, ".npz:")
}

// open calls read with the NumPy file that a path names and its size, −1 if that is not
// known.
func open(path string, read func(r io.Reader, size int64) error) error {
	archive, name, in := cutArchive(path)
	if in {
		z, err := zip.OpenReader(archive)
		if err != nil {
			return bare(err)
		}
		defer z.Close()
		entry, err := entryOf(&z.Reader, name)
		if err != nil {
			return err
		}
		r, err := entry.Open()
		if err != nil {
			return err
		}
		defer r.Close()
		return read(r, int64(min(entry.UncompressedSize64, math.MaxInt64)))
	}
	f, err := os.Open(path)
	if err != nil {
		return bare(err)
	}
	defer f.Close()
	size := int64(-1)
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
		size = info.Size()
	}
	return read(f, size)
}

// bare is an error without the name of the file in it.
func bare(err error) error {
	var of *fs.PathError
	if errors.As(err, &of) {
		return of.Err
	}
	return err
}

// cutArchive divides file.npz:name; the name may be missing.
func cutArchive(path string) (archive, name string, ok bool) {
	at := strings.LastIndex(strings.ToLower(path), ".npz")
	if at < 0 {
		return path, "", false
	}
	archive, name = path[:at+4], path[at+4:]
	if name == "" {
		return archive, "", true
	}
	name, ok = strings.CutPrefix(name, ":")
	return archive, name, ok
}

// entryOf finds an array in an archive; without a name, the only one.
func entryOf(z *zip.Reader, name string) (*zip.File, error) {
	const most = 20 // names in an error
	var names []string
	for _, f := range z.File {
		if f.Name == name+".npy" || name == "" && len(z.File) == 1 {
			return f, nil
		}
		if len(names) < most {
			names = append(names, fmt.Sprintf("%.40q", strings.TrimSuffix(f.Name, ".npy")))
		}
	}
	known := strings.Join(names, ", ")
	switch {
	case known == "":
		return nil, errors.New("an archive without arrays")
	case name == "":
		return nil, fmt.Errorf("an archive of %d arrays; want one of them behind a colon: %s", len(z.File), known)
	}
	return nil, noArray(fmt.Sprintf("no array %.40q in it; it has %s", name, known))
}

// noArray is the error of an archive that lacks an array: an [fs.ErrNotExist].
type noArray string

func (e noArray) Error() string        { return string(e) }
func (e noArray) Is(target error) bool { return target == fs.ErrNotExist }

// decodeArray reads an array of one of these shapes; size is that of the file, if known.
func decodeArray(r io.Reader, size int64, shapes []Shape) ([]float64, error) {
	b := bufio.NewReaderSize(r, 1<<16)
	h, err := readHeader(b)
	if err != nil {
		return nil, err
	}
	if err := h.fits(shapes); err != nil {
		return nil, err
	}
	count := 1
	for _, n := range h.shape {
		count *= n
	}
	// Before memory for them is allocated: a header alone is cheap to forge.
	if size >= 0 && size < int64(count)*int64(h.size) {
		return nil, fmt.Errorf("the file ends before the last of %d values", count)
	}
	return h.values(b, count)
}

// values reads all count elements, and that nothing follows.
func (h header) values(r *bufio.Reader, count int) ([]float64, error) {
	values := make([]float64, count)
	at := h.places()
	b := make([]byte, h.size)
	for n := range values {
		if _, err := io.ReadFull(r, b); err != nil {
			return nil, fmt.Errorf("the file ends before the last of %d values", count)
		}
		v := h.element(b)
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("the value at %s is %g; want finite numbers", index(at(n), h.shape), v)
		}
		values[at(n)] = v
	}
	switch _, err := r.ReadByte(); {
	case err == nil:
		return nil, fmt.Errorf("bytes follow the last of %d values", count)
	case err != io.EOF:
		return nil, err
	}
	return values, nil
}

// places is where element n of the file belongs in C order.
func (h header) places() func(n int) int {
	if !h.fortran || len(h.shape) == 1 {
		return func(n int) int { return n }
	}
	return func(n int) int {
		at, stride := 0, 1
		for _, length := range h.shape {
			stride *= length
		}
		for _, length := range h.shape {
			stride /= length
			at += n % length * stride
			n /= length
		}
		return at
	}
}

// index is where element n in C order is, as in [2, 0].
func index(n int, shape []int) string {
	at := make([]int, len(shape))
	for d := len(shape) - 1; d >= 0; d-- {
		at[d], n = n%shape[d], n/shape[d]
	}
	return strings.ReplaceAll(fmt.Sprint(at), " ", ", ")
}

// fits says what is wrong with a shape where one of these is needed.
func (h header) fits(shapes []Shape) error {
	var want []string
	for _, s := range shapes {
		if s.takes(h.shape) {
			return nil
		}
		want = append(want, s.String())
	}
	// Only what has one value a vertex could be that of another grid.
	hint := ""
	if first := shapes[0]; len(h.shape) == len(first.Lengths) && first.Element == "one value a vertex" && slices.Min(h.shape) > 2 {
		var cells, lengths []string
		for _, n := range slices.Backward(h.shape) {
			cells, lengths = append(cells, fmt.Sprint(n-1)), append(lengths, fmt.Sprint(n))
		}
		hint = "; it would fit a grid of " + strings.Join(cells, "×") + " cells"
		if slices.ContainsFunc(shapes, func(s Shape) bool { return s.Element == "one value a cell" }) {
			hint += ", or of " + strings.Join(lengths, "×") + " with one value a cell"
		}
	}
	return &ShapeError{h.shape, strings.Join(want, ", or ") + hint}
}

// A ShapeError is of an array that can be read, and is none of the shapes that are asked for.
type ShapeError struct {
	Shape []int
	Want  string
}

func (e *ShapeError) Error() string {
	return fmt.Sprintf("an array of shape %s; want %s", tuple(e.Shape), e.Want)
}

// longestList bounds what a header alone, cheap to forge, can ask for.
const longestList = 1 << 22

// ReadList is [ReadArray] of an array with one axis, of up to four million numbers.
func ReadList(path string) (list []float64, err error) {
	list, _, err = readFree(path, 1, longestList)
	return list, err
}

// largestTable is longestList for tables.
const largestTable = 1 << 26

// ReadTable is [ReadArray] of an array with any one or two axes, rows before columns, of up
// to 67 million numbers; one axis is a single column.
func ReadTable(path string) (values []float64, columns int, err error) {
	values, shape, err := readFree(path, 2, largestTable)
	if err != nil {
		return nil, 0, err
	}
	return values, append(shape, 1)[1], nil
}

// readFree reads an array of any shape with up to so many axes, and up to most numbers.
func readFree(path string, axes, most int) (values []float64, shape []int, err error) {
	err = open(path, func(r io.Reader, size int64) error {
		b := bufio.NewReaderSize(r, 1<<16)
		h, err := readHeader(b)
		if err != nil {
			return err
		}
		count := saturating.Product(h.shape...)
		switch want := []string{"one axis", "one axis or two"}[axes-1]; {
		case len(h.shape) < 1 || len(h.shape) > axes:
			return &ShapeError{h.shape, want}
		case count > most:
			return fmt.Errorf("%d numbers; want at most %d", count, most)
		case size < 0 || size/int64(h.size) < int64(count):
			return fmt.Errorf("the file ends before the last of %d values", count)
		}
		values, err = h.values(b, count)
		shape = h.shape
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	return values, shape, nil
}

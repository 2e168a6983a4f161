package file

// Right sides from NumPy files.

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"mgtool/pde"
)

// ReadNPY makes the array in a NumPy file (.npy) the right side g on grid, with zero
// boundary values. The array has the layout of [WriteNPY]: shape
// (N[2]+1, N[1]+1, N[0]+1), without the axes that the grid does not have, so that element
// [k, j, i] is g at vertex (i, j, k). Elements on the boundary are not used. They are
// float32 or float64 in C order; a value that is not finite is an error.
func ReadNPY(path string, grid pde.Grid) (pde.Problem, error) {
	values, err := readValues(path, grid)
	if err != nil {
		return pde.Problem{}, fmt.Errorf("%s as right side: %w", path, err)
	}
	nx, ny := grid.N[0]+1, grid.N[1]+1
	vertex := func(x float64, d int) int {
		if grid.N[d] == 0 {
			return 0
		}
		return int(math.Round(x / grid.H[d]))
	}
	return pde.Problem{
		Name:  path,
		About: "g is an array, zero boundary",
		Dim:   grid.Dim(),
		G: func(x, y, z float64) float64 { // the nearest vertex of grid
			return values[(vertex(z, 2)*ny+vertex(y, 1))*nx+vertex(x, 0)]
		},
	}, nil
}

// header is what a NumPy file says of its array.
type header struct {
	order binary.ByteOrder
	size  int // bytes of an element
	shape []int
}

// readValues returns all values at the vertices of grid, x fastest.
func readValues(path string, grid pde.Grid) ([]float64, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, errors.Unwrap(err)
	}
	defer f.Close()
	r := bufio.NewReader(f)
	h, err := readHeader(r)
	if err != nil {
		return nil, err
	}
	var want []int
	count := 1
	for d := grid.Dim() - 1; d >= 0; d-- {
		want = append(want, grid.N[d]+1)
		count *= grid.N[d] + 1
	}
	if err := h.fits(want); err != nil {
		return nil, err
	}
	// Before memory for them is allocated: a header alone is cheap to forge.
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() && info.Size() < int64(count*h.size) {
		return nil, fmt.Errorf("the file ends before the last of %d values", count)
	}
	values := make([]float64, count)
	b := make([]byte, h.size)
	for i := range values {
		if _, err := io.ReadFull(r, b); err != nil {
			return nil, fmt.Errorf("the file ends before the last of %d values", count)
		}
		if h.size == 4 {
			values[i] = float64(math.Float32frombits(h.order.Uint32(b)))
		} else {
			values[i] = math.Float64frombits(h.order.Uint64(b))
		}
		if math.IsNaN(values[i]) || math.IsInf(values[i], 0) {
			return nil, fmt.Errorf("value %d is %g; want finite numbers", i, values[i])
		}
	}
	if _, err := r.ReadByte(); err != io.EOF {
		return nil, fmt.Errorf("bytes follow the last of %d values", len(values))
	}
	return values, nil
}

// fits says what is wrong with a shape where want is needed.
func (h header) fits(want []int) error {
	if slices.Equal(h.shape, want) {
		return nil
	}
	hint := ""
	if n := h.shape[0] - 1; len(h.shape) == len(want) && n > 1 && slices.Min(h.shape) == slices.Max(h.shape) {
		hint = fmt.Sprintf(", or a grid of %d cells a side", n)
	}
	return fmt.Errorf("an array of shape %s; want %s, one value a vertex%s", tuple(h.shape), tuple(want), hint)
}

// tuple writes a shape as Python does.
func tuple(shape []int) string {
	s := strings.ReplaceAll(strings.Trim(fmt.Sprint(shape), "[]"), " ", ", ")
	if len(shape) == 1 {
		s += ","
	}
	return "(" + s + ")"
}

const magic = "\x93NUMPY"

// The header is a literal of Python, which NumPy writes in this form.
var (
	descr   = regexp.MustCompile(`'descr': *'([^'\x00-\x1f\x7f-\xff]{1,20})'`)
	fortran = regexp.MustCompile(`'fortran_order': *True`)
	shape   = regexp.MustCompile(`'shape': *\(([0-9, ]*)\)`)
)

// readHeader reads versions 1 to 3 of the format: magic, version, length and the literal.
func readHeader(r io.Reader) (h header, err error) {
	start := make([]byte, len(magic)+2)
	if _, err := io.ReadFull(r, start); err != nil || string(start[:len(magic)]) != magic {
		return h, errors.New("not a NumPy file; numpy.save writes one")
	}
	var length int
	switch version := start[len(magic)]; version {
	case 1:
		var n uint16
		err = binary.Read(r, binary.LittleEndian, &n)
		length = int(n)
	case 2, 3:
		var n uint32
		err = binary.Read(r, binary.LittleEndian, &n)
		length = int(min(n, 1<<16+1))
	default:
		return h, fmt.Errorf("version %d of the NumPy format; want 1 to 3", version)
	}
	if err != nil || length > 1<<16 {
		return h, errors.New("a NumPy header that is cut off or too long")
	}
	text := make([]byte, length)
	if _, err := io.ReadFull(r, text); err != nil {
		return h, errors.New("a NumPy header that is cut off or too long")
	}
	d, s := descr.FindSubmatch(text), shape.FindSubmatch(text)
	if d == nil || s == nil {
		return h, errors.New("a NumPy header without the type or the shape of an array of numbers")
	}
	if fortran.Match(text) {
		return h, errors.New("an array in Fortran order; numpy.ascontiguousarray makes it C order")
	}
	switch kind := string(d[1]); kind {
	case "<f4", "<f8":
		h.order, h.size = binary.LittleEndian, int(kind[2]-'0')
	case ">f4", ">f8":
		h.order, h.size = binary.BigEndian, int(kind[2]-'0')
	default:
		return h, fmt.Errorf("an array of type %s; want float32 or float64, as astype(float) makes", kind)
	}
	for _, one := range strings.Split(string(s[1]), ",") {
		if one = strings.TrimSpace(one); one == "" {
			continue
		}
		n, err := strconv.Atoi(one)
		if err != nil {
			return h, fmt.Errorf("a NumPy header with the length %.40q", one)
		}
		h.shape = append(h.shape, n)
	}
	if len(h.shape) == 0 || len(h.shape) > 8 {
		return h, fmt.Errorf("an array of %d axes; want one to three", len(h.shape))
	}
	return h, nil
}

package file

// The header of a NumPy file: how the elements of its array lie in it.

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// header is what a NumPy file says of its array.
type header struct {
	size    int                    // bytes of an element
	element func(b []byte) float64 // its value
	fortran bool                   // the first index is the fastest
	shape   []int
}

const magic = "\x93NUMPY"

// longestHeader bounds the literal; NumPy writes some hundred bytes.
const longestHeader = 1 << 16

// The header is a literal of Python, which NumPy writes in this form. Python 2 wrote
// long lengths as 65L.
var (
	descr   = regexp.MustCompile(`'descr': *'([ -&(-~]{1,20})'`)
	fortran = regexp.MustCompile(`'fortran_order': *True`)
	shape   = regexp.MustCompile(`'shape': *\(([0-9L, ]*)\)`)
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
		length = int(min(n, longestHeader+1))
	default:
		return h, fmt.Errorf("version %d of the NumPy format; want 1 to 3", version)
	}
	if err != nil || length > longestHeader {
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
	h.fortran = fortran.Match(text)
	if h.size, h.element = elementOf(string(d[1])); h.element == nil {
		return h, fmt.Errorf("an array of type %s; want floats of 32 or 64 bits, integers or booleans, as astype(float) makes", d[1])
	}
	for _, one := range strings.Split(string(s[1]), ",") {
		if one = strings.TrimSpace(one); one == "" {
			continue
		}
		n, err := strconv.Atoi(strings.TrimSuffix(one, "L"))
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

// elementOf is how an element of a type is read, "<f8" or ">i2" say; nil if it is none
// that is real. Integers beyond 2⁵³ are rounded.
func elementOf(descr string) (size int, element func(b []byte) float64) {
	if len(descr) != 3 || !strings.Contains("<>|=", descr[:1]) {
		return 0, nil
	}
	var order binary.ByteOrder = binary.LittleEndian
	if descr[0] == '>' {
		order = binary.BigEndian
	}
	switch descr[1:] {
	case "f4":
		element = func(b []byte) float64 { return float64(math.Float32frombits(order.Uint32(b))) }
	case "f8":
		element = func(b []byte) float64 { return math.Float64frombits(order.Uint64(b)) }
	case "i1":
		element = func(b []byte) float64 { return float64(int8(b[0])) }
	case "u1", "b1":
		element = func(b []byte) float64 { return float64(b[0]) }
	case "i2":
		element = func(b []byte) float64 { return float64(int16(order.Uint16(b))) }
	case "u2":
		element = func(b []byte) float64 { return float64(order.Uint16(b)) }
	case "i4":
		element = func(b []byte) float64 { return float64(int32(order.Uint32(b))) }
	case "u4":
		element = func(b []byte) float64 { return float64(order.Uint32(b)) }
	case "i8":
		element = func(b []byte) float64 { return float64(int64(order.Uint64(b))) }
	case "u8":
		element = func(b []byte) float64 { return float64(order.Uint64(b)) }
	}
	return int(descr[2] - '0'), element
}

// tuple writes a shape as Python does.
func tuple(shape []int) string {
	s := strings.ReplaceAll(strings.Trim(fmt.Sprint(shape), "[]"), " ", ", ")
	if len(shape) == 1 {
		s += ","
	}
	return "(" + s + ")"
}

// Package file reads the data of a PDE and writes its solution: arrays and fields as NumPy
// files and VTK, matrices in the format of Matrix Market, pictures both ways.
package file

// Fields as NumPy files.

import (
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"unsafe"

	"mgtool/internal/atomicfile"
	"mgtool/pde"
)

// WriteNPY writes the values of a field at the points of the closed box, see
// [pde.Grid.Box], to a NumPy file: element [k, j, i] holds the value at index (i, j, k)
// above the first. On vertices the shape is (N[2]+1, N[1]+1, N[0]+1), on cells
// (N[2], N[1], N[0]), without the axes that the grid does not have.
func WriteNPY[T pde.Real](path string, f *pde.Field[T]) error {
	return atomicfile.Write(path, func(w io.Writer) error { return EncodeNPY(w, f) })
}

// EncodeNPY is [WriteNPY] to a stream.
func EncodeNPY[T pde.Real](w io.Writer, f *pde.Field[T]) error {
	var zero T
	if err := writeHeader(w, int(unsafe.Sizeof(zero)), PointShape(f.Grid).Lengths); err != nil {
		return err
	}
	return eachBoxRow(f, func(row []T) error { return binary.Write(w, binary.LittleEndian, row) })
}

// WriteNPYs is [WriteNPY] of several fields on one grid, at least one, along a leading axis.
func WriteNPYs[T pde.Real](path string, list []*pde.Field[T]) error {
	return atomicfile.Write(path, func(w io.Writer) error { return EncodeNPYs(w, list) })
}

// EncodeNPYs is [WriteNPYs] to a stream.
func EncodeNPYs[T pde.Real](w io.Writer, list []*pde.Field[T]) error {
	var zero T
	shape := append([]int{len(list)}, PointShape(list[0].Grid).Lengths...)
	if err := writeHeader(w, int(unsafe.Sizeof(zero)), shape); err != nil {
		return err
	}
	for _, f := range list {
		if err := eachBoxRow(f, func(row []T) error { return binary.Write(w, binary.LittleEndian, row) }); err != nil {
			return err
		}
	}
	return nil
}

// eachBoxRow calls body for the rows of the closed box, in order.
func eachBoxRow[T pde.Real](f *pde.Field[T], body func(row []T) error) error {
	i0, i1 := f.Box(0)
	j0, j1 := f.Box(1)
	k0, k1 := f.Box(2)
	for k := k0; k < k1; k++ {
		for j := j0; j < j1; j++ {
			if err := body(f.Row(j, k)[i0:i1]); err != nil {
				return err
			}
		}
	}
	return nil
}

// writeHeader writes version 1.0 of the format for floats of this many bytes: magic,
// length, and a literal of Python padded so that the values start at a multiple of 64
// bytes.
func writeHeader(w io.Writer, size int, shape []int) error {
	text := fmt.Sprintf("{'descr': '<f%d', 'fortran_order': False, 'shape': %s, }", size, tuple(shape))
	const prefix = 10 // before the text
	text += strings.Repeat(" ", 63-(prefix+len(text))%64) + "\n"
	if _, err := io.WriteString(w, "\x93NUMPY\x01\x00"); err != nil {
		return err
	}
	if err := binary.Write(w, binary.LittleEndian, uint16(len(text))); err != nil {
		return err
	}
	_, err := io.WriteString(w, text)
	return err
}

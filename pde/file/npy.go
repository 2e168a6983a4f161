// Package file reads and writes what a PDE is given by and what its solution is
// kept in: fields as NumPy files, pictures as right sides, and pictures of fields.
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

// WriteNPY writes all values of a field, boundary included, to a NumPy file of shape
// (N[2]+1, N[1]+1, N[0]+1), without the axes that the grid does not have:
// element [k, j, i] holds the value at vertex (i, j, k).
func WriteNPY[T pde.Real](path string, f *pde.Field[T]) error {
	return atomicfile.Write(path, func(w io.Writer) error {
		if err := writeHeader(w, f); err != nil {
			return err
		}
		for k := 0; k <= f.N[2]; k++ {
			for j := 0; j <= f.N[1]; j++ {
				if err := binary.Write(w, binary.LittleEndian, f.Row(j, k)); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// writeHeader writes version 1.0 of the format: magic, length, and a literal of
// Python padded so that the values start at a multiple of 64 bytes.
func writeHeader[T pde.Real](w io.Writer, f *pde.Field[T]) error {
	var zero T
	var shape string
	for d := f.Dim() - 1; d >= 0; d-- {
		shape += fmt.Sprintf("%d, ", f.N[d]+1)
	}
	text := fmt.Sprintf("{'descr': '<f%d', 'fortran_order': False, 'shape': (%s), }",
		unsafe.Sizeof(zero), strings.TrimSuffix(shape, " "))
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

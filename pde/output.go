package pde

// Fields as NumPy files.

import (
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"unsafe"

	"mgtool/internal/atomicfile"
)

// WriteNPY writes all values, boundary included, to a NumPy file of shape
// (N[2]+1, N[1]+1, N[0]+1), without the axes that the grid does not have:
// element [k, j, i] holds the value at vertex (i, j, k).
func (f *Field[T]) WriteNPY(path string) error {
	return atomicfile.Write(path, func(w io.Writer) error {
		if err := f.writeHeader(w); err != nil {
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
func (f *Field[T]) writeHeader(w io.Writer) error {
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

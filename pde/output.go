package pde

// Fields as NumPy files.

import (
	"io"

	"codeberg.org/sbinet/npyio"
	"gonum.org/v1/gonum/mat"

	"mgtool/internal/atomicfile"
)

// WriteNPY writes all values, boundary included, to a NumPy file of shape
// (Ny+1, Nx+1): row j holds y = j·H.
func (f *Field) WriteNPY(path string) error {
	m := mat.NewDense(f.Ny+1, f.Nx+1, f.Data)
	return atomicfile.Write(path, func(w io.Writer) error { return npyio.Write(w, m) })
}

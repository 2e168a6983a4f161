package file

// Archives of NumPy files.

import (
	"archive/zip"
	"encoding/binary"
	"io"

	"mgtool/internal/atomicfile"
	"mgtool/pde"
)

// WriteNPZ writes a field and where its values lie to an archive that numpy.load reads:
// the array u, as [WriteNPY] has it, and the coordinates x, y and z of its points, a list
// for each axis.
func WriteNPZ(path string, u *pde.Field[float64]) error {
	return atomicfile.Write(path, func(w io.Writer) error {
		z := zip.NewWriter(w)
		entry := func(name string) (io.Writer, error) {
			return z.CreateHeader(&zip.FileHeader{Name: name + ".npy", Method: zip.Store})
		}
		e, err := entry("u")
		if err != nil {
			return err
		}
		if err := EncodeNPY(e, u); err != nil {
			return err
		}
		for d := range u.Dim() {
			if e, err = entry("xyz"[d : d+1]); err != nil {
				return err
			}
			points := boxCoordinates(u.Grid, d)
			if err := writeHeader(e, 8, []int{len(points)}); err != nil {
				return err
			}
			if err := binary.Write(e, binary.LittleEndian, points); err != nil {
				return err
			}
		}
		return z.Close()
	})
}

// boxCoordinates are those of the points of the closed box along an axis.
func boxCoordinates(g pde.Grid, d int) (points []float64) {
	lo, hi := g.Box(d)
	for i := lo; i < hi; i++ {
		points = append(points, g.Coordinate(d, i))
	}
	return points
}

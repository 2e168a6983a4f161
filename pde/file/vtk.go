package file

// Fields for ParaView, VisIt and other programs that read VTK.

import (
	"encoding/binary"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"mgtool/internal/atomicfile"
	"mgtool/pde"
)

// Vector is a field of vectors at the points of a grid, such as a flux: a field for each
// axis that the grid has.
type Vector struct {
	Name       string
	Components []*pde.Field[float64]
}

// WriteVTK writes u, and vectors at the same points, as VTK's XML with the values appended
// as they are in memory: to a name in .vti as image data, for equal widths, or to one in
// .vtr as a rectilinear grid. On vertices they are point data, on cells cell data; the
// points are those of the closed box.
func WriteVTK(path string, u *pde.Field[float64], vectors ...Vector) error {
	kind := "ImageData"
	if strings.EqualFold(filepath.Ext(path), ".vtr") {
		kind = "RectilinearGrid"
	} else if u.Stretch != nil {
		return fmt.Errorf("%s: unequal widths in image data; want a name ending in .vtr", path)
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		v := vtk{w: w, grid: u.Grid}
		return v.write(kind, u, vectors)
	})
}

// vtk is a file that is being written: the text first, in which each array is announced
// with the place of its values, then these.
type vtk struct {
	w      io.Writer
	grid   pde.Grid
	offset int
	bodies []func() error
	err    error
}

func (v *vtk) print(format string, a ...any) {
	if v.err == nil {
		_, v.err = fmt.Fprintf(v.w, format, a...)
	}
}

// announce writes the tag of an array; body writes its values, count of float64.
func (v *vtk) announce(name string, components, count int, body func() error) {
	v.print("<DataArray type=\"Float64\" Name=%q NumberOfComponents=\"%d\" format=\"appended\" offset=\"%d\"/>\n", name, components, v.offset)
	v.offset += 8 + 8*count
	v.bodies = append(v.bodies, func() error {
		if err := binary.Write(v.w, binary.LittleEndian, uint64(8*count)); err != nil {
			return err
		}
		return body()
	})
}

func (v *vtk) write(kind string, u *pde.Field[float64], vectors []Vector) error {
	extent, origin, spacing := "", "", ""
	count := 1
	for d := range v.grid.N {
		last := v.grid.N[d] // of the vertices, for cells too
		lo, hi := v.grid.Box(d)
		count *= hi - lo
		extent += fmt.Sprintf("0 %d ", last)
		at, h := 0., 1.
		if v.grid.N[d] > 0 {
			h = v.grid.H[d]
		}
		origin += fmt.Sprintf("%.17g ", at)
		spacing += fmt.Sprintf("%.17g ", h)
	}
	extent = strings.TrimSpace(extent)
	v.print("<?xml version=\"1.0\"?>\n<VTKFile type=%q version=\"1.0\" byte_order=\"LittleEndian\" header_type=\"UInt64\">\n", kind)
	if kind == "ImageData" {
		v.print("<ImageData WholeExtent=%q Origin=%q Spacing=%q>\n", extent, strings.TrimSpace(origin), strings.TrimSpace(spacing))
	} else {
		v.print("<RectilinearGrid WholeExtent=%q>\n", extent)
	}
	v.print("<Piece Extent=%q>\n", extent)
	if kind == "RectilinearGrid" {
		v.print("<Coordinates>\n")
		for d := range v.grid.N {
			vertices := vertexCoordinates(v.grid, d)
			v.announce("xyz"[d:d+1], 1, len(vertices), func() error { return binary.Write(v.w, binary.LittleEndian, vertices) })
		}
		v.print("</Coordinates>\n")
	}
	data := "PointData"
	if v.grid.Cells {
		data = "CellData"
	}
	v.print("<%s Scalars=\"u\">\n", data)
	v.announce("u", 1, count, func() error {
		return eachBoxRow(u, func(row []float64) error { return binary.Write(v.w, binary.LittleEndian, row) })
	})
	for _, vector := range vectors {
		v.announce(vector.Name, 3, 3*count, func() error { return v.vector(vector) })
	}
	v.print("</%s>\n</Piece>\n</%s>\n<AppendedData encoding=\"raw\">\n_", data, kind)
	for _, body := range v.bodies {
		if v.err == nil {
			v.err = body()
		}
	}
	v.print("\n</AppendedData>\n</VTKFile>\n")
	return v.err
}

// vector writes three numbers a point, 0 along the axes that the grid does not have.
func (v *vtk) vector(of Vector) error {
	i0, i1 := v.grid.Box(0)
	j0, j1 := v.grid.Box(1)
	k0, k1 := v.grid.Box(2)
	row := make([]float64, 3*(i1-i0))
	for k := k0; k < k1; k++ {
		for j := j0; j < j1; j++ {
			for d, f := range of.Components {
				for i, value := range f.Row(j, k)[i0:i1] {
					row[3*i+d] = value
				}
			}
			if err := binary.Write(v.w, binary.LittleEndian, row); err != nil {
				return err
			}
		}
	}
	return nil
}

// vertexCoordinates are those of the vertices along an axis, also on cells; one 0 along an
// axis that the grid does not have.
func vertexCoordinates(g pde.Grid, d int) []float64 {
	if g.Stretch != nil && len(g.Stretch[d]) > 0 {
		return g.Stretch[d]
	}
	points := make([]float64, g.N[d]+1)
	for i := range points {
		points[i] = float64(i) * g.H[d]
	}
	return points
}

package file

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"mgtool/internal/picture"
	"mgtool/internal/readertest"
	"mgtool/pde"
)

// A picture that is accepted as a right side has values from 0 to 1 at all vertices, in
// memory of the order of the picture and the grid.
func FuzzPicture(f *testing.F) {
	p := image.NewGray(image.Rect(0, 0, 6, 3))
	for i := range p.Pix {
		p.Pix[i] = uint8(14 * i)
	}
	p.SetGray(5, 0, color.Gray{Y: 255})
	var asPNG, asJPEG, line bytes.Buffer
	for _, err := range []error{png.Encode(&asPNG, p), jpeg.Encode(&asJPEG, p, nil), png.Encode(&line, image.NewGray(image.Rect(0, 0, 1, 3000)))} {
		if err != nil {
			f.Fatal(err)
		}
	}
	f.Add(asPNG.Bytes(), uint8(8), uint8(5))
	f.Add(asJPEG.Bytes(), uint8(2), uint8(2))
	f.Add(line.Bytes(), uint8(40), uint8(40))
	f.Add(asPNG.Bytes()[:40], uint8(8), uint8(8))
	path := filepath.Join(f.TempDir(), "picture")
	f.Fuzz(func(t *testing.T, data []byte, nx, ny uint8) {
		pixels := 1
		if c, _, err := image.DecodeConfig(bytes.NewReader(data)); err == nil && c.Width > 0 {
			switch n := c.Width * c.Height; {
			case n <= 1<<20:
				pixels = n
			case n <= picture.MaxPixels:
				t.Skip("slow")
			}
		}
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
		grid, err := pde.NewGrid([]int{2 + int(nx), 2 + int(ny)}, []float64{.25, .5})
		if err != nil {
			t.Fatal(err)
		}
		vertices := grid.Vertices()
		limit := 8<<20 + 100*uint64(len(data)+pixels+vertices)
		var g []float64
		err = readertest.Read(t, limit, func() (err error) { g, err = ReadPicture(path, PointShape(grid)); return err })
		if err != nil {
			return
		}
		if len(g) != (grid.N[0]+1)*(grid.N[1]+1) {
			t.Fatalf("%d values on %v", len(g), grid)
		}
		for n, v := range g {
			if !(v >= 0 && v <= 1) {
				t.Fatalf("value %d is %g; want 0 to 1", n, v)
			}
		}
	})
}

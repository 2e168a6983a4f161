package pde

// Pictures in, as right sides, and out, to look at a field.

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"

	"golang.org/x/image/draw"

	"mgtool/internal/atomicfile"
	"mgtool/internal/picture"
)

// Picture makes the PNG or JPEG file at path the right side g, with zero
// boundary values: the lectures' data-feature equation A u = g. Brightness
// becomes a number in [0, 1], colours their luminance, and the picture is
// resampled to the vertices of grid, its top row at the largest y.
func Picture(path string, grid Grid) (Problem, error) {
	src, err := picture.Decode(path)
	if err != nil {
		return Problem{}, fmt.Errorf("pde: %w", err)
	}
	size := src.Bounds().Size()
	dst := image.NewGray16(image.Rect(0, 0, grid.Nx+1, grid.Ny+1))
	draw.CatmullRom.Scale(dst, dst.Bounds(), src, src.Bounds(), draw.Src, nil)
	return Problem{
		Name:  path,
		About: fmt.Sprintf("g is a picture of %d×%d pixels, zero boundary", size.X, size.Y),
		G: func(x, y float64) float64 { // the nearest vertex of grid
			i, j := int(math.Round(x/grid.H)), int(math.Round(y/grid.H))
			return float64(dst.Gray16At(i, grid.Ny-j).Y) / 0xffff
		},
	}, nil
}

// Image shows the field as a picture, one pixel a vertex, y upwards, from the
// smallest value (dark blue) to the largest (yellow).
func (f *Field) Image() image.Image {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, v := range f.Data {
		lo, hi = min(lo, v), max(hi, v)
	}
	img := image.NewRGBA(image.Rect(0, 0, f.Nx+1, f.Ny+1))
	for j := 0; j <= f.Ny; j++ {
		for i := 0; i <= f.Nx; i++ {
			t := 0.5 // a constant field
			if hi > lo {
				t = (f.At(i, j) - lo) / (hi - lo)
			}
			img.SetRGBA(i, f.Ny-j, heat(t))
		}
	}
	return img
}

// heat is a colour map that rises evenly in lightness, so that it also reads
// in grey: an interpolation through dark blue, violet, orange and yellow.
func heat(t float64) color.RGBA {
	stops := [...][3]float64{{13, 8, 60}, {106, 0, 168}, {204, 71, 120}, {248, 149, 64}, {250, 240, 60}}
	if !(t >= 0) { // NaN too
		t = 0
	}
	p := min(t, 1) * float64(len(stops)-1)
	k := min(int(p), len(stops)-2)
	var c [3]uint8
	for m := range c {
		c[m] = uint8(math.Round(stops[k][m] + (p-float64(k))*(stops[k+1][m]-stops[k][m])))
	}
	return color.RGBA{c[0], c[1], c[2], 255}
}

// WritePNG writes the field's [Field.Image] to a file, scaled up to at least
// 256 pixels a side so that a coarse grid can be seen.
func (f *Field) WritePNG(path string) error {
	img := f.Image()
	if k := (256 + f.Nx) / (f.Nx + 1); k > 1 {
		big := image.NewRGBA(image.Rect(0, 0, k*(f.Nx+1), k*(f.Ny+1)))
		draw.NearestNeighbor.Scale(big, big.Bounds(), img, img.Bounds(), draw.Src, nil)
		img = big
	}
	return atomicfile.Write(path, func(w io.Writer) error { return png.Encode(w, img) })
}

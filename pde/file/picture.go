package file

// Pictures in, as right sides, and out, to look at a field.

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"

	"golang.org/x/image/draw"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	vgdraw "gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"mgtool/internal/atomicfile"
	"mgtool/internal/picture"
	"mgtool/pde"
)

// ReadPicture makes the picture in a file (PNG, JPEG, GIF, TIFF, WebP or BMP) the right
// side g in two dimensions, with zero boundary values: the lectures' data-feature
// equation A u = g. Brightness becomes a number in [0, 1], colours their luminance,
// and the picture is resampled to the vertices of grid, its top row at the largest y.
//
// It is turned upright as its EXIF orientation says. What is transparent counts as
// black: half-transparent white is 0.502. Of an animation the first picture is taken.
func ReadPicture(path string, grid pde.Grid) (pde.Problem, error) {
	if grid.Dim() != 2 {
		return pde.Problem{}, fmt.Errorf("pde: a picture as right side on %v; want two dimensions", grid)
	}
	src, err := picture.Decode(path)
	if err != nil {
		return pde.Problem{}, fmt.Errorf("pde: %w", err)
	}
	size := src.Bounds().Size()
	dst := image.NewGray16(image.Rect(0, 0, grid.N[0]+1, grid.N[1]+1))
	picture.Resample(src, src.Bounds(), grid.N[0]+1, grid.N[1]+1, dst.SetRGBA64)
	return pde.Problem{
		Name:  path,
		About: fmt.Sprintf("g is a picture of %d×%d pixels, zero boundary", size.X, size.Y),
		Dim:   2,
		G: func(x, y, _ float64) float64 { // the nearest vertex of grid
			i, j := int(math.Round(x/grid.H[0])), int(math.Round(y/grid.H[1]))
			return float64(dst.Gray16At(i, grid.N[1]-j).Y) / 0xffff
		},
	}, nil
}

// Image shows a field as a picture, one pixel a vertex, y upwards, from the
// smallest value (dark blue) to the largest (yellow): in three dimensions the
// plane in the middle of z, in one a single row.
func Image[T pde.Real](f *pde.Field[T]) image.Image {
	k := f.N[2] / 2
	lo, hi := math.Inf(1), math.Inf(-1)
	for j := 0; j <= f.N[1]; j++ {
		for _, v := range f.Row(j, k) {
			lo, hi = min(lo, float64(v)), max(hi, float64(v))
		}
	}
	img := image.NewRGBA(image.Rect(0, 0, f.N[0]+1, f.N[1]+1))
	for j := 0; j <= f.N[1]; j++ {
		for i, v := range f.Row(j, k) {
			t := 0.5 // a constant field
			if hi > lo {
				t = (float64(v) - lo) / (hi - lo)
			}
			img.SetRGBA(i, f.N[1]-j, heat(t))
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

// ImageBytes is the memory that [Image] takes for a field on g.
func ImageBytes(g pde.Grid) int64 { return 4 * int64(g.N[0]+1) * int64(g.N[1]+1) }

// WritePNG writes a picture of a field to a file: in one dimension the curve
// of its values, else its [Image], scaled up to at least 256 pixels a
// side so that a coarse grid can be seen.
func WritePNG[T pde.Real](path string, f *pde.Field[T]) error {
	if f.Dim() == 1 {
		return writeCurve(path, f)
	}
	img := Image(f)
	if w, h := f.N[0]+1, f.N[1]+1; w < 256 {
		k := (255 + w) / w
		big := image.NewRGBA(image.Rect(0, 0, k*w, k*h))
		draw.NearestNeighbor.Scale(big, big.Bounds(), img, img.Bounds(), draw.Src, nil)
		img = big
	}
	return atomicfile.Write(path, func(w io.Writer) error { return png.Encode(w, img) })
}

// writeCurve draws the values over x.
func writeCurve[T pde.Real](path string, f *pde.Field[T]) error {
	const most = 1 << 16 // points, far more than pixels
	step := 1 + f.N[0]/most
	var curve plotter.XYs
	row := f.Row(0, 0)
	for i := 0; i < f.N[0]; i += step {
		curve = append(curve, plotter.XY{X: float64(i) * f.H[0], Y: float64(row[i])})
	}
	curve = append(curve, plotter.XY{X: float64(f.N[0]) * f.H[0], Y: float64(row[f.N[0]])})
	line, err := plotter.NewLine(curve)
	if err != nil { // a value that is not finite
		return fmt.Errorf("pde: curve: %w", err)
	}
	p := plot.New()
	p.X.Label.Text = "x"
	p.Add(plotter.NewGrid(), line)
	img := vgimg.New(18*vg.Centimeter, 10*vg.Centimeter)
	p.Draw(vgdraw.New(img))
	return atomicfile.Write(path, func(w io.Writer) error {
		_, err := vgimg.PngCanvas{Canvas: img}.WriteTo(w)
		return err
	})
}

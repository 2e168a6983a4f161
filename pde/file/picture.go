package file

// Pictures in, as data of two dimensions, and out, to look at a field.

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
	"mgtool/pde"
)

// ReadPicture reads a picture (PNG, JPEG, GIF, TIFF, WebP or BMP) as values in a shape of
// two axes, in the order of [ReadArray]: as a right side, it is the lectures' data-feature
// equation A u = g. Brightness becomes a number in [0, 1], colours their luminance, and the
// picture is resampled to the shape, its top row at the largest y.
//
// It is turned upright as its EXIF orientation says. What is transparent counts as
// black: half-transparent white is 0.502. Of an animation the first picture is taken.
func ReadPicture(path string, shape Shape) ([]float64, error) {
	if len(shape.Lengths) != 2 {
		return nil, fmt.Errorf("%s: a picture on a grid of shape %s; want two dimensions", path, tuple(shape.Lengths))
	}
	src, err := picture.Decode(path)
	if err != nil {
		return nil, err
	}
	w, h := shape.Lengths[1], shape.Lengths[0]
	values := make([]float64, w*h)
	picture.Resample(src, src.Bounds(), w, h, func(x, y int, c color.RGBA64) {
		grey := color.Gray16Model.Convert(c).(color.Gray16)
		values[(h-1-y)*w+x] = float64(grey.Y) / 0xffff
	})
	return values, nil
}

// Image shows a field as a picture, one pixel for each point of the closed box, y upwards,
// from the smallest value (dark blue) to the largest (yellow): in three dimensions the
// plane in the middle of z, in one a single row.
func Image[T pde.Real](f *pde.Field[T]) image.Image {
	img, _, _ := coloured(f)
	return img
}

// coloured is [Image] with the smallest and the largest value.
func coloured[T pde.Real](f *pde.Field[T]) (img *image.RGBA, lo, hi float64) {
	i0, i1 := f.Box(0)
	j0, j1 := f.Box(1)
	k0, k1 := f.Box(2)
	k := (k0 + k1 - 1) / 2
	lo, hi = math.Inf(1), math.Inf(-1)
	for j := j0; j < j1; j++ {
		for _, v := range f.Row(j, k)[i0:i1] {
			lo, hi = min(lo, float64(v)), max(hi, float64(v))
		}
	}
	img = image.NewRGBA(image.Rect(0, 0, i1-i0, j1-j0))
	for j := j0; j < j1; j++ {
		for i, v := range f.Row(j, k)[i0:i1] {
			t := 0.5 // a constant field
			if hi > lo {
				t = (float64(v) - lo) / (hi - lo)
			}
			img.SetRGBA(i, j1-1-j, viridis(t))
		}
	}
	return img, lo, hi
}

// ImageBytes is the memory that [Image] takes for a field on g.
func ImageBytes(g pde.Grid) int64 { return 4 * int64(g.N[0]+1) * int64(g.N[1]+1) }

// WritePNG writes a picture of a field to a file: in one dimension the curve of its
// values, else its [Image] with a scale of its colours, enlarged to at least 256 pixels a
// side so that a coarse grid can be seen.
func WritePNG[T pde.Real](path string, f *pde.Field[T]) error {
	if f.Dim() == 1 {
		return writeCurve(path, f)
	}
	img, lo, hi := coloured(f)
	size := img.Bounds().Size()
	if w := size.X; w < 256 {
		size = size.Mul((255 + w) / w)
	}
	page := withScale(size, lo, hi)
	draw.NearestNeighbor.Scale(page, image.Rectangle{Max: size}, img, img.Bounds(), draw.Src, nil)
	return atomicfile.Write(path, func(w io.Writer) error { return png.Encode(w, page) })
}

package vision

// This file draws features, and sheets of pictures with labels.

import (
	"fmt"
	"image"
	"image/png"
	"io"
	"math"

	"mgtool/internal/atomicfile"
	"mgtool/internal/picture"
)

// Picture draws a feature, one pixel a value: values up to black are black, values from
// white on are white, and brightness is linear in between, for each channel separately.
// NaN is black.
func (f Feature) Picture(black, white float32) image.Image {
	level := func(v float32) uint8 {
		share := (float64(v) - float64(black)) / (float64(white) - float64(black))
		if !(share > 0) {
			return 0
		}
		return uint8(math.Round(255 * min(share, 1)))
	}
	frame := image.Rect(0, 0, f.width, f.height)
	if f.channels == 1 {
		p := image.NewGray(frame)
		for i, v := range f.values {
			p.Pix[i] = level(v)
		}
		return p
	}
	p := image.NewRGBA(frame)
	for i := range f.height * f.width {
		v := f.values[3*i : 3*i+3]
		copy(p.Pix[4*i:], []uint8{level(v[0]), level(v[1]), level(v[2]), 255})
	}
	return p
}

// Picture shows the feature with its own scale.
func (n NamedFeature) Picture() image.Image { return n.Feature.Picture(n.Black, n.White) }

// Tile is the feature as part of a sheet, its label and scale below.
func (n NamedFeature) Tile() Tile {
	number := func(v float32) string {
		if v < 0 {
			return "−" + fmt.Sprintf("%.3g", -v)
		}
		return fmt.Sprintf("%.3g", v)
	}
	return Tile{Picture: n.Picture(), Label: n.Label, Note: "black " + number(n.Black) + ", white " + number(n.White)}
}

// Tile is a picture with two lines of text below.
type Tile = picture.Tile

// sheetSide is to about which a picture is enlarged, in pixels.
const sheetSide = 160

// sheetPixels is how many pixels the pictures of a sheet may take in all.
const sheetPixels = 64_000_000

// Sheet draws pictures in rows of the given number of columns. Small ones are enlarged by
// a whole number, so that each pixel is a square. No tiles, fewer than one column, or
// pictures of more than 64 million pixels in all are an error.
func Sheet(columns int, tiles []Tile) (image.Image, error) {
	if columns < 1 || len(tiles) == 0 {
		return nil, fmt.Errorf("vision: a sheet of %d pictures in %d columns; want one of each at least", len(tiles), columns)
	}
	var largest image.Point
	for i, t := range tiles {
		if t.Picture == nil {
			return nil, fmt.Errorf("vision: tile %d of a sheet, %q, has no picture", i, t.Label)
		}
		size := t.Picture.Bounds().Size()
		if size.X < 1 || size.Y < 1 {
			return nil, fmt.Errorf("vision: the picture %q of a sheet has %d x %d pixels; want one of each at least", t.Label, size.Y, size.X)
		}
		largest.X, largest.Y = max(largest.X, sheetSide, size.X), max(largest.Y, sheetSide, size.Y)
	}
	rows := (len(tiles) + columns - 1) / columns
	if most := sheetPixels / (largest.X * largest.Y); rows*min(columns, len(tiles)) > most {
		return nil, fmt.Errorf("vision: a sheet of %d pictures of up to %d x %d pixels; want at most %d of these", len(tiles), largest.Y, largest.X, most)
	}
	return picture.Sheet{Sections: []picture.Section{{Tiles: tiles, Columns: columns, Side: sheetSide}}}.Draw(), nil
}

// WritePNG writes a picture to a file, whole or not at all.
func WritePNG(path string, p image.Image) error {
	return atomicfile.Write(path, func(w io.Writer) error { return png.Encode(w, p) })
}

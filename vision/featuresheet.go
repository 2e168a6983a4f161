package vision

// This file draws features, and sheets of pictures with labels.

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"

	"golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"mgtool/internal/atomicfile"
	"mgtool/internal/picture"
)

// Picture shows a feature, one pixel a value: black and what is below it is black,
// white and above white, and in between brightness follows the value, in each
// channel alone. What is not a number is black.
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
	return Tile{n.Picture(), n.Label, "black " + number(n.Black) + ", white " + number(n.White)}
}

// Tile is a picture with two lines of text below.
type Tile struct {
	Picture     image.Image
	Label, Note string
}

// Measures of a sheet, in pixels.
const (
	tileSide = 160 // to which a picture is enlarged at least, by a whole number
	gap      = 10
	lineStep = 16
)

// Sheet draws pictures in rows of so many columns, for people to look at: small ones
// are enlarged, each pixel a square, and labels too long for their tile are cut. No
// tiles, fewer than one column, or a sheet of more than 64 million pixels is an error.
func Sheet(columns int, tiles []Tile) (image.Image, error) {
	if columns < 1 || len(tiles) == 0 {
		return nil, fmt.Errorf("vision: a sheet of %d pictures in %d columns; want one of each at least", len(tiles), columns)
	}
	columns = min(columns, len(tiles))
	rows := (len(tiles) + columns - 1) / columns
	scale := make([]int, len(tiles))
	width, heights := tileSide, make([]int, rows)
	for i, t := range tiles {
		if t.Picture == nil {
			return nil, fmt.Errorf("vision: tile %d of a sheet, %q, has no picture", i, t.Label)
		}
		size := t.Picture.Bounds().Size()
		if size.X < 1 || size.Y < 1 {
			return nil, fmt.Errorf("vision: the picture %q of a sheet has %d x %d pixels; want one of each at least", t.Label, size.Y, size.X)
		}
		scale[i] = (tileSide + max(size.X, size.Y) - 1) / max(size.X, size.Y)
		width = max(width, scale[i]*size.X)
		heights[i/columns] = max(heights[i/columns], scale[i]*size.Y)
	}
	frame := image.Rect(0, 0, gap+columns*(width+gap), gap)
	for _, h := range heights {
		frame.Max.Y += h + 2*lineStep + gap
	}
	if frame.Dy() > picture.MaxPixels/frame.Dx() {
		return nil, fmt.Errorf("vision: a sheet of %d pictures would have %d x %d pixels; want at most %d: fewer or smaller ones", len(tiles), frame.Dy(), frame.Dx(), picture.MaxPixels)
	}
	face, err := sheetFont()
	if err != nil {
		return nil, fmt.Errorf("vision: font of a sheet: %w", err)
	}
	sheet := image.NewRGBA(frame)
	draw.Draw(sheet, frame, image.White, image.Point{}, draw.Src)
	y := gap
	for i, t := range tiles {
		if i > 0 && i%columns == 0 {
			y += heights[i/columns-1] + 2*lineStep + gap
		}
		x := gap + i%columns*(width+gap)
		size := t.Picture.Bounds().Size().Mul(scale[i])
		at := image.Rectangle{Max: size}.Add(image.Pt(x, y))
		draw.NearestNeighbor.Scale(sheet, at, t.Picture, t.Picture.Bounds(), draw.Over, nil)
		write(sheet, face, x, at.Max.Y+lineStep-3, width, t.Label, color.Black)
		write(sheet, face, x, at.Max.Y+2*lineStep-3, width, t.Note, color.Gray{110})
	}
	return sheet, nil
}

// sheetFont is the font of labels: Go Regular, which x/image brings with it.
func sheetFont() (font.Face, error) {
	f, err := opentype.Parse(goregular.TTF)
	if err != nil {
		return nil, err
	}
	return opentype.NewFace(f, &opentype.FaceOptions{Size: 13, DPI: 72, Hinting: font.HintingFull})
}

// write puts text with its baseline at y, cut to a width.
func write(dst draw.Image, face font.Face, x, y, width int, text string, c color.Color) {
	if font.MeasureString(face, text).Ceil() > width {
		runes := []rune(text)
		for len(runes) > 0 && font.MeasureString(face, string(runes)+"…").Ceil() > width {
			runes = runes[:len(runes)-1]
		}
		text = string(runes) + "…"
	}
	d := font.Drawer{Dst: dst, Src: image.NewUniform(c), Face: face, Dot: fixed.P(x, y)}
	d.DrawString(text)
}

// WritePNG writes a picture to a file, whole or not at all.
func WritePNG(path string, p image.Image) error {
	return atomicfile.Write(path, func(w io.Writer) error { return png.Encode(w, p) })
}

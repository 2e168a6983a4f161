package picture

// Contact sheets.

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"slices"

	"golang.org/x/image/draw"
)

// Sheet is many small pictures on one, with a title of some lines.
type Sheet struct {
	Title    []string
	Sections []Section
}

// Section is a part of a sheet: tiles of one size.
type Section struct {
	Title string
	Tiles []Tile
}

// Tile is a picture with a line or two of text below.
type Tile struct {
	Picture     image.Image
	Label, Note string
}

// Measures of a sheet in pixels.
const (
	tileSide     = 96      // to about which tiles are enlarged
	loneSide     = 256     // the same for one alone
	sheetWidth   = 1800    // that rows of tiles fill
	sectionLimit = 1 << 24 // pixels of a section: of more tiles the first are shown
)

// Draw draws the sheet. Tiles are enlarged by a whole factor, each pixel a square;
// it is stated with a section's title, and so is how many tiles are left out, if
// there are too many to look at.
func (s Sheet) Draw() *image.RGBA {
	p := newPen()
	width, height := p.widest(s.Title), gap+line*len(s.Title)
	var parts []layout
	for _, section := range s.Sections {
		l := arrange(p, section)
		parts = append(parts, l)
		width = max(width, p.width(l.title), l.columns*(l.cell.X+gap)-gap)
		height += gap + line + gap/2 + l.rows*(l.cell.Y+gap)
	}
	img := canvas(width+2*gap, height+gap)
	for i, t := range s.Title {
		p.write(img, gap, gap+i*line, t, black)
	}
	y := gap + line*len(s.Title)
	for _, l := range parts {
		y += gap
		p.write(img, gap, y, l.title, black)
		y += line + gap/2
		for i, t := range l.tiles {
			at := image.Pt(gap+i%l.columns*(l.cell.X+gap), y+i/l.columns*(l.cell.Y+gap))
			l.tile(p, img, at, t)
		}
		y += l.rows * (l.cell.Y + gap)
	}
	return img
}

// layout is a section with its measures.
type layout struct {
	title         string
	tiles         []Tile
	scale         int
	size, cell    image.Point // of an enlarged picture; with its frame and text
	rows, columns int
}

func arrange(p pen, s Section) layout {
	l := layout{title: s.Title, tiles: s.Tiles}
	if len(s.Tiles) == 0 {
		return l
	}
	size := s.Tiles[0].Picture.Bounds().Size()
	side := tileSide
	if len(s.Tiles) == 1 {
		side = loneSide
	}
	l.scale = max(1, side/max(1, size.X, size.Y))
	l.size = size.Mul(l.scale)
	l.cell = l.size.Add(image.Pt(2, 2+line))
	for _, t := range s.Tiles {
		l.cell.X = max(l.cell.X, p.width(t.Label), p.width(t.Note))
		if t.Note != "" {
			l.cell.Y = l.size.Y + 2 + 2*line
		}
	}
	l.title += fmt.Sprintf(" (%d×%d pixels, each drawn %d×%d", size.Y, size.X, l.scale, l.scale)
	if most := max(1, sectionLimit/((l.cell.X+gap)*(l.cell.Y+gap))); most < len(l.tiles) {
		l.title += fmt.Sprintf("; the first %d of %d", most, len(l.tiles))
		l.tiles = l.tiles[:most]
	}
	l.title += ")"
	l.columns = min(len(l.tiles), max(1, sheetWidth/(l.cell.X+gap)))
	l.rows = (len(l.tiles) + l.columns - 1) / l.columns
	return l
}

// tile draws one in a thin frame.
func (l layout) tile(p pen, dst *image.RGBA, at image.Point, t Tile) {
	frame := image.Rectangle{at, at.Add(l.size).Add(image.Pt(2, 2))}
	draw.Draw(dst, frame, image.NewUniform(color.Gray{190}), image.Point{}, draw.Src)
	draw.NearestNeighbor.Scale(dst, frame.Inset(1), t.Picture, t.Picture.Bounds(), draw.Src, nil)
	p.write(dst, at.X, frame.Max.Y, t.Label, black)
	p.write(dst, at.X, frame.Max.Y+line, t.Note, grey)
}

// SignedLegend says how to read [Signed].
const SignedLegend = "white is 0, red positive, blue negative"

// Signed shows values, of shape (height, width), by colour: white is 0, dark red
// limit and more, dark blue −limit and less. With limit 0 all is white; what is
// not a number is black.
func Signed(values []float32, height, width int, limit float32) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for i, v := range values[:height*width] {
		share := 0.0
		if limit > 0 {
			share = float64(v) / float64(limit)
		}
		img.SetRGBA(i%width, i/width, diverging(share))
	}
	return img
}

// diverging is a colour for −1 to 1, as dark for t as for −t.
func diverging(t float64) color.RGBA {
	if math.IsNaN(t) {
		return black
	}
	side := [][3]float64{{255, 255, 255}, {244, 150, 110}, {150, 10, 40}}
	if t < 0 {
		side = [][3]float64{{255, 255, 255}, {120, 175, 235}, {20, 55, 140}}
	}
	return between(side, math.Abs(t))
}

// between interpolates colours at equal distances; t runs from 0 to 1.
func between(stops [][3]float64, t float64) color.RGBA {
	x := max(0, min(t, 1)) * float64(len(stops)-1)
	k := min(int(x), len(stops)-2)
	var c [3]uint8
	for m := range c {
		c[m] = uint8(math.Round(stops[k][m] + (x-float64(k))*(stops[k+1][m]-stops[k][m])))
	}
	return color.RGBA{c[0], c[1], c[2], 255}
}

// Largest is the largest |v|.
func Largest(values []float32) float32 {
	if len(values) == 0 {
		return 0
	}
	return max(slices.Max(values), -slices.Min(values))
}

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

// Sheet is a picture of many small pictures, under a title of several lines.
type Sheet struct {
	Title    []string
	Sections []Section
}

// Section is a part of a sheet. If it has a title, its tiles have the same size, the
// title tells by how much they are enlarged, and tiles beyond a limit are left out.
type Section struct {
	Title   string
	Tiles   []Tile
	Columns int // 0: as many as fit
	Side    int // in pixels, approximate, to which tiles are enlarged; 0: default
}

// Tile is a picture with one or two lines of text below it.
type Tile struct {
	Picture     image.Image
	Label, Note string
}

// Dimensions of a sheet in pixels.
const (
	tileSide     = 96      // to which tiles are enlarged, about
	loneSide     = 256     // the same for a single tile
	labelWidth   = 480     // at which texts are cut, unless their tile is wider
	sheetWidth   = 1800    // of a row of tiles
	sectionLimit = 1 << 24 // pixels of a section; later tiles are left out
)

// Draw draws the sheet. Tiles are enlarged by an integer factor, so each pixel is a square.
func (s Sheet) Draw() *image.RGBA {
	p := newPen()
	width, height := p.widest(s.Title), gap+line*len(s.Title)
	var parts []layout
	for _, section := range s.Sections {
		l := arrange(p, section)
		parts = append(parts, l)
		width = max(width, p.width(l.title), l.columns*(l.cell.X+gap)-gap)
		height += gap + l.header() + l.rows*(l.cell.Y+gap)
	}
	img := canvas(width+2*gap, height+gap)
	for i, t := range s.Title {
		p.write(img, gap, gap+i*line, t, black)
	}
	y := gap + line*len(s.Title)
	for _, l := range parts {
		y += gap
		p.write(img, gap, y, l.title, black)
		y += l.header()
		for i, t := range l.tiles {
			at := image.Pt(gap+i%l.columns*(l.cell.X+gap), y+i/l.columns*(l.cell.Y+gap))
			l.tile(p, img, at, t)
		}
		y += l.rows * (l.cell.Y + gap)
	}
	return img
}

// layout is a section with its dimensions.
type layout struct {
	title         string
	tiles         []Tile
	cell          image.Point // size of the largest tile with its frame and text
	rows, columns int
	side          int
}

// header returns the height of the title.
func (l layout) header() int {
	if l.title == "" {
		return 0
	}
	return line + gap/2
}

// scale returns the factor by which a tile is enlarged, and its enlarged size.
func (l layout) scale(t Tile) (factor int, size image.Point) {
	size = t.Picture.Bounds().Size()
	factor = max(1, l.side/max(1, size.X, size.Y))
	return factor, size.Mul(factor)
}

func arrange(p pen, s Section) layout {
	l := layout{title: s.Title, tiles: s.Tiles, side: s.Side}
	if len(s.Tiles) == 0 {
		return l
	}
	switch {
	case l.side == 0 && len(s.Tiles) == 1:
		l.side = loneSide
	case l.side == 0:
		l.side = tileSide
	}
	lines := 1
	for _, t := range s.Tiles {
		_, size := l.scale(t)
		l.cell.X = max(l.cell.X, size.X+2, min(labelWidth, max(p.width(t.Label), p.width(t.Note))))
		l.cell.Y = max(l.cell.Y, size.Y+2)
		if t.Note != "" {
			lines = 2
		}
	}
	l.cell.Y += lines * line
	if l.title != "" {
		size := s.Tiles[0].Picture.Bounds().Size()
		factor, _ := l.scale(s.Tiles[0])
		l.title += fmt.Sprintf(" (%d×%d pixels, each drawn %d×%d", size.Y, size.X, factor, factor)
		if most := max(1, sectionLimit/((l.cell.X+gap)*(l.cell.Y+gap))); most < len(l.tiles) {
			l.title += fmt.Sprintf("; the first %d of %d", most, len(l.tiles))
			l.tiles = l.tiles[:most]
		}
		l.title += ")"
	}
	l.columns = s.Columns
	if l.columns == 0 {
		l.columns = max(1, sheetWidth/(l.cell.X+gap))
	}
	l.columns = min(len(l.tiles), l.columns)
	l.rows = (len(l.tiles) + l.columns - 1) / l.columns
	return l
}

// tile draws a tile in a thin frame.
func (l layout) tile(p pen, dst *image.RGBA, at image.Point, t Tile) {
	_, size := l.scale(t)
	frame := image.Rectangle{at, at.Add(size).Add(image.Pt(2, 2))}
	draw.Draw(dst, frame, image.NewUniform(color.Gray{190}), image.Point{}, draw.Src)
	draw.NearestNeighbor.Scale(dst, frame.Inset(1), t.Picture, t.Picture.Bounds(), draw.Src, nil)
	p.write(dst, at.X, frame.Max.Y, p.cut(t.Label, l.cell.X), black)
	p.write(dst, at.X, frame.Max.Y+line, p.cut(t.Note, l.cell.X), grey)
}

// SignedLegend explains the colours of [Signed].
const SignedLegend = "white is 0, red positive, blue negative"

// Signed shows values of shape (height, width) by colour: 0 is white, limit and above
// dark red, −limit and below dark blue, NaN black. If limit is 0, all numbers are white.
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

// diverging returns a colour for t in [−1, 1], as dark for t as for −t.
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

// between interpolates equidistant colours at t in [0, 1].
func between(stops [][3]float64, t float64) color.RGBA {
	x := max(0, min(t, 1)) * float64(len(stops)-1)
	k := min(int(x), len(stops)-2)
	var c [3]uint8
	for m := range c {
		c[m] = uint8(math.Round(stops[k][m] + (x-float64(k))*(stops[k+1][m]-stops[k][m])))
	}
	return color.RGBA{c[0], c[1], c[2], 255}
}

// Largest returns the largest |v|.
func Largest(values []float32) float32 {
	if len(values) == 0 {
		return 0
	}
	return max(slices.Max(values), -slices.Min(values))
}

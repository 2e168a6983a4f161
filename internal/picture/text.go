package picture

// Text on a picture.

import (
	"image"
	"image/color"
	"image/draw"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// Measures of text in pixels.
const (
	textSize = 12
	line     = 16 // from a line to the next
	descent  = 4  // of a line, below its baseline
	gap      = 8  // between things
)

var black, grey = color.RGBA{0, 0, 0, 255}, color.RGBA{110, 110, 110, 255}

// goFont is the font that x/image brings with it.
var goFont = sync.OnceValue(func() *opentype.Font {
	f, err := opentype.Parse(goregular.TTF)
	if err != nil {
		panic(err) // it is part of the program
	}
	return f
})

// pen writes; one goroutine at a time may use it.
type pen struct{ face font.Face }

func newPen() pen {
	face, err := opentype.NewFace(goFont(), &opentype.FaceOptions{Size: textSize, DPI: 72, Hinting: font.HintingFull})
	if err != nil {
		panic(err) // the options are constants
	}
	return pen{face}
}

// width of a text in pixels.
func (p pen) width(text string) int { return font.MeasureString(p.face, text).Ceil() }

// widest of many.
func (p pen) widest(texts []string) int {
	w := 0
	for _, t := range texts {
		w = max(w, p.width(t))
	}
	return w
}

// cut shortens a text to at most so many pixels.
func (p pen) cut(text string, width int) string {
	if p.width(text) <= width {
		return text
	}
	runes := []rune(text)
	for len(runes) > 0 && p.width(string(runes)+"…") > width {
		runes = runes[:len(runes)-1]
	}
	return string(runes) + "…"
}

// write puts a text into the line whose upper left corner is (x, y).
func (p pen) write(dst draw.Image, x, y int, text string, c color.Color) {
	d := font.Drawer{Dst: dst, Src: image.NewUniform(c), Face: p.face, Dot: fixed.P(x, y+line-descent)}
	d.DrawString(text)
}

// writeUp puts a text that reads upwards into the column of a line's width whose
// lower left corner is (x, y).
func (p pen) writeUp(dst draw.Image, x, y int, text string, c color.Color) {
	across := canvas(p.width(text), line)
	p.write(across, 0, 0, text, c)
	for i := range across.Rect.Dx() {
		for j := range line {
			dst.Set(x+j, y-1-i, across.RGBAAt(i, j))
		}
	}
}

// canvas is a white picture.
func canvas(width, height int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.Draw(img, img.Rect, image.White, image.Point{}, draw.Src)
	return img
}

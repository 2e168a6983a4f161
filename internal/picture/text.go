package picture

// Text in a picture.

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

// Dimensions of text in pixels.
const (
	textSize = 12
	line     = 16 // from one line to the next
	descent  = 4  // of a line, below its baseline
	gap      = 8  // between elements
)

var black, grey = color.RGBA{0, 0, 0, 255}, color.RGBA{110, 110, 110, 255}

// goFont is the font included in x/image.
var goFont = sync.OnceValue(func() *opentype.Font {
	f, err := opentype.Parse(goregular.TTF)
	if err != nil {
		panic(err) // the font is embedded
	}
	return f
})

// pen writes text. One goroutine at a time may use it.
type pen struct{ face font.Face }

func newPen() pen {
	face, err := opentype.NewFace(goFont(), &opentype.FaceOptions{Size: textSize, DPI: 72, Hinting: font.HintingFull})
	if err != nil {
		panic(err) // the options are constants
	}
	return pen{face}
}

// width returns the width of a text in pixels.
func (p pen) width(text string) int { return font.MeasureString(p.face, text).Ceil() }

// widest returns the largest width of several texts.
func (p pen) widest(texts []string) int {
	w := 0
	for _, t := range texts {
		w = max(w, p.width(t))
	}
	return w
}

// cut shortens a text to at most the given number of pixels.
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

// write draws a text in the line whose upper left corner is (x, y).
func (p pen) write(dst draw.Image, x, y int, text string, c color.Color) {
	d := font.Drawer{Dst: dst, Src: image.NewUniform(c), Face: p.face, Dot: fixed.P(x, y+line-descent)}
	d.DrawString(text)
}

// writeUp draws a text that reads upwards, in the column whose lower left corner is
// (x, y).
func (p pen) writeUp(dst draw.Image, x, y int, text string, c color.Color) {
	across := canvas(p.width(text), line)
	p.write(across, 0, 0, text, c)
	for i := range across.Rect.Dx() {
		for j := range line {
			dst.Set(x+j, y-1-i, across.RGBAAt(i, j))
		}
	}
}

// canvas returns a white picture.
func canvas(width, height int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.Draw(img, img.Rect, image.White, image.Point{}, draw.Src)
	return img
}

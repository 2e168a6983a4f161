package picture

// Small tables of numbers, and functions of two variables, as colours.

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math"
)

// numberCell is the least side of a square with a number, in pixels.
const numberCell = 52

// Numbers draws values of shape (tables, height, width) as squares with their numbers, in the
// colours of [SignedLegend], darkest where a value is limit or more; the tables stand one below
// the other.
func Numbers(values []float64, height, width, tables int, limit float64) *image.RGBA {
	p := newPen()
	texts, side := make([]string, tables*height*width), numberCell
	for i := range texts {
		texts[i] = fmt.Sprintf("%.4g", values[i])
		side = max(side, p.width(texts[i])+6)
	}
	img := canvas(width*side, tables*height*side+(tables-1)*gap)
	for i, text := range texts {
		share := 0.0
		if limit > 0 {
			share = values[i] / limit
		}
		square := image.Rect(0, 0, side, side).Add(image.Pt(i%width*side, i/width*side+i/(width*height)*gap))
		draw.Draw(img, square, image.NewUniform(grid), image.Point{}, draw.Src)
		draw.Draw(img, square.Inset(1), image.NewUniform(diverging(share)), image.Point{}, draw.Src)
		c := black
		if math.Abs(share) > .6 {
			c = white
		}
		p.write(img, square.Min.X+(side-p.width(text))/2, square.Min.Y+(side-line)/2, text, c)
	}
	return img
}

// Magnitudes shows values of shape (height, width), 0 or more: 0 is white, limit and above dark
// blue, NaN black.
func Magnitudes(values []float64, height, width int, limit float64) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for i, v := range values[:height*width] {
		c := color.RGBA{A: 255}
		switch {
		case math.IsNaN(v):
		case limit > 0:
			c = between(blues, v/limit)
		default:
			c = white
		}
		img.SetRGBA(i%width, i/width, c)
	}
	return img
}

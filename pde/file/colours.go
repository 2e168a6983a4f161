package file

// The colours of a field, and their scale.

import (
	"fmt"
	"image"
	"image/color"
	"math"

	"golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
)

// viridisStops are ten colours at equal distances of viridis (Smith and van der Walt 2015,
// in the public domain), which rises evenly in lightness as people see it, also those who
// do not tell red from green, and so reads in grey.
var viridisStops = [...]uint32{0x440154, 0x482878, 0x3e4989, 0x31688e, 0x26828e, 0x1f9e89, 0x35b779, 0x6ece58, 0xb5de2b, 0xfde725}

// viridis is the colour for t in [0, 1]; other numbers, NaN too, are moved there.
func viridis(t float64) color.RGBA {
	if !(t >= 0) {
		t = 0
	}
	p := min(t, 1) * float64(len(viridisStops)-1)
	k := min(int(p), len(viridisStops)-2)
	from, to := viridisStops[k], viridisStops[k+1]
	channel := func(shift int) uint8 {
		a, b := float64(from>>shift&0xff), float64(to>>shift&0xff)
		return uint8(math.Round(a + (p-float64(k))*(b-a)))
	}
	return color.RGBA{channel(16), channel(8), channel(0), 255}
}

// withScale is a white page with room for a picture of this size at its top left corner,
// and beside it the colours from lo, at the bottom, to hi with five values.
func withScale(size image.Point, lo, hi float64) *image.RGBA {
	const margin, bar, tick, character, line, ticks = 12, 16, 4, 7, 13, 5
	labels := make([]string, ticks)
	longest := 0
	for n := range labels {
		t := float64(n) / (ticks - 1)
		labels[n] = fmt.Sprintf("%.4g", (1-t)*lo+t*hi)
		longest = max(longest, len(labels[n]))
	}
	left := size.X + margin
	height := max(size.Y, ticks*2*line)
	page := image.NewRGBA(image.Rect(0, 0, left+bar+2*tick+longest*character+margin, height))
	draw.Draw(page, page.Bounds(), image.White, image.Point{}, draw.Src)
	top, bottom := line/2, height-1-line/2
	for y := top; y <= bottom; y++ {
		c := viridis(float64(bottom-y) / float64(bottom-top))
		for x := left; x < left+bar; x++ {
			page.SetRGBA(x, y, c)
		}
	}
	write := font.Drawer{Dst: page, Src: image.Black, Face: basicfont.Face7x13}
	for n, label := range labels {
		y := bottom - n*(bottom-top)/(ticks-1)
		for x := left + bar; x < left+bar+tick; x++ {
			page.Set(x, y, color.Black)
		}
		write.Dot = fixed.P(left+bar+2*tick, y+4)
		write.DrawString(label)
	}
	return page
}

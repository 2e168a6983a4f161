package picture

// Rows of pixels from pictures of any kind.

import (
	"image"
	"image/color"
)

// scanline reads rows of a part of a picture, long ones in pieces.
type scanline struct {
	img  image.Image
	part image.Rectangle

	y      int // the current row
	first  int // where the current piece begins
	pieces []pixel
	piece  []pixel
}

// pieceLength bounds the memory for a row: 512 kB.
const pieceLength = 1 << 14

func newScanline(img image.Image, part image.Rectangle) *scanline {
	return &scanline{img: img, part: part, pieces: make([]pixel, min(part.Dx(), pieceLength))}
}

// begin moves to row y, counted from the part's top.
func (l *scanline) begin(y int) { l.y, l.piece = y, nil }

// from returns one or more pixels from x on, counted from the part's left.
func (l *scanline) from(x int) []pixel {
	if x < l.first || x >= l.first+len(l.piece) {
		l.first, l.piece = x, l.pieces[:min(len(l.pieces), l.part.Dx()-x)]
		if len(l.pieces) == l.part.Dx() { // the whole row fits
			l.first, l.piece = 0, l.pieces
		}
		l.read(l.part.Min.X+l.first, l.part.Min.Y+l.y)
	}
	return l.piece[x-l.first:]
}

// read fills the piece that begins at pixel (x, y).
func (l *scanline) read(x, y int) {
	switch img := l.img.(type) {
	case *image.Gray:
		for k, v := range img.Pix[img.PixOffset(x, y):][:len(l.piece)] {
			g := float64(uint32(v) * 0x101)
			l.piece[k] = pixel{g, g, g, 0xffff}
		}
	case *image.YCbCr:
		row := img.Y[img.YOffset(x, y):][:len(l.piece)]
		for k, v := range row {
			c := img.COffset(x+k, y)
			r, g, b, _ := color.YCbCr{Y: v, Cb: img.Cb[c], Cr: img.Cr[c]}.RGBA()
			l.piece[k] = pixel{float64(r), float64(g), float64(b), 0xffff}
		}
	case *image.NRGBA:
		pix := img.Pix[img.PixOffset(x, y):]
		for k := range l.piece {
			p := pix[4*k : 4*k+4]
			a := uint32(p[3]) * 0x101
			l.piece[k] = pixel{float64(uint32(p[0]) * a / 0xff), float64(uint32(p[1]) * a / 0xff), float64(uint32(p[2]) * a / 0xff), float64(a)}
		}
	case *image.RGBA:
		pix := img.Pix[img.PixOffset(x, y):]
		for k := range l.piece {
			p := pix[4*k : 4*k+4]
			l.piece[k] = pixel{float64(uint32(p[0]) * 0x101), float64(uint32(p[1]) * 0x101), float64(uint32(p[2]) * 0x101), float64(uint32(p[3]) * 0x101)}
		}
	default:
		for k := range l.piece {
			c := pixelAt(img, x+k, y)
			l.piece[k] = pixel{float64(c.R), float64(c.G), float64(c.B), float64(c.A)}
		}
	}
}

// pixelAt returns a pixel; for the standard image types it allocates nothing.
func pixelAt(img image.Image, x, y int) color.RGBA64 {
	for {
		t, ok := img.(*turned)
		if !ok {
			break
		}
		x, y = t.place(x, y)
		img = t.source
	}
	if img, ok := img.(image.RGBA64Image); ok {
		return img.RGBA64At(x, y)
	}
	r, g, b, a := img.At(x, y).RGBA()
	return color.RGBA64{R: uint16(r), G: uint16(g), B: uint16(b), A: uint16(a)}
}

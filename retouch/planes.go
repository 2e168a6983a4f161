package retouch

// Pictures as planes of numbers.

import (
	"fmt"
	"image"
	"image/color"
	"math"

	"mgtool/internal/parallel"
)

// planes is a picture: one value of 16 bits a pixel, x fastest, for each channel, grey or
// red, green and blue, not multiplied by alpha.
type planes struct {
	width, height int
	channels      [][]uint16
	alpha         []uint16 // nil if the picture is opaque
	deep          bool     // 16 bits count, not 8
}

// planesOf takes a picture apart.
func planesOf(img image.Image) *planes {
	b := img.Bounds()
	p := &planes{width: b.Dx(), height: b.Dy()}
	count := 3
	switch img.ColorModel() {
	case color.Gray16Model:
		count, p.deep = 1, true
	case color.GrayModel:
		count = 1
	case color.RGBA64Model, color.NRGBA64Model:
		p.deep = true
	}
	for range count {
		p.channels = append(p.channels, make([]uint16, p.width*p.height))
	}
	if o, ok := img.(interface{ Opaque() bool }); count == 3 && !(ok && o.Opaque()) {
		p.alpha = make([]uint16, p.width*p.height)
	}
	parallel.For(p.height, 1+1<<12/max(1, p.width), func(lo, hi int) {
		for y := lo; y < hi; y++ {
			p.read(img, b.Min, y)
		}
	})
	return p
}

// read takes a row of a picture.
func (p *planes) read(img image.Image, origin image.Point, y int) {
	for x := range p.width {
		n := y*p.width + x
		at := origin.Add(image.Pt(x, y))
		if len(p.channels) == 1 {
			switch img := img.(type) {
			case *image.Gray:
				p.channels[0][n] = uint16(img.GrayAt(at.X, at.Y).Y) * 0x101
			case *image.Gray16:
				p.channels[0][n] = img.Gray16At(at.X, at.Y).Y
			default:
				p.channels[0][n] = color.Gray16Model.Convert(img.At(at.X, at.Y)).(color.Gray16).Y
			}
			continue
		}
		var c color.NRGBA64
		switch img := img.(type) {
		case *image.NRGBA:
			c = wide(img.NRGBAAt(at.X, at.Y))
		case *image.NRGBA64:
			c = img.NRGBA64At(at.X, at.Y)
		case *image.YCbCr:
			r, g, b, _ := img.YCbCrAt(at.X, at.Y).RGBA()
			c = color.NRGBA64{uint16(r), uint16(g), uint16(b), 0xffff}
		case image.RGBA64Image:
			c = straight(img.RGBA64At(at.X, at.Y))
		default:
			switch v := img.At(at.X, at.Y).(type) {
			case color.NRGBA:
				c = wide(v)
			case color.NRGBA64:
				c = v
			default:
				c = color.NRGBA64Model.Convert(v).(color.NRGBA64)
			}
		}
		p.channels[0][n], p.channels[1][n], p.channels[2][n] = c.R, c.G, c.B
		if p.alpha != nil {
			p.alpha[n] = c.A
		}
	}
}

// wide is a colour of 8 bits in 16.
func wide(c color.NRGBA) color.NRGBA64 {
	return color.NRGBA64{uint16(c.R) * 0x101, uint16(c.G) * 0x101, uint16(c.B) * 0x101, uint16(c.A) * 0x101}
}

// straight undoes the multiplication by alpha.
func straight(c color.RGBA64) color.NRGBA64 {
	if c.A == 0xffff {
		return color.NRGBA64(c)
	}
	return color.NRGBA64Model.Convert(c).(color.NRGBA64)
}

// image puts the picture together again.
func (p *planes) image() image.Image {
	box := image.Rect(0, 0, p.width, p.height)
	put := func(pix []uint8, channels ...[]uint16) {
		parallel.For(p.height, 1+1<<14/max(1, p.width), func(lo, hi int) {
			for c, from := range channels {
				for n := lo * p.width; n < hi*p.width; n++ {
					v := uint16(0xffff)
					if from != nil {
						v = from[n]
					}
					if at := n*len(channels) + c; p.deep {
						pix[2*at], pix[2*at+1] = uint8(v>>8), uint8(v)
					} else {
						pix[at] = uint8(math.Round(float64(v) / 0x101))
					}
				}
			}
		})
	}
	switch {
	case len(p.channels) == 1 && p.deep:
		img := image.NewGray16(box)
		put(img.Pix, p.channels[0])
		return img
	case len(p.channels) == 1:
		img := image.NewGray(box)
		put(img.Pix, p.channels[0])
		return img
	case p.deep:
		img := image.NewNRGBA64(box)
		put(img.Pix, p.channels[0], p.channels[1], p.channels[2], p.alpha)
		return img
	}
	img := image.NewNRGBA(box)
	put(img.Pix, p.channels[0], p.channels[1], p.channels[2], p.alpha)
	return img
}

// withChannels is the picture with one or three channels: colours become their luminance.
func (p *planes) withChannels(count int) *planes {
	q := *p
	switch {
	case count == 3 && len(p.channels) == 1:
		q.channels = [][]uint16{p.channels[0], p.channels[0], p.channels[0]}
	case count == 1 && len(p.channels) == 3:
		grey := make([]uint16, p.width*p.height)
		for n := range grey {
			grey[n] = color.Gray16Model.Convert(color.RGBA64{p.channels[0][n], p.channels[1][n], p.channels[2][n], 0xffff}).(color.Gray16).Y
		}
		q.channels = [][]uint16{grey}
	}
	return &q
}

// mask is a mask for the picture; nil is all of it.
func (p *planes) mask(img image.Image) ([]bool, error) {
	if img == nil {
		in := make([]bool, p.width*p.height)
		for n := range in {
			in[n] = true
		}
		return in, nil
	}
	if img.Bounds().Dx() != p.width || img.Bounds().Dy() != p.height {
		return nil, fmt.Errorf("retouch: a mask of %v for a picture of %d×%d pixels; want the same size", sizeOf(img), p.width, p.height)
	}
	return maskOf(img), nil
}

// maskOf tells which pixels of a picture are lighter than half; transparent ones are not.
func maskOf(img image.Image) []bool {
	p := planesOf(img).withChannels(1)
	in := make([]bool, p.width*p.height)
	for n, v := range p.channels[0] {
		in[n] = v > 0x7fff && (p.alpha == nil || p.alpha[n] > 0x7fff)
	}
	return in
}

func sizeOf(img image.Image) string {
	return fmt.Sprintf("%d×%d", img.Bounds().Dx(), img.Bounds().Dy())
}

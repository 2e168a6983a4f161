package picture

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"golang.org/x/image/draw"
)

// noise fills a picture of any kind with colours.
func noise(r *rand.Rand, bounds image.Rectangle) []image.Image {
	byteOf := func(pix []uint8) {
		for i := range pix {
			pix[i] = uint8(r.Uint32())
		}
	}
	grey, grey16, nrgba, rgba64 := image.NewGray(bounds), image.NewGray16(bounds), image.NewNRGBA(bounds), image.NewNRGBA64(bounds)
	rgba, cmyk := image.NewRGBA(bounds), image.NewCMYK(bounds)
	pal := image.NewPaletted(bounds, color.Palette{color.Black, color.NRGBA{200, 10, 50, 90}, color.Transparent, color.White})
	for _, pix := range [][]uint8{grey.Pix, grey16.Pix, nrgba.Pix, rgba64.Pix, cmyk.Pix, pal.Pix} {
		byteOf(pix)
	}
	for i := range pal.Pix {
		pal.Pix[i] %= 4
	}
	draw.Draw(rgba, bounds, nrgba, bounds.Min, draw.Src)
	all := []image.Image{grey, grey16, nrgba, rgba64, rgba, cmyk, pal}
	for _, ratio := range []image.YCbCrSubsampleRatio{image.YCbCrSubsampleRatio444, image.YCbCrSubsampleRatio422, image.YCbCrSubsampleRatio420, image.YCbCrSubsampleRatio440, image.YCbCrSubsampleRatio411} {
		p := image.NewNYCbCrA(bounds, ratio)
		byteOf(p.Y)
		byteOf(p.Cb)
		byteOf(p.Cr)
		byteOf(p.A)
		all = append(all, &p.YCbCr, p)
	}
	return all
}

// resampled collects what Resample makes, each pixel once.
func resampled(t testing.TB, img image.Image, part image.Rectangle, w, h int) *image.RGBA64 {
	t.Helper()
	got := image.NewRGBA64(image.Rect(0, 0, w, h))
	seen := make([]bool, w*h)
	Resample(img, part, w, h, func(x, y int, c color.RGBA64) {
		if seen[y*w+x] {
			t.Errorf("pixel (%d, %d) twice", x, y)
		}
		seen[y*w+x] = true
		got.SetRGBA64(x, y, c)
	})
	for i, s := range seen {
		if !s {
			t.Fatalf("pixel %d of %d x %d is missing", i, w, h)
		}
	}
	return got
}

// Pictures of ordinary shapes, of every kind, have the bits that x/image gives them:
// networks were trained on these.
func TestResampleKeepsBits(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 60 {
		bounds := image.Rect(3, 5, 3+1+r.IntN(40), 5+1+r.IntN(40))
		w, h := 1+r.IntN(30), 1+r.IntN(30)
		part := bounds
		if r.IntN(2) == 0 && bounds.Dx() > 2 && bounds.Dy() > 2 {
			part = image.Rect(bounds.Min.X+1, bounds.Min.Y+2, bounds.Max.X-1, bounds.Max.Y)
		}
		a, d := newAxis(part.Dx(), w), newAxis(part.Dy(), h)
		if 4*(d.cost()*part.Dx()+h*a.cost()) < a.cost()*part.Dy()+w*d.cost() {
			continue // long and thin
		}
		for _, img := range noise(r, bounds) {
			want := image.NewRGBA64(image.Rect(0, 0, w, h))
			draw.CatmullRom.Scale(want, want.Rect, img, part, draw.Src, nil)
			got := resampled(t, img, part, w, h)
			for i := range want.Pix {
				if got.Pix[i] != want.Pix[i] {
					t.Fatalf("%T %v to %d x %d: byte %d is %d, want %d", img, part, w, h, i, got.Pix[i], want.Pix[i])
				}
			}
		}
	}
}

// Wherever weights are recomputed, rows come in pieces or columns go first, the
// result is that of x/image to a unit in 16 bits.
func TestResampleLong(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, c := range []struct{ from, to image.Point }{
		{image.Pt(100_000, 2), image.Pt(9, 2)}, {image.Pt(2, 100_000), image.Pt(9, 9)}, {image.Pt(1, 40_000), image.Pt(65, 65)},
		{image.Pt(40_000, 1), image.Pt(65, 65)}, {image.Pt(17_000, 3), image.Pt(17_001, 3)}, {image.Pt(3, 17_000), image.Pt(40, 4)},
	} {
		img := image.NewNRGBA(image.Rectangle{Max: c.from})
		for i := range img.Pix {
			img.Pix[i] = uint8(r.Uint32())
		}
		want := image.NewRGBA64(image.Rectangle{Max: c.to})
		draw.CatmullRom.Scale(want, want.Rect, img, img.Rect, draw.Src, nil)
		got := resampled(t, img, img.Rect, c.to.X, c.to.Y)
		for y := range c.to.Y {
			for x := range c.to.X {
				g, w := got.RGBA64At(x, y), want.RGBA64At(x, y)
				for _, d := range []int{int(g.R) - int(w.R), int(g.G) - int(w.G), int(g.B) - int(w.B), int(g.A) - int(w.A)} {
					// The clamping of colours to alpha does not commute with the order.
					if max(d, -d) > 1 && w.A == 0xffff && g.A == 0xffff {
						t.Fatalf("%v to %v: (%d, %d) is %v, want %v", c.from, c.to, x, y, g, w)
					}
				}
			}
		}
	}
}

// flat is a picture of any size in no memory.
type flat struct{ size image.Point }

func (f flat) ColorModel() color.Model        { return color.RGBA64Model }
func (f flat) Bounds() image.Rectangle        { return image.Rectangle{Max: f.size} }
func (f flat) At(x, y int) color.Color        { return f.RGBA64At(x, y) }
func (f flat) RGBA64At(_, _ int) color.RGBA64 { return color.RGBA64{0x8000, 0x4000, 0x2000, 0xffff} }

// The memory of a resampling is that of some rows and columns of the result and a
// piece of a row, whatever the shape.
func TestResampleMemory(t *testing.T) {
	for _, c := range []struct{ from, to image.Point }{
		{image.Pt(1, 3_000_000), image.Pt(257, 257)}, {image.Pt(3_000_000, 1), image.Pt(257, 257)},
		{image.Pt(3, 200_000), image.Pt(1025, 1025)}, {image.Pt(1, 1), image.Pt(1500, 1500)}, {image.Pt(2_000_000, 2), image.Pt(3, 3)},
	} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			Resample(flat{c.from}, image.Rectangle{Max: c.from}, c.to.X, c.to.Y, func(x, y int, p color.RGBA64) {
				if math.Abs(float64(p.R)-0x8000) > 1 || math.Abs(float64(p.B)-0x2000) > 1 || p.A != 0xffff {
					t.Fatalf("(%d, %d) is %v", x, y, p)
				}
			})
			runtime.ReadMemStats(&after)
			// All that was allocated, garbage too.
			if got, most := int(after.TotalAlloc-before.TotalAlloc), 32*pieceLength+20*32*max(c.to.X, c.to.Y)+8*2*(1<<18); got > most {
				t.Errorf("%d bytes, want at most %d", got, most)
			}
		})
	}
}

func BenchmarkResample(b *testing.B) {
	img := noise(rand.New(rand.NewPCG(1, 1)), image.Rect(0, 0, 500, 375))[10+1]
	b.Run("ours", func(b *testing.B) {
		for b.Loop() {
			Resample(img, img.Bounds(), 64, 64, func(int, int, color.RGBA64) {})
		}
	})
	b.Run("x/image", func(b *testing.B) {
		for b.Loop() {
			dst := image.NewRGBA(image.Rect(0, 0, 64, 64))
			draw.CatmullRom.Scale(dst, dst.Rect, img, img.Bounds(), draw.Over, nil)
		}
	})
}

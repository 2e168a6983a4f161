package picture

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"image"
	"image/color"
	"slices"
	"strings"
	"testing"
)

// Chunks of a 4 x 2 picture: red, but for a transparent corner. They are what libwebp makes.
const (
	webpStill = "5650384c140000002f034000100f301e833c28f31ff0b8c34344ff43"
	webpAlpha = "414c5048090000000000ffffffffffffff0056503820340000001002009d012a0400020000000025a00274ba01f801fa0003c800feff2ea9fff35cee42237fe6bb7ffee74259b1a2d7ffb9840000"
)

// animation is a WebP of so many pixels, whose first frame stands at 2·(x, y) and says
// that it has w x h pixels.
func animation(t testing.TB, width, height, x, y, w, h int, frame string) []byte {
	t.Helper()
	pixels, err := hex.DecodeString(frame)
	if err != nil {
		t.Fatal(err)
	}
	three := func(n int) []byte { return []byte{byte(n), byte(n >> 8), byte(n >> 16)} }
	chunk := func(name string, parts ...[]byte) []byte {
		content := slices.Concat(parts...)
		return append(binary.LittleEndian.AppendUint32([]byte(name), uint32(len(content))), content...)
	}
	one := chunk("ANMF", three(x), three(y), three(w-1), three(h-1), three(100), []byte{2}, pixels)
	return chunk("RIFF", []byte("WEBP"), chunk("VP8X", []byte{2 | 16, 0, 0, 0}, three(width-1), three(height-1)),
		chunk("ANIM", make([]byte, 6)), one, one)
}

// Of an animation the first frame is read, on the canvas of the file.
func TestAnimatedWebP(t *testing.T) {
	for _, frame := range []string{webpStill, webpAlpha} {
		for _, at := range []image.Point{{}, {1, 2}} {
			width, height := 4+4*at.X, 2+3*at.Y // the frame's own, or more
			img, err := Read(bytes.NewReader(animation(t, width, height, at.X, at.Y, 4, 2, frame)), "a.webp")
			if err != nil {
				t.Fatal(err)
			}
			if got := img.Bounds(); got != image.Rect(0, 0, width, height) {
				t.Fatalf("it has %v; want the canvas, %d x %d", got, width, height)
			}
			for y := range height {
				for x := range width {
					here := image.Pt(x, y).Sub(at.Mul(2))
					red := here.In(image.Rect(0, 0, 4, 2)) && here != image.Point{}
					c := color.NRGBAModel.Convert(img.At(x, y)).(color.NRGBA)
					if red != (c.A == 255) || red && (c.R < 150 || c.G > 90) {
						t.Fatalf("pixel (%d, %d) of a frame at %v is %v", x, y, at.Mul(2), c)
					}
				}
			}
		}
	}
}

// What an animation says of itself is not believed.
func TestHostileAnimation(t *testing.T) {
	whole := animation(t, 4, 2, 0, 0, 4, 2, webpStill)
	for name, file := range map[string][]byte{
		"a frame beyond the canvas":        animation(t, 4, 2, 1, 0, 4, 2, webpStill),
		"a frame that says it is larger":   animation(t, 4000, 4000, 0, 0, 4000, 4000, webpStill),
		"a frame with alpha that is short": animation(t, 4000, 4000, 0, 0, 4000, 4000, webpAlpha),
		"no frame":                         whole[:44],
		"a frame without pixels":           animation(t, 4, 2, 0, 0, 4, 2, ""),
		"a frame that is cut short":        whole[:70],
	} {
		if _, err := Read(bytes.NewReader(file), "a.webp"); err == nil || !strings.Contains(err.Error(), "a.webp is damaged") {
			t.Errorf("%s: %v; want an error", name, err)
		}
	}
	// 3 bytes a pixel, or 4 with alpha, and 4 of the canvas.
	if _, err := Read(bytes.NewReader(animation(t, 15000, 15000, 0, 0, 4, 2, webpStill)), "a.webp"); err == nil || !strings.Contains(err.Error(), "GB to decode") {
		t.Errorf("a canvas of 225 million pixels: %v; want it refused", err)
	}
}

package tool

import (
	"context"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// writePicture writes a picture as PNG and returns its name.
func writePicture(t *testing.T, name string, img image.Image) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, img); err != nil {
		t.Fatal(err)
	}
	return path
}

func readPicture(t *testing.T, path string) image.Image {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// A hole in a ramp of 16 bits is filled by the ramp, in a file of 16 bits.
func TestInpaintFile(t *testing.T) {
	const w, h = 40, 30
	picture, mask := image.NewGray16(image.Rect(0, 0, w, h)), image.NewGray(image.Rect(0, 0, w, h))
	want := func(x, y int) uint16 { return uint16(500*x + 1001*y + 7) }
	for y := range h {
		for x := range w {
			picture.SetGray16(x, y, color.Gray16{Y: want(x, y)})
			if x > 5 && y > 5 && x < 30 && y < 20 {
				picture.SetGray16(x, y, color.Gray16{})
				mask.SetGray(x, y, color.Gray{Y: 255})
			}
		}
	}
	out := filepath.Join(t.TempDir(), "out.png")
	e := DefaultRetouch("inpaint")
	e.Picture, e.Mask, e.Out = writePicture(t, "a.png", picture), writePicture(t, "m.png", mask), out
	r, err := e.Run(context.Background(), Reporter{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Pixels != 24*14 || r.Channels != 1 || r.Size != image.Pt(w, h) || !(r.Precision > 0 && r.Precision < .5/0xffff) {
		t.Errorf("the report is %+v", *r.Report)
	}
	got, ok := readPicture(t, out).(*image.Gray16)
	if !ok {
		t.Fatalf("the result is a %T", readPicture(t, out))
	}
	for y := range h {
		for x := range w {
			if got.Gray16At(x, y).Y != want(x, y) {
				t.Fatalf("pixel %d, %d is %d; want %d", x, y, got.Gray16At(x, y).Y, want(x, y))
			}
		}
	}
}

// A photograph that is stored on its side is edited as a viewer shows it, and so are its
// mask and its source.
func TestEditsUpright(t *testing.T) {
	const w, h = 24, 16
	sideways := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			sideways.SetGray(x, y, color.Gray{Y: uint8(10 * x)})
		}
	}
	path := filepath.Join(t.TempDir(), "photo.jpg")
	var file strings.Builder
	if err := jpeg.Encode(&file, sideways, &jpeg.Options{Quality: 100}); err != nil {
		t.Fatal(err)
	}
	// An EXIF segment after the start of the image: orientation 6, turn clockwise.
	exif := "\xff\xe1\x00\x22Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00"
	data := file.String()[:2] + exif + file.String()[2:]
	if err := os.WriteFile(path, []byte(data), 0o666); err != nil {
		t.Fatal(err)
	}
	mask := image.NewGray(image.Rect(0, 0, h, w)) // upright
	mask.SetGray(5, 7, color.Gray{Y: 255})
	out := filepath.Join(t.TempDir(), "out.png")
	e := DefaultRetouch("inpaint")
	e.Picture, e.Mask, e.Out = path, writePicture(t, "m.png", mask), out
	if _, err := e.Run(context.Background(), Reporter{}); err != nil {
		t.Fatal(err)
	}
	got := readPicture(t, out)
	if got.Bounds().Dx() != h || got.Bounds().Dy() != w {
		t.Fatalf("the result is %v; want it upright, %d×%d", got.Bounds(), h, w)
	}
	for y := range w { // dark at the top: the left side as stored
		if v := got.(*image.Gray).GrayAt(3, y).Y; v+3 < uint8(10*y) || v > uint8(10*y)+3 {
			t.Fatalf("row %d is %d; want about %d", y, v, 10*y)
		}
	}
}

// Requests that cannot be met are mistakes of use, named before the work, and leave no file.
func TestRetouchRefuses(t *testing.T) {
	small, large := writePicture(t, "s.png", image.NewGray(image.Rect(0, 0, 4, 4))), writePicture(t, "l.png", image.NewGray(image.Rect(0, 0, 9, 9)))
	dir := t.TempDir()
	out := filepath.Join(dir, "out.png")
	for want, e := range map[string]Retouch{
		"no --out":        {Edit: "flatten", Picture: small},
		"ending in .png":  {Edit: "flatten", Picture: small, Out: out + ".jpg"},
		"no --source":     {Edit: "clone", Picture: small, Out: out},
		"no --mask":       {Edit: "inpaint", Picture: small, Out: out},
		"4×4":             {Edit: "inpaint", Picture: small, Mask: large, Out: out},
		"no pixel":        {Edit: "inpaint", Picture: small, Mask: small, Out: out},
		"threshold 2":     {Edit: "flatten", Picture: small, Threshold: 2, Out: out},
		"want clone, inp": {Edit: "blur", Picture: small, Out: out},
	} {
		_, err := e.Run(context.Background(), Reporter{})
		var usage *UsageError
		if err == nil || !strings.Contains(err.Error(), want) || !errors.As(err, &usage) {
			t.Errorf("%v; want a mistake of use with %q", err, want)
		}
	}
	if _, err := (Retouch{Edit: "flatten", Picture: "missing.png", Out: out}).Run(context.Background(), Reporter{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing picture: %v", err)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("files are left: %v", left)
	}
}

// The pictures of docs/images.md are what its commands make of testdata, but for roundings
// that fall the other way elsewhere.
func TestDocumentedPictures(t *testing.T) {
	data := func(name string) string { return filepath.Join("..", "testdata", name) }
	for name, e := range map[string]Retouch{
		"third-eye.png": {Edit: "clone", Picture: data("cat.png"), Source: data("cat.png"), Mask: data("eye.png"), X: 77, Y: -72},
		"healed.png":    {Edit: "inpaint", Picture: data("scratched.jpg"), Mask: data("scratches.png")},
		"flat.png":      {Edit: "flatten", Picture: data("cat.png"), Threshold: .03},
	} {
		e.Out = filepath.Join(t.TempDir(), name)
		if _, err := e.Run(context.Background(), Reporter{}); err != nil {
			t.Fatal(err)
		}
		got, want := readPicture(t, e.Out), readPicture(t, filepath.Join("..", "docs", "pictures", name))
		if got.Bounds() != want.Bounds() {
			t.Fatalf("%s is %v; want %v", name, got.Bounds(), want.Bounds())
		}
		far := 0
		for y := range want.Bounds().Dy() {
			for x := range want.Bounds().Dx() {
				r, g, b, _ := got.At(x, y).RGBA()
				r2, g2, b2, _ := want.At(x, y).RGBA()
				for _, d := range []int{int(r) - int(r2), int(g) - int(g2), int(b) - int(b2)} {
					if d > 0x101 || d < -0x101 {
						far++
					}
				}
			}
		}
		if far > 0 {
			t.Errorf("%s: %d values are off by more than a step of 8 bits", name, far)
		}
	}
}

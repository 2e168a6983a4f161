package vision

// Tests of ReadPicture on small pictures made here.

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io/fs"
	"math"
	"path/filepath"
	"slices"
	"testing"
)

// pngOf packs a picture.
func pngOf(t testing.TB, p image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// filled is a picture of one colour.
func filled(w, h int, c color.Color) *image.NRGBA {
	p := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			p.Set(x, y, c)
		}
	}
	return p
}

// A picture that has the right size already comes back byte for byte.
func TestReadPictureExact(t *testing.T) {
	for _, channels := range []int{1, 3} {
		d := tiny(2, 28, 20, channels)
		path := filepath.Join(writeAll(t, map[string][]byte{"p": pngOf(t, d.Picture(1))}), "p")
		got, err := ReadPicture(path, 28, 20, channels)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, d.Image(1)) {
			t.Errorf("%d channels: the bytes differ", channels)
		}
	}
}

// One colour stays that colour at any size; grey is 0.299 R + 0.587 G + 0.114 B.
func TestReadPictureColour(t *testing.T) {
	p := filled(100, 60, color.NRGBA{200, 100, 50, 255})
	var j bytes.Buffer
	if err := jpeg.Encode(&j, p, &jpeg.Options{Quality: 100}); err != nil {
		t.Fatal(err)
	}
	dir := writeAll(t, map[string][]byte{"a.png": pngOf(t, p), "a.jpg": j.Bytes(),
		"clear.png": pngOf(t, filled(9, 9, color.NRGBA{255, 255, 255, 0})),
		"half.png":  pngOf(t, filled(9, 9, color.NRGBA{255, 255, 255, 128}))})
	for _, c := range []struct {
		file      string
		channels  int
		want      []uint8
		tolerance int
	}{
		{"a.png", 3, []uint8{200, 100, 50}, 1},
		{"a.png", 1, []uint8{124}, 1}, // 59.8 + 58.7 + 5.7 = 124.2
		{"a.jpg", 3, []uint8{200, 100, 50}, 3},
		{"clear.png", 3, []uint8{0, 0, 0}, 0},
		{"half.png", 1, []uint8{128}, 1},
	} {
		got, err := ReadPicture(filepath.Join(dir, c.file), 8, 32, c.channels)
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != 8*32*c.channels {
			t.Fatalf("%s: %d bytes", c.file, len(got))
		}
		for i, v := range got {
			if diff := int(v) - int(c.want[i%c.channels]); max(diff, -diff) > c.tolerance {
				t.Fatalf("%s, %d channels, byte %d: %d, want %d", c.file, c.channels, i, v, c.want[i%c.channels])
			}
		}
	}
}

// A wide picture is cut to its centre, not squeezed: what lies outside of the
// centre is not seen, and a frame inside it stays in place.
func TestReadPictureCentre(t *testing.T) {
	p := filled(40, 20, color.Gray{255})
	for y := range 20 {
		for x := 10; x < 30; x++ {
			p.Set(x, y, color.Gray{0})
		}
	}
	for x := 10; x < 20; x++ {
		p.Set(x, 0, color.Gray{200})
	}
	dir := writeAll(t, map[string][]byte{"wide": pngOf(t, p)})
	got, err := ReadPicture(filepath.Join(dir, "wide"), 20, 20, 1)
	if err != nil {
		t.Fatal(err)
	}
	want := make([]uint8, 400)
	for x := range 10 {
		want[x] = 200
	}
	if !slices.Equal(got, want) {
		t.Errorf("first row %v, want ten 200 and ten 0; all else 0", got[:20])
	}
	for _, c := range []struct {
		w, h, height, width int
		want                image.Rectangle
	}{
		{40, 20, 5, 5, image.Rect(10, 0, 30, 20)},
		{20, 40, 5, 5, image.Rect(0, 10, 20, 30)},
		{1, 1000, 1, 1000, image.Rect(0, 499, 1, 500)},
		{1000, 1, 1000, 1, image.Rect(499, 0, 500, 1)},
	} {
		if got := centre(image.Rect(0, 0, c.w, c.h), c.height, c.width); got != c.want {
			t.Errorf("centre of %d x %d for %d x %d: %v, want %v", c.w, c.h, c.width, c.height, got, c.want)
		}
	}
}

func TestReadPictureErrors(t *testing.T) {
	good := pngOf(t, filled(30, 30, color.Gray{7}))
	huge := slices.Clone(good) // a right header that claims 8001 x 8000 pixels
	binary.BigEndian.PutUint32(huge[16:], 8001)
	binary.BigEndian.PutUint32(huge[20:], 8000)
	binary.BigEndian.PutUint32(huge[29:], crc32.ChecksumIEEE(huge[12:29]))
	dir := writeAll(t, map[string][]byte{
		"good": good, "huge": huge, "text": []byte("not a picture"), "empty": nil,
		"cut": good[:len(good)-20], "head": good[:20], "folder/x": nil,
	})
	for file, want := range map[string]string{
		"huge": "8001 x 8000", "text": "not a PNG or JPEG", "empty": "not a PNG or JPEG",
		"cut": "damaged", "head": "EOF", "folder": "directory", "none": "no such file",
	} {
		_, err := ReadPicture(filepath.Join(dir, file), 28, 28, 1)
		wantError(t, err, file, want)
		if missing := file == "none"; errors.Is(err, fs.ErrNotExist) != missing {
			t.Errorf("%s: is fs.ErrNotExist: %v", file, !missing)
		}
	}
	for _, c := range [][3]int{{0, 28, 1}, {28, -1, 1}, {8001, 8000, 1}, {math.MaxInt, 4, 1}} {
		_, err := ReadPicture(filepath.Join(dir, "good"), c[0], c[1], c[2])
		wantError(t, err, "wanted", "64000000")
	}
	_, err := ReadPicture(filepath.Join(dir, "good"), 28, 28, 4)
	wantError(t, err, "4 channels", "1 (grey) or 3")
}

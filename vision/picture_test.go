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
	huge := slices.Clone(good) // a right header that claims 16001 x 16000 pixels
	binary.BigEndian.PutUint32(huge[16:], 16001)
	binary.BigEndian.PutUint32(huge[20:], 16000)
	binary.BigEndian.PutUint32(huge[29:], crc32.ChecksumIEEE(huge[12:29]))
	dir := writeAll(t, map[string][]byte{
		"good": good, "huge": huge, "text": []byte("not a picture"), "empty": nil,
		"cut": good[:len(good)-20], "head": good[:20], "folder/x": nil,
	})
	for file, want := range map[string]string{
		"huge": "16001 x 16000", "text": "not a PNG, JPEG", "empty": "is empty",
		"cut": "damaged", "head": "EOF", "folder": "directory", "none": "no such file",
	} {
		_, err := ReadPicture(filepath.Join(dir, file), 28, 28, 1)
		wantError(t, err, file, want)
		if missing := file == "none"; errors.Is(err, fs.ErrNotExist) != missing {
			t.Errorf("%s: is fs.ErrNotExist: %v", file, !missing)
		}
	}
	for _, c := range [][3]int{{0, 28, 1}, {28, -1, 1}, {16001, 16000, 1}, {math.MaxInt, 4, 1}} {
		_, err := ReadPicture(filepath.Join(dir, "good"), c[0], c[1], c[2])
		wantError(t, err, "wanted", "250000000")
	}
	_, err := ReadPicture(filepath.Join(dir, "good"), 28, 28, 4)
	wantError(t, err, "4 channels", "1 (grey) or 3")
}

// turnedJPEG is a JPEG of 16 x 32 pixels, white below and black above, stored as a camera
// does that is turned by 90°: 32 x 16 with the tag 6.
func turnedJPEG(t testing.TB) []byte {
	t.Helper()
	p := image.NewGray(image.Rect(0, 0, 32, 16))
	for y := range 16 {
		for x := 16; x < 32; x++ { // the right of what is stored is the bottom
			p.SetGray(x, y, color.Gray{255})
		}
	}
	file := jpegOf(t, p)
	exif := "\xff\xe1\x00\x22Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00"
	return slices.Concat(file[:2], []byte(exif), file[2:])
}

// Pictures are upright wherever they are read: the result is that of one that was
// never turned, to the bit.
func TestReadUpright(t *testing.T) {
	file := turnedJPEG(t)
	dir := writeAll(t, map[string][]byte{"p.jpg": file, "f/train/a/1": file, "f/train/b/1": file, "f/test/a/1": file})
	path := filepath.Join(dir, "p.jpg")
	upright := make([]uint8, 32*16)
	for i := 16 * 16; i < len(upright); i++ {
		upright[i] = 255
	}
	got, err := ReadPicture(path, 32, 16, 1)
	if err != nil || !bytes.Equal(got, upright) {
		t.Errorf("ReadPicture: error %v, first and last row %v, %v", err, got[:3], got[31*16:][:3])
	}
	if got, err = DecodePicture(bytes.NewReader(file), "standard input", 32, 16, 1); err != nil || !bytes.Equal(got, upright) {
		t.Errorf("DecodePicture: error %v", err)
	}
	f, err := ReadFeature(path, 64)
	if err != nil {
		t.Fatal(err)
	}
	if h, w, c := f.Size(); h != 32 || w != 16 || c != 1 || f.At(0, 0, 0) != 0 || f.At(31, 15, 0) != 1 {
		t.Errorf("ReadFeature: %d x %d x %d, %g above and %g below", h, w, c, f.At(0, 0, 0), f.At(31, 15, 0))
	}
	folder := smallFolder()
	folder.Channels = 1
	train, test, err := folder.Load(filepath.Join(dir, "f"))
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []*Dataset{train, test} {
		if p := d.Image(0); p[0] > 10 || p[5] > 10 || p[30] < 245 || p[35] < 245 {
			t.Errorf("Folder: %v", p)
		}
	}
}

// A picture of an extreme shape is one like others.
func TestReadPictureLong(t *testing.T) {
	for _, size := range []image.Point{{3, 4000}, {4000, 3}, {1, 200_000}, {200_000, 1}} {
		path := filepath.Join(writeAll(t, map[string][]byte{"p": pngOf(t, image.NewGray(image.Rectangle{Max: size}))}), "p")
		if got, err := ReadPicture(path, 28, 28, 3); err != nil || slices.Max(got) != 0 {
			t.Errorf("%v: %v", size, err)
		}
		f, err := ReadFeature(path, 256)
		if h, w, _ := f.Size(); err != nil || max(h, w) != 256 || min(h, w) != 1 {
			t.Errorf("%v: %d x %d, error %v", size, h, w, err)
		}
	}
}

package picture

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
)

// upright is 16 x 24: a band above two halves, all of one 8 x 8 block or more, so that
// JPEG keeps them and every turning is another picture.
func upright() *image.NRGBA {
	p := image.NewNRGBA(image.Rect(0, 0, 16, 24))
	for y := range 24 {
		for x := range 16 {
			c := color.NRGBA{40, 90, 200, 255}
			switch {
			case y >= 8 && x < 8:
				c = color.NRGBA{250, 10, 30, 255}
			case y >= 8:
				c = color.NRGBA{120, 220, 60, 255}
			}
			p.SetNRGBA(x, y, c)
		}
	}
	return p
}

// stored is p as a camera stores it under a tag, from the table of the standard:
// where the first stored row and the first stored column are seen.
func stored(p *image.NRGBA, tag int) *image.NRGBA {
	sides := [][2]string{{"top", "left"}, {"top", "right"}, {"bottom", "right"}, {"bottom", "left"},
		{"left", "top"}, {"right", "top"}, {"right", "bottom"}, {"left", "bottom"}}[tag-1]
	w, h := p.Rect.Dx(), p.Rect.Dy()
	size := image.Pt(w, h)
	if tag > 4 {
		size = image.Pt(h, w)
	}
	s := image.NewNRGBA(image.Rectangle{Max: size})
	for row := range size.Y {
		for column := range size.X {
			var x, y int
			for k, n := range []int{row, column} {
				switch sides[k] {
				case "top":
					y = n
				case "bottom":
					y = h - 1 - n
				case "left":
					x = n
				case "right":
					x = w - 1 - n
				}
			}
			s.SetNRGBA(column, row, p.NRGBAAt(x, y))
		}
	}
	return s
}

// exif is a block of EXIF with two tags before the orientation.
func exif(order binary.AppendByteOrder, kind uint16, value uint32) []byte {
	b := []byte("II*\x00")
	if order.String() == "BigEndian" {
		b = []byte("MM\x00*")
	}
	b = order.AppendUint32(b, 12) // behind a gap
	b = append(b, "gap!"...)
	b = order.AppendUint16(b, 3)
	for _, tag := range []uint16{0x100, 0x10f} {
		b = order.AppendUint16(b, tag)
		b = order.AppendUint16(b, 3)
		b = order.AppendUint32(b, 1)
		b = order.AppendUint32(b, 7)
	}
	b = order.AppendUint16(b, 0x112)
	b = order.AppendUint16(b, kind)
	b = order.AppendUint32(b, 1)
	switch kind {
	case 4:
		b = order.AppendUint32(b, value)
	default:
		b = order.AppendUint16(b, uint16(value))
		b = append(b, 0xee, 0xee)
	}
	return order.AppendUint32(b, 0)
}

// withAPP1 puts a block of EXIF into a JPEG, behind another APP1 and a comment.
func withAPP1(file, block []byte) []byte {
	segment := func(marker byte, content string) []byte {
		b := binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(len(content)+2))
		return append(b, content...)
	}
	return slices.Concat(file[:2], segment(0xe1, "http://ns.adobe.com/xap/1.0/\x00<x/>"), segment(0xfe, "by hand"), []byte{0xff},
		segment(0xe1, "Exif\x00\x00"+string(block)), file[2:])
}

// withChunk puts a chunk eXIf into a PNG: before its end or behind its header.
func withChunk(file, block []byte, last bool) []byte {
	c := binary.BigEndian.AppendUint32(nil, uint32(len(block)))
	c = append(c, "eXIf"...)
	c = append(c, block...)
	c = binary.BigEndian.AppendUint32(c, crc32.ChecksumIEEE(c[4:]))
	at := 8 + 25
	if last {
		at = len(file) - 12
	}
	return slices.Concat(file[:at], c, file[at:])
}

// withTag puts a directory with an orientation into a TIFF: that of the encoder, one
// entry longer, at the end of the file.
func withTag(file []byte, tag uint16) []byte {
	le := binary.LittleEndian
	at := le.Uint32(file[4:])
	n := le.Uint16(file[at:])
	var entries [][]byte
	for i := range int(n) {
		entries = append(entries, file[int(at)+2+12*i:][:12])
	}
	e := le.AppendUint16(nil, 0x112)
	e = le.AppendUint16(e, 3)
	e = le.AppendUint32(e, 1)
	e = le.AppendUint32(e, uint32(tag))
	entries = append(entries, e)
	slices.SortFunc(entries, func(a, b []byte) int { return int(le.Uint16(a)) - int(le.Uint16(b)) })
	out := slices.Clone(file)
	le.PutUint32(out[4:], uint32(len(out)))
	out = le.AppendUint16(out, n+1)
	for _, e := range entries {
		out = append(out, e...)
	}
	return le.AppendUint32(out, 0)
}

func write(t testing.TB, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "picture")
	if err := os.WriteFile(path, content, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// wantUpright wants the file to be the picture of upright.
func wantUpright(t *testing.T, what string, file []byte, tolerance int) {
	t.Helper()
	got, err := Decode(write(t, file))
	if err != nil {
		t.Errorf("%s: %v", what, err)
		return
	}
	want := upright()
	if got.Bounds() != want.Rect {
		t.Errorf("%s: %v, want %v", what, got.Bounds(), want.Rect)
		return
	}
	for y := range 24 {
		for x := range 16 {
			g, w := color.NRGBAModel.Convert(got.At(x, y)).(color.NRGBA), want.NRGBAAt(x, y)
			for _, d := range []int{int(g.R) - int(w.R), int(g.G) - int(w.G), int(g.B) - int(w.B)} {
				if max(d, -d) > tolerance {
					t.Errorf("%s: (%d, %d) is %v, want %v", what, x, y, g, w)
					return
				}
			}
		}
	}
}

func encoded(t testing.TB, img image.Image, kind string) []byte {
	t.Helper()
	var b bytes.Buffer
	var err error
	switch kind {
	case "jpeg":
		err = jpeg.Encode(&b, img, &jpeg.Options{Quality: 100})
	case "png":
		err = png.Encode(&b, img)
	case "tiff":
		err = tiff.Encode(&b, img, nil)
	case "bmp":
		err = bmp.Encode(&b, img)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Every tag, in every format that has one, in both byte orders, with every type.
func TestOrientation(t *testing.T) {
	for tag := 1; tag <= 8; tag++ {
		p := stored(upright(), tag)
		j, n := encoded(t, p, "jpeg"), encoded(t, p, "png")
		for _, order := range []binary.AppendByteOrder{binary.BigEndian, binary.LittleEndian} {
			for _, kind := range []uint16{3, 4} {
				what := fmt.Sprintf("tag %d, %v, type %d", tag, order, kind)
				block := exif(order, kind, uint32(tag))
				wantUpright(t, what+", JPEG", withAPP1(j, block), 4)
				wantUpright(t, what+", PNG", withChunk(n, block, false), 0)
				wantUpright(t, what+", PNG, at the end", withChunk(n, block, true), 0)
			}
		}
		wantUpright(t, fmt.Sprintf("tag %d, TIFF", tag), withTag(encoded(t, p, "tiff"), uint16(tag)), 0)
	}
}

// Lossless WebP of upright, and the chunks that libwebp puts around it with EXIF.
const (
	webpPicture = "2f0fc005001720164cfe4107199d5830311f537c5df7609cffb0a30281a4cd4aaee49a9e1788e8ff043407fd0200"
	webpLossy   = "524946464a00000057454250565038203e0000007002009d012a1000180000c01225a001d803f003f100066557bfe4a000fefb65b04d7fea8a93ffff4287f4281f37fd008ffffb199ba7f447ffa422b00000"
)

func webpFile(block []byte) []byte {
	pixels, _ := hex.DecodeString(webpPicture)
	chunk := func(name string, content []byte) []byte {
		b := binary.LittleEndian.AppendUint32([]byte(name), uint32(len(content)))
		b = append(b, content...)
		return append(b, make([]byte, len(content)%2)...)
	}
	body := slices.Concat([]byte("WEBP"), chunk("VP8X", []byte{8, 0, 0, 0, 15, 0, 0, 23, 0, 0}), chunk("VP8L", pixels[:45]), chunk("EXIF", block))
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
}

func TestOrientationWebP(t *testing.T) {
	plain, err := hex.DecodeString(webpLossy)
	if err != nil {
		t.Fatal(err)
	}
	wantUpright(t, "lossy", plain, 60) // of half the resolution in colour
	wantUpright(t, "upright", webpFile(exif(binary.BigEndian, 3, 1)), 0)
	for tag := 2; tag <= 8; tag++ {
		for _, block := range [][]byte{exif(binary.LittleEndian, 3, uint32(tag)), append([]byte("Exif\x00\x00"), exif(binary.BigEndian, 3, uint32(tag))...)} {
			img, err := Decode(write(t, webpFile(block)))
			if err != nil {
				t.Fatal(err)
			}
			// Stored upright, so that it is seen turned: turned back it is upright.
			back := stored(toNRGBA(img), tag)
			if !slices.Equal(back.Pix, upright().Pix) {
				t.Errorf("tag %d: not turned as it says", tag)
			}
		}
	}
}

func toNRGBA(img image.Image) *image.NRGBA {
	p := image.NewNRGBA(img.Bounds())
	for y := range p.Rect.Dy() {
		for x := range p.Rect.Dx() {
			p.Set(x, y, img.At(x, y))
		}
	}
	return p
}

// A block that is damaged in whatever way, or of a value out of range, is as none.
func TestOrientationDamaged(t *testing.T) {
	file := encoded(t, upright(), "jpeg")
	good := exif(binary.BigEndian, 3, 6)
	with := func(change func(b []byte) []byte) []byte { return change(slices.Clone(good)) }
	for what, block := range map[string][]byte{
		"empty": nil, "text": []byte("not a TIFF header at all"), "cut in the header": good[:6], "cut before the tag": good[:40], "cut in the tag": good[:len(good)-8],
		"value 0":                exif(binary.BigEndian, 3, 0),
		"value 9":                exif(binary.LittleEndian, 3, 9),
		"value 65535":            exif(binary.BigEndian, 3, 65535),
		"a string":               exif(binary.BigEndian, 2, 6),
		"directory outside":      with(func(b []byte) []byte { binary.BigEndian.PutUint32(b[4:], 0xfffffff0); return b }),
		"another number than 42": with(func(b []byte) []byte { b[3] = 43; return b }),
		"two values":             with(func(b []byte) []byte { binary.BigEndian.PutUint32(b[14+24+4:], 2); return b }),
		"no entries":             with(func(b []byte) []byte { b[12], b[13] = 0, 0; return b }),
	} {
		wantUpright(t, what, withAPP1(file, block), 4)
	}
	// A count of entries that there are not does not hide those that there are.
	many := with(func(b []byte) []byte { b[12], b[13] = 0xff, 0xff; return b })
	wantUpright(t, "too many entries", withAPP1(encoded(t, stored(upright(), 6), "jpeg"), many), 4)
	// The first block counts.
	wantUpright(t, "two blocks", withAPP1(withAPP1(file, good), exif(binary.BigEndian, 3, 1)), 4)
}

// Whatever is in a file, reading its facts ends.
func FuzzOrientation(f *testing.F) {
	j, p := encoded(f, upright(), "jpeg"), encoded(f, upright(), "png")
	f.Add(withAPP1(j, exif(binary.BigEndian, 3, 6)))
	f.Add(withChunk(p, exif(binary.LittleEndian, 4, 3), true))
	f.Add(webpFile(exif(binary.LittleEndian, 3, 5)))
	f.Add(withTag(encoded(f, upright(), "tiff"), 8))
	f.Add(animation(f, 8, 8, 1, 2, 4, 2, webpAlpha))
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x00"))
	f.Fuzz(func(t *testing.T, file []byte) {
		if len(file) > 1<<16 {
			return
		}
		if img, err := Read(bytes.NewReader(file), "fuzz"); err == nil && !img.Bounds().Empty() && img.Bounds().Dx()*img.Bounds().Dy() < 1<<16 {
			Resample(img, img.Bounds(), 3, 2, func(int, int, color.RGBA64) {})
		}
	})
}

// A turned picture is resampled to the same bits as one that was never turned.
func TestTurnedBits(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for tag := 2; tag <= 8; tag++ {
		straight := image.NewNRGBA(image.Rect(0, 0, 37, 23))
		for i := range straight.Pix {
			straight.Pix[i] = uint8(r.Uint32())
		}
		part := image.Rect(3, 1, 30, 22)
		want := resampled(t, straight, part, 9, 8)
		if got := resampled(t, turn(stored(straight, tag), tag), part, 9, 8); !slices.Equal(got.Pix, want.Pix) {
			t.Errorf("tag %d: other bits", tag)
		}
	}
	if grey := turn(image.NewGray(image.Rect(0, 0, 2, 3)), 6); !IsGrey(grey) || IsGrey(turn(upright(), 6)) {
		t.Error("a turned picture is grey if it was")
	}
}

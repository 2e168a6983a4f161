package picture

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// hollow is a PNG of any size without content: its rows are zeros, as many as wanted.
func hollow(t testing.TB, w, h, depth, kind, rows int) []byte {
	t.Helper()
	channels := map[int]int{0: 1, 2: 3, 3: 1, 6: 4}[kind]
	var data bytes.Buffer
	z := zlib.NewWriter(&data)
	row := make([]byte, 1+(w*depth*channels+7)/8)
	for range rows {
		z.Write(row)
	}
	z.Close()
	b := []byte("\x89PNG\r\n\x1a\n")
	chunk := func(name string, content []byte) {
		b = binary.BigEndian.AppendUint32(b, uint32(len(content)))
		at := len(b)
		b = append(b, name...)
		b = append(b, content...)
		b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[at:]))
	}
	head := binary.BigEndian.AppendUint32(nil, uint32(w))
	head = binary.BigEndian.AppendUint32(head, uint32(h))
	chunk("IHDR", append(head, byte(depth), byte(kind), 0, 0, 0))
	chunk("IDAT", data.Bytes())
	chunk("IEND", nil)
	return b
}

// Every format is read from a file and from a pipe, whatever its name.
func TestFormats(t *testing.T) {
	p := upright()
	pal := image.NewPaletted(p.Rect, color.Palette{color.NRGBA{40, 90, 200, 255}, color.NRGBA{250, 10, 30, 255}, color.NRGBA{120, 220, 60, 255}, color.Transparent})
	for y := range 24 {
		for x := range 16 {
			pal.Set(x, y, p.At(x, y))
		}
	}
	var g bytes.Buffer
	if err := gif.Encode(&g, pal, nil); err != nil {
		t.Fatal(err)
	}
	for kind, file := range map[string][]byte{
		"png": encoded(t, p, "png"), "tiff": encoded(t, p, "tiff"), "bmp": encoded(t, p, "bmp"), "gif": g.Bytes(),
		"webp": webpFile(nil), "jpeg": encoded(t, p, "jpeg"),
	} {
		wantUpright(t, kind, file, map[string]int{"jpeg": 4}[kind])
		img, err := Read(iotestReader{bytes.NewReader(file)}, "-")
		if err != nil || img.Bounds() != p.Rect {
			t.Errorf("%s from a pipe: %v", kind, err)
		}
		if is, err := Sniff(write(t, file)); !is || err != nil {
			t.Errorf("%s is no picture, error %v", kind, err)
		}
	}
}

// iotestReader is a pipe: it knows only Read, and gives a byte at a time.
type iotestReader struct{ r io.Reader }

func (o iotestReader) Read(p []byte) (int, error) { return o.r.Read(p[:min(1, len(p))]) }

// Of an animation the first picture is read, on the file's canvas.
func TestGIFCanvas(t *testing.T) {
	white := color.Palette{color.White, color.Transparent}
	small, second := image.NewPaletted(image.Rect(1, 2, 3, 4), white), image.NewPaletted(image.Rect(0, 0, 6, 5), white)
	small.SetColorIndex(2, 3, 1)
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, &gif.GIF{Image: []*image.Paletted{small, second}, Delay: []int{1, 1}, Config: image.Config{Width: 6, Height: 5, ColorModel: white}}); err != nil {
		t.Fatal(err)
	}
	img, err := Decode(write(t, b.Bytes()))
	if err != nil || img.Bounds() != image.Rect(0, 0, 6, 5) {
		t.Fatalf("%v, error %v", img.Bounds(), err)
	}
	for y := range 5 {
		for x := range 6 {
			_, _, _, a := img.At(x, y).RGBA()
			if in := image.Pt(x, y).In(small.Rect) && image.Pt(x, y) != image.Pt(2, 3); (a == 0xffff) != in {
				t.Errorf("(%d, %d) has alpha %d", x, y, a)
			}
		}
	}
}

func wantError(t *testing.T, what string, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: no error, want %q", what, parts)
		return
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v; want %q in one line", what, err, p)
		}
	}
}

// What is too large is refused by its header, before memory is taken.
func TestLimits(t *testing.T) {
	for what, c := range map[string]struct {
		file []byte
		want string
	}{
		"pixels":         {hollow(t, 60000, 60000, 1, 0, 0), "60000 x 60000"},
		"one too many":   {hollow(t, MaxPixels+1, 1, 1, 0, 0), "at most 250000000"},
		"a long column":  {hollow(t, 1, MaxPixels+1, 1, 0, 0), "at most 250000000"},
		"bytes":          {hollow(t, 15000, 15000, 16, 6, 0), "takes 1.8 GB"},
		"no pixels":      {hollow(t, 0, 5, 8, 0, 0), "damaged"},
		"unknown kind":   {[]byte("BM????\x00\x00\x00\x00\x00\x00\x00\x00\x0c\x00\x00\x00"), "cannot be decoded: bmp: unsupported"},
		"nothing":        {nil, "is empty"},
		"text":           {[]byte("label,file\ncat,a.png\n"), "not a PNG, JPEG, GIF, TIFF, WebP or BMP"},
		"HEIC":           {[]byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"), "is a HEIF picture; want PNG"},
		"a page":         {[]byte("<!DOCTYPE html><html>"), "not a PNG"},
		"a JPEG's start": {[]byte("\xff\xd8\xff"), "damaged"},
	} {
		t.Run(what, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := Decode(write(t, c.file))
			runtime.ReadMemStats(&after)
			wantError(t, what, err, c.want)
			if got := after.TotalAlloc - before.TotalAlloc; got > 4<<20 {
				t.Errorf("%d bytes allocated", got)
			}
		})
	}
	if _, err := Decode(t.TempDir()); err == nil || !strings.Contains(err.Error(), "directory") {
		t.Errorf("a folder: %v", err)
	}
	if _, err := Decode(filepath.Join(t.TempDir(), "none")); !os.IsNotExist(err) {
		t.Errorf("a missing file: %v", err)
	}
}

// A progressive JPEG takes five times its samples, and is charged for it.
func TestLimitsProgressive(t *testing.T) {
	file := encoded(t, upright(), "jpeg")
	at := bytes.Index(file, []byte{0xff, 0xc0})
	frame := func(marker byte, w, h uint16) []byte {
		b := bytes.Clone(file)
		b[at+1] = marker
		binary.BigEndian.PutUint16(b[at+5:], h)
		binary.BigEndian.PutUint16(b[at+7:], w)
		return b
	}
	_, err := Decode(write(t, frame(0xc2, 12000, 9000)))
	wantError(t, "progressive", err, "12000 x 9000", "takes 1.6 GB")
	for _, size := range [][2]uint16{{12000, 9000}, {16320, 12240}} { // as phones make: only the data are missing here
		_, err = Decode(write(t, frame(0xc0, size[0], size[1])))
		wantError(t, "baseline", err, "is damaged", "JPEG")
	}
}

// endless is a picture that does not end.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	n := copy(p, "\x89PNG\r\n\x1a\n"[min(8, e.read):])
	clear(p[n:])
	e.read += len(p)
	return len(p), nil
}

// A device that never ends is read to a limit, or, if it begins as no picture, hardly
// at all.
func TestReadEndless(t *testing.T) {
	var e endless
	_, err := Read(&e, "device")
	wantError(t, "endless", err, "device has more than 268435456 bytes")
	if e.read > maxStream+1<<20 {
		t.Errorf("%d bytes were read", e.read)
	}
	e.read = 8
	_, err = Read(&e, "zeros")
	wantError(t, "zeros", err, "zeros is not a PNG")
	if e.read > 100 {
		t.Errorf("%d bytes were read", e.read)
	}
	if f, err := os.Open("/dev/zero"); err == nil {
		f.Close()
		_, err = Decode("/dev/zero")
		wantError(t, "/dev/zero", err, "not a PNG")
	}
}

// The header alone shows what is no picture, but not that pixels are missing.
func TestCheckReadsTheHeaderAlone(t *testing.T) {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewNRGBA(image.Rect(0, 0, 30, 20))); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, c := range map[string]struct {
		content string
		want    string
	}{
		"whole": {b.String(), ""}, "cut.png": {b.String()[:b.Len()-20], ""},
		"head.png": {b.String()[:20], "head.png is damaged"}, "text": {"a text of some length", "text is not a PNG"}, "none": {"", "none is empty"},
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(c.content), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := Check(path); c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: error %v; want %q", name, err, c.want)
		}
	}
	if err := Check(dir); err == nil || !strings.Contains(err.Error(), "is a directory") {
		t.Errorf("a directory: error %v", err)
	}
}

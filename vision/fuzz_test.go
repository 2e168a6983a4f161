package vision

// Fuzz targets of the readers of pictures, packed files, archives and lists of
// augmentations. Those of the formats themselves are beside their tests.

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/fstest"

	"mgtool/internal/picture"
	"mgtool/internal/readertest"

	"mgtool/source"
)

// pictureBytes are small pictures of several kinds, and one that is only a header.
func pictureBytes(t testing.TB) (files [][]byte) {
	t.Helper()
	rect := image.Rect(0, 0, 5, 4)
	grey, colour := image.NewGray(rect), image.NewNRGBA64(rect)
	palette := image.NewPaletted(rect, color.Palette{color.Transparent, color.White, color.RGBA{200, 10, 10, 255}})
	for y := range 4 {
		for x := range 5 {
			grey.Pix[5*y+x] = uint8(50*x + y)
			colour.SetNRGBA64(x, y, color.NRGBA64{uint16(13000 * x), uint16(16000 * y), 500, 40000})
			palette.SetColorIndex(x, y, uint8((x+y)%3))
		}
	}
	for _, p := range []image.Image{grey, colour, palette} {
		var asPNG, asJPEG bytes.Buffer
		if err := png.Encode(&asPNG, p); err != nil {
			t.Fatal(err)
		}
		if err := jpeg.Encode(&asJPEG, p, nil); err != nil {
			t.Fatal(err)
		}
		files = append(files, asPNG.Bytes(), asJPEG.Bytes())
	}
	return append(files, files[0][:33])
}

// maxFuzzPixels keeps an input from taking more than some milliseconds. Pictures that
// have more pixels than are ever read cost nothing: they must be refused by their header.
const maxFuzzPixels = 1 << 20

// A picture that is accepted becomes as many bytes as were asked for, the same ones
// each time, in memory of the order of its pixels.
func FuzzPicture(f *testing.F) {
	for i, data := range pictureBytes(f) {
		f.Add(data, uint8(4+i), uint8(3), i%2 == 0)
	}
	path := filepath.Join(f.TempDir(), "picture")
	f.Fuzz(func(t *testing.T, data []byte, height, width uint8, grey bool) {
		pixels := 1
		if c, _, err := image.DecodeConfig(bytes.NewReader(data)); err == nil && c.Width > 0 {
			switch n := c.Width * c.Height; {
			case n <= maxFuzzPixels:
				pixels = n
			case n <= picture.MaxPixels:
				t.Skip("slow")
			}
		}
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
		h, w, channels := 1+int(height), 1+int(width), 3
		if grey {
			channels = 1
		}
		limit := 8<<20 + 100*uint64(len(data)+pixels+h*w)
		var first []uint8
		err := readertest.Read(t, limit, func() (err error) { first, err = ReadPicture(path, h, w, channels); return err })
		if err != nil {
			return
		}
		if len(first) != h*w*channels {
			t.Fatalf("%d bytes; want %d × %d × %d", len(first), h, w, channels)
		}
		if again, err := ReadPicture(path, h, w, channels); err != nil || !bytes.Equal(again, first) {
			t.Errorf("read again, the picture differs (%v)", err)
		}
	})
}

// A file that is gzip has what compress/gzip finds in it, another one is as it is,
// and nothing larger than the limit gets through or into memory.
func FuzzPacked(f *testing.F) {
	for _, raw := range smallMNIST() {
		f.Add(raw, uint16(4000))
		f.Add(zipped(f, raw), uint16(4000))
		f.Add(append(zipped(f, raw[:9]), zipped(f, raw[9:])...), uint16(2352)) // gzip allows several members in one file
	}
	f.Add(zipped(f, make([]byte, 1<<20)), uint16(1000)) // 1 kB that unpacks to a megabyte
	f.Add([]byte("\x1f\x8b"), uint16(10))
	f.Fuzz(func(t *testing.T, data []byte, limit uint16) {
		folder := fstest.MapFS{"file": {Data: data}}
		var got []byte
		err := readertest.Read(t, 1<<20+uint64(len(data)), func() (err error) { got, err = read(folder, "file", int64(limit)); return err })
		want, wantErr := data, error(nil)
		if bytes.HasPrefix(data, []byte("\x1f\x8b")) {
			var z *gzip.Reader
			if z, wantErr = gzip.NewReader(bytes.NewReader(data)); wantErr == nil {
				want, wantErr = io.ReadAll(io.LimitReader(z, int64(limit)+1))
			}
		}
		switch bad := wantErr != nil || len(want) > int(limit); {
		case bad != (err != nil):
			t.Errorf("error %v for %d bytes (%v) with limit %d", err, len(want), wantErr, limit)
		case !bad && !bytes.Equal(got, want):
			t.Errorf("%d bytes differ from the %d that gzip finds", len(got), len(want))
		}
	})
}

// Four files of any content are a data set whose labels are classes, or an error.
func FuzzIdxFolder(f *testing.F) {
	files := smallMNIST()
	f.Add(files[idxTestImages], files[idxTestLabels])
	f.Add(zipped(f, files[idxTrainImages]), files[idxTrainLabels])
	f.Add(files[idxTestImages], zipped(f, files[idxTrainLabels]))
	f.Fuzz(func(t *testing.T, images, labels []byte) {
		if len(images)+len(labels) > 1<<14 { // or gzip makes hundreds of megabytes of them
			t.Skip("slow")
		}
		s, err := find("mnist")
		if err != nil {
			t.Fatal(err)
		}
		folder := fstest.MapFS{idxTestImages + ".gz": {Data: images}, idxTestLabels: {Data: labels}}
		var d *Dataset
		err = readertest.Read(t, 128<<20, func() (err error) { d, err = s.load(s, folder, "fuzz", true); return err })
		if err != nil {
			return
		}
		if err := d.check(); err != nil {
			t.Error(err)
		}
		for i, label := range d.Labels {
			if int(label) >= len(d.Classes) {
				t.Fatalf("image %d has label %d of %d classes", i, label, len(d.Classes))
			}
		}
	})
}

// Whatever an archive holds, only expected files with the right content are written, all
// of them if there is no error, and no partial file stays.
func FuzzUnpack(f *testing.F) {
	wanted := map[string][]byte{"set/a.bin": ramp(700), "set/b.bin": []byte("b")}
	list := []File{fileFor("set/a.bin", wanted["set/a.bin"]), fileFor("set/b.bin", wanted["set/b.bin"])}
	for _, entries := range [][]any{
		{"set/a.bin", wanted["set/a.bin"], "set/b.bin", wanted["set/b.bin"]},
		{"./set/b.bin", wanted["set/b.bin"], "../../evil", []byte("x"), "set/../set/a.bin", wanted["set/a.bin"]},
		{"set", "/", "set/a.bin", "/etc/passwd", "set/b.bin", []byte("wrong")},
		{"set/a.bin", ramp(701)},
	} {
		f.Add(tarOf(f, entries...))
	}
	f.Add([]byte("\x1f\x8b\x08"))
	root := f.TempDir()
	archive := filepath.Join(root, "archive")
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(archive, data, 0o666); err != nil {
			t.Fatal(err)
		}
		dir := filepath.Join(root, "in", "dir")
		if err := os.MkdirAll(dir, 0o777); err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(filepath.Join(root, "in"))
		err := readertest.Read(t, 8<<20+100*uint64(len(data)), func() error { return unpack(archive, list, dir) })
		found := 0
		walk := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || path == archive {
				return err
			}
			found++
			name, _ := filepath.Rel(dir, path)
			content, err := os.ReadFile(path)
			if want, ok := wanted[filepath.ToSlash(name)]; !ok || !bytes.Equal(content, want) {
				t.Errorf("there is %s with %d bytes", name, len(content))
			}
			return err
		})
		if walk != nil {
			t.Fatal(walk)
		}
		if err == nil && found != len(wanted) {
			t.Errorf("%d files without an error; want %d", found, len(wanted))
		}
	})
}

// A list of augmentations that is accepted is valid, the same as JSON and back, and
// makes inputs that are finite, the same ones each time.
func FuzzAugment(f *testing.F) {
	for _, list := range []string{"none", "", "pad=4,mirror,cutout=8,mixup=0.2", "translate=2,alternating-mirror", "resized-crop", "pad=1 , mirror", "mixup=1e-300", "cutout=9223372036854775807"} {
		f.Add(list, uint64(1), 0)
	}
	const images, height, width = 3, 6, 5
	d := &Dataset{Name: "fuzz", Height: height, Width: width, Channels: 1, Classes: []string{"a", "b"},
		Pixels: ramp(images * height * width), Mean: []float32{.5}, Std: []float32{.25}}
	d.Labels = append(d.Labels, 0, 1, 1)
	f.Fuzz(func(t *testing.T, list string, seed uint64, epoch int) {
		var a Augment
		err := readertest.Read(t, 1<<20+100*uint64(len(list)), func() (err error) { a, err = ParseAugment(list); return err })
		if err != nil {
			return
		}
		if err := a.Validate(); err != nil {
			t.Fatalf("accepted, but %v", err)
		}
		text, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		var again Augment
		if err := json.Unmarshal(text, &again); err != nil || again != a {
			t.Fatalf("as JSON and back %+v (%v); want %+v", again, err, a)
		}
		var first *source.Batch
		for range 2 {
			b, err := NewBatcher(d, 2, seed, a)
			if err != nil { // more than fits images of this size
				return
			}
			batch := b.NewBatch()
			if err := readertest.Read(t, 1<<20, func() error { return b.FillBatch(batch, epoch, 0) }); err != nil {
				return // an epoch below 0
			}
			if first == nil {
				first = batch
			}
			if !slices.Equal(batch.X, first.X) || !slices.Equal(batch.Weights, first.Weights) {
				t.Error("the second batch of the same seed differs")
			}
		}
		for _, v := range first.X { // bytes are −2 to 2 here, and all is a mean of them
			if math.IsNaN(float64(v)) || v < -2.001 || v > 2.001 {
				t.Fatalf("an input is %g; want −2 to 2", v)
			}
		}
		for _, w := range first.Weights {
			if !(w >= .5 && w <= 1) {
				t.Errorf("an image has weight %g in its mixture; want 1/2 to 1", w)
			}
		}
	})
}

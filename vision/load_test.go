package vision

// Tests of Load on small files made here: what must be read, and every way in
// which a file can be wrong.

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// idxBytes makes an idx file from a magic number, dimensions and content.
func idxBytes(magic uint32, dims []uint32, data []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, magic)
	for _, d := range dims {
		b = binary.BigEndian.AppendUint32(b, d)
	}
	return append(b, data...)
}

// zipped packs bytes with gzip.
func zipped(t testing.TB, raw []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(raw); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// ramp returns n bytes 0, 1, 2, … modulo 251.
func ramp(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i % 251)
	}
	return b
}

// writeAll writes files, by name, to a new folder and returns it.
func writeAll(t testing.TB, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// smallMNIST returns the four files of a right data set of 3 + 2 images.
func smallMNIST() map[string][]byte {
	return map[string][]byte{
		idxTrainImages: idxBytes(0x803, []uint32{3, 28, 28}, ramp(3*784)),
		idxTrainLabels: idxBytes(0x801, []uint32{3}, []byte{7, 0, 9}),
		idxTestImages:  idxBytes(0x803, []uint32{2, 28, 28}, ramp(2*784)),
		idxTestLabels:  idxBytes(0x801, []uint32{2}, []byte{4, 5}),
	}
}

// smallCIFAR returns the files of a right data set of 5·2 + 2 images. Pixel k
// of plane p of every image is (k + 80p) modulo 251.
func smallCIFAR(folder string) map[string][]byte {
	record := func(label byte) []byte {
		b := []byte{label}
		for p := range 3 {
			for k := range cifarPlane {
				b = append(b, byte((k+80*p)%251))
			}
		}
		return b
	}
	files := map[string][]byte{}
	for i, name := range append(append([]string{}, cifar10.train...), cifar10.test...) {
		files[folder+filepath.Base(name)] = append(record(byte(i)), record(byte(i+1))...)
	}
	return files
}

// All the names and packings under which idx files are found.
func TestLoadIdx(t *testing.T) {
	rename := map[string]func(name string, raw []byte) (string, []byte){
		"plain":            func(n string, raw []byte) (string, []byte) { return n, raw },
		"gzip":             func(n string, raw []byte) (string, []byte) { return n + ".gz", zipped(t, raw) },
		"gzip without .gz": func(n string, raw []byte) (string, []byte) { return n, zipped(t, raw) },
		"plain with .gz":   func(n string, raw []byte) (string, []byte) { return n + ".gz", raw },
		"historical dot":   func(n string, raw []byte) (string, []byte) { return strings.Replace(n, "-idx", ".idx", 1), raw },
		"historical dot, gzip": func(n string, raw []byte) (string, []byte) {
			return strings.Replace(n, "-idx", ".idx", 1) + ".gz", zipped(t, raw)
		},
	}
	for how, f := range rename {
		t.Run(how, func(t *testing.T) {
			files := map[string][]byte{}
			for n, raw := range smallMNIST() {
				n, raw = f(n, raw)
				files[n] = raw
			}
			dir := writeAll(t, files)
			for _, name := range []string{"mnist", "fashion-mnist"} {
				train, test, err := Load(name, dir)
				if err != nil {
					t.Fatal(err)
				}
				if train.Name != name || train.Len() != 3 || test.Len() != 2 || train.size() != 784 || len(train.Classes) != 10 {
					t.Errorf("%s: %d + %d images of %d bytes, want 3 + 2 of 784", train.Name, train.Len(), test.Len(), train.size())
				}
				if !slices.Equal(train.Labels, []uint16{7, 0, 9}) || !bytes.Equal(train.Pixels, ramp(3*784)) || !slices.Equal(test.Labels, []uint16{4, 5}) {
					t.Errorf("labels %v and %v or pixels differ from what was written", train.Labels, test.Labels)
				}
				if err := train.check(); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// The planes become channels last, in both places where the files may be.
func TestLoadCIFAR(t *testing.T) {
	for _, folder := range []string{"", "cifar-10-batches-bin/"} {
		train, test, err := Load("cifar10", writeAll(t, smallCIFAR(folder)))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(train.Labels, []uint16{0, 1, 1, 2, 2, 3, 3, 4, 4, 5}) || !slices.Equal(test.Labels, []uint16{5, 6}) {
			t.Errorf("folder %q: labels %v and %v", folder, train.Labels, test.Labels)
		}
		for i := range train.Len() {
			for k, got := range train.Image(i) {
				if want := byte((k/3 + 80*(k%3)) % 251); got != want {
					t.Fatalf("folder %q: image %d, pixel %d, channel %d is %d, want %d", folder, i, k/3, k%3, got, want)
				}
			}
		}
		if err := train.check(); err != nil {
			t.Error(err)
		}
	}
}

// Every mistake in a file is an error that names the file and the fault.
func TestLoadErrors(t *testing.T) {
	const cifar1, cifarT = "data_batch_1.bin", "test_batch.bin"
	cases := map[string]struct {
		set    string
		change func(files map[string][]byte)
		want   []string // each must occur in the error
	}{
		"missing": {"mnist", func(f map[string][]byte) { delete(f, idxTestLabels) },
			[]string{idxTestLabels, "missing", "mgtool data get mnist"}},
		"cifar missing": {"cifar10", func(f map[string][]byte) { delete(f, cifarT) },
			[]string{cifarT, "cifar-10-batches-bin/test_batch.bin", "missing", "mgtool data get cifar10"}},
		"text": {"mnist", func(f map[string][]byte) { f[idxTrainImages] = []byte("<!doctype html>") },
			[]string{idxTrainImages, "3c 21 64 6f", `"<!do"`, "00000803"}},
		"labels for images": {"mnist", func(f map[string][]byte) { f[idxTrainImages] = f[idxTrainLabels] },
			[]string{idxTrainImages, "00 00 08 01", "00000803"}},
		"empty": {"mnist", func(f map[string][]byte) { f[idxTestImages] = nil },
			[]string{idxTestImages, "truncated", "0 bytes", "16"}},
		"half a header": {"mnist", func(f map[string][]byte) { f[idxTestImages] = f[idxTestImages][:10] },
			[]string{idxTestImages, "truncated", "10 bytes", "16"}},
		"truncated images": {"mnist", func(f map[string][]byte) { f[idxTrainImages] = f[idxTrainImages][:2000] },
			[]string{idxTrainImages, "truncated", "2352", "1984"}},
		"truncated labels": {"mnist", func(f map[string][]byte) { f[idxTrainLabels] = f[idxTrainLabels][:9] },
			[]string{idxTrainLabels, "truncated", "announces 3", "but 1"}},
		"trailing": {"mnist", func(f map[string][]byte) { f[idxTestLabels] = append(f[idxTestLabels], 1, 2) },
			[]string{idxTestLabels, "2 trailing bytes"}},
		"truncated gzip": {"mnist", func(f map[string][]byte) {
			z := zipped(t, f[idxTrainImages])
			f[idxTrainImages] = z[:len(z)-12]
		}, []string{idxTrainImages, "truncated"}},
		"damaged gzip": {"mnist", func(f map[string][]byte) {
			z := zipped(t, f[idxTrainImages])
			z[len(z)-5] ^= 1 // in its checksum
			f[idxTrainImages] = z
		}, []string{idxTrainImages, "checksum"}},
		"huge count": {"mnist", func(f map[string][]byte) { copy(f[idxTrainImages][4:], "\xff\xff\xff\xff") },
			[]string{idxTrainImages, "announces more than"}},
		"overflowing product": {"mnist", func(f map[string][]byte) {
			copy(f[idxTrainImages][4:], "\x80\x00\x00\x00\x80\x00\x00\x00\x00\x00\x00\x04")
		}, []string{idxTrainImages, "announces more than"}},
		"no images": {"mnist", func(f map[string][]byte) { f[idxTrainImages] = idxBytes(0x803, []uint32{0, 28, 28}, nil) },
			[]string{idxTrainImages, "dimension 0", "is 0"}},
		"other size": {"mnist", func(f map[string][]byte) {
			f[idxTrainImages] = idxBytes(0x803, []uint32{3, 14, 56}, ramp(3*784))
		}, []string{idxTrainImages, "14 x 56", "28 x 28"}},
		"label out of range": {"mnist", func(f map[string][]byte) { f[idxTestLabels][9] = 10 },
			[]string{idxTestLabels, "record 1", "label 10", "0 to 9"}},
		"counts differ": {"mnist", func(f map[string][]byte) {
			f[idxTrainLabels] = idxBytes(0x801, []uint32{2}, []byte{1, 2})
		}, []string{idxTrainImages, "3 images", idxTrainLabels, "2 labels"}},
		"cifar label": {"cifar10", func(f map[string][]byte) { f[cifar1][cifarRecord] = 77 },
			[]string{cifar1, "record 1", "label 77", "0 to 9"}},
		"cifar trailing": {"cifar10", func(f map[string][]byte) { f[cifarT] = append(f[cifarT], 0) },
			[]string{cifarT, "6147 bytes", "2 records", "1 bytes over"}},
		"cifar truncated": {"cifar10", func(f map[string][]byte) { f[cifar1] = f[cifar1][:5000] },
			[]string{cifar1, "5000 bytes", "1 records", "1927 bytes over"}},
		"cifar empty": {"cifar10", func(f map[string][]byte) { f[cifar1] = nil },
			[]string{cifar1, "0 bytes", "at least one"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			files := smallMNIST()
			if c.set == "cifar10" {
				files = smallCIFAR("")
			}
			c.change(files)
			train, test, err := Load(c.set, writeAll(t, files))
			wantError(t, err, c.want...)
			if train != nil || test != nil {
				t.Error("data came with the error")
			}
			if missing := strings.Contains(name, "missing"); errors.Is(err, fs.ErrNotExist) != missing {
				t.Errorf("error is fs.ErrNotExist: %v, want %v", !missing, missing)
			}
		})
	}
}

// wantError checks that an error of this package says all that is wanted.
func wantError(t *testing.T, err error, want ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one with %q", want)
	}
	for _, w := range append(want, "vision: ") {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error %q does not say %q", err, w)
		}
	}
}

// A mistaken name or folder is told with what would be right.
func TestLoadName(t *testing.T) {
	_, _, err := Load("minst", t.TempDir())
	wantError(t, err, `"minst"`, "mnist, fashion-mnist, cifar10, cifar100, cifar100-coarse, sample")
	_, _, err = Load("mnist", "")
	wantError(t, err, "no folder", "mgtool data get mnist")
	where := filepath.Join(t.TempDir(), "nowhere")
	_, _, err = Load("mnist", where)
	wantError(t, err, idxTrainImages, where, "mgtool data get mnist")
	dir := writeAll(t, map[string][]byte{idxTrainImages + "/x": nil, idxTrainLabels: nil})
	_, _, err = Load("mnist", dir)
	wantError(t, err, idxTrainImages, "directory")
}

// A few bytes of gzip cannot fill the memory.
func TestReadBound(t *testing.T) {
	dir := writeAll(t, map[string][]byte{"bomb": zipped(t, make([]byte, 1_000_001))})
	_, err := read(os.DirFS(dir), "bomb", 1_000_000)
	wantError(t, err, "bomb", "more than 1000000 bytes")
	if raw, err := read(os.DirFS(dir), "bomb", 1_000_001); err != nil || len(raw) != 1_000_001 {
		t.Errorf("%d bytes, error %v", len(raw), err)
	}
}

func FuzzIdx(f *testing.F) {
	for _, raw := range smallMNIST() {
		f.Add(raw)
		f.Add(raw[:len(raw)/2])
	}
	f.Add([]byte{})
	f.Add(idxBytes(0x803, []uint32{1 << 31, 1 << 31, 4}, nil))
	f.Add(idxBytes(0x801, []uint32{1}, []byte{200}))
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, rank := range []int{1, 3} {
			shape, data, err := parseIdx("fuzz", raw, rank)
			if err != nil {
				continue
			}
			n := 1
			for _, s := range shape {
				n *= s
			}
			if n != len(data) || n == 0 {
				t.Errorf("shape %v for %d bytes", shape, len(data))
			}
		}
		labels, err := parseIdxLabels("fuzz", raw, 10)
		for _, l := range labels {
			if err == nil && l > 9 {
				t.Errorf("label %d got through", l)
			}
		}
	})
}

func FuzzCIFAR(f *testing.F) {
	for _, raw := range smallCIFAR("") {
		f.Add(raw)
		f.Add(raw[:len(raw)-1])
		f.Add(raw[:cifarRecord])
	}
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, raw []byte) {
		s, _ := find("cifar10")
		d := s.dataset()
		err := cifar10.add(d, "fuzz", raw)
		if err == nil && (d.Len() == 0 || d.Len()*cifarRecord != len(raw)) || err != nil && d.Len() > 0 {
			t.Errorf("%d records from %d bytes, error %v", d.Len(), len(raw), err)
		}
		if err := d.check(); err != nil {
			t.Error(err)
		}
	})
}

// What is known beforehand is what the images then have.
func TestDescribe(t *testing.T) {
	d, err := Describe("sample")
	if err != nil {
		t.Fatal(err)
	}
	train, _, err := Load("sample", "")
	if err != nil {
		t.Fatal(err)
	}
	if only, err := LoadTest("sample", ""); err != nil || only.Len() != 400 {
		t.Errorf("the test images alone: %v", err)
	}
	if d.Len() != 0 || d.Height != train.Height || d.Width != train.Width || d.Channels != train.Channels ||
		!slices.Equal(d.Classes, train.Classes) || !slices.Equal(d.Mean, train.Mean) || !slices.Equal(d.Std, train.Std) {
		t.Errorf("described %+v", d)
	}
	if _, err := Describe("mnits"); err == nil {
		t.Error("an unknown name is accepted")
	}
}

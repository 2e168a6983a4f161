package tool

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mgtool/pde"
	"mgtool/pde/file"
)

// An archive of coordinates has as many axes as lists: one that is broken is an error, and
// does not end them.
func TestBrokenCoordinates(t *testing.T) {
	line, err := pde.Unit(1, 4)
	if err != nil {
		t.Fatal(err)
	}
	u := pde.NewField[float64](line)
	u.FillInterior(func(x, _, _ float64) float64 { return x })
	u.FillBoundary(func(x, _, _ float64) float64 { return x })
	var list bytes.Buffer
	if err := file.EncodeNPY(&list, u); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		y    []byte // nil: there is none
		axes int    // 0: an error
	}{{nil, 1}, {list.Bytes(), 2}, {list.Bytes()[:list.Len()-3], 0}} {
		path := filepath.Join(t.TempDir(), "c.npz")
		var archive bytes.Buffer
		z := zip.NewWriter(&archive)
		for name, data := range map[string][]byte{"x.npy": list.Bytes(), "y.npy": c.y} {
			if data == nil {
				continue
			}
			w, err := z.Create(name)
			if err == nil {
				_, err = w.Write(data)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, archive.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
		lists, err := readCoordinates(path)
		if c.axes == 0 && (err == nil || !strings.Contains(err.Error(), "c.npz:y")) {
			t.Errorf("a broken y: %d axes, %v; want an error that names it", len(lists), err)
		}
		if c.axes > 0 && (err != nil || len(lists) != c.axes) {
			t.Errorf("%d axes, %v; want %d", len(lists), err, c.axes)
		}
	}
}

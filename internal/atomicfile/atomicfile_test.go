package atomicfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	text := func(s string) func(io.Writer) error {
		return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
	}
	if err := Write(path, text("one")); err != nil {
		t.Fatal(err)
	}
	// A failing writer leaves the old content and no temporary file.
	broken := errors.New("broken")
	err := Write(path, func(w io.Writer) error { io.WriteString(w, "half"); return broken })
	if !errors.Is(err, broken) {
		t.Errorf("error %v, want %v", err, broken)
	}
	if got, _ := os.ReadFile(path); string(got) != "one" {
		t.Errorf("after a failed write the file holds %q, want %q", got, "one")
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("%d files in the folder, want the one", len(entries))
	}
	if err := Write(filepath.Join(dir, "missing", "f"), text("x")); err == nil {
		t.Error("writing into a missing folder succeeded")
	}
}

// Of many that create a file at once, one does, and its bytes stay.
func TestCreate(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	var wg sync.WaitGroup
	made := make([]bool, 16)
	for i := range made {
		wg.Go(func() {
			err := Create(path, func(w io.Writer) error { _, err := fmt.Fprint(w, i); return err })
			if made[i] = err == nil; err != nil && !errors.Is(err, fs.ErrExist) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i, m := range made {
		if m != (string(got) == fmt.Sprint(i)) {
			t.Errorf("writer %d made it: %v; it holds %q", i, m, got)
		}
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("%d files in the folder, want the one", len(entries))
	}
}

func TestProbe(t *testing.T) {
	dir := t.TempDir()
	for _, size := range []int64{0, 1, 3 << 20} {
		if err := Probe(dir, size); err != nil {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 0 {
		t.Errorf("%d files are left", len(entries))
	}
	if Probe(filepath.Join(dir, "missing"), 1) == nil {
		t.Error("a missing folder can be written to")
	}
}

func TestSweep(t *testing.T) {
	dir := t.TempDir()
	gone := []string{".f.123.tmp", ".f.1.tmp", ".mgtool.77.tmp"}
	stay := []string{"f", ".f.tmp", ".f.x1.tmp", ".other.123.tmp", "f.123.tmp", ".f.123.tmp2", ".f..tmp", "..tmp", ".tmp"}
	for _, name := range append(gone, stay...) {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, ".f.9.tmp"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := Sweep(dir, func(name string) bool { return name == "f" }); err != nil {
		t.Fatal(err)
	}
	left := map[string]bool{}
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		left[e.Name()] = true
	}
	for _, name := range stay {
		if !left[name] {
			t.Errorf("%s is gone", name)
		}
	}
	if len(left) != len(stay)+1 {
		t.Errorf("left are %v; want %v and a folder", left, stay)
	}
}

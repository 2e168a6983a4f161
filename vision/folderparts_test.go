package vision

// Tests of what counts in a folder: its parts, its pictures, its classes.

import (
	"fmt"
	"image/color"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// Names of the parts are taken in any case; test goes before the validations.
func TestFolderParts(t *testing.T) {
	one := pngOf(t, filled(4, 4, color.White))
	for _, c := range []struct{ train, test, beside, want string }{
		{"train", "valid", "", "the folder valid"}, {"Train", "Test", "", "the folder Test"}, {"TRAIN", "VALIDATION", "", "the folder VALIDATION"},
		{"train", "test", "val", "the folder test"}, {"train", "Val", "docs", "the folder Val"}, {"train", "test", "__MACOSX", "the folder test"},
	} {
		files := map[string][]byte{}
		for _, class := range []string{"a", "b"} {
			files[c.train+"/"+class+"/1.png"], files[c.train+"/"+class+"/2.png"], files[c.test+"/"+class+"/1.png"] = one, one, one
			if c.beside == "val" {
				files["val/"+class+"/1.png"], files["val/"+class+"/2.png"] = one, one
			}
		}
		if c.beside != "" {
			files[c.beside+"/readme.txt"] = []byte("about the pictures")
		}
		l, err := smallFolder().List(writeAll(t, files))
		if err != nil || l.Split != c.want || l.Train != 4 || l.Test != 2 {
			t.Errorf("%v: %v, error %v", c, l, err)
		}
	}
}

// What is no picture is left out and listed, and does not count in the draw; what is
// meant to be one is not.
func TestFolderOthers(t *testing.T) {
	plain, err := smallFolder().List(writeAll(t, pictures(t, map[string][]byte{}, "", 10)))
	if err != nil {
		t.Fatal(err)
	}
	files := pictures(t, map[string][]byte{}, "", 10)
	others := []string{"__MACOSX", "bright/Thumbs.db", "bright/labels.csv", "dark/a/n_boxes.txt", "dark/desktop.ini", "dark/empty"}
	for _, name := range others[1:] {
		files[name] = []byte("\xd0\xcf\x11\xe0 text\n")
	}
	files["dark/empty"] = nil
	files["__MACOSX/dark/._1.png"] = []byte("\x00\x05\x16\x07")
	dir := writeAll(t, files)
	f := smallFolder()
	l, err := f.List(dir)
	if err != nil {
		t.Fatal(err)
	}
	for i := range others {
		others[i] = filepath.FromSlash(others[i])
	}
	slices.Sort(l.Others)
	if !slices.Equal(l.Others, others) {
		t.Errorf("left out %v, want %v", l.Others, others)
	}
	for i, p := range l.test {
		if len(l.test) != len(plain.test) || filepath.Base(p.path) != filepath.Base(plain.test[i].path) {
			t.Fatalf("%v are drawn, want %v: what is no picture counts", l.test, plain.test)
		}
	}
	train, test, err := f.Load(dir)
	if err != nil || train.Len() != 16 || test.Len() != 4 {
		t.Fatalf("%d and %d images, error %v", train.Len(), test.Len(), err)
	}
	if test.File(0) != filepath.Join("bright", "03.png") || len(train.Files) != 16 || test.File(4) != "" {
		t.Errorf("test image 0 is %q", test.File(0))
	}
	if few, err := test.Limit(2); err != nil || len(few.Files) != 2 || few.check() != nil {
		t.Errorf("limited to 2 images with %d files, error %v", len(few.Files), err)
	}
	if rest, held, err := train.HoldOut(4); err != nil || held.check() != nil || len(held.Files) != 4 || len(rest.Files) != 12 || held.File(0) == rest.File(0) {
		t.Errorf("held out with files %v, error %v", held.Files, err)
	}
	// An empty file with the name of a picture, a broken link and one to a folder are
	// damaged pictures.
	os.WriteFile(filepath.Join(dir, "dark", "zero.JPG"), nil, 0o666)
	_, _, err = f.Load(dir)
	wantError(t, err, "1 of the 21 pictures", "zero.JPG is empty")
	if os.Symlink("nowhere", filepath.Join(dir, "dark", "link")) != nil {
		t.Skip("no symbolic links here")
	}
	_, _, err = f.Load(dir)
	wantError(t, err, "2 of the 22 pictures", filepath.Join("dark", "link"))
}

func TestFolderUntested(t *testing.T) {
	files := pictures(t, map[string][]byte{}, "", 3)
	files["lone/1.png"] = files["dark/01.png"]
	l, err := smallFolder().List(writeAll(t, files))
	if err != nil || !slices.Equal(l.Untested, []string{"lone"}) {
		t.Errorf("untested: %v, error %v", l.Untested, err)
	}
}

// Labels beyond 255 are kept, in batches and held-out images too.
func TestFolderManyClasses(t *testing.T) {
	const n = 300
	files := map[string][]byte{}
	for i := range n {
		for k := range 3 {
			files[fmt.Sprintf("%03d/%d.png", i, k)] = pngOf(t, filled(2, 2, color.Gray{uint8(i / 2)}))
		}
	}
	f := smallFolder()
	f.Size, f.Channels = 1, 1
	train, test, err := f.Load(writeAll(t, files))
	if err != nil || train.Len() != 2*n || test.Len() != n {
		t.Fatalf("%v: %d and %d", err, train.Len(), test.Len())
	}
	for i, l := range test.Labels {
		if int(l) != i || test.Image(i)[0] != uint8(i/2) {
			t.Fatalf("test image %d has label %d, brightness %d", i, l, test.Image(i)[0])
		}
	}
	b, err := NewBatcher(train, 2*n, 1, Augment{})
	if err != nil {
		t.Fatal(err)
	}
	batch := b.NewBatch()
	if err := b.FillBatch(batch, 0, 0); err != nil || slices.Max(batch.Labels) != n-1 {
		t.Errorf("largest label of a batch %d, error %v", slices.Max(batch.Labels), err)
	}
	if rest, held, err := train.HoldOut(2); err != nil || rest.Len() != n || held.Len() != n || held.Labels[n-1] != n-1 {
		t.Errorf("held out: %v", err)
	}
}

// Another folder is read whole, unless it is the one that was trained on.
func TestFolderLoadOther(t *testing.T) {
	trained := writeAll(t, pictures(t, map[string][]byte{}, "", 10))
	f := smallFolder()
	train, _, err := f.Load(trained)
	if err != nil {
		t.Fatal(err)
	}
	f.Classes, f.Mean, f.Std = train.Classes, train.Mean, train.Std
	if d, own, err := f.LoadOther(writeAll(t, pictures(t, map[string][]byte{}, "", 10))); err != nil || !own || d != nil {
		t.Errorf("the folder itself, moved: own %v, error %v", own, err)
	}
	files := pictures(t, map[string][]byte{}, "", 5)
	d, own, err := f.LoadOther(writeAll(t, files))
	if err != nil || own || d.Len() != 10 || d.check() != nil || len(d.Files) != 10 || d.Mean[0] != f.Mean[0] {
		t.Fatalf("another folder: own %v, error %v", own, err)
	}
	for i := range d.Len() {
		if (d.Image(i)[0] < 100) != (d.Labels[i] == 1) {
			t.Errorf("image %d of brightness %d has label %d", i, d.Image(i)[0], d.Labels[i])
		}
	}
	some, one := map[string][]byte{}, files["dark/01.png"]
	some["dark/1.png"] = one
	if d, own, err := f.LoadOther(writeAll(t, some)); err != nil || own || d.Len() != 1 || d.Labels[0] != 1 {
		t.Errorf("one picture of one class: own %v, error %v", own, err)
	}
	if d, own, err := f.LoadOther(writeAll(t, map[string][]byte{"test/dark/1.png": one, "test/dark/2.png": one})); err != nil || own || d.Len() != 2 || d.Labels[0] != 1 {
		t.Errorf("a lone test folder: own %v, error %v", own, err)
	}
	if _, own, err := f.LoadOther(writeAll(t, map[string][]byte{"train/dark/1.png": one, "train/bright/1.png": one, "test/dark/2.png": one})); err != nil || !own {
		t.Errorf("one with a test part: own %v, error %v", own, err)
	}
	some["green/1.png"] = one
	_, _, err = f.LoadOther(writeAll(t, some))
	wantError(t, err, "class folder green", "bright, dark")
}

package tool

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// photos is a folder of two classes of five pictures each, bright and dark, with a file
// that is not a picture.
func photos(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for class, grey := range map[string]uint8{"bright": 220, "dark": 30} {
		if err := os.Mkdir(filepath.Join(dir, class), 0o777); err != nil {
			t.Fatal(err)
		}
		for k := range 5 {
			p := image.NewGray(image.Rect(0, 0, 9, 8))
			for i := range p.Pix {
				p.Pix[i] = grey + uint8(i%7+k)
			}
			write(t, filepath.Join(dir, class, string(rune('a'+k))+".png"), encoded(t, p))
		}
	}
	write(t, filepath.Join(dir, "dark", "notes.txt"), []byte("text"))
	return dir
}

func encoded(t *testing.T, p image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o666); err != nil {
		t.Fatal(err)
	}
}

func TestDataOfFolder(t *testing.T) {
	d := DefaultData()
	d.Name, d.Folder.Size = photos(t), 8
	if d.Known() || !d.IsFolder() {
		t.Errorf("%s is taken for a data set", d.Name)
	}
	var notes []string
	r := Reporter{Note: func(text string) { notes = append(notes, text) }}
	run, err := d.Run(context.Background(), r)
	if err != nil || !slices.Equal(run.Folder.Classes, []string{"bright", "dark"}) || run.DataDir != d.Name {
		t.Fatalf("%+v, %v", run, err)
	}
	if len(notes) != 2 || !strings.Contains(notes[0], "2 classes, 8 training and 2 test files") || !strings.HasSuffix(notes[1], "not pictures: 1 (dark/notes.txt)") {
		t.Errorf("notes %q", notes)
	}
	train, test, err := LoadRun(context.Background(), &run, r)
	if err != nil || train.Len() != 8 || test.Len() != 2 || len(run.Folder.Mean) != 3 || run.Folder.Std[0] <= 0 {
		t.Errorf("%v; moments %v, %v", err, run.Folder.Mean, run.Folder.Std)
	}
	other, err := testImages(context.Background(), &run, photos(t), r)
	if err != nil || other.Len() != 2 { // the same pixels: the run's own data, moved
		t.Errorf("%v; %d test images of the moved folder, want 2", err, other.Len())
	}
}

func TestVerifyFolder(t *testing.T) {
	dir := photos(t)
	c, err := VerifyFolder(context.Background(), dir, Reporter{})
	if err != nil || c.Err() != nil || c.Listing.Train+c.Listing.Test != 10 {
		t.Fatalf("%+v, %v", c, err)
	}
	write(t, filepath.Join(dir, "dark", "z.png"), []byte("no picture"))
	c, err = VerifyFolder(context.Background(), dir, Reporter{})
	if err != nil || len(c.Damaged) != 1 || c.Err() == nil || !strings.HasPrefix(c.Err().Error(), "1 of 11 pictures of ") {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestDataRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "p.png")
	write(t, file, nil)
	for want, d := range map[string]Data{
		"is a file; want the name":           {Name: file},
		"or give a folder of class folders":  {Name: "nosuch"},
		"the data set sample is built in":    {Name: "sample", Dir: "x"},
		"--data-dir x is for named data set": {Name: photos(t), Dir: "x"},
		"0 pixels a side":                    {Name: photos(t)},
	} {
		_, err := d.Run(context.Background(), Reporter{})
		if usage := (*UsageError)(nil); !errors.As(err, &usage) || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v; want a usage error with %q", d, err, want)
		}
	}
	if err := (Data{Name: "sample"}).CheckFetched(); err == nil {
		t.Error("sample is to be fetched")
	}
	c, err := Data{Name: "mnist", Dir: t.TempDir()}.Verify()
	if err != nil || c.Err() == nil || c.Bad != len(c.Files) || c.WellFormed != "" {
		t.Errorf("an empty folder: %+v, %v", c, err)
	}
	if grouped(1234567) != "1,234,567" || grouped(999) != "999" {
		t.Errorf("%s, %s", grouped(1234567), grouped(999))
	}
}

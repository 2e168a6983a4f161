package tool

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// One sheet or a folder; a picture that was read is not overwritten.
func TestFeatures(t *testing.T) {
	dir := photos(t)
	f := Features{Files: []string{filepath.Join(dir, "dark", "a.png")}, Size: 16, Averages: 1, Levels: 3, Out: filepath.Join(dir, "sheet.png")}
	list, err := f.Draw(context.Background(), Reporter{})
	if err != nil || len(list) != 1 || list[0].Shows != "sheet" {
		t.Errorf("%+v, %v", list, err)
	}
	f.Out = filepath.Join(dir, "many")
	list, err = f.Draw(context.Background(), Reporter{})
	if err != nil || len(list) < 5 || list[1].White == nil {
		t.Errorf("%+v, %v", list, err)
	}
	for _, d := range list {
		if _, err := os.Stat(d.File); err != nil {
			t.Error(err)
		}
	}
	for want, change := range map[string]func(f *Features){
		"would overwrite the input": func(f *Features) { f.Out = f.Files[0] },
		"want 1 to 5 for a.png":     func(f *Features) { f.Levels = 6 },
		"one sheet holds 16":        func(f *Features) { f.Files = make([]string, 17) },
		"--size 0":                  func(f *Features) { f.Size = 0 },
	} {
		f := f
		f.Out = filepath.Join(dir, "sheet.png")
		change(&f)
		if _, err := f.Draw(context.Background(), Reporter{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want %q", err, want)
		}
	}
}

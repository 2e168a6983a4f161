package runs

// The fuzz target of config.json.

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mgtool/internal/readertest"
	"mgtool/mgnet"
)

// A run's config.json that is accepted is valid and means the same when it is written
// and read again.
func FuzzRun(f *testing.F) {
	quick, err := LookupRecipe("quick")
	if err != nil {
		f.Fatal(err)
	}
	for i, named := range mgnet.Catalogue() {
		c, err := named.Make(named.Usual, nil, nil)
		if err != nil {
			f.Fatal(err)
		}
		r := Run{Model: c, Recipe: quick, Seed: uint64(i), Data: "sample", Limit: 10 * i, KeepEvery: i}
		if i%2 == 1 {
			r.Recipe, r.Imported = Recipe{}, "w.safetensors"
		}
		f.Add(readertest.JSON(f, r))
	}
	older, err := os.ReadFile("testdata/older-run/config.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(older)
	dir := f.TempDir()
	read := func(t *testing.T, data []byte) (r Run, err error) {
		if err := os.WriteFile(filepath.Join(dir, ConfigFile), data, 0o644); err != nil {
			t.Fatal(err)
		}
		err = readertest.Read(t, readertest.Allowance(data), func() (err error) { r, err = ReadRun(dir); return err })
		if err != nil && !strings.Contains(err.Error(), ConfigFile) {
			t.Errorf("the error %q does not name the file", err)
		}
		return r, err
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := read(t, data)
		if err != nil {
			return
		}
		if err := mgnet.Validate(r.Model); err != nil {
			t.Errorf("accepted with a model that is not valid: %v", err)
		}
		text := readertest.JSON(t, r)
		again, err := read(t, text)
		if err != nil || !slices.Equal(readertest.JSON(t, again), text) {
			t.Errorf("written and read again: %v, %s; want %s", err, readertest.JSON(t, again), text)
		}
	})
}

package runs

// Fuzz targets of the readers of JSON: configurations, recipes, runs. Those of
// weights and metrics are in fuzz_weights_test.go.

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mgtool/internal/readertest"
	"mgtool/mgnet"
)

// allowance is what a reader may allocate for a file of so many bytes: a thousand
// times the file, and 32 MB for what any model has.
func allowance(data []byte) uint64 { return 32<<20 + 1000*uint64(len(data)) }

// must is the JSON of a value.
func must(t testing.TB, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// tinyConfigs are small models of each family.
func tinyConfigs() []mgnet.Config {
	v := mgnet.MgNet(6, 5, 1, 2, []int{2}, []int{1, 1})
	v.Cycle, v.ShareA, v.Norm = "v", "step", "none"
	fixed := mgnet.MgNet(6, 6, 3, 2, []int{2}, []int{2, 1})
	fixed.Fixed, fixed.Activation = map[string][]float64{"A": {0, -1, 0, -1, 4, -1, 0, -1, 0}}, "hat"
	fixed.HatSupport, fixed.HatTrained = []float64{5, 10}, true
	shared := mgnet.MgNet(8, 8, 1, 2, []int{3}, []int{1, 1})
	shared.ShareA, shared.ShareB, shared.ShareR, shared.Depthwise = "all", "all", "all", []string{"A", "B"}
	resnet, preact := mgnet.MgNet(6, 6, 1, 2, []int{2}, []int{1, 1}), mgnet.MgNet(6, 6, 1, 2, []int{2}, []int{1})
	resnet.Model, resnet.ShareA, resnet.ShareB = "resnet", "step", "step"
	preact.Model, preact.Activation = "preact", "prelu"
	layers := mgnet.Config{Model: "layers", Height: 8, Width: 8, InChannels: 1, Classes: 2, Activation: "relu", Norm: "none", Layers: []mgnet.Layer{
		{Op: "conv", Channels: 2, Kernel: 3, Pad: 1, Groups: 1}, {Op: "max-pool", Kernel: 2},
		{Op: "response-norm"}, {Op: "mean-pool", Kernel: 2}, {Op: "linear", Channels: 3}, {Op: "linear"},
	}}
	return []mgnet.Config{mgnet.MgNet(4, 4, 1, 2, []int{2}, []int{1}), mgnet.FastMgNet(8, 8, 3, 2, []int{2, 2, 2}, nil), v, fixed, shared, resnet, preact, layers}
}

// A run's config.json that is accepted is valid and means the same when it is written
// and read again.
func FuzzRun(f *testing.F) {
	quick, err := LookupRecipe("quick")
	if err != nil {
		f.Fatal(err)
	}
	for i, c := range tinyConfigs() {
		r := Run{Model: c, Recipe: quick, Seed: uint64(i), Data: "sample", Limit: 10 * i, KeepEvery: i}
		if i%2 == 1 {
			r.Recipe, r.Imported = Recipe{}, "w.safetensors"
		}
		f.Add(must(f, r))
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
		err = readertest.Read(t, allowance(data), func() (err error) { r, err = ReadRun(dir); return err })
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
		if err := r.Model.Validate(); err != nil {
			t.Errorf("accepted with a model that is not valid: %v", err)
		}
		text := must(t, r)
		again, err := read(t, text)
		if err != nil || !slices.Equal(must(t, again), text) {
			t.Errorf("written and read again: %v, %s; want %s", err, must(t, again), text)
		}
	})
}

package exchange

import (
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mgtool/mgnet"
	"mgtool/mgnet/modeltest"
	"mgtool/mgnet/runs"
	"mgtool/vision"
)

// Moments of its own normalise a run's images wherever they are read, and stay with
// the weights that are exported.
func TestMomentsOfARun(t *testing.T) {
	mean, std := []float32{.25}, []float32{.5}
	n := modeltest.AsTrained(t, mgnet.NewMgNet(28, 28, 1, 10, []int{2}, []int{1}), 1)
	r := runs.Run{Model: n.Model, Data: "sample"}
	if err := r.SetMoments(mean, std); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	weights := filepath.Join(dir, "w.safetensors")
	if err := Export(weights, n, r); err != nil {
		t.Fatal(err)
	}
	stated, _, err := ReadExported(weights)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Import(weights, filepath.Join(dir, "run"), stated); err != nil {
		t.Fatal(err)
	}
	_, again, err := runs.Open(filepath.Join(dir, "run"))
	if err != nil {
		t.Fatal(err)
	}
	about, err := again.Describe()
	if err != nil {
		t.Fatal(err)
	}
	train, test, err := again.Load()
	if err != nil {
		t.Fatal(err)
	}
	alone, err := again.LoadTest()
	if err != nil {
		t.Fatal(err)
	}
	for name, d := range map[string]*vision.Dataset{"described": about, "train": train, "test": test, "test alone": alone} {
		if !slices.Equal(d.Mean, mean) || !slices.Equal(d.Std, std) {
			t.Errorf("%s: mean %v, deviation %v", name, d.Mean, d.Std)
		}
	}
	x := make([]float32, 28*28)
	if err := alone.Normalize(x, 0, 1); err != nil {
		t.Fatal(err)
	}
	for k, v := range x {
		if want := (float64(alone.Pixels[k])/255 - .25) / .5; math.Abs(float64(v)-want) > 1e-6 {
			t.Fatalf("pixel %d is %g, want %g", k, v, want)
		}
	}
	other, err := runs.Run{Data: "sample"}.Describe()
	if err != nil || slices.Equal(other.Mean, mean) {
		t.Errorf("another run has the mean %v too (%v)", other.Mean, err)
	}
}

// Weights go to data that the model takes, with as many classes, or with those that
// the file itself states.
func TestImportFitsData(t *testing.T) {
	n := modeltest.AsTrained(t, mgnet.NewMgNet(28, 28, 1, 12, []int{2}, []int{1}), 1)
	own := runs.Run{Model: n.Model, Data: "sample"} // 12 classes, of which the sample has 10
	dir := t.TempDir()
	weights := filepath.Join(dir, "w.safetensors")
	if err := Export(weights, n, own); err != nil {
		t.Fatal(err)
	}
	folder := vision.Folder{Size: 28, Channels: 1, Classes: []string{"a", "b"}, Damaged: "refuse", TestShare: .2}
	colour := vision.Folder{Size: 28, Channels: 3, Classes: []string{"a", "b"}, Damaged: "refuse", TestShare: .2}
	for name, c := range map[string]struct {
		r    runs.Run
		want string
	}{
		"as the file states":  {own, ""},
		"other data":          {runs.Run{Model: n.Model, Data: "mnist"}, "mnist has images of 28×28×1 in 10 classes; the model takes 28×28×1 in 12"},
		"two folders":         {runs.Run{Model: n.Model, Data: "photos", Folder: &folder}, "photos has images of 28×28×1 in 2 classes; the model takes 28×28×1 in 12"},
		"two folders, colour": {runs.Run{Model: n.Model, Data: "photos", Folder: &colour}, "photos has images of 28×28×3 in 2 classes"},
		"more classes":        {runs.Run{Model: n.Model, Data: "cifar100"}, "cifar100 has images of 32×32×3 in 100 classes; the model takes 28×28×1 in 12"},
	} {
		at := filepath.Join(dir, name)
		_, err := Import(weights, at, c.r)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: error %v; want one with %q", name, err, c.want)
		}
		if _, _, err := runs.Open(at); (err == nil) != (c.want == "") {
			t.Errorf("%s: a run is there: %t", name, err == nil)
		}
	}
}

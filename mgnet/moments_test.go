package mgnet

import (
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mgtool/vision"
)

// Moments of its own normalise a run's images wherever they are read, and stay with
// the weights that are exported.
func TestMomentsOfARun(t *testing.T) {
	mean, std := []float32{.25}, []float32{.5}
	n := asTrained(t, MgNet(28, 28, 1, 10, []int{2}, []int{1}), 1)
	r := Run{Model: n.Config, Data: "sample"}
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
	_, again, err := Open(filepath.Join(dir, "run"))
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
	other, err := Run{Data: "sample"}.Describe()
	if err != nil || slices.Equal(other.Mean, mean) {
		t.Errorf("another run has the mean %v too (%v)", other.Mean, err)
	}
}

// Those of a folder are in its description, of the run alone.
func TestMomentsOfAFolder(t *testing.T) {
	set := vision.DefaultFolder()
	set.Channels, set.Classes = 3, []string{"a", "b"}
	r := Run{Folder: &set, Data: "photos"}
	mean, std := []float32{0, .5, 1}, []float32{1, .5, .25}
	if err := r.SetMoments(mean, std); err != nil {
		t.Fatal(err)
	}
	if about, err := r.Describe(); err != nil || !slices.Equal(about.Mean, mean) || !slices.Equal(about.Std, std) {
		t.Errorf("%v, mean %v, deviation %v", err, about.Mean, about.Std)
	}
	if set.Mean != nil || r.Mean != nil {
		t.Errorf("the caller's folder has the mean %v, the run beside it %v", set.Mean, r.Mean)
	}
}

func TestMomentsThatAreNone(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	model := MgNet(28, 28, 1, 10, []int{2}, []int{1})
	for _, c := range []struct {
		mean, std []float32
		want      string
	}{
		{[]float32{.5}, nil, "1 means and 0 standard deviations for 1 channels"},
		{nil, []float32{.5}, "0 means and 1"},
		{[]float32{.5, .5}, []float32{1, 1}, "2 means"},
		{[]float32{nan}, []float32{1}, "mean NaN of channel 0"},
		{[]float32{inf}, []float32{1}, "mean +Inf"},
		{[]float32{125.3}, []float32{63}, "divided by 255"},
		{[]float32{-.1}, []float32{1}, "mean -0.1"},
		{[]float32{.5}, []float32{0}, "deviation 0 of channel 0"},
		{[]float32{.5}, []float32{-1}, "deviation -1"},
		{[]float32{.5}, []float32{nan}, "deviation NaN"},
		{[]float32{.5}, []float32{inf}, "deviation +Inf"},
		{[]float32{0}, []float32{255}, "deviation 255 of channel 0"}, // of bytes
		{[]float32{0}, []float32{255}, "deviation 255"},              // of bytes
	} {
		r := Run{Model: model, Data: "sample", Imported: "w"}
		if err := r.SetMoments(c.mean, c.std); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v; want one with %q", err, c.want)
		}
		r.Mean, r.Std = c.mean, c.std // as in a config.json
		if err := r.validate(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("in a run: error %v; want one with %q", err, c.want)
		}
	}
}

// Weights go to data that the model takes, with as many classes, or with those that
// the file itself states.
func TestImportFitsData(t *testing.T) {
	n := asTrained(t, MgNet(28, 28, 1, 12, []int{2}, []int{1}), 1)
	own := Run{Model: n.Config, Data: "sample"} // 12 classes, of which the sample has 10
	dir := t.TempDir()
	weights := filepath.Join(dir, "w.safetensors")
	if err := Export(weights, n, own); err != nil {
		t.Fatal(err)
	}
	folder := vision.Folder{Size: 28, Channels: 1, Classes: []string{"a", "b"}, Damaged: "refuse", TestShare: .2}
	colour := vision.Folder{Size: 28, Channels: 3, Classes: []string{"a", "b"}, Damaged: "refuse", TestShare: .2}
	for name, c := range map[string]struct {
		r    Run
		want string
	}{
		"as the file states":  {own, ""},
		"other data":          {Run{Model: n.Config, Data: "mnist"}, "mnist has images of 28×28×1 in 10 classes; the model takes 28×28×1 in 12"},
		"two folders":         {Run{Model: n.Config, Data: "photos", Folder: &folder}, "photos has images of 28×28×1 in 2 classes; the model takes 28×28×1 in 12"},
		"two folders, colour": {Run{Model: n.Config, Data: "photos", Folder: &colour}, "photos has images of 28×28×3 in 2 classes"},
		"more classes":        {Run{Model: n.Config, Data: "cifar100"}, "cifar100 has images of 32×32×3 in 100 classes; the model takes 28×28×1 in 12"},
	} {
		at := filepath.Join(dir, name)
		_, err := Import(weights, at, c.r)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: error %v; want one with %q", name, err, c.want)
		}
		if _, _, err := Open(at); (err == nil) != (c.want == "") {
			t.Errorf("%s: a run is there: %t", name, err == nil)
		}
	}
}

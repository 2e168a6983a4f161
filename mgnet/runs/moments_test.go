package runs

import (
	"math"
	"slices"
	"strings"
	"testing"

	"mgtool/mgnet"
	"mgtool/vision"
)

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
	model := mgnet.MgNet(28, 28, 1, 10, []int{2}, []int{1})
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
		if err := r.Validate(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("in a run: error %v; want one with %q", err, c.want)
		}
	}
}

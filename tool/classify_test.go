package tool

import (
	"bytes"
	"context"
	"math"
	"strings"
	"testing"

	"mgtool/vision"
)

// Two brightnesses are told apart without layers; the default γ is 1 / (features ·
// variance), here 4 pixels of 0 or 255 with variance 1/4.
func TestClassify(t *testing.T) {
	d := &vision.Dataset{Mean: []float32{0}, Std: []float32{1}, Name: "two", Height: 2, Width: 2, Channels: 1, Classes: []string{"dark", "bright"}}
	for k := range 40 {
		d.Labels = append(d.Labels, uint16(k%2))
		d.Pixels = append(d.Pixels, bytes.Repeat([]byte{byte(255 * (k % 2))}, 4)...)
	}
	if got, err := defaultGamma(d); err != nil || math.Abs(got-1) > 1e-12 {
		t.Errorf("γ = %g, want 1", got)
	}
	for _, known := range Classifiers() {
		k := DefaultClassify()
		k.Name = known.Name
		r, err := k.Train(context.Background(), d, d, Reporter{})
		if err != nil || r.TrainAccuracy != 1 || r.TestAccuracy != 1 || (r.Logistic == nil) == (r.SVM == nil) || r.Status == nil {
			t.Errorf("%s: %+v, %v", k.Name, r, err)
		}
		if kernel := k.Name == "svm-poly" || k.Name == "svm-gauss"; kernel != (r.Gamma == 1) {
			t.Errorf("%s: γ = %g", k.Name, r.Gamma)
		}
	}
	for want, change := range map[string]func(k *Classify){
		"classify x; want one of": func(k *Classify) { k.Name = "x" },
		"--gamma -1":              func(k *Classify) { k.Gamma = -1 },
		"degree":                  func(k *Classify) { k.Degree = 0 },
	} {
		k := DefaultClassify()
		k.Name = "svm"
		change(&k)
		if err := k.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want %q", err, want)
		}
	}
}

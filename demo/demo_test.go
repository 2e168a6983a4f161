package demo

import (
	"bytes"
	"context"
	"regexp"
	"strings"
	"testing"

	"mgtool/bridge/images"
	"mgtool/bridge/specification"
	"mgtool/mgnet/runs"
	"mgtool/mgnet/train"
	"mgtool/vision"
)

// A small demonstration fills every part of its page.
func TestPage(t *testing.T) {
	s := DefaultSettings(1)
	s.Cells = 64
	s.Model.Channels, s.Model.Smoothings = []int{4, 4}, []int{1, 1}
	s.Recipe.Epochs = 1
	s.Poisson.Training.Rounds, s.Poisson.Training.Steps, s.Poisson.N = 1, 2, 16
	s.Poisson.Variants = []specification.Specification{specification.Learn(specification.Learned{"B"})}
	s.Vision.Recipe.Epochs = 1
	s.Vision.Variants = images.Variants()[:2]
	s.VisionImages = 40
	r, err := Run(context.Background(), s)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := r.WriteHTML(&b); err != nil {
		t.Fatal(err)
	}
	html := b.String()
	if n := strings.Count(html, "data:image/png;base64,"); n != 4+20 {
		t.Errorf("%d pictures on the page, want 4 and two of each of 10 classes", n)
	}
	for _, want := range []string{"0.0741", "jacobi(0.8)", "learned B", "Fashion-MNIST", "</html>"} {
		if !strings.Contains(html, want) {
			t.Errorf("the page does not have %q", want)
		}
	}
	// It stands alone: nothing is fetched from anywhere.
	if m := regexp.MustCompile(`(src|href)="(?:https?:|//|/)[^"]*"`).FindString(html); m != "" {
		t.Errorf("the page fetches %s", m)
	}
	if strings.Contains(html, "ZgotmplZ") || strings.Contains(html, "NaN") {
		t.Error("the page has a value that could not be shown")
	}
}

// The network of the demonstration classifies at least 75% of images that it has
// not seen.
func TestAccuracy(t *testing.T) {
	if testing.Short() {
		t.Skip("trains for some 20 seconds")
	}
	s := DefaultSettings(1)
	training, test, err := vision.Load("sample", "")
	if err != nil {
		t.Fatal(err)
	}
	trainer, err := train.NewTrainer(runs.Run{Model: s.Model, Recipe: s.Recipe, Seed: 1, Data: "sample"}, training, test, "")
	if err != nil {
		t.Fatal(err)
	}
	sum, err := trainer.Train(context.Background(), nil)
	if err != nil || sum.TestAccuracy < .75 {
		t.Errorf("test accuracy %.3f (%v), want at least .75", sum.TestAccuracy, err)
	}
}

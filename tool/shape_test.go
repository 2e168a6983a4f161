package tool

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mgtool/mgnet"
	"mgtool/mgnet/runs"
	"mgtool/vision"
)

// Every model of the catalogue is made without further settings; counts that papers and
// programs state are right.
func TestModels(t *testing.T) {
	counts := map[string]int{
		"lenet5":   61706,    // LeCun et al. 1998 with full connections, as in PyTorch's tutorials
		"alexnet":  60965224, // Krizhevsky's single-column form
		"resnet18": 11173962, // kuangliu/pytorch-cifar
	}
	for _, m := range mgnet.Catalogue() {
		c, err := Shape{Model: m.Name}.Make(context.Background(), mgnet.Signature{})
		if err != nil {
			t.Errorf("%s: %v", m.Name, err)
			continue
		}
		if want := counts[m.Name]; want != 0 && mgnet.Parameters(c) != want {
			t.Errorf("%s has %d parameters, want %d", m.Name, mgnet.Parameters(c), want)
		}
		delete(counts, m.Name)
	}
	if len(counts) > 0 {
		t.Errorf("not listed: %v", counts)
	}
}

// What is asked for overrides the data, the data override the model.
func TestShape(t *testing.T) {
	ctx := context.Background()
	c, err := Shape{Model: "mgnet", Channels: []int{8}, Classes: 5}.Make(ctx, mgnet.Signature{Height: 20, Width: 24, InChannels: 1, Classes: 3})
	m, ok := c.(mgnet.MgNet)
	if err != nil || !ok || m.Height != 20 || m.Width != 24 || m.InChannels != 1 || m.Classes != 5 || m.Channels[0] != 8 || len(m.Smoothings) != 4 {
		t.Errorf("%+v, %v", c, err)
	}
	if c, err = (Shape{Model: "lenet5"}).Make(ctx, mgnet.Signature{}); err != nil || c.Sig().Height != 28 || c.Sig().Classes != 10 {
		t.Errorf("lenet5: %+v, %v", c, err)
	}
	// Large images get the stem of ResNet, unless a stem is asked for.
	for _, s := range []struct{ side, stem, want int }{{127, 0, 3}, {128, 0, 7}, {128, 5, 5}} {
		c, err := Shape{Model: "mgnet", Channels: []int{4}, Height: s.side, Width: s.side, Stem: s.stem}.Make(ctx, mgnet.Signature{})
		if m, ok := c.(mgnet.MgNet); !ok || m.Stem != s.want || (m.StemStride == 2) != (s.want == 7) {
			t.Errorf("%d pixels, stem %d: %v, %v; want stem %d", s.side, s.stem, c, err, s.want)
		}
	}
	for want, s := range map[string]Shape{
		"--channels does not apply to resnet18": {Model: "resnet18", Channels: []int{4}},
		"--smoothings does not apply to mlp":    {Model: "mlp", Smoothings: []int{1}},
		"--pi does not apply to resnet":         {Model: "resnet", Pi: "zero"},
		"--depthwise does not apply to cnn":     {Model: "cnn", Depthwise: []string{"A"}},
		"--stem-pool does not apply to lenet5":  {Model: "lenet5", StemPool: true},
		"--share-a does not apply to lenet5":    {Model: "lenet5", ShareA: "step"},
		`"x"; known: mgnet, `:                   {Model: "x"},
		"activation":                            {Model: "mgnet", Channels: []int{4}, Activation: "x"},
	} {
		_, err := s.Make(ctx, mgnet.Signature{})
		if usage := (*UsageError)(nil); !errors.As(err, &usage) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want a usage error with %q", err, want)
		}
	}
}

// Values that are given replace those of the recipe, zeros too; the others stay.
func TestRecipe(t *testing.T) {
	ctx := context.Background()
	own, err := runs.LookupRecipe("course")
	if err != nil {
		t.Fatal(err)
	}
	epochs, augment, rate := own.Epochs+3, "mirror", 0.5
	r, err := Recipe{Name: "course", Epochs: &epochs, Augment: &augment, LearningRate: &rate}.Read(ctx, "cifar10")
	if err != nil || r.Epochs != epochs || r.LearningRate != rate || r.Batch != own.Batch || !r.Mirror || r.Pad != 0 {
		t.Errorf("%+v, %v", r, err)
	}
	epochs = 0
	if _, err := (Recipe{Name: "course", Epochs: &epochs}).Read(ctx, "cifar10"); err == nil || !strings.Contains(err.Error(), "epochs") {
		t.Errorf("no epochs: %v", err)
	}
	file := filepath.Join(t.TempDir(), "own.json")
	text := `{"name": "own", "epochs": 7, "batch": 20, "learning_rate": 0.05, "schedule": "cosine", "momentum": 0.9}`
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	if r, err := (Recipe{Name: file}).Read(ctx, "sample"); err != nil || r.Epochs != 7 {
		t.Errorf("of a file: %+v, %v", r, err)
	}
	if _, err := (Recipe{Name: "nosuch.json"}).Read(ctx, "sample"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("of a missing file: %v", err)
	}
}

func TestFitBatch(t *testing.T) {
	for _, c := range []struct {
		batch, images int
		given         bool
		want          int // 0 for an error
	}{{50, 50, false, 50}, {50, 49, false, 12}, {50, 3, false, 1}, {50, 49, true, 0}, {50, 50, true, 50}} {
		d := &vision.Dataset{Height: 1, Width: 1, Channels: 1, Pixels: make([]uint8, c.images), Labels: make([]uint16, c.images)}
		r := runs.Recipe{Batch: c.batch}
		notes := 0
		err := fitBatch(&r, c.given, d, Reporter{Note: func(string) { notes++ }})
		if (err != nil) != (c.want == 0) || err == nil && (r.Batch != c.want || (notes == 1) != (c.want != c.batch)) {
			t.Errorf("batch %d of %d images, given %t: %d, %d notes, %v; want %d", c.batch, c.images, c.given, r.Batch, notes, err, c.want)
		}
	}
}

package mgnet_test

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mgtool/mgnet"
	"mgtool/mgnet/evaluate"
	"mgtool/mgnet/exchange"
	"mgtool/mgnet/runs"
	"mgtool/mgnet/train"
	"mgtool/tensor/gradtest"
)

// Two levels of 4 and 6 channels and 3 and 2 steps, by hand: the stem 9·1·4 + 8;
// A 9·16 and 9·36; B_k 9·16·(1 + 2 + 3) and 9·36·(1 + 2); norms before B 2·4·(1 + 2 + 3)
// and 2·6·(1 + 2), behind it 2·4·3 and 2·6·2; R and Π 2·9·24, their norms 2·2·6; the
// head 10·(6 + 1). One A a step has 9·(2·16 + 36) more.
func TestMultiStepParameters(t *testing.T) {
	c := mgnet.NewMultiStep(28, 28, 1, 10, []int{4, 6}, []int{3, 2})
	const want = 36 + 8 + 144 + 324 + 864 + 972 + 48 + 36 + 24 + 24 + 432 + 24 + 70
	if got := mgnet.Parameters(c); got != want {
		t.Errorf("%d parameters, want %d", got, want)
	}
	c.ShareA = "step"
	if got := mgnet.Parameters(c); got != want+9*(2*16+36) {
		t.Errorf("%d parameters with an A a step, want %d", got, want+9*(2*16+36))
	}
	c.ShareB = "level"
	if err := mgnet.Validate(c); err == nil || !strings.Contains(err.Error(), "share_b") {
		t.Errorf("one B for steps that read different numbers of residuals: %v", err)
	}
}

// A B_k that has weights for the last residual alone makes an MgNet: the same scores.
func TestMultiStepIsMgNetWithTheLastResidual(t *testing.T) {
	paper := mgnet.NewMgNet(9, 8, 2, 3, []int{3, 4}, []int{3, 2})
	paper.ShareB = "step"
	one, err := mgnet.New(paper, 1)
	if err != nil {
		t.Fatal(err)
	}
	many, err := mgnet.New(mgnet.NewMultiStep(9, 8, 2, 3, []int{3, 4}, []int{3, 2}), 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range many.Params() {
		from := one.Param(p.Name)
		if from == nil {
			t.Fatalf("MgNet has no %s", p.Name)
		}
		if !strings.HasSuffix(p.Name, ".B") {
			if len(p.Data) == len(from.Data) {
				copy(p.Data, from.Data)
			} // or the norm of residuals side by side, which begins as the identity there and here
			continue
		}
		clear(p.Data)
		in, out := from.Shape[2], from.Shape[3]
		for k := range 9 {
			last := k*p.Shape[2]*out + (p.Shape[2]-in)*out
			copy(p.Data[last:last+in*out], from.Data[k*in*out:])
		}
	}
	images := gradtest.Random(2*9*8*2, 3)
	scores := func(n *mgnet.Network) []float32 {
		p, err := evaluate.NewPredictor(n, 2)
		if err != nil {
			t.Fatal(err)
		}
		probabilities, err := p.Probabilities(images)
		if err != nil {
			t.Fatal(err)
		}
		return slices.Clone(probabilities)
	}
	want := scores(one)
	for i, v := range scores(many) {
		if math.Abs(float64(v-want[i])) > 1e-5 {
			t.Fatalf("probability %d is %g, of MgNet %g", i, v, want[i])
		}
	}
}

// The family trains, is stopped and resumed to the same bits, is evaluated and looked
// at, and goes to PyTorch and back, all by its registration.
func TestMultiStepEverywhere(t *testing.T) {
	n, r := everywhere(t, mgnet.NewMultiStep(28, 28, 1, 10, []int{4}, []int{2, 2}), "level1.step1.B")
	seen, err := evaluate.Inspect(n, gradtest.Random(28*28, 1))
	if err != nil || len(seen.States) != 4 || seen.States[1].G == nil {
		t.Errorf("inspected: %v, %+v", err, seen)
	}
	if _, err := mgnet.With(r.Model, map[string]any{"pi": "zero"}); err == nil || !strings.Contains(err.Error(), `unknown key "pi"`) {
		t.Errorf("a key of another family: %v", err)
	}
}

// So does a DenseNet.
func TestDenseNetEverywhere(t *testing.T) {
	everywhere(t, mgnet.NewDenseNet(28, 28, 1, 10, 4, []int{2, 2}), "level1.step1.W2")
}

// everywhere trains a model of images with the parameter param as [TestMultiStepEverywhere]
// says, and returns the network and its run.
func everywhere(t *testing.T, model mgnet.Model, param string) (*mgnet.Network, runs.Run) {
	t.Helper()
	recipe, err := runs.LookupRecipe("quick")
	if err != nil {
		t.Fatal(err)
	}
	recipe.Epochs, recipe.Batch, recipe.LearningRate = 3, 20, .2
	r := runs.Run{Model: model, Recipe: recipe, Seed: 1, Data: "sample", Limit: 200}
	images, test, err := r.Load()
	if err != nil {
		t.Fatal(err)
	}
	whole, halves := filepath.Join(t.TempDir(), "whole"), filepath.Join(t.TempDir(), "halves")
	trainer, err := train.NewTrainer(r, images, test, whole)
	if err != nil {
		t.Fatal(err)
	}
	first := trainer.Network.Param(param)
	before := slices.Clone(first.Data)
	sum, err := trainer.Train(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if h := trainer.History(); !(h[2].Loss < h[0].Loss) || slices.Equal(before, first.Data) {
		t.Errorf("losses %g, then %g; want a smaller one, by other weights", h[0].Loss, h[2].Loss)
	}

	ctx, stop := context.WithCancel(context.Background())
	trainer, err = train.NewTrainer(r, images, test, halves)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := trainer.Train(ctx, func(p train.Progress) {
		if p.Epoch == 2 && p.Batch == 4 {
			stop()
		}
	}); !errors.Is(err, context.Canceled) {
		t.Fatalf("stopped: %v", err)
	}
	if trainer, err = train.ResumeTrainer(halves); err != nil {
		t.Fatal(err)
	}
	if _, err := trainer.Train(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	read := func(dir string) []byte {
		data, err := os.ReadFile(filepath.Join(dir, runs.CheckpointFile))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	if !slices.Equal(read(whole), read(halves)) {
		t.Error("resumed, it ends in other bits")
	}

	n, opened, err := runs.Open(whole)
	if err != nil {
		t.Fatal(err)
	}
	if accuracy, err := evaluate.Accuracy(n, test); err != nil || accuracy != sum.TestAccuracy {
		t.Errorf("accuracy %g, %v; trained to %g", accuracy, err, sum.TestAccuracy)
	}

	file := filepath.Join(t.TempDir(), "w.safetensors")
	if err := exchange.Export(file, n, opened); err != nil {
		t.Fatal(err)
	}
	stated, ok, err := exchange.ReadExported(file)
	if err != nil || !ok {
		t.Fatalf("the file states nothing: %v", err)
	}
	back, err := exchange.Import(file, filepath.Join(t.TempDir(), "back"), stated)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range n.Params() {
		if !slices.Equal(p.Data, back.Params()[i].Data) {
			t.Errorf("%s is another after export and import", p.Name)
		}
	}

	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if c, err := runs.ParseModel(text); err != nil || c.Sig().Family != model.Sig().Family {
		t.Errorf("read back: %v, %v", c, err)
	}
	return n, r
}

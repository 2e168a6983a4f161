package images

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"mgtool/bridge/specification"
	"mgtool/mgnet"
	"mgtool/mgnet/runs"
	"mgtool/mgnet/train"
	"mgtool/vision"
)

// A classifier with fixed operators trains the rest, and learned ones count.
func TestCompare(t *testing.T) {
	training, test, err := vision.Load("sample", "")
	if err != nil {
		t.Fatal(err)
	}
	training, _ = training.Limit(200)
	test, _ = test.Limit(100)
	recipe, _ := runs.LookupRecipe("quick")
	recipe.Epochs, recipe.Batch, recipe.LearningRate = 3, 20, .2
	all, _ := specification.ParseLearned("all", specification.Images.Operators())
	rows, err := Compare(context.Background(), Comparison{
		Model: mgnet.NewMgNet(28, 28, 1, 10, []int{4}, []int{1, 1}), Recipe: recipe, Seed: 1,
		Variants: []Variant{{"down", nil}, {"down", specification.Learned{"B"}}, {"down", all}, {"v", specification.Learned{"P"}}, {"v", all}},
	}, training, test)
	if err != nil {
		t.Fatal(err)
	}
	// Stem 9·4 + 8, head 50, batch norms 4·4 a step and 4·4 a restriction; a
	// 3×3 operator has 9·16. The V-cycle has a step more, on the fine level.
	base := 36 + 8 + 50 + 2*16 + 16
	for i, want := range []int{base, base + 2*144, base + 6*144, base + 16 + 144, base + 16 + 7*144} {
		if rows[i].Parameters != want {
			t.Errorf("row %d has %d parameters, want %d", i, rows[i].Parameters, want)
		}
	}
	for _, r := range rows {
		// Chance is .10 on 10 classes, give or take .02 on 200 images.
		if r.TrainAccuracy < .15 {
			t.Errorf("%s, learned %v: accuracy in training %.2f is no better than chance", r.Cycle, r.Learned, r.TrainAccuracy)
		}
	}
}

// Every variant that the tables have is a model, fixed where it is not learned.
func TestVariants(t *testing.T) {
	list := Variants()
	for i, v := range list {
		base := mgnet.NewMgNet(28, 28, 1, 10, []int{4}, []int{1, 1})
		base.Cycle = v.Cycle
		c := Fix(base, v.Learned)
		if err := mgnet.Validate(c); err != nil {
			t.Errorf("variant %d: %v", i, err)
		}
		for _, op := range specification.Images.Operators() {
			_, fixed := c.Fixed[op]
			if want := !v.Learned.Has(op) && (op != "P" || v.Cycle == "v"); fixed != want {
				t.Errorf("variant %d, learned %v: %s is fixed: %t", i, v.Learned, op, fixed)
			}
		}
		for _, before := range list[:i] {
			if before.Cycle == v.Cycle && slices.Equal(before.Learned, v.Learned) {
				t.Errorf("variant %d is there twice", i)
			}
		}
	}
}

// Images that the model does not take, and a training that is cancelled, are errors.
func TestCompareErrors(t *testing.T) {
	training, test, err := vision.Load("sample", "")
	if err != nil {
		t.Fatal(err)
	}
	recipe, err := runs.LookupRecipe("quick")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	stages := 0
	c := Comparison{
		Model: mgnet.NewMgNet(32, 32, 3, 10, []int{2}, []int{1}), Recipe: recipe, Variants: Variants()[:2],
		Stage: func(string) { stages++ }, Report: func(train.Progress) { cancel() },
	}
	if rows, err := Compare(ctx, c, training, test); rows != nil || err == nil || !strings.Contains(err.Error(), "28×28×1") {
		t.Errorf("images of another size: %v", err)
	}
	c.Model = mgnet.NewMgNet(28, 28, 1, 10, []int{2}, []int{1})
	if rows, err := Compare(ctx, c, training, test); rows != nil || !errors.Is(err, context.Canceled) || stages != 2 {
		t.Errorf("cancelled after %d stages: %v", stages, err)
	}
}

package bridge

import (
	"context"
	"testing"

	"mgtool/bridge/specification"
	"mgtool/mgnet"
	"mgtool/mgnet/runs"
	"mgtool/vision"
)

// A classifier with fixed operators trains the rest, and learned ones count.
func TestCompareVision(t *testing.T) {
	train, test, err := vision.Load("sample", "")
	if err != nil {
		t.Fatal(err)
	}
	train, _ = train.Limit(200)
	test, _ = test.Limit(100)
	recipe, _ := runs.LookupRecipe("quick")
	recipe.Epochs, recipe.Batch, recipe.LearningRate = 3, 20, .2
	all, _ := specification.ParseLearned("all", specification.Images.Operators())
	rows, err := CompareVision(context.Background(), VisionComparison{
		Model: mgnet.NewMgNet(28, 28, 1, 10, []int{4}, []int{1, 1}), Recipe: recipe, Seed: 1,
		Variants: []VisionVariant{{"down", nil}, {"down", specification.Learned{"B"}}, {"down", all}, {"v", specification.Learned{"P"}}, {"v", all}},
	}, train, test)
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

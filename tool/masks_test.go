package tool

// The job "masks" by its verbs.

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mgtool/internal/picture"
	"mgtool/mask"
	"mgtool/mgnet/job"
	"mgtool/mgnet/train"
)

// U-Nets learn from pictures of shapes that are made here, are stopped and resumed to the
// same bits, are evaluated with their pictures, and predict masks of a folder and of a
// picture of another size.
func TestMasks(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	data := filepath.Join(dir, "shapes")
	if err := (mask.Shapes{Train: 24, Test: 6, Size: 16, Seed: 1}).Write(ctx, data, nil); err != nil {
		t.Fatal(err)
	}
	epochs, batch := 3, 6
	for _, shape := range []Shape{{Channels: []int{4}, Smoothings: []int{1, 1}}, {Model: "unet-bn", Channels: []int{4}, Smoothings: []int{1, 1}}} {
		begin := func(out string) *train.Trainer {
			t.Helper()
			j := mask.New()
			j.Mirror = true
			tr, _, err := TrainJob{Job: j, Data: data, Shape: shape, Recipe: Recipe{Epochs: &epochs, Batch: &batch}, Seed: 1, Out: out}.Begin(ctx, Reporter{})
			if err != nil {
				t.Fatal(err)
			}
			return tr
		}
		whole, halves := filepath.Join(dir, "whole"+shape.Model), filepath.Join(dir, "halves"+shape.Model)
		trainer := begin(whole)
		sum, err := trainer.Train(ctx, nil)
		if err != nil {
			t.Fatal(err)
		}
		if h := trainer.History(); !(h[2].Loss < h[0].Loss) {
			t.Errorf("%s: losses %g, then %g; want a smaller one", shape.Model, h[0].Loss, h[2].Loss)
		}
		resumes(t, begin, halves, whole, func(p train.Progress) bool { return p.Epoch == 2 && p.Batch == 2 })

		out := filepath.Join(whole, "eval")
		e, err := EvaluateJob{Run: whole, Checkpoint: "last", Out: out}.Evaluate(ctx, Reporter{})
		if err != nil {
			t.Fatal(err)
		}
		if e.Loss != sum.TestLoss || e.Accuracy != sum.TestAccuracy || e.Samples != 6 || len(e.Metrics) != 11 || e.Metrics[0] != (job.Metric{Name: "pixel accuracy", Value: e.Accuracy}) {
			t.Errorf("evaluated %+v after a training that ended with %+v", e, sum)
		}
		for _, file := range []string{"masks.png", "masks/000005.png"} {
			if err := picture.Check(filepath.Join(out, file)); err != nil {
				t.Error(err)
			}
		}

		// The masks of a folder are those of the evaluation.
		p, _, err := PredictJob(ctx, whole, "last", filepath.Join(data, "test", "images"), filepath.Join(dir, "predicted"+shape.Model))
		if err != nil || len(p.Rows) != 6 || len(p.Files) != 6 || strings.Join(p.Columns, " ") != "picture background circle square triangle" {
			t.Fatalf("predicted %+v (%v)", p, err)
		}
		for _, file := range p.Files {
			got, _ := os.ReadFile(file)
			want, _ := os.ReadFile(filepath.Join(out, "masks", filepath.Base(file)))
			if len(got) == 0 || !slices.Equal(got, want) {
				t.Errorf("%s is not the mask of the evaluation", file)
			}
		}
		larger, to := filepath.Join(dir, "larger"+shape.Model), filepath.Join(dir, "mask.png")
		if err := (mask.Shapes{Train: 1, Test: 1, Size: 21, Seed: 1}).Write(ctx, larger, nil); err != nil {
			t.Fatal(err)
		}
		if _, _, err := PredictJob(ctx, whole, "last", filepath.Join(larger, "test", "images", "000000.png"), to); err != nil {
			t.Fatal(err)
		}
		if img, err := picture.Decode(to); err != nil || img.Bounds().Dx() != 21 {
			t.Errorf("the mask of a picture of 21×21 (%v)", err)
		}
	}
}

// An evaluation keeps to the run's limit and to what it held out on its own data, also where
// they have moved, and takes all test samples of others.
func TestEvaluateParts(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	make := func(name string, test int) string {
		to := filepath.Join(dir, name)
		if err := (mask.Shapes{Train: 12, Test: test, Size: 16, Seed: uint64(test)}).Write(ctx, to, nil); err != nil {
			t.Fatal(err)
		}
		return to
	}
	own, other, run, epochs, batch := make("own", 2), make("other", 5), filepath.Join(dir, "run"), 1, 3
	tr, _, err := TrainJob{
		Job: mask.New(), Data: own, Shape: Shape{Channels: []int{2}, Smoothings: []int{1, 1}}, Recipe: Recipe{Epochs: &epochs, Batch: &batch}, Out: run, HoldOut: 3, Limit: 3,
	}.Begin(ctx, Reporter{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tr.Train(ctx, nil); err != nil {
		t.Fatal(err)
	}
	moved := filepath.Join(dir, "moved")
	if err := os.CopyFS(moved, os.DirFS(own)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		data, label             string
		samples, holdOut, limit int
	}{{"", "own", 3, 3, 3}, {moved, "moved", 3, 3, 3}, {other, "other", 5, 0, 0}} {
		note := ""
		e, err := EvaluateJob{Run: run, Checkpoint: "last", Data: c.data}.Evaluate(ctx, Reporter{Note: func(text string) { note = text }})
		if err != nil {
			t.Fatal(err)
		}
		if e.Samples != c.samples || e.Run.Data != c.label || e.Run.HoldOut != c.holdOut || e.Run.Limit != c.limit || strings.Contains(note, "not the run's own data") != (c.data == other) {
			t.Errorf("%s: %d samples of %s, hold-out %d, limit %d, note %q; want %+v", c.label, e.Samples, e.Run.Data, e.Run.HoldOut, e.Run.Limit, note, c)
		}
	}
}

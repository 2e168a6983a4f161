package tool

// The job of learning operators from data to a prediction, on Darcy flow made here.

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"mgtool/field"
	"mgtool/field/learn"
	"mgtool/mgnet/train"
)

// Both models learn what they are shown, a training that was stopped ends in the same bits, and
// the run serves another size.
func TestFieldsJob(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	make := func(n int) string {
		r, err := field.Usual("darcy")
		if err != nil {
			t.Fatal(err)
		}
		r.N, r.Every, r.Count, r.Test, r.Seed = n, 1, 16, 4, 1
		path := filepath.Join(dir, "darcy.safetensors")
		if n != 16 {
			path = filepath.Join(dir, "fine.safetensors")
		}
		if _, err := (MakeFields{Recipe: r, Out: path}).Make(ctx, Reporter{}); err != nil {
			t.Fatal(err)
		}
		return path
	}
	data, fine := make(16), make(33)
	for _, model := range (&learn.Job{}).Models() {
		begin := func(out string) *train.Trainer {
			t.Helper()
			epochs, batch, rate := 12, 4, .004
			tr, _, err := TrainJob{
				Job: learn.New(), Data: data, Shape: Shape{Model: model, Channels: []int{8}}, Seed: 1, Out: out,
				Recipe: Recipe{Epochs: &epochs, Batch: &batch, LearningRate: &rate},
			}.Begin(ctx, Reporter{})
			if err != nil {
				t.Fatal(err)
			}
			return tr
		}
		whole, halves := filepath.Join(dir, model), filepath.Join(dir, model+"-halves")
		sum, err := begin(whole).Train(ctx, nil)
		if err != nil {
			t.Fatal(err)
		}
		if !(sum.TestLoss < .5) { // the error of u = 0 is 1
			t.Errorf("%s: test loss %g; want less than 0.5", model, sum.TestLoss)
		}
		resumes(t, begin, halves, whole, func(p train.Progress) bool { return p.Epoch == 2 && p.Batch == 2 })
		out := filepath.Join(dir, model+"-eval")
		e, err := EvaluateJob{Run: whole, Checkpoint: "last", Out: out}.Evaluate(ctx, Reporter{})
		if err != nil {
			t.Fatal(err)
		}
		if d := e.Loss - sum.TestLoss; d*d > 1e-12 || len(e.Metrics) != 3 || e.Metrics[0].Value-e.Loss > 1e-6 || !(e.Metrics[1].Value > e.Loss) || len(e.Files) != 2 {
			t.Errorf("%s: evaluated %+v after a training that ended with %+v", model, e, sum)
		}
		e, err = EvaluateJob{Run: whole, Checkpoint: "last", Data: fine}.Evaluate(ctx, Reporter{})
		if err != nil || !(e.Loss < 1) {
			t.Errorf("%s: loss %v at 33²; want less than 1 (%v)", model, e, err)
		}
		predicted := filepath.Join(dir, model+".safetensors")
		p, _, err := PredictJob(ctx, whole, "last", fine, predicted)
		if err != nil || len(p.Rows) != 20 || len(p.Files) != 1 {
			t.Fatalf("%s: predicted %v (%v)", model, p, err)
		}
		set, err := field.Read(predicted)
		if err != nil || set.Height != 33 || set.Len() != 20 {
			t.Errorf("%s: %v of the predictions (%v)", model, set, err)
		}
	}
	_, _, err := TrainJob{Job: learn.New(), Data: data, Shape: Shape{Model: "mgno", Channels: []int{8, 4}}}.Begin(ctx, Reporter{})
	if err == nil || !strings.Contains(err.Error(), "channels [8 4] for mgno") {
		t.Errorf("error %v; want one about channels", err)
	}
}

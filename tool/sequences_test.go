package tool

// Sequences from files to a table: trained, resumed to the same bits, evaluated, predicted.

import (
	"context"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mgtool/mgnet/job"
	"mgtool/mgnet/train"
	"mgtool/sequence"
)

func TestSequences(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	data := filepath.Join(dir, "pulses")
	if _, err := (sequence.Pulses{Train: 300, Test: 100, Length: 96, Seed: 1}).Write(data); err != nil {
		t.Fatal(err)
	}
	epochs := 8
	begin := func(out string) *train.Trainer {
		t.Helper()
		j := sequence.NewJob()
		j.Normalise, j.ClassWeights = "training", "balanced"
		tr, _, err := TrainJob{Job: j, Data: data, Recipe: Recipe{Epochs: &epochs}, Seed: 1, Out: out}.Begin(ctx, Reporter{})
		if err != nil {
			t.Fatal(err)
		}
		return tr
	}
	whole, halves := filepath.Join(dir, "whole"), filepath.Join(dir, "halves")
	tr := begin(whole)
	if got := tr.Network.Parameters(); got != 3450 {
		t.Errorf("%d parameters, want 3450", got)
	}
	sum, err := tr.Train(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	// A guess is right in half of the cases; the overlap of the kinds allows 0.84.
	if !(sum.TestAccuracy > .7) {
		t.Errorf("test accuracy %.3f after %d epochs; want more than 0.7", sum.TestAccuracy, epochs)
	}
	resumes(t, begin, halves, whole, func(p train.Progress) bool { return p.Epoch == 2 && p.Batch == 3 })
	files := filepath.Join(dir, "files")
	e, err := EvaluateJob{Run: whole, Checkpoint: "last", Out: files}.Evaluate(ctx, Reporter{})
	if err != nil {
		t.Fatal(err)
	}
	if e.Accuracy != sum.TestAccuracy || e.Metrics[0].Value != sum.TestAccuracy || e.Metrics[2].Name != "auc" || !(e.Metrics[2].Value > .75) || len(e.Files) != 4 {
		t.Errorf("evaluated %+v after a training that ended with %+v", e, sum)
	}
	// Predictions are right as often, with labels in the file or without.
	p, _, err := PredictJob(ctx, whole, "last", data, "")
	if err != nil {
		t.Fatal(err)
	}
	right := 0
	var bare strings.Builder
	for _, row := range p.Rows {
		if row[1] == row[2] {
			right++
		}
	}
	if len(p.Rows) != 100 || math.Abs(float64(right)/100-sum.TestAccuracy) > 1e-9 {
		t.Errorf("%d of %d predictions right; want accuracy %g", right, len(p.Rows), sum.TestAccuracy)
	}
	text, _ := os.ReadFile(filepath.Join(data, "pulses_TEST.tsv"))
	for line := range strings.Lines(string(text)) {
		_, values, _ := strings.Cut(line, "\t")
		bare.WriteString(values)
	}
	path := filepath.Join(dir, "bare.tsv")
	if err := os.WriteFile(path, []byte(bare.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	q, _, err := PredictJob(ctx, whole, "last", path, filepath.Join(dir, "answer.csv"))
	if err != nil || len(q.Rows) != 100 || q.Rows[7][1] != p.Rows[7][2] || len(q.Files) != 1 {
		t.Errorf("without labels: %v (%v)", q, err)
	}
	// The file that is read stays, whatever its name.
	link := filepath.Join(dir, "link.tsv")
	if err := os.Link(path, link); err != nil {
		t.Fatal(err)
	}
	_, _, err = PredictJob(ctx, whole, "last", path, link)
	if left, _ := os.ReadFile(path); !errors.Is(err, fs.ErrExist) || string(left) != bare.String() {
		t.Errorf("error %v of an output that is the input, which has %d bytes of %d left", err, len(left), bare.Len())
	}
	if _, _, err = PredictJob(ctx, whole, "last", data, filepath.Join(data, "pulses_TEST.tsv")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("error %v of an output that is the test part of the folder", err)
	}
	if err := os.WriteFile(path, []byte("1\t2\t3\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, _, err := PredictJob(ctx, whole, "last", path, ""); err == nil || !strings.Contains(err.Error(), "has 3 values a line; the network takes 96, or 97 with a label") {
		t.Errorf("error %v of sequences of another length", err)
	}
}

// The classes weigh by the inverse of their shares, and the settings keep what was found.
func TestSequenceWeights(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.csv")
	if err := os.WriteFile(path, []byte(strings.Repeat("a,1,2\n", 30)+strings.Repeat("b,2,1\n", 10)), 0o644); err != nil {
		t.Fatal(err)
	}
	j := sequence.NewJob()
	j.ClassWeights = "balanced"
	d, err := j.Load(path, job.Part{})
	if err != nil {
		t.Fatal(err)
	}
	if d.Train.Len() != 32 || d.Test.Len() != 8 || !slices.Equal(j.Weights, []float32{2. / 3, 2}) {
		t.Errorf("%d and %d sequences, weights %v; want 32, 8, 2/3 and 2", d.Train.Len(), d.Test.Len(), j.Weights)
	}
	if task, ok := j.Task().(train.CountedClasses); !ok || !slices.Equal(task.Weights, j.Weights) {
		t.Errorf("task %+v", j.Task())
	}
	settings, err := job.Settings(j)
	if err != nil {
		t.Fatal(err)
	}
	k := sequence.NewJob()
	if err := job.Read(k, settings); err != nil || !slices.Equal(k.Weights, j.Weights) || !slices.Equal(k.Classes, j.Classes) || k.Length != 2 {
		t.Errorf("read again %+v (%v)", k, err)
	}
}

// The table has the classifiers once and the networks once a seed.
func TestCompareSequences(t *testing.T) {
	data := t.TempDir()
	if _, err := (sequence.Pulses{Train: 120, Test: 60, Length: 48, Seed: 1}).Write(data); err != nil {
		t.Fatal(err)
	}
	var begun []string
	c := CompareSequences{
		Job: sequence.NewJob(), Data: data, Classifiers: []string{"logistic", "svm-gauss"}, Models: []string{"mgnet1d"}, Seeds: []uint{0, 2}, Epochs: 1,
		Begin: func(r SequencesResult) { begun = append(begun, r.Title()) }, Done: func(SequencesResult) {},
	}
	rows, err := c.Run(context.Background(), Reporter{})
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 4 || rows[0].Parameters != 2*49 || rows[1].Parameters != 0 || rows[2].Parameters != 3450 || rows[3].Seed != 2 {
		t.Fatalf("%+v", rows)
	}
	if want := []string{"logistic", "svm-gauss", "mgnet1d, seed 0", "mgnet1d, seed 2"}; !slices.Equal(begun, want) || c.Rows() != 4 {
		t.Errorf("%d rows, begun %q; want %q", c.Rows(), begun, want)
	}
	for _, r := range rows {
		if sum := r.Confusion[0][0] + r.Confusion[0][1] + r.Confusion[1][0] + r.Confusion[1][1]; sum != 60 || !(r.AUC >= 0 && r.AUC <= 1) {
			t.Errorf("%+v", r)
		}
	}
	if rows[2].AUC == rows[3].AUC {
		t.Errorf("seeds 0 and 2 have the same AUC, %v", rows[2].AUC)
	}
	// A kernel orders rows by what it decides by.
	k := DefaultClassify()
	k.Name = "svm-gauss"
	r, _, _, err := k.ReadSequences(context.Background(), sequence.NewJob(), data, job.Part{}, Reporter{})
	if err != nil || r.TestAccuracy != r.Test.Accuracy || r.TestAccuracy != rows[1].Accuracy {
		t.Errorf("%+v (%v); want the accuracy of the scores, %v", r, err, rows[1].Accuracy)
	}
	// Stopped, it has the rows that are done.
	ctx, stop := context.WithCancel(context.Background())
	c.Done = func(r SequencesResult) {
		if r.Network {
			stop()
		}
	}
	if some, err := c.Run(ctx, Reporter{}); !errors.Is(err, context.Canceled) || len(some) != 3 || some[2].AUC != rows[2].AUC {
		t.Errorf("stopped after three rows: %+v (%v)", some, err)
	}
	// A wrong name costs no training.
	begun = nil
	c.Models = []string{"mgnet1d", "transformer"}
	var usage *UsageError
	if _, err := c.Run(context.Background(), Reporter{}); !errors.As(err, &usage) || !strings.Contains(err.Error(), "--models transformer; want some of mgnet1d, resnet1d") || begun != nil {
		t.Errorf("error %v of an unknown model, after %q", err, begun)
	}
	c.Models, c.Seeds = []string{"mgnet1d"}, nil
	if _, err := c.Run(context.Background(), Reporter{}); err == nil {
		t.Error("no error for models without seeds")
	}
}

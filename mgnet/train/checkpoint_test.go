package train

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mgtool/mgnet"
	"mgtool/mgnet/evaluate"
	"mgtool/mgnet/runs"
)

// The best and every second checkpoint are those of a training that ended there, and
// keeping them does not change the training.
func TestKeptCheckpoints(t *testing.T) {
	r := tinyRun()
	r.Recipe.Epochs, r.Recipe.Schedule, r.Recipe.StepEpochs, r.Recipe.StepFactor = 5, "step", 1, .9
	want := train(t, r, t.TempDir())
	r.KeepBest, r.KeepEvery = true, 2
	dir := t.TempDir()
	tr, te, _ := r.Load()
	trainer, err := NewTrainer(r, tr, te, dir)
	if err != nil {
		t.Fatal(err)
	}
	after := map[int][]byte{} // the last checkpoint, by the epochs that it has
	_, err = trainer.Train(context.Background(), func(m Progress) {
		if m.Batch == 1 && m.Epoch > 1 {
			after[m.Epoch-1] = read(t, filepath.Join(dir, runs.CheckpointFile))
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	after[5] = read(t, filepath.Join(dir, runs.CheckpointFile))
	if !bytes.Equal(after[5], want) {
		t.Error("keeping checkpoints changes the last one")
	}
	best, accuracy := 0, -1.
	for _, e := range trainer.History() {
		if e.TestAccuracy > accuracy {
			best, accuracy = e.Epoch, e.TestAccuracy
		}
	}
	for file, epoch := range map[string]int{runs.BestFile: best, "checkpoint-0002.safetensors": 2, "checkpoint-0004.safetensors": 4} {
		if !bytes.Equal(read(t, filepath.Join(dir, file)), after[epoch]) {
			t.Errorf("%s is not that of epoch %d", file, epoch)
		}
	}
	if files, _ := filepath.Glob(filepath.Join(dir, "*.safetensors")); len(files) != 4 {
		t.Errorf("checkpoints %v; want best, two and the last", files)
	}

	// They open by name, and a training goes on from one that is put in the last's place.
	n, _, err := runs.OpenCheckpoint(dir, "best")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := evaluate.Accuracy(n, te); err != nil || got != accuracy {
		t.Errorf("the best one has accuracy %g, want %g (%v)", got, accuracy, err)
	}
	for _, name := range []string{"last", "checkpoint-0002.safetensors", filepath.Join(dir, "checkpoint-0004.safetensors")} {
		if _, _, err := runs.OpenCheckpoint(dir, name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := runs.OpenCheckpoint(dir, "checkpoint-0003.safetensors"); err == nil || !strings.Contains(err.Error(), "checkpoint-0003") {
		t.Errorf("a checkpoint that is not there: %v", err)
	}
	os.WriteFile(filepath.Join(dir, runs.CheckpointFile), after[2], 0o644)
	if trainer, err = ResumeTrainer(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := trainer.Train(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(read(t, filepath.Join(dir, runs.CheckpointFile)), want) {
		t.Error("from epoch 2 again, the last checkpoint differs")
	}
	if !bytes.Equal(read(t, filepath.Join(dir, runs.BestFile)), after[best]) {
		t.Errorf("from epoch 2 again, the best one is not that of epoch %d", best)
	}
	r.KeepEvery = -1
	if _, err := NewTrainer(r, tr, te, ""); err == nil || !strings.Contains(err.Error(), "-1 epochs") {
		t.Errorf("kept every -1 epochs: %v", err)
	}
}

// A part of a checkpoint is never read as a whole one, wherever it is cut off, and
// leaves the network as it was.
func TestCutOffCheckpoint(t *testing.T) {
	r := tinyRun()
	r.Recipe.Epochs = 1
	dir := t.TempDir()
	whole := train(t, r, dir)
	n, err := mgnet.New(r.Model, 7)
	if err != nil {
		t.Fatal(err)
	}
	before := fmt.Sprint(n.Params()[0].Data)
	path := filepath.Join(dir, runs.CheckpointFile)
	for cut := 0; cut < len(whole); cut += 1 + cut/50 {
		for _, k := range []int{cut, len(whole) - 1 - cut} {
			os.WriteFile(path, whole[:k], 0o644)
			if _, err := runs.LoadCheckpoint(n, path, nil, nil); err == nil || !strings.Contains(err.Error(), "not a safetensors checkpoint") {
				t.Fatalf("cut off after %d of %d bytes: %v", k, len(whole), err)
			}
		}
	}
	os.WriteFile(path, append(bytes.Clone(whole), 0), 0o644)
	if _, err := runs.LoadCheckpoint(n, path, nil, nil); err == nil {
		t.Error("a byte too many: accepted")
	}
	if fmt.Sprint(n.Params()[0].Data) != before {
		t.Error("the network has changed")
	}
}

// ../runs/testdata/older-run was stopped in its fourth epoch of twelve, by the program of
// commit 45736c6, which had SGD alone. It goes on, and ends with the loss that that
// program reports for it.
func TestOlderRun(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../runs/testdata/older-run")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := runs.Open(dir); err != nil {
		t.Fatal(err)
	}
	trainer, err := ResumeTrainer(dir)
	if err != nil {
		t.Fatal(err)
	}
	sum, err := trainer.Train(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := 2.2420416; math.Abs(sum.Loss-want) > 1e-4 {
		t.Errorf("loss %.7f at the end, want %.7f", sum.Loss, want)
	}
	rows, err := readMetrics(filepath.Join(dir, runs.MetricsFile), 12)
	if err != nil || !math.IsNaN(rows[2].LoadShare) || math.IsNaN(rows[11].LoadShare) {
		t.Errorf("rows %v (%v); want a load share of the later ones alone", rows, err)
	}
}

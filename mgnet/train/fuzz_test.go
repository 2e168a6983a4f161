package train

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"mgtool/internal/readertest"
	"mgtool/mgnet"
	"mgtool/mgnet/runs"
)

// A recipe that is accepted means the same when it is written and read again, has a
// learning rate for every batch, and makes two steps that leave alone what is fixed.
func FuzzRecipe(f *testing.F) {
	for _, r := range runs.Recipes() {
		f.Add(readertest.JSON(f, r))
	}
	f.Add([]byte(`{"epochs": 3, "batch": 1, "learning_rate": 1e-3, "optimizer": "adamw", "beta1": 0.9, "beta2": 0.99, "epsilon": 1e-8, "weight_decay": 0.01, "ema": 0.95, "clip_norm": 1, "schedule": "one-cycle", "peak_at": 0.3, "small_epochs": 1, "small_scale": 0.5, "precision": "bf16", "cutout": 3, "mixup": 0.2}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var r runs.Recipe
		err := readertest.Read(t, readertest.Allowance(data), func() (err error) { r, err = runs.ParseRecipe(data); return err })
		if err != nil {
			return
		}
		text := readertest.JSON(t, r)
		again, err := runs.ParseRecipe(text)
		if err != nil || again != r {
			t.Fatalf("written and read again: %v, %+v; want %+v", err, again, r)
		}
		const batches = 3
		for _, epoch := range []int{0, 1, r.Epochs / 2, r.Epochs - 1} {
			for batch := range batches {
				if rate := r.Rate(epoch, batch, batches); !(rate >= 0 && rate <= r.LearningRate) {
					t.Fatalf("rate %g in epoch %d, batch %d; want 0 to %g", rate, epoch, batch, r.LearningRate)
				}
			}
		}
		fixed := &mgnet.Param{Name: "fixed", Shape: []int{2}, Data: []float32{1, 2}, Fixed: true}
		n := of(&mgnet.Param{Name: "conv", Shape: []int{1, 1, 2, 2}, Data: []float32{1, 2, 3, 4}}, &mgnet.Param{Name: "beta", Shape: []int{2}, Data: []float32{1, 0}}, fixed)
		opt := NewOptimizer(n, r, batches)
		for step := range 2 {
			opt.Step(step, r.Rate(0, step, batches), func(name string) []float32 {
				i := slices.IndexFunc(n.params, func(p *mgnet.Param) bool { return p.Name == name })
				return make([]float32, len(n.params[i].Data))
			})
		}
		if !slices.Equal(fixed.Data, []float32{1, 2}) {
			t.Errorf("fixed values have become %v", fixed.Data)
		}
	})
}

// contents is a file's.
func contents(t testing.TB, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// Rows of metrics.csv that are accepted have finite learning rates and losses, and finite
// accuracies or none, count the epochs from 1, and are the same when they are written and
// read again.
func FuzzMetrics(f *testing.F) {
	f.Add(contents(f, "../runs/testdata/older-run/metrics.csv"), 3)
	path := filepath.Join(f.TempDir(), runs.MetricsFile)
	rows := []EpochReport{{Epoch: 1, LearningRate: .1, Loss: 2.3, TrainAccuracy: .5, TestAccuracy: .25, Seconds: 1, ImagesPerSecond: 100, LoadShare: math.NaN()}, {Epoch: 2, Loss: 1e-30, LoadShare: .01}}
	if err := writeMetrics(path, rows); err != nil {
		f.Fatal(err)
	}
	f.Add(contents(f, path), 2)
	f.Add([]byte("epoch\n1"), 1)
	f.Fuzz(func(t *testing.T, data []byte, epochs int) {
		if epochs < 0 {
			t.Skip("a checkpoint stands at epoch 0 or later")
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		var rows []EpochReport
		err := readertest.Read(t, readertest.Allowance(data), func() (err error) { rows, err = readMetrics(path, epochs); return err })
		if err != nil {
			return
		}
		if len(rows) < epochs {
			t.Fatalf("%d rows of %d epochs", len(rows), epochs)
		}
		for i, r := range rows {
			if r.Epoch != i+1 {
				t.Fatalf("row %d is of epoch %d", i, r.Epoch)
			}
			known, others := r.numbers()
			for i, v := range append(known, others...) {
				if math.IsInf(*v, 0) || i < len(known) && math.IsNaN(*v) {
					t.Fatalf("epoch %d has %g in %+v", r.Epoch, *v, r)
				}
			}
		}
		if err := writeMetrics(path, rows); err != nil {
			t.Fatal(err)
		}
		written := contents(t, path)
		again, err := readMetrics(path, epochs)
		if err == nil {
			err = writeMetrics(path, again)
		}
		if err != nil || !slices.Equal(contents(t, path), written) {
			t.Errorf("written and read again, the rows differ (%v)", err)
		}
	})
}

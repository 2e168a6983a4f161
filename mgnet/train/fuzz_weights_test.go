package train

// Fuzz targets of the readers of weights, checkpoints and metrics.

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"mgtool/internal/readertest"
	"mgtool/mgnet/runs"
)

// contents is a file's.
func contents(t testing.TB, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// Rows of metrics.csv that are accepted have finite losses and accuracies, count the
// epochs from 1, and are the same when they are written and read again.
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
		err := readertest.Read(t, allowance(data), func() (err error) { rows, err = readMetrics(path, epochs); return err })
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
			for _, v := range []float64{r.LearningRate, r.Loss, r.TrainAccuracy, r.TestAccuracy} {
				if math.IsNaN(v) || math.IsInf(v, 0) {
					t.Fatalf("epoch %d has %g in %+v", r.Epoch, v, r)
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

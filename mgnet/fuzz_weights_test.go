package mgnet

// Fuzz targets of the readers of weights, checkpoints and metrics.

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"mgtool/internal/readertest"
	"mgtool/vision"
)

// sampleModel is a model of few bytes for the embedded sample.
func sampleModel() Config { return MgNet(28, 28, 1, 10, []int{1}, []int{1}) }

// exported is the file of a new network, as Export or ExportSmall writes it.
func exported(t testing.TB, c Config, small bool) []byte {
	t.Helper()
	n, err := New(c, 1)
	if err != nil {
		t.Fatal(err)
	}
	file, write := filepath.Join(t.TempDir(), "w.safetensors"), Export
	if small {
		write = ExportSmall
	}
	if err := write(file, n, Run{Data: "sample"}); err != nil {
		t.Fatal(err)
	}
	return contents(t, file)
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

// sameValues reports whether two networks of one model have the same bits.
func sameValues(a, b *Network) bool {
	theirs := b.tensors(nil)
	for name, t := range a.tensors(nil) {
		if !slices.EqualFunc(t.data, theirs[name].data, func(x, y float32) bool { return math.Float32bits(x) == math.Float32bits(y) }) {
			return false
		}
	}
	return true
}

// A file of weights that is accepted has finite ones, and is the same network when it
// is exported and read again.
func FuzzWeights(f *testing.F) {
	tiny := tinyConfigs()
	for _, c := range []Config{sampleModel(), tiny[1], tiny[len(tiny)-1]} {
		f.Add(exported(f, c, false))
		f.Add(exported(f, c, true))
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		var n *Network
		var r Run
		err := readertest.Read(t, allowance(data), func() (err error) { n, r, err = Decode("fuzz.safetensors", data); return err })
		if err != nil {
			return
		}
		for name, values := range n.tensors(nil) {
			if slices.ContainsFunc(values.data, func(v float32) bool { return v-v != 0 }) {
				t.Errorf("%s has a value that is not finite", name)
			}
		}
		file := filepath.Join(dir, "again.safetensors")
		if err := Export(file, n, r); err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		again, _, err := Decode(file, contents(t, file))
		if err != nil || !sameValues(n, again) {
			t.Errorf("exported and read again, the network differs (%v)", err)
		}
	})
}

// sampleRun makes the folder of a run with the weights of a file, without training.
func sampleRun(t testing.TB, weights []byte) (dir string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "w.safetensors")
	if err := os.WriteFile(file, weights, 0o644); err != nil {
		t.Fatal(err)
	}
	dir = filepath.Join(t.TempDir(), "run")
	if _, err := Import(file, dir, Run{Model: sampleModel(), Data: "sample"}); err != nil {
		t.Fatal(err)
	}
	return dir
}

// A checkpoint that is accepted evaluates to a finite loss, or to an error that says
// which image has none.
func FuzzCheckpoint(f *testing.F) {
	dir := sampleRun(f, exported(f, sampleModel(), false))
	path := filepath.Join(dir, checkpointFile)
	f.Add(contents(f, path))
	f.Add(contents(f, "testdata/older-run/checkpoint.safetensors"))
	f.Add([]byte{})
	images, err := vision.LoadTest("sample", "")
	if err == nil {
		images, err = images.Limit(2)
	}
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		var n *Network
		err := readertest.Read(t, allowance(data), func() (err error) { n, _, err = Open(dir); return err })
		if err != nil {
			return
		}
		var e *Evaluation
		err = readertest.Read(t, allowance(data), func() (err error) { e, err = n.Evaluate(context.Background(), images, EvaluateOptions{}); return err })
		if err == nil && (math.IsNaN(e.Loss) || math.IsInf(e.Loss, 0)) {
			t.Errorf("loss %g without an error", e.Loss)
		}
	})
}

// Rows of metrics.csv that are accepted have finite losses and accuracies, count the
// epochs from 1, and are the same when they are written and read again.
func FuzzMetrics(f *testing.F) {
	f.Add(contents(f, "testdata/older-run/metrics.csv"), 3)
	path := filepath.Join(f.TempDir(), metricsFile)
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

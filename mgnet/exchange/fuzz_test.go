package exchange

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"mgtool/internal/readertest"
	"mgtool/mgnet"
	"mgtool/mgnet/evaluate"
	"mgtool/mgnet/runs"
	"mgtool/vision"
)

// sampleModel is a model of few bytes for the embedded sample.
func sampleModel() mgnet.Model { return mgnet.NewMgNet(28, 28, 1, 10, []int{1}, []int{1}) }

// exported is the file of a new network, as Export or ExportSmall writes it.
func exported(t testing.TB, c mgnet.Model, small bool) []byte {
	t.Helper()
	n, err := mgnet.New(c, 1)
	if err != nil {
		t.Fatal(err)
	}
	file, write := filepath.Join(t.TempDir(), "w.safetensors"), Export
	if small {
		write = ExportSmall
	}
	if err := write(file, n, runs.Run{Data: "sample"}); err != nil {
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
func sameValues(a, b *mgnet.Network) bool {
	theirs := b.Tensors(nil)
	for name, t := range a.Tensors(nil) {
		if !slices.EqualFunc(t.Data, theirs[name].Data, func(x, y float32) bool { return math.Float32bits(x) == math.Float32bits(y) }) {
			return false
		}
	}
	return true
}

// A file of weights that is accepted has finite ones, and is the same network when it
// is exported and read again.
func FuzzWeights(f *testing.F) {
	layers := mgnet.Layered{Signature: mgnet.Signature{Family: "layers", Height: 8, Width: 8, InChannels: 1, Classes: 2}, Sigma: mgnet.Sigma{Activation: "relu", Norm: "none"}, Layers: []mgnet.Layer{
		{Op: "conv", Channels: 2, Kernel: 3, Pad: 1}, {Op: "max-pool", Kernel: 2}, {Op: "linear", Channels: 3}, {Op: "linear"},
	}}
	for _, c := range []mgnet.Model{sampleModel(), mgnet.FastMgNet(8, 8, 3, 2, []int{2, 2, 2}, nil), layers} {
		f.Add(exported(f, c, false))
		f.Add(exported(f, c, true))
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		var n *mgnet.Network
		var r runs.Run
		err := readertest.Read(t, readertest.Allowance(data), func() (err error) { n, r, err = Decode("fuzz.safetensors", data); return err })
		if err != nil {
			return
		}
		for name, values := range n.Tensors(nil) {
			if slices.ContainsFunc(values.Data, func(v float32) bool { return v-v != 0 }) {
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
	if _, err := Import(file, dir, runs.Run{Model: sampleModel(), Data: "sample"}); err != nil {
		t.Fatal(err)
	}
	return dir
}

// A checkpoint that is accepted evaluates to a finite loss, or to an error that says
// which image has none.
func FuzzCheckpoint(f *testing.F) {
	dir := sampleRun(f, exported(f, sampleModel(), false))
	path := filepath.Join(dir, runs.CheckpointFile)
	f.Add(contents(f, path))
	f.Add(contents(f, "../runs/testdata/older-run/checkpoint.safetensors"))
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
		var n *mgnet.Network
		err := readertest.Read(t, readertest.Allowance(data), func() (err error) { n, _, err = runs.Open(dir); return err })
		if err != nil {
			return
		}
		var e *evaluate.Evaluation
		err = readertest.Read(t, readertest.Allowance(data), func() (err error) {
			e, err = evaluate.Evaluate(context.Background(), n, images, evaluate.Options{})
			return err
		})
		if err == nil && (math.IsNaN(e.Loss) || math.IsInf(e.Loss, 0)) {
			t.Errorf("loss %g without an error", e.Loss)
		}
	})
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

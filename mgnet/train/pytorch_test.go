package train

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"testing"

	"mgtool/internal/atomicfile"
	"mgtool/mgnet"
	"mgtool/mgnet/runs"
)

// The first losses of a training are those of PyTorch 1.13 from the same weights
// and batches, computed by testdata/pytorch.py in the form that carries u and g:
// stem, cycle, batch norm and its gradient, cross entropy and SGD agree as a
// whole. A loss is a float32 of 2.4, so 1e-5 allows 40 ulps; later the two drift
// apart as any two roundings of one training do.
//
// MGTOOL_DUMP=DIR go test -run PyTorch ./mgnet writes what the script reads.
func TestAgainstPyTorch(t *testing.T) {
	want := []float64{2.4135615825653076, 2.449355363845825, 2.3603355884552}
	const at5 = 2.2399964332580566 // after five steps

	r := tinyRun()
	r.Model = mgnet.MgNet(28, 28, 1, 10, []int{8}, []int{2, 1})
	r.Recipe.Epochs, r.Recipe.Pad, r.Recipe.Mirror = 8, 0, false
	tr, te, err := r.Load()
	if err != nil {
		t.Fatal(err)
	}
	trainer, err := NewTrainer(r, tr, te, "")
	if err != nil {
		t.Fatal(err)
	}
	dump := os.Getenv("MGTOOL_DUMP")
	write := func(name string, data any) {
		if dump == "" {
			return
		}
		err := atomicfile.Write(filepath.Join(dump, name), func(w io.Writer) error {
			return binary.Write(w, binary.LittleEndian, data)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if dump != "" {
		if err := runs.WriteCheckpoint(filepath.Join(dump, "weights.safetensors"), trainer.Network.Tensors(nil), runs.State{}, r); err != nil {
			t.Fatal(err)
		}
	}
	batches := trainer.batcher.Batches()
	for k := range 6 {
		before := trainer.state
		write(fmt.Sprintf("rate%d.f64", k), r.Recipe.Rate(before.Epoch, before.Batch, batches))
		if err := trainer.step(); err != nil {
			t.Fatal(err)
		}
		write(fmt.Sprintf("images%d.f32", k), trainer.batch.X)
		write(fmt.Sprintf("labels%d.i32", k), trainer.batch.Labels)
		loss := trainer.state.LossSum - before.LossSum
		if k < len(want) && math.Abs(loss-want[k]) > 1e-5 {
			t.Errorf("step %d: loss %.8f, PyTorch %.8f", k, loss, want[k])
		}
		if k == 5 && math.Abs(loss-at5) > 1e-5 {
			t.Errorf("step %d: loss %.8f, PyTorch %.8f", k, loss, at5)
		}
		if trainer.state.Batch == batches {
			trainer.state = runs.State{Epoch: trainer.state.Epoch + 1}
		}
	}
}

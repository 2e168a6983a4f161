package train

import (
	"bytes"
	"context"
	"errors"
	"math"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"mgtool/mgnet/runs"
	"mgtool/vision"
)

// A training with every augmentation is the same on one core, where batches are
// made in turn with the steps, and on several, where they are made ahead; it is
// the same if it is stopped and resumed; and it leaves no goroutine behind.
func TestAugmentedTraining(t *testing.T) {
	r := tinyRun()
	r.Recipe.Augment = vision.Augment{Translate: 2, AlternatingMirror: true, Cutout: 6, Mixup: .3}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	want := train(t, r, t.TempDir())
	runtime.GOMAXPROCS(2)
	if !bytes.Equal(train(t, r, t.TempDir()), want) {
		t.Error("on two cores the last checkpoint differs")
	}
	before := runtime.NumGoroutine()
	dir := t.TempDir()
	tr, te, _ := r.Load()
	trainer, err := NewTrainer(r, tr, te, dir)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	left := 7
	sum, err := trainer.Train(ctx, func(m Progress) {
		if !(m.LoadShare >= 0 && m.LoadShare <= 1) {
			t.Errorf("share of loading %g", m.LoadShare)
		}
		if left--; left == 0 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || !(sum.LoadShare >= 0 && sum.LoadShare <= 1) {
		t.Fatalf("%v, share of loading %g", err, sum.LoadShare)
	}
	for late := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
		if time.Now().After(late) {
			t.Fatalf("%d goroutines after cancelling, %d before", runtime.NumGoroutine(), before)
		}
	}
	if trainer, err = ResumeTrainer(dir); err != nil {
		t.Fatal(err)
	}
	if !math.IsNaN(trainer.summary().LoadShare) {
		t.Error("a share of loading before the first step")
	}
	if _, err := trainer.Train(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(read(t, filepath.Join(dir, runs.CheckpointFile)), want) {
		t.Error("resumed, the last checkpoint differs")
	}
}

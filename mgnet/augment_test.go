package mgnet

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"mgtool/vision"
)

// What a recipe without the later augmentations and optimisers prints is what it
// always printed, but for its source: a checkpoint holds it, and tells by it whether
// it belongs to a run.
func TestRecipeText(t *testing.T) {
	r, _ := RecipeNamed("official")
	r.Source = ""
	text, err := json.Marshal(r)
	want := `{"name":"official","epochs":300,"batch":128,"learning_rate":0.1,"momentum":0.9,"weight_decay":0.0005,` +
		`"schedule":"step","step_epochs":50,"step_factor":0.1,"pad":4,"mirror":true}`
	if err != nil || string(text) != want {
		t.Errorf("%s (%v), want %s", text, err, want)
	}
	r.Pad, r.Translate = 2, 2
	if err := r.Validate(); err == nil || !strings.Contains(err.Error(), "pad and translate") {
		t.Errorf("two ways to cut: %v", err)
	}
}

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
	sum, err := trainer.Train(ctx, func(m Moment) {
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
	if !bytes.Equal(read(t, filepath.Join(dir, checkpointFile)), want) {
		t.Error("resumed, the last checkpoint differs")
	}
}

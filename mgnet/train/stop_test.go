package train

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mgtool/mgnet"
	"mgtool/mgnet/runs"
)

func stoppedRun(ema bool) runs.Run {
	r := tinyRun()
	r.Recipe.Epochs = 2
	if ema {
		r.Recipe.EMA = .9
	}
	return r
}

// A step or an evaluation that is given up is as if it had not been: the training
// resumes from its beginning and ends in the same bits.
func TestInterruptWithinStep(t *testing.T) {
	defer func(d time.Duration) { stopGrace = d }(stopGrace)
	for name, r := range map[string]runs.Run{"plain": stoppedRun(false), "ema": stoppedRun(true), "small images": smallRun()} {
		want := train(t, r, t.TempDir())
		dir := t.TempDir()
		trainer, err := newTiny(r, dir)
		if err != nil {
			t.Fatal(err)
		}
		stopGrace = 0
		abandoned, ended := 0, false
		for stops := 0; !ended && stops < 40; stops++ {
			ctx, cancel := context.WithCancel(context.Background())
			timer := time.AfterFunc(time.Duration(1+stops%7)*3*time.Millisecond, cancel) // at any moment
			_, err := trainer.Train(ctx, nil)
			timer.Stop()
			cancel()
			ended = err == nil
			if err != nil && !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			if trainer.abandoned {
				abandoned++
				if _, err := trainer.Train(context.Background(), nil); !errors.Is(err, errAbandoned) {
					t.Errorf("%s: used again: %v", name, err)
				}
				if trainer, err = ResumeTrainer(dir); err != nil {
					t.Fatal(err)
				}
			}
		}
		if !ended {
			if _, err := trainer.Train(context.Background(), nil); err != nil {
				t.Fatal(err)
			}
		}
		if abandoned == 0 {
			t.Errorf("%s: no step was given up", name)
		}
		if !bytes.Equal(read(t, filepath.Join(dir, runs.CheckpointFile)), want) {
			t.Errorf("%s: after %d steps that were given up, the last checkpoint differs", name, abandoned)
		}
	}
}

// The end of an epoch can be resumed: a training that is stopped in the evaluation has
// all its batches.
func TestInterruptWithinEvaluation(t *testing.T) {
	defer func(d time.Duration) { stopGrace = d }(stopGrace)
	r := tinyRun()
	want := train(t, r, t.TempDir())
	dir := t.TempDir()
	trainer, err := newTiny(r, dir)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	_, err = trainer.Train(ctx, func(m Progress) {
		if m.Epoch == 2 && m.Batch == m.Batches {
			stopGrace = 0
			cancel()
			held := *trainer.eval
			held.TTA = "mirror" // takes longer
			trainer.eval = &held
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	stopGrace = time.Minute
	again, err := ResumeTrainer(dir)
	if err != nil {
		t.Fatal(err)
	}
	if s := again.state; trainer.abandoned && (s.Epoch != 1 || s.Batch != again.batcher.Batches()) {
		t.Errorf("stands at epoch %d, batch %d; want the end of the second epoch", s.Epoch, s.Batch)
	}
	sum, err := again.Train(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(read(t, filepath.Join(dir, runs.CheckpointFile)), want) {
		t.Error("the last checkpoint differs")
	}
	if !(sum.ImagesPerSecond > 0 && sum.Seconds > 0) {
		t.Errorf("%g images/s in %g s", sum.ImagesPerSecond, sum.Seconds)
	}
}

// One bit of a checkpoint that is not as it was written is told, wherever it is.
func TestCheckpointChecksum(t *testing.T) {
	r := tinyRun()
	r.Recipe.Epochs = 1
	dir := t.TempDir()
	whole := train(t, r, dir)
	path := filepath.Join(dir, runs.CheckpointFile)
	n, err := mgnet.New(r.Model, 7)
	if err != nil {
		t.Fatal(err)
	}
	first := n.Params()[0].Data[0]
	for at := 0; at < len(whole); at += 1 + at/300 {
		damaged := bytes.Clone(whole)
		damaged[at] ^= 1 << (at % 8)
		writeFile(t, path, damaged)
		if _, err := runs.LoadCheckpoint(n, path, nil, nil); err == nil {
			t.Fatalf("bit %d of byte %d flipped: accepted", at%8, at)
		}
	}
	damaged := bytes.Clone(whole)
	damaged[len(damaged)-1] ^= 0x40
	writeFile(t, path, damaged)
	if _, err := ResumeTrainer(dir); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("resumed: %v", err)
	}
	if _, _, err := runs.Open(dir); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("opened: %v", err)
	}
	if n.Params()[0].Data[0] != first {
		t.Error("the network has changed")
	}
	writeFile(t, path, whole)
	if _, _, err := runs.Open(dir); err != nil {
		t.Errorf("as it was written: %v", err)
	}
}

func writeFile(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// Resuming compares the images and the kernels with those that the run began with.
func TestResumeOrigin(t *testing.T) {
	dir := t.TempDir()
	train(t, tinyRun(), dir)
	good, err := runs.ReadRun(dir)
	if err != nil {
		t.Fatal(err)
	}
	otherData, otherKernels, older := good, good, good
	otherData.Origin.Data = "sha256:0123456789abcdef"
	otherKernels.Origin.Kernels = "abacus"
	older.Origin = runs.Origin{}
	for _, c := range []struct {
		run          runs.Run
		changed      string
		refuse, note string
	}{
		{good, RefuseChanges, "", ""}, {older, RefuseChanges, "", ""},
		{otherData, "", "not those that the run", ""}, {otherData, RefuseChanges, "not those that the run", ""}, {otherData, SayChanges, "", "not those that the run"},
		{otherKernels, "", "", "abacus"}, {otherKernels, SayChanges, "", "abacus"}, {otherKernels, RefuseChanges, "want abacus", ""},
		{good, "perhaps", "known: refuse, say", ""},
	} {
		rewrite(t, dir, c.run)
		trainer, err := ResumeTrainerWith(dir, ResumeOptions{Changed: c.changed})
		if (err != nil) != (c.refuse != "") || err != nil && !strings.Contains(err.Error(), c.refuse) {
			t.Errorf("%+v, %q: %v; want %q", c.run.Origin, c.changed, err, c.refuse)
		}
		if err != nil {
			continue
		}
		if notes := strings.Join(trainer.Notes, "\n"); (notes != "") != (c.note != "") || !strings.Contains(notes, c.note) {
			t.Errorf("%+v, %q: noted %q; want %q", c.run.Origin, c.changed, notes, c.note)
		}
		trainer.Close()
	}
}

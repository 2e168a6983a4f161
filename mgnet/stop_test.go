package mgnet

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mgtool/vision"
)

func stoppedRun(ema bool) Run {
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
	for name, r := range map[string]Run{"plain": stoppedRun(false), "ema": stoppedRun(true), "small images": smallRun()} {
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
		if !bytes.Equal(read(t, filepath.Join(dir, checkpointFile)), want) {
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
	_, err = trainer.Train(ctx, func(m Moment) {
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
	if !bytes.Equal(read(t, filepath.Join(dir, checkpointFile)), want) {
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
	path := filepath.Join(dir, checkpointFile)
	n, err := New(r.Model, 7)
	if err != nil {
		t.Fatal(err)
	}
	first := n.params[0].Data[0]
	for at := 0; at < len(whole); at += 1 + at/300 {
		damaged := bytes.Clone(whole)
		damaged[at] ^= 1 << (at % 8)
		writeFile(t, path, damaged)
		if _, err := n.load(path, nil, nil); err == nil {
			t.Fatalf("bit %d of byte %d flipped: accepted", at%8, at)
		}
	}
	damaged := bytes.Clone(whole)
	damaged[len(damaged)-1] ^= 0x40
	writeFile(t, path, damaged)
	if _, err := ResumeTrainer(dir); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("resumed: %v", err)
	}
	if _, _, err := Open(dir); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("opened: %v", err)
	}
	if n.params[0].Data[0] != first {
		t.Error("the network has changed")
	}
	writeFile(t, path, whole)
	if _, _, err := Open(dir); err != nil {
		t.Errorf("as it was written: %v", err)
	}
}

func writeFile(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// The digest knows pixels, labels, their order and the classes, and nothing else.
func TestDigest(t *testing.T) {
	set := func(change func(d *vision.Dataset)) string {
		d := &vision.Dataset{Height: 2, Width: 3, Channels: 1, Classes: []string{"a", "b"}, Pixels: make([]uint8, 6*digestBlock/4)}
		for i := range d.Pixels {
			d.Pixels[i] = uint8(i * 7 >> 3)
		}
		for i := range len(d.Pixels) / 6 {
			d.Labels = append(d.Labels, 0)
			d.Labels[i] += 1
			if i%3 == 0 {
				d.Labels[i] = 0
			}
		}
		change(d)
		return Digest(d, d)
	}
	same := set(func(*vision.Dataset) {})
	if other := set(func(d *vision.Dataset) { d.Name, d.Mean = "other", []float32{.5} }); other != same {
		t.Error("the name changes it")
	}
	for name, change := range map[string]func(d *vision.Dataset){
		"first pixel": func(d *vision.Dataset) { d.Pixels[0]++ },
		"last pixel":  func(d *vision.Dataset) { d.Pixels[len(d.Pixels)-1]++ },
		"label":       func(d *vision.Dataset) { d.Labels[5] = 1 - d.Labels[5] },
		"order":       func(d *vision.Dataset) { d.Labels[0], d.Labels[1] = d.Labels[1], d.Labels[0] },
		"shape":       func(d *vision.Dataset) { d.Height, d.Width = 3, 2 },
		"class":       func(d *vision.Dataset) { d.Classes = []string{"a", "c"} },
		"larger":      func(d *vision.Dataset) { larger := *d; d.Larger = &larger },
	} {
		if set(change) == same {
			t.Errorf("another %s does not change it", name)
		}
	}
}

// Resuming compares the images and the kernels with those that the run began with.
func TestResumeOrigin(t *testing.T) {
	dir := t.TempDir()
	train(t, tinyRun(), dir)
	good, err := ReadRun(dir)
	if err != nil {
		t.Fatal(err)
	}
	otherData, otherKernels, older := good, good, good
	otherData.Origin.Data = "sha256:0123456789abcdef"
	otherKernels.Origin.Kernels = "abacus"
	older.Origin = Origin{}
	for _, c := range []struct {
		run          Run
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

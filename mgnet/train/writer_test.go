package train

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"mgtool/internal/filelock"
	"mgtool/mgnet/runs"
	"mgtool/vision"
)

// newTiny begins a training in dir.
func newTiny(r runs.Run, dir string) (*Trainer, error) {
	tr, te, err := r.Load()
	if err != nil {
		return nil, err
	}
	return NewTrainer(r, tr, te, dir)
}

// Of several trainings that begin in one folder at once, one does; the others are
// told who has it, and the files are those of the one.
func TestLockOneWriter(t *testing.T) {
	for round := range 3 {
		dir := filepath.Join(t.TempDir(), "run")
		trainers, errs := make([]*Trainer, 4), make([]error, 4)
		var wg sync.WaitGroup
		for i := range trainers {
			r := tinyRun()
			r.Seed = uint64(i + 1)
			wg.Go(func() { trainers[i], errs[i] = newTiny(r, dir) })
		}
		wg.Wait()
		var accepted *Trainer
		for i, err := range errs {
			switch {
			case err == nil && accepted != nil:
				t.Fatal("two trainings were accepted")
			case err == nil:
				accepted = trainers[i]
			case !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), fmt.Sprintf("process %d", os.Getpid())):
				t.Errorf("refused with %v; want the folder and who has it", err)
			}
		}
		if accepted == nil {
			t.Fatalf("nobody was accepted: %v", errs)
		}
		if _, err := ResumeTrainer(dir); err == nil || !strings.Contains(err.Error(), "in use") {
			t.Errorf("resumed beside it: %v", err)
		}
		if r, err := runs.ReadRun(dir); err != nil || r.Seed != accepted.Run().Seed {
			t.Errorf("config.json has seed %d (%v); want %d", r.Seed, err, accepted.Run().Seed)
		}
		if round > 0 {
			accepted.Close()
			continue
		}
		// Reading goes on beside it, and when it is over the folder is free.
		_, err := accepted.Train(context.Background(), func(m Progress) {
			if m.Epoch == 2 && m.Batch == 1 {
				if _, _, err := runs.Open(dir); err != nil {
					t.Errorf("opened beside the training: %v", err)
				}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(filepath.Join(dir, runs.LockFile)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the lock is left: %v", err)
		}
		again, err := ResumeTrainer(dir)
		if err != nil {
			t.Fatal(err)
		}
		again.Close()
	}
}

// A folder may be begun anew until it has a checkpoint, and no other file in it is
// taken for a run.
func TestLockBeginAgain(t *testing.T) {
	dir := t.TempDir()
	r := tinyRun()
	r.Recipe.LearningRate = 1e30
	trainer, err := newTiny(r, dir)
	if err != nil {
		t.Fatal(err)
	}
	_, err = trainer.Train(context.Background(), nil)
	if !errors.Is(err, runs.ErrNotFinite) || !strings.Contains(err.Error(), "no checkpoint yet") || strings.Contains(err.Error(), "kept") {
		t.Fatalf("%v; want that it diverged and that there is no checkpoint", err)
	}
	r.Recipe.LearningRate = .2
	if trainer, err = newTiny(r, dir); err != nil {
		t.Fatalf("with a smaller rate: %v", err)
	}
	if _, err := trainer.Train(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	if back, err := runs.ReadRun(dir); err != nil || back.Recipe.LearningRate != .2 {
		t.Errorf("config.json has rate %g (%v)", back.Recipe.LearningRate, err)
	}
	for file, want := range map[string]string{
		runs.CheckpointFile: "already holds a run", runs.BestFile: "already holds a run", "checkpoint-0003.safetensors": "already holds a run",
		runs.ConfigFile: "that is not of a run",
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, file), []byte(`{"name": "package"}`), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := newTiny(r, dir); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("with %s: %v; want %q", file, err, want)
		}
		if entries, _ := os.ReadDir(dir); len(entries) != 1 {
			t.Errorf("with %s: the folder now has %v", file, entries)
		}
	}
	if _, err := newTiny(r, dir); err == nil || !strings.Contains(err.Error(), "already holds a run") {
		t.Errorf("the trained folder: %v", err)
	}
}

// A Trainer goes on after it was stopped, unless another has gone on with its folder.
func TestTrainTwice(t *testing.T) {
	want := train(t, tinyRun(), t.TempDir())
	dir := t.TempDir()
	trainer, err := newTiny(tinyRun(), dir)
	if err != nil {
		t.Fatal(err)
	}
	stop := func(trainer *Trainer, batches int) error {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		_, err := trainer.Train(ctx, func(Progress) {
			if batches--; batches == 0 {
				cancel()
			}
		})
		return err
	}
	for range 2 {
		if err := stop(trainer, 3); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	other, err := ResumeTrainer(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := stop(trainer, 1); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("beside the other one: %v", err)
	}
	if err := stop(other, 1); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if err := stop(trainer, 1); err == nil || !strings.Contains(err.Error(), "no longer the one") {
		t.Errorf("behind the other one: %v", err)
	}
	if _, err := other.Train(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(read(t, filepath.Join(dir, runs.CheckpointFile)), want) {
		t.Error("the last checkpoint differs from that of one training")
	}
}

// What cannot be saved is an error, whatever was removed while the training ran, and
// nothing of another run is overwritten.
func TestSaveFails(t *testing.T) {
	lose := map[string]func(dir string) error{
		"folder": os.RemoveAll,
		"config": func(dir string) error { return os.Remove(filepath.Join(dir, runs.ConfigFile)) },
		"another run": func(dir string) error {
			os.RemoveAll(dir)
			r := tinyRun()
			r.Seed = 9
			other, err := newTiny(r, dir)
			if err == nil {
				err = other.Close()
			}
			return err
		},
		"locked": func(dir string) error {
			os.Remove(filepath.Join(dir, runs.LockFile))
			_, err := filelock.Acquire(filepath.Join(dir, runs.LockFile))
			return err
		},
	}
	for name, lose := range lose {
		dir := filepath.Join(t.TempDir(), "run")
		trainer, err := newTiny(tinyRun(), dir)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		_, err = trainer.Train(ctx, func(m Progress) {
			if m.Batch == 2 {
				if err := lose(dir); err != nil {
					t.Error(err)
				}
				cancel()
			}
		})
		cancel()
		if err == nil || errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "could not be written") {
			t.Errorf("%s: %v; want that the checkpoint could not be written", name, err)
		}
		if _, err := os.Stat(filepath.Join(dir, runs.CheckpointFile)); err == nil {
			t.Errorf("%s: a checkpoint was written", name)
		}
	}
	// A lock that was removed, by whom ever, is taken again.
	dir := t.TempDir()
	trainer, err := newTiny(tinyRun(), dir)
	if err != nil {
		t.Fatal(err)
	}
	os.Remove(filepath.Join(dir, runs.LockFile))
	if _, err := trainer.Train(context.Background(), nil); err != nil {
		t.Error(err)
	}
}

// What a killed training leaves goes when the next begins, and what is made of the
// history comes back.
func TestRestoredFiles(t *testing.T) {
	dir := t.TempDir()
	train(t, tinyRun(), dir)
	metrics := read(t, filepath.Join(dir, runs.MetricsFile))
	junk := []string{".checkpoint.safetensors.123.tmp", ".checkpoint-0002.safetensors.5.tmp", ".metrics.csv.9.tmp", ".mgtool.7.tmp"}
	for _, name := range append(junk, ".mine.1.tmp") {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	os.Remove(filepath.Join(dir, runs.CurvesFile))
	resume := func() {
		t.Helper()
		trainer, err := ResumeTrainer(dir)
		if err != nil {
			t.Fatal(err)
		}
		trainer.Close()
	}
	resume()
	for _, name := range junk {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			t.Errorf("%s is left", name)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, ".mine.1.tmp")); err != nil {
		t.Error("a file of somebody else is gone")
	}
	if png := read(t, filepath.Join(dir, runs.CurvesFile)); !bytes.HasPrefix(png, []byte("\x89PNG")) {
		t.Error("curves.png is not made again")
	}
	if !bytes.Equal(read(t, filepath.Join(dir, runs.MetricsFile)), metrics) {
		t.Error("metrics.csv has changed")
	}
	// Without it, or with nonsense, the times are lost and nothing else.
	want := strings.Split(string(metrics), "\n")
	for _, content := range []string{"", "nonsense", string(metrics) + "4,1,1,1,1,1,1,1,1\n"} {
		os.Remove(filepath.Join(dir, runs.MetricsFile))
		if content != "" {
			os.WriteFile(filepath.Join(dir, runs.MetricsFile), []byte(content), 0o644)
		}
		resume()
		got := strings.Split(string(read(t, filepath.Join(dir, runs.MetricsFile))), "\n")
		if len(got) != len(want) {
			t.Fatalf("%q: metrics.csv comes back as %q", content, got)
		}
		for i := 1; i < len(want)-1; i++ {
			w, g := strings.Split(want[i], ","), strings.Split(got[i], ",")
			for _, k := range []int{0, 1, 2, 3, 4, 8} {
				if w[k] != g[k] || w[k] == "" {
					t.Errorf("%q: row %d comes back as %s; want %s", content, i, got[i], want[i])
				}
			}
		}
	}
	// Nor is more read than it can have.
	if err := os.Truncate(filepath.Join(dir, runs.MetricsFile), 1<<40); err == nil { // a hole, no blocks
		resume()
	}
	rows, err := readMetrics(filepath.Join(dir, runs.MetricsFile), 3)
	if err != nil || math.IsNaN(rows[0].TestLoss) {
		t.Errorf("%v (%v); want test losses", rows, err)
	}
}

// A name that is not UTF-8 would not come back from config.json: it is refused before
// the first epoch, and nothing is left in the folder that another training could trip over.
func TestNamesThatJSONCannotHold(t *testing.T) {
	for _, change := range []func(*runs.Run){
		func(r *runs.Run) { r.Data = "photos\xff" },
		func(r *runs.Run) { r.DataDir = "/photos\xff" },
		func(r *runs.Run) { r.Imported = "weights\xff.safetensors" },
		func(r *runs.Run) {
			f := vision.DefaultFolder()
			f.Classes = []string{"cat", "dog\xff"}
			r.Folder = &f
		},
	} {
		r := tinyRun()
		tr, te, err := r.Load()
		if err != nil {
			t.Fatal(err)
		}
		change(&r)
		dir := filepath.Join(t.TempDir(), "run")
		if _, err := NewTrainer(r, tr, te, dir); err == nil || !strings.Contains(err.Error(), `\xff`) {
			t.Errorf("NewTrainer: %v; want an error that quotes the name", err)
		}
		if _, err := os.Stat(filepath.Join(dir, runs.ConfigFile)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("config.json is there: %v", err)
		}
	}
}

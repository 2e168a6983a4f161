package runs

// One writer a run: who may write to its folder, and when.

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"mgtool/internal/atomicfile"
	"mgtool/internal/filelock"
)

// Writer is a run's folder while this process may write to it; nil for a training
// that writes nothing. Reading needs no lock: files appear whole.
type Writer struct {
	Dir  string
	lock *filelock.Lock // nil between two calls of Train
	left os.FileInfo    // the last checkpoint when the lock was given back; nil for none
}

// Acquire takes the lock of a folder and removes what a killed training has left.
func Acquire(dir string) (*Writer, error) {
	lock, err := filelock.Acquire(filepath.Join(dir, LockFile))
	var held *filelock.HeldError
	switch {
	case errors.As(err, &held):
		return nil, fmt.Errorf("mgnet: %s is in use by another training, %v; wait until it ends or choose another folder", dir, held)
	case err != nil:
		return nil, fmt.Errorf("mgnet: the run in %s could not be saved: %w", dir, err)
	}
	f := &Writer{Dir: dir, lock: lock}
	if err := atomicfile.Sweep(dir, isRunFile); err != nil {
		f.Release()
		return nil, fmt.Errorf("mgnet: run: %w", err)
	}
	return f, nil
}

// Create makes the folder of a new run and locks it. One that holds a run is
// refused, unless that has no checkpoint yet: it was stopped, or failed, before its
// first, and nothing is lost when another begins in its place.
func Create(dir string) (*Writer, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("mgnet: run: %w", err)
	}
	f, err := Acquire(dir)
	if err != nil {
		return nil, err
	}
	if err := f.vacant(); err != nil {
		f.Release()
		return nil, err
	}
	return f, nil
}

// vacant reports why no run may begin in the folder.
func (f *Writer) vacant() error {
	entries, err := os.ReadDir(f.Dir)
	if err != nil {
		return fmt.Errorf("mgnet: run: %w", err)
	}
	for _, e := range entries {
		if isCheckpoint(e.Name()) {
			return fmt.Errorf("mgnet: %s already holds a run; resume it or choose another folder", f.Dir)
		}
	}
	_, err = os.Stat(filepath.Join(f.Dir, ConfigFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		_, err = ReadRun(f.Dir) // or it is a file of something else
	}
	if err != nil {
		return fmt.Errorf("mgnet: %s already holds a %s that is not of a run; choose another folder", f.Dir, ConfigFile)
	}
	return nil
}

// Begin writes the run's config.json. Where there was none, another that has
// appeared meanwhile is not replaced, whoever wrote it.
func (f *Writer) Begin(r Run) error {
	if err := r.checkNames(); err != nil {
		return err
	}
	write := atomicfile.Create
	if _, err := os.Stat(filepath.Join(f.Dir, ConfigFile)); err == nil {
		write = atomicfile.Write // of a run without a checkpoint
	}
	err := write(filepath.Join(f.Dir, ConfigFile), r.encode)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("mgnet: %s already holds a run; resume it or choose another folder", f.Dir)
	}
	if err != nil {
		return fmt.Errorf("mgnet: run: %w", err)
	}
	return nil
}

// Room checks that a file of this many bytes could be saved now.
func (f *Writer) Room(bytes int64) error {
	if err := atomicfile.Probe(f.Dir, bytes); err != nil {
		return fmt.Errorf("mgnet: a checkpoint of %d bytes could not be saved in %s: %w", bytes, f.Dir, err)
	}
	return nil
}

// Ours makes sure, before something is written, that the folder is still there, holds
// the run r and is locked: while a training runs, all of that may be removed.
func (f *Writer) Ours(r Run) error {
	if err := f.lock.Renew(); err != nil {
		return err
	}
	there, err := ReadRun(f.Dir)
	if err != nil {
		return err
	}
	want, err := r.identity()
	if err != nil {
		return err
	}
	if got, err := there.identity(); err != nil || got != want {
		return fmt.Errorf("%s now holds another run", f.Dir)
	}
	return nil
}

// Take takes the lock again, if it was given back. A checkpoint that another training
// has written since is an error.
func (f *Writer) Take() error {
	if f == nil || f.lock != nil {
		return nil
	}
	again, err := Acquire(f.Dir)
	if err != nil {
		return err
	}
	now, _ := os.Stat(filepath.Join(f.Dir, CheckpointFile))
	same := now == nil && f.left == nil
	if now != nil && f.left != nil {
		same = os.SameFile(now, f.left) && now.ModTime().Equal(f.left.ModTime())
	}
	if !same {
		again.Release()
		return fmt.Errorf("mgnet: the checkpoint in %s is no longer the one that this training left; resume the run again", f.Dir)
	}
	f.lock = again.lock
	return nil
}

// Release gives the lock back.
func (f *Writer) Release() error {
	if f == nil || f.lock == nil {
		return nil
	}
	f.left, _ = os.Stat(filepath.Join(f.Dir, CheckpointFile))
	err := f.lock.Release()
	f.lock = nil
	return err
}

// isRunFile reports whether a training writes a file of this name to its folder.
func isRunFile(name string) bool {
	return isCheckpoint(name) || slices.Contains([]string{ConfigFile, MetricsFile, CurvesFile}, name)
}

// isCheckpoint reports whether a training writes a checkpoint of this name.
func isCheckpoint(name string) bool {
	nth, ok := strings.CutPrefix(name, "checkpoint-")
	nth, safetensors := strings.CutSuffix(nth, ".safetensors")
	return name == CheckpointFile || name == BestFile || ok && safetensors && strings.Trim(nth, "0123456789") == ""
}

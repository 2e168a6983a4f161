package train

// Starting a training, or continuing it from its last checkpoint.

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"mgtool/internal/regularfile"
	"mgtool/mgnet"
	"mgtool/mgnet/runs"
	"mgtool/source"
)

// New starts a training of r.Model, whose signature's Classes is the number of outputs, from
// random weights. The run's files go to dir, which is created; "" writes none. It is an
// error if dir already holds a checkpoint, if another training is writing to it, or if
// there is no room for a checkpoint.
func New(r runs.Run, task Task, train, test source.Source, dir string) (*Trainer, error) {
	net, err := begin(r, task, train)
	if err != nil {
		return nil, err
	}
	t, err := newTrainer(net, task, r, train, test)
	if err != nil || dir == "" {
		return t, err
	}
	if t.run.Origin, err = r.OriginNow(train, test); err != nil {
		return nil, err
	}
	if t.folder, err = runs.Create(dir); err != nil {
		return nil, err
	}
	if err = t.folder.Room(t.checkpointBytes()); err == nil {
		err = t.folder.Begin(t.run)
	}
	if err != nil {
		t.Close()
		return nil, err
	}
	return t, nil
}

// Resume continues the run in dir from its last checkpoint, or from the start if it was
// stopped before the first. It ends in the same bits as a training that was never stopped.
// load returns the task and the samples that the run began with, and may bind the run's
// model to their structure (see [mgnet.Bind]).
func Resume(dir string, o ResumeOptions, load func(r *runs.Run) (task Task, train, test source.Source, err error)) (*Trainer, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if _, err := runs.ReadRun(dir); err != nil { // before a lock is left in some other folder
		return nil, err
	}
	f, err := runs.Acquire(dir)
	if err != nil {
		return nil, err
	}
	t, err := resume(f, o, load)
	if err != nil {
		f.Release()
		return nil, err
	}
	return t, nil
}

// resume makes the Trainer that continues the run in the folder.
func resume(f *runs.Writer, o ResumeOptions, load func(r *runs.Run) (task Task, train, test source.Source, err error)) (*Trainer, error) {
	r, err := runs.ReadRun(f.Dir)
	if err != nil {
		return nil, err
	}
	if r.Imported != "" {
		return nil, fmt.Errorf("mgnet: %s holds weights imported from %s, and no training to continue", f.Dir, r.Imported)
	}
	task, train, test, err := load(&r)
	if err != nil {
		return nil, err
	}
	now, err := r.OriginNow(train, test)
	if err != nil {
		return nil, err
	}
	notes, err := o.compare(r, f.Dir, now)
	if err != nil {
		return nil, err
	}
	net, err := begin(r, task, train)
	if err != nil {
		return nil, err
	}
	t, err := newTrainer(net, task, r, train, test)
	if err != nil {
		return nil, err
	}
	t.folder, t.Notes = f, notes
	path := filepath.Join(f.Dir, runs.CheckpointFile)
	if _, err := os.Stat(path); err == nil {
		if t.state, err = runs.LoadCheckpoint(t.Network, path, t.others(), &r); err != nil {
			return nil, err
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("mgnet: checkpoint: %w", err)
	}
	s, batches := t.state, t.batcher.Batches()
	if s.Epoch < 0 || s.Epoch > r.Recipe.Epochs || s.Batch < 0 || s.Batch > batches || s.Epoch == r.Recipe.Epochs && s.Batch > 0 {
		return nil, fmt.Errorf("mgnet: %s stands at epoch %d, batch %d; the run has %d epochs of %d batches", path, s.Epoch, s.Batch, r.Recipe.Epochs, batches)
	}
	if err := t.readHistory(); err != nil {
		return nil, err
	}
	if s.Epoch < r.Recipe.Epochs {
		if err := f.Room(t.checkpointBytes()); err != nil {
			return nil, err
		}
	}
	return t, t.restore()
}

// Close releases the folder that the Trainer holds. [Trainer.Train] does so when it
// returns, so only a Trainer that is not trained after all needs Close.
func (t *Trainer) Close() error { return t.folder.Release() }

// readHistory takes the rows of the whole epochs from the checkpoint that was read, or
// from metrics.csv if that has none.
func (t *Trainer) readHistory() error {
	p := &t.state
	path := t.path(runs.MetricsFile)
	switch {
	case len(p.History) == p.Epoch:
		t.history = rows(p.History, path)
	case len(p.History) > 0:
		return fmt.Errorf("mgnet: %s has the results of %d epochs; it stands after %d", t.path(runs.CheckpointFile), len(p.History), p.Epoch)
	default: // an older program wrote it
		all, err := readMetrics(path, p.Epoch)
		if err != nil {
			return err
		}
		t.history = all[:p.Epoch]
	}
	p.History = nil
	return nil
}

// restore rebuilds the files that are made of the history if they are missing, damaged,
// or ahead of the checkpoint.
func (t *Trainer) restore() error {
	if len(t.history) == 0 {
		return nil
	}
	var want bytes.Buffer
	if err := encodeMetrics(&want, t.history); err != nil {
		return fmt.Errorf("mgnet: run: %w", err)
	}
	got, err := regularfile.Read(t.path(runs.MetricsFile), maxMetrics)
	stale := err != nil || !bytes.Equal(got, want.Bytes())
	if stale {
		if err := writeMetrics(t.path(runs.MetricsFile), t.history); err != nil {
			return fmt.Errorf("mgnet: run: %w", err)
		}
	}
	if _, err := os.Stat(t.path(runs.CurvesFile)); stale || err != nil {
		if err := writeCurves(t.path(runs.CurvesFile), t.history); err != nil {
			return fmt.Errorf("mgnet: run: %w", err)
		}
	}
	return nil
}

// begin makes the network that a training starts from.
func begin(r runs.Run, task Task, train source.Source) (*mgnet.Network, error) {
	if err := mgnet.Validate(r.Model); err != nil {
		return nil, err
	}
	if err := accepts(r.Model, task, train); err != nil {
		return nil, err
	}
	n, err := mgnet.New(r.Model, r.Seed)
	if err == nil {
		err = whiten(n, train)
	}
	return n, err
}

package train

// A training that is stopped does not wait for a step of half a minute.

import (
	"context"
	"errors"
	"fmt"
	"time"

	"mgtool/internal/parallel"
	"mgtool/mgnet"
	"mgtool/mgnet/evaluate"
	"mgtool/mgnet/runs"
)

// stopGrace is how long a step or an evaluation may go on after ctx was cancelled; one
// that ends within it is not lost. Tests make it shorter.
var stopGrace = 500 * time.Millisecond

var errAbandoned = errors.New("mgnet: this Trainer abandoned a step when it was stopped; resume the run with a new one")

// statistics makes room for the running statistics of a network, by the first value of
// those in use.
func statistics(n *mgnet.Network) map[*float32][]float32 {
	room := map[*float32][]float32{}
	for _, b := range n.Norms() {
		for _, s := range [][]float32{b.Stats.RunningMean, b.Stats.RunningVar} {
			room[&s[0]] = make([]float32, len(s))
		}
	}
	return room
}

// keepStatistics keeps them as they are now.
func (t *Trainer) keepStatistics() {
	for _, b := range t.net.Norms() {
		for _, s := range [][]float32{b.Stats.RunningMean, b.Stats.RunningVar} {
			copy(t.statistics[&s[0]], s)
		}
	}
}

// stepUnlessStopped does a step. If ctx is cancelled and the step takes longer than
// the grace, it is given up and the training saved as it was before: a step moves
// nothing but running statistics until it has its gradients, and these are kept.
func (t *Trainer) stepUnlessStopped(ctx context.Context) error {
	t.keepStatistics()
	begin := time.Now()
	var loading time.Duration
	finished, err := parallel.Await(ctx, stopGrace, func() error { return t.compute(&loading) })
	if !finished {
		t.abandoned = true
		if p := t.running.Load(); p != nil {
			p.Stop() // no need to compute to its end
		}
		return t.stopped(ctx)
	}
	if err == nil {
		err = t.move()
	} else if failed := (loadError{}); errors.As(err, &failed) {
		err = t.failed(err)
	}
	t.loading += loading
	t.stepping += time.Since(begin)
	return err
}

// evaluateUnlessStopped scores the test images at the end of an epoch. If ctx is
// cancelled and that takes longer than the grace, it is given up and the training
// saved behind the epoch's last batch.
func (t *Trainer) evaluateUnlessStopped(ctx context.Context) (evaluate.Tally, error) {
	work, end := context.WithCancel(context.Background())
	defer end()
	var found evaluate.Tally
	finished, err := parallel.Await(ctx, stopGrace, func() (err error) {
		t.eval.Update()
		found, err = t.eval.Score(work, t.test, t.task.Judge)
		return err
	})
	if !finished {
		t.abandoned = true
		t.keepStatistics() // no step is under way
		return evaluate.Tally{}, t.stopped(ctx)
	}
	if err != nil {
		err = t.failed(fmt.Errorf("mgnet: evaluating epoch %d: %w", t.state.Epoch+1, err))
	}
	return found, err
}

// failed saves where the training is when samples, such as a deleted picture, could not be
// read, so that it can be resumed once they can, and returns why. There is nothing to save
// before the first step.
func (t *Trainer) failed(why error) error {
	if t.steps() > 0 {
		if err := t.save(runs.CheckpointFile); err != nil {
			return fmt.Errorf("%w; and what was done since the last checkpoint is lost: %w", why, err)
		}
	}
	return fmt.Errorf("%w%s", why, t.kept())
}

// stopped saves where the training is, and returns why it stopped or why that could
// not be saved.
func (t *Trainer) stopped(ctx context.Context) error {
	if err := t.save(runs.CheckpointFile); err != nil {
		return fmt.Errorf("stopped, and what was done since the last checkpoint is lost: %w", err)
	}
	return ctx.Err()
}

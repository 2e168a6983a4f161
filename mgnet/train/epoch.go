package train

// The end of an epoch of a training, and what it leaves behind.

import (
	"context"
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"time"

	"mgtool/mgnet"
	"mgtool/mgnet/runs"
)

// endEpoch evaluates, writes down the epoch and moves on to the next. Its last
// batches took the time spent, and that share of it waiting for images.
func (t *Trainer) endEpoch(ctx context.Context, spent time.Duration, batches int, loadShare float64) error {
	s := &t.state
	begin := time.Now()
	tally, err := t.evaluateUnlessStopped(ctx)
	if err != nil {
		return err
	}
	images := float64(t.batcher.Batches() * t.run.Recipe.Batch)
	rate := math.NaN() // of an epoch that was resumed behind its last batch
	if batches > 0 {
		rate = float64(batches*t.run.Recipe.Batch) / spent.Seconds()
	}
	report := EpochReport{
		Epoch: s.Epoch + 1, LearningRate: t.run.Recipe.Rate(s.Epoch, t.batcher.Batches()-1, t.batcher.Batches()),
		Loss: s.LossSum / float64(t.batcher.Batches()), TrainAccuracy: t.accuracy(), TestAccuracy: tally.Accuracy(),
		Seconds: images/rate + time.Since(begin).Seconds(), ImagesPerSecond: rate, LoadShare: loadShare, TestLoss: tally.MeanLoss(),
	}
	best := !slices.ContainsFunc(t.history, func(e EpochReport) bool { return !report.better(e) })
	t.history = append(t.history, report)
	*s = runs.State{Epoch: s.Epoch + 1}
	var keep []string
	if t.run.KeepBest && best {
		keep = append(keep, runs.BestFile)
	}
	if t.run.KeepEvery > 0 && s.Epoch%t.run.KeepEvery == 0 {
		keep = append(keep, fmt.Sprintf("checkpoint-%04d.safetensors", s.Epoch))
	}
	t.unwritten = true
	if len(keep) == 0 && s.Epoch < t.run.Recipe.Epochs && time.Since(t.written) < writeEvery {
		return nil
	}
	return t.write(keep)
}

// writeEvery is how long epochs may be that do not all write their files, since that would
// take longer than they do.
const writeEvery = 300 * time.Millisecond

// write writes the files of the training's folder after an epoch, and keeps checkpoints of
// these names too.
func (t *Trainer) write(keep []string) error {
	s := &t.state
	if t.folder == nil {
		return nil
	}
	t.unwritten = false
	if err := t.folder.Ours(t.run); err != nil {
		return fmt.Errorf("mgnet: epoch %d could not be written: %w", s.Epoch, err)
	}
	// The row first, for its times: resuming drops rows that are ahead of the
	// checkpoint. What is kept before the last checkpoint: resuming makes it again.
	if err := writeMetrics(t.path(runs.MetricsFile), t.history); err != nil {
		return fmt.Errorf("mgnet: run: %w", err)
	}
	for _, file := range append(keep, runs.CheckpointFile) {
		if err := t.save(file); err != nil {
			return err
		}
	}
	if err := writeCurves(t.path(runs.CurvesFile), t.history); err != nil {
		return fmt.Errorf("mgnet: run: %w", err)
	}
	t.written = time.Now()
	return nil
}

// path is that of a file of the training's folder.
func (t *Trainer) path(file string) string { return filepath.Join(t.folder.Dir, file) }

// save writes a checkpoint of where the training is to a file of its folder.
func (t *Trainer) save(file string) error {
	if t.folder == nil {
		return nil
	}
	if err := t.folder.Ours(t.run); err != nil {
		return fmt.Errorf("mgnet: the checkpoint could not be written: %w", err)
	}
	p := t.state
	p.History = results(t.history)
	return runs.WriteCheckpoint(t.path(file), t.tensors(), p, t.run)
}

// tensors are what a checkpoint holds. After a step that was given up the running
// statistics are those that it began with.
func (t *Trainer) tensors() map[string]mgnet.Tensor {
	all := t.Network.Tensors(t.others())
	if t.abandoned {
		for name, v := range all {
			if before, ok := t.statistics[&v.Data[0]]; ok {
				all[name] = mgnet.Tensor{Shape: v.Shape, Data: before}
			}
		}
	}
	return all
}

// checkpointBytes is about the size of a checkpoint.
func (t *Trainer) checkpointBytes() int64 {
	const other = 1 << 16 // names, shapes, the run, the history
	bytes := int64(other)
	for _, v := range t.tensors() {
		bytes += int64(4 * len(v.Data))
	}
	return bytes
}

// others is what the training keeps beside its network.
func (t *Trainer) others() map[string]mgnet.Tensor {
	all := t.opt.state()
	if t.average != nil {
		maps.Copy(all, t.average.state())
	}
	return all
}

// Run is what the training was started with.
func (t *Trainer) Run() runs.Run { return t.run }

// History is a row an epoch, resumed ones too.
func (t *Trainer) History() []EpochReport { return t.history }

// MACs is the forward multiply-adds of one image of full size, as executed.
func (t *Trainer) MACs() float64 { return t.macs }

func (t *Trainer) summary() Summary {
	sum := Summary{Epochs: t.state.Epoch, LoadShare: t.loading.Seconds() / t.stepping.Seconds()}
	epoch := float64(t.batcher.Batches() * t.run.Recipe.Batch)
	images, timed, training := epoch*float64(len(t.history)), 0.0, 0.0
	for _, e := range t.history {
		if math.IsNaN(e.Seconds) {
			continue
		}
		sum.Seconds += e.Seconds
		timed += epoch
		training += epoch / e.ImagesPerSecond
	}
	if training > 0 {
		sum.ImagesPerSecond = timed / training
	}
	if len(t.history) > 0 {
		last := t.history[len(t.history)-1]
		sum.TrainAccuracy, sum.TestAccuracy, sum.Loss, sum.TestLoss = last.TrainAccuracy, last.TestAccuracy, last.Loss, last.TestLoss
	}
	work := t.MACs() * images
	if s := t.progressive; s != nil {
		work -= (t.MACs() - s.macs) * min(images, float64(s.steps*t.run.Recipe.Batch))
	}
	sum.PFLOP = 6 * work / 1e15
	return sum
}

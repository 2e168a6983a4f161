package mgnet

// The end of an epoch of a training, and what it leaves behind.

import (
	"fmt"
	"maps"
	"path/filepath"
	"time"
)

// endEpoch evaluates, writes down the epoch and moves on to the next. Its last
// batches took the time spent, and that share of it waiting for images.
func (t *Trainer) endEpoch(spent time.Duration, batches int, loadShare float64) error {
	s := &t.state
	begin := time.Now()
	t.eval.Update()
	accuracy, err := t.eval.accuracy(t.test)
	if err != nil {
		return err
	}
	best := true
	for _, e := range t.history {
		best = best && accuracy > e.TestAccuracy
	}
	images := float64(t.batcher.Batches() * t.run.Recipe.Batch)
	rate := float64(batches*t.run.Recipe.Batch) / spent.Seconds()
	t.history = append(t.history, EpochReport{
		Epoch: s.Epoch + 1, LearningRate: t.run.Recipe.rate(s.Epoch, t.batcher.Batches()-1, t.batcher.Batches()),
		Loss: s.LossSum / float64(t.batcher.Batches()), TrainAccuracy: float64(s.Right) / images, TestAccuracy: accuracy,
		Seconds: images/rate + time.Since(begin).Seconds(), ImagesPerSecond: rate, LoadShare: loadShare,
	})
	*s = progress{Epoch: s.Epoch + 1}
	if t.dir == "" {
		return nil
	}
	// The row first: resuming drops rows that are ahead of the checkpoint. What is
	// kept before the last checkpoint: resuming makes it again.
	if err := writeMetrics(filepath.Join(t.dir, metricsFile), t.history); err != nil {
		return fmt.Errorf("mgnet: run: %w", err)
	}
	var files []string
	if t.run.KeepBest && best {
		files = append(files, bestFile)
	}
	if t.run.KeepEvery > 0 && s.Epoch%t.run.KeepEvery == 0 {
		files = append(files, fmt.Sprintf("checkpoint-%04d.safetensors", s.Epoch))
	}
	for _, file := range append(files, checkpointFile) {
		if err := t.save(file); err != nil {
			return err
		}
	}
	if err := writeCurves(filepath.Join(t.dir, curvesFile), t.history); err != nil {
		return fmt.Errorf("mgnet: run: %w", err)
	}
	return nil
}

// save writes a checkpoint of where the training is to a file of its folder.
func (t *Trainer) save(file string) error {
	if t.dir == "" {
		return nil
	}
	return t.Network.save(filepath.Join(t.dir, file), t.others(), t.state, t.run)
}

// others is what the training keeps beside its network.
func (t *Trainer) others() map[string]tensorView {
	all := t.opt.state()
	if t.average != nil {
		maps.Copy(all, t.average.state())
	}
	return all
}

// Run is what the training was started with.
func (t *Trainer) Run() Run { return t.run }

// History is a row an epoch, resumed ones too.
func (t *Trainer) History() []EpochReport { return t.history }

// MACs is the forward multiply-adds of one image of full size, as executed.
func (t *Trainer) MACs() float64 { return float64(macs(t.eval.steps())) / float64(t.eval.batch) }

func (t *Trainer) summary() Summary {
	sum := Summary{Epochs: t.state.Epoch, LoadShare: t.loading.Seconds() / t.stepping.Seconds()}
	epoch := float64(t.batcher.Batches() * t.run.Recipe.Batch)
	images, training := epoch*float64(len(t.history)), 0.0
	for _, e := range t.history {
		sum.Seconds += e.Seconds
		training += epoch / e.ImagesPerSecond
	}
	if training > 0 {
		sum.ImagesPerSecond = images / training
	}
	if len(t.history) > 0 {
		last := t.history[len(t.history)-1]
		sum.TrainAccuracy, sum.TestAccuracy, sum.Loss = last.TrainAccuracy, last.TestAccuracy, last.Loss
	}
	work := t.MACs() * images
	if s := t.small; s != nil {
		work -= (t.MACs() - s.macs) * min(images, float64(s.steps*t.run.Recipe.Batch))
	}
	sum.PFLOP = 6 * work / 1e15
	return sum
}

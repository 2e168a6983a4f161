// Package train trains a network (package mgnet) for a [Task] on samples of a source
// (package source). With the weights w, a step on a batch takes the task's loss and its
// gradient,
//
//	w ← w − η · rule(∇L(w)),   of classes L(w) = −1/N Σ_i log p(y_i | x_i; w),
//
// by the rule of an optimiser (sgd.go, adamw.go, muon.go) and the learning rate η of
// the recipe's schedule. A [Trainer] does this epoch by epoch, evaluates the model
// after each, and keeps everything in the run's folder (package runs): a training that
// is stopped and resumed ends in the same bits as one that was not.
//
// The loss is defined in classes.go for [Classes], the task of images of one class each,
// and in regression.go for [Regression].
package train

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"time"

	"mgtool/mgnet"
	"mgtool/mgnet/evaluate"
	"mgtool/mgnet/runs"
	"mgtool/source"
	"mgtool/tensor/graph"
)

// Trainer trains one network. It is not safe for concurrent use.
//
// A Trainer with a folder holds it until [Trainer.Train] returns; meanwhile no other
// Trainer, in this process or another, gets the folder.
type Trainer struct {
	// Network is the model: the moving average of the weights if the recipe has one, else
	// the network in training.
	Network *mgnet.Network
	// OnEpoch, if not nil, is called after each epoch, once its files are written. Epochs
	// shorter than 0.3 s share the writing of files.
	// left estimates the time to the end of the training.
	OnEpoch func(row EpochReport, left time.Duration)
	// Notes holds a sentence for each change since a resumed run began (see
	// [ResumeOptions]).
	Notes []string

	run         runs.Run
	task        Task
	folder      *runs.Writer   // nil writes nothing
	batcher     source.Batcher // of the training samples
	test        source.Source
	decisions   int // of a sample
	opt         *Optimizer
	average     average        // nil for none
	net         *mgnet.Network // whose weights move
	progressive *progressive   // nil for images of full size throughout
	program     *graph.Program
	reduced     bool            // it takes images that are scaled down
	frozen      map[string]bool // that it has no gradients by
	outputs     *graph.Node
	batch       *source.Batch  // that the program reads
	loader      *source.Loader // makes the next batches; nil outside of Train and on one core
	eval        *evaluate.Predictor
	macs        float64 // forward, of one image

	state   runs.State
	history []EpochReport

	loading, stepping time.Duration // of the steps so far: spent on loading, and in all

	draws      uint64                 // the random numbers of a step; see [mgnet.Pass]
	statistics map[*float32][]float32 // running ones at the beginning of a step, by the first in use
	running    atomic.Pointer[graph.Program]
	written    time.Time // when the files of an epoch were
	unwritten  bool      // there are epochs since then
	abandoned  bool      // a step or an evaluation was given up and still runs
}

// Progress is the state of a running training, for display.
type Progress struct {
	Epoch, Epochs   int // the running one, from 1
	Batch, Batches  int // done in it
	Loss, Accuracy  float64
	ImagesPerSecond float64
	LoadShare       float64       // of the time of a step, waiting for its images, since Train began
	Left            time.Duration // estimated, to the end of the training
}

// Summary is the outcome of a training. Accuracies are fractions; TrainAccuracy is taken
// over the last epoch, while the weights changed.
type Summary struct {
	Epochs        int
	TrainAccuracy float64
	TestAccuracy  float64
	Loss          float64
	TestLoss      float64 // NaN if unknown
	// Seconds of all epochs with their evaluations, resumed ones too; images a
	// second of training alone. Epochs whose times were lost do not count.
	Seconds         float64
	ImagesPerSecond float64
	// The fraction of a step's time spent waiting for its images, since this Trainer
	// began; NaN if it has not.
	LoadShare float64
	// Floating-point operations of the training, in units of 10¹⁵: 6 × executed forward
	// multiply-adds × images.
	PFLOP float64
}

// newTrainer makes one that writes nothing and stands at the beginning.
func newTrainer(net *mgnet.Network, task Task, r runs.Run, train, test source.Source) (*Trainer, error) {
	if err := r.Recipe.Validate(); err != nil {
		return nil, err
	}
	if err := follows(r.Recipe, task, train); err != nil {
		return nil, err
	}
	for _, s := range []source.Source{train, test} {
		if err := accepts(r.Model, task, s); err != nil {
			return nil, err
		}
	}
	if r.KeepEvery < 0 {
		return nil, fmt.Errorf("mgnet: checkpoints kept every %d epochs; want 1 or more, or 0 for none", r.KeepEvery)
	}
	if err := memoryFor(r.Recipe, net); err != nil {
		return nil, err
	}
	t := &Trainer{run: r, task: task, test: test, decisions: task.Decisions(train.Form())}
	batch := r.Recipe.Batch
	var err error
	t.batcher, err = train.Batcher(batch, r.Seed)
	if err != nil {
		return nil, err
	}
	t.net, t.statistics = net, statistics(net)
	t.batch = t.batcher.NewBatch()
	t.opt = NewOptimizer(net, r.Recipe, t.batcher.Batches())
	t.average, t.Network, err = newAverage(net, r.Recipe, r.Recipe.Epochs*t.batcher.Batches())
	if err != nil {
		return nil, err
	}
	if t.progressive, err = newProgressive(net, r.Recipe, t.batcher.Batches()); err != nil {
		return nil, err
	}
	if err := t.build(0); err != nil {
		return nil, err
	}
	batch = evaluate.BatchOf(net.Model, test.Len())
	if t.eval, err = evaluate.NewPredictor(t.Network, batch); err != nil {
		return nil, err
	}
	t.macs = float64(mgnet.MACs(t.eval.Program().Steps())) / float64(batch)
	return t, nil
}

// build makes the program of step n and those after it: for images of their size, and
// without gradients of frozen parameters. Freezing the bias of the whitening saves 5% of a
// step, because only it needs the first convolution's input gradient.
func (t *Trainer) build(n int) error {
	t.frozen, t.reduced, t.program = t.opt.frozen(n), t.progressive.at(n), nil
	net, images := t.net, t.batch.X
	if t.reduced {
		net, images = t.progressive.net, t.progressive.x
	}
	c, r := net.Model.Sig(), t.run.Recipe
	batch := r.Batch
	var err error
	t.program, err = graph.Build(func(b *graph.Builder) *graph.Node {
		if r.Precision == runs.Bfloat16 {
			b.Bfloat16()
		}
		x := b.Input("image", []int{batch, c.Height, c.Width, c.InChannels}, images)
		t.outputs = net.Scores(b, x, mgnet.Pass{Train: true, Frozen: t.frozen, Step: &t.draws})
		b.Keep(t.outputs)
		return t.task.Loss(b, t.outputs, t.batch)
	})
	return err
}

// checkpointEvery is how much work a crash may cost at most, within an epoch.
const checkpointEvery = 2 * time.Minute

// Train runs the training to its end, or until ctx is cancelled: then it saves a
// checkpoint within about a second and returns the context's error, or that of saving. A
// step or an evaluation that takes longer is abandoned and will be repeated on resuming;
// it runs on in the background, so neither this Trainer nor its Network may be used again.
// report, if not nil, is called after each batch.
//
// A loss or weight that is not finite stops the training with an error; the last good
// checkpoint is kept.
//
// Samples that cannot be read, such as a deleted picture, stop the training with an error
// that names them, after a checkpoint is saved.
//
// Train may be called again after ctx was cancelled, unless another Trainer has continued
// the run meanwhile.
func (t *Trainer) Train(ctx context.Context, report func(Progress)) (Summary, error) {
	if t.abandoned {
		return t.summary(), errAbandoned
	}
	if err := t.folder.Take(); err != nil {
		return t.summary(), err
	}
	defer t.folder.Release()
	s := &t.state
	batches := t.batcher.Batches()
	saved := time.Now()
	t.loading, t.stepping = 0, 0
	pace := pace{begin: saved, steps: t.steps()}
	if runtime.GOMAXPROCS(0) > 1 {
		first := *s
		if first.Batch == batches {
			first.Epoch, first.Batch = s.Epoch+1, 0
		}
		loader, err := source.NewLoader(t.batcher, first.Epoch, first.Batch, t.run.Recipe.Epochs, 1)
		if err != nil {
			return t.summary(), err
		}
		t.loader = loader
		defer func() {
			loader.Close()
			if !t.abandoned { // or the step still looks at it
				t.loader = nil
			}
		}()
	}
	for s.Epoch < t.run.Recipe.Epochs {
		begin, loading, stepping := time.Now(), t.loading, t.stepping
		first := s.Batch
		for s.Batch < batches {
			if err := t.stepUnlessStopped(ctx); err != nil {
				return t.summary(), err
			}
			if report != nil {
				report(Progress{
					Epoch: s.Epoch + 1, Epochs: t.run.Recipe.Epochs, Batch: s.Batch, Batches: batches,
					Loss: s.LossSum / float64(s.Batch), Accuracy: t.accuracy(),
					ImagesPerSecond: float64((s.Batch-first)*t.run.Recipe.Batch) / time.Since(begin).Seconds(),
					LoadShare:       t.loading.Seconds() / t.stepping.Seconds(),
					Left:            pace.left(t),
				})
			}
			if ctx.Err() != nil && s.Batch < batches {
				return t.summary(), t.stopped(ctx)
			}
			if time.Since(saved) > checkpointEvery && s.Batch < batches {
				if err := t.save(runs.CheckpointFile); err != nil {
					return t.summary(), err
				}
				saved = time.Now()
			}
		}
		spent := time.Since(begin)
		share := (t.loading - loading).Seconds() / (t.stepping - stepping).Seconds()
		if err := t.endEpoch(ctx, spent, batches-first, share); err != nil {
			return t.summary(), err
		}
		saved = time.Now()
		if t.OnEpoch != nil {
			t.OnEpoch(t.history[len(t.history)-1], pace.left(t))
		}
		if ctx.Err() != nil && s.Epoch < t.run.Recipe.Epochs {
			if t.unwritten {
				if err := t.write(nil); err != nil {
					return t.summary(), err
				}
			}
			return t.summary(), ctx.Err()
		}
	}
	return t.summary(), nil
}

// pace estimates the time left from the steps since Train began. Their time includes
// evaluations and saving.
type pace struct {
	begin time.Time
	steps int // done when it began
}

func (p pace) left(t *Trainer) time.Duration {
	done := t.steps() - p.steps
	if done == 0 {
		return 0
	}
	todo := t.run.Recipe.Epochs*t.batcher.Batches() - t.steps()
	return time.Duration(float64(time.Since(p.begin)) / float64(done) * float64(todo))
}

// steps is the number of those that are done.
func (t *Trainer) steps() int { return t.state.Epoch*t.batcher.Batches() + t.state.Batch }

// load puts the samples of the step to come where the program reads them.
func (t *Trainer) load() error {
	if t.loader == nil {
		return t.batcher.FillBatch(t.batch, t.state.Epoch, t.state.Batch)
	}
	next, err := t.loader.Next()
	if err != nil {
		return err
	}
	t.batch.CopyFrom(next)
	return nil
}

// loadError reports samples that could not be read, before anything of a checkpoint was
// changed.
type loadError struct{ error }

func (e loadError) Unwrap() error { return e.error }

// step trains on one batch.
func (t *Trainer) step() error {
	begin := time.Now()
	defer func() { t.stepping += time.Since(begin) }()
	if err := t.compute(&t.loading); err != nil {
		return err
	}
	return t.move()
}

// compute takes the loss of the batch to come and its gradients, and adds the time
// that loading took. Of what a checkpoint holds it changes the running statistics
// alone.
func (t *Trainer) compute(loading *time.Duration) error {
	begin := time.Now()
	if err := t.load(); err != nil {
		return loadError{fmt.Errorf("mgnet: loading epoch %d, batch %d: %w", t.state.Epoch+1, t.state.Batch+1, err)}
	}
	*loading += time.Since(begin)
	n := t.steps()
	if len(t.opt.frozen(n)) > len(t.frozen) || t.progressive.at(n) != t.reduced {
		if err := t.build(n); err != nil {
			return err
		}
	}
	if t.reduced {
		if err := t.progressive.shrinker.Shrink(t.progressive.x, t.batch.X); err != nil {
			return err
		}
	}
	t.draws = drawsOf(t.run.Seed, n)
	t.running.Store(t.program)
	return t.program.Run()
}

// drawsOf mixes a run's seed and the number of a step to the state of that step's random
// numbers (the finaliser of SplitMix64: G. Steele et al., OOPSLA 2014, section 4).
func drawsOf(seed uint64, step int) uint64 {
	z := seed + uint64(step+1)*0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// move moves the weights by the gradients, and counts.
func (t *Trainer) move() error {
	s, batches, n := &t.state, t.batcher.Batches(), t.steps()
	loss := float64(t.program.Value()[0])
	if math.IsNaN(loss) || math.IsInf(loss, 0) {
		return fmt.Errorf("%w (loss %g in epoch %d, batch %d%s)", runs.ErrNotFinite, loss, s.Epoch+1, s.Batch+1, t.kept())
	}
	t.opt.Step(n, t.run.Recipe.Rate(s.Epoch, s.Batch, batches), t.program.Gradient)
	if t.average != nil {
		t.average.follow(n + 1)
	}
	var tally evaluate.Tally
	t.task.Judge(&tally, t.program.Values(t.outputs), t.run.Recipe.Batch, t.batch)
	s.Right += tally.Right
	s.Skipped += t.run.Recipe.Batch*t.decisions - tally.Decisions
	s.LossSum += loss
	s.Batch++
	return nil
}

// accuracy is that of the epoch so far, while the weights changed.
func (t *Trainer) accuracy() float64 {
	return evaluate.Tally{Decisions: t.state.Batch*t.run.Recipe.Batch*t.decisions - t.state.Skipped, Right: t.state.Right}.Accuracy()
}

// kept says what a training that failed leaves in its folder.
func (t *Trainer) kept() string {
	if t.folder == nil {
		return ""
	}
	if _, err := os.Stat(filepath.Join(t.folder.Dir, runs.CheckpointFile)); err != nil {
		return "; there was no checkpoint yet, so another training may begin in " + t.folder.Dir
	}
	return "; the last checkpoint is kept"
}

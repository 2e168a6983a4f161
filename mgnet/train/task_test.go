package train

import (
	"bytes"
	"context"
	"errors"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mgtool/mgnet"
	"mgtool/mgnet/evaluate"
	"mgtool/mgnet/runs"
	"mgtool/source"
)

// linearMap is a table of n random inputs x of four values and targets W x + c of two.
func linearMap(n int, seed uint64) *source.Table {
	w := [2][4]float32{{1, -2, .5, 0}, {-.5, .25, 1, 2}}
	rng := rand.New(rand.NewPCG(seed, 1))
	t := &source.Table{Name: "a linear map", Each: source.Form{Input: []int{1, 1, 4}, Values: 2}}
	for range n {
		x := make([]float32, 4)
		for k := range x {
			x[k] = float32(rng.NormFloat64())
		}
		t.Inputs = append(t.Inputs, x...)
		for k, row := range w {
			y := float32(k) - .5
			for i, v := range x {
				y += row[i] * v
			}
			t.Values = append(t.Values, y)
		}
	}
	return t
}

// signals is a table of n noisy sines of 32 places, of period 16 (class 0) or 8 (class 1)
// and random phase.
func signals(n int, seed uint64) *source.Table {
	rng := rand.New(rand.NewPCG(seed, 2))
	t := &source.Table{Name: "signals", Each: source.Form{Input: []int{1, 32, 1}, Labels: 1, Classes: 2}}
	for i := range n {
		class, phase := i%2, 2*math.Pi*rng.Float64()
		for k := range 32 {
			t.Inputs = append(t.Inputs, float32(math.Sin(2*math.Pi*float64(k*(1+class))/16+phase)+.3*rng.NormFloat64()))
		}
		t.Labels = append(t.Labels, int32(class))
	}
	return t
}

// tableRun is a training on a table by SGD.
func tableRun(c mgnet.Model, epochs, batch int, rate float64) runs.Run {
	return runs.Run{Model: c, Recipe: runs.Recipe{Name: "sgd", Epochs: epochs, Batch: batch, LearningRate: rate, Momentum: .9, Schedule: "cosine"}, Seed: 3, Data: "a table"}
}

// untilDone trains to the end, but stops after every few batches and resumes.
func untilDone(t *testing.T, trainer *Trainer, every int, resume func() (*Trainer, error)) *Trainer {
	t.Helper()
	for {
		ctx, cancel := context.WithCancel(context.Background())
		left := every
		_, err := trainer.Train(ctx, func(Progress) {
			if left--; left == 0 {
				cancel()
			}
		})
		cancel()
		if err == nil {
			return trainer
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if trainer, err = resume(); err != nil {
			t.Fatal(err)
		}
	}
}

// interrupted trains in a folder of its own, is stopped and resumed after every few
// batches, and returns the last checkpoint.
func interrupted(t *testing.T, r runs.Run, task Task, train, test source.Source, every int) (trainer *Trainer, checkpoint []byte) {
	t.Helper()
	dir := t.TempDir()
	trainer, err := New(r, task, train, test, dir)
	if err != nil {
		t.Fatal(err)
	}
	trainer = untilDone(t, trainer, every, func() (*Trainer, error) {
		return Resume(dir, ResumeOptions{}, func(*runs.Run) (Task, source.Source, source.Source, error) { return task, train, test, nil })
	})
	for _, file := range []string{runs.MetricsFile, runs.CurvesFile} {
		if _, err := os.Stat(filepath.Join(dir, file)); err != nil {
			t.Error(err)
		}
	}
	return trainer, read(t, filepath.Join(dir, runs.CheckpointFile))
}

// A linear layer learns a linear map to rounding: numbers are a task as classes are, with
// a loss and no accuracy, in a run's folder too.
func TestRegressionLearnsALinearMap(t *testing.T) {
	train, test := linearMap(400, 1), linearMap(100, 2)
	r := tableRun(mgnet.Dense(1, 1, 4, 2, nil), 20, 20, .05)
	r.KeepBest = true
	dir := t.TempDir()
	trainer, err := New(r, Regression{}, train, test, dir)
	if err != nil {
		t.Fatal(err)
	}
	sum, err := trainer.Train(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	first := trainer.History()[0]
	if !(sum.TestLoss < 1e-9 && first.TestLoss > 1e-4) || !math.IsNaN(sum.TestAccuracy) || !math.IsNaN(sum.TrainAccuracy) {
		t.Errorf("test loss %g after an epoch and %g at the end, accuracies %g and %g; want less than 1e-9 and none", first.TestLoss, sum.TestLoss, sum.TrainAccuracy, sum.TestAccuracy)
	}
	p, err := evaluate.NewPredictor(trainer.Network, 1)
	if err != nil {
		t.Fatal(err)
	}
	y, err := p.Outputs([]float32{1, 1, 1, 1})
	if err != nil || math.Abs(float64(y[0])-(-1)) > 1e-3 || math.Abs(float64(y[1])-3.25) > 1e-3 {
		t.Errorf("the network maps (1, 1, 1, 1) to %v; want (-1, 3.25) (%v)", y, err)
	}
	lines := strings.Split(string(read(t, filepath.Join(dir, runs.MetricsFile))), "\n")
	if cells := strings.Split(lines[1], ","); cells[3] != "" || cells[4] != "" || cells[8] == "" {
		t.Errorf("metrics.csv has %q; want no accuracies, but a test loss", lines[1])
	}
	if _, err := png.Decode(bytes.NewReader(read(t, filepath.Join(dir, runs.CurvesFile)))); err != nil {
		t.Error(err)
	}
	best := 0
	for i, e := range trainer.History() {
		if e.TestLoss < trainer.History()[best].TestLoss {
			best = i
		}
	}
	n, err := mgnet.Empty(r.Model)
	if err != nil {
		t.Fatal(err)
	}
	if s, err := runs.LoadCheckpoint(n, filepath.Join(dir, runs.BestFile), nil, nil); err != nil || s.Epoch != best+1 {
		t.Errorf("the best checkpoint is that of epoch %d, want %d (%v)", s.Epoch, best+1, err)
	}
	r.Recipe.Epochs = 3
	_, want := interrupted(t, r, Regression{}, train, test, 1000)
	if _, got := interrupted(t, r, Regression{}, train, test, 7); !bytes.Equal(got, want) {
		t.Error("stopped every 7 batches: the last checkpoint differs")
	}
}

// The target of a sample may be one number: here the first of a linear map's two, which
// an MgNet of one level and one output approximates better than their mean does.
func TestRegressionOfOneNumber(t *testing.T) {
	first := func(s *source.Table) *source.Table {
		s.Each.Values = 1
		for i := range s.Len() {
			s.Values[i] = s.Values[2*i]
		}
		s.Values = s.Values[:s.Len()]
		return s
	}
	train, test := first(linearMap(400, 1)), first(linearMap(100, 2))
	for name, m := range map[string]mgnet.Model{
		"dense": mgnet.Dense(1, 1, 4, 1, nil),
		"mgnet": mgnet.NewMgNet(1, 1, 4, 1, []int{8}, []int{1}),
	} {
		trainer, err := New(tableRun(m, 20, 20, .05), Regression{}, train, test, "")
		if err != nil {
			t.Fatal(err)
		}
		sum, err := trainer.Train(context.Background(), nil)
		if variance := 1. + 4 + .25; err != nil || !(sum.TestLoss < variance/10) {
			t.Errorf("%s: mean squared error %g (%v); want less than a tenth of the variance, %g", name, sum.TestLoss, err, variance)
		}
	}
}

// A signal is an image of height 1: the cycle of MgNet, with its coarser grids, learns to
// tell signals apart.
func TestSignalsOfOneDimension(t *testing.T) {
	train, test := signals(400, 1), signals(100, 2)
	c := mgnet.NewMgNet(1, 32, 1, 2, []int{8}, []int{1, 1, 1})
	r := tableRun(c, 4, 20, .1)
	trainer, want := interrupted(t, r, Classes{}, train, test, 1000)
	history := trainer.History()
	if last := history[len(history)-1]; last.TestAccuracy < .95 || last.TrainAccuracy < .9 {
		t.Errorf("accuracy %g, in training %g; want at least 0.95 and 0.9", last.TestAccuracy, last.TrainAccuracy)
	}
	if _, got := interrupted(t, r, Classes{}, train, test, 7); !bytes.Equal(got, want) {
		t.Error("stopped every 7 batches: the last checkpoint differs")
	}
	tall := *train // the same upright
	tall.Each.Input = []int{32, 1, 1}
	c.Height, c.Width, c.Signal = 32, 1, false // kernels 3×3 again
	r.Model, r.Recipe.Epochs = c, 1
	if trainer, err := New(r, Classes{}, &tall, &tall, ""); err != nil {
		t.Error(err)
	} else if _, err := trainer.Train(context.Background(), nil); err != nil {
		t.Error(err)
	}
}

// One side of a grid may be 1 on every level, as far as R makes a coarser grid of it.
func TestLevelsOfSignals(t *testing.T) {
	for _, c := range []struct {
		levels, r, want string
	}{
		{"1,1,1,1,1,1", "conv3", ""}, {"1,1,1,1,1,1,1", "conv3", "no coarser grid of 1×1"}, {"1,1,1", "conv1", ""},
		{"1,1", "conv2", "no coarser grid of 1×32"}, {"1,1", "conv3-inner", "no coarser grid of 1×32"}, {"1,1", "max", "no coarser grid of 1×32"},
	} {
		config := `{"model": "mgnet", "height": 1, "width": 32, "in_channels": 1, "classes": 2, "smoothings": [` + c.levels + `], "channels": [` +
			strings.Repeat("4, ", strings.Count(c.levels, ",")) + `4], "share_a": "level", "share_b": "level", "stem": 3, "activation": "relu", "cycle": "down", "r": "` + c.r + `"}`
		_, err := mgnet.ParseConfig([]byte(config))
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("levels %s, r %s: error %v; want %q", c.levels, c.r, err, c.want)
		}
	}
}

// What a network cannot learn from is refused before the training.
func TestTaskErrors(t *testing.T) {
	dense := func(outputs int) mgnet.Model { return mgnet.Dense(1, 1, 4, outputs, nil) }
	run := func(c mgnet.Model) runs.Run { return tableRun(c, 1, 10, .1) }
	table := func(change func(*source.Table)) *source.Table {
		s := linearMap(40, 1)
		change(s)
		return s
	}
	good := linearMap(40, 1)
	augmented, smoothed := run(dense(2)), run(dense(2))
	augmented.Recipe.Augment.Mirror = true
	smoothed.Recipe.LabelSmoothing = .1
	for want, c := range map[string]struct {
		r     runs.Run
		task  Task
		train source.Source
	}{
		"2 values per sample; the model has 3 outputs": {run(dense(3)), Regression{}, good},
		"0 labels per sample":                          {run(dense(2)), Classes{}, good},
		"cannot tell classes apart; want 2 or more":    {run(dense(1)), Classes{}, table(func(s *source.Table) { s.Each.Labels, s.Each.Classes, s.Labels = 1, 1, make([]int32, 40) })},
		"the recipe varies samples":                    {augmented, Regression{}, good},
		"smooths labels by 0.1, the task by 0":         {smoothed, Regression{}, good},
		"want (height, width, channels)":               {run(dense(2)), Regression{}, table(func(s *source.Table) { s.Each.Input = []int{4} })},
		"images of 1×4×1; the model takes 1×1×4":       {run(dense(2)), Regression{}, table(func(s *source.Table) { s.Each.Input = []int{1, 4, 1} })},
		"79 values":      {run(dense(2)), Regression{}, table(func(s *source.Table) { s.Values = s.Values[:79] })},
		"has no samples": {run(dense(2)), Regression{}, table(func(s *source.Table) { s.Inputs, s.Values = nil, nil })},
	} {
		if _, err := New(c.r, c.task, c.train, good, ""); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v; want %s", err, want)
		}
	}
}

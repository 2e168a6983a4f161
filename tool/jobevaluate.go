package tool

// Evaluating a run that has a job, and predicting with it.

import (
	"context"
	"errors"
	"io/fs"
	"math"
	"path/filepath"

	"mgtool/mgnet"
	"mgtool/mgnet/evaluate"
	"mgtool/mgnet/job"
	"mgtool/mgnet/runs"
	"mgtool/source"
)

// EvaluateJob says which run of a job is evaluated.
type EvaluateJob struct {
	Run        string // its folder
	Checkpoint string // last, best or a file
	Data       string // where the data have moved to, or other data; the run's if empty
	Out        string // folder for pictures and tables; empty for none
}

// EvaluatedJob is the result.
type EvaluatedJob struct {
	Network *mgnet.Network
	Run     runs.Run
	Samples int
	Loss    float64 // mean over the test samples
	// Accuracy is the share of decisions that are right, NaN where there are none.
	Accuracy float64
	Metrics  []job.Metric
	Files    []string // those written to Out
}

// HasJob reports whether the run in a folder has a job other than classes of images.
func HasJob(dir string) (bool, error) {
	if dir == "" { // of the model that is built in, or not given
		return false, nil
	}
	r, err := runs.ReadRun(dir)
	return r.Job != "", err
}

// Evaluate evaluates the model on the test samples.
func (e EvaluateJob) Evaluate(ctx context.Context, r Reporter) (*EvaluatedJob, error) {
	n, run, err := runs.OpenCheckpoint(e.Run, e.Checkpoint)
	if err != nil {
		return nil, err
	}
	j, data, err := e.data(ctx, &run, r)
	if err != nil {
		return nil, err
	}
	if n, err = n.Bind(data.Structure); err != nil {
		return nil, err
	}
	if err := makeFolder("out", e.Out); err != nil {
		return nil, err
	}
	form := data.Test.Form()
	if s := n.Model.Sig(); len(form.Input) == 3 && (form.Input[0] != s.Height || form.Input[1] != s.Width) {
		// Other data may have another size, which networks without weights for each pixel take.
		if n, err = n.At(form.Input[0], form.Input[1]); err != nil {
			return nil, err
		}
	}
	s := n.Model.Sig()
	if err := s.Fits(data.Test.String(), form.Input[0], form.Input[1], form.Input[2], form.Classes); err != nil {
		return nil, err
	}
	p, err := evaluate.NewPredictor(n, evaluate.BatchOf(n.Model, data.Test.Len()))
	if err != nil {
		return nil, err
	}
	task, meter, done := j.Task(), j.Meter(data), 0
	tally, err := p.Score(ctx, data.Test, func(t *evaluate.Tally, outputs []float32, n int, targets *source.Batch) {
		task.Judge(t, outputs, n, targets)
		meter.Add(outputs, n, targets)
		done += n
		r.status("%d of %d samples", done, data.Test.Len())
	})
	r.status("")
	if err != nil {
		return nil, err
	}
	result := &EvaluatedJob{
		Network: n, Run: run, Samples: tally.Samples, Loss: tally.MeanLoss(), Accuracy: math.NaN(),
		Metrics: meter.Metrics(), Files: []string{},
	}
	if tally.Decisions > 0 {
		result.Accuracy = tally.Accuracy()
	}
	if e.Out != "" {
		result.Files, err = meter.WriteFiles(e.Out)
	}
	return result, err
}

// data reads the job of a run and the data that it is evaluated on. The run's limit and what
// it held out are parts of its own data, wherever they are now, and not of others.
func (e EvaluateJob) data(ctx context.Context, run *runs.Run, r Reporter) (job.Job, *job.Data, error) {
	if e.Data == "" {
		return reloadJob(ctx, run)
	}
	run.Data, run.DataDir = filepath.Base(absolute(e.Data)), e.Data
	if run.Limit > 0 || run.HoldOut > 0 {
		own := *run
		if j, data, err := reloadJob(ctx, &own); err == nil {
			if digest, err := source.Digest(data.Train, data.Test); err == nil && digest == run.Origin.Data {
				*run = own
				return j, data, nil
			}
		}
		run.Limit, run.HoldOut = 0, 0
		r.note("%s: not the run's own data: all test samples are taken", e.Data)
	}
	return reloadJob(ctx, run)
}

// PredictJob applies the model of a run to the file or folder at path, and writes to out if
// that is not empty.
func PredictJob(ctx context.Context, run, checkpoint, path, out string) (*job.Predicted, runs.Run, error) {
	n, r, err := runs.OpenCheckpoint(run, checkpoint)
	if err != nil {
		return nil, r, err
	}
	j, err := jobOf(r)
	if err != nil {
		return nil, r, err
	}
	p, err := j.Predict(ctx, job.Query{Network: n, Path: path, Out: out})
	if errors.Is(err, fs.ErrExist) { // in the place of out
		err = Usage(err)
	}
	return p, r, err
}

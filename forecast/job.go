package forecast

// The job of forecasting, for trainings, evaluations and predictions.

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"mgtool/mgnet"
	"mgtool/mgnet/evaluate"
	"mgtool/mgnet/job"
	"mgtool/mgnet/runs"
	"mgtool/mgnet/train"
)

// Job is the job of forecasting, with its settings. It implements [job.Job].
type Job struct {
	LookBack int    `json:"look_back"`       // L, the values of a window
	Horizon  int    `json:"horizon"`         // H, the values to forecast
	Split    string `json:"split,omitempty"` // see [ParseSplit]; Load notes [UsualSplit] for none
	Loss     string `json:"loss"`            // "mae" or "mse", the mean absolute or squared error

	// Noted by Load: the variables of the series and their standard units.
	Variables []string `json:"variables,omitempty"`
	Scale     *Scale   `json:"scale,omitempty"`
}

// New is the job with its default settings.
func New() *Job { return &Job{LookBack: 336, Horizon: 96, Loss: "mae"} }

// Kind implements [job.Job].
func (j *Job) Kind() string { return "forecast" }

// longest is the largest window and horizon.
const longest = 1 << 14

// Validate implements [job.Job].
func (j *Job) Validate() error {
	for name, n := range map[string]int{"look-back": j.LookBack, "horizon": j.Horizon} {
		if n < 1 || n > longest {
			return fmt.Errorf("forecast: %s %d; want 1 to %d", name, n, longest)
		}
	}
	if j.Loss != "mae" && j.Loss != "mse" {
		return fmt.Errorf("forecast: loss %q; want mae or mse", j.Loss)
	}
	if j.Scale != nil {
		if n := len(j.Variables); len(j.Scale.Mean) != n || len(j.Scale.Deviation) != n {
			return fmt.Errorf("forecast: %d means and %d deviations of %d variables; want one each", len(j.Scale.Mean), len(j.Scale.Deviation), n)
		}
		if i := slices.IndexFunc(j.Scale.Deviation, func(d float64) bool { return !(d > 0) }); i >= 0 {
			return fmt.Errorf("forecast: deviation %g of %q; want more than 0", j.Scale.Deviation[i], j.Variables[i])
		}
	}
	if j.Split != "" {
		if _, err := splitNumbers(j.Split); err != nil {
			return err
		}
	}
	return nil
}

// Load reads a series and parts it. Windows of the training part train; tested are those of
// the test part or, with a HoldOut, of the validation part. The first Limit windows of each
// are taken, if that is not 0.
func (j *Job) Load(path string, part job.Part) (*job.Data, error) {
	s, err := j.read(path)
	if err != nil {
		return nil, err
	}
	text := j.Split
	if text == "" {
		text = UsualSplit(s.Name)
	}
	split, err := ParseSplit(text, s)
	if err != nil {
		return nil, err
	}
	j.Split = text
	if j.Scale == nil {
		c := ScaleOf(s, split.Train)
		j.Scale, j.Variables = &c, s.Variables
	}
	scaled := j.Scale.Apply(s)
	train, err := NewWindows(s.Name+", training part", scaled, 0, split.Train, j.LookBack, j.Horizon)
	if err != nil {
		return nil, err
	}
	name, begin, end := s.Name+", test part", split.Validation, split.Test
	if part.HoldOut > 0 {
		name, begin, end = s.Name+", validation part", split.Train, split.Validation
	}
	test, err := NewWindows(name, scaled, begin, end, j.LookBack, j.Horizon)
	if err != nil {
		return nil, err
	}
	if part.Limit > 0 {
		train.Count, test.Count = min(train.Count, part.Limit), min(test.Count, part.Limit)
	}
	return &job.Data{
		Train: train, Test: test,
		Signature: mgnet.Signature{Height: len(scaled), Width: 1, InChannels: j.LookBack, Classes: j.Horizon},
	}, nil
}

// read reads a series, which must have the variables of the settings, if there are any.
func (j *Job) read(path string) (*Series, error) {
	s, err := Read(path)
	if err != nil {
		return nil, err
	}
	if j.Scale != nil && !slices.Equal(s.Variables, j.Variables) {
		return nil, fmt.Errorf("forecast: %s has the variables %s; the run has %s", path, list(s.Variables), list(j.Variables))
	}
	return s, nil
}

// list names variables, the first of many.
func list(names []string) string {
	const most = 10
	if n := len(names); n > most {
		return fmt.Sprintf("%.200q, … (%d)", strings.Join(names[:most], ","), n)
	}
	return fmt.Sprintf("%.200q", strings.Join(names, ","))
}

// Task implements [job.Job].
func (j *Job) Task() train.Task { return train.Forecasts{Absolute: j.Loss == "mae"} }

// Recipe implements [job.Job]. It was chosen for FV-MgNet on the validation part of ETTh1.
func (j *Job) Recipe() runs.Recipe {
	return runs.Recipe{
		Name: "forecast", Source: "ours, chosen on the validation part of ETTh1",
		Optimizer: "adamw", Beta1: .9, Beta2: .999, Epsilon: 1e-8,
		Epochs: 6, Batch: 32, LearningRate: 1e-3, Schedule: "cosine",
	}
}

// Models implements [job.Job].
func (j *Job) Models() []string { return []string{"fv-mgnet", "nlinear", "dlinear", "repeat-last"} }

// Meter implements [job.Job].
func (j *Job) Meter(d *job.Data) job.Meter {
	return newMeter(d.Test.(*Windows), j.Variables, *j.Scale)
}

// Predict forecasts what follows the end of the series in the file q.Path, in its own units:
// a row for each of the next times, which go to q.Out as CSV if that is not empty. The file
// itself is no place for them: the error is [fs.ErrExist].
func (j *Job) Predict(ctx context.Context, q job.Query) (*job.Predicted, error) {
	if j.Scale == nil {
		return nil, fmt.Errorf("forecast: the settings have no scale; want those of a run that has begun")
	}
	if err := q.Spares(q.Path); err != nil {
		return nil, fmt.Errorf("forecast: %w", err)
	}
	s, err := j.read(q.Path)
	if err != nil {
		return nil, err
	}
	if s.Len() < j.LookBack {
		return nil, fmt.Errorf("forecast: %s has %d times; a window has %d", q.Path, s.Len(), j.LookBack)
	}
	y, err := j.next(q.Network, j.Scale.Apply(s))
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	p := &job.Predicted{Columns: append([]string{s.timeName()}, s.Variables...)}
	for h := range j.Horizon {
		row := []string{s.after(h + 1)}
		for v := range s.Variables {
			row = append(row, fmt.Sprintf("%.6g", j.Scale.Undo(v, y[v*j.Horizon+h])))
		}
		p.Rows = append(p.Rows, row)
	}
	if q.Out != "" {
		p.Files = []string{q.Out}
		err = writeCSV(q.Out, p.Columns, p.Rows)
	}
	return p, err
}

// next forecasts what follows the last window, a variable after another.
func (j *Job) next(n *mgnet.Network, scaled [][]float32) ([]float32, error) {
	w := &Windows{Name: "the last window", Scaled: scaled, First: len(scaled[0]) - j.LookBack, Count: 1, LookBack: j.LookBack}
	batch := w.Form().NewBatch(1)
	if err := w.Read(batch, 0, 1); err != nil {
		return nil, err
	}
	p, err := evaluate.NewPredictor(n, 1)
	if err != nil {
		return nil, err
	}
	return p.Outputs(batch.X)
}

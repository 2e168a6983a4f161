package tool

// A job from the registry to a prediction: trained, resumed to the same bits, evaluated.

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mgtool/mgnet/evaluate"
	"mgtool/mgnet/job"
	"mgtool/mgnet/runs"
	"mgtool/mgnet/train"
	"mgtool/source"

	"mgtool/mgnet"
)

// line is a job for tests: numbers t = scale·(x₁ − x₂), one sample a line of the file.
type line struct {
	Scale float64 `json:"scale"`
	Seen  int     `json:"seen,omitempty"` // samples, noted by Load
}

func (l *line) Kind() string { return "line" }
func (l *line) Validate() error {
	if !(l.Scale > 0) {
		return fmt.Errorf("scale %g; want more than 0", l.Scale)
	}
	return nil
}
func (l *line) table(path string) (*source.Table, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	t := &source.Table{Name: filepath.Base(path), Each: source.Form{Input: []int{1, 2, 1}, Values: 1}}
	for _, row := range strings.Fields(string(text)) {
		a, b, _ := strings.Cut(row, ",")
		x, _ := strconv.ParseFloat(a, 32)
		y, err := strconv.ParseFloat(b, 32)
		if err != nil {
			return nil, err
		}
		t.Inputs = append(t.Inputs, float32(x), float32(y))
		t.Values = append(t.Values, float32(l.Scale*(x-y)))
	}
	return t, nil
}
func (l *line) Load(path string, _ job.Part) (*job.Data, error) {
	t, err := l.table(path)
	if err != nil {
		return nil, err
	}
	l.Seen = t.Len()
	return &job.Data{Train: t, Test: t, Signature: mgnet.Signature{Height: 1, Width: 2, InChannels: 1, Classes: 1}}, nil
}
func (l *line) Task() train.Task { return train.Regression{} }
func (l *line) Recipe() runs.Recipe {
	return runs.Recipe{Name: "line", Epochs: 3, Batch: 10, LearningRate: .05, Momentum: .9, Schedule: "cosine"}
}
func (l *line) Models() []string            { return []string{"mlp"} }
func (l *line) Meter(d *job.Data) job.Meter { return &farthest{} }
func (l *line) Predict(_ context.Context, q job.Query) (*job.Predicted, error) {
	t, err := l.table(q.Path)
	if err != nil {
		return nil, err
	}
	p, err := evaluate.NewPredictor(q.Network, t.Len())
	if err != nil {
		return nil, err
	}
	y, err := p.Outputs(t.Inputs)
	r := &job.Predicted{Columns: []string{"t"}}
	for _, v := range y {
		r.Rows = append(r.Rows, []string{fmt.Sprint(v)})
	}
	return r, err
}

// farthest measures the largest error.
type farthest struct{ most float64 }

func (f *farthest) Add(outputs []float32, n int, targets *source.Batch) {
	for i := range n {
		f.most = max(f.most, math.Abs(float64(outputs[i]-targets.Values[i])))
	}
}
func (f *farthest) Metrics() []job.Metric {
	return []job.Metric{{Name: "largest error", Value: f.most}}
}
func (f *farthest) WriteFiles(dir string) ([]string, error) { return nil, nil }

func TestJob(t *testing.T) {
	known := jobs
	jobs = append(slices.Clone(jobs), func() job.Job { return &line{Scale: 1} })
	defer func() { jobs = known }()
	ctx, dir := context.Background(), t.TempDir()
	var rows []string
	for i := range 40 {
		rows = append(rows, fmt.Sprintf("%.3f,%.3f", math.Sin(float64(i)), math.Cos(float64(3*i))))
	}
	data := filepath.Join(dir, "points.csv")
	if err := os.WriteFile(data, []byte(strings.Join(rows, "\n")), 0o644); err != nil {
		t.Fatal(err)
	}
	begin := func(out string) *train.Trainer {
		t.Helper()
		tr, _, err := TrainJob{Job: &line{Scale: 2}, Data: data, Shape: Shape{Channels: []int{8}}, Seed: 1, Out: out}.Begin(ctx, Reporter{})
		if err != nil {
			t.Fatal(err)
		}
		return tr
	}
	whole, halves := filepath.Join(dir, "whole"), filepath.Join(dir, "halves")
	sum, err := begin(whole).Train(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	resumes(t, begin, halves, whole, func(p train.Progress) bool { return p.Epoch == 2 && p.Batch == 2 })
	e, err := EvaluateJob{Run: whole, Checkpoint: "last"}.Evaluate(ctx, Reporter{})
	if err != nil {
		t.Fatal(err)
	}
	if e.Loss != sum.TestLoss || e.Samples != 40 || len(e.Metrics) != 1 || e.Metrics[0].Value < math.Sqrt(e.Loss) || !math.IsNaN(e.Accuracy) {
		t.Errorf("evaluated %+v after a training that ended with %+v", e, sum)
	}
	if !strings.Contains(string(e.Run.Settings), `"seen": 40`) {
		t.Errorf("settings %s; want what Load noted", e.Run.Settings)
	}
	p, _, err := PredictJob(ctx, whole, "last", data, "")
	if err != nil || len(p.Rows) != 40 {
		t.Errorf("predicted %v (%v)", p, err)
	}
	for want, change := range map[string]func(j *TrainJob){
		"scale 0; want more than 0":              func(j *TrainJob) { j.Job = &line{} },
		"want --data":                            func(j *TrainJob) { j.Data = "" },
		"there is no such file":                  func(j *TrainJob) { j.Data = filepath.Join(dir, "none") },
		"--model mgnet; mgtool train line takes": func(j *TrainJob) { j.Shape.Model = "mgnet" },
		"needs 1×2×1 and 1":                      func(j *TrainJob) { j.Shape.Classes = 3 },
		"99 epochs":                              func(j *TrainJob) { n := -99; j.Recipe.Epochs = &n },
	} {
		j := TrainJob{Job: &line{Scale: 1}, Data: data, Shape: Shape{Channels: []int{8}}, Out: filepath.Join(dir, "none")}
		change(&j)
		_, _, err := j.Begin(ctx, Reporter{})
		var usage *UsageError
		if err == nil || !strings.Contains(err.Error(), want) || !errors.As(err, &usage) {
			t.Errorf("error %v; want a usage error: %s", err, want)
		}
	}
	if _, _, err := (runs.Run{Job: "line", Model: e.Run.Model}).Load(); err == nil || !strings.Contains(err.Error(), "job is line") {
		t.Errorf("error %v of a run that has no images", err)
	}
}

// The table of docs/networks.md has every model of every job, for the data of that job and
// of no other.
func TestNetworksTable(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "docs", "networks.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(page), "| model |")
	spaces := map[string]map[string]bool{} // of each model
	for line := range strings.Lines(table) {
		cells := strings.Split(line, " | ")
		if !strings.HasPrefix(line, "| `") {
			continue
		}
		for i, quoted := range strings.Split(cells[0], "`") {
			if i%2 == 0 || strings.Contains(quoted, " ") { // between names, and with flags
				continue
			}
			if _, err := mgnet.Lookup(quoted); err != nil {
				t.Error(err)
			}
			spaces[quoted] = map[string]bool{}
			for space := range strings.SplitSeq(strings.TrimRight(cells[len(cells)-1], " |\n"), ", ") {
				spaces[quoted][space] = true
			}
		}
	}
	space := map[string]string{"sequences": "sequences", "forecast": "windows of a series", "masks": "pictures with masks", "nodes": "nodes of a graph", "fields": "fields"}
	for _, create := range jobs {
		j := create()
		if space[j.Kind()] == "" {
			t.Errorf("no data of the job %s", j.Kind())
		}
		for name, of := range spaces {
			if got, want := of[space[j.Kind()]], slices.Contains(j.Models(), name); got != want {
				t.Errorf("%s for %s: %t in the table, %t by the job", name, j.Kind(), got, want)
			}
		}
		for _, name := range j.Models() {
			if spaces[name] == nil {
				t.Errorf("%s is not in the table", name)
			}
		}
	}
}

// resumes stops the training that begin makes in the folder halves where stop says so, and
// resumes it: then it ends in the same bits as the whole one.
func resumes(t *testing.T, begin func(out string) *train.Trainer, halves, whole string, stop func(train.Progress) bool) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	_, err := begin(halves).Train(ctx, func(p train.Progress) {
		if stop(p) {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	again, err := Resume(context.Background(), halves, "", Reporter{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := again.Train(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	one, _ := os.ReadFile(filepath.Join(whole, runs.CheckpointFile))
	two, _ := os.ReadFile(filepath.Join(halves, runs.CheckpointFile))
	if len(one) == 0 || !slices.Equal(one, two) {
		t.Errorf("%s: checkpoints of %d and %d bytes differ", filepath.Base(whole), len(one), len(two))
	}
}

package tool

// The table of the lectures: networks and classifiers without layers on the same sequences.

import (
	"context"
	"fmt"

	"mgtool/mgnet/evaluate"
	"mgtool/mgnet/job"
	"mgtool/mgnet/runs"
	"mgtool/mgnet/train"
	"mgtool/sequence"
	"mgtool/source"
)

// CompareSequences describes a table: classifiers without layers, which have no random
// start, and networks, each once a seed.
type CompareSequences struct {
	Job            *sequence.Job
	Data           string
	Classifiers    []string // of [Classifiers]
	Models         []string // of the job's
	Seeds          []uint
	Epochs         int // of the job's recipe if 0
	Limit, HoldOut int
	Begin          func(name string, seed uint)
	Follow         func(train.Progress)
	Done           func(SequencesResult)
}

// SequencesResult is a row of the table.
type SequencesResult struct {
	Name       string
	Seed       uint // of networks
	Network    bool
	Parameters int // 0 where a kernel has none
	Seconds    float64
	sequence.Measure
}

// Run trains one after the other. The figures are of the last epoch.
func (c CompareSequences) Run(ctx context.Context, r Reporter) (results []SequencesResult, err error) {
	if c.Data == "" {
		return nil, Usagef("want --data FILE or FOLDER")
	}
	if len(c.Classifiers)+len(c.Models) == 0 || len(c.Models) > 0 && len(c.Seeds) == 0 {
		return nil, Usagef("%d classifiers and %d models with %d seeds; want one of them or more, and a seed for models", len(c.Classifiers), len(c.Models), len(c.Seeds))
	}
	if err := c.Job.Validate(); err != nil {
		return nil, Usage(err)
	}
	if err := CheckImages(c.Limit, c.HoldOut); err != nil {
		return nil, err
	}
	recipe := c.Job.Recipe()
	if c.Epochs != 0 {
		recipe.Epochs = c.Epochs
	}
	if err := recipe.Validate(); err != nil {
		return nil, Usage(err)
	}
	k := DefaultClassify()
	for _, name := range c.Classifiers {
		if k.Name = name; k.Validate() != nil {
			return nil, k.Validate()
		}
	}
	data, err := loadJob(ctx, c.Job, c.Data, job.Part{Limit: c.Limit, HoldOut: c.HoldOut})
	if err != nil {
		return nil, err
	}
	if err := fitBatch(&recipe, false, data.Train, r); err != nil {
		return nil, err
	}
	add := func(row SequencesResult) {
		results = append(results, row)
		c.Done(row)
	}
	training, test := setOf(data.Train, c.Job), setOf(data.Test, c.Job)
	for _, name := range c.Classifiers {
		c.Begin(name, 0)
		k.Name = name
		report, err := k.TrainSequences(ctx, training, test, r)
		if err != nil {
			return results, fmt.Errorf("%s: %w", name, err)
		}
		add(SequencesResult{Name: name, Parameters: report.Parameters, Seconds: report.TrainS, Measure: *report.Test})
	}
	for _, name := range c.Models {
		for _, seed := range c.Seeds {
			c.Begin(name, seed)
			row, err := c.network(ctx, name, seed, data, recipe)
			if err != nil {
				return results, fmt.Errorf("%s, seed %d: %w", name, seed, err)
			}
			add(row)
		}
	}
	return results, nil
}

// setOf is the set of a source that the job has made.
func setOf(s source.Source, j *sequence.Job) *sequence.Set {
	t := s.(*source.Table)
	return &sequence.Set{Name: t.Name, Length: j.Length, Channels: j.Found, Classes: j.Classes, X: t.Inputs, Labels: t.Labels}
}

// network trains a model from one seed and measures it.
func (c CompareSequences) network(ctx context.Context, name string, seed uint, data *job.Data, recipe runs.Recipe) (row SequencesResult, err error) {
	run := runs.Run{Job: c.Job.Kind(), Data: c.Data, Recipe: recipe, Seed: uint64(seed), Limit: c.Limit, HoldOut: c.HoldOut}
	if run.Model, err = (Shape{Model: name}).Make(ctx, data.Signature); err != nil {
		return row, err
	}
	t, err := train.New(run, c.Job.Task(), data.Train, data.Test, "")
	if err != nil {
		return row, err
	}
	sum, err := t.Train(ctx, c.Follow)
	if err != nil {
		return row, err
	}
	scored := sequence.Scored{Classes: c.Job.Classes}
	p, err := evaluate.NewPredictor(t.Network, evaluate.BatchOf(t.Network.Model, data.Test.Len()))
	if err != nil {
		return row, err
	}
	_, err = p.Score(ctx, data.Test, func(_ *evaluate.Tally, outputs []float32, n int, targets *source.Batch) {
		scored.Add(outputs, targets.Labels[:n])
	})
	return SequencesResult{Name: name, Seed: seed, Network: true, Parameters: t.Network.Parameters(), Seconds: sum.Seconds, Measure: scored.Measure()}, err
}

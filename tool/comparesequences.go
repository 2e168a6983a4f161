package tool

// A table of networks and classifiers without layers on the same sequences, as in a lecture
// on pulse diagnosis by J. Xu; see docs/results/sequences.md.

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
	Begin          func(row SequencesResult) // which has no figures yet
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

// Title is the name, with the seed of a network.
func (r SequencesResult) Title() string {
	if !r.Network {
		return r.Name
	}
	return fmt.Sprintf("%s, seed %d", r.Name, r.Seed)
}

// rows are those of the table, in their order.
func (c CompareSequences) rows() (rows []SequencesResult) {
	for _, name := range c.Classifiers {
		rows = append(rows, SequencesResult{Name: name})
	}
	for _, name := range c.Models {
		for _, seed := range c.Seeds {
			rows = append(rows, SequencesResult{Name: name, Seed: seed, Network: true})
		}
	}
	return rows
}

// Rows is how many there are.
func (c CompareSequences) Rows() int { return len(c.rows()) }

// Run trains one after the other. The figures are of the last epoch. Rows that are done are
// returned with an error too.
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
	for _, name := range c.Models {
		if known := c.Job.Models(); !slices.Contains(known, name) {
			return nil, Usagef("--models %s; want some of %s", name, strings.Join(known, ", "))
		}
	}
	data, err := loadJob(ctx, c.Job, c.Data, job.Part{Limit: c.Limit, HoldOut: c.HoldOut})
	if err != nil {
		return nil, err
	}
	if err := fitBatch(&recipe, false, data.Train, r); err != nil {
		return nil, err
	}
	models := map[string]mgnet.Model{} // made before the first training, which may take long
	for _, name := range c.Models {
		if models[name], err = (Shape{Model: name}).Make(ctx, data.Signature); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	training, test := setOf(data.Train, c.Job), setOf(data.Test, c.Job)
	for _, row := range c.rows() {
		c.Begin(row)
		if row.Network {
			err = c.network(ctx, &row, models[row.Name], data, recipe)
		} else {
			var report *ClassifyReport
			k.Name = row.Name
			if report, err = k.TrainSequences(ctx, training, test, r); err == nil {
				row.Parameters, row.Seconds, row.Measure = report.Parameters, report.TrainS, *report.Test
			}
		}
		if err != nil {
			return results, fmt.Errorf("%s: %w", row.Title(), err)
		}
		results = append(results, row)
		c.Done(row)
	}
	return results, nil
}

// setOf is the set of a source that the job has made.
func setOf(s source.Source, j *sequence.Job) *sequence.Set {
	t := s.(*source.Table)
	return &sequence.Set{Name: t.Name, Length: j.Length, Channels: j.Found, Classes: j.Classes, X: t.Inputs, Labels: t.Labels}
}

// network trains the model of a row from its seed and measures it.
func (c CompareSequences) network(ctx context.Context, row *SequencesResult, m mgnet.Model, data *job.Data, recipe runs.Recipe) error {
	run := runs.Run{Job: c.Job.Kind(), Data: c.Data, Model: m, Recipe: recipe, Seed: uint64(row.Seed), Limit: c.Limit, HoldOut: c.HoldOut}
	t, err := train.New(run, c.Job.Task(), data.Train, data.Test, "")
	if err != nil {
		return err
	}
	sum, err := t.Train(ctx, c.Follow)
	if err != nil {
		return err
	}
	scored := sequence.Scored{Classes: c.Job.Classes}
	p, err := evaluate.NewPredictor(t.Network, evaluate.BatchOf(t.Network.Model, data.Test.Len()))
	if err != nil {
		return err
	}
	_, err = p.Score(ctx, data.Test, func(_ *evaluate.Tally, outputs []float32, n int, targets *source.Batch) {
		scored.Add(outputs, targets.Labels[:n])
	})
	row.Parameters, row.Seconds, row.Measure = t.Network.Parameters(), sum.Seconds, scored.Measure()
	return err
}

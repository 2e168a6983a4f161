package tool

// Models on a graph compared, over several seeds.

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"mgtool/graphs/nodes"
	"mgtool/internal/effects"
	"mgtool/mgnet"
	"mgtool/mgnet/job"
	"mgtool/mgnet/runs"
	"mgtool/mgnet/train"
)

// CompareNodes trains models to classify the nodes of a graph, with the seeds 1 to Seeds.
type CompareNodes struct {
	Data    string
	Models  []string // of the catalogue, or files of configurations (.json); empty for all of the job
	Recipe  Recipe
	Seeds   int
	HoldOut int // not 0 tests on the validation nodes
}

// NodesRow is what the trainings of a model came to, by the accuracy on the test nodes after
// the last epoch.
type NodesRow struct {
	Model      string
	Parameters int
	Accuracies []float64 // of each seed
	Mean, Half float64   // the mean, and the half of its 95% interval
	Seconds    float64   // of all trainings
}

// Run trains every model with every seed. Where it does not get to the end, as when it is stopped,
// the rows of what it has finished come with the error; the last one may have fewer seeds.
func (c CompareNodes) Run(ctx context.Context, r Reporter) ([]NodesRow, runs.Recipe, error) {
	j := &nodes.Job{}
	own := j.Recipe()
	recipe, err := c.Recipe.read(ctx, &own)
	if err != nil {
		return nil, recipe, err
	}
	if c.Data == "" {
		return nil, recipe, Usagef("want --data FILE")
	}
	if c.Seeds < 1 || c.Seeds > 1000 {
		return nil, recipe, Usagef("--seeds %d; want 1 to 1000", c.Seeds)
	}
	if err := CheckImages(0, c.HoldOut); err != nil {
		return nil, recipe, err
	}
	if len(c.Models) == 0 {
		c.Models = j.Models()
	}
	data, err := loadJob(ctx, j, c.Data, job.Part{HoldOut: c.HoldOut})
	if err != nil {
		return nil, recipe, err
	}
	var models []mgnet.Model
	for _, name := range c.Models {
		t := TrainJob{Job: j, Data: c.Data, Shape: Shape{Model: name}}
		switch {
		case strings.HasSuffix(name, ".json"):
			t.Shape = Shape{File: name}
		case !slices.Contains(j.Models(), name):
			return nil, recipe, Usagef("--models %s; want %s, or files of configurations (.json)", name, strings.Join(j.Models(), ", "))
		}
		m, err := t.model(ctx, data)
		if err != nil {
			return nil, recipe, err
		}
		models = append(models, m)
	}
	var rows []NodesRow
	keep := func(row NodesRow) {
		if len(row.Accuracies) > 0 {
			row.Mean, row.Half = effects.Interval(row.Accuracies)
			rows = append(rows, row)
		}
	}
	defer r.status("")
	for k, m := range models {
		row := NodesRow{Model: c.Models[k], Parameters: mgnet.Parameters(m)}
		for seed := range c.Seeds {
			r.status("%s, seed %d of %d", row.Model, seed+1, c.Seeds)
			t, err := train.New(runs.Run{Job: j.Kind(), Model: m, Recipe: recipe, Seed: uint64(seed + 1), HoldOut: c.HoldOut}, j.Task(), data.Train, data.Test, "")
			if err != nil {
				keep(row)
				return rows, recipe, err
			}
			sum, err := t.Train(ctx, nil)
			if err != nil {
				keep(row)
				return rows, recipe, fmt.Errorf("%s, seed %d: %w", row.Model, seed+1, err)
			}
			row.Accuracies = append(row.Accuracies, sum.TestAccuracy)
			row.Seconds += sum.Seconds
		}
		keep(row)
		r.note("%s: %.4f, mean of %d seeds", row.Model, rows[k].Mean, c.Seeds)
	}
	return rows, recipe, nil
}

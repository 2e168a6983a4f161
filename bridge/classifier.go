package bridge

// The table of image classifiers, fixed against learned.

import (
	"context"
	"fmt"

	"mgtool/mgnet"
	"mgtool/mgnet/runs"
	"mgtool/mgnet/train"
	"mgtool/vision"
)

// Stencils of the fixed operators of an image classifier, each on a channel
// alone: those of multigrid, and for B two Richardson sweeps with ω = 1/8 in one
// stencil, as in the notebook of the MgNet course.
var imageStencils = map[string][]float64{
	"A":  {0, -1, 0, -1, 4, -1, 0, -1, 0},
	"B":  {0, 1. / 64, 0, 1. / 64, 12. / 64, 1. / 64, 0, 1. / 64, 0},
	"R":  {.25, .5, .25, .5, 1, .5, .25, .5, .25},
	"P":  {.25, .5, .25, .5, 1, .5, .25, .5, .25},
	"Pi": {0, 0, 0, 0, 1, 0, 0, 0, 0},
}

// VisionConfig is an image classifier whose operators are learned or fixed as l
// says. Batch norms and activations, the stem and the head are as in MgNet. P
// only matters if base has a V-cycle.
func VisionConfig(base mgnet.MgNet, l Learned) mgnet.MgNet {
	base.Fixed = map[string][]float64{}
	for op, stencil := range imageStencils {
		if !l.Has(op) && (op != "P" || base.Cycle == "v") {
			base.Fixed[op] = stencil
		}
	}
	return base
}

// VisionRow is a line of the table of fixed against learned classifiers.
type VisionRow struct {
	Cycle         string // "down" as MgNet, or "v", which goes back up too
	Learned       Learned
	Parameters    int
	TrainAccuracy float64
	TestAccuracy  float64
	Seconds       float64
}

// VisionVariant is a classifier to compare.
type VisionVariant struct {
	Cycle   string
	Learned Learned
}

// VisionVariants are the usual rows: all fixed; B learned; A and B; R and Π; all, which
// is MgNet; and V-cycles, which go back up, with P fixed and learned.
func VisionVariants() []VisionVariant {
	return []VisionVariant{
		{"down", nil},
		{"down", Learned{"B"}},
		{"down", Learned{"A", "B"}},
		{"down", Learned{"R", "Pi"}},
		{"down", Learned{"A", "B", "R", "Pi"}},
		{"v", Learned{"A", "B", "R", "Pi"}},
		{"v", Learned{"A", "B", "R", "P", "Pi"}},
	}
}

// VisionComparison says what CompareVision trains, all in the same way.
type VisionComparison struct {
	Model    mgnet.MgNet
	Recipe   runs.Recipe
	Seed     uint64
	Variants []VisionVariant
	// Stage and Report, if not nil, are told what begins and how it goes.
	Stage  func(name string)
	Report func(train.Progress)
}

// CompareVision trains each variant from its own random weights and evaluates
// it on test, with the weights of the last epoch.
func CompareVision(ctx context.Context, c VisionComparison, training, test *vision.Dataset) ([]VisionRow, error) {
	var rows []VisionRow
	for _, v := range c.Variants {
		if c.Stage != nil {
			c.Stage(fmt.Sprintf("%s, learned %v", v.Cycle, v.Learned))
		}
		base := c.Model
		base.Cycle = v.Cycle
		run := runs.Run{Model: VisionConfig(base, v.Learned), Recipe: c.Recipe, Seed: c.Seed, Data: training.Name}
		t, err := train.NewTrainer(run, training, test, "")
		if err != nil {
			return nil, err
		}
		sum, err := t.Train(ctx, c.Report)
		if err != nil {
			return nil, err
		}
		rows = append(rows, VisionRow{
			Cycle: v.Cycle, Learned: v.Learned, Parameters: t.Network.Parameters(),
			TrainAccuracy: sum.TrainAccuracy, TestAccuracy: sum.TestAccuracy, Seconds: sum.Seconds,
		})
	}
	return rows, nil
}

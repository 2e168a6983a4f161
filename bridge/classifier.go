package bridge

// Image classifiers with fixed and with learned operators, compared.

import (
	"context"
	"fmt"

	"mgtool/bridge/images"
	"mgtool/bridge/specification"
	"mgtool/mgnet"
	"mgtool/mgnet/runs"
	"mgtool/mgnet/train"
	"mgtool/vision"
)

// VisionConfig returns base with all operators fixed that l does not list as learned, to the
// stencils of [images.Stencils] on each channel; learned ones are 3×3 convolutions. Batch
// norms, activations, the stem and the head are those of MgNet. P only matters if base has
// a V-cycle.
func VisionConfig(base mgnet.MgNet, l specification.Learned) mgnet.MgNet {
	base.Fixed = map[string][]float64{}
	for op, stencil := range images.Stencils() {
		if !l.Has(op) && (op != "P" || base.Cycle == "v") {
			base.Fixed[op] = stencil
		}
	}
	return base
}

// VisionRow is a line of the table of fixed against learned classifiers.
type VisionRow struct {
	Cycle         string // "down" for MgNet, or "v", which goes back up as well
	Learned       specification.Learned
	Parameters    int
	TrainAccuracy float64
	TestAccuracy  float64
	Seconds       float64
}

// VisionVariant is a classifier to compare.
type VisionVariant struct {
	Cycle   string
	Learned specification.Learned
}

// VisionVariants returns the variants that are compared by default: nothing learned; B; A
// and B; the restrictions; everything, which is MgNet; and two V-cycles, with P fixed and
// with P learned.
func VisionVariants() []VisionVariant {
	return []VisionVariant{
		{"down", nil},
		{"down", specification.Learned{"B"}},
		{"down", specification.Learned{"A", "B"}},
		{"down", specification.Learned{"R", "Pi"}},
		{"down", specification.Learned{"A", "B", "R", "Pi"}},
		{"v", specification.Learned{"A", "B", "R", "Pi"}},
		{"v", specification.Learned{"A", "B", "R", "P", "Pi"}},
	}
}

// VisionComparison says which variants CompareVision trains, and how.
type VisionComparison struct {
	Model    mgnet.MgNet
	Recipe   runs.Recipe
	Seed     uint64
	Variants []VisionVariant
	// Stage, if not nil, is called when a variant begins, Report after each of its steps.
	Stage  func(name string)
	Report func(train.Progress)
}

// CompareVision trains each variant from its own random weights and evaluates
// it on test, with the weights of the last epoch. If ctx is cancelled the rows are those that are
// done, with the error of ctx.
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
			return rows, err
		}
		rows = append(rows, VisionRow{
			Cycle: v.Cycle, Learned: v.Learned, Parameters: t.Network.Parameters(),
			TrainAccuracy: sum.TrainAccuracy, TestAccuracy: sum.TestAccuracy, Seconds: sum.Seconds,
		})
	}
	return rows, nil
}

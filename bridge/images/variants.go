package images

// A short table: some classifiers with fixed and with learned operators, one training each.

import (
	"context"
	"fmt"

	"mgtool/bridge/specification"
	"mgtool/mgnet"
	"mgtool/mgnet/runs"
	"mgtool/mgnet/train"
	"mgtool/vision"
)

// Fix returns base with all operators fixed that l does not list as learned, to the stencils of
// [Stencils] on each channel; learned ones are 3×3 convolutions, which mix the channels: that is no
// [Config] of a specification, in which either all operators mix or only those that are learned do
// not. Batch norms, activations, the stem and the head are those of MgNet. P only matters if base has
// a V-cycle.
func Fix(base mgnet.MgNet, l specification.Learned) mgnet.MgNet {
	base.Fixed = map[string][]float64{}
	for op, stencil := range Stencils() {
		if !l.Has(op) && (op != "P" || base.Cycle == "v") {
			base.Fixed[op] = stencil
		}
	}
	return base
}

// VariantRow is a line of the table of fixed against learned classifiers.
type VariantRow struct {
	Cycle         string // "down" for MgNet, or "v", which goes back up as well
	Learned       specification.Learned
	Parameters    int
	TrainAccuracy float64
	TestAccuracy  float64
	Seconds       float64
}

// Variant is a classifier to compare.
type Variant struct {
	Cycle   string
	Learned specification.Learned
}

// Variants returns the variants that are compared by default: nothing learned; B; A
// and B; the restrictions; everything, which is MgNet; and two V-cycles, with P fixed and
// with P learned.
func Variants() []Variant {
	return []Variant{
		{"down", nil},
		{"down", specification.Learned{"B"}},
		{"down", specification.Learned{"A", "B"}},
		{"down", specification.Learned{"R", "Pi"}},
		{"down", specification.Learned{"A", "B", "R", "Pi"}},
		{"v", specification.Learned{"A", "B", "R", "Pi"}},
		{"v", specification.Learned{"A", "B", "R", "P", "Pi"}},
	}
}

// Comparison says which variants Compare trains, and how.
type Comparison struct {
	Model    mgnet.MgNet
	Recipe   runs.Recipe
	Seed     uint64
	Variants []Variant
	// Stage, if not nil, is called when a variant begins, Report after each of its steps.
	Stage  func(name string)
	Report func(train.Progress)
}

// Compare trains each variant from its own random weights and evaluates
// it on test, with the weights of the last epoch. If ctx is cancelled the rows are those that are
// done, with the error of ctx.
func Compare(ctx context.Context, c Comparison, training, test *vision.Dataset) ([]VariantRow, error) {
	var rows []VariantRow
	for _, v := range c.Variants {
		if c.Stage != nil {
			c.Stage(fmt.Sprintf("%s, learned %v", v.Cycle, v.Learned))
		}
		base := c.Model
		base.Cycle = v.Cycle
		model := Fix(base, v.Learned)
		sum, err := trained(ctx, runs.Run{Model: model, Recipe: c.Recipe, Seed: c.Seed, Data: training.Name}, training, test, c.Report)
		if err != nil {
			return rows, err
		}
		rows = append(rows, VariantRow{
			Cycle: v.Cycle, Learned: v.Learned, Parameters: mgnet.Parameters(model),
			TrainAccuracy: sum.TrainAccuracy, TestAccuracy: sum.TestAccuracy, Seconds: sum.Seconds,
		})
	}
	return rows, nil
}

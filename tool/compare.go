package tool

// Fixed against learned operators.

import (
	"context"

	"mgtool/bridge"
	"mgtool/mgnet"
	"mgtool/mgnet/runs"
	"mgtool/mgnet/train"
)

// ParseLearned reads lists of learned operators, one for each row of a comparison;
// operators are those that can be learned.
func ParseLearned(lists []string, operators bridge.Learned) ([]bridge.Learned, error) {
	var lines []bridge.Learned
	for _, list := range lists {
		l, err := bridge.ParseLearned(list, operators)
		if err != nil {
			return nil, Usage(err)
		}
		lines = append(lines, l)
	}
	return lines, nil
}

// VisionChannels is the default number of channels of the classifiers that are compared.
const VisionChannels = 8

// CompareVision says which classifiers are compared, and on which images.
type CompareVision struct {
	Data         Data
	Shape        Shape    // of an mgnet
	Learn        []string // see [ParseLearned]; empty for [bridge.VisionVariants]
	Epochs       int
	Batch        int
	BatchGiven   bool // a batch larger than the data is refused, not shrunk
	LearningRate float64
	Limit        int
	Seed         uint64

	Stage  func(name string)    // if not nil, told what begins
	Follow func(train.Progress) // if not nil, follows each training
}

// VisionReport has a row for each classifier, and the number of images.
type VisionReport struct {
	Rows        []bridge.VisionRow
	Train, Test int
}

// Run trains the classifiers.
func (c CompareVision) Run(ctx context.Context, report Reporter) (*VisionReport, error) {
	run, err := c.Data.Run(ctx, report)
	if err != nil {
		return nil, err
	}
	about, err := run.Describe()
	if err != nil {
		return nil, err
	}
	c.Shape.Model = "mgnet"
	if len(c.Shape.Channels) == 0 {
		c.Shape.Channels = []int{VisionChannels}
	}
	made, err := c.Shape.Make(ctx, imagesOf(about))
	if err != nil {
		return nil, err
	}
	model := made.(mgnet.MgNet)
	variants := bridge.VisionVariants()
	if len(c.Learn) > 0 {
		variants = nil
	}
	lines, err := ParseLearned(c.Learn, bridge.ImageOperators)
	if err != nil {
		return nil, err
	}
	for _, l := range lines {
		variants = append(variants, bridge.VisionVariant{Cycle: model.Cycle, Learned: l})
	}
	r, err := runs.LookupRecipe("quick")
	if err != nil {
		return nil, err
	}
	r = r.For(c.Data.Name)
	r.Epochs, r.Batch, r.LearningRate = c.Epochs, c.Batch, c.LearningRate
	if err := r.Validate(); err != nil {
		return nil, Usage(err)
	}
	if err := CheckImages(c.Limit, 0); err != nil {
		return nil, err
	}
	for _, v := range variants {
		base := model
		base.Cycle = v.Cycle
		if err := mgnet.Validate(bridge.VisionConfig(base, v.Learned)); err != nil {
			return nil, Usage(err)
		}
	}
	run.Limit = c.Limit
	training, test, err := LoadRun(ctx, &run, report)
	if err != nil {
		return nil, err
	}
	if err := fitBatch(&r, c.BatchGiven, training, report); err != nil {
		return nil, err
	}
	rows, err := bridge.CompareVision(ctx, bridge.VisionComparison{
		Model: model, Recipe: r, Seed: c.Seed, Variants: variants, Stage: c.Stage, Report: c.Follow,
	}, training, test)
	return &VisionReport{rows, training.Len(), test.Len()}, err
}

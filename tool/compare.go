package tool

// Fixed against learned operators.

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"mgtool/bridge"
	"mgtool/bridge/images"
	"mgtool/internal/atomicfile"
	"mgtool/internal/strictjson"
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

// setting makes the data, the model and the recipe that all classifiers share.
func (c CompareVision) setting(ctx context.Context, report Reporter) (run runs.Run, model mgnet.MgNet, r runs.Recipe, err error) {
	fail := func(err error) (runs.Run, mgnet.MgNet, runs.Recipe, error) { return run, model, r, err }
	if run, err = c.Data.Run(ctx, report); err != nil {
		return fail(err)
	}
	about, err := run.Describe()
	if err != nil {
		return fail(err)
	}
	c.Shape.Model = "mgnet"
	if len(c.Shape.Channels) == 0 {
		c.Shape.Channels = []int{VisionChannels}
	}
	made, err := c.Shape.Make(ctx, imagesOf(about))
	if err != nil {
		return fail(err)
	}
	model = made.(mgnet.MgNet)
	if r, err = runs.LookupRecipe("quick"); err != nil {
		return fail(err)
	}
	r = r.For(c.Data.Name)
	r.Epochs, r.Batch, r.LearningRate = c.Epochs, c.Batch, c.LearningRate
	if err := r.Validate(); err != nil {
		return fail(Usage(err))
	}
	run.Limit = c.Limit
	return run, model, r, CheckImages(c.Limit, 0)
}

// Run trains the classifiers.
func (c CompareVision) Run(ctx context.Context, report Reporter) (*VisionReport, error) {
	run, model, r, err := c.setting(ctx, report)
	if err != nil {
		return nil, err
	}
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
	for _, v := range variants {
		base := model
		base.Cycle = v.Cycle
		if err := mgnet.Validate(bridge.VisionConfig(base, v.Learned)); err != nil {
			return nil, Usage(err)
		}
	}
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

// CompareImages is a table of classifiers whose parts are fixed or learned; see package
// images of bridge.
type CompareImages struct {
	Data         Data
	Shape        Shape    // of an mgnet; its kernels, norm and activation are those of the rows
	Blocks       []string // see [images.Blocks]
	Switches     []string // further rows, as [images.Parse] reads them, or files NAME.json with a list of [images.Switches]
	Seeds        []uint
	Epochs       int
	Batch        int
	LearningRate float64
	Limit        int
	File         string // keeps the results, see [images.Table]
	Page         string // a file for [images.Page]; "" for none
	Origin       string // of the results, for the page

	Begin  func(done, all int, row images.Row, seed uint64)
	Follow func(train.Progress)
	Done   func(images.Result)
}

// ownBlock is the block of rows that a user asks for.
const ownBlock = "own"

// Run trains the rows that its file does not hold yet. Results that there are are returned
// with an error too.
func (c CompareImages) Run(ctx context.Context, report Reporter) ([]images.Result, error) {
	rows, err := images.Factorial(c.Blocks)
	if err != nil {
		return nil, Usage(err)
	}
	for _, text := range c.Switches {
		list, err := readSwitches(ctx, text)
		if err != nil {
			return nil, err
		}
		for _, s := range list {
			rows = append(rows, images.Row{Block: ownBlock, Switches: s})
		}
	}
	if err := CheckFile("results", c.File, ".json"); err != nil {
		return nil, err
	}
	if err := CheckFile("page", c.Page, ".md"); err != nil {
		return nil, err
	}
	v := CompareVision{Data: c.Data, Shape: c.Shape, Epochs: c.Epochs, Batch: c.Batch, BatchGiven: true, LearningRate: c.LearningRate, Limit: c.Limit}
	run, model, recipe, err := v.setting(ctx, report)
	if err != nil {
		return nil, err
	}
	t := images.Table{
		Setting: images.Setting{Model: model, Recipe: recipe, Data: c.Data.Name, Limit: c.Limit},
		Rows:    rows, File: c.File, Begin: c.Begin, Report: c.Follow, Done: c.Done,
	}
	for _, seed := range c.Seeds {
		t.Seeds = append(t.Seeds, uint64(seed))
	}
	if err := t.Validate(); err != nil {
		return nil, Usage(err)
	}
	training, test, err := LoadRun(ctx, &run, report)
	if err != nil {
		return nil, err
	}
	if err := fitBatch(&recipe, true, training, report); err != nil {
		return nil, err
	}
	results, err := images.Run(ctx, t, training, test)
	if ctx.Err() != nil && c.File != "" {
		report.note("%d of %d trainings are in %s; the same command goes on from there", len(results), len(t.Rows)*len(t.Seeds), c.File)
	}
	if err != nil || c.Page == "" {
		return results, err
	}
	return results, atomicfile.Write(c.Page, func(w io.Writer) error { return images.Page(w, c.Origin, results) })
}

// readSwitches reads one row, or a file of rows.
func readSwitches(ctx context.Context, text string) ([]images.Switches, error) {
	if !strings.EqualFold(filepath.Ext(text), ".json") {
		s, err := images.Parse(text)
		return []images.Switches{s}, Usage(err)
	}
	data, err := readJSON(ctx, text)
	if err != nil {
		return nil, err
	}
	var list []images.Switches
	if err := strictjson.Decode(data, &list); err != nil {
		return nil, fmt.Errorf("%s: %w; want a list of rows, as in [{\"A\": \"fixed\", \"B\": \"start\"}]", text, err)
	}
	return list, nil
}

package tool

// Fixed against learned operators.

import (
	"context"
	"errors"
	"io"
	"slices"

	"mgtool/bridge"
	"mgtool/bridge/images"
	"mgtool/bridge/results"
	"mgtool/bridge/specification"
	"mgtool/internal/atomicfile"
	"mgtool/mgnet"
	"mgtool/mgnet/runs"
	"mgtool/mgnet/train"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// ComparePDE says which cycles are compared, and for which operator.
type ComparePDE struct {
	bridge.CycleComparison
	Family       string // a problem of a family, see [family.Parse]; −Δ in two dimensions without
	OperatorFile string // or a file of a constant operator, see [ConstantOperator]
	// Learn has the operators learned in a row, see [ParseLearned]; Specs are files of further
	// rows, see [specification.Read].
	Learn, Specs []string
	Coarse       string // A of the rows of Learn: rediscretized or galerkin
	Factorial    bool   // instead of Learn every subset of A, B, R and P
	SeedList     []uint // of trainings; empty is that of Training
}

// DefaultComparePDE is that of V(1,1)-cycles for −Δu = 0.
func DefaultComparePDE() ComparePDE {
	return ComparePDE{
		CycleComparison: bridge.CycleComparison{N: 64, Sizes: []int{64, 256}, Pre: 1, Post: 1, Cycles: 80, Training: bridge.DefaultTraining()},
		Learn:           []string{"B", "R,P", "B,R,P", "A,B,R,P"}, Coarse: "rediscretized",
	}
}

// PDEReport has a row for each cycle, and what each operator is worth in a factorial.
type PDEReport struct {
	Name   string // of the problem
	All    int    // rows of the whole table; there are fewer if it was stopped
	Rows   []bridge.CycleRow
	Worths []bridge.Worth
}

// Run learns the cycles and measures them, but for those that its file holds. If ctx is cancelled
// the report has the rows that are done, and comes with the error of ctx.
func (c ComparePDE) Run(ctx context.Context) (*PDEReport, error) {
	if err := CheckFile("results", c.File, ".json"); err != nil {
		return nil, err
	}
	l := Learn{Statement: Statement{Dim: 2, Operator: c.OperatorFile, Family: c.Family}}
	problems, err := l.problems()
	if err != nil {
		return nil, err
	}
	p := problems[0]
	c.Dim = 2
	if p.statement == nil {
		c.Dim = p.family.Dim()
	} else if c.OperatorFile != "" {
		o, err := ReadOperator(c.OperatorFile)
		if err != nil {
			return nil, Usagef("--operator: %w", err)
		}
		c.Dim = o.Stencil.Dim
		p.statement.Dim = c.Dim
		c.Weights = o.Stencil.Weights
	}
	if c.Problem = p.title(); c.OperatorFile != "" {
		c.Problem = "an operator of its own" // whatever its file is called
	}
	c.Operator = func(g pde.Grid) (stencil.Operator, error) {
		list, err := l.on([]learnable{p}, g.N[0])
		if err != nil {
			return stencil.Operator{}, err
		}
		return list[0], nil
	}
	lines, err := ParseLearned(c.Learn, specification.Cycle.Operators())
	if err != nil {
		return nil, err
	}
	if c.Factorial {
		lines = subsets(specification.Cycle.Operators())
	}
	for _, line := range lines {
		s := specification.Learn(line)
		a := s.Operators["A"]
		a.From = c.Coarse
		s.Operators["A"] = a
		c.Variants = append(c.Variants, s)
	}
	for _, path := range c.Specs {
		list, err := specification.Read(path, specification.Cycle)
		if err != nil {
			return nil, Usagef("--spec: %w", err)
		}
		for _, s := range list {
			if pre, post := s.Steps(); s.Pre+s.Post > 0 && (pre != c.Pre || post != c.Post) {
				return nil, Usagef("--spec %s: %d + %d smoothing steps in a table of %d + %d; want --pre %d --post %d, or a specification without pre and post", path, pre, post, c.Pre, c.Post, pre, post)
			}
		}
		c.Variants = append(c.Variants, list...)
	}
	for _, seed := range c.SeedList {
		if seed == 0 {
			return nil, Usagef("--seeds 0; want 1 or more")
		}
		c.Seeds = append(c.Seeds, uint64(seed))
	}
	if err := c.Validate(); err != nil {
		return nil, Usage(err)
	}
	rows, err := bridge.CompareCycles(ctx, c.CycleComparison)
	if err != nil && ctx.Err() == nil {
		return nil, mismatched("results", err)
	}
	report := &PDEReport{Name: p.title(), Rows: rows, All: c.Rows()}
	if c.Factorial { // without the rows of --spec, which differ from others by more than an operator
		report.Worths = bridge.Worths(slices.DeleteFunc(slices.Clone(rows), func(r bridge.CycleRow) bool { return r.Cycle != "learned "+r.Learned.String() }))
	}
	return report, err
}

// mismatched is the error of a table; a file of results that belongs to another one is a mistake
// in the request.
func mismatched(flag string, err error) error {
	var other *results.Mismatch
	if errors.As(err, &other) {
		return Usagef("--%s: %w", flag, err)
	}
	return err
}

// subsets lists those of some operators, the empty one first.
func subsets(operators specification.Learned) (list []specification.Learned) {
	for bits := range 1 << len(operators) {
		var l specification.Learned
		for i, name := range operators {
			if bits>>i&1 == 1 {
				l = append(l, name)
			}
		}
		list = append(list, l)
	}
	return list
}

// ParseLearned reads lists of learned operators, one for each row of a comparison;
// operators are those that can be learned.
func ParseLearned(lists []string, operators specification.Learned) ([]specification.Learned, error) {
	var lines []specification.Learned
	for _, list := range lists {
		l, err := specification.ParseLearned(list, operators)
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
	Learn        []string // see [ParseLearned]; empty for [images.Variants]
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
	Rows        []images.VariantRow
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

// Run trains the classifiers. If ctx is cancelled the report has those that are done, and comes with
// the error of ctx.
func (c CompareVision) Run(ctx context.Context, report Reporter) (*VisionReport, error) {
	run, model, r, err := c.setting(ctx, report)
	if err != nil {
		return nil, err
	}
	variants := images.Variants()
	if len(c.Learn) > 0 {
		variants = nil
	}
	lines, err := ParseLearned(c.Learn, specification.Images.Operators())
	if err != nil {
		return nil, err
	}
	for _, l := range lines {
		variants = append(variants, images.Variant{Cycle: model.Cycle, Learned: l})
	}
	for _, v := range variants {
		base := model
		base.Cycle = v.Cycle
		if err := mgnet.Validate(images.Fix(base, v.Learned)); err != nil {
			return nil, Usage(err)
		}
	}
	training, test, err := LoadRun(ctx, &run, report)
	if err != nil {
		return nil, err
	}
	if err := fitBatch(&r, c.BatchGiven, training, report); err != nil {
		return nil, Usage(err)
	}
	rows, err := images.Compare(ctx, images.Comparison{
		Model: model, Recipe: r, Seed: c.Seed, Variants: variants, Stage: c.Stage, Report: c.Follow,
	}, training, test)
	if err != nil && ctx.Err() == nil {
		return nil, err
	}
	return &VisionReport{rows, training.Len(), test.Len()}, err
}

// CompareImages is a table of classifiers whose parts are fixed or learned; see package
// images of bridge.
type CompareImages struct {
	Data         Data
	Shape        Shape    // of an mgnet; its kernels, norm and activation are those of the rows
	Blocks       []string // see [images.Blocks]
	Switches     []string // further rows, as [specification.Parse] reads them
	Specs        []string // files of further rows, see [specification.Read]
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
	own := func(list ...specification.Specification) {
		for _, s := range list {
			rows = append(rows, images.Row{Block: ownBlock, Specification: s})
		}
	}
	for _, text := range c.Switches {
		s, err := specification.Parse(text)
		if err != nil {
			return nil, Usagef("--switches: %w", err)
		}
		own(s)
	}
	for _, path := range c.Specs {
		list, err := specification.Read(path, specification.Images)
		if err != nil {
			return nil, Usagef("--spec: %w", err)
		}
		own(list...)
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
		return nil, Usage(err)
	}
	list, err := images.Run(ctx, t, training, test)
	if err != nil || c.Page == "" {
		return list, mismatched("results", err)
	}
	return list, atomicfile.Write(c.Page, func(w io.Writer) error { return images.Page(w, c.Origin, list) })
}

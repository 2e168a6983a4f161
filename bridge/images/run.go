package images

// The rows of a table trained, one by one, and kept in a file.

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"mgtool/bridge/results"
	"mgtool/bridge/specification"
	"mgtool/mgnet"
	"mgtool/mgnet/runs"
	"mgtool/mgnet/train"
	"mgtool/vision"
)

// Result is a row trained with one seed. Accuracies are those of the last epoch, on test
// images without changes to them; NaN, null in the file, for a training that failed.
type Result struct {
	Row
	Seed          uint64
	Parameters    int   // trained
	MACs          int64 // multiply-adds of an image, forward, as executed
	TrainAccuracy float64
	TestAccuracy  float64
	Seconds       float64
	Failed        string // why there is no accuracy; empty if there is
}

// Setting is what all rows of a table have in common.
type Setting struct {
	Model  mgnet.MgNet `json:"model"`
	Recipe runs.Recipe `json:"recipe"`
	Data   string      `json:"data"`
	Limit  int         `json:"limit,omitempty"` // images of each part; 0 is all
}

// Table is what [Run] trains.
type Table struct {
	Setting
	Rows  []Row
	Seeds []uint64
	// File, if not empty, keeps the results. What it holds already is not trained again; it is
	// an error if it belongs to another setting.
	File string
	// Begin, if not nil, is called before each training, with the numbers of those done and of
	// all; Report after each of its steps; Done after each with its result.
	Begin  func(done, all int, row Row, seed uint64)
	Report func(train.Progress)
	Done   func(Result)
}

// Validate reports a row or a seed that cannot be trained, and rows or seeds that are twice
// there.
func (t Table) Validate() error {
	if len(t.Rows) == 0 || len(t.Seeds) == 0 {
		return fmt.Errorf("images: %d rows and %d seeds; want 1 or more of both", len(t.Rows), len(t.Seeds))
	}
	for i, seed := range t.Seeds {
		if slices.Contains(t.Seeds[:i], seed) {
			return fmt.Errorf("images: seed %d twice; want it once", seed)
		}
	}
	for i, r := range t.Rows {
		if slices.ContainsFunc(t.Rows[:i], r.same) {
			return fmt.Errorf("images: row %q twice; want it once", r.Name())
		}
		if _, err := Config(r.Specification, t.Model); err != nil {
			return fmt.Errorf("%s: %w", r.Name(), err)
		}
	}
	return t.Recipe.Validate()
}

// Run trains each row with each seed, seed by seed, so that a table that is stopped early has
// all rows of its first seeds. It returns the results of these rows and seeds, in the order of
// the rows; those so far, if ctx is cancelled. A training that diverges is a result too.
func Run(ctx context.Context, t Table, training, test *vision.Dataset) ([]Result, error) {
	if err := t.Validate(); err != nil {
		return nil, err
	}
	kept, err := t.read()
	if err != nil {
		return nil, err
	}
	find := func(r Row, seed uint64) int {
		return slices.IndexFunc(kept, func(k Result) bool { return k.Row.same(r) && k.Seed == seed })
	}
	done := 0
	for _, r := range t.Rows {
		for _, seed := range t.Seeds {
			if find(r, seed) >= 0 {
				done++
			}
		}
	}
	all := len(t.Rows) * len(t.Seeds)
	var stopped error
	for _, seed := range t.Seeds {
		for _, r := range t.Rows {
			if stopped != nil || find(r, seed) >= 0 {
				continue
			}
			if t.Begin != nil {
				t.Begin(done, all, r, seed)
			}
			result, err := t.train(ctx, r, seed, training, test)
			if err != nil {
				stopped = fmt.Errorf("%s, seed %d: %w", r.Name(), seed, err)
				continue
			}
			kept = append(kept, result)
			done++
			if err := t.write(kept); err != nil {
				return kept, err
			}
			if t.Done != nil {
				t.Done(result)
			}
		}
	}
	var list []Result
	for _, r := range t.Rows {
		for _, seed := range t.Seeds {
			if i := find(r, seed); i >= 0 {
				list = append(list, kept[i])
			}
		}
	}
	return list, stopped
}

// train trains one row.
func (t Table) train(ctx context.Context, r Row, seed uint64, training, test *vision.Dataset) (Result, error) {
	result := Result{Row: r, Seed: seed, TrainAccuracy: math.NaN(), TestAccuracy: math.NaN()}
	model, err := Config(r.Specification, t.Model)
	if err != nil {
		return result, err
	}
	layers, err := mgnet.Layers(model)
	if err != nil {
		return result, err
	}
	result.Parameters, result.MACs = mgnet.Parameters(model), mgnet.MACs(layers)
	begin := time.Now()
	sum, err := trained(ctx, runs.Run{Model: model, Recipe: t.Recipe, Seed: seed, Data: training.Name, Limit: t.Limit}, training, test, t.Report)
	result.Seconds = time.Since(begin).Seconds()
	switch {
	case errors.Is(err, runs.ErrNotFinite):
		result.Failed = err.Error()
	case err != nil:
		return result, err
	default:
		result.TrainAccuracy, result.TestAccuracy = sum.TrainAccuracy, sum.TestAccuracy
	}
	return result, nil
}

// trained trains a classifier, which is not kept.
func trained(ctx context.Context, run runs.Run, training, test *vision.Dataset, report func(train.Progress)) (train.Summary, error) {
	t, err := train.NewTrainer(run, training, test, "")
	if err != nil {
		return train.Summary{}, err
	}
	return t.Train(ctx, report)
}

// kind is that of the file of a table.
var kind = results.Kind{Format: "mgtool images table", Version: 1, Command: "mgtool compare vision --factorial --results"}

// line is a result in the file.
type line struct {
	Block string `json:"block"`
	// Switches are the specification in its short form; of the same rows it is the same.
	Switches      map[string]string `json:"switches"`
	Name          string            `json:"name,omitempty"`
	Seed          uint64            `json:"seed"`
	Parameters    int               `json:"parameters"`
	MACs          int64             `json:"macs"`
	TrainAccuracy *float64          `json:"train_accuracy"`
	TestAccuracy  *float64          `json:"test_accuracy"`
	Seconds       float64           `json:"seconds"`
	Failed        string            `json:"failed,omitempty"`
}

// read is what the table's file holds, nothing if it is not there.
func (t Table) read() ([]Result, error) {
	lines, err := results.Kept[Setting, line](t.File, kind, t.Setting)
	if err != nil {
		return nil, err
	}
	return fromLines(t.File, lines)
}

// Read reads a file of results, in the order in which they were trained.
func Read(path string) (setting Setting, list []Result, err error) {
	setting, lines, err := results.Read[Setting, line](path, kind)
	if err != nil {
		return setting, nil, err
	}
	list, err = fromLines(path, lines)
	return setting, list, err
}

func fromLines(path string, lines []line) (list []Result, err error) {
	for _, l := range lines {
		s, err := specification.FromPairs(l.Switches)
		if err != nil {
			return nil, fmt.Errorf("images: %s: %w", path, err)
		}
		for _, accuracy := range []*float64{l.TrainAccuracy, l.TestAccuracy} {
			if accuracy != nil && !(*accuracy >= 0 && *accuracy <= 1) {
				return nil, fmt.Errorf("images: %s has an accuracy of %g; want 0 to 1", path, *accuracy)
			}
		}
		s.Name = l.Name
		list = append(list, Result{Row{l.Block, s}, l.Seed, l.Parameters, l.MACs, results.Value(l.TrainAccuracy), results.Value(l.TestAccuracy), l.Seconds, l.Failed})
	}
	return list, nil
}

// write replaces the table's file.
func (t Table) write(list []Result) error {
	var lines []line
	for _, r := range list {
		lines = append(lines, line{r.Block, r.Specification.Pairs(), r.Specification.Name, r.Seed, r.Parameters, r.MACs, results.Finite(r.TrainAccuracy), results.Finite(r.TestAccuracy), r.Seconds, r.Failed})
	}
	return results.Write(t.File, kind, t.Setting, lines)
}

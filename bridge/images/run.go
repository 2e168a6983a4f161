package images

// The rows of a table trained, one by one, and kept in a file.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"mgtool/bridge/specification"
	"mgtool/internal/atomicfile"
	"mgtool/internal/strictjson"
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
	run := runs.Run{Model: model, Recipe: t.Recipe, Seed: seed, Data: training.Name, Limit: t.Limit}
	trainer, err := train.NewTrainer(run, training, test, "")
	if err != nil {
		return result, err
	}
	begin := time.Now()
	sum, err := trainer.Train(ctx, t.Report)
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

// The form of the file.
const (
	fileFormat  = "mgtool images table"
	fileVersion = 1
)

type file struct {
	Format  string     `json:"format"`
	Version int        `json:"version"`
	Setting Setting    `json:"setting"`
	Results []fileLine `json:"results"`
}

type fileLine struct {
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
	if t.File == "" {
		return nil, nil
	}
	setting, list, err := Read(t.File)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	is, err := json.Marshal(setting)
	if err != nil {
		return nil, fmt.Errorf("images: %s: %w", t.File, err)
	}
	want, err := json.Marshal(t.Setting)
	if err != nil {
		return nil, fmt.Errorf("images: %w", err)
	}
	if string(is) != string(want) {
		return nil, fmt.Errorf("images: %s holds results of another setting: %s; want another file, or the same setting", t.File, differences(is, want))
	}
	return list, nil
}

// differences lists what two settings in JSON do not have in common, as in recipe.epochs 1, now 2.
func differences(is, now []byte) string {
	var a, b any
	if json.Unmarshal(is, &a) != nil || json.Unmarshal(now, &b) != nil {
		return fmt.Sprintf("%.200s, now %.200s", is, now)
	}
	var list []string
	var walk func(path string, a, b any)
	walk = func(path string, a, b any) {
		x, object := a.(map[string]any)
		y, both := b.(map[string]any)
		if !object || !both {
			if is, now := said(a), said(b); is != now {
				list = append(list, fmt.Sprintf("%s %s, now %s", strings.TrimPrefix(path, "."), is, now))
			}
			return
		}
		keys := slices.AppendSeq(slices.Collect(maps.Keys(x)), maps.Keys(y))
		slices.Sort(keys)
		for _, k := range slices.Compact(keys) {
			walk(path+"."+k, x[k], y[k])
		}
	}
	walk("", a, b)
	return strings.Join(list, "; ")
}

func said(v any) string {
	if v == nil {
		return "nothing"
	}
	return fmt.Sprint(v)
}

// Read reads a file of results, in the order in which they were trained.
func Read(path string) (setting Setting, list []Result, err error) {
	text, err := strictjson.ReadFile(path)
	if err != nil {
		return setting, nil, fmt.Errorf("images: %w", err)
	}
	var f file
	if err := strictjson.Decode(text, &f); err != nil {
		return setting, nil, fmt.Errorf("images: %s: %w; want the file of --results of mgtool compare vision --factorial", path, err)
	}
	if f.Format != fileFormat || f.Version != fileVersion {
		return setting, nil, fmt.Errorf("images: %s has format %q, version %d; want %q, %d", path, f.Format, f.Version, fileFormat, fileVersion)
	}
	value := func(p *float64) float64 {
		if p == nil {
			return math.NaN()
		}
		return *p
	}
	for _, l := range f.Results {
		s, err := specification.FromPairs(l.Switches)
		if err != nil {
			return setting, nil, fmt.Errorf("images: %s: %w", path, err)
		}
		for _, accuracy := range []*float64{l.TrainAccuracy, l.TestAccuracy} {
			if accuracy != nil && !(*accuracy >= 0 && *accuracy <= 1) {
				return setting, nil, fmt.Errorf("images: %s has an accuracy of %g; want 0 to 1", path, *accuracy)
			}
		}
		s.Name = l.Name
		list = append(list, Result{Row{l.Block, s}, l.Seed, l.Parameters, l.MACs, value(l.TrainAccuracy), value(l.TestAccuracy), l.Seconds, l.Failed})
	}
	return f.Setting, list, nil
}

// write replaces the table's file.
func (t Table) write(list []Result) error {
	if t.File == "" {
		return nil
	}
	f := file{fileFormat, fileVersion, t.Setting, nil}
	value := func(v float64) *float64 {
		if math.IsNaN(v) {
			return nil
		}
		return &v
	}
	for _, r := range list {
		f.Results = append(f.Results, fileLine{r.Block, r.Specification.Pairs(), r.Specification.Name, r.Seed, r.Parameters, r.MACs, value(r.TrainAccuracy), value(r.TestAccuracy), r.Seconds, r.Failed})
	}
	return atomicfile.Write(t.File, func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(f)
	})
}

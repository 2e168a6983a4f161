// Package job defines what a network can be trained for, apart from the classes of images:
// sequences, forecasts, masks, fields, nodes of a graph. A [Job] reads data, and so brings
// what a training minimises and what is reported of it:
//
//	data → samples (x_i, t_i);   L(w) = mean over i of loss(network(x_i; w), t_i);   metrics on the test samples
//
// Its settings are the JSON of its value, which config.json of a run holds under "settings",
// beside its kind under "job". To add a job, write a type with the methods of Job, a line in
// the list of tool/jobs.go, and its flags in cmd/mgtool.
package job

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"

	"mgtool/internal/strictjson"
	"mgtool/mgnet"
	"mgtool/mgnet/runs"
	"mgtool/mgnet/train"
	"mgtool/source"
)

// Job is a kind of work with its settings. Implementations are pointers, so that settings
// can be read into them.
type Job interface {
	// Kind is its name: that of the verb below mgtool train, and in config.json.
	Kind() string
	// Validate reports the first invalid setting.
	Validate() error
	// Load reads the data at path, a file or a folder. It may add to the settings what later
	// evaluations and predictions need, such as moments or names of classes; what is there
	// already, from a run, holds.
	Load(path string, part Part) (*Data, error)
	// Task is the loss, and what counts as right.
	Task() train.Task
	// Recipe is how its models are trained unless the user says otherwise.
	Recipe() runs.Recipe
	// Models are the names of the catalogue that fit, the default first.
	Models() []string
	// Meter measures the outputs for test samples of d.
	Meter(d *Data) Meter
	// Predict applies a trained network to the file or folder at q.Path.
	Predict(ctx context.Context, q Query) (*Predicted, error)
}

// Part says which of the data are used.
type Part struct {
	Limit int // train and test on the first Limit samples each; 0 for all
	// HoldOut k, if not 0, tests on every k-th training sample, held out, or on the part
	// that the data set provides for choosing settings.
	HoldOut int
}

// Data is what a job has read.
type Data struct {
	Train, Test source.Source
	// Signature has the height, width, channels and outputs that a model needs; its Family
	// is empty.
	Signature mgnet.Signature
	Classes   []string // names, where outputs are classes
	// Structure is what a model is bound to, such as a graph; nil for none. See
	// [mgnet.Bind].
	Structure any
}

// Metric is a named figure of an evaluation.
type Metric struct {
	Name  string
	Value float64
}

// Meter computes metrics of a stream of test samples.
type Meter interface {
	// Add takes in n samples: outputs holds those of the network, sample after sample, and
	// targets starts with their targets.
	Add(outputs []float32, n int, targets *source.Batch)
	// Metrics are the figures of all samples so far.
	Metrics() []Metric
	// WriteFiles writes pictures and tables to a folder and returns their names.
	WriteFiles(dir string) ([]string, error)
}

// Query asks for a prediction.
type Query struct {
	Network *mgnet.Network
	Path    string
	Out     string // a file to write the prediction to; empty for none
}

// Spares returns an error, [fs.ErrExist], if q.Out is one of the files that the prediction
// reads, by whatever name. A job asks before its work.
func (q Query) Spares(inputs ...string) error {
	out, err := os.Stat(q.Out)
	if q.Out == "" || err != nil {
		return nil // there is nothing to replace
	}
	for _, path := range inputs {
		if in, err := os.Stat(path); err == nil && os.SameFile(in, out) {
			return fmt.Errorf("%s: %w and is what the prediction reads; want another --out", q.Out, fs.ErrExist)
		}
	}
	return nil
}

// Predicted is the answer: a table, and the files that were written.
type Predicted struct {
	Columns []string
	Rows    [][]string
	Files   []string
	Unread  []Unread // what could not be read, where the rest was done
}

// Unread is a file that could not be read, and why.
type Unread struct {
	File  string `json:"file"`
	Error string `json:"error"`
}

// Settings is the JSON of a job's settings.
func Settings(j Job) (json.RawMessage, error) {
	text, err := json.Marshal(j)
	if err != nil {
		return nil, fmt.Errorf("job %s: %w", j.Kind(), err)
	}
	return text, nil
}

// Read reads settings into a job and validates them. An unknown key is an error.
func Read(j Job, settings json.RawMessage) error {
	if len(settings) > 0 {
		if err := strictjson.Decode(settings, j); err != nil {
			return fmt.Errorf("job %s: settings: %w", j.Kind(), err)
		}
	}
	return j.Validate()
}

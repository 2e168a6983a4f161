package sequence

// The training of networks that tell sequences apart.

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"mgtool/mgnet"
	"mgtool/mgnet/job"
	"mgtool/mgnet/runs"
	"mgtool/mgnet/train"
)

// Job is the training of a network that gives each sequence a class; its settings.
type Job struct {
	Reading

	// Normalise says what each channel of a sequence is scaled by: "sample", its own mean
	// and standard deviation, as is usual for the UCR archive, which forgets its height;
	// "training", those of all training sequences; or "none".
	Normalise string `json:"normalise"`
	// ClassWeights weights the loss of a class: "" for none; "balanced", N/(K N_c) with N_c
	// of N training sequences in class c of K; or numbers, "1,5".
	ClassWeights string `json:"class_weights,omitempty"`

	// What Load found, which later evaluations and predictions take: the sizes, the names of
	// the classes, the moments with Normalise "training", and the weights.
	Length  int       `json:"length,omitempty"`
	Found   int       `json:"channels_found,omitempty"`
	Classes []string  `json:"classes,omitempty"`
	Mean    []float64 `json:"mean,omitempty"`
	Std     []float64 `json:"std,omitempty"`
	Weights []float32 `json:"weights,omitempty"`
}

// NewJob is the job with its default settings.
func NewJob() *Job { return &Job{Normalise: "sample"} }

// Kind implements [job.Job].
func (*Job) Kind() string { return "sequences" }

// Validate implements [job.Job].
func (j *Job) Validate() error {
	if err := j.Reading.Validate(); err != nil {
		return err
	}
	if j.Normalise != "sample" && j.Normalise != "training" && j.Normalise != "none" {
		return fmt.Errorf("sequence: normalise %q; want sample, training or none", j.Normalise)
	}
	if _, err := j.givenWeights(); err != nil {
		return err
	}
	if len(j.Mean) != len(j.Std) || len(j.Mean) > 0 && len(j.Mean) != j.Found {
		return fmt.Errorf("sequence: %d means and %d standard deviations of %d channels; want one each", len(j.Mean), len(j.Std), j.Found)
	}
	for c, s := range j.Std {
		if !(s > 0) || math.IsInf(s, 0) || math.IsNaN(j.Mean[c]) || math.IsInf(j.Mean[c], 0) {
			return fmt.Errorf("sequence: mean %g and standard deviation %g of channel %d; want numbers, the latter more than 0", j.Mean[c], s, c)
		}
	}
	return nil
}

// givenWeights are the numbers of ClassWeights, nil if it has none.
func (j *Job) givenWeights() (weights []float32, err error) {
	if j.ClassWeights == "" || j.ClassWeights == "balanced" {
		return nil, nil
	}
	for _, field := range strings.Split(j.ClassWeights, ",") {
		w, err := strconv.ParseFloat(strings.TrimSpace(field), 32)
		if err != nil || !(w >= 0) || math.IsInf(w, 0) {
			return nil, fmt.Errorf("sequence: class weights %q; want balanced, or numbers with commas between, one a class", j.ClassWeights)
		}
		weights = append(weights, float32(w))
	}
	return weights, nil
}

// defaultHoldOut is the share that is tested on where the data have no test part: every
// fifth sequence of each class, or the last fifth of a record.
const defaultHoldOut = 5

// Sets reads the training and the test sequences at path, scaled, and sets what the
// settings say was found. Without a test part, every fifth training sequence of each class
// takes its place; of a record, which windows share places of, it is the last fifth. What
// part.HoldOut takes is of the others alone, so that it and the test part have nothing in
// common.
func (j *Job) Sets(path string, part job.Part) (training, test *Set, err error) {
	name, trainPath, testPath, err := Parts(path)
	if err != nil {
		return nil, nil, err
	}
	first, err := j.labelled(trainPath)
	if err != nil {
		return nil, nil, err
	}
	if len(j.Classes) == 0 {
		j.Classes = classNames(first.labels)
	}
	if n := len(j.Classes); n < 2 || n > 1000 {
		return nil, nil, fmt.Errorf("sequence: %s has %d classes (%s); want 2 to 1000; is the label the first or the last column?", trainPath, n, some(j.Classes))
	}
	var second *samples
	var shares []int // taken off the training part in turn; the last is tested on
	if testPath == "" {
		shares = append(shares, defaultHoldOut)
	}
	if part.HoldOut > 0 {
		shares = append(shares, part.HoldOut)
	} else if testPath != "" {
		if second, err = j.labelled(testPath); err != nil {
			return nil, nil, err
		}
	}
	if j.Window > 0 {
		for _, k := range shares {
			if first, second, err = first.holdOut(k); err != nil {
				return nil, nil, err
			}
		}
		shares = nil
	}
	sets := make([]*Set, 2)
	for i, s := range []*samples{first, second} {
		if s == nil {
			continue
		}
		if j.Window > 0 {
			if s, err = j.windows(s); err != nil {
				return nil, nil, err
			}
		}
		if s.length != first.sequenceLength(j.Window) || s.channels != first.channels {
			return nil, nil, fmt.Errorf("sequence: %s has sequences of %d places with %d channels; %s has %d and %d: want the same", s.path, s.length, s.channels, trainPath, first.length, first.channels)
		}
		if sets[i], err = s.set(name, j.Classes); err != nil {
			return nil, nil, err
		}
	}
	for _, k := range shares {
		if sets[0], sets[1], err = sets[0].HoldOut(k); err != nil {
			return nil, nil, err
		}
	}
	training, test = sets[0].First(part.Limit), sets[1].First(part.Limit)
	return training, test, j.found(training, test)
}

// sequenceLength is that of the sequences that a record is cut to, or that there are.
func (s *samples) sequenceLength(window int) int {
	if window > 0 {
		return window
	}
	return s.length
}

// found sets the settings that depend on the data, those that are not there yet, and scales
// the sets.
func (j *Job) found(training, test *Set) error {
	if j.Length == 0 {
		j.Length, j.Found = training.Length, training.Channels
	}
	if training.Length != j.Length || training.Channels != j.Found {
		return fmt.Errorf("sequence: %s has sequences of %d places with %d channels; want the %d and %d that the run was trained on", training.Name, training.Length, training.Channels, j.Length, j.Found)
	}
	if j.Normalise == "training" && j.Mean == nil {
		j.Mean, j.Std = training.Moments()
	}
	for _, s := range []*Set{training, test} {
		j.scale(s)
	}
	if j.Weights != nil || j.ClassWeights == "" {
		return nil
	}
	given, err := j.givenWeights()
	if err != nil {
		return err
	}
	if given == nil {
		for _, n := range training.counts() {
			w := float32(0)
			if n > 0 {
				w = float32(float64(training.Len()) / float64(len(j.Classes)*n))
			}
			given = append(given, w)
		}
	}
	if len(given) != len(j.Classes) {
		return fmt.Errorf("sequence: %d class weights for %d classes (%s); want one each, in this order", len(given), len(j.Classes), some(j.Classes))
	}
	j.Weights = given
	return nil
}

// scale scales a set as the settings say. The values are the set's own.
func (j *Job) scale(s *Set) {
	switch j.Normalise {
	case "sample":
		s.ScaleEach()
	case "training":
		s.Scale(j.Mean, j.Std)
	}
}

// Load implements [job.Job]; see [Job.Sets].
func (j *Job) Load(path string, part job.Part) (*job.Data, error) {
	training, test, err := j.Sets(path, part)
	if err != nil {
		return nil, err
	}
	return &job.Data{
		Train: training.Table(), Test: test.Table(), Classes: j.Classes,
		Signature: mgnet.Signature{Height: 1, Width: j.Length, InChannels: j.Found, Classes: len(j.Classes)},
	}, nil
}

// Task implements [job.Job]: the cross entropy, weighted if there are class weights.
func (j *Job) Task() train.Task {
	if j.Weights != nil {
		return train.CountedClasses{Classes: len(j.Classes), Weights: j.Weights}
	}
	return train.Classes{}
}

// Recipe implements [job.Job].
func (*Job) Recipe() runs.Recipe {
	return runs.Recipe{
		Name: "sequences", Source: "ours: AdamW, one cycle of the rate",
		Epochs: 30, Batch: 32, Optimizer: "adamw", LearningRate: 0.01, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, WeightDecay: 0.01, NoNormDecay: true,
		Schedule: "one-cycle", StartFactor: 0.1, PeakAt: 0.3, EndFactor: 0,
	}
}

// Models implements [job.Job].
func (*Job) Models() []string {
	return []string{"mgnet1d", "resnet1d", "mgnet", "resnet", "preact", "cnn", "multistep"}
}

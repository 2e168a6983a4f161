// Package learn is the job of learning an operator from pairs of fields, those of package
// field: a network G(·; w) for a ↦ u, by
//
//	min over w of 1/N Σ_i ‖σ G((a_i − m)/s; w) − u_i‖ / ‖u_i‖
//
// in the norm of L² or H¹. The mean m and the deviation s of each value of a, and the root mean
// square σ of u, are those of the training samples; all are kept with the run. As they are
// numbers, not fields, they serve grids of other sizes, and so do the models mgno and fno.
package learn

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"

	"mgtool/field"
	"mgtool/mgnet"
	"mgtool/mgnet/job"
	"mgtool/mgnet/runs"
	"mgtool/mgnet/train"
	"mgtool/source"
)

// Job implements [job.Job]; its fields are the settings.
type Job struct {
	Loss string `json:"loss"` // h1 or l2
	// Test, if not 0, is how many of the last samples are to test with; by default as many as
	// the recipe of the data says.
	Test int `json:"test,omitempty"`

	// The moments of the training samples, which the first Load notes.
	Mean      []float64 `json:"input_mean,omitempty"`
	Deviation []float64 `json:"input_deviation,omitempty"`
	Scale     float64   `json:"output_scale,omitempty"`
}

// New is the job with the settings of the MgNO paper.
func New() *Job { return &Job{Loss: "h1"} }

// Kind is "fields".
func (*Job) Kind() string { return "fields" }

// Validate reports the first invalid setting.
func (j *Job) Validate() error {
	if j.Loss != "h1" && j.Loss != "l2" {
		return fmt.Errorf("loss %q; want h1 or l2", j.Loss)
	}
	if j.Test < 0 {
		return fmt.Errorf("%d samples to test with; want 1 or more, or 0 for those of the recipe", j.Test)
	}
	if len(j.Mean) != len(j.Deviation) || j.noted() != (len(j.Mean) > 0) {
		return fmt.Errorf("moments of %d and %d values of a and %g of u; want all or none", len(j.Mean), len(j.Deviation), j.Scale)
	}
	for _, v := range append([]float64{j.Scale}, j.Deviation...) {
		if j.noted() && !(v > 0 && v <= math.MaxFloat32) {
			return fmt.Errorf("deviation %g; want more than 0", v)
		}
	}
	return nil
}

// noted reports whether the moments are known.
func (j *Job) noted() bool { return j.Scale != 0 }

// Task is the relative error.
func (j *Job) Task() train.Task {
	if j.Loss == "l2" {
		return train.Fields{Order: 0}
	}
	return train.Fields{Order: 1}
}

// Recipe is that of the MgNO paper, with fewer epochs.
func (*Job) Recipe() runs.Recipe {
	return runs.Recipe{
		Name: "fields", Source: "He, Liu, Xu, MgNO, ICLR 2024, and its code, with 100 epochs in place of 500, a rate of 1e-3, and AdamW for Adam",
		Optimizer: "adamw", Beta1: .9, Beta2: .999, Epsilon: 1e-8, WeightDecay: 1e-4,
		Epochs: 100, Batch: 8, LearningRate: 1e-3, Schedule: "one-cycle", StartFactor: .5, PeakAt: .2, EndFactor: .01,
	}
}

// Models are those that answer with a field.
func (*Job) Models() []string { return []string{"mgno", "fno"} }

// Load reads a file of package field.
func (j *Job) Load(path string, part job.Part) (*job.Data, error) {
	set, err := field.Read(path)
	if err != nil {
		return nil, err
	}
	if set.Out == 0 {
		return nil, fmt.Errorf("%s has no array u; want the fields to learn", path)
	}
	learn, test, err := j.Parts(set, part)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	size := set.Height * set.Width * set.Out
	for _, i := range slices.Concat(learn, test) {
		if !slices.ContainsFunc(set.U[i*size:(i+1)*size], func(v float32) bool { return v != 0 }) {
			return nil, fmt.Errorf("%s: u of sample %d is 0 at all points; want one with a relative error", path, i)
		}
	}
	if err := j.note(set, learn); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	name := filepath.Base(path)
	return &job.Data{
		Train:     j.table(name, set, learn),
		Test:      j.table(name, set, test),
		Signature: mgnet.Signature{Height: set.Height, Width: set.Width, InChannels: set.In, Classes: set.Out},
	}, nil
}

// Parts are the numbers of the samples to learn from and to test with.
func (j *Job) Parts(set *field.Set, part job.Part) (learn, test []int, err error) {
	first := set.Count
	if j.Test > 0 {
		first = set.Len() - j.Test
	}
	if first < 1 || first == set.Len() && part.HoldOut == 0 {
		return nil, nil, fmt.Errorf("%d samples, of which %d to test with; want 1 or more of each, see --test", set.Len(), set.Len()-first)
	}
	limit := func(list []int) []int {
		if part.Limit > 0 {
			return list[:min(part.Limit, len(list))]
		}
		return list
	}
	for i := range set.Len() {
		switch {
		case i >= first && part.HoldOut == 0, i < first && part.HoldOut > 0 && (i+1)%part.HoldOut == 0:
			test = append(test, i)
		case i < first:
			learn = append(learn, i)
		}
	}
	if len(learn) == 0 || len(test) == 0 {
		return nil, nil, fmt.Errorf("%d samples to learn from, every %d-th held out; want 1 or more of each", first, part.HoldOut)
	}
	return limit(learn), limit(test), nil
}

// note takes the moments of samples, unless they are known.
func (j *Job) note(set *field.Set, samples []int) error {
	if j.noted() {
		return j.takes(set.In)
	}
	mean, square := make([]float64, set.In), make([]float64, set.In)
	points := float64(len(samples) * set.Height * set.Width)
	j.Mean, j.Deviation = mean, make([]float64, set.In)
	each := func(f func(c int, v float64)) {
		size := set.Height * set.Width * set.In
		for _, s := range samples {
			for i, v := range set.A[s*size : (s+1)*size] {
				f(i%set.In, float64(v))
			}
		}
	}
	each(func(c int, v float64) { mean[c] += v / points })
	each(func(c int, v float64) { square[c] += (v - mean[c]) * (v - mean[c]) / points })
	for c, v := range square {
		if j.Deviation[c] = math.Sqrt(v); v == 0 {
			j.Deviation[c] = 1
		}
	}
	sum, size := 0.0, set.Height*set.Width*set.Out
	for _, s := range samples {
		for _, v := range set.U[s*size : (s+1)*size] {
			sum += float64(v) * float64(v) / float64(len(samples)*size)
		}
	}
	j.Scale = math.Sqrt(sum)
	return nil
}

// takes reports whether the moments are known, for in values of a at each point.
func (j *Job) takes(in int) error {
	if !j.noted() {
		return fmt.Errorf("the settings have no moments; want those of a trained run")
	}
	if len(j.Mean) != in {
		return fmt.Errorf("%d values of a at each point; the settings of the run have the moments of %d", in, len(j.Mean))
	}
	return nil
}

// table is samples of a set with what the network sees and answers.
func (j *Job) table(name string, set *field.Set, samples []int) *source.Table {
	points := set.Height * set.Width
	t := &source.Table{Name: name, Each: source.Form{Input: []int{set.Height, set.Width, set.In}, Values: points * set.Out}}
	for _, s := range samples {
		t.Inputs = append(t.Inputs, j.inputs(set, s)...)
		for _, v := range set.U[s*points*set.Out : (s+1)*points*set.Out] {
			t.Values = append(t.Values, float32(float64(v)/j.Scale))
		}
	}
	return t
}

// inputs are the normalised a of a sample.
func (j *Job) inputs(set *field.Set, s int) []float32 {
	size := set.Height * set.Width * set.In
	x := make([]float32, size)
	for i, v := range set.A[s*size : (s+1)*size] {
		c := i % set.In
		x[i] = float32((float64(v) - j.Mean[c]) / j.Deviation[c])
	}
	return x
}

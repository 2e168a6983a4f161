package learn

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mgtool/field"
	"mgtool/mgnet"
	"mgtool/mgnet/job"
	"mgtool/source"
)

// darcy writes a small set, on n² points.
func darcy(t testing.TB, n, count, test int) string {
	t.Helper()
	r, err := field.Usual("darcy")
	if err != nil {
		t.Fatal(err)
	}
	r.N, r.Every, r.Count, r.Test, r.Seed = n, 1, count, test, 5
	set, err := field.Make(context.Background(), r, nil)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "darcy.safetensors")
	if err := field.Write(path, set); err != nil {
		t.Fatal(err)
	}
	return path
}

// Inputs have mean 0 and deviation 1 over the training samples, targets the mean square 1; what
// is noted holds for other data.
func TestLoad(t *testing.T) {
	path := darcy(t, 12, 6, 3)
	j := New()
	d, err := j.Load(path, job.Part{})
	if err != nil {
		t.Fatal(err)
	}
	learn := d.Train.(*source.Table)
	if d.Train.Len() != 6 || d.Test.Len() != 3 || d.Signature != (mgnet.Signature{Height: 12, Width: 12, InChannels: 1, Classes: 1}) {
		t.Errorf("%d + %d samples, %+v", d.Train.Len(), d.Test.Len(), d.Signature)
	}
	moments := func(v []float32) (mean, square float64) {
		for _, x := range v {
			mean += float64(x) / float64(len(v))
			square += float64(x) * float64(x) / float64(len(v))
		}
		return mean, square
	}
	if mean, square := moments(learn.Inputs); math.Abs(mean) > 1e-6 || math.Abs(square-1) > 1e-6 {
		t.Errorf("inputs have mean %g and mean square %g; want 0 and 1", mean, square)
	}
	if _, square := moments(learn.Values); math.Abs(square-1) > 1e-6 {
		t.Errorf("targets have mean square %g; want 1", square)
	}
	before := *j
	if _, err := j.Load(darcy(t, 12, 2, 1), job.Part{}); err != nil || !reflect.DeepEqual(*j, before) {
		t.Errorf("settings %+v after other data, %+v before (%v)", *j, before, err)
	}
	for _, c := range []struct {
		test, limit, holdOut, learn, tested int
	}{{0, 0, 0, 6, 3}, {4, 0, 0, 5, 4}, {0, 2, 0, 2, 2}, {0, 0, 3, 4, 2}} {
		j := New()
		j.Test = c.test
		d, err := j.Load(path, job.Part{Limit: c.limit, HoldOut: c.holdOut})
		if err != nil || d.Train.Len() != c.learn || d.Test.Len() != c.tested {
			t.Errorf("%+v: %v (%v)", c, d, err)
		}
	}
	for want, j := range map[string]*Job{
		"9 samples, of which 9 to test": {Loss: "h1", Test: 9},
		`loss "l1"`:                     {Loss: "l1"},
		"-1 samples":                    {Loss: "h1", Test: -1},
		"moments of 1 and 0":            {Loss: "h1", Mean: []float64{1}},
	} {
		err := j.Validate()
		if err == nil {
			_, err = j.Load(path, job.Part{})
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v; want %s", err, want)
		}
	}
}

// A field of zeros has no relative error: it would make the loss NaN.
func TestLoadOfZeros(t *testing.T) {
	set, err := field.Read(darcy(t, 12, 4, 2))
	if err != nil {
		t.Fatal(err)
	}
	for _, sample := range []int{2, 5} {
		zero := *set
		zero.U = slices.Clone(set.U)
		clear(zero.U[sample*144 : (sample+1)*144])
		path := filepath.Join(t.TempDir(), "zero.safetensors")
		if err := field.Write(path, &zero); err != nil {
			t.Fatal(err)
		}
		if _, err := New().Load(path, job.Part{}); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("u of sample %d is 0", sample)) {
			t.Errorf("error %v; want one that names sample %d", err, sample)
		}
	}
}

// The operator of one field, the prediction of a file and what is measured of the outputs agree,
// at the size of the data and at another.
func TestApplied(t *testing.T) {
	j := New()
	n, err := mgnet.New(mgnet.NewFNO(12, 12, 1, 1, 2, 4, 3), 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.Operator(n, 12, 12); err == nil {
		t.Error("an operator without moments is no error")
	}
	path := darcy(t, 12, 4, 2)
	d, err := j.Load(path, job.Part{})
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{path, darcy(t, 19, 1, 1)} {
		out := filepath.Join(t.TempDir(), "u.safetensors")
		p, err := j.Predict(context.Background(), job.Query{Network: n, Path: file, Out: out})
		if err != nil {
			t.Fatal(err)
		}
		predicted, err := field.Read(out)
		if err != nil {
			t.Fatal(err)
		}
		set, err := field.Read(file)
		if err != nil || len(p.Rows) != set.Len() {
			t.Fatalf("%d rows for %d samples (%v)", len(p.Rows), set.Len(), err)
		}
		op, err := j.Operator(n, set.Height, set.Width)
		if err != nil {
			t.Fatal(err)
		}
		points := set.Height * set.Width
		a, u := make([]float64, points), make([]float64, points)
		for i := range a {
			a[i] = float64(set.A[points+i]) // of sample 1
		}
		if err := op.Apply(u, a); err != nil {
			t.Fatal(err)
		}
		error, norm := 0.0, 0.0
		for i, v := range u {
			if w := float64(predicted.U[points+i]); math.Abs(v-w) > 1e-5*math.Abs(w) {
				t.Fatalf("%d²: u[%d] is %g of the operator and %g of the prediction", set.Height, i, v, w)
			}
			truth := float64(set.U[points+i])
			error += (v - truth) * (v - truth)
			norm += truth * truth
		}
		if got, err := strconv.ParseFloat(p.Rows[1][1], 64); err != nil || math.Abs(got-math.Sqrt(error/norm)) > 1e-3*got {
			t.Errorf("%d²: the relative error is %s; want %.4g", set.Height, p.Rows[1][1], math.Sqrt(error/norm))
		}
		if err := op.Apply(u, a[1:]); err == nil {
			t.Error("too few values are no error")
		}
	}
	// A name that cannot be, the data themselves, and a network of more values than moments.
	two, err := mgnet.New(mgnet.NewFNO(12, 12, 2, 1, 1, 2, 2), 1)
	if err != nil {
		t.Fatal(err)
	}
	for want, q := range map[string]job.Query{
		"want a name ending in .safetensors":            {Network: n, Path: path, Out: path + ".csv"},
		"what the prediction reads; want another --out": {Network: n, Path: path, Out: filepath.Dir(path) + "/./darcy.safetensors"},
		"the moments of 1":                              {Network: two, Path: path},
	} {
		if _, err := j.Predict(context.Background(), q); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v; want %s", err, want)
		}
	}
	if _, err := j.Operator(two, 12, 12); err == nil || !strings.Contains(err.Error(), "the moments of 1") {
		t.Errorf("error %v; want one about the moments", err)
	}
	// Outputs of twice the targets are off by all of them, and the targets by nothing.
	m := j.Meter(d)
	batch := d.Test.Form().NewBatch(2)
	if err := d.Test.Read(batch, 0, 2); err != nil {
		t.Fatal(err)
	}
	outputs := append([]float32(nil), batch.Values...)
	for i := range outputs[:len(outputs)/2] {
		outputs[i] *= 2
	}
	m.Add(outputs, 2, batch)
	for i, want := range []float64{.5, .5, 1} {
		if got := m.Metrics()[i]; math.Abs(got.Value-want) > 1e-6 {
			t.Errorf("%s is %g; want %g", got.Name, got.Value, want)
		}
	}
}

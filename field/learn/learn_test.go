package learn

import (
	"context"
	"math"
	"path/filepath"
	"reflect"
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

package tool

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"mgtool/field"
	"mgtool/field/learn"
)

// operatorRun is a run on 6 + 2 samples, of which the last 3 are to test with.
func operatorRun(t *testing.T) string {
	t.Helper()
	j := learn.New()
	j.Test = 3
	epochs, batch, out := 1, 4, filepath.Join(t.TempDir(), "run")
	tr, _, err := TrainJob{
		Job: j, Data: darcyFile(t, 1), Shape: Shape{Model: "mgno", Channels: []int{2}}, Seed: 1, Out: out,
		Recipe: Recipe{Epochs: &epochs, Batch: &batch},
	}.Begin(t.Context(), Reporter{})
	if err == nil {
		_, err = tr.Train(t.Context(), nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// darcyFile has 6 + 2 samples on 16² points, every so many of those of the solve.
func darcyFile(t *testing.T, every int) string {
	t.Helper()
	r, err := field.Usual("darcy")
	if err != nil {
		t.Fatal(err)
	}
	r.N, r.Every, r.Count, r.Test, r.Seed = 16*every, every, 6, 2, 1
	path := filepath.Join(t.TempDir(), "darcy.safetensors")
	if _, err := (MakeFields{Recipe: r, Out: path}).Make(t.Context(), Reporter{}); err != nil {
		t.Fatal(err)
	}
	return path
}

// Systems are solved for the samples that the training has not seen, those of the run's split;
// points kept of a finer grid have another system.
func TestCompareOperator(t *testing.T) {
	c := DefaultCompareOperator()
	c.Run, c.Repeats, c.Samples = operatorRun(t), 1, 5
	report, err := c.Compare(t.Context(), Reporter{})
	if err != nil {
		t.Fatal(err)
	}
	if report.Samples != 3 {
		t.Errorf("%d systems; want the 3 of the run's split", report.Samples)
	}
	for _, r := range report.Rows {
		if r.Problems != 3 || strings.HasSuffix(r.Name, "from 0") && r.Error != 1 || !(r.Error > 0) {
			t.Errorf("%+v; want 3 problems, and an error of 1 from u = 0", r)
		}
	}
	c.Data = darcyFile(t, 2)
	if _, err = c.Compare(t.Context(), Reporter{}); !errors.As(err, new(*UsageError)) || !strings.Contains(err.Error(), "made with --every 2; want --every 1") {
		t.Errorf("error %v; want a usage error that names --every 1", err)
	}
}

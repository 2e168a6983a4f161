package sequence

import (
	"math"
	"slices"
	"testing"

	"mgtool/mgnet/job"
)

// Fewer pulses are the first of more, and the files hold them to four digits.
func TestPulses(t *testing.T) {
	few, _, err := Pulses{Train: 5, Test: 5, Length: 64, Seed: 3}.Make()
	if err != nil {
		t.Fatal(err)
	}
	p := Pulses{Train: 20, Test: 30, Length: 64, Seed: 3}
	train, test, err := p.Make()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(few.X, train.X[:5*64]) || !slices.Equal(few.Labels, train.Labels[:5]) || slices.Equal(train.X[:64], test.X[:64]) {
		t.Error("pulses depend on how many there are, or test ones are training ones")
	}
	dir := t.TempDir()
	if _, err := p.Write(dir); err != nil {
		t.Fatal(err)
	}
	j := NewJob()
	j.Normalise = "none"
	again, _, err := j.Sets(dir, job.Part{})
	if err != nil {
		t.Fatal(err)
	}
	if again.Name != "pulses" || !slices.Equal(again.Classes, train.Classes) || !slices.Equal(again.Labels, train.Labels) {
		t.Errorf("%s, classes %v, labels %v; want %v, %v", again.Name, again.Classes, again.Labels, train.Classes, train.Labels)
	}
	for i, v := range again.X {
		if math.Abs(float64(v-train.X[i])) > 5.1e-5 {
			t.Fatalf("value %d is %v, was %v", i, v, train.X[i])
		}
	}
	if _, _, err := (Pulses{Train: 1, Test: 5, Length: 64}).Make(); err == nil {
		t.Error("no error for one pulse")
	}
}

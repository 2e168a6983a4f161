package evaluate

import (
	"math"
	"os"
	"slices"
	"testing"

	"mgtool/mgnet"
	"mgtool/mgnet/runs"
	"mgtool/tensor/gradtest"
)

// distance is ‖a − b‖/‖a‖.
func distance(a, b []float32) float64 {
	if len(a) != len(b) || len(a) == 0 {
		return math.Inf(1)
	}
	var diff, norm float64
	for i := range a {
		diff += float64(a[i]-b[i]) * float64(a[i]-b[i])
		norm += float64(a[i]) * float64(a[i])
	}
	return math.Sqrt(diff / norm)
}

// A Predictor takes any number of images up to its batch, each with the same
// result whatever is beside it, and keeps programs for a few numbers only.
func TestPredictorTakesAnyNumber(t *testing.T) {
	const batch = 12
	n, err := mgnet.New(mgnet.MgNet(8, 8, 3, 10, []int{8}, []int{1, 1}), 1)
	if err != nil {
		t.Fatal(err)
	}
	p, err := NewPredictor(n, batch)
	if err != nil {
		t.Fatal(err)
	}
	const size = 8 * 8 * 3
	x := gradtest.Random(batch*size, 2)
	all, err := p.Probabilities(x)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		for count := 1; count <= batch; count++ {
			got, err := p.Probabilities(x[:count*size])
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got, all[:count*10]) {
				t.Errorf("%d images: %v, want %v", count, got, all[:count*10])
			}
			if len(p.programs) > maxPrograms || p.programs[batch] == nil {
				t.Fatalf("%d programs after %d images, want at most %d, that of the batch among them", len(p.programs), count, maxPrograms)
			}
		}
	}
}

// tinyRun is a training of a second or so on the embedded sample.
func tinyRun() runs.Run {
	r, _ := runs.LookupRecipe("quick")
	r.Epochs, r.Batch, r.LearningRate = 3, 20, .2
	return runs.Run{Model: mgnet.MgNet(28, 28, 1, 10, []int{6}, []int{1, 1}), Recipe: r, Seed: 1, Data: "sample", Limit: 100}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestBest(t *testing.T) {
	nan := float32(math.NaN())
	for want, row := range map[int][]float32{1: {1, 3, 3}, 2: {nan, -1, 0}, -1: {nan, nan}} {
		if got := Best(row); got != want {
			t.Errorf("%v: %d, want %d", row, got, want)
		}
	}
}

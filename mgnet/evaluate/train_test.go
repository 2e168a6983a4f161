package evaluate

import (
	"math"
	"os"
	"testing"

	"mgtool/mgnet"
	"mgtool/mgnet/runs"
)

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

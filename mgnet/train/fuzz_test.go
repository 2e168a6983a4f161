package train

// Fuzz targets of the readers of JSON: configurations, recipes, runs. Those of
// weights and metrics are in fuzz_weights_test.go.

import (
	"encoding/json"
	"slices"
	"testing"

	"mgtool/internal/readertest"
	"mgtool/mgnet"
	"mgtool/mgnet/runs"
)

// allowance is what a reader may allocate for a file of so many bytes: a thousand
// times the file, and 32 MB for what any model has.
func allowance(data []byte) uint64 { return 32<<20 + 1000*uint64(len(data)) }

// must is the JSON of a value.
func must(t testing.TB, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// A recipe that is accepted means the same when it is written and read again, has a
// learning rate for every batch, and makes two steps that leave alone what is fixed.
func FuzzRecipe(f *testing.F) {
	for _, r := range runs.Recipes() {
		f.Add(must(f, r))
	}
	f.Add([]byte(`{"epochs": 3, "batch": 1, "learning_rate": 1e-3, "optimizer": "adamw", "beta1": 0.9, "beta2": 0.99, "epsilon": 1e-8, "weight_decay": 0.01, "ema": 0.95, "clip_norm": 1, "schedule": "one-cycle", "peak_at": 0.3, "small_epochs": 1, "small_scale": 0.5, "precision": "bf16", "cutout": 3, "mixup": 0.2}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var r runs.Recipe
		err := readertest.Read(t, allowance(data), func() (err error) { r, err = runs.ParseRecipe(data); return err })
		if err != nil {
			return
		}
		text := must(t, r)
		again, err := runs.ParseRecipe(text)
		if err != nil || again != r {
			t.Fatalf("written and read again: %v, %+v; want %+v", err, again, r)
		}
		const batches = 3
		for _, epoch := range []int{0, 1, r.Epochs / 2, r.Epochs - 1} {
			for batch := range batches {
				if rate := r.Rate(epoch, batch, batches); !(rate >= 0 && rate <= r.LearningRate) {
					t.Fatalf("rate %g in epoch %d, batch %d; want 0 to %g", rate, epoch, batch, r.LearningRate)
				}
			}
		}
		fixed := &mgnet.Param{Name: "fixed", Shape: []int{2}, Data: []float32{1, 2}, Fixed: true}
		n := of(&mgnet.Param{Name: "conv", Shape: []int{1, 1, 2, 2}, Data: []float32{1, 2, 3, 4}}, &mgnet.Param{Name: "beta", Shape: []int{2}, Data: []float32{1, 0}}, fixed)
		opt := NewOptimizer(n, r, batches)
		for step := range 2 {
			opt.Step(step, r.Rate(0, step, batches), func(name string) []float32 {
				i := slices.IndexFunc(n.params, func(p *mgnet.Param) bool { return p.Name == name })
				return make([]float32, len(n.params[i].Data))
			})
		}
		if !slices.Equal(fixed.Data, []float32{1, 2}) {
			t.Errorf("fixed values have become %v", fixed.Data)
		}
	})
}

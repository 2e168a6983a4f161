package train

import (
	"context"
	"math"
	"strings"
	"testing"

	"mgtool/mgnet"
	"mgtool/mgnet/evaluate"
	"mgtool/mgnet/runs"
	"mgtool/vision"
)

// smallRun takes small images for seven of fifteen batches, and has no statistics.
func smallRun() runs.Run {
	r := tinyRun()
	r.Model = set(r.Model, map[string]any{"norm": "none"})
	r.Recipe.SmallEpochs, r.Recipe.SmallScale = 1.4, .6
	return r
}

// The loss of the first batch is that of the network that begins, on images of 17×17
// pixels in place of 28×28; the last batches have whole images; work is counted so.
func TestProgressive(t *testing.T) {
	r := smallRun()
	tr, te, err := r.Load()
	if err != nil {
		t.Fatal(err)
	}
	net, err := begin(r, Classes{}, vision.Images{Dataset: tr})
	if err != nil {
		t.Fatal(err)
	}
	if net, err = net.At(17, 17); err != nil {
		t.Fatal(err)
	}
	batcher, err := vision.NewBatcher(tr, r.Recipe.Batch, r.Seed, r.Recipe.Augment)
	if err != nil {
		t.Fatal(err)
	}
	batch := batcher.NewBatch()
	if err := batcher.FillBatch(batch, 0, 0); err != nil {
		t.Fatal(err)
	}
	shrinker, err := vision.NewShrinker(28, 28, 1, 17, 17)
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float32, len(batch.X)/28/28*17*17)
	if err := shrinker.Shrink(x, batch.X); err != nil {
		t.Fatal(err)
	}
	p, err := evaluate.NewPredictor(net, r.Recipe.Batch)
	if err != nil {
		t.Fatal(err)
	}
	chances, err := p.Probabilities(x)
	if err != nil {
		t.Fatal(err)
	}
	want := 0.0
	for i, label := range batch.Labels {
		want -= math.Log(float64(chances[i*10+int(label)])) / float64(len(batch.Labels))
	}

	trainer, err := NewTrainer(r, tr, te, "")
	if err != nil {
		t.Fatal(err)
	}
	var reduced []bool
	first := math.NaN()
	sum, err := trainer.Train(context.Background(), func(m Progress) {
		if len(reduced) == 0 {
			first = m.Loss
		}
		reduced = append(reduced, trainer.reduced)
	})
	if err != nil {
		t.Fatal(err)
	}
	if !(math.Abs(first-want) < 1e-5) {
		t.Errorf("loss of the first batch %g, want %g", first, want)
	}
	for n, s := range reduced {
		if s != (n < 7) {
			t.Errorf("batch %d of %d: small %t", n, len(reduced), s)
		}
	}
	// The stem has 9·6 weights and A, B 9·6·6 each on the fine grid; R, Π and B are on
	// the coarse one, where A is not needed; the head has 60.
	on := func(fine, coarse float64) float64 { return 54*fine + 324*(2*fine+2*coarse+coarse) + 60 }
	if want := 6 * 20 * (7*on(17*17, 81) + 8*on(28*28, 196)) / 1e15; math.Abs(sum.PFLOP/want-1) > 1e-9 {
		t.Errorf("%.6g PFLOP, want %.6g", sum.PFLOP, want)
	}
}

// What cannot be trained on small images is refused before it begins.
func TestProgressiveRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		want   string
		change func(r *runs.Run)
	}{
		"weights for each pixel": {"shape", func(r *runs.Run) {
			r.Model = mgnet.Dense(28, 28, 1, 10, []int{7})
		}},
		"no pixels for the whitening": {"whitening", func(r *runs.Run) {
			r.Model, r.Recipe.SmallScale = mgnet.FastMgNet(28, 28, 1, 10, []int{8}, []int{1}), .08
		}},
		"a scale without epochs":  {"both", func(r *runs.Run) { r.Recipe.SmallEpochs = 0 }},
		"epochs without a scale":  {"both", func(r *runs.Run) { r.Recipe.SmallScale = 0 }},
		"a scale that enlarges":   {"scaled by 1.5", func(r *runs.Run) { r.Recipe.SmallScale = 1.5 }},
		"more epochs than it has": {"3.5 epochs", func(r *runs.Run) { r.Recipe.SmallEpochs = 3.5 }},
	} {
		r := smallRun()
		c.change(&r)
		tr, te, err := r.Load()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := NewTrainer(r, tr, te, ""); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %q in it", name, err, c.want)
		}
	}
}

package train

import (
	"context"
	"math"
	"strings"
	"testing"

	"mgtool/mgnet"
	"mgtool/mgnet/evaluate"
	"mgtool/source"
	"mgtool/tensor/graph"
)

// A mask of three pixels, one of them without a label, is judged by the other two; a
// sample without labels is left out.
func TestCountedClasses(t *testing.T) {
	task := CountedClasses{Classes: 2, Weights: []float32{1, 3}}
	outputs := []float32{
		0, 0, 5, 0, 0, 2, // right by the first of equal scores, not counted, right
		1, 0, 0, 1, 0, 1,
	}
	// A batch of three samples, of which two are there.
	batch := &source.Batch{Labels: []int32{0, -1, 1, -1, -1, -1, 0, 0, 0}}
	var tally evaluate.Tally
	task.Judge(&tally, outputs, 2, batch)
	want := (math.Ln2 + 3*math.Log1p(math.Exp(-2))) / 4
	if tally.Samples != 1 || tally.Decisions != 2 || tally.Right != 2 || tally.Weight != 4 || math.Abs(tally.MeanLoss()-want) > 1e-6 {
		t.Errorf("%+v, want 1 sample, 2 decisions, 2 right, weights of 4, mean loss %v", tally, want)
	}
	// The loss of the graph is that of the batch.
	p, err := graph.Build(func(b *graph.Builder) *graph.Node {
		maps := b.Scale(b.Param("outputs", []int{2, 1, 3, 2}, outputs), 1)
		return task.Loss(b, maps, &source.Batch{Labels: batch.Labels[:6]})
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	if got := float64(p.Value()[0]); math.Abs(got-want) > 1e-6 {
		t.Errorf("loss of the graph %v, want %v", got, want)
	}
	for i, g := range p.Gradient("outputs") {
		if counts := i < 2 || i == 4 || i == 5; counts != (g != 0) {
			t.Errorf("gradient %v: value %d", p.Gradient("outputs"), i)
		}
	}
}

// With weights that stand still, the loss of an evaluation on the training samples is that of
// the training on all of them as one batch, whatever the weights of the classes.
func TestWeightedTestLoss(t *testing.T) {
	samples := signals(210, 1) // more than are evaluated at a time
	samples.Each.Classes = 3
	for i := range samples.Labels {
		if i%5 == 0 {
			samples.Labels[i] = 2
		}
	}
	model := set(mgnet.NewMgNet(1, 32, 1, 3, []int{4}, []int{1, 1}), map[string]any{"norm": "none"}) // norms differ between training and evaluation
	losses := map[float64]bool{}
	for _, weights := range [][]float32{nil, {1, 5, .25}, {3, 0, 1}} {
		trainer, err := New(tableRun(model, 1, samples.Len(), 1e-30), CountedClasses{Classes: 3, Weights: weights}, samples, samples, "")
		if err != nil {
			t.Fatal(err)
		}
		sum, err := trainer.Train(context.Background(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(sum.Loss-sum.TestLoss) > 1e-6*sum.Loss {
			t.Errorf("weights %v: test loss %v of the training samples; want %v, as in training", weights, sum.TestLoss, sum.Loss)
		}
		losses[sum.TestLoss] = true
	}
	if len(losses) != 3 {
		t.Errorf("losses %v; want another for each choice of weights", losses)
	}
}

func TestCountedClassesFits(t *testing.T) {
	form := source.Form{Input: []int{1, 3, 1}, Labels: 3, Classes: 2}
	if err := (CountedClasses{Classes: 3}).Fits(form, 3); err != nil {
		t.Error(err)
	}
	for want, err := range map[string]error{
		"1 output cannot":                      CountedClasses{Classes: 1}.Fits(form, 1),
		"4 outputs for 2 classes":              CountedClasses{Classes: 2}.Fits(form, 4),
		"0 labels per sample":                  CountedClasses{Classes: 2}.Fits(source.Form{}, 2),
		"of 5 classes; want 1 or more":         CountedClasses{Classes: 2}.Fits(source.Form{Labels: 3, Classes: 5}, 2),
		"1 class weights for 2 outputs":        CountedClasses{Classes: 2, Weights: []float32{1}}.Fits(form, 2),
		"weight -1 of class 1":                 CountedClasses{Classes: 2, Weights: []float32{1, -1}}.Fits(form, 2),
		"want one that is more than 0":         CountedClasses{Classes: 2, Weights: []float32{0, 0}}.Fits(form, 2),
		"weight NaN of class 0; want a number": CountedClasses{Classes: 2, Weights: []float32{float32(math.NaN()), 1}}.Fits(form, 2),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v; want %s", err, want)
		}
	}
}

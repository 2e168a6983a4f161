package train

import (
	"math"
	"strings"
	"testing"

	"mgtool/mgnet/evaluate"
	"mgtool/source"
	"mgtool/tensor/graph"
)

// A mask of three pixels, one of them without a label, is judged by the other two; a
// sample without labels is left out.
func TestPixelClasses(t *testing.T) {
	task := PixelClasses{Classes: 2, Weights: []float32{1, 3}}
	outputs := []float32{
		0, 0, 5, 0, 0, 2, // right by the first of equal scores, not counted, right
		1, 0, 0, 1, 0, 1,
	}
	// A batch of three samples, of which two are there.
	batch := &source.Batch{Labels: []int32{0, -1, 1, -1, -1, -1, 0, 0, 0}}
	var tally evaluate.Tally
	task.Judge(&tally, outputs, 2, batch)
	want := (math.Ln2 + 3*math.Log1p(math.Exp(-2))) / 4
	if tally.Samples != 1 || tally.Decisions != 2 || tally.Right != 2 || math.Abs(tally.Loss-want) > 1e-6 {
		t.Errorf("%+v, want 1 sample, 2 decisions, 2 right, loss %v", tally, want)
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

func TestPixelClassesFits(t *testing.T) {
	form := source.Form{Input: []int{1, 3, 1}, Labels: 3, Classes: 2}
	if err := (PixelClasses{Classes: 3}).Fits(form, 3); err != nil {
		t.Error(err)
	}
	for want, err := range map[string]error{
		"1 output per pixel":                   PixelClasses{Classes: 1}.Fits(form, 1),
		"4 outputs per pixel for 2 classes":    PixelClasses{Classes: 2}.Fits(form, 4),
		"0 labels per sample":                  PixelClasses{Classes: 2}.Fits(source.Form{}, 2),
		"of 5 classes; want 1 or more":         PixelClasses{Classes: 2}.Fits(source.Form{Labels: 3, Classes: 5}, 2),
		"1 class weights for 2 outputs":        PixelClasses{Classes: 2, Weights: []float32{1}}.Fits(form, 2),
		"weight -1 of class 1":                 PixelClasses{Classes: 2, Weights: []float32{1, -1}}.Fits(form, 2),
		"want one that is more than 0":         PixelClasses{Classes: 2, Weights: []float32{0, 0}}.Fits(form, 2),
		"weight NaN of class 0; want a number": PixelClasses{Classes: 2, Weights: []float32{float32(math.NaN()), 1}}.Fits(form, 2),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v; want %s", err, want)
		}
	}
}

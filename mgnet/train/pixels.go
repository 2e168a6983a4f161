package train

// Segmentation: one class per pixel, or per node of a graph.

import (
	"fmt"
	"math"

	"mgtool/mgnet/evaluate"
	"mgtool/source"
	"mgtool/tensor"
	"mgtool/tensor/graph"
)

// PixelClasses is the task of assigning a class to each pixel of a sample, or to each
// node of a graph. Those with the label −1 are not counted. The loss is the mean cross
// entropy over the pixels of a batch that count, weighted by their class,
//
//	L = Σ_i w(y_i) (−log p_i(y_i)) / Σ_i w(y_i),   p_i = softmax(outputs of pixel i).
type PixelClasses struct {
	Classes int // of a pixel: the outputs of the network for it
	// Weights has one value per class, 0 or more; nil is 1 for all.
	Weights []float32
}

// Fits requires labels, and an output per pixel for each class, at least two.
func (c PixelClasses) Fits(form source.Form, outputs int) error {
	if outputs < 2 {
		return fmt.Errorf("a model with %d output per pixel cannot tell classes apart; want 2 or more", outputs)
	}
	if outputs != c.Classes {
		return fmt.Errorf("a model with %d outputs per pixel for %d classes; want one each", outputs, c.Classes)
	}
	if form.Labels < 1 || form.Classes > outputs {
		return fmt.Errorf("%d labels per sample, of %d classes; want 1 or more, of at most %d classes", form.Labels, form.Classes, outputs)
	}
	if c.Weights == nil {
		return nil
	}
	if len(c.Weights) != outputs {
		return fmt.Errorf("%d class weights for %d outputs per pixel; want one each", len(c.Weights), outputs)
	}
	some := false
	for k, w := range c.Weights {
		if !(w >= 0) || math.IsInf(float64(w), 0) {
			return fmt.Errorf("weight %g of class %d; want a number, 0 or more", w, k)
		}
		some = some || w > 0
	}
	if !some {
		return fmt.Errorf("class weights %v; want one that is more than 0", c.Weights)
	}
	return nil
}

// Loss is the cross entropy of outputs whose last axis is the classes.
func (c PixelClasses) Loss(b *graph.Builder, outputs *graph.Node, batch *source.Batch) *graph.Node {
	return b.CountedCrossEntropy(outputs, batch.Labels, c.Weights)
}

// Decisions is the number of labels, those that are not counted included.
func (c PixelClasses) Decisions(form source.Form) int { return form.Labels }

// Judge adds the loss of each sample, the mean over its pixels that count, and decides
// about these pixels. A sample without any is left out.
func (c PixelClasses) Judge(t *evaluate.Tally, outputs []float32, n int, targets *source.Batch) {
	size, classes := len(outputs)/n, c.Classes
	labels := size / classes
	ce := tensor.CountedCrossEntropy{Rows: labels, Classes: classes, Weights: c.Weights}
	for i := range n {
		z, y := outputs[i*size:(i+1)*size], targets.Labels[i*labels:(i+1)*labels]
		counted := 0
		for j, label := range y {
			if label < 0 {
				continue
			}
			counted++
			if evaluate.Best(z[j*classes:(j+1)*classes]) == int(label) {
				t.Right++
			}
		}
		if counted > 0 {
			t.Samples++
			t.Decisions += counted
			t.Loss += float64(ce.Forward(z, y))
		}
	}
}

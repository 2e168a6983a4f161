package train

// Classes of pixels, of nodes of a graph or of samples, some of which do not count or count
// more than others.

import (
	"fmt"
	"math"

	"mgtool/mgnet/evaluate"
	"mgtool/source"
	"mgtool/tensor"
	"mgtool/tensor/graph"
)

// CountedClasses is the task of assigning a class to each pixel of a sample, to each node of
// a graph, or to each sample. Those with the label −1 are not counted. The loss is the mean
// cross entropy over those of a batch that count, weighted by their class,
//
//	L = Σ_i w(y_i) (−log p_i(y_i)) / Σ_i w(y_i),   p_i = softmax(outputs of pixel i).
//
// The loss of an evaluation is the same, with the sums over all samples.
type CountedClasses struct {
	Classes int // the outputs of the network for a pixel, a node or a sample
	// Weights has one value per class, 0 or more; nil is 1 for all.
	Weights []float32
}

// Fits requires labels, and an output for each class, at least two.
func (c CountedClasses) Fits(form source.Form, outputs int) error {
	if outputs < 2 {
		return fmt.Errorf("a model with %d output cannot tell classes apart; want 2 or more", outputs)
	}
	if outputs != c.Classes {
		return fmt.Errorf("a model with %d outputs for %d classes; want one each", outputs, c.Classes)
	}
	if form.Labels < 1 || form.Classes > outputs {
		return fmt.Errorf("%d labels per sample, of %d classes; want 1 or more, of at most %d classes", form.Labels, form.Classes, outputs)
	}
	if c.Weights == nil {
		return nil
	}
	if len(c.Weights) != outputs {
		return fmt.Errorf("%d class weights for %d outputs; want one each", len(c.Weights), outputs)
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
func (c CountedClasses) Loss(b *graph.Builder, outputs *graph.Node, batch *source.Batch) *graph.Node {
	return b.CountedCrossEntropy(outputs, batch.Labels, c.Weights)
}

// Decisions is the number of labels, those that are not counted included.
func (c CountedClasses) Decisions(form source.Form) int { return form.Labels }

// Judge adds the losses of the pixels that count with their weights, and decides about these
// pixels. A sample without any is left out.
func (c CountedClasses) Judge(t *evaluate.Tally, outputs []float32, n int, targets *source.Batch) {
	size, classes := len(outputs)/n, c.Classes
	labels := size / classes
	ce := tensor.CountedCrossEntropy{Rows: labels, Classes: classes, Weights: c.Weights}
	for i := range n {
		z, y := outputs[i*size:(i+1)*size], targets.Labels[i*labels:(i+1)*labels]
		counted, weight := 0, 0.0
		for j, label := range y {
			if label < 0 {
				continue
			}
			counted++
			if c.Weights == nil {
				weight++
			} else {
				weight += float64(c.Weights[label])
			}
			if evaluate.Best(z[j*classes:(j+1)*classes]) == int(label) {
				t.Right++
			}
		}
		if counted > 0 {
			t.Samples++
			t.Decisions += counted
			t.Loss += weight * float64(ce.Forward(z, y)) // Forward divides by the sum of the weights
			t.Weight += weight
		}
	}
}

package train

// Classification: one class per sample.

import (
	"fmt"
	"slices"

	"mgtool/mgnet/evaluate"
	"mgtool/source"
	"mgtool/tensor/graph"
)

// Classes is the task of assigning one class to each sample. The loss is the mean cross
// entropy,
//
//	L = −1/N Σ_i log p(y_i | x_i),   p = softmax(outputs),
//
// with mixup the weighted sum for both classes. Label smoothing spreads a share Smoothing
// of each target evenly over all classes (C. Szegedy et al., Rethinking the Inception
// Architecture, CVPR 2016).
type Classes struct {
	Smoothing float64 // in [0, 1); 0 is none
}

// Fits requires one label per sample and an output for each class, at least two.
func (c Classes) Fits(form source.Form, outputs int) error {
	if outputs < 2 {
		return fmt.Errorf("a model with %d output cannot tell classes apart; want 2 or more", outputs)
	}
	if form.Labels != 1 || form.Classes > outputs {
		return fmt.Errorf("%d labels per sample, of %d classes; want 1 label, of at most %d classes", form.Labels, form.Classes, outputs)
	}
	return nil
}

// Loss is the cross entropy.
func (c Classes) Loss(b *graph.Builder, outputs *graph.Node, batch *source.Batch) *graph.Node {
	others, weights := batch.Others, batch.Weights
	if others == nil && c.Smoothing == 0 {
		return b.CrossEntropy(outputs, batch.Labels)
	}
	if others == nil { // without mixup
		others, weights = batch.Labels, slices.Repeat([]float32{1}, len(batch.Labels))
	}
	return b.MixedCrossEntropy(outputs, batch.Labels, others, weights, c.Smoothing)
}

// Decisions is 1.
func (c Classes) Decisions(source.Form) int { return 1 }

// Judge counts the samples that are classified correctly; with mixup, as the class of the
// greater weight.
func (c Classes) Judge(t *evaluate.Tally, outputs []float32, n int, targets *source.Batch) {
	t.AddClasses(outputs, n, targets)
}

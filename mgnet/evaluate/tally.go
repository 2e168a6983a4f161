package evaluate

// What the outputs for many samples add up to. Accuracy is computed here alone.

import (
	"mgtool/source"
	"mgtool/tensor"
)

// Tally sums up what a network's outputs are worth.
type Tally struct {
	Samples int
	Loss    float64 // sum over the samples
	// Decisions are what is right or wrong: one a sample for classes, one a pixel for a
	// mask, none for numbers.
	Decisions, Right int
}

// Accuracy is the share of the decisions that are right, NaN without any.
func (t Tally) Accuracy() float64 { return float64(t.Right) / float64(t.Decisions) }

// MeanLoss is the loss a sample.
func (t Tally) MeanLoss() float64 { return t.Loss / float64(t.Samples) }

// Classes adds n samples of one class each: outputs are their scores (n, classes), and the
// labels those that targets begins with. The loss is −log p(label); the decision is the
// class of the largest probability p.
func (t *Tally) Classes(outputs []float32, n int, targets *source.Batch) {
	classes := len(outputs) / n
	probs := make([]float32, len(outputs))
	tensor.Softmax(probs, outputs, classes)
	for i, label := range targets.Labels[:n] {
		said, loss := judge(outputs[i*classes:(i+1)*classes], probs[i*classes:(i+1)*classes], label)
		t.Samples, t.Decisions, t.Loss = t.Samples+1, t.Decisions+1, t.Loss+loss
		if said == int(label) {
			t.Right++
		}
	}
}

// judge is the class that a sample with scores z and their softmax p is taken for, −1 if
// they are NaN, and its loss. That is of the scores, since a small probability may have
// become 0.
func judge(z, p []float32, label int32) (said int, loss float64) {
	return Best(p), float64(tensor.SoftmaxCrossEntropy{N: 1, Classes: len(z)}.Forward(z, []int32{label}))
}

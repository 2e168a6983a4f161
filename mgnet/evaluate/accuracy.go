package evaluate

// Accuracy and mean loss, counted in one place for training and evaluation.

import (
	"context"
	"math"

	"mgtool/mgnet"
	"mgtool/source"
	"mgtool/tensor"
	"mgtool/vision"
)

// Best is the index of the largest value, the first of several; −1 if there is
// none, as in a row of NaN.
func Best[T float32 | float64](row []T) int {
	best := -1
	for i, v := range row {
		if v == v && (best < 0 || v > row[best]) {
			best = i
		}
	}
	return best
}

// Tally accumulates the loss and the correct decisions over samples.
type Tally struct {
	Samples int
	Loss    float64 // sum of the losses, each times its weight
	Weight  float64 // sum of the weights: 1 for each sample, unless the task weighs classes
	// Decisions can be right or wrong: one per sample for classes, one per pixel for a
	// mask, none for numbers.
	Decisions, Right int
}

// Accuracy is the share of the decisions that are right, NaN if there are none.
func (t Tally) Accuracy() float64 { return float64(t.Right) / float64(t.Decisions) }

// MeanLoss is the weighted mean of the losses, NaN without any.
func (t Tally) MeanLoss() float64 { return t.Loss / t.Weight }

// Add adds a sample of the class label with the scores z and their softmax p. It
// returns the class of the largest probability, −1 if they are NaN, and −log p(label).
func (t *Tally) Add(z, p []float32, label int32) (said int, loss float64) {
	said = Best(p)
	// Of the scores, since a small p may have become 0.
	loss = float64(tensor.SoftmaxCrossEntropy{N: 1, Classes: len(z)}.Forward(z, []int32{label}))
	t.Samples++
	t.Decisions++
	t.Loss += loss
	t.Weight++
	if said == int(label) {
		t.Right++
	}
	return said, loss
}

// AddClasses adds n samples of one class each: outputs are their scores (n, classes), and
// targets starts with their labels.
func (t *Tally) AddClasses(outputs []float32, n int, targets *source.Batch) {
	classes := len(outputs) / n
	probs := make([]float32, len(outputs))
	tensor.Softmax(probs, outputs, classes)
	for i, label := range targets.Labels[:n] {
		t.Add(outputs[i*classes:(i+1)*classes], probs[i*classes:(i+1)*classes], label)
	}
}

// Accuracy returns the share of a data set's images that the network classifies
// correctly, in [0, 1].
func Accuracy(n *mgnet.Network, d *vision.Dataset) (float64, error) {
	if err := accepts(n.Model, d); err != nil {
		return 0, err
	}
	p, err := NewPredictor(n, BatchOf(n.Model, d.Len()))
	if err != nil {
		return 0, err
	}
	t, err := p.Score(context.Background(), vision.Images{Dataset: d}, (*Tally).AddClasses)
	if err != nil {
		return 0, err
	}
	return t.Accuracy(), nil
}

// Batch is the default number of samples evaluated at a time, at most, and batchValues that
// of the values in a feature map of all of them, 256 MB. They do not change the result.
const (
	Batch       = 200
	batchValues = 1 << 26
)

// BatchOf is how many of n samples are evaluated at a time, 1 or more.
func BatchOf(m mgnet.Model, n int) int {
	return max(1, min(n, Batch, batchValues/mgnet.LargestFeature(m)))
}

// Score evaluates all samples of a source, a batch at a time: judge adds the n samples of
// each batch to a tally, given the network's outputs (n, outputs). It stops between two
// batches when ctx is cancelled.
func (p *Predictor) Score(ctx context.Context, s source.Source, judge func(t *Tally, outputs []float32, n int, targets *source.Batch)) (Tally, error) {
	var t Tally
	err := p.pass(s, func(_ int, outputs []float32, n int, targets *source.Batch) error {
		judge(&t, outputs, n, targets)
		return ctx.Err()
	})
	return t, err
}

// finite reports whether a loss is a number.
func finite(loss float64) bool { return !math.IsInf(loss, 0) && !math.IsNaN(loss) }

package evaluate

// Accuracy: the one place that says when an image is classified right.

import (
	"context"
	"math"

	"mgtool/mgnet"
	"mgtool/tensor"
	"mgtool/vision"
)

// Best is the index of the largest value, the first of several; −1 if there is
// none, as in a row of NaN.
func Best(row []float32) int {
	best := -1
	for i, v := range row {
		if v == v && (best < 0 || v > row[best]) {
			best = i
		}
	}
	return best
}

// Right counts the images whose best class is their label. scores are (N, classes).
func Right(scores []float32, labels []int32, classes int) (right int) {
	for i, label := range labels {
		if Best(scores[i*classes:(i+1)*classes]) == int(label) {
			right++
		}
	}
	return right
}

// tally adds up what a network says of labelled images.
type tally struct {
	images, right []int   // of each class
	loss          float64 // the sum of −log p(label)
}

func newTally(classes int) tally {
	return tally{images: make([]int, classes), right: make([]int, classes)}
}

// add takes in the scores z of an image and their softmax p, and returns the class
// that the image is taken for and its loss.
func (t *tally) add(z, p []float32, label int) (said int, loss float64) {
	labels := []int32{int32(label)}
	// Of the scores, since a small p may have become 0.
	loss = float64(tensor.SoftmaxCrossEntropy{N: 1, Classes: len(z)}.Forward(z, labels))
	t.images[label]++
	t.right[label] += Right(p, labels, len(p))
	t.loss += loss
	return Best(p), loss
}

// accuracy is the share of the images that were classified right.
func (t *tally) accuracy() float64 {
	images, right := 0, 0
	for i, n := range t.right {
		images, right = images+t.images[i], right+n
	}
	return float64(right) / float64(images)
}

// Accuracy is the share of a data set's images that the network classifies
// right, in [0, 1].
func Accuracy(n *mgnet.Network, d *vision.Dataset) (float64, error) {
	if err := Accepts(n.Config, d); err != nil {
		return 0, err
	}
	p, err := NewPredictor(n, min(d.Len(), Batch))
	if err != nil {
		return 0, err
	}
	accuracy, _, err := p.Score(context.Background(), d)
	return accuracy, err
}

// Batch is the default number of images evaluated at a time; it does not change the
// result.
const Batch = 200

// Score is the share of a data set's images that are classified right, and the mean
// cross entropy, which is not finite where scores are not. It ends early, between two
// batches, when ctx is cancelled.
func (p *Predictor) Score(ctx context.Context, d *vision.Dataset) (accuracy, loss float64, err error) {
	classes := p.net.Config.Classes
	t := newTally(len(d.Classes))
	err = p.pass(d, func(first int, logits []float32) error {
		probs := make([]float32, len(logits))
		tensor.Softmax(probs, logits, classes)
		for i := range len(logits) / classes {
			t.add(logits[i*classes:(i+1)*classes], probs[i*classes:(i+1)*classes], int(d.Labels[first+i]))
		}
		return ctx.Err()
	})
	return t.accuracy(), t.loss / float64(d.Len()), err
}

// finite reports whether a loss is a number.
func finite(loss float64) bool { return !math.IsInf(loss, 0) && !math.IsNaN(loss) }

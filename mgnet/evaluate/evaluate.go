// Package evaluate applies a trained network. It computes class probabilities of images,
//
//	p = softmax(mean of the scores over views of the image),
//
// with one view, or several with test-time augmentation; the accuracy, the confusion matrix
// and the worst mistakes on a data set; and the states u, r and g = r + A u on every level
// of the network's walk, as numbers and as pictures.
package evaluate

// Evaluation: accuracy, confusion matrix and worst mistakes from one pass over the images.

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"mgtool/mgnet"
	"mgtool/source"
	"mgtool/tensor"
	"mgtool/vision"
)

// Options control an evaluation.
type Options struct {
	TTA   TTA
	Worst int // mistakes to keep, 0 or more

	Report func(done, images int) // after each batch, if not nil
}

// Evaluation is the result of one pass over a data set.
type Evaluation struct {
	TTA TTA

	// Confusion counts the images of class i (row) that were classified as class j
	// (column). If the model has more classes than the data, one more column counts all
	// those. It is nil for more than 4096 classes.
	Confusion [][]int
	Loss      float64   // mean of −log p(label)
	Mistakes  []Mistake // those of the largest loss, the worst first

	data  *vision.Dataset
	all   Tally
	class []Tally // of the images of each class
}

// confusionClasses is up to how many classes there is a confusion matrix: at most 128 MB.
const confusionClasses = 4096

// Mistake is a misclassified image.
type Mistake struct {
	Index            int // in the data set
	Label, Predicted int // classes
	Probabilities    []float32
	Loss             float64 // −log p(label)
}

// Evaluate classifies all images of a data set. A score that is not finite is an
// error that names the image.
func Evaluate(ctx context.Context, n *mgnet.Network, d *vision.Dataset, o Options) (*Evaluation, error) {
	if err := accepts(n.Model, d); err != nil {
		return nil, err
	}
	if o.Worst < 0 {
		return nil, fmt.Errorf("mgnet: %d worst mistakes; want 0 or more", o.Worst)
	}
	p, err := NewPredictor(n, BatchOf(n.Model, d.Len()))
	if err != nil {
		return nil, err
	}
	p.TTA = o.TTA
	e := newEvaluation(d, n.Model.Sig().Classes, o.TTA)
	err = p.pass(vision.Images{Dataset: d}, func(first int, logits []float32, count int, _ *source.Batch) error {
		if err := e.add(first, logits, n.Model.Sig().Classes, o.Worst); err != nil {
			return err
		}
		if o.Report != nil {
			o.Report(first+count, d.Len())
		}
		return ctx.Err()
	})
	if err != nil {
		return nil, err
	}
	e.Loss = e.all.MeanLoss()
	return e, nil
}

func newEvaluation(d *vision.Dataset, classes int, tta TTA) *Evaluation {
	if tta == "" {
		tta = NoTTA
	}
	e := &Evaluation{TTA: tta, data: d, class: make([]Tally, len(d.Classes))}
	if len(d.Classes) > confusionClasses {
		return e
	}
	for range d.Classes {
		e.Confusion = append(e.Confusion, make([]int, min(classes, len(d.Classes)+1)))
	}
	return e
}

// add takes in the logits of a batch that begins with image first.
func (e *Evaluation) add(first int, logits []float32, classes, worst int) error {
	probs := make([]float32, len(logits))
	tensor.Softmax(probs, logits, classes)
	for i := range len(logits) / classes {
		z, p := logits[i*classes:(i+1)*classes], probs[i*classes:(i+1)*classes]
		label := int(e.data.Labels[first+i])
		said, loss := e.all.Add(z, p, int32(label))
		if said < 0 || !finite(loss) {
			return fmt.Errorf("mgnet: the scores of image %d of %s are not finite: %v", first+i, e.data.Name, z[:min(len(z), 10)])
		}
		if e.Confusion != nil {
			e.Confusion[label][min(said, len(e.Confusion[label])-1)]++
		}
		e.class[label].Decisions++
		if said == label {
			e.class[label].Right++
		} else {
			e.keep(Mistake{first + i, label, said, p, loss}, worst)
		}
	}
	return nil
}

// keep puts a mistake in its place among the worst; of equal ones the first wins.
func (e *Evaluation) keep(m Mistake, worst int) {
	at, _ := slices.BinarySearchFunc(e.Mistakes, m.Loss, func(x Mistake, loss float64) int {
		if x.Loss >= loss {
			return -1
		}
		return 1
	})
	if at < worst {
		e.Mistakes = slices.Insert(e.Mistakes, at, m)
		e.Mistakes = e.Mistakes[:min(worst, len(e.Mistakes))]
	}
}

// Accuracy is the share of the images that were classified correctly.
func (e *Evaluation) Accuracy() float64 { return e.all.Accuracy() }

// Class returns the number of images of a class and the share of them that were
// classified correctly, NaN if there are none.
func (e *Evaluation) Class(i int) (images int, accuracy float64) {
	return e.class[i].Decisions, e.class[i].Accuracy()
}

// ClassName is the name of class i, its number if it has none.
func ClassName(names []string, i int) string {
	if i < len(names) {
		return names[i]
	}
	return strconv.Itoa(i)
}

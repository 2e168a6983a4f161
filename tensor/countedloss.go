package tensor

// The cross-entropy loss of pixels or nodes, some of which have no label.

import (
	"fmt"
	"math"

	"mgtool/internal/parallel"
)

// CountedCrossEntropy is the weighted mean of −log p(label) over the rows that have a
// label,
//
//	L = Σ_i w(y_i) (−log p_i(y_i)) / Σ_i w(y_i),   i with y_i ≥ 0,
//
// where p_i is the [Softmax] of row i of the logits (Rows, Classes). A label of −1 means
// that the row is not counted. Without a row that counts, the loss and its gradient are 0.
// A row is a pixel of a segmentation or a node of a graph.
type CountedCrossEntropy struct {
	Rows, Classes int
	// Weights has one value w per class, 0 or more; nil is 1 for all.
	Weights []float32
}

// weight returns w of a label.
func (l CountedCrossEntropy) weight(label int32) float64 {
	switch {
	case label < 0:
		return 0
	case l.Weights == nil:
		return 1
	}
	return float64(l.Weights[label])
}

// total returns Σ w(y_i).
func (l CountedCrossEntropy) total(labels []int32) float64 {
	return sumOf(l.Rows, func(i int) float64 { return l.weight(labels[i]) })
}

// Forward returns the loss, summed in float64. A NaN in a row that counts makes it NaN.
func (l CountedCrossEntropy) Forward(logits []float32, labels []int32) float32 {
	l.check("counted cross-entropy forward", logits, labels)
	total := l.total(labels)
	if total == 0 {
		return 0
	}
	sum := sumOf(l.Rows, func(i int) float64 {
		w := l.weight(labels[i])
		if w == 0 {
			return 0
		}
		z := logits[i*l.Classes : (i+1)*l.Classes]
		return w * (logSumExp(z) - float64(z[labels[i]]))
	})
	return float32(sum / total)
}

// Backward sets dlogits (Rows, Classes) to scale times the gradient of Forward,
// scale·w(y)·(p − onehot(y))/Σ w, and to 0 in rows that do not count. dlogits may be
// logits.
func (l CountedCrossEntropy) Backward(dlogits, logits []float32, labels []int32, scale float32) {
	const op = "counted cross-entropy backward"
	l.check(op, logits, labels)
	checkLen(op, "dlogits", dlogits, len(logits))
	total := l.total(labels)
	parallel.For(l.Rows, softmaxGrain(l.Classes), func(first, last int) {
		for i := first; i < last; i++ {
			d := dlogits[i*l.Classes : (i+1)*l.Classes]
			w := l.weight(labels[i])
			if w == 0 {
				clear(d)
				continue
			}
			softmaxRow(d, logits[i*l.Classes:(i+1)*l.Classes])
			d[labels[i]]--
			factor := float32(w / total * float64(scale))
			for k := range d {
				d[k] *= factor
			}
		}
	})
}

func (l CountedCrossEntropy) check(op string, logits []float32, labels []int32) {
	checkLen(op, "logits", logits, l.Rows*l.Classes)
	if len(labels) != l.Rows {
		panic(fmt.Sprintf("tensor: %s: %d labels, want %d", op, len(labels), l.Rows))
	}
	for i, k := range labels {
		if k < -1 || int(k) >= l.Classes {
			panic(fmt.Sprintf("tensor: %s: label %d of row %d, want −1 to %d", op, k, i, l.Classes-1))
		}
	}
	if l.Weights == nil {
		return
	}
	checkLen(op, "weights", l.Weights, l.Classes)
	for k, w := range l.Weights {
		if !(w >= 0) || math.IsInf(float64(w), 0) {
			panic(fmt.Sprintf("tensor: %s: weight %v of class %d, want 0 or more", op, w, k))
		}
	}
}

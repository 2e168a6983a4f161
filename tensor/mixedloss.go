package tensor

// The cross-entropy loss of samples that belong to several classes in part, after mixup
// or label smoothing.

import (
	"fmt"

	"mgtool/internal/parallel"
)

// MixedCrossEntropy is the mean over a batch of N samples of
//
//	−(1 − s) (w log p(label) + (1 − w) log p(other)) − s/Classes Σ_k log p(k),
//
// where p is the [Softmax] of the logits (N, Classes), w in [0, 1] is the sample's
// weight, and s in [0, 1) is the label Smoothing (C. Szegedy et al., CVPR 2016). If
// s = 0 and all weights are 1, it has the bits of [SoftmaxCrossEntropy].
type MixedCrossEntropy struct {
	N, Classes int
	Smoothing  float64
}

// Forward returns the loss, summed in float64. A NaN in the logits makes it NaN.
func (l MixedCrossEntropy) Forward(logits []float32, labels, others []int32, weights []float32) float32 {
	l.check("mixed cross-entropy forward", logits, labels, others, weights)
	sum := sumOf(l.N, func(n int) float64 {
		z, w := logits[n*l.Classes:(n+1)*l.Classes], float64(weights[n])
		// Either logarithm alone may be large, so mix the losses, not the logits.
		shift := logSumExp(z)
		loss := w * (shift - float64(z[labels[n]]))
		if w != 1 {
			loss += (1 - w) * (shift - float64(z[others[n]]))
		}
		if l.Smoothing != 0 {
			sum := 0.0
			for _, v := range z {
				sum += float64(v)
			}
			loss += l.Smoothing * (shift - sum/float64(l.Classes) - loss)
		}
		return loss
	})
	return float32(sum / float64(l.N))
}

// Backward sets dlogits (N, Classes) to scale times the gradient of Forward,
// scale·(p − (1 − s)(w·onehot(label) + (1 − w)·onehot(other)) − s/Classes)/N.
// dlogits may be logits.
func (l MixedCrossEntropy) Backward(dlogits, logits []float32, labels, others []int32, weights []float32, scale float32) {
	l.check("mixed cross-entropy backward", logits, labels, others, weights)
	checkLen("mixed cross-entropy backward", "dlogits", dlogits, len(logits))
	factor := scale / float32(l.N)
	rest, share := float32(1-l.Smoothing), float32(l.Smoothing/float64(l.Classes))
	parallel.For(l.N, softmaxGrain(l.Classes), func(first, last int) {
		for n := first; n < last; n++ {
			d := dlogits[n*l.Classes : (n+1)*l.Classes]
			softmaxRow(d, logits[n*l.Classes:(n+1)*l.Classes])
			d[labels[n]] -= weights[n] * rest
			d[others[n]] -= (1 - weights[n]) * rest
			for k := range d {
				d[k] = (d[k] - share) * factor
			}
		}
	})
}

func (l MixedCrossEntropy) check(op string, logits []float32, labels, others []int32, weights []float32) {
	plain := SoftmaxCrossEntropy{l.N, l.Classes}
	plain.check(op, logits, labels)
	plain.check(op, logits, others)
	checkLen(op, "weights", weights, l.N)
	if !(l.Smoothing >= 0 && l.Smoothing < 1) {
		panic(fmt.Sprintf("tensor: %s: label smoothing %v, want 0 or more and less than 1", op, l.Smoothing))
	}
	for n, w := range weights {
		if !(w >= 0 && w <= 1) {
			panic(fmt.Sprintf("tensor: %s: weight %v of sample %d, want 0 to 1", op, w, n))
		}
	}
}

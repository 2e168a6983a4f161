package tensor

// Softmax and the cross-entropy loss of a classifier.

import (
	"fmt"
	"math"

	"mgtool/internal/parallel"
)

// Softmax sets every row of p to the probabilities p[k] = exp(z[k]) / Σ_j exp(z[j])
// of the same row z of logits, each of the given number of classes. Subtracting the
// largest logit first prevents overflow; a row with a NaN or +Inf becomes NaN. p may be
// logits.
func Softmax(p, logits []float32, classes int) {
	if classes < 1 || len(logits)%classes != 0 {
		panic(fmt.Sprintf("tensor: softmax: logits has %d values, want a multiple of the %d classes", len(logits), classes))
	}
	checkLen("softmax", "p", p, len(logits))
	parallel.For(len(logits)/classes, softmaxGrain(classes), func(first, last int) {
		for n := first; n < last; n++ {
			softmaxRow(p[n*classes:(n+1)*classes], logits[n*classes:(n+1)*classes])
		}
	})
}

func softmaxRow(p, z []float32) {
	shift := logSumExp(z)
	for k, v := range z {
		p[k] = float32(math.Exp(float64(v) - shift))
	}
}

// softmaxGrain returns the least number of rows worth a core; exp is slow.
func softmaxGrain(classes int) int { return 1024/classes + 1 }

// logSumExp returns log Σ exp(z), computed around the largest value.
func logSumExp(z []float32) float64 {
	top := math.Inf(-1)
	for _, v := range z {
		top = max(top, float64(v)) // max of a NaN is NaN
	}
	sum := 0.0
	for _, v := range z {
		sum += math.Exp(float64(v) - top)
	}
	return top + math.Log(sum)
}

// SoftmaxCrossEntropy is the mean over a batch of N samples of −log p(label),
// where p is the [Softmax] of the logits (N, Classes). Labels are in [0, Classes).
type SoftmaxCrossEntropy struct{ N, Classes int }

// Forward returns the loss, summed in float64. A NaN in the logits makes it NaN.
func (l SoftmaxCrossEntropy) Forward(logits []float32, labels []int32) float32 {
	l.check("softmax cross-entropy forward", logits, labels)
	sum := sumOf(l.N, func(n int) float64 {
		z := logits[n*l.Classes : (n+1)*l.Classes]
		return logSumExp(z) - float64(z[labels[n]])
	})
	return float32(sum / float64(l.N))
}

// Backward sets dlogits (N, Classes) to scale times the gradient of Forward,
// scale·(p − onehot(label))/N. scale is the derivative by the loss of what is computed
// from it, or 1. dlogits may be logits.
func (l SoftmaxCrossEntropy) Backward(dlogits, logits []float32, labels []int32, scale float32) {
	l.check("softmax cross-entropy backward", logits, labels)
	checkLen("softmax cross-entropy backward", "dlogits", dlogits, len(logits))
	factor := scale / float32(l.N)
	parallel.For(l.N, softmaxGrain(l.Classes), func(first, last int) {
		for n := first; n < last; n++ {
			d := dlogits[n*l.Classes : (n+1)*l.Classes]
			softmaxRow(d, logits[n*l.Classes:(n+1)*l.Classes])
			d[labels[n]]--
			for k := range d {
				d[k] *= factor
			}
		}
	})
}

func (l SoftmaxCrossEntropy) check(op string, logits []float32, labels []int32) {
	checkLen(op, "logits", logits, l.N*l.Classes)
	if len(labels) != l.N {
		panic(fmt.Sprintf("tensor: %s: %d labels, want %d", op, len(labels), l.N))
	}
	for n, k := range labels {
		if k < 0 || int(k) >= l.Classes {
			panic(fmt.Sprintf("tensor: %s: label %d of sample %d, want 0 to %d", op, k, n, l.Classes-1))
		}
	}
}

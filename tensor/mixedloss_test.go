package tensor

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"mgtool/tensor/gradtest"
)

// The loss is the mixture of the two plain losses, sample by sample, and its
// gradient that of the loss; with weights 1 both are the plain ones.
func TestMixedCrossEntropy(t *testing.T) {
	for _, l := range []MixedCrossEntropy{{N: 1, Classes: 1}, {N: 1, Classes: 2}, {N: 6, Classes: 3}, {N: 40, Classes: 10}, {N: 6, Classes: 3, Smoothing: .2}} {
		logits, labels := gradtest.Random(l.N*l.Classes, 1), labelsFor(l.N, l.Classes)
		others, weights, ones := make([]int32, l.N), make([]float32, l.N), make([]float32, l.N)
		want := 0.0
		for n := range l.N {
			others[n], weights[n], ones[n] = int32((n*n+1)%l.Classes), float32(n%5)/4, 1
			one := SoftmaxCrossEntropy{1, l.Classes}
			z := logits[n*l.Classes : (n+1)*l.Classes]
			w := float64(weights[n])
			mixed := w*float64(one.Forward(z, labels[n:n+1])) + (1-w)*float64(one.Forward(z, others[n:n+1]))
			uniform := 0.0
			for k := range l.Classes {
				uniform += float64(one.Forward(z, []int32{int32(k)})) / float64(l.Classes)
			}
			want += ((1-l.Smoothing)*mixed + l.Smoothing*uniform) / float64(l.N)
		}
		if got := float64(l.Forward(logits, labels, others, weights)); math.Abs(got-want) > 1e-6*(1+want) { // float32 losses
			t.Errorf("%+v: loss %v, want %v", l, got, want)
		}
		d, plain := gradtest.NaNs(len(logits)), gradtest.NaNs(len(logits))
		if l.Classes > 1 {
			l.Backward(d, logits, labels, others, weights, 1.5)
			f := func() float64 { return 1.5 * float64(l.Forward(logits, labels, others, weights)) }
			gradtest.Check(t, fmt.Sprintf("%+v", l), logits, f, d)
		}
		if l.Smoothing != 0 {
			continue
		}
		plainLoss := SoftmaxCrossEntropy{l.N, l.Classes}
		if got, want := l.Forward(logits, labels, others, ones), plainLoss.Forward(logits, labels); got != want {
			t.Errorf("%+v with weights 1: %v, want %v", l, got, want)
		}
		l.Backward(d, logits, labels, others, ones, 2)
		plainLoss.Backward(plain, logits, labels, 2)
		if !slices.Equal(d, plain) {
			t.Errorf("%+v with weights 1: another gradient", l)
		}
	}
	l := MixedCrossEntropy{N: 1, Classes: 2}
	wantPanic(t, "weight 1.5 of sample 0, want 0 to 1", func() { l.Forward(make([]float32, 2), []int32{0}, []int32{1}, []float32{1.5}) })
	wantPanic(t, "label 2 of sample 0", func() { l.Forward(make([]float32, 2), []int32{0}, []int32{2}, []float32{1}) })
	nan := float32(math.NaN())
	if v := l.Forward([]float32{0, nan}, []int32{0}, []int32{1}, []float32{1}); v == v {
		t.Error("a NaN is lost")
	}
}

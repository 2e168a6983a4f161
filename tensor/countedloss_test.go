package tensor

import (
	"fmt"
	"math"
	"testing"

	"mgtool/tensor/gradtest"
)

// The loss is the weighted mean of the plain losses of the rows that count, and its
// gradient that of the loss; where every row counts it is the plain one.
func TestCountedCrossEntropy(t *testing.T) {
	for _, l := range []CountedCrossEntropy{
		{Rows: 1, Classes: 2}, {Rows: 7, Classes: 3}, {Rows: 60, Classes: 4},
		{Rows: 40, Classes: 3, Weights: []float32{.25, 0, 2}},
	} {
		logits, labels := gradtest.Random(l.Rows*l.Classes, 1), labelsFor(l.Rows, l.Classes)
		for i := range labels {
			if i%3 == 1 {
				labels[i] = -1
			}
		}
		sum, total := 0.0, 0.0
		for i, k := range labels {
			if k < 0 {
				continue
			}
			w := 1.0
			if l.Weights != nil {
				w = float64(l.Weights[k])
			}
			one := SoftmaxCrossEntropy{1, l.Classes}
			sum += w * float64(one.Forward(logits[i*l.Classes:(i+1)*l.Classes], labels[i:i+1]))
			total += w
		}
		if got, want := float64(l.Forward(logits, labels)), sum/total; math.Abs(got-want) > 1e-6*(1+want) { // float32 losses
			t.Errorf("%+v: loss %v, want %v", l, got, want)
		}
		d := gradtest.NaNs(len(logits))
		l.Backward(d, logits, labels, 1.5)
		gradtest.Check(t, fmt.Sprintf("%+v", l), logits, func() float64 { return 1.5 * float64(l.Forward(logits, labels)) }, d)
		if l.Weights != nil {
			continue
		}
		all, plain := labelsFor(l.Rows, l.Classes), SoftmaxCrossEntropy{l.Rows, l.Classes}
		if got, want := l.Forward(logits, all), plain.Forward(logits, all); got != want {
			t.Errorf("%+v with all labels: %v, want %v", l, got, want)
		}
	}
}

// Rows that do not count may hold anything; if none counts, nothing is learned.
func TestCountedCrossEntropyNone(t *testing.T) {
	nan := float32(math.NaN())
	l := CountedCrossEntropy{Rows: 2, Classes: 2}
	z, labels := []float32{nan, 1, 0, 0}, []int32{-1, 1}
	if got := l.Forward(z, labels); math.Abs(float64(got)-math.Ln2) > 1e-7 {
		t.Errorf("loss %v beside a row that does not count, want log 2", got)
	}
	d := gradtest.NaNs(4)
	l.Backward(d, z, labels, 1)
	if d[0] != 0 || d[1] != 0 || d[2] != .5 || d[3] != -.5 {
		t.Errorf("gradient %v", d)
	}
	if got := l.Forward(z, []int32{0, 1}); got == got {
		t.Error("a NaN is lost")
	}
	none := []int32{-1, -1}
	l.Backward(d, z, none, 1)
	if got := l.Forward(z, none); got != 0 || d[2] != 0 || d[3] != 0 {
		t.Errorf("no row counts: loss %v, gradient %v; want 0", got, d)
	}
	wantPanic(t, "label -2 of row 0, want −1 to 1", func() { l.Forward(z, []int32{-2, 0}) })
	l.Weights = []float32{1, nan}
	wantPanic(t, "weight NaN of class 1", func() { l.Forward(z, none) })
}

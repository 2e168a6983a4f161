package tensor

import (
	"testing"

	"mgtool/tensor/gradtest"
)

// Bytes are those that must be read and written.
func BenchmarkElementwise(b *testing.B) {
	s := Shape{32, 32, 32, 64}
	n := mustBatchNorm(b, s.C)
	x, dy := gradtest.Random(s.Len(), 1), gradtest.Random(s.Len(), 2)
	y, gamma, beta := gradtest.NaNs(s.Len()), gradtest.Random(s.C, 3), gradtest.Random(s.C, 4)
	relu, _ := LookupActivation("relu")
	gelu, _ := LookupActivation("gelu")
	for _, op := range []struct {
		name  string
		moves int // slices of the size of x that are read or written
		run   func()
	}{
		{"batchnorm/train", 3, func() { n.Forward(y, x, gamma, beta, true) }},
		{"batchnorm/eval", 2, func() { n.Forward(y, x, gamma, beta, false) }},
		{"batchnorm/backward", 5, func() { n.Backward(y, gamma, beta, dy, x, gamma) }},
		{"relu", 2, func() { relu.Forward(y, x, nil) }},
		{"relu/backward", 3, func() { relu.Backward(y, nil, dy, x, nil) }},
		{"gelu", 2, func() { gelu.Forward(y, x, nil) }},
		{"gelu/backward", 3, func() { gelu.Backward(y, nil, dy, x, nil) }},
		{"add", 3, func() { Add(y, x, dy) }},
	} {
		b.Run(op.name, func(b *testing.B) {
			b.SetBytes(int64(op.moves * 4 * s.Len()))
			for b.Loop() {
				op.run()
			}
		})
	}
}

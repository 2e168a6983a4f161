package tensor

// What the tests of several operations share.

import (
	"math"
	"math/rand/v2"
	"testing"

	"mgtool/tensor/gradtest"
)

// unit is the relative rounding error of float32.
const unit = 1.0 / (1 << 24)

func mustConv(t testing.TB, in Shape, channels, kernel, stride, pad int) *Conv {
	t.Helper()
	c, err := NewConv(in, channels, kernel, stride, pad)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// away returns normal values with |x| > 0.2, out of reach of a kink at 0: the
// differences of gradtest move a value by 2/32 of their root mean square, 1.1.
func away(n int, seed uint64) []float32 {
	x := gradtest.Random(n, seed)
	for i, v := range x {
		x[i] = v + float32(math.Copysign(0.2, float64(v)))
	}
	return x
}

func labelsFor(n, classes int) []int32 {
	rng := rand.New(rand.NewPCG(uint64(n), uint64(classes)))
	labels := make([]int32, n)
	for i := range labels {
		labels[i] = int32(rng.IntN(classes))
	}
	return labels
}

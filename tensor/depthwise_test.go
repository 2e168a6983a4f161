package tensor

import (
	"fmt"
	"math"
	"testing"

	"mgtool/tensor/gradtest"
)

// A depthwise convolution is the full one whose kernel is a diagonal: values and both
// gradients, also where the kernel is larger than the image.
func TestDepthwise(t *testing.T) {
	for _, c := range []struct {
		s    Shape
		h, w int
	}{
		{Shape{2, 7, 6, 3}, 3, 3}, {Shape{1, 1, 1, 1}, 3, 3}, {Shape{3, 5, 4, 17}, 1, 1}, {Shape{2, 2, 3, 8}, 5, 5}, {Shape{9, 32, 32, 33}, 3, 3},
		{Shape{3, 1, 20, 5}, 1, 7}, {Shape{3, 9, 8, 5}, 5, 3},
	} {
		name := fmt.Sprintf("%v, %d×%d", c.s, c.h, c.w)
		d, err := NewDepthwiseWindow(c.s, [2]int{c.h, c.w})
		if err != nil {
			t.Fatal(err)
		}
		channels := c.s.C
		x, w, r := gradtest.Random(c.s.Len(), 1), gradtest.Random(c.h*c.w*channels, 2), gradtest.Random(c.s.Len(), 3)
		full, err := NewConvWindow(c.s, channels, Window{[2]int{c.h, c.w}, [2]int{1, 1}, [2]int{c.h / 2, c.w / 2}})
		if err != nil {
			t.Fatal(err)
		}
		diagonal := make([]float32, len(w)*channels)
		for i, v := range w {
			diagonal[i*channels+i%channels] = v
		}
		near := func(what string, got, want []float32) {
			t.Helper()
			for i, v := range got {
				if math.Abs(float64(v-want[i])) > 3e-5*math.Sqrt(float64(len(x)/channels)) {
					t.Fatalf("%s: %s[%d] is %g, want %g", name, what, i, v, want[i])
				}
			}
		}
		y, want := gradtest.NaNs(len(x)), gradtest.NaNs(len(x))
		d.Forward(y, x, w)
		full.Forward(want, x, diagonal)
		near("y", y, want)
		d.BackwardInput(y, r, w)
		full.BackwardInput(want, r, diagonal)
		near("dx", y, want)
		dw, wantAll, wantDiagonal := gradtest.NaNs(len(w)), gradtest.NaNs(len(diagonal)), gradtest.NaNs(len(w))
		d.BackwardWeight(dw, r, x)
		full.BackwardWeight(wantAll, r, x)
		for i := range dw {
			wantDiagonal[i] = wantAll[i*channels+i%channels]
		}
		near("dw", dw, wantDiagonal)
	}
	for _, k := range []int{0, -1, 2} {
		if _, err := NewDepthwise(Shape{1, 2, 2, 1}, k); err == nil {
			t.Errorf("kernel of %d: no error", k)
		}
	}
}

package tensor

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"mgtool/tensor/gradtest"
)

// windows are convolutions of several kernel sizes, strides and paddings, the same
// along both axes or not; a sequence is one row high.
func windows(t *testing.T) []*Conv {
	var list []*Conv
	add := func(in Shape, channels int, w Window) {
		c, err := NewConvWindow(in, channels, w)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, c)
	}
	for _, ch := range [][2]int{{1, 1}, {3, 10}, {10, 3}} {
		for _, k := range []int{1, 2, 3, 5, 7} {
			for stride := 1; stride <= 2; stride++ {
				for _, pad := range []int{0, (k - 1) / 2, k - 1} {
					add(Shape{2, 1, 11, ch[0]}, ch[1], Window{[2]int{1, k}, [2]int{1, stride}, [2]int{0, pad}})
					for _, hw := range [][2]int{{1, 1}, {3, 3}, {4, 4}, {7, 5}} {
						if hw[0]+2*pad >= k && hw[1]+2*pad >= k {
							add(Shape{2, hw[0], hw[1], ch[0]}, ch[1], SquareWindow(k, stride, pad))
						}
					}
				}
			}
		}
		add(Shape{2, 7, 5, ch[0]}, ch[1], Window{[2]int{5, 2}, [2]int{2, 1}, [2]int{2, 0}})
		add(Shape{2, 4, 9, ch[0]}, ch[1], Window{[2]int{1, 4}, [2]int{3, 2}, [2]int{0, 3}})
		add(Shape{2, 6, 6, ch[0]}, ch[1], Window{[2]int{3, 3}, [2]int{1, 1}, [2]int{0, 2}})
	}
	return list
}

func TestConvGradient(t *testing.T) {
	for _, c := range windows(t) {
		name := fmt.Sprintf("%v to %v, %+v", c.In, c.Out, c.Window)
		x, w := gradtest.Random(c.In.Len(), 1), gradtest.Random(c.WeightLen(), 2)
		y, r := gradtest.NaNs(c.Out.Len()), gradtest.Random(c.Out.Len(), 3)
		dx, dw := gradtest.NaNs(len(x)), gradtest.NaNs(len(w))
		c.BackwardInput(dx, r, w)
		c.BackwardWeight(dw, r, x)
		f := func() float64 { c.Forward(y, x, w); return gradtest.Dot(r, y) }
		if gradtest.Dot(dx, dx) > 0 { // a single padded 1×1 image may not reach every output
			gradtest.Check(t, "input, "+name, x, f, dx)
		}
		gradtest.Check(t, "weights, "+name, w, f, dw)
	}
}

// The transposed convolution of each window, back to a fine size that may be larger
// than the smallest. With larger kernels and paddings, differences are too noisy.
func TestConvTransposeGradient(t *testing.T) {
	for _, c := range windows(t) {
		if max(c.Size[0], c.Size[1]) > 5 || c.Pad[0] > 2 || c.Pad[1] > 2 {
			continue
		}
		tr, err := NewConvTransposeWindow(c.Out, 4, c.Window, c.In.H, c.In.W)
		if err != nil {
			t.Fatal(err)
		}
		name := fmt.Sprintf("%v to %v, %+v", tr.In, tr.Out, tr.Window)
		x, w := gradtest.Random(tr.In.Len(), 1), gradtest.Random(tr.WeightLen(), 2)
		y, r := gradtest.NaNs(tr.Out.Len()), gradtest.Random(tr.Out.Len(), 3)
		dx, dw := gradtest.NaNs(len(x)), gradtest.NaNs(len(w))
		tr.BackwardInput(dx, r, w)
		tr.BackwardWeight(dw, r, x)
		f := func() float64 { tr.Forward(y, x, w); return gradtest.Dot(r, y) }
		gradtest.Check(t, "transposed, input, "+name, x, f, dx)
		if gradtest.Dot(dw, dw) > 0 {
			gradtest.Check(t, "transposed, weights, "+name, w, f, dw)
		}
	}
}

// A sequence of one row and the same sequence as one column have the same convolution.
func TestConvOfSequences(t *testing.T) {
	for _, w := range []Window{
		{[2]int{1, 5}, [2]int{1, 2}, [2]int{0, 2}}, {[2]int{1, 3}, [2]int{1, 1}, [2]int{0, 1}}, {[2]int{1, 4}, [2]int{1, 3}, [2]int{0, 0}},
	} {
		for _, ch := range [][2]int{{1, 1}, {3, 8}} {
			turned := Window{[2]int{w.Size[1], 1}, [2]int{w.Stride[1], 1}, [2]int{w.Pad[1], 0}}
			row, err := NewConvWindow(Shape{2, 1, 23, ch[0]}, ch[1], w)
			if err != nil {
				t.Fatal(err)
			}
			column, err := NewConvWindow(Shape{2, 23, 1, ch[0]}, ch[1], turned)
			if err != nil {
				t.Fatal(err)
			}
			if want := (Shape{2, 1, (23+2*w.Pad[1]-w.Size[1])/w.Stride[1] + 1, ch[1]}); row.Out != want || row.WeightLen() != w.Size[1]*ch[0]*ch[1] {
				t.Errorf("%+v: out %v, %d weights; want %v and %d", w, row.Out, row.WeightLen(), want, w.Size[1]*ch[0]*ch[1])
			}
			x, weights := gradtest.Random(row.In.Len(), 1), gradtest.Random(row.WeightLen(), 2)
			a, b := gradtest.NaNs(row.Out.Len()), gradtest.NaNs(row.Out.Len())
			row.Forward(a, x, weights)
			column.Forward(b, x, weights)
			for i, v := range a { // sums of at most 15 products
				if math.Abs(float64(v-b[i])) > 64*unit {
					t.Fatalf("%+v: value %d is %v in a row, %v in a column", w, i, v, b[i])
				}
			}
		}
	}
}

// The bilinear kernel [1 2 1; 2 4 2; 1 2 1]/4 prolongs the 3×3 interior of a
// coarse grid to the 7×7 interior of the fine one, with 0 on the boundary: a
// fine point on a coarse one takes its value, one between two takes their mean,
// one amid four the mean of the four. All values are multiples of 1/4: exact.
func TestConvTransposeInterpolates(t *testing.T) {
	c, err := NewConvTranspose(Shape{1, 3, 3, 1}, 1, 3, 2, 0, 7, 7)
	if err != nil {
		t.Fatal(err)
	}
	kernel := []float32{.25, .5, .25, .5, 1, .5, .25, .5, .25}
	coarse := []float32{
		4, 8, 12,
		16, 20, 24,
		0, 40, 100,
	}
	want := []float32{
		1, 2, 3, 4, 5, 6, 3,
		2, 4, 6, 8, 10, 12, 6,
		5, 10, 12, 14, 16, 18, 9,
		8, 16, 18, 20, 22, 24, 12,
		4, 8, 19, 30, 46, 62, 31,
		0, 0, 20, 40, 70, 100, 50,
		0, 0, 10, 20, 35, 50, 25,
	}
	got := gradtest.NaNs(49)
	c.Forward(got, coarse, kernel)
	if !gradtest.SameBits(got, want) {
		t.Errorf("interpolated\n%v, want\n%v", got, want)
	}
}

func TestConvSizes(t *testing.T) {
	// 32×32, kernel 3, padding 1: sizes and multiply-adds of MgNet's first level.
	c := mustConv(t, Shape{2, 32, 32, 64}, 64, 3, 1, 1)
	if want := (Shape{2, 32, 32, 64}); c.Out != want {
		t.Errorf("out %v, want %v", c.Out, want)
	}
	if got, want := c.MACs(), int64(2*32*32*64*64*9); got != want {
		t.Errorf("%d multiply-adds, want %d", got, want)
	}
	if got, want := c.WeightLen(), 9*64*64; got != want {
		t.Errorf("%d weights, want %d", got, want)
	}
	if c := mustConv(t, Shape{2, 32, 32, 64}, 8, 3, 2, 1); c.Out != (Shape{2, 16, 16, 8}) {
		t.Errorf("out %v, want 16×16 with 8 channels", c.Out)
	}
}

func TestConvErrors(t *testing.T) {
	in := Shape{1, 4, 4, 1}
	cases := []struct {
		in                             Shape
		channels, kernel, stride, pads int
		want                           string
	}{
		{Shape{0, 4, 4, 1}, 1, 3, 1, 1, "N=0"},
		{Shape{1, 4, 4, -2}, 1, 3, 1, 1, "C=-2"},
		{in, 0, 3, 1, 1, "0 output channels"},
		{in, 1, 0, 1, 0, "kernel size 0"},
		{in, 1, 3, 0, 1, "stride 0"},
		{in, 1, 3, 1, -1, "padding -1"},
		{in, 1, 3, 1, 5000, "want 0 to 4096"},
		{in, 1, 7, 1, 1, "larger than the 4×4 image"},
	}
	for _, c := range cases {
		_, err := NewConv(c.in, c.channels, c.kernel, c.stride, c.pads)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "tensor: ") {
			t.Errorf("%+v: error %v, want it to name %q", c, err, c.want)
		}
	}
	for want, w := range map[string]Window{
		"kernel size 0×3":        {[2]int{0, 3}, [2]int{1, 1}, [2]int{}},
		"stride 1×0":             {[2]int{1, 3}, [2]int{1, 0}, [2]int{}},
		"padding 0×-1":           {[2]int{1, 3}, [2]int{1, 1}, [2]int{0, -1}},
		"kernel size 1×5 is lar": {[2]int{1, 5}, [2]int{1, 1}, [2]int{1, 0}},
	} {
		if _, err := NewConvWindow(in, 1, w); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: error %v, want it to name %q", w, err, want)
		}
	}
	for _, size := range []int{6, 9} { // 7 and 8 fit
		_, err := NewConvTranspose(Shape{1, 3, 3, 1}, 1, 3, 2, 0, size, 7)
		if err == nil || !strings.Contains(err.Error(), "want height 7 and width 7, or up to 1 more") {
			t.Errorf("to %d×7: error %v, want one that names the sizes that fit", size, err)
		}
	}
	if _, err := NewConvTranspose(Shape{1, 3, 3, 1}, 0, 3, 2, 0, 7, 7); err == nil {
		t.Error("no channels: no error")
	}
}

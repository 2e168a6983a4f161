package tensor

import (
	"math"
	"strings"
	"testing"

	"mgtool/tensor/gradtest"
)

// Forward and both gradients are the sums of the definition; the tolerance is
// the bound of [bilinear], or of Winograd's way where it is chosen.
func TestConvAgainstDefinition(t *testing.T) {
	for _, c := range append(geometries(t), larger(t)...) {
		in := normal(c, 1)
		x, w, dy := in.x, in.w, in.dy
		want := asPlanned(c, in)
		for pass, got := range in.passes(c) {
			want[pass].compare(t, passNames[pass]+" of "+label(c), got)
		}

		// The transposed convolution is the same three sums with x and y exchanged.
		tr, err := NewConvTranspose(c.Out, c.In.C, c.K, c.Stride, c.Pad, c.In.H, c.In.W)
		if err != nil {
			t.Fatal(err)
		}
		if tr.Out != c.In || tr.WeightLen() != len(w) || tr.MACs() != c.MACs() {
			t.Errorf("transposed %s: out %v, %d weights, %d MACs", label(c), tr.Out, tr.WeightLen(), tr.MACs())
		}
		dx, y, dw := garbage(len(x)), garbage(len(dy)), garbage(len(w))
		tr.Forward(dx, dy, w)
		tr.BackwardInput(y, x, w)
		tr.BackwardWeight(dw, x, dy)
		want[1].compare(t, "transposed forward "+label(c), dx)
		want[0].compare(t, "transposed backward input "+label(c), y)
		want[2].compare(t, "transposed backward weight "+label(c), dw)
	}
}

// asPlanned is what the three passes give by the way that a convolution takes of itself.
func asPlanned(c *Conv, in operands) [3]expected {
	if _, fast := c.forward.(*winograd); fast {
		return filter(c, in)["Winograd"]
	}
	return definition(c, in)
}

// ⟨C x, y⟩ = ⟨x, Cᵀ y⟩, to what the errors of both may make of it.
func TestConvAdjoint(t *testing.T) {
	for _, c := range append(geometries(t), larger(t)...) {
		tr, err := NewConvTranspose(c.Out, c.In.C, c.K, c.Stride, c.Pad, c.In.H, c.In.W)
		if err != nil {
			t.Fatal(err)
		}
		in := normal(c, 4)
		cx, cty := garbage(len(in.dy)), garbage(len(in.x))
		c.Forward(cx, in.x, in.w)
		tr.Forward(cty, in.dy, in.w)
		left, right := gradtest.Dot(cx, in.dy), gradtest.Dot(in.x, cty)
		want, bound := asPlanned(c, in), 0.0
		for i, e := range want[0].bound {
			bound += e * math.Abs(float64(in.dy[i]))
		}
		for i, e := range want[1].bound {
			bound += e * math.Abs(float64(in.x[i]))
		}
		if diff := math.Abs(left - right); !(diff <= bound) {
			t.Errorf("%s: ⟨Cx, y⟩ = %v, ⟨x, Cᵀy⟩ = %v, differ by %.2g, want at most %.2g", label(c), left, right, diff, bound)
		}
	}
}

func TestConvGradient(t *testing.T) {
	for _, c := range geometries(t) {
		if c.Pad != 0 && c.Pad != (c.K-1)/2 && c.Pad != c.K-1 {
			continue // the paddings between differ in nothing
		}
		x, w := gradtest.Random(c.In.Len(), 1), gradtest.Random(c.WeightLen(), 2)
		y, r := garbage(c.Out.Len()), gradtest.Random(c.Out.Len(), 3)
		dx, dw := garbage(len(x)), garbage(len(w))
		c.BackwardInput(dx, r, w)
		c.BackwardWeight(dw, r, x)
		f := func() float64 { c.Forward(y, x, w); return gradtest.Dot(r, y) }
		if gradtest.Dot(dx, dx) > 0 { // a single padded 1×1 image may not reach every output
			gradtest.Check(t, "input, "+label(c), x, f, dx)
		}
		gradtest.Check(t, "weights, "+label(c), w, f, dw)
	}
}

func TestConvTransposeGradient(t *testing.T) {
	for _, k := range []int{1, 2, 3, 5} {
		for stride := 1; stride <= 2; stride++ {
			for _, pad := range []int{0, k / 2} {
				in := Shape{2, 3, 4, 3}
				h, w := (in.H-1)*stride+k-2*pad, (in.W-1)*stride+k-2*pad+stride-1
				c, err := NewConvTranspose(in, 4, k, stride, min(pad, k-1), h, w)
				if err != nil {
					t.Fatal(err)
				}
				x, wt := gradtest.Random(c.In.Len(), 1), gradtest.Random(c.WeightLen(), 2)
				y, r := garbage(c.Out.Len()), gradtest.Random(c.Out.Len(), 3)
				dx, dw := garbage(len(x)), garbage(len(wt))
				c.BackwardInput(dx, r, wt)
				c.BackwardWeight(dw, r, x)
				f := func() float64 { c.Forward(y, x, wt); return gradtest.Dot(r, y) }
				gradtest.Check(t, "transposed, input", x, f, dx)
				gradtest.Check(t, "transposed, weights", wt, f, dw)
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
	got := garbage(49)
	c.Forward(got, coarse, kernel)
	if !sameBits(got, want) {
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

// 0·NaN and 0·Inf are NaN, also where the other factor is zero as after a ReLU.
func TestConvKeepsNaN(t *testing.T) {
	c := mustConv(t, Shape{1, 4, 4, 2}, 2, 3, 1, 1)
	isNaN := func(what string, s []float32) {
		t.Helper()
		for _, v := range s {
			if v != v {
				return
			}
		}
		t.Errorf("%s: no NaN comes out", what)
	}
	zeros := func(n int) []float32 { return make([]float32, n) }
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		x, w, dy := zeros(c.In.Len()), zeros(c.WeightLen()), zeros(c.Out.Len())
		x[10], w[20], dy[10] = float32(bad), float32(bad), float32(bad)
		y, dx, dw := zeros(len(dy)), zeros(len(x)), zeros(len(w))
		c.Forward(y, x, zeros(len(w)))
		isNaN("forward, x", y)
		c.Forward(y, zeros(len(x)), w)
		isNaN("forward, w", y)
		c.BackwardInput(dx, dy, zeros(len(w)))
		isNaN("backward input, dy", dx)
		c.BackwardInput(dx, zeros(len(dy)), w)
		isNaN("backward input, w", dx)
		c.BackwardWeight(dw, dy, zeros(len(x)))
		isNaN("backward weight, dy", dw)
		c.BackwardWeight(dw, zeros(len(dy)), x)
		isNaN("backward weight, x", dw)
	}
}

// From one channel to one, with its own loops: a NaN or an Inf reaches all it
// should, also through a weight of 0, and nothing further than the kernel.
func TestConvOneChannelKeepsNaN(t *testing.T) {
	for stride := 1; stride <= 2; stride++ {
		c := mustConv(t, Shape{1, 9, 9, 1}, 1, 3, stride, 1)
		for _, bad := range []float32{float32(math.NaN()), float32(math.Inf(1))} {
			w, x, dy := make([]float32, 9), gradtest.Random(81, 1), gradtest.Random(c.Out.Len(), 2)
			mid := c.Out.Len() / 2
			x[40], dy[mid] = bad, bad
			y, dx, dw := make([]float32, len(dy)), make([]float32, 81), make([]float32, 9)
			c.Forward(y, x, w)
			c.BackwardInput(dx, dy, w)
			c.BackwardWeight(dw, dy, make([]float32, 81))
			terms(c, func(e term) {
				if e.x == 40 && y[e.y] == y[e.y] || e.y == mid && dx[e.x] == dx[e.x] || dw[e.w] == dw[e.w] {
					t.Errorf("stride %d: y[%d] = %v, dx[%d] = %v, dw[%d] = %v, want NaN", stride, e.y, y[e.y], e.x, dx[e.x], e.w, dw[e.w])
				}
			})
			if y[0] != 0 || dx[0] != 0 {
				t.Errorf("stride %d: y[0] = %v and dx[0] = %v, want 0", stride, y[0], dx[0])
			}
		}
	}
}

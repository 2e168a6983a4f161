package fuse

import (
	"math"
	"slices"
	"testing"

	"mgtool/tensor/gradtest"
)

// Forward and both gradients are the sums of the definition; the tolerance is
// the bound of [bilinear], or of Winograd's way where it is chosen.
func TestConvAgainstDefinition(t *testing.T) {
	for _, c := range slices.Concat(geometries(t), larger(t), windows(t)) {
		in := normal(c, 1)
		x, w, dy := in.x, in.w, in.dy
		want := asPlanned(c, in)
		for pass, got := range in.passes(c) {
			want[pass].compare(t, passNames[pass]+" of "+label(c), got)
		}

		// The transposed convolution is the same three sums with x and y exchanged.
		tr := transposed(t, c)
		dx, y, dw := gradtest.NaNs(len(x)), gradtest.NaNs(len(dy)), gradtest.NaNs(len(w))
		tr.Forward.Apply(dx, dy, w)
		tr.Input.Apply(y, x, w)
		tr.Weight.Apply(dw, x, dy)
		want[1].compare(t, "transposed forward "+label(c), dx)
		want[0].compare(t, "transposed backward input "+label(c), y)
		want[2].compare(t, "transposed backward weight "+label(c), dw)
	}
}

// transposed returns the passes of the adjoint of c, as made for its output shape.
func transposed(t *testing.T, c *Conv) Passes {
	t.Helper()
	tr, err := NewTransposed(c.Out, c.In.C, c.Window, c.In.H, c.In.W)
	if err != nil {
		t.Fatal(err)
	}
	p := tr.Transposed()
	if p.Forward.To != c.In || p.Forward.From != c.Out || tr.WeightLen() != c.WeightLen() || tr.MACs() != c.MACs() {
		t.Errorf("transposed %s: from %v to %v, %d weights, %d MACs", label(c), p.Forward.From, p.Forward.To, tr.WeightLen(), tr.MACs())
	}
	return p
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
	for _, c := range slices.Concat(geometries(t), larger(t), windows(t)) {
		tr := transposed(t, c)
		in := normal(c, 4)
		cx, cty := gradtest.NaNs(len(in.dy)), gradtest.NaNs(len(in.x))
		c.Forward(cx, in.x, in.w)
		tr.Forward.Apply(cty, in.dy, in.w)
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

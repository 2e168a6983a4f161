package fuse

// What the suite would say to kernels that are wrong.

import (
	"math"
	"slices"
	"testing"

	"mgtool/internal/simd"
	"mgtool/tensor/gradtest"
)

// shift moves maps by one pixel to the right, as by a padding that is off by one.
func shift(x []float32, s Shape) {
	for row := range s.N * s.H {
		pixels := x[row*s.W*s.C:][:s.W*s.C]
		copy(pixels[s.C:], pixels)
		clear(pixels[:s.C])
	}
}

// dropTile clears the first tile of the first image.
func dropTile(x []float32, s Shape) {
	for i := range min(s.H, tileSize) {
		clear(x[i*s.W*s.C:][:min(s.W, tileSize)*s.C])
	}
}

// change sets the largest of x to f of it: what is lost must have been there.
func change(x []float32, f func(float32) float32) {
	at := 0
	for i, v := range x {
		if math.Abs(float64(v)) > math.Abs(float64(x[at])) {
			at = i
		}
	}
	x[at] = f(x[at])
}

// faults spoil one operand of each pass, or what it gives.
var faults = []struct {
	name  string
	spoil func(c *Conv, forward, input, weight *operands)
	after func(c *Conv, y, dx []float32)
}{
	{"one term is missing", func(c *Conv, forward, input, weight *operands) {
		zero := func(float32) float32 { return 0 }
		change(forward.w, zero)
		change(input.w, zero)
		change(weight.x, zero)
	}, nil},
	{"one sign is wrong", func(c *Conv, forward, input, weight *operands) {
		turn := func(v float32) float32 { return -v }
		change(forward.w, turn)
		change(input.w, turn)
		change(weight.x, turn)
	}, nil},
	{"the padding is off by one", func(c *Conv, forward, input, weight *operands) {
		shift(forward.x, c.In)
		shift(input.dy, c.Out)
		shift(weight.x, c.In)
	}, nil},
	{"a tile is dropped", func(c *Conv, forward, input, weight *operands) { dropTile(weight.dy, c.Out) }, func(c *Conv, y, dx []float32) {
		dropTile(y, c.Out)
		dropTile(dx, c.In)
	}},
}

func (in operands) clone() *operands {
	return &operands{slices.Clone(in.x), slices.Clone(in.w), slices.Clone(in.dy)}
}

// faulty are convolutions of few and of many terms.
func faulty(t *testing.T) []*Conv {
	return []*Conv{
		mustConv(t, Shape{1, 1, 3, 1}, 12, 3, 1, 3),
		mustConv(t, Shape{4, 1, 2, 40}, 64, 3, 1, 2),
		mustConv(t, Shape{3, 9, 8, 16}, 24, 3, 1, 1),
		mustConv(t, Shape{2, 11, 13, 40}, 33, 3, 1, 1),
		mustConv(t, Shape{1, 8, 8, 96}, 64, 3, 1, 1),
		mustConv(t, Shape{3, 9, 8, 16}, 24, 3, 2, 1),
		mustConv(t, Shape{3, 20, 9, 1}, 1, 3, 1, 1),
	}
}

// Every fault takes some value of every pass far beyond its bound, by every way: the
// largest term is some hundreds of bounds.
func TestFaultsExceedBounds(t *testing.T) {
	for _, c := range faulty(t) {
		in := normal(c, 1)
		plain := definition(c, in)
		var fast filterings
		ways(c, func(name string, c *Conv) {
			want := plain
			if f, ok := c.forward.(*winograd); ok {
				if fast == nil {
					fast = filter(c, in)
				}
				want = fast["Winograd"]
				if f.bfloat16 {
					want = fast["rounded factors"]
				}
			}
			for _, f := range faults {
				forward, input, weight := in.clone(), in.clone(), in.clone()
				f.spoil(c, forward, input, weight)
				got := [3][]float32{forward.passes(c)[0], input.passes(c)[1], weight.passes(c)[2]}
				if f.after != nil {
					f.after(c, got[0], got[1])
				}
				for pass, e := range want {
					if most := e.nearest(got[pass]); !(most > 100) {
						t.Errorf("%s of %s by %s: if %s, the error is %.2g of the bound; want far more", passNames[pass], label(c), name, f.name, most)
					}
				}
			}
		})
	}
}

// nearest is the largest error over its bound.
func (e expected) nearest(got []float32) float64 {
	most := 0.0
	for i, v := range got {
		if diff := math.Abs(float64(v) - e.value[i]); diff > 0 {
			most = max(most, diff/e.bound[i])
		}
	}
	return most
}

// Factors that are cut to bfloat16, not rounded to the nearest, are found by every pass.
func TestTruncationExceedsBounds(t *testing.T) {
	truncate := func(x float64) float64 {
		return math.Float64frombits(math.Float64bits(x) &^ (1<<45 - 1))
	}
	for _, c := range faulty(t)[:5] {
		in := normal(c, 1)
		want, cut := filter(c, in)["rounded factors"], filterRounded(c, in, truncate, 1)
		for pass, e := range want {
			got := make([]float32, len(e.value))
			for i, v := range cut[pass][0].value {
				got[i] = float32(v)
			}
			most := e.nearest(got)
			if !(most > 10) {
				t.Errorf("%s of %s: if factors are cut, the error is %.2g of the bound; want far more", passNames[pass], label(c), most)
			}
		}
	}
}

// The reference rounds as the kernels promise to, and beta is the roundoff: no rounding
// errs by more, and one just above 1 + 2⁻⁸ by nearly as much.
func TestRoundoffOfBfloat16(t *testing.T) {
	x := append(gradtest.Random(1<<16, 1), 1+1./256, 1+3./256, 1.00390637, 0)
	y := append([]float32(nil), x...)
	simd.RoundBfloat16(y)
	most := 0.0
	for i, v := range x {
		if toBfloat16(float64(v)) != float64(y[i]) {
			t.Errorf("%v rounds to %v, the reference to %v", v, y[i], toBfloat16(float64(v)))
		}
		if v != 0 {
			most = max(most, math.Abs(float64(y[i])/float64(v)-1))
		}
	}
	if !(most <= beta && most > .99*beta) {
		t.Errorf("the largest relative error is %v, want a little less than %v", most, beta)
	}
}

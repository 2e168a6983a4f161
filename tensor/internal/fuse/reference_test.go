package fuse

// The convolution as its definition, seven loops in float64, and what the tests
// of all operations share.

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"mgtool/tensor/gradtest"
)

// unit is the relative rounding error of float32.
const unit = 1.0 / (1 << 24)

// term is one product of the convolution: positions in y, x and w.
type term struct{ y, x, w int }

// terms calls visit for every term of the convolution, from its definition.
func terms(c *Conv, visit func(term)) {
	for n := range c.In.N {
		for i := range c.Out.H {
			for j := range c.Out.W {
				for o := range c.Out.C {
					for s := range c.Size[0] {
						for t := range c.Size[1] {
							for ch := range c.In.C {
								r, q := i*c.Stride[0]+s-c.Pad[0], j*c.Stride[1]+t-c.Pad[1]
								if r < 0 || r >= c.In.H || q < 0 || q >= c.In.W {
									continue
								}
								visit(term{
									y: ((n*c.Out.H+i)*c.Out.W+j)*c.Out.C + o,
									x: ((n*c.In.H+r)*c.In.W+q)*c.In.C + ch,
									w: ((s*c.Size[1]+t)*c.In.C+ch)*c.Out.C + o,
								})
							}
						}
					}
				}
			}
		}
	}
}

// expected is what a pass may give: every value, and how far from it one may be.
type expected struct{ value, bound []float64 }

func newExpected(n int) expected { return expected{make([]float64, n), make([]float64, n)} }

// bilinear accumulates products a·b into out in float64, with the rigorous bound
// on the error of summing the same n products in float32 in any order, γ_n·Σ|a·b|. A
// term that is wrong or missing changes the sum by about Σ|a·b|/n, far above the bound
// for the numbers of terms, below 20 000, that are tested.
type bilinear struct{ sum, abs, count []float64 }

func newBilinear(n int) bilinear {
	return bilinear{make([]float64, n), make([]float64, n), make([]float64, n)}
}

func (b bilinear) add(at int, p, q float32) {
	v := float64(p) * float64(q)
	b.sum[at] += v
	b.abs[at] += math.Abs(v)
	b.count[at]++
}

func (b bilinear) expected() expected {
	e := expected{b.sum, make([]float64, len(b.sum))}
	for i, n := range b.count {
		e.bound[i] = gamma(int(n)) * b.abs[i]
	}
	return e
}

func (e expected) compare(t *testing.T, what string, got []float32) {
	t.Helper()
	for i, v := range got {
		if diff := math.Abs(float64(v) - e.value[i]); !(diff <= e.bound[i]) {
			t.Errorf("%s: value %d is %v, want %v within %.2g", what, i, v, e.value[i], e.bound[i])
			return
		}
	}
}

// operands are what the three passes of a convolution take.
type operands struct{ x, w, dy []float32 }

// normal is random data of the standard normal distribution.
func normal(c *Conv, seed uint64) operands {
	return operands{gradtest.Random(c.In.Len(), seed), gradtest.Random(c.WeightLen(), seed+1), gradtest.Random(c.Out.Len(), seed+2)}
}

// kinds are data of several kinds.
var kinds = map[string]func(c *Conv, seed uint64) operands{
	"normal": normal,
	// The images behind a relu, the gradients before one.
	"half zeros": func(c *Conv, seed uint64) operands {
		in := normal(c, seed)
		relu(in.x)
		relu(in.dy)
		return in
	},
	// Powers of two from 2⁻²⁰ to 2²⁰: terms that vanish beside others.
	"wide": func(c *Conv, seed uint64) operands {
		in, rng := normal(c, seed), rand.New(rand.NewPCG(seed, 1))
		for _, s := range [][]float32{in.x, in.w, in.dy} {
			for i, v := range s {
				s[i] = float32(math.Ldexp(float64(v), rng.IntN(41)-20))
			}
		}
		return in
	},
	// Small whole numbers: factors in the middle between two bfloat16.
	"whole": func(c *Conv, seed uint64) operands {
		in := normal(c, seed)
		for _, s := range [][]float32{in.x, in.w, in.dy} {
			for i, v := range s {
				s[i] = float32(math.Round(2 * float64(v)))
			}
		}
		return in
	},
}

var passNames = [3]string{"forward", "input gradient", "weight gradient"}

// passes are the results of the three passes.
func (in operands) passes(c *Conv) [3][]float32 {
	y, dx, dw := gradtest.NaNs(len(in.dy)), gradtest.NaNs(len(in.x)), gradtest.NaNs(len(in.w))
	c.Forward(y, in.x, in.w)
	c.BackwardInput(dx, in.dy, in.w)
	c.BackwardWeight(dw, in.dy, in.x)
	return [3][]float32{y, dx, dw}
}

// definition is what the three passes give by plain sums.
func definition(c *Conv, in operands) [3]expected {
	y, dx, dw := newBilinear(len(in.dy)), newBilinear(len(in.x)), newBilinear(len(in.w))
	terms(c, func(e term) {
		y.add(e.y, in.w[e.w], in.x[e.x])
		dx.add(e.x, in.w[e.w], in.dy[e.y])
		dw.add(e.w, in.dy[e.y], in.x[e.x])
	})
	return [3]expected{y.expected(), dx.expected(), dw.expected()}
}

// geometries are small convolutions of all kinds: kernels, strides, paddings,
// images smaller than the kernel, channels.
func geometries(t *testing.T) []*Conv {
	var list []*Conv
	for _, k := range []int{1, 2, 3, 5, 7} {
		for stride := 1; stride <= 2; stride++ {
			for pad := range k {
				for _, hw := range [][2]int{{1, 1}, {3, 3}, {4, 4}, {7, 5}} {
					if hw[0]+2*pad < k || hw[1]+2*pad < k {
						continue
					}
					for _, ch := range [][2]int{{1, 1}, {3, 10}, {10, 3}} {
						list = append(list, mustConv(t, Shape{2, hw[0], hw[1], ch[0]}, ch[1], k, stride, pad))
					}
				}
			}
		}
	}
	return list
}

// larger are convolutions that cross the blocks of the products, the tiles of
// patches, the groups of images and the bands of rows, also those of one channel.
func larger(t *testing.T) []*Conv {
	return []*Conv{
		mustConv(t, Shape{3, 9, 8, 70}, 66, 3, 1, 1),
		mustConv(t, Shape{40, 4, 4, 66}, 70, 3, 2, 1),
		mustConv(t, Shape{3, 11, 12, 130}, 129, 1, 1, 0),
		mustConv(t, Shape{2, 13, 12, 7}, 70, 1, 2, 0),
		mustConv(t, Shape{2, 100, 91, 2}, 3, 3, 1, 1),
		mustConv(t, Shape{1, 103, 97, 3}, 2, 5, 2, 3),
		mustConv(t, Shape{1, 101, 90, 1}, 2, 2, 3, 1),
		mustConv(t, Shape{150, 3, 3, 3}, 5, 3, 1, 1),
		mustConv(t, Shape{3, 31, 30, 1}, 1, 3, 1, 1),
		mustConv(t, Shape{3, 35, 34, 1}, 1, 3, 2, 0),
		mustConv(t, Shape{2, 50, 33, 1}, 1, 5, 3, 3),
		mustConv(t, Shape{2, 49, 40, 1}, 1, 2, 5, 1),
		mustConv(t, Shape{2, 33, 7, 1}, 1, 1, 1, 0),
	}
}

// squareWindow is the window of a square kernel, along the height as along the width.
func squareWindow(size, stride, pad int) Window {
	return Window{[2]int{size, size}, [2]int{stride, stride}, [2]int{pad, pad}}
}

// Forward, BackwardInput and BackwardWeight run the passes that this copy of a
// convolution has planned.
func (c *Conv) Forward(y, x, w []float32)         { c.Passes().Forward.Apply(y, x, w) }
func (c *Conv) BackwardInput(dx, dy, w []float32) { c.Passes().Input.Apply(dx, dy, w) }
func (c *Conv) BackwardWeight(dw, dy, x []float32) {
	c.Passes().Weight.Apply(dw, dy, x)
}

// relu replaces x by max(x, 0).
func relu(x []float32) {
	for i, v := range x {
		x[i] = max(v, 0)
	}
}

func mustConv(t testing.TB, in Shape, channels, kernel, stride, pad int) *Conv {
	t.Helper()
	c, err := NewConv(in, channels, squareWindow(kernel, stride, pad))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func label(c *Conv) string {
	return fmt.Sprintf("%v to %v, %v", c.In, c.Out, c.Window)
}

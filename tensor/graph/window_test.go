package graph

import (
	"slices"
	"testing"

	"mgtool/tensor"
)

// Gradients of what acts on sequences, one row high, and on images with kernels,
// strides and paddings that differ between the axes, by finite differences.
func TestWindowGradients(t *testing.T) {
	sequence, image := []int{2, 1, 11, 3}, []int{2, 6, 5, 3}
	for _, c := range []struct {
		name  string
		shape []int // of x
		w     []int // shape of w; nil for none
		out   []int // of the result
		apply func(b *Builder, x, w *Node) *Node
	}{
		{"sequence", sequence, []int{1, 5, 3, 4}, []int{2, 1, 11, 4}, func(b *Builder, x, w *Node) *Node {
			return b.ConvWindow(x, w, [2]int{1, 1}, [2]int{0, 2})
		}},
		{"sequence, stride 2", sequence, []int{1, 4, 3, 4}, []int{2, 1, 5, 4}, func(b *Builder, x, w *Node) *Node {
			return b.ConvWindow(x, w, [2]int{1, 2}, [2]int{0, 1})
		}},
		{"sequence, transposed", sequence, []int{1, 3, 4, 3}, []int{2, 1, 22, 4}, func(b *Builder, x, w *Node) *Node {
			return b.ConvTransposeWindow(x, w, [2]int{1, 2}, [2]int{0, 1}, 1, 22)
		}},
		{"sequence, depthwise", sequence, []int{1, 5, 1, 3}, sequence, func(b *Builder, x, w *Node) *Node {
			return b.Depthwise(x, w)
		}},
		{"sequence, mean pool", sequence, nil, []int{2, 1, 5, 3}, func(b *Builder, x, _ *Node) *Node {
			return b.MeanPoolWindow(x, [2]int{1, 2})
		}},
		{"sequence, max pool", sequence, nil, []int{2, 1, 6, 3}, func(b *Builder, x, _ *Node) *Node {
			return b.MaxPoolWindow(x, tensor.Window{Size: [2]int{1, 3}, Stride: [2]int{1, 2}, Pad: [2]int{0, 1}})
		}},
		{"sequence, global max pool", sequence, nil, []int{2, 3}, func(b *Builder, x, _ *Node) *Node {
			return b.GlobalMaxPool(x)
		}},
		{"image", image, []int{2, 3, 3, 4}, []int{2, 5, 3, 4}, func(b *Builder, x, w *Node) *Node {
			return b.Conv(x, w, 1, 0)
		}},
		{"image, each axis its own", image, []int{4, 1, 3, 4}, []int{2, 3, 2, 4}, func(b *Builder, x, w *Node) *Node {
			return b.ConvWindow(x, w, [2]int{2, 3}, [2]int{1, 0})
		}},
		{"image, transposed", image, []int{3, 2, 4, 3}, []int{2, 12, 15, 4}, func(b *Builder, x, w *Node) *Node {
			return b.ConvTransposeWindow(x, w, [2]int{2, 3}, [2]int{1, 0}, 12, 15)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := leaf(1, c.shape...)
			for i := range x { // no two near each other: the maximum of a window stays where it is
				x[i] = float32(i*37%len(x))/float32(len(x)) - .5
			}
			params := map[string][]float32{"x": x}
			if c.w != nil {
				params["w"] = leaf(2, c.w...)
			}
			check(t, params, func(b *Builder) *Node {
				var w *Node
				if c.w != nil {
					w = b.Param("w", c.w, params["w"])
				}
				y := c.apply(b, b.Param("x", c.shape, x), w)
				if y == nil {
					return nil
				}
				if !slices.Equal(y.Shape(), c.out) {
					t.Fatalf("shape %v, want %v", y.Shape(), c.out)
				}
				// A dense layer on all values: a mean over the pixels sees little of x.
				n := 1
				for _, d := range c.out[1:] {
					n *= d
				}
				if len(c.out) == 4 {
					y = b.Flatten(y)
				}
				v, bias := b.Input("v", []int{n, 3}, leaf(6, n, 3)), b.Input("bias", []int{3}, leaf(7, 3))
				return b.CrossEntropy(b.Linear(b.Scale(y, .25), v, bias), []int32{0, 2})
			})
		})
	}
}

// A sequence goes through norm, activation, sum and convolution as fused as an image
// does, with the values that each computes on its own.
func TestSequencesAreFused(t *testing.T) {
	shape := []int{3, 1, 16, 8}
	define := func(keep bool) func(b *Builder) *Node {
		return func(b *Builder) *Node {
			bn, _ := tensor.NewBatchNorm(8)
			kept := func(n *Node) *Node {
				if keep {
					b.Keep(n)
				}
				return n
			}
			a, w := b.Param("a", []int{1, 3, 8, 8}, leaf(2, 192)), b.Param("w", []int{1, 3, 8, 8}, leaf(3, 192))
			x := b.Input("x", shape, leaf(1, shape...))
			r := kept(b.ConvWindow(x, a, [2]int{1, 1}, [2]int{0, 1}))
			s := kept(b.ReLU(b.BatchNorm(r, b.Param("γ", []int{8}, leaf(4, 8)), b.Param("β", []int{8}, leaf(5, 8)), bn, true)))
			u := kept(b.Sub(r, kept(b.ConvWindow(s, w, [2]int{1, 1}, [2]int{0, 1}))))
			return project(b, kept(b.ConvWindow(u, w, [2]int{1, 2}, [2]int{0, 1})))
		}
	}
	fused, plain := mustBuild(t, define(false)), mustBuild(t, define(true))
	for _, p := range []*Program{fused, plain} {
		if err := p.Run(); err != nil {
			t.Fatal(err)
		}
	}
	if len(fused.Operations()) >= len(plain.Operations()) {
		t.Errorf("%d operations, %d if every value is kept: nothing is fused", len(fused.Operations()), len(plain.Operations()))
	}
	for _, name := range []string{"a", "w", "γ", "β"} {
		got, want := fused.Gradient(name), plain.Gradient(name)
		for i, v := range want { // sums of a few hundred terms of about 1
			if d := got[i] - v; !(d < 1e-5 && d > -1e-5) {
				t.Fatalf("gradient %d by %s is %v, want %v", i, name, got[i], v)
			}
		}
	}
}

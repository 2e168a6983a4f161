package graph

import (
	"slices"
	"strings"
	"testing"

	"mgtool/tensor/gradtest"
)

// The gradients of a spectral layer by its input and by all of its weights, through extents
// that grow and shrink, are those of finite differences, for the loss in L² and in H¹.
func TestSpectralGradients(t *testing.T) {
	const n, h, w, in, out = 2, 6, 7, 3, 2
	for order := range 2 {
		x, targets := gradtest.Random(n*h*w*in, 1), gradtest.Random(n*h*w*out, 2)
		weights := [][]float32{gradtest.Random(2*3*2*out*in, 3), gradtest.Random(2*3*2*out*in, 4)}
		p, err := Build(func(b *Builder) *Node {
			v := b.Extent(b.Param("x", []int{n, h, w, in}, x), h+2, w+1)
			m := b.ModeMix(b.FourierModes(v, [2]int{2, 3}), b.Param("w0", []int{2, 3, 2, out, in}, weights[0]), b.Param("w1", []int{2, 3, 2, out, in}, weights[1]))
			return b.RelativeError(b.Extent(b.FromModes(m, h+2, w+1), h, w), targets, order)
		})
		if err != nil {
			t.Fatal(err)
		}
		f := func() float64 {
			if err := p.Run(); err != nil {
				t.Fatal(err)
			}
			return float64(p.Value()[0])
		}
		f()
		for name, v := range map[string][]float32{"x": x, "w0": weights[0], "w1": weights[1]} {
			f()
			gradtest.Check(t, name, v, f, slices.Clone(p.Gradient(name)))
		}
	}
}

func TestSpectralErrors(t *testing.T) {
	x := make([]float32, 2*6*7*4)
	weights := make([]float32, 2*3*2*2*4)
	for want, define := range map[string]func(b *Builder, x *Node) *Node{
		"4×3 Fourier modes of 6×7 pixels": func(b *Builder, x *Node) *Node { return b.FourierModes(x, [2]int{4, 3}) },
		"want modes as FourierModes":      func(b *Builder, x *Node) *Node { return b.FromModes(x, 6, 7) },
		"want (N, m₂, 2m₁, 2·in)": func(b *Builder, x *Node) *Node {
			w := b.Input("w", []int{2, 3, 2, 2, 4}, weights)
			return b.ModeMix(x, w, w)
		},
		"0×7; want sides":     func(b *Builder, x *Node) *Node { return b.Extent(x, 0, 7) },
		"for 3 targets; want": func(b *Builder, x *Node) *Node { return b.RelativeError(x, make([]float32, 3), 0) },
		"H^3; want 0 or 1":    func(b *Builder, x *Node) *Node { return b.RelativeError(x, make([]float32, 2*6*7*4), 3) },
	} {
		_, err := Build(func(b *Builder) *Node { return define(b, b.Input("x", []int{2, 6, 7, 4}, x)) })
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v; want %s", err, want)
		}
	}
}

package graph

import (
	"slices"
	"testing"

	"mgtool/tensor"
)

// Operations of classical networks, by finite differences.
func TestClassicGradients(t *testing.T) {
	x := leaf(1, 2, 5, 4, 4)
	for i := range x { // no two near each other: the larger one of a window stays it
		x[i] = float32(i*37%len(x))/float32(len(x)) - .5
	}
	w, alone := leaf(2, 3, 3, 2, 3), leaf(4, 3, 3, 1, 4)
	conv := func(b *Builder, y *Node, channels int) *Node { // the mean of a pool alone sees little
		v := b.Input("behind", []int{3, 3, channels, 3}, leaf(5, 3, 3, channels, 3))
		return project(b, b.Conv(y, v, 1, 1))
	}
	head := func(b *Builder, y *Node) *Node {
		n := y.Shape()[1]
		return b.CrossEntropy(b.Linear(y, b.Input("v", []int{n, 3}, leaf(6, n, 3)), b.Input("c", []int{3}, leaf(7, 3))), []int32{0, 2})
	}
	for name, define := range map[string]func(b *Builder, x *Node) *Node{
		"mean pool":       func(b *Builder, x *Node) *Node { return conv(b, b.MeanPool(x, 2), 4) },
		"global max pool": func(b *Builder, x *Node) *Node { return head(b, b.GlobalMaxPool(x)) },
		"flatten, scale":  func(b *Builder, x *Node) *Node { return head(b, b.Scale(b.Flatten(x), .25)) },
		"response norm": func(b *Builder, x *Node) *Node {
			return conv(b, b.ResponseNorm(x, tensor.ResponseNorm{Size: 3, K: 2, Alpha: .5, Beta: .75}), 4)
		},
		"groups": func(b *Builder, x *Node) *Node {
			g := b.Conv(b.Channels(x, 2, 2), b.Param("w", []int{3, 3, 2, 3}, w), 1, 1)
			return conv(b, b.Join(g, b.Channels(x, 0, 1)), 4)
		},
		"depthwise": func(b *Builder, x *Node) *Node { // twice, with the same weights
			a := b.Param("a", []int{3, 3, 1, 4}, alone)
			return conv(b, b.Sub(x, b.Depthwise(b.Depthwise(x, a), a)), 4)
		},
	} {
		t.Run(name, func(t *testing.T) {
			params := map[string][]float32{"x": x}
			switch name {
			case "groups":
				params["w"] = w
			case "depthwise":
				params["a"] = alone
			}
			check(t, params, func(b *Builder) *Node { return define(b, b.Param("x", []int{2, 5, 4, 4}, x)) })
		})
	}
	t.Run("bias", func(t *testing.T) {
		bias := leaf(3, 3)
		check(t, map[string][]float32{"x": x, "bias": bias}, func(b *Builder) *Node {
			g := b.Conv(b.Channels(b.Param("x", []int{2, 5, 4, 4}, x), 0, 2), b.Input("k", []int{3, 3, 2, 3}, w), 1, 1)
			gelu, _ := tensor.LookupActivation("gelu")
			return conv(b, b.Activation(gelu, b.Bias(g, b.Param("bias", []int{3}, bias)), nil), 3)
		})
	})
}

// A bias adds, exactly where the sum is; a group sees its own channels.
func TestBiasAndGroups(t *testing.T) {
	x := []float32{1, 2, 3, 4}
	values := func(define func(b *Builder, x *Node) *Node) []float32 {
		p, err := Build(func(b *Builder) *Node { return define(b, b.Input("x", []int{1, 1, 2, 2}, x)) })
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Run(); err != nil {
			t.Fatal(err)
		}
		return p.Value()
	}
	for _, c := range []struct {
		name   string
		define func(b *Builder, x *Node) *Node
		want   []float32
	}{
		{"bias", func(b *Builder, x *Node) *Node { return b.Bias(x, b.Input("b", []int{2}, []float32{.5, -4})) }, []float32{1.5, -2, 3.5, 0}},
		{"relu of bias", func(b *Builder, x *Node) *Node { return b.ReLU(b.Bias(x, b.Input("b", []int{2}, []float32{.5, -4}))) }, []float32{1.5, 0, 3.5, 0}},
		{"channels", func(b *Builder, x *Node) *Node { return b.Channels(x, 1, 1) }, []float32{2, 4}},
		{"join", func(b *Builder, x *Node) *Node { return b.Join(b.Channels(x, 1, 1), x) }, []float32{2, 1, 2, 4, 3, 4}},
		{"max", func(b *Builder, x *Node) *Node { return b.GlobalMaxPool(x) }, []float32{3, 4}},
		{"mean", func(b *Builder, x *Node) *Node { return b.MeanPool(x, 1) }, x},
		{"flatten", func(b *Builder, x *Node) *Node { return b.Flatten(x) }, x},
	} {
		if got := values(c.define); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	for _, bad := range []func(b *Builder, x *Node) *Node{
		func(b *Builder, x *Node) *Node { return b.Channels(x, 1, 2) },
		func(b *Builder, x *Node) *Node { return b.Join() },
		func(b *Builder, x *Node) *Node {
			return b.Join(x, b.MeanPool(b.Input("y", []int{1, 4, 4, 1}, make([]float32, 16)), 2))
		},
		func(b *Builder, x *Node) *Node { return b.MeanPool(x, 2) },
		func(b *Builder, x *Node) *Node { return b.ResponseNorm(x, tensor.ResponseNorm{Size: 2, K: 1}) },
		func(b *Builder, x *Node) *Node { return b.Flatten(b.Flatten(x)) },
	} {
		if _, err := Build(func(b *Builder) *Node { return bad(b, b.Input("x", []int{1, 1, 2, 2}, x)) }); err == nil {
			t.Error("a wrong shape is built")
		}
	}
}

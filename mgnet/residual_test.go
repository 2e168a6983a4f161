package mgnet

import (
	"fmt"
	"math"
	"testing"

	"mgtool/tensor/gradtest"
	"mgtool/tensor/graph"
)

// The sixteen parameter counts of the published table, with 100 classes, in
// millions: A and B one a step, A shared, B shared, both; and the two that are
// known to the last figure. Pre-act ResNet has up to five thousand fewer.
func TestResidualParameters(t *testing.T) {
	want := map[int][4]float64{18: {11.220, 8.124, 9.672, 6.575}, 34: {21.328, 13.218, 14.767, 6.656}}
	for _, model := range []string{"resnet", "preact"} {
		for layers, row := range want {
			for i, millions := range row {
				c, err := ResNet(model, layers, 32, 32, 3, 100)
				if err != nil {
					t.Fatal(err)
				}
				c.ShareA = []string{"step", "level"}[i%2]
				c.ShareB = []string{"step", "level"}[i/2]
				got := c.Parameters()
				t.Logf("%s%d, A by %s, B by %s: %d", model, layers, c.ShareA, c.ShareB, got)
				if math.Abs(float64(got)/1e6-millions) > .01 {
					t.Errorf("%s%d, A by %s, B by %s: %d parameters, want %.3f M", model, layers, c.ShareA, c.ShareB, got, millions)
				}
				exact := map[string]int{"resnet": 11220132, "preact": 11217316}[model]
				if layers == 18 && i == 0 && got != exact {
					t.Errorf("%s18 has %d parameters, want %d", model, got, exact)
				}
			}
		}
	}
}

// The networks against blocks written out one after the other, as the papers have
// them, on the same weights.
func TestResidualAsWritten(t *testing.T) {
	const batch = 2
	x := gradtest.Random(batch*8*8, 1)
	for _, model := range []string{"resnet", "preact"} {
		for _, share := range []string{"step", "level"} {
			c := MgNet(8, 8, 1, 3, []int{2, 4}, []int{2, 2})
			c.Model, c.ShareA, c.ShareB = model, share, share
			n, err := New(c, 1)
			if err != nil {
				t.Fatal(err)
			}
			for i, b := range n.norms { // so that no two norms are the same
				for k := range b.Gamma.Data {
					b.Gamma.Data[k], b.Beta.Data[k] = 1+.1*float32(i), .05*float32(k-i)
				}
			}
			scores := func(define func(v *nodes, x *graph.Node) *graph.Node) []float32 {
				p, err := graph.Build(func(b *graph.Builder) *graph.Node {
					return define(&nodes{Builder: b, net: n, leafs: map[*Param]*graph.Node{}}, b.Input("x", []int{batch, 8, 8, 1}, x))
				})
				if err != nil {
					t.Fatal(err)
				}
				if err := p.Run(); err != nil {
					t.Fatal(err)
				}
				return append([]float32(nil), p.Value()...)
			}
			got := scores(func(v *nodes, x *graph.Node) *graph.Node { return n.Scores(v.Builder, x, Pass{}) })
			want := scores(func(v *nodes, x *graph.Node) *graph.Node { return asWritten(v, model, share == "level", x) })
			for i := range want {
				if math.Abs(float64(got[i]-want[i])) > 1e-5 {
					t.Fatalf("%s, shared by %s: scores %v, written out %v", model, share, got, want)
				}
			}
		}
	}
}

// asWritten finds its weights by their names.
func asWritten(v *nodes, model string, shared bool, x *graph.Node) *graph.Node {
	conv := func(x *graph.Node, name string, stride int) *graph.Node {
		p := v.net.byName[name]
		return v.Conv(x, v.leaf(p), stride, p.Shape[0]/2)
	}
	bn := func(x *graph.Node, name string) *graph.Node {
		for _, b := range v.net.norms {
			if b.Name == name {
				return v.normed(b, x)
			}
		}
		panic("no norm " + name)
	}
	of := func(l, k int, op string) string {
		if shared && l > 0 {
			return fmt.Sprintf("level%d.%s", l, op)
		}
		return fmt.Sprintf("level%d.step%d.%s", l, k, op)
	}
	r := conv(x, "stem.conv", 1)
	if model == "resnet" {
		r = v.ReLU(bn(r, "stem.norm"))
	}
	for l := range 2 {
		norm := fmt.Sprintf("level%d.normR", l)
		if l > 0 && shared {
			r = bn(conv(r, "level1.R", 2), norm)
			if model == "resnet" {
				r = v.ReLU(r)
			}
		}
		for k := range 2 {
			n1, n2 := fmt.Sprintf("level%d.step%d.norm1", l, k), fmt.Sprintf("level%d.step%d.norm2", l, k)
			stride, skip := 1, r
			down := l > 0 && k == 0 && !shared
			if down {
				stride = 2
			}
			if model == "resnet" {
				d := bn(conv(v.ReLU(bn(conv(r, of(l, k, "B"), stride), n1)), of(l, k, "A"), 1), n2)
				if down {
					skip = bn(conv(r, "level1.R", 2), norm)
				}
				r = v.ReLU(v.Add(skip, d))
				continue
			}
			s := v.ReLU(bn(r, n1))
			if down {
				skip = conv(s, "level1.R", 2)
			}
			r = v.Add(skip, conv(v.ReLU(bn(conv(s, of(l, k, "B"), stride), n2)), of(l, k, "A"), 1))
		}
	}
	return v.classify(r)
}

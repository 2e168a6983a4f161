package graph

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"mgtool/tensor"
	"mgtool/tensor/gradtest"
)

// denseCase is a block with its leaves by name, and how it is built.
type denseCase struct {
	shape         tensor.Shape
	growth, width int
	layers        int
	activation    string
	train         bool
}

// outcome of a block: its result, the gradients by all leaves, and the running statistics.
type denseOutcome struct {
	names  []string
	values map[string][]float32
}

// run builds the block, as one operation or of BatchNorm, Conv and Join, and runs it twice:
// the second must not see the first.
func (c denseCase) run(t *testing.T, one bool) denseOutcome {
	t.Helper()
	out := denseOutcome{values: map[string][]float32{}}
	keep := func(name string, v []float32) {
		out.names = append(out.names, name)
		out.values[name] = v
	}
	act := activation(t, c.activation)
	seed := uint64(1)
	random := func(n int) []float32 { seed++; return gradtest.Random(n, seed) }
	norm := func(channels int) *tensor.BatchNorm {
		bn, err := tensor.NewBatchNorm(channels)
		if err != nil {
			t.Fatal(err)
		}
		copy(bn.RunningMean, random(channels))
		for i, v := range random(channels) {
			bn.RunningVar[i] = 1 + v*v
		}
		keep(fmt.Sprintf("mean%d", len(out.names)), bn.RunningMean)
		keep(fmt.Sprintf("variance%d", len(out.names)), bn.RunningVar)
		return bn
	}
	var leaves []string
	var y *Node
	p := mustBuild(t, func(b *Builder) *Node {
		param := func(name string, scale float32, shape ...int) *Node {
			leaves = append(leaves, name)
			size := 1
			for _, d := range shape {
				size *= d
			}
			v := random(size)
			for i := range v {
				v[i] *= scale
			}
			return b.Param(name, shape, v)
		}
		s := c.shape
		x := param("x", 1, s.N, s.H, s.W, s.C)
		var layers []DenseLayer
		channels := s.C
		for l := range c.layers {
			name := func(n string) string { return fmt.Sprintf("%s.%d", n, l) }
			layers = append(layers, DenseLayer{
				Gamma1: param(name("gamma1"), 1, channels), Beta1: param(name("beta1"), 1, channels), W1: param(name("w1"), .3, 1, 1, channels, c.width),
				Gamma2: param(name("gamma2"), 1, c.width), Beta2: param(name("beta2"), 1, c.width), W2: param(name("w2"), .3, 3, 3, c.width, c.growth),
				BN1: norm(channels), BN2: norm(c.width),
			})
			channels += c.growth
		}
		from := b.Scale(x, 1) // computed, as before a block of a network
		if one {
			y = b.DenseBlock(from, layers, act, c.train)
		} else {
			y = from
			for _, l := range layers {
				z := b.Conv(b.Activation(act, b.BatchNorm(y, l.Gamma1, l.Beta1, l.BN1, c.train), nil), l.W1, 1, 0)
				y = b.Join(y, b.Conv(b.Activation(act, b.BatchNorm(z, l.Gamma2, l.Beta2, l.BN2, c.train), nil), l.W2, 1, 1))
			}
		}
		b.Keep(y)
		return project(b, y)
	})
	for range 2 {
		if err := p.Run(); err != nil {
			t.Fatal(err)
		}
	}
	keep("result", slices.Clone(p.Values(y)))
	for _, name := range leaves {
		keep("gradient by "+name, slices.Clone(p.Gradient(name)))
	}
	return out
}

// A block is what its operations are one by one: the result, every gradient and the
// running statistics, in training and in evaluation, whatever the sizes; 5 to 40 channels
// and rows that fill no vector. The products of 1×1 kernels and all sums over the batch
// have the same terms in another order, so that values differ by roundings, 2e-5 of the
// largest after four layers.
func TestDenseBlock(t *testing.T) {
	for _, c := range []denseCase{
		{tensor.Shape{N: 2, H: 5, W: 7, C: 5}, 3, 4, 3, "relu", true},
		{tensor.Shape{N: 3, H: 16, W: 16, C: 24}, 12, 48, 4, "relu", true},
		{tensor.Shape{N: 1, H: 9, W: 8, C: 3}, 4, 8, 1, "relu", true},
		{tensor.Shape{N: 2, H: 6, W: 6, C: 4}, 4, 8, 3, "gelu", true},
		{tensor.Shape{N: 2, H: 6, W: 6, C: 4}, 4, 8, 3, "relu", false},
	} {
		got, want := c.run(t, true), c.run(t, false)
		if !slices.Equal(got.names, want.names) {
			t.Fatalf("%+v: %v, want %v", c, got.names, want.names)
		}
		for _, name := range got.names {
			if off := apart(got.values[name], want.values[name]); !(off <= 2e-5) {
				t.Errorf("%+v: %s is off by %.2g of the largest value; want 2e-5", c, name, off)
			}
		}
	}
}

// The bits do not depend on the number of threads.
func TestDenseBlockThreads(t *testing.T) {
	c := denseCase{tensor.Shape{N: 3, H: 16, W: 16, C: 24}, 12, 48, 3, "relu", true}
	many := c.run(t, true)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	one := c.run(t, true)
	for _, name := range many.names {
		if !gradtest.SameBits(many.values[name], one.values[name]) {
			t.Errorf("%s has other bits on one thread", name)
		}
	}
}

// A block on inputs without a gradient has those by its weights; and wrong leaves are
// errors that name them.
func TestDenseBlockLeaves(t *testing.T) {
	build := func(x func(b *Builder) *Node, act string, change func(b *Builder, l *DenseLayer)) (*Program, error) {
		return Build(func(b *Builder) *Node {
			bn1, _ := tensor.NewBatchNorm(3)
			bn2, _ := tensor.NewBatchNorm(4)
			l := DenseLayer{
				b.Param("g1", []int{3}, leaf(1, 3)), b.Param("b1", []int{3}, leaf(2, 3)), b.Param("w1", []int{1, 1, 3, 4}, leaf(3, 12)),
				b.Param("g2", []int{4}, leaf(4, 4)), b.Param("b2", []int{4}, leaf(5, 4)), b.Param("w2", []int{3, 3, 4, 2}, leaf(6, 72)),
				bn1, bn2,
			}
			if change != nil {
				change(b, &l)
			}
			return project(b, b.DenseBlock(x(b), []DenseLayer{l}, activation(t, act), true))
		})
	}
	input := func(b *Builder) *Node { return b.Input("x", []int{1, 4, 4, 3}, leaf(7, 48)) }
	p, err := build(input, "relu", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"g1", "b1", "w1", "g2", "b2", "w2"} {
		if g := p.Gradient(name); g == nil || !slices.ContainsFunc(g, func(v float32) bool { return v != 0 }) {
			t.Errorf("gradient by %s of a block on an input: %v", name, g)
		}
	}
	_, unknown := build(input, "prelu", nil)
	_, shape := build(input, "relu", func(b *Builder, l *DenseLayer) { l.Beta1 = b.Param("b", []int{2}, leaf(8, 2)) })
	_, computed := build(input, "relu", func(b *Builder, l *DenseLayer) { l.Gamma1 = b.Scale(l.Gamma1, 2) })
	_, statistics := build(input, "relu", func(b *Builder, l *DenseLayer) { l.BN1 = l.BN2 })
	_, step := build(input, "heaviside", nil)
	for want, err := range map[string]error{
		`activation "prelu"`: unknown, "b of layer 0 has shape (2); want [3]": shape, "is computed": computed,
		"4 and 4 channels; want 3 and 4": statistics, "heaviside has no gradient": step,
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v; want %s", err, want)
		}
	}
}

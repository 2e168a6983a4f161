package mgnet

// The fuzz target of configurations. Those of recipes, runs and weights are in the packages
// that read them.

import (
	"math"
	"slices"
	"testing"

	"mgtool/internal/readertest"
	"mgtool/tensor"
	"mgtool/tensor/graph"
)

// tinyConfigs are small models of each family, two of some.
func tinyConfigs() []Model {
	v := NewMgNet(6, 5, 1, 2, []int{2}, []int{1, 1})
	v.Cycle, v.ShareA, v.Norm = "v", "step", "none"
	fixed := NewMgNet(6, 6, 3, 2, []int{2}, []int{2, 1})
	fixed.Fixed, fixed.Activation = map[string][]float64{"A": {0, -1, 0, -1, 4, -1, 0, -1, 0}}, "hat"
	fixed.HatSupport, fixed.HatTrained = []float64{5, 10}, true
	shared := NewMgNet(8, 8, 1, 2, []int{3}, []int{1, 1})
	shared.ShareA, shared.ShareB, shared.ShareR, shared.Depthwise = "all", "all", "all", []string{"A", "B"}
	resnet, preact := NewResNet("resnet", 6, 6, 1, 2, []int{2}, []int{1, 1}), NewResNet("preact", 6, 6, 1, 2, []int{2}, []int{1})
	preact.ShareA, preact.ShareB, preact.Activation = "level", "level", "prelu"
	layers := Layered{Signature: Signature{Family: "layers", Height: 8, Width: 8, InChannels: 1, Classes: 2}, Sigma: Sigma{Activation: "relu", Norm: "none"}, Layers: []Layer{
		{Op: "conv", Channels: 2, Kernel: 3, Pad: 1, Groups: 1}, {Op: "max-pool", Kernel: 2},
		{Op: "response-norm"}, {Op: "mean-pool", Kernel: 2}, {Op: "linear", Channels: 3}, {Op: "linear"},
	}}
	cnn, multistep := NewCNN(6, 5, 1, 2, []int{2}, []int{1, 1}), NewMultiStep(6, 5, 1, 2, []int{2}, []int{1, 2})
	return []Model{NewMgNet(4, 4, 1, 2, []int{2}, []int{1}), FastMgNet(8, 8, 3, 2, []int{2, 2, 2}, nil), v, fixed, shared, resnet, preact, layers, cnn, multistep}
}

// A configuration that is accepted has a number of parameters that is right and below
// the limit, means the same when it is written and read again, and, if the model is
// small, classifies an image.
func FuzzConfig(f *testing.F) {
	for _, c := range tinyConfigs() {
		f.Add(readertest.JSON(f, c))
	}
	f.Add([]byte(`{"model": "mgnet", "height": 1e999}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var c Model
		err := readertest.Read(t, readertest.Allowance(data), func() (err error) { c, err = ParseConfig(data); return err })
		if err != nil {
			return
		}
		text := readertest.JSON(t, c)
		again, err := ParseConfig(text)
		if err != nil || !slices.Equal(readertest.JSON(t, again), text) {
			t.Fatalf("written and read again: %v, %s; want %s", err, readertest.JSON(t, again), text)
		}
		count := 0.0 // in float64, which does not wrap around
		for _, p := range Layout(c).Params() {
			size := 1.0
			for _, d := range p.Shape {
				size *= float64(d)
			}
			if !p.Fixed {
				count += size
			}
		}
		if got := float64(Parameters(c)); got != count || got > maxParameters {
			t.Fatalf("accepted with %g parameters, counted as %g; want at most %d", count, got, maxParameters)
		}
		if count < 1e5 && isSmall(c) {
			classify(t, c)
		}
	})
}

// isSmall reports a model that runs in about a millisecond.
func isSmall(m Model) bool {
	if c, ok := m.(Layered); ok {
		list, err := c.shapes()
		work := 0.0
		for _, l := range list {
			work += float64(l.in.H*l.in.W*l.in.C) + float64(l.out.H*l.out.W*l.out.C)*float64(1+l.Kernel*l.Kernel*l.in.C)
		}
		return err == nil && work < 1e6
	}
	values := 0
	for _, f := range m.features() {
		values += f.H * f.W * f.C
	}
	return values < 1<<14 && m.Sig().Classes < 1000 && len(Layout(m).params) < 100
}

// classify runs a model on an image twice: the same probabilities, which are some if
// they are finite.
func classify(t *testing.T, m Model) {
	t.Helper()
	c := m.Sig()
	n, err := New(m, 1)
	if err != nil {
		t.Fatalf("a valid configuration makes no network: %v", err)
	}
	image := make([]float32, c.Height*c.Width*c.InChannels)
	for i := range image {
		image[i] = float32(i%7) - 3
	}
	p, err := graph.Build(func(b *graph.Builder) *graph.Node {
		b.Hold()
		return n.Scores(b, b.Input("image", []int{1, c.Height, c.Width, c.InChannels}, image), Pass{})
	})
	if err != nil {
		t.Fatalf("a network makes no program: %v", err)
	}
	probabilities := func() []float32 {
		if err := p.Run(); err != nil {
			t.Fatal(err)
		}
		y := slices.Clone(p.Value())
		tensor.Softmax(y, y, c.Classes)
		return y
	}
	first, second := probabilities(), probabilities()
	sum := 0.0
	for i := range first {
		if math.Float32bits(first[i]) != math.Float32bits(second[i]) {
			t.Fatalf("class %d has %g and then %g", i, first[i], second[i])
		}
		sum += float64(first[i])
	}
	// Values of the configuration may be so large that scores overflow: all are NaN then.
	if len(first) != c.Classes || !math.IsNaN(sum) && math.Abs(sum-1) > 1e-4 {
		t.Fatalf("%d probabilities with sum %g; want %d with sum 1", len(first), sum, c.Classes)
	}
}

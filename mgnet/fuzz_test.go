package mgnet

// Fuzz targets of the readers of JSON: configurations, recipes, runs. Those of
// weights and metrics are in fuzz_weights_test.go.

import (
	"encoding/json"
	"math"
	"slices"
	"testing"

	"mgtool/internal/readertest"
	"mgtool/tensor"
	"mgtool/tensor/graph"
)

// allowance is what a reader may allocate for a file of so many bytes: a thousand
// times the file, and 32 MB for what any model has.
func allowance(data []byte) uint64 { return 32<<20 + 1000*uint64(len(data)) }

// must is the JSON of a value.
func must(t testing.TB, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// tinyConfigs are small models of each family.
func tinyConfigs() []Config {
	v := MgNet(6, 5, 1, 2, []int{2}, []int{1, 1})
	v.Cycle, v.ShareA, v.Norm = "v", "step", "none"
	fixed := MgNet(6, 6, 3, 2, []int{2}, []int{2, 1})
	fixed.Fixed, fixed.Activation = map[string][]float64{"A": {0, -1, 0, -1, 4, -1, 0, -1, 0}}, "hat"
	fixed.HatSupport, fixed.HatTrained = []float64{5, 10}, true
	shared := MgNet(8, 8, 1, 2, []int{3}, []int{1, 1})
	shared.ShareA, shared.ShareB, shared.ShareR, shared.Depthwise = "all", "all", "all", []string{"A", "B"}
	resnet, preact := MgNet(6, 6, 1, 2, []int{2}, []int{1, 1}), MgNet(6, 6, 1, 2, []int{2}, []int{1})
	resnet.Model, resnet.ShareA, resnet.ShareB = "resnet", "step", "step"
	preact.Model, preact.Activation = "preact", "prelu"
	layers := Config{Model: "layers", Height: 8, Width: 8, InChannels: 1, Classes: 2, Activation: "relu", Norm: "none", Layers: []Layer{
		{Op: "conv", Channels: 2, Kernel: 3, Pad: 1, Groups: 1}, {Op: "max-pool", Kernel: 2},
		{Op: "response-norm"}, {Op: "mean-pool", Kernel: 2}, {Op: "linear", Channels: 3}, {Op: "linear"},
	}}
	return []Config{MgNet(4, 4, 1, 2, []int{2}, []int{1}), FastMgNet(8, 8, 3, 2, []int{2, 2, 2}, nil), v, fixed, shared, resnet, preact, layers}
}

// A configuration that is accepted has a number of parameters that is right and below
// the limit, means the same when it is written and read again, and, if the model is
// small, classifies an image.
func FuzzConfig(f *testing.F) {
	for _, c := range tinyConfigs() {
		f.Add(must(f, c))
	}
	f.Add([]byte(`{"model": "mgnet", "height": 1e999}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var c Config
		err := readertest.Read(t, allowance(data), func() (err error) { c, err = ParseConfig(data); return err })
		if err != nil {
			return
		}
		text := must(t, c)
		again, err := ParseConfig(text)
		if err != nil || !slices.Equal(must(t, again), text) {
			t.Fatalf("written and read again: %v, %s; want %s", err, must(t, again), text)
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
		if got := float64(c.Parameters()); got != count || got > maxParameters {
			t.Fatalf("accepted with %g parameters, counted as %g; want at most %d", count, got, maxParameters)
		}
		if count < 1e5 && isSmall(c) {
			classify(t, c)
		}
	})
}

// isSmall reports a model that runs in about a millisecond.
func isSmall(c Config) bool {
	if len(c.Layers) > 0 {
		list, err := c.shapes()
		work := 0.0
		for _, l := range list {
			work += float64(l.in.H*l.in.W*l.in.C) + float64(l.out.H*l.out.W*l.out.C)*float64(1+l.Kernel*l.Kernel*l.in.C)
		}
		return err == nil && work < 1e6
	}
	steps, channels := 0, c.InChannels
	for l := range c.Channels {
		steps, channels = steps+c.Smoothings[l], max(channels, c.Channels[l])
	}
	return steps < 12 && c.Height*c.Width*channels < 1<<12 && c.Classes < 1000
}

// classify runs a model on an image twice: the same probabilities, which are some if
// they are finite.
func classify(t *testing.T, c Config) {
	t.Helper()
	n, err := New(c, 1)
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

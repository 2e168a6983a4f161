package mgnet

import (
	"errors"
	"math"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mgtool/internal/saturating"
	"mgtool/tensor/graph"
)

// repeated is count times a layer and then more.
func repeated(count int, l Layer, more ...Layer) (list []Layer) {
	for range count {
		list = append(list, l)
	}
	return append(list, more...)
}

// What is too large is refused by its sizes alone. Of some of these the number of
// parameters passes 2⁶³, or wraps to a small one.
func TestTooLargeModelsAreRefused(t *testing.T) {
	padded := Layer{Op: "conv", Channels: 1, Kernel: 1, Pad: 4096}
	wide := func(c Config, change func(*Config)) Config {
		change(&c)
		return c
	}
	stencil := []float64{0, 0, 0, 0, 1, 0, 0, 0, 0}
	for name, c := range map[string]struct {
		config Config
		want   string
	}{
		"parameters past 2^63": {layered(1024, 1024, 1, 100000, "relu",
			repeated(300, padded, Layer{Op: "conv", Channels: 65536, Kernel: 1}, Layer{Op: "linear"})...), "too many parameters"},
		"2^64 parameters and a few": {layered(1024, 1024, 1, 65536, "relu",
			repeated(511, padded, Layer{Op: "conv", Channels: 16, Kernel: 1, Pad: 3584}, Layer{Op: "linear"})...), "too many parameters"},
		"a kernel of all pixels": {layered(1024, 1024, 1024, 10, "relu",
			Layer{Op: "conv", Channels: 65536, Kernel: 9216, Pad: 4096}, Layer{Op: "linear"}), "too many parameters"},
		"fixed weights": {wide(MgNet(32, 32, 3, 10, []int{8192}, []int{1}), func(c *Config) {
			c.Fixed = map[string][]float64{"A": stencil, "B": stencil}
		}), "too many parameters"},
		"images":             {MgNet(1024, 1024, 1024, 10, []int{1}, []int{1}), "too large a feature map: 1024×1024"},
		"features":           {MgNet(1024, 1024, 3, 10, []int{512}, []int{1}), "too large a feature map: 1024×1024"},
		"behind whitening":   {wide(MgNet(1024, 1024, 33, 10, []int{1}, []int{1}), func(c *Config) { c.Whiten = true }), "too large a feature map: 1023×1023 pixels, padding included, with 264"},
		"before pooling":     {wide(MgNet(1024, 1024, 1, 10, []int{1, 512}, []int{1, 1}), func(c *Config) { c.R = "conv-max" }), "too large a feature map: 1024×1024"},
		"padding of layers":  {layered(1024, 1024, 8, 10, "relu", Layer{Op: "conv", Channels: 1, Kernel: 1024, Stride: 64, Pad: 4096}, Layer{Op: "linear"}), "too large a feature map: 9216×9216"},
		"a huge stride":      {layered(1024, 1024, 1, 10, "relu", Layer{Op: "conv", Channels: 2, Kernel: 1, Stride: 1024}, Layer{Op: "linear"}), "stride 1024"},
		"many groups":        {layered(8, 8, 32768, 10, "relu", Layer{Op: "conv", Channels: 32768, Kernel: 1, Groups: 32768}, Layer{Op: "linear"}), "32768 groups"},
		"conv behind linear": {layered(8, 8, 1, 10, "relu", Layer{Op: "linear", Channels: 4}, Layer{Op: "conv", Channels: 1, Kernel: 1}, Layer{Op: "linear"}), "layer 1, conv"},
		"a pad past all":     {layered(8, 8, 1, 10, "relu", Layer{Op: "conv", Channels: 1, Kernel: 1, Pad: 4097}, Layer{Op: "linear"}), "pad 4097"},
	} {
		if c.config.InChannels > 1024 {
			c.config.InChannels, c.config.Layers = 1, append([]Layer{{Op: "conv", Channels: c.config.InChannels, Kernel: 1}}, c.config.Layers...)
		}
		if _, err := New(c.config, 1); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v; want one with %q", name, err, c.want)
		}
		if strings.HasPrefix(c.want, "too large") != errors.Is(c.config.Validate(), ErrTooLarge) {
			t.Errorf("%s: is ErrTooLarge: %t", name, errors.Is(c.config.Validate(), ErrTooLarge))
		}
		if n := c.config.Parameters(); n != 0 {
			t.Errorf("%s: %d parameters of a model that there cannot be; want 0", name, n)
		}
	}
	if n := (Config{}).Parameters(); n != 0 {
		t.Errorf("%d parameters of no model", n)
	}
}

// extremes are numbers that overflow in products, and some that make models.
var extremes = []int{math.MinInt, -1 << 32, -1, 0, 1, 2, 3, 4, 5, 8, 11, 16, 31, 64, 255, 256, 1000, 1023, 1024, 1025, 4095, 4096,
	4097, 8192, 8193, 65535, 65536, 65537, 99999, 100000, 1 << 30, 1 << 31, 1 << 32, 1<<32 + 1, 1 << 62, math.MaxInt}

// extremeConfig draws a configuration; most of its numbers are usual ones, so that
// some are valid.
func extremeConfig(t *rapid.T) Config {
	number := func(name string, usual ...int) int {
		if rapid.IntRange(0, 29).Draw(t, name+" is extreme") == 0 {
			return rapid.SampledFrom(extremes).Draw(t, name)
		}
		return rapid.SampledFrom(usual).Draw(t, name)
	}
	text := func(name string, values ...string) string { return rapid.SampledFrom(values).Draw(t, name) }
	c := Config{
		Model:  text("model", "layers", "layers", "mgnet", "resnet", "preact", "cnn"),
		Height: number("height", 1, 8, 28, 1024), Width: number("width", 1, 8, 28, 1024),
		InChannels: number("in_channels", 1, 3), Classes: number("classes", 2, 10, 100000),
		Activation: text("activation", "relu", "gelu", "prelu", "hat"), Norm: text("norm", "", "batch", "shift", "none"),
	}
	if c.Model == "layers" {
		for range rapid.IntRange(0, 4).Draw(t, "layers") {
			l := Layer{Op: text("op", "conv", "conv", "conv", "linear", "max-pool", "mean-pool", "response-norm")}
			switch l.Op {
			case "conv":
				l.Channels, l.Kernel, l.Stride = number("channels", 1, 4, 64, 65536), number("kernel", 1, 3, 7, 1024), number("stride", 0, 1, 2, 16)
				l.Pad, l.Groups = number("pad", 0, 1, 4096), number("groups", 0, 1, 4)
			case "linear":
				l.Channels = number("channels", 1, 100, 65536)
			case "max-pool":
				l.Kernel, l.Stride, l.Pad = number("kernel", 2, 3), number("stride", 0, 2), number("pad", 0, 1)
			case "mean-pool":
				l.Kernel = number("kernel", 1, 2)
			}
			c.Layers = append(c.Layers, repeated(rapid.SampledFrom([]int{1, 1, 1, 300}).Draw(t, "times"), l)...)
		}
		c.Layers = append(c.Layers, Layer{Op: "linear"})
		return c
	}
	for range rapid.IntRange(1, 5).Draw(t, "levels") {
		c.Channels = append(c.Channels, number("channels", 1, 4, 4, 8192))
		c.Smoothings = append(c.Smoothings, number("smoothings", 1, 2, 64))
	}
	c.Stem, c.StemStride = number("stem", 1, 3, 15), number("stem_stride", 0, 1, 2)
	c.StemPool, c.Whiten = rapid.Bool().Draw(t, "stem_pool"), rapid.Bool().Draw(t, "whiten")
	c.ShareA, c.ShareB = text("share_a", "level", "step"), text("share_b", "level", "step")
	c.Cycle = "down"
	if c.Model == "mgnet" {
		c.Cycle, c.R = text("cycle", "down", "v"), text("r", "", "conv2", "max", "conv-max")
		c.Depthwise = rapid.SampledFrom([][]string{nil, {"A"}, {"A", "B"}}).Draw(t, "depthwise")
	}
	return c
}

// Whatever the numbers of a configuration are, it is refused, or what is counted of it
// is right: the parameters and the multiply-adds fit their types, those of a batch too,
// and small models are built and run.
func TestExtremeConfigurations(t *testing.T) {
	refused, counted, run := 0, 0, 0
	rapid.Check(t, func(t *rapid.T) {
		c := extremeConfig(t)
		if err := c.Validate(); err != nil {
			refused++
			return
		}
		counted++
		n := Layout(c)
		weights := new(big.Int)
		for _, p := range n.params {
			size := big.NewInt(1)
			for _, d := range p.Shape {
				size.Mul(size, big.NewInt(int64(d)))
			}
			weights.Add(weights, size)
		}
		if got := big.NewInt(int64(n.Weights())); got.Cmp(weights) != 0 || n.Parameters() < 0 || n.Parameters() > n.Weights() {
			t.Fatalf("%v weights and %d parameters, want %v weights", got, n.Parameters(), weights)
		}
		count := new(big.Int) // of the layers; those of a walk are bounded by size.go
		for _, l := range n.layers {
			if l.w != nil {
				of := big.NewInt(int64(l.w.size()))
				count.Add(count, of.Mul(of, big.NewInt(int64(l.out.H)*int64(l.out.W))))
			}
		}
		if count.BitLen() > 58+1 {
			t.Fatalf("%v multiply-adds, want at most 2^58", count)
		}
		values := 0
		for _, s := range families[c.Model].features(c) {
			values = saturating.Sum(values, saturating.Product(s.H, s.W, s.C))
		}
		if n.Weights() > 1<<20 || values > 1<<19 || len(n.params) > 1000 {
			return
		}
		run++
		steps, err := Layers(c)
		if err != nil {
			t.Fatalf("valid, but not built: %v", err)
		}
		if got := MACs(steps); c.Model == "layers" && big.NewInt(got).Cmp(count) != 0 || got < 0 {
			t.Fatalf("%d multiply-adds, want %v", got, count)
		}
		network, err := New(c, 1)
		if err != nil {
			t.Fatal(err)
		}
		image := make([]float32, c.Height*c.Width*c.InChannels)
		p, err := graph.Build(func(b *graph.Builder) *graph.Node {
			return network.Scores(b, b.Input("image", []int{1, c.Height, c.Width, c.InChannels}, image), Pass{})
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Run(); err != nil {
			t.Fatal(err)
		}
	})
	if refused == 0 || counted == 0 || run == 0 {
		t.Errorf("%d configurations were refused, %d counted, %d of these run; want some of each", refused, counted, run)
	}
	t.Logf("%d configurations were refused, %d counted, %d of these run", refused, counted, run)
}

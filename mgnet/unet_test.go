package mgnet

import (
	"slices"
	"strings"
	"testing"

	"mgtool/tensor"
	"mgtool/tensor/gradtest"
	"mgtool/tensor/graph"
)

// The original's 31,030,658 parameters of grey images and two classes, whatever their
// size. With batch norms, colour and one class, the 31,037,633 that milesial/Pytorch-UNet
// has with bilinear=False. MgNet's own shares A and B: its count by hand.
func TestUNetParameters(t *testing.T) {
	bn := NewUNet(64, 64, 3, 1, nil, nil)
	bn.Norm = "batch"
	for name, c := range map[string]struct {
		model Model
		want  int
	}{
		"original":    {NewUNet(572, 572, 1, 2, nil, nil), 31030658},
		"small image": {NewUNet(64, 48, 1, 2, nil, nil), 31030658},
		"batch norms": {bn, 31037633},
		// (9·3 + 1)·4 + (9·4 + 1)·8 + 9·8·4·2 + 8·4·4 + ...: stem, two levels, the way up, the head
		"two levels": {NewUNet(8, 8, 3, 5, []int{4, 8}, []int{1, 1}), (9*3+1)*4 + (9*4+1)*8 + (4*8+1)*4 + (9*8+1)*4 + 4*5 + 5},
		// The stem 9·4 + 8; A, B 2·9·(16 + 36); norms 4·(4·2 + 6); R, P 2·9·24, a norm 2·6; the head
		"mgnet": {PixelMgNet(8, 8, 1, 3, []int{4, 6}, []int{1, 1}), 9*4 + 8 + 2*9*(16+36) + 4*(4*2+6) + 2*9*24 + 2*6 + 4*3 + 3},
	} {
		if err := Validate(c.model); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := Parameters(c.model); got != c.want {
			t.Errorf("%s: %d parameters, want %d", name, got, c.want)
		}
	}
}

// A single channel count doubles; a single smoothing count serves all levels.
func TestUNetLevels(t *testing.T) {
	for _, c := range []struct{ channels, smoothings, wantChannels, wantSmoothings []int }{
		{nil, nil, []int{64, 128, 256, 512, 1024}, []int{2, 2, 2, 2, 2}},
		{[]int{8}, []int{1, 2, 3}, []int{8, 16, 32}, []int{1, 2, 3}},
		{[]int{8, 8}, []int{1}, []int{8, 8}, []int{1, 1}},
		{[]int{8, 8}, nil, []int{8, 8}, []int{2, 2}},
	} {
		u := NewUNet(64, 64, 1, 2, c.channels, c.smoothings)
		if !slices.Equal(u.Channels, c.wantChannels) || !slices.Equal(u.Smoothings, c.wantSmoothings) {
			t.Errorf("channels %v, smoothings %v: %s", c.channels, c.smoothings, u)
		}
	}
	for want, m := range map[string]Model{
		"2 channel counts for 3 levels":        NewUNet(64, 64, 1, 2, []int{8, 8}, []int{1, 1, 1}),
		"5 levels for images of 15×64":         NewUNet(15, 64, 1, 2, nil, nil),
		"channels on level 1 0":                NewUNet(64, 64, 1, 2, []int{8, 0}, nil),
		`head_pool "pixels" with cycle "down"`: func() Model { c := NewMgNet(8, 8, 1, 2, []int{4}, []int{1}); c.HeadPool = "pixels"; return c }(),
	} {
		if err := Validate(m); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v; want %s", err, want)
		}
	}
}

// The gradient of the loss of pixels by each kind of parameter, at an odd size, against
// differences, with smooth activations.
func TestUNetGradient(t *testing.T) {
	c := NewUNet(7, 6, 2, 3, []int{3, 4}, []int{2, 1})
	c.Activation = "tanh"
	m := PixelMgNet(7, 6, 2, 3, []int{3, 4}, []int{1, 1})
	m.Activation = "tanh"
	for _, of := range []struct {
		model  Model
		params []string
	}{ // those of the finest level before the pooling, whose kinks differences cross, aside
		{c, []string{"level1.step0.theta", "level1.step0.norm.beta", "level0.P", "level0.P.bias", "level0.up.step0.theta", "level0.up.step1.norm.beta", "head.w", "head.b"}},
		{m, []string{"stem.conv", "level0.R", "level1.B", "level0.P", "level0.B", "head.w", "head.b"}},
	} {
		model := of.model
		n, err := New(model, 3)
		if err != nil {
			t.Fatal(err)
		}
		for i, param := range n.Params() { // biases begin at 0
			if strings.HasSuffix(param.Name, "beta") || strings.HasSuffix(param.Name, "bias") {
				for k, v := range gradtest.Random(len(param.Data), uint64(10+i)) {
					param.Data[k] = v / 2
				}
			}
		}
		s := model.Sig()
		images := gradtest.Random(2*s.Height*s.Width*s.InChannels, 4)
		labels := make([]int32, 2*s.Height*s.Width)
		for i := range labels {
			labels[i] = int32(i*i%4) - 1
		}
		p, err := graph.Build(func(b *graph.Builder) *graph.Node {
			x := b.Input("x", []int{2, s.Height, s.Width, s.InChannels}, images)
			z := n.Scores(b, x, Pass{Train: true})
			if got := z.Shape(); !slices.Equal(got, []int{2, s.Height, s.Width, s.Classes}) {
				t.Errorf("%s: scores of shape %v", model, got)
			}
			return b.CountedCrossEntropy(z, labels, nil)
		})
		if err != nil {
			t.Fatal(err)
		}
		value := func() float64 {
			if err := p.Run(); err != nil {
				t.Fatal(err)
			}
			return float64(p.Value()[0])
		}
		for _, name := range of.params {
			value()
			gradtest.Check(t, model.String()+", "+name, n.Param(name).Data, value, slices.Clone(p.Gradient(name)))
		}
	}
}

// On an odd grid, P f' + c is 0 in the last row and column, which no coarse pixel covers.
func TestUNetOddGrid(t *testing.T) {
	n, err := New(NewUNet(3, 3, 1, 1, []int{1, 1}, []int{1, 1}), 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range n.Params() {
		clear(p.Data)
	}
	n.Param("level0.P.bias").Data[0] = 5
	n.Param("level0.up.step0.theta").Data[4*2+1] = 1 // the middle of 3×3, of P f' + c
	n.Param("head.w").Data[0] = 1
	p, err := graph.Build(func(b *graph.Builder) *graph.Node {
		return n.Scores(b, b.Input("x", []int{1, 3, 3, 1}, make([]float32, 9)), Pass{})
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	if want := []float32{5, 5, 0, 5, 5, 0, 0, 0, 0}; !slices.Equal(p.Value(), want) {
		t.Errorf("%v, want %v", p.Value(), want)
	}
}

// The shape of the deepest level is what pooling leaves.
func TestUNetGrids(t *testing.T) {
	steps, err := Layers(NewUNet(50, 37, 1, 2, []int{2}, []int{1, 1, 1, 1}))
	if err != nil {
		t.Fatal(err)
	}
	var shapes []tensor.Shape
	for _, s := range steps {
		if s.Op == "max pool" || s.Op == "transposed conv" || s.Op == "extent" {
			shapes = append(shapes, tensor.Shape{H: s.Shape[1], W: s.Shape[2], C: s.Shape[3]})
		}
	}
	want := []tensor.Shape{{H: 25, W: 18, C: 2}, {H: 12, W: 9, C: 4}, {H: 6, W: 4, C: 8}, {H: 12, W: 8, C: 8}, {H: 12, W: 9, C: 8}, {H: 24, W: 18, C: 4}, {H: 25, W: 18, C: 4}, {H: 50, W: 36, C: 2}, {H: 50, W: 37, C: 2}}
	if !slices.Equal(shapes, want) {
		t.Errorf("pooled and prolonged %v, want %v", shapes, want)
	}
}

package mgnet

// U-Net (Ronneberger, Fischer, Brox, MICCAI 2015) as a method of the cycle, a V-cycle
// with prolongation,
//
//	smooth      f ← σ(θ * f + b)
//	restrict    f' = max of 2×2 pixels
//	prolong     f ← [f, P f' + c]
//	head        scores of each pixel = W f + b
//
// where multigrid adds the coarse correction to the fine feature, and this sets it beside
// it, for the next θ to mix. P is a transposed 2×2 convolution with stride 2. The
// convolutions keep the grid by zeros around it, where the original lost two pixels with
// each; its number of parameters is the same. The original's dropout is left out.

import (
	"fmt"
	"slices"
	"strings"

	"mgtool/multigrid/cycle"
	"mgtool/tensor"
	"mgtool/tensor/graph"
)

// UNet is the configuration of a U-Net, whose scores are those of the classes of each
// pixel, (N, H, W, classes).
type UNet struct {
	Signature
	Sigma

	Channels   []int `json:"channels,omitempty"`   // of each level, finest first
	Smoothings []int `json:"smoothings,omitempty"` // convolutions of each level, on the way down and again on the way up
}

// medical is the input and the classes of the original: grey images of cells.
var medical = Signature{Height: 256, Width: 256, InChannels: 1, Classes: 2}

var unetFamily = family{"unet", parseAs[UNet], []Named{
	{"unet", "U-Net (Ronneberger et al. 2015), a class for each pixel; a single --channels doubles from level to level", true, true, medical, func(s Signature, channels, smoothings []int) (Model, error) {
		return NewUNet(s.Height, s.Width, s.InChannels, s.Classes, channels, smoothings), nil
	}},
	{"unet-bn", "U-Net with batch norms in place of biases", true, true, medical, func(s Signature, channels, smoothings []int) (Model, error) {
		c := NewUNet(s.Height, s.Width, s.InChannels, s.Classes, channels, smoothings)
		c.Norm = "batch"
		return c, nil
	}},
}}

// NewUNet is the configuration of the original for images of h×w pixels: biases and ReLU.
// A single channel count, by default 64, is that of the finest level, and doubles with
// each. A single smoothing count, by default 2, serves all levels, of which there are five
// unless channels or smoothings say otherwise.
func NewUNet(h, w, inChannels, classes int, channels, smoothings []int) UNet {
	if len(channels) == 0 {
		channels = []int{64}
	}
	if len(smoothings) == 0 {
		smoothings = []int{2}
	}
	levels := 5
	switch {
	case len(channels) > 1:
		levels = len(channels)
	case len(smoothings) > 1:
		levels = min(len(smoothings), maxLevels)
	}
	channels = slices.Clone(channels)
	for len(channels) < levels {
		channels = append(channels, 2*channels[len(channels)-1])
	}
	if len(smoothings) == 1 {
		smoothings = slices.Repeat(smoothings, levels)
	}
	return UNet{Signature{"unet", h, w, inChannels, classes}, Sigma{Norm: "none", Activation: "relu"}, channels, smoothings}
}

// maxLevels bounds the levels of a model.
const maxLevels = 12

// String implements [Model].
func (c UNet) String() string {
	list := func(n []int) string { return strings.Trim(strings.ReplaceAll(fmt.Sprint(n), " ", ","), "[]") }
	return fmt.Sprintf("unet, channels %s, smoothings %s", list(c.Channels), list(c.Smoothings))
}

func (c UNet) resized(h, w int) Model { c.Height, c.Width = h, w; return c }

// grid is the size of a level.
func (c UNet) grid(level int) (h, w int) { return c.Height >> level, c.Width >> level }

func (c UNet) validate() error {
	if err := firstError(within("number of levels", len(c.Smoothings), 1, maxLevels), c.Sigma.validate(len(c.Smoothings))); err != nil {
		return err
	}
	if len(c.Channels) != len(c.Smoothings) {
		return fmt.Errorf("mgnet: %d channel counts for %d levels (smoothings %v); want one each, or a single one for the finest", len(c.Channels), len(c.Smoothings), c.Smoothings)
	}
	for l := range c.Channels {
		if err := firstError(
			within(fmt.Sprintf("channels on level %d", l), c.Channels[l], 1, 8192),
			within(fmt.Sprintf("smoothings on level %d", l), c.Smoothings[l], 1, 64),
		); err != nil {
			return err
		}
	}
	if h, w := c.grid(len(c.Channels) - 1); min(h, w) < 1 {
		return fmt.Errorf("mgnet: %d levels for images of %d×%d; want fewer: each halves the image", len(c.Channels), c.Height, c.Width)
	}
	return nil
}

// features are the image and what the levels hold, on the way up two features side by
// side.
func (c UNet) features() []tensor.Shape {
	list := []tensor.Shape{{H: c.Height, W: c.Width, C: max(c.InChannels, c.Classes)}}
	for l, ch := range c.Channels {
		h, w := c.grid(l)
		list = append(list, tensor.Shape{H: h, W: w, C: 2 * ch})
	}
	return list
}

// unetBody is a U-Net with its operators by level.
type unetBody struct {
	UNet
	levels []unetLevel
	head   head
}

// unetLevel holds θ and the norms of a level, those of the way up behind those of the way
// down, and P with its bias, which leads there.
type unetLevel struct {
	theta []*Param
	sigma []*Norm
	p, c  *Param
}

func (c UNet) layout(n *Network) body {
	b := &unetBody{UNet: c}
	n.sigma = c.Sigma
	in, deepest := c.InChannels, len(c.Channels)-1
	for l, ch := range c.Channels {
		name := levelName(l)
		var lv unetLevel
		steps := func(prefix string, in int) {
			for k := range c.Smoothings[l] {
				lv.theta = append(lv.theta, n.addParam(name("%sstep%d.theta", prefix, k), he, 3, 3, in, ch))
				lv.sigma = append(lv.sigma, n.norm(name("%sstep%d.norm", prefix, k), l, ch))
				in = ch
			}
		}
		steps("", in)
		if l < deepest {
			coarse := c.Channels[l+1]
			lv.p = n.addParam(name("P"), normal(coarse), 2, 2, ch, coarse) // each fine pixel reads one coarse
			lv.c = n.addParam(name("P.bias"), nil, ch)
			steps("up.", 2*ch)
		}
		b.levels = append(b.levels, lv)
		in = ch
	}
	n.first = b.levels[0].theta[0]
	b.head = n.pixelHead(c.Channels[0], c.Classes)
	return b
}

func (b *unetBody) scores(v *nodes, x *graph.Node) *graph.Node {
	c := cycle.Cycle{Pre: b.Smoothings, Post: b.Smoothings, Gamma: 1}
	return v.classifyPixels(cycle.Run(unet{v, b}, c, nodeState{R: x}).R, b.head)
}

// unet is the method; the state is f, in R.
type unet struct {
	*nodes
	*unetBody
}

// Levels implements [cycle.Method].
func (m unet) Levels() int { return len(m.levels) }

// smooth does steps of a level, from its first on.
func (m unet) smooth(level, first, steps int, f *graph.Node) nodeState {
	lv := m.levels[level]
	for k := first; k < first+steps; k++ {
		f = m.sigma(lv.sigma[k])(m.Conv(f, m.leaf(lv.theta[k]), 1, 1))
	}
	return nodeState{R: f}
}

// Down implements [cycle.Method].
func (m unet) Down(level, pre int, s nodeState) (fine, coarse nodeState) {
	fine = m.smooth(level, 0, pre, s.R)
	return fine, nodeState{R: m.MaxPool(fine.R, 2, 2, 0)}
}

// Bottom implements [cycle.Method].
func (m unet) Bottom(level, pre int, s nodeState) nodeState { return m.smooth(level, 0, pre, s.R) }

// Up implements [cycle.Method]. Where a side of the fine grid is odd, its last row or
// column has no coarse pixel; P f' + c is 0 there, as in milesial/Pytorch-UNet.
func (m unet) Up(level, post int, fine, coarse nodeState) nodeState {
	lv := m.levels[level]
	h, w := m.grid(level)
	p := m.Bias(m.ConvTranspose(coarse.R, m.leaf(lv.p), 2, 0, h-h%2, w-w%2), m.leaf(lv.c))
	if h%2+w%2 > 0 {
		p = m.Extent(p, h, w)
	}
	return m.smooth(level, len(lv.theta)-post, post, m.Join(fine.R, p))
}

// Interpolate completes [cycle.Method]; a V-cycle does not come to it.
func (m unet) Interpolate(_ int, fine, _ nodeState) nodeState { return fine }

// names are those of milesial/Pytorch-UNet, unet_parts.py, without biases and with batch
// norms there; see names.go.
func (b *unetBody) names() (t table) {
	steps := func(prefix string, lv unetLevel, first, count int) {
		for k := range count {
			every := 3
			if b.Norm == "none" {
				every = 2
			}
			conv, norm := fmt.Sprintf("%s.double_conv.%d", prefix, every*k), fmt.Sprintf("%s.double_conv.%d", prefix, every*k+1)
			act := fmt.Sprintf("%s.double_conv.%d", prefix, every*k+every-1)
			t.add(conv, lv.theta[first+k].Name)
			if b.Norm == "none" {
				norm = conv // its bias
			}
			t.norm(norm, act, lv.sigma[first+k])
		}
	}
	deepest := len(b.levels) - 1
	for l, lv := range b.levels {
		prefix := "inc"
		if l > 0 {
			prefix = fmt.Sprintf("down%d.maxpool_conv.1", l)
		}
		steps(prefix, lv, 0, b.Smoothings[l])
	}
	for l := deepest - 1; l >= 0; l-- {
		prefix := fmt.Sprintf("up%d", deepest-l)
		t.add(prefix+".up", b.levels[l].p.Name)
		steps(prefix+".conv", b.levels[l], b.Smoothings[l], b.Smoothings[l])
	}
	t.add("outc.conv", "head")
	return t
}

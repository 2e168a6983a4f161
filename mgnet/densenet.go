package mgnet

// DenseNet-BC (Huang, Liu, van der Maaten, Weinberger, CVPR 2017), the multi-step smoother
// of the cycle without its sum: a step sees all corrections of its level, side by side,
//
//	smooth      d_k = W2_k * σ(W1_k σ([u, d_0, …, d_{k−1}]))
//	restrict    u' = mean of 2×2 pixels of R σ([u, d_0, …, d_{ν−1}])
//
// where an MgNet would add d_k to u, and multistep reads the residuals [r_0, …, r_k]. W1 is
// 1×1, to bottleneck · growth channels, W2 is 3×3, to growth channels; R is 1×1, to the
// share compression of the channels. The levels of a walk are the blocks here, and their
// steps the layers.

import (
	"fmt"
	"math"
	"strings"

	"mgtool/multigrid/cycle"
	"mgtool/tensor"
	"mgtool/tensor/graph"
)

// DenseNet is the configuration of a DenseNet-BC.
type DenseNet struct {
	Signature
	Sigma

	Growth      int     `json:"growth"`      // channels that a layer makes
	Layers      []int   `json:"layers"`      // of each block
	Bottleneck  int     `json:"bottleneck"`  // growths between the two convolutions of a layer
	Compression float64 `json:"compression"` // share of the channels that a restriction keeps
	First       int     `json:"first"`       // channels of the first convolution
	// LargeStem begins with 7×7 and stride 2, σ, and the largest of 3×3 with stride 2, as
	// for ImageNet; else with 3×3.
	LargeStem bool `json:"large_stem,omitempty"`
}

var densenetFamily = family{"densenet", parseAs[DenseNet], []Named{
	{"densenet", "DenseNet-BC-100-12 (Huang et al. 2017): growth 12 and three blocks of 16 layers, or --channels and --smoothings", true, true, cifar, denseNamed(12, []int{16, 16, 16})},
	{"densenet-bc-40-12", "DenseNet-BC of depth 40: growth 12 and three blocks of 6 layers", false, false, cifar, denseNamed(12, []int{6, 6, 6})},
	{"densenet-bc-190-40", "DenseNet-BC of depth 190: growth 40 and three blocks of 31 layers", false, false, cifar, denseNamed(40, []int{31, 31, 31})},
	{"densenet121", "DenseNet-121, for 224x224 pixels", false, false, imagenet, func(s Signature, _, _ []int) (Model, error) {
		c := NewDenseNet(s.Height, s.Width, s.InChannels, s.Classes, 32, []int{6, 12, 24, 16})
		c.LargeStem = true
		return c, nil
	}},
}}

// denseNamed is an entry with a growth and layers, unless the user gives others.
func denseNamed(growth int, layers []int) func(Signature, []int, []int) (Model, error) {
	return func(s Signature, channels, smoothings []int) (Model, error) {
		if len(channels) > 1 {
			return nil, fmt.Errorf("mgnet: channels %v of a densenet; want one number, the growth of all layers", channels)
		}
		k, l := growth, layers
		if len(channels) == 1 {
			k = channels[0]
		}
		if len(smoothings) > 0 {
			l = smoothings
		}
		return NewDenseNet(s.Height, s.Width, s.InChannels, s.Classes, k, l), nil
	}
}

// NewDenseNet is the configuration of DenseNet-BC for images of h×w pixels: twice the growth
// in the first convolution, bottlenecks of four times the growth, and half of the channels
// kept between blocks.
func NewDenseNet(h, w, inChannels, classes, growth int, layers []int) DenseNet {
	return DenseNet{
		Signature: Signature{"densenet", h, w, inChannels, classes}, Sigma: Sigma{Activation: "relu"},
		Growth: growth, Layers: layers, Bottleneck: 4, Compression: .5, First: 2 * growth,
	}
}

// String implements [Model].
func (c DenseNet) String() string {
	return fmt.Sprintf("densenet, growth %d, layers %s", c.Growth, strings.Trim(strings.ReplaceAll(fmt.Sprint(c.Layers), " ", ","), "[]"))
}

func (c DenseNet) resized(h, w int) Model { c.Height, c.Width = h, w; return c }

func (c DenseNet) validate() error {
	err := firstError(
		within("growth", c.Growth, 1, 1024), within("number of blocks", len(c.Layers), 1, maxLevels),
		within("bottleneck", c.Bottleneck, 1, 64), within("first", c.First, 1, 8192),
		c.Sigma.validate(len(c.Layers)),
	)
	if err != nil {
		return err
	}
	for l, n := range c.Layers {
		if err := within(fmt.Sprintf("layers of block %d", l), n, 1, 512); err != nil {
			return err
		}
	}
	if !(c.Compression > 0 && c.Compression <= 1) {
		return fmt.Errorf("mgnet: compression %g; want more than 0, at most 1", c.Compression)
	}
	if a, _ := tensor.LookupActivation(c.Activation); a.Parameter != "" {
		return fmt.Errorf("mgnet: model \"densenet\" with activation %q; want one without a parameter, such as relu", c.Activation)
	}
	if c.Norm == "none" {
		return fmt.Errorf("mgnet: model \"densenet\" with norm \"none\"; want batch, shift or fixed")
	}
	for l := range c.Layers {
		if c.channels(l) < 1 {
			return fmt.Errorf("mgnet: block %d would read %d channels; want a larger compression", l, c.channels(l))
		}
	}
	if h, w := c.grid(len(c.Layers) - 1); min(h, w) < 1 {
		return fmt.Errorf("mgnet: %d blocks for images of %d×%d; want fewer: each halves the image", len(c.Layers), c.Height, c.Width)
	}
	return nil
}

// grid is the size of a level.
func (c DenseNet) grid(level int) (h, w int) {
	h, w = c.Height, c.Width
	if c.LargeStem {
		for range 2 {
			h, w = (h+1)/2, (w+1)/2
		}
	}
	return h >> level, w >> level
}

// channels is what the block of a level reads, and made what it makes.
func (c DenseNet) channels(level int) int {
	ch := c.First
	for l := range level {
		ch = int(math.Floor(float64(ch+c.Layers[l]*c.Growth) * c.Compression))
	}
	return ch
}

func (c DenseNet) made(level int) int { return c.channels(level) + c.Layers[level]*c.Growth }

// features are the image, what the first convolution makes of it, and for each level all
// channels of its block, or the middle of one of its layers.
func (c DenseNet) features() []tensor.Shape {
	list := []tensor.Shape{{H: c.Height, W: c.Width, C: c.InChannels}, {H: c.Height, W: c.Width, C: c.First}}
	for l := range c.Layers {
		h, w := c.grid(l)
		list = append(list, tensor.Shape{H: h, W: w, C: max(c.made(l), c.Bottleneck*c.Growth)})
	}
	return list
}

// denseBody is a DenseNet with its weights by level.
type denseBody struct {
	DenseNet
	stem     *Param
	stemNorm *Norm // of a large stem
	levels   []denseLevel
	norm     *Norm // before the head
	head     head
}

// denseLevel holds the layers of a block, and the way to the next.
type denseLevel struct {
	w1, w2       []*Param
	norm1, norm2 []*Norm
	r            *Param // nil on the coarsest level
	normR        *Norm
}

func (c DenseNet) layout(n *Network) body {
	b := &denseBody{DenseNet: c}
	n.sigma = c.Sigma
	size := 3
	if c.LargeStem {
		size = 7
	}
	b.stem = n.addParam("stem.conv", he, size, size, c.InChannels, c.First)
	n.first = b.stem
	if c.LargeStem {
		b.stemNorm = n.norm("stem.norm", 0, c.First)
	}
	width, deepest := c.Bottleneck*c.Growth, len(c.Layers)-1
	for l, layers := range c.Layers {
		name, in := levelName(l), c.channels(l)
		var lv denseLevel
		for k := range layers {
			lv.norm1 = append(lv.norm1, n.norm(name("step%d.norm1", k), l, in+k*c.Growth))
			lv.w1 = append(lv.w1, n.addParam(name("step%d.W1", k), he, 1, 1, in+k*c.Growth, width))
			lv.norm2 = append(lv.norm2, n.norm(name("step%d.norm2", k), l, width))
			lv.w2 = append(lv.w2, n.addParam(name("step%d.W2", k), he, 3, 3, width, c.Growth))
		}
		if l < deepest {
			lv.normR = n.norm(name("normR"), l, c.made(l))
			lv.r = n.addParam(name("R"), he, 1, 1, c.made(l), c.channels(l+1))
		}
		b.levels = append(b.levels, lv)
	}
	last := c.made(deepest)
	b.norm = n.norm("norm", deepest, last)
	init := uniform(last)
	b.head = head{n.addParam("head.w", init, last, c.Classes), n.addParam("head.b", init, c.Classes)}
	return b
}

func (b *denseBody) scores(v *nodes, x *graph.Node) *graph.Node {
	if b.LargeStem {
		x = v.MaxPool(v.sigma(b.stemNorm)(v.Conv(x, v.leaf(b.stem), 2, 3)), 3, 2, 1)
	} else {
		x = v.Conv(x, v.leaf(b.stem), 1, 1)
	}
	u := cycle.Run(dense{v, b}, cycle.Cycle{Pre: b.Layers, DownOnly: true}, nodeState{U: x}).U
	return v.Linear(v.GlobalAvgPool(v.sigma(b.norm)(u)), v.leaf(b.head.w), v.leaf(b.head.b))
}

// dense is the method; the state is u and its corrections side by side, in U.
type dense struct {
	*nodes
	*denseBody
}

// Levels implements [cycle.Method].
func (m dense) Levels() int { return len(m.levels) }

// Down implements [cycle.Method].
func (m dense) Down(level, pre int, s nodeState) (fine, coarse nodeState) {
	fine = m.Bottom(level, pre, s)
	lv := m.levels[level]
	coarse.U = m.MeanPool(m.Conv(m.sigma(lv.normR)(fine.U), m.leaf(lv.r), 1, 0), 2)
	return fine, coarse
}

// Bottom implements [cycle.Method]: the layers of a block.
func (m dense) Bottom(level, pre int, s nodeState) nodeState {
	act, err := tensor.LookupActivation(m.denseBody.Activation)
	if err != nil {
		m.Fail(err)
		return s
	}
	lv := m.levels[level]
	var layers []graph.DenseLayer
	for k := range pre {
		n1, n2 := lv.norm1[k], lv.norm2[k]
		layers = append(layers, graph.DenseLayer{
			Gamma1: m.leaf(n1.Gamma), Beta1: m.leaf(n1.Beta), W1: m.leaf(lv.w1[k]), BN1: n1.Stats,
			Gamma2: m.leaf(n2.Gamma), Beta2: m.leaf(n2.Beta), W2: m.leaf(lv.w2[k]), BN2: n2.Stats,
		})
	}
	return nodeState{U: m.DenseBlock(s.U, layers, act, m.Train)}
}

// Up and Interpolate complete [cycle.Method]; a walk that only goes down does
// not come to them.
func (m dense) Up(_, _ int, fine, _ nodeState) nodeState       { return fine }
func (m dense) Interpolate(_ int, fine, _ nodeState) nodeState { return fine }

// names are those of torchvision, densenet.py; see names.go.
func (b *denseBody) names() (t table) {
	t.add("features.conv0", b.stem.Name)
	if b.stemNorm != nil {
		t.norm("features.norm0", "", b.stemNorm)
	}
	for l, lv := range b.levels {
		for k := range lv.w1 {
			prefix := fmt.Sprintf("features.denseblock%d.denselayer%d.", l+1, k+1)
			t.norm(prefix+"norm1", "", lv.norm1[k])
			t.add(prefix+"conv1", lv.w1[k].Name)
			t.norm(prefix+"norm2", "", lv.norm2[k])
			t.add(prefix+"conv2", lv.w2[k].Name)
		}
		if lv.r != nil {
			prefix := fmt.Sprintf("features.transition%d.", l+1)
			t.norm(prefix+"norm", "", lv.normR)
			t.add(prefix+"conv", lv.r.Name)
		}
	}
	last := "features.norm_final"
	if b.LargeStem {
		last = "features.norm5"
	}
	t.norm(last, "", b.norm)
	t.add("classifier", "head")
	return t
}

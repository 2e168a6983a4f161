package mgnet

// MgNO: networks from fields to fields whose linear maps are V-cycles (J. He, X. Liu, J. Xu,
// MgNO: Efficient Parameterization of Linear Operators via Multigrid, ICLR 2024),
//
//	u ← σ(W_mg u + W u + b)   in each layer,   answer = W_out u,
//
// with σ = GELU and W, W_out matrices on the channels. W_mg f is one V-cycle for A u = f from
// u = 0, linear in f since there is no activation in it:
//
//	smooth      u ← u + S (f − A u), with A and S of its own in each step; u = S f first
//	restrict    u' = Π u,   f' = R f
//	prolong     u ← u + T u'
//
// All are 3×3 convolutions without bias, Π and R with stride 2, T the adjoint of one with
// stride 2. As in the authors' code R acts on f, not on the residual.

import (
	"fmt"
	"slices"

	"mgtool/multigrid/cycle"
	"mgtool/tensor"
	"mgtool/tensor/graph"
)

// MgNO is the configuration of an MgNO. Its outputs are fields of Classes values a point.
type MgNO struct {
	Signature
	Layers   int `json:"layers"`
	Channels int `json:"channels"`
	// Pre and Post are the smoothing steps of each level before and after the coarse
	// correction, finest level first; Post may be left out for none.
	Pre  []int `json:"pre"`
	Post []int `json:"post,omitempty"`
	// Prolongation is the kernel of T along a side of the finer grid. "fit" (or "") takes 4
	// where that is even and 3 where it is odd, as the authors do: then the weights belong to
	// one size. "crop" takes 4 and drops the last row or column of an odd side, so that the
	// weights serve grids of any size.
	Prolongation string `json:"prolongation,omitempty"`
}

var mgnoFamily = family{"mgno", parseAs[MgNO], []Named{
	{"mgno", "MgNO (He, Liu, Xu 2024): fields to fields, linear V-cycles as layers", true, true, darcy, func(s Signature, channels, smoothings []int) (Model, error) {
		width, err := oneWidth("mgno", channels, 24)
		if err != nil {
			return nil, err
		}
		c := NewMgNO(s.Height, s.Width, s.InChannels, s.Classes, 4, width)
		c.Prolongation = "crop"
		if len(smoothings) > 0 {
			c.Pre = smoothings
		}
		return c, nil
	}},
}}

// darcy is the signature of Darcy flow on every fourth of 421² points.
var darcy = Signature{Height: 106, Width: 106, InChannels: 1, Classes: 1}

// oneWidth is the one channel count of all layers, usual if none is given.
func oneWidth(name string, channels []int, usual int) (int, error) {
	switch len(channels) {
	case 0:
		return usual, nil
	case 1:
		return channels[0], nil
	}
	return 0, fmt.Errorf("mgnet: channels %v for %s; want one number for all layers", channels, name)
}

// NewMgNO is the configuration of the paper for fields of h×w points with in and out values:
// one smoothing step a level and two on the coarsest, of six levels or fewer, so that the
// coarsest has four points a side.
func NewMgNO(h, w, in, out, layers, channels int) MgNO {
	c := MgNO{Signature: Signature{"mgno", h, w, in, out}, Layers: layers, Channels: channels, Pre: []int{1}}
	for side := min(h, w); len(c.Pre) < 6 && (side+1)/2 >= 4; side = (side + 1) / 2 {
		c.Pre = append(c.Pre, 1)
	}
	c.Pre[len(c.Pre)-1]++
	return c
}

// String implements [Model].
func (c MgNO) String() string {
	return fmt.Sprintf("mgno, %d layers of %d channels, smoothings %v", c.Layers, c.Channels, c.Pre)
}

func (c MgNO) resized(h, w int) Model { c.Height, c.Width = h, w; return c }

// cycle is the schedule of each layer.
func (c MgNO) cycle() cycle.Cycle {
	post := c.Post
	if len(post) == 0 {
		post = []int{0}
	}
	return cycle.Cycle{Pre: c.Pre, Post: post, Gamma: 1}
}

// sizes are those of the grids, finest first.
func (c MgNO) sizes() (list [][2]int) {
	h, w := c.Height, c.Width
	for range c.Pre {
		list = append(list, [2]int{h, w})
		h, w = (h+1)/2, (w+1)/2
	}
	return list
}

func (c MgNO) validate() error {
	errs := []error{
		within("layers", c.Layers, 1, 64),
		within("channels", c.Channels, 1, 4096),
		within("number of levels", len(c.Pre), 1, 12),
		oneOf("prolongation", c.Prolongation, "", "fit", "crop"),
	}
	for l, steps := range c.Pre {
		errs = append(errs, within(fmt.Sprintf("smoothings on level %d", l), steps, 1, 64))
	}
	if len(c.Post) != 0 && len(c.Post) != len(c.Pre) {
		errs = append(errs, fmt.Errorf("mgnet: post for %d of %d levels; want one number each, or none", len(c.Post), len(c.Pre)))
	}
	for l, steps := range c.Post {
		errs = append(errs, within(fmt.Sprintf("smoothings after the correction on level %d", l), steps, 0, 64))
	}
	if err := firstError(errs...); err != nil {
		return err
	}
	if last := c.sizes()[len(c.Pre)-1]; len(c.Pre) > 1 && min(last[0], last[1]) < 2 {
		return fmt.Errorf("mgnet: %d levels of %d×%d points, the coarsest of %d×%d; want fewer levels, 2 points a side or more", len(c.Pre), c.Height, c.Width, last[0], last[1])
	}
	return nil
}

func (c MgNO) features() (shapes []tensor.Shape) {
	for _, s := range c.sizes() {
		shapes = append(shapes, tensor.Shape{H: s[0] + 2, W: s[1] + 2, C: max(c.Channels, c.InChannels, c.Classes)})
	}
	return shapes
}

// mgnoBody is an MgNO with its operators.
type mgnoBody struct {
	MgNO
	layers []mgnoLayer
	out    *Param
}

// mgnoLayer is a layer: W_mg by levels, and the matrix W and the bias b beside it.
type mgnoLayer struct {
	levels       []mgnoLevel
	linear, bias *Param
}

// mgnoLevel holds the operators of one grid; a[0] is nil on the finest, where u begins as 0.
type mgnoLevel struct {
	a, s     []*Param // of a step each, those after the correction last
	pi, r, t *Param   // to the next coarser grid, and back; nil on the coarsest
	crop     bool     // T makes one row or column more than there are
	h, w     int
}

func (c MgNO) layout(n *Network) body {
	b := &mgnoBody{MgNO: c}
	n.sigma = Sigma{Activation: "gelu", Norm: "none"}
	sizes, ch := c.sizes(), c.Channels
	for i := range c.Layers {
		in := ch
		if i == 0 {
			in = c.InChannels
		}
		var layer mgnoLayer
		for l := range c.Pre {
			name := func(format string, a ...any) string { return fmt.Sprintf("layer%d.", i) + levelName(l)(format, a...) }
			lv := mgnoLevel{h: sizes[l][0], w: sizes[l][1]}
			steps := c.Pre[l]
			if len(c.Post) > 0 {
				steps += c.Post[l]
			}
			for k := range steps {
				var a *Param
				if l > 0 || k > 0 {
					a = n.addParam(name("step%d.A", k), spread, 3, 3, ch, in)
				}
				lv.a = append(lv.a, a)
				lv.s = append(lv.s, n.addParam(name("step%d.S", k), spread, 3, 3, in, ch))
			}
			if l < len(c.Pre)-1 {
				lv.pi = n.addParam(name("Pi"), spread, 3, 3, ch, ch)
				lv.r = n.addParam(name("R"), spread, 3, 3, in, in)
				kh, kw := 4, 4
				if c.Prolongation != "crop" {
					kh, kw = 4-lv.h%2, 4-lv.w%2
				}
				lv.crop = c.Prolongation == "crop" && (lv.h%2 == 1 || lv.w%2 == 1)
				lv.t = n.addParam(name("T"), spread, kh, kw, ch, ch)
			}
			layer.levels = append(layer.levels, lv)
		}
		layer.linear = n.addParam(fmt.Sprintf("layer%d.linear", i), spread, 1, 1, in, ch)
		layer.bias = n.addParam(fmt.Sprintf("layer%d.linear.bias", i), uniform(in), ch)
		b.layers = append(b.layers, layer)
	}
	b.out = n.addParam("linear", spread, 1, 1, ch, c.Classes)
	n.first = b.layers[0].levels[0].s[0]
	return b
}

func (b *mgnoBody) scores(v *nodes, x *graph.Node) *graph.Node {
	for _, layer := range b.layers {
		cycled := cycle.Run(vCycle{v, layer.levels}, b.cycle(), uf{f: x}).u
		x = v.activate(v.Bias(v.Add(cycled, v.Conv(x, v.leaf(layer.linear), 1, 0)), v.leaf(layer.bias)), nil)
	}
	return v.Conv(x, v.leaf(b.out), 1, 0)
}

// uf is what a level of a V-cycle carries: u, nil for 0, and f.
type uf struct{ u, f *graph.Node }

// vCycle is the method of a layer.
type vCycle struct {
	*nodes
	levels []mgnoLevel
}

// Levels implements [cycle.Method].
func (m vCycle) Levels() int { return len(m.levels) }

// Down implements [cycle.Method].
func (m vCycle) Down(level, pre int, s uf) (fine, coarse uf) {
	s = m.smooth(level, 0, pre, s)
	lv := m.levels[level]
	return s, uf{u: m.Conv(s.u, m.leaf(lv.pi), 2, 1), f: m.Conv(s.f, m.leaf(lv.r), 2, 1)}
}

// Bottom implements [cycle.Method].
func (m vCycle) Bottom(level, pre int, s uf) uf { return m.smooth(level, 0, pre, s) }

// Up implements [cycle.Method].
func (m vCycle) Up(level, post int, fine, coarse uf) uf {
	lv := m.levels[level]
	h, w := lv.h, lv.w
	if lv.crop { // an even side, of which the last row is dropped
		h, w = h+h%2, w+w%2
	}
	d := m.ConvTranspose(coarse.u, m.leaf(lv.t), 2, 1, h, w)
	fine.u = m.Add(fine.u, m.Extent(d, lv.h, lv.w))
	return m.smooth(level, len(lv.s)-post, post, fine)
}

// Interpolate completes [cycle.Method]; a V-cycle does not come to it.
func (m vCycle) Interpolate(_ int, fine, _ uf) uf { return fine }

// smooth does steps from the first on.
func (m vCycle) smooth(level, first, steps int, s uf) uf {
	lv := m.levels[level]
	for k := first; k < first+steps; k++ {
		r := s.f
		if s.u != nil {
			r = m.Sub(s.f, m.Conv(s.u, m.leaf(lv.a[k]), 1, 1))
		}
		s.u = m.Add(s.u, m.Conv(r, m.leaf(lv.s[k]), 1, 1))
	}
	return s
}

// names are those of xlliu2017/MgNO, models.py.
func (b *mgnoBody) names() (t table) {
	for i, layer := range b.layers {
		for l, lv := range layer.levels {
			prefix, first := fmt.Sprintf("conv_list.%d.", i), 0
			if l > 0 {
				first = 1
				restrict := fmt.Sprintf("%slayer%d.0.", prefix, l)
				t.add(restrict+"Pi", layer.levels[l-1].pi.Name)
				t.add(restrict+"R", layer.levels[l-1].r.Name)
			}
			for k := range lv.s {
				step := fmt.Sprintf("%slayer%d.%d.", prefix, l, first+k)
				if k >= b.Pre[l] {
					step = fmt.Sprintf("%spost_smooth_layer%d.%d.", prefix, l, k-b.Pre[l])
				}
				if lv.a[k] != nil {
					t.add(step+"A", lv.a[k].Name)
				}
				t.add(step+"S", lv.s[k].Name)
			}
			if lv.t != nil {
				t.add(fmt.Sprintf("%sRTlayers.%d", prefix, l), lv.t.Name)
			}
		}
		t.add(fmt.Sprintf("linear_list.%d", i), layer.linear.Name)
	}
	t.add("linear", "linear")
	return slices.Clip(t)
}

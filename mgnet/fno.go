package mgnet

// The Fourier neural operator: networks from fields to fields whose linear maps are
// multiplications of Fourier modes (Z. Li et al., Fourier Neural Operator for Parametric
// Partial Differential Equations, ICLR 2021),
//
//	u = W_in (a, x, y) + b;   u ← σ(F⁻¹ R F u + W u + b)   in each layer;   answer = W_2 σ(W_1 u)
//
// with σ = GELU, not behind the last layer. R_k is a complex matrix on the channels for each of
// the lowest modes k, and 0 for all others. Zeros are added below and to the right of u before
// the layers and dropped behind them, since the field need not be periodic.

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"

	"mgtool/tensor"
	"mgtool/tensor/graph"
)

// FNO is the configuration of a Fourier neural operator in two dimensions. Its outputs are
// fields of Classes values a point.
type FNO struct {
	Signature
	Layers   int `json:"layers"`
	Channels int `json:"channels"`
	// Modes are kept along the height, of either sign, and along the width.
	Modes [2]int `json:"modes"`
	// Pad is how many rows and how many columns of zeros are added.
	Pad Pads `json:"pad"`
	// Hidden is the number of channels of the last σ.
	Hidden int `json:"hidden"`
}

// Pads are numbers of rows and columns; in JSON one number if they are the same.
type Pads [2]int

// MarshalJSON implements [json.Marshaler].
func (p Pads) MarshalJSON() ([]byte, error) {
	if p[0] == p[1] {
		return json.Marshal(p[0])
	}
	return json.Marshal([2]int(p))
}

// UnmarshalJSON implements [json.Unmarshaler].
func (p *Pads) UnmarshalJSON(text []byte) error {
	var both int
	if json.Unmarshal(text, &both) == nil {
		*p = Pads{both, both}
		return nil
	}
	var list []int
	if err := json.Unmarshal(text, &list); err != nil || len(list) != 2 {
		return fmt.Errorf("pad %s; want a number, or two for rows and columns", text)
	}
	*p = Pads(list)
	return nil
}

var fnoFamily = family{"fno", parseAs[FNO], []Named{
	{"fno", "Fourier neural operator (Li et al. 2021): fields to fields, 12 modes", true, false, darcy, func(s Signature, channels, _ []int) (Model, error) {
		width, err := oneWidth("fno", channels, 32)
		if err != nil {
			return nil, err
		}
		return NewFNO(s.Height, s.Width, s.InChannels, s.Classes, 4, width, 12), nil
	}},
}}

// NewFNO is the configuration of the authors' fourier_2d.py for fields of h×w points with in and
// out values: 9 points of padding and 128 hidden channels. There are fewer modes than asked for
// where the sides have no more.
func NewFNO(h, w, in, out, layers, channels, modes int) FNO {
	c := FNO{Signature: Signature{"fno", h, w, in, out}, Layers: layers, Channels: channels, Pad: Pads{9, 9}, Hidden: 128}
	c.Modes = [2]int{min(modes, (h+c.Pad[0])/2), min(modes, (w+c.Pad[1])/2)}
	return c
}

// String implements [Model].
func (c FNO) String() string {
	return fmt.Sprintf("fno, %d layers of %d channels, %d×%d modes", c.Layers, c.Channels, c.Modes[0], c.Modes[1])
}

// resized keeps the share of each side that the zeros take, so that a mode stays the same wave.
func (c FNO) resized(h, w int) Model {
	share := func(pad, side, from int) int { return (2*pad*side + from) / (2 * from) }
	c.Pad = Pads{share(c.Pad[0], h, c.Height), share(c.Pad[1], w, c.Width)}
	c.Height, c.Width = h, w
	return c
}

func (c FNO) validate() error {
	return firstError(
		within("layers", c.Layers, 1, 64),
		within("channels", c.Channels, 1, 4096),
		within("pad of rows", c.Pad[0], 0, 1024),
		within("pad of columns", c.Pad[1], 0, 1024),
		within("hidden", c.Hidden, 1, 1<<14),
		within("modes along the height", c.Modes[0], 1, (c.Height+c.Pad[0])/2),
		within("modes along the width", c.Modes[1], 1, (c.Width+c.Pad[1])/2),
	)
}

func (c FNO) features() []tensor.Shape {
	return []tensor.Shape{
		{H: c.Height + c.Pad[0], W: c.Width + c.Pad[1], C: max(c.Channels, c.InChannels+2)},
		{H: c.Height, W: c.Width, C: max(c.Hidden, c.Classes)},
		{H: 2 * c.Modes[0], W: c.Modes[1], C: 2 * c.Channels},
	}
}

// fnoBody is an FNO with its operators.
type fnoBody struct {
	FNO
	lift, last, out affine
	layers          []fnoLayer
}

// fnoLayer is R for k₁ ≥ 0 and for k₁ < 0, W and b.
type fnoLayer struct{ positive, negative, local, bias *Param }

func (c FNO) layout(n *Network) body {
	b := &fnoBody{FNO: c}
	n.sigma = Sigma{Activation: "gelu", Norm: "none"}
	b.lift = n.affine("lift", c.InChannels+2, c.Channels)
	// As the authors have it, uniform in [0, 1) over the product of the channels.
	spectral := func(p *Param, rng *rand.Rand) {
		for i := range p.Data {
			p.Data[i] = float32(rng.Float64() / float64(c.Channels*c.Channels))
		}
	}
	for i := range c.Layers {
		name := fmt.Sprintf("layer%d", i)
		b.layers = append(b.layers, fnoLayer{
			positive: n.addParam(name+".weights1", spectral, c.Modes[0], c.Modes[1], 2, c.Channels, c.Channels),
			negative: n.addParam(name+".weights2", spectral, c.Modes[0], c.Modes[1], 2, c.Channels, c.Channels),
			local:    n.addParam(name+".local", spread, 1, 1, c.Channels, c.Channels),
			bias:     n.addParam(name+".local.bias", uniform(c.Channels), c.Channels),
		})
	}
	b.last = n.affine("last", c.Channels, c.Hidden)
	b.out = n.affine("out", c.Hidden, c.Classes)
	return b
}

func (b *fnoBody) scores(v *nodes, x *graph.Node) *graph.Node {
	if x == nil {
		return nil
	}
	h, w := b.Height+b.Pad[0], b.Width+b.Pad[1]
	u := v.Extent(v.affine(b.lift, v.Join(x, b.coordinates(v, x.Shape()[0]))), h, w)
	for i, l := range b.layers {
		modes := v.ModeMix(v.FourierModes(u, b.Modes), v.leaf(l.positive), v.leaf(l.negative))
		u = v.Bias(v.Add(v.FromModes(modes, h, w), v.Conv(u, v.leaf(l.local), 1, 0)), v.leaf(l.bias))
		if i < len(b.layers)-1 {
			u = v.activate(u, nil)
		}
	}
	u = v.activate(v.affine(b.last, v.Extent(u, b.Height, b.Width)), nil)
	return v.affine(b.out, u)
}

// coordinates are those of the points of count fields, from 0 to 1: along the height, then
// along the width.
func (b *fnoBody) coordinates(v *nodes, count int) *graph.Node {
	data := make([]float32, 0, count*b.Height*b.Width*2)
	for range count {
		for i := range b.Height {
			for j := range b.Width {
				data = append(data, float32(i)/float32(max(1, b.Height-1)), float32(j)/float32(max(1, b.Width-1)))
			}
		}
	}
	return v.Input("coordinates", []int{count, b.Height, b.Width, 2}, data)
}

// names are those of the authors' fourier_2d.py, in the form whose weights are real numbers,
// weights1 and weights2 (in, out, m₁, m₂, 2).
func (b *fnoBody) names() (t table) {
	t.add("fc0", "lift")
	for i, l := range b.layers {
		name := fmt.Sprintf("layer%d", i)
		t.add(fmt.Sprintf("conv%d", i), name)
		t.add(fmt.Sprintf("w%d", i), l.local.Name)
	}
	t.add("fc1", "last")
	t.add("fc2", "out")
	return t
}

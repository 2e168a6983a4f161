package mgnet

// What a network does on one image: its operations and their multiply-adds.

import (
	"mgtool/tensor/graph"
)

// Layers lists the operations of the network on one image, in order: what they
// do, with which weights, the shape of their output, their multiply-adds.
func Layers(c Config) ([]graph.Step, error) {
	n, err := zeroed(c)
	if err != nil {
		return nil, err
	}
	// Nothing runs, so no weights are laid out: the memory stays untouched.
	p, err := graph.Build(func(b *graph.Builder) *graph.Node {
		image := make([]float32, c.Height*c.Width*c.InChannels)
		return n.Scores(b, b.Input("image", []int{1, c.Height, c.Width, c.InChannels}, image), Pass{})
	})
	if err != nil {
		return nil, err
	}
	return p.Steps(), nil
}

// MACs are the multiply-adds of all steps.
func MACs(steps []graph.Step) (sum int64) {
	for _, s := range steps {
		sum += s.MACs
	}
	return sum
}

// StandardMACs is the forward multiply-adds of an image in the standard form,
//
//	u ← u + σ(B * σ(g − A * u)),   u' = σ(Π *₂ u),   g' = σ(R *₂ (g − A * u)) + A' * u',
//
// the same for every implementation of a model, so that their speeds compare:
//
//	k²·C_in·c₁·hw₁ + Σ_l 2ν_l·9c_l²·hw_l
//	  + Σ_{l<J} [9c_l²·hw_l + 18c_l c_{l+1}·hw_{l+1} + 9c_{l+1}²·hw_{l+1}]
//
// without the head. It is known for MgNet with the paper's operators; for other
// models it is what is executed.
func (c Config) StandardMACs() (int64, error) {
	if !c.published() {
		layers, err := Layers(c)
		return MACs(layers), err
	}
	h, w := c.finest()
	unpooled := c // the stem runs before the pooling
	unpooled.StemPool = false
	hs, ws := unpooled.finest()
	macs := c.Stem * c.Stem * c.InChannels * c.Channels[0] * hs * ws
	for l, ch := range c.Channels {
		macs += 2 * c.Smoothings[l] * 9 * ch * ch * h * w
		if l == c.levels()-1 {
			break
		}
		next := c.Channels[l+1]
		macs += 9 * ch * ch * h * w
		h, w = (h+1)/2, (w+1)/2
		macs += (18*ch*next + 9*next*next) * h * w
	}
	return int64(macs), nil
}

// published reports MgNet with R and Π as in the paper.
func (c Config) published() bool {
	conv3 := func(kind string) bool { return kind == "" || kind == "conv3" }
	return c.Model == "mgnet" && c.Cycle == "down" && conv3(c.R) && conv3(c.Pi) && !c.Whiten
}

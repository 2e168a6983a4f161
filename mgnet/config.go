// Package mgnet holds MgNet, trained on images: the multigrid cycle of package
// multigrid over the nodes of a graph,
//
//	stem        r = σ(θ * image);             u = 0
//	smooth      d = σ(B * σ(r));              u += d;   r −= A * d
//	restrict    r' = σ(R *₂ r);               u' = σ(Π *₂ u)
//	head        class scores = W · mean(u) + b
//
// with σ = ReLU∘BN, or another activation for ReLU, each with its own statistics
// (He & Xu, MgNet, Sci. China Math. 62, 2019; the residual form of eqs. 26–27 of
// the lectures, equal to the form that carries u and g). ResNets are the same walk
// with r alone. A [Config] says which operators are shared, given or trained; a
// [Network] holds the values; [Trainer] trains.
package mgnet

import (
	"fmt"
	"slices"

	"mgtool/tensor"
)

// Config describes a model. It is what a run's config.json holds.
type Config struct {
	Model string `json:"model"` // "mgnet", "resnet" or "preact", see residual.go

	Height     int `json:"height"` // of the input images, in pixels
	Width      int `json:"width"`
	InChannels int `json:"in_channels"`
	Classes    int `json:"classes"`

	// Channels and smoothing steps of each level, finest first.
	Channels   []int `json:"channels"`
	Smoothings []int `json:"smoothings"`
	// "level": one A (or B) a level; "step": one a smoothing step.
	ShareA string `json:"share_a"`
	ShareB string `json:"share_b"`

	Stem int `json:"stem"` // kernel size of the first convolution, odd
	// For large images the first convolution may take every StemStride-th pixel, 1
	// (or 0) or 2, and the largest of 3×3 values, again every second, may follow.
	StemStride int  `json:"stem_stride,omitempty"`
	StemPool   bool `json:"stem_pool,omitempty"`

	Activation string `json:"activation"` // a name of tensor.ActivationNames

	// HatSupport are the supports M of the hat max(0, min(x, M − x)), a level or one
	// for all; of none, 5, 10, 15, … (see activation.go). With HatTrained they are
	// where training starts, and a parameter a level.
	HatSupport []float64 `json:"hat_support,omitempty"`
	HatTrained bool      `json:"hat_trained,omitempty"`

	// Cycle is "down" for MgNet, whose features are those of the coarsest
	// level, or "v": back up by prolongations P and the same number of smoothing
	// steps again, a U-Net, whose features are those of the finest.
	Cycle string `json:"cycle"`

	// Fixed operators are given and not trained: the 3×3 stencil (row by row) of
	// A, B, R, P or Pi, applied to each channel alone.
	Fixed map[string][]float64 `json:"fixed,omitempty"`
}

// MgNet is the configuration of the paper for images of h×w pixels: A and B
// shared on a level, 3×3 kernels, ReLU. A single channel count serves all
// levels.
func MgNet(h, w, inChannels, classes int, channels, smoothings []int) Config {
	if len(channels) == 1 {
		channels = slices.Repeat(channels, max(1, len(smoothings)))
	}
	return Config{
		Model: "mgnet", Height: h, Width: w, InChannels: inChannels, Classes: classes,
		Channels: channels, Smoothings: smoothings, ShareA: "level", ShareB: "level",
		Stem: 3, Activation: "relu", Cycle: "down",
	}
}

// ParseConfig reads a Config from JSON. A key it does not know is an error.
func ParseConfig(data []byte) (Config, error) {
	var c Config
	if err := strictJSON(data, &c); err != nil {
		return Config{}, fmt.Errorf("mgnet: model configuration: %w", err)
	}
	return c, c.Validate()
}

// operators are the names that Fixed knows.
var operators = []string{"A", "B", "R", "P", "Pi"}

// Validate reports the first value that does not make a model.
func (c Config) Validate() error {
	oneOf := func(key, value string, known ...string) error {
		if !slices.Contains(known, value) {
			return fmt.Errorf("mgnet: %s %q; known: %v", key, value, known)
		}
		return nil
	}
	within := func(key string, value, lo, hi int) error {
		if value < lo || value > hi {
			return fmt.Errorf("mgnet: %s %d; want %d to %d", key, value, lo, hi)
		}
		return nil
	}
	errs := []error{
		oneOf("model", c.Model, append([]string{"mgnet"}, residualModels...)...),
		oneOf("share_a", c.ShareA, "level", "step"),
		oneOf("share_b", c.ShareB, "level", "step"),
		oneOf("activation", c.Activation, tensor.ActivationNames()...),
		oneOf("cycle", c.Cycle, "down", "v"),
		within("height", c.Height, 1, 1024),
		within("width", c.Width, 1, 1024),
		within("in_channels", c.InChannels, 1, 1024),
		within("classes", c.Classes, 2, 100000),
		within("stem", c.Stem, 1, 15),
		within("stem stride", c.StemStride, 0, 2),
		within("number of smoothings", len(c.Smoothings), 1, 12),
	}
	if c.Stem%2 == 0 {
		errs = append(errs, fmt.Errorf("mgnet: stem kernel %d; want an odd size", c.Stem))
	}
	if len(c.Channels) != len(c.Smoothings) {
		errs = append(errs, fmt.Errorf("mgnet: %d channel counts for %d levels (smoothings %v); want one each, or a single one for all", len(c.Channels), len(c.Smoothings), c.Smoothings))
	}
	for l := range min(len(c.Channels), len(c.Smoothings)) {
		errs = append(errs,
			within(fmt.Sprintf("channels on level %d", l), c.Channels[l], 1, 8192),
			within(fmt.Sprintf("smoothings on level %d", l), c.Smoothings[l], 1, 64))
	}
	h, w := c.finest()
	for range len(c.Smoothings) - 1 {
		if h < 2 || w < 2 {
			h, w = c.finest()
			errs = append(errs, fmt.Errorf("mgnet: %d levels for a finest grid of %d×%d; want no more than halve the smaller side to one", len(c.Smoothings), h, w))
			break
		}
		h, w = (h+1)/2, (w+1)/2
	}
	for key, stencil := range c.Fixed {
		if err := oneOf("fixed operator", key, operators...); err != nil {
			errs = append(errs, err)
		}
		if len(stencil) != 9 {
			errs = append(errs, fmt.Errorf("mgnet: fixed %s has %d values; want a 3×3 stencil, 9", key, len(stencil)))
		}
		if key != "A" && key != "B" && len(slices.Compact(slices.Clone(c.Channels))) > 1 {
			errs = append(errs, fmt.Errorf("mgnet: fixed %s with channels %v; a stencil a channel wants one channel count on all levels", key, c.Channels))
		}
	}
	errs = append(errs, c.validateHat())
	if c.residual() && (c.Cycle != "down" || len(c.Fixed) > 0) {
		errs = append(errs, fmt.Errorf("mgnet: model %q with cycle %q and %d fixed operators; want a cycle down and none", c.Model, c.Cycle, len(c.Fixed)))
	}
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	if n := c.Parameters(); n > maxParameters {
		return fmt.Errorf("mgnet: %d parameters; want at most %d, four gigabytes of weights", n, maxParameters)
	}
	return nil
}

// maxParameters keeps a slip of the keyboard from filling the memory.
const maxParameters = 1 << 30

// ImageNetStem makes the stem that of the original ResNet (He et al., 2016, table 1),
// for images that are too large to smooth as they are: 7×7 with stride 2, then the
// largest of 3×3 with stride 2.
func (c *Config) ImageNetStem() { c.Stem, c.StemStride, c.StemPool = 7, 2, true }

// finest is the size of the finest grid, behind the stem.
func (c Config) finest() (h, w int) {
	h, w = c.Height, c.Width
	for _, half := range []bool{c.StemStride == 2, c.StemPool} {
		if half {
			h, w = (h+1)/2, (w+1)/2
		}
	}
	return h, w
}

// levels is the number of grids.
func (c Config) levels() int { return len(c.Channels) }

// visits is the number of smoothing steps that a level does in all: those of
// the way up too, if there is one.
func (c Config) visits(level int) int {
	if c.Cycle == "v" && level < c.levels()-1 {
		return 2 * c.Smoothings[level]
	}
	return c.Smoothings[level]
}

// copies is the number of As (or Bs) of a level.
func (c Config) copies(share string, level int) int {
	if share == "level" {
		return 1
	}
	return c.visits(level)
}

// Parameters is the number of trained values,
//
//	k²·C_in·c₁ + 2c₁ + Σ_l [9c_l²(α_l + β_l) + 4ν_l c_l]
//	  + Σ_{l<J} [18 c_l c_{l+1} + 4 c_{l+1}] + K(c_J + 1),
//
// with α_l, β_l the As and Bs of a level, here 1 or one a step ν_l; a V-cycle
// adds 9 c_l c_{l+1} for each P. Fixed operators do not count. A on the coarsest
// level counts, although with ν_J = 1 no residual after it needs it. Activations with
// parameters add theirs: a hat that is trained one a level, PReLU a slope for each
// channel of each norm.
func (c Config) Parameters() int {
	trained := func(op string, n int) int {
		if _, fixed := c.Fixed[op]; fixed {
			return 0
		}
		return n
	}
	p, norm := 0, 2 // values a channel
	if c.Activation == "prelu" {
		norm = 3
	}
	if c.Activation == "hat" && c.HatTrained {
		p = c.levels()
	}
	if c.residual() {
		return p + c.residualParameters(norm)
	}
	p += c.Stem*c.Stem*c.InChannels*c.Channels[0] + norm*c.Channels[0]
	for l, ch := range c.Channels {
		p += trained("A", 9*ch*ch*c.copies(c.ShareA, l)) + trained("B", 9*ch*ch*c.copies(c.ShareB, l))
		p += 2 * norm * c.visits(l) * ch
		if l < c.levels()-1 {
			next := c.Channels[l+1]
			p += trained("R", 9*ch*next) + trained("Pi", 9*ch*next) + 2*norm*next
			if c.Cycle == "v" {
				p += trained("P", 9*ch*next)
			}
		}
	}
	features := c.Channels[c.levels()-1]
	if c.Cycle == "v" {
		features = c.Channels[0]
	}
	return p + c.Classes*(features+1)
}

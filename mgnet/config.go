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
// with r alone, and so are classic CNNs; older networks are lists of layers. A
// [Config] says which operators are shared, given or trained; a [Network] holds
// the values; [Trainer] trains.
package mgnet

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"mgtool/internal/strictjson"
	"mgtool/tensor"
)

// Config describes a model. It is what a run's config.json holds. A choice that
// is left out is that of the paper.
type Config struct {
	Model string `json:"model"` // a family: "mgnet", "resnet", "preact", "cnn" or "layers"

	Height     int `json:"height"` // of the input images, in pixels
	Width      int `json:"width"`
	InChannels int `json:"in_channels"`
	Classes    int `json:"classes"`

	// Channels and smoothing steps of each level, finest first.
	Channels   []int `json:"channels,omitempty"`
	Smoothings []int `json:"smoothings,omitempty"`
	// "level": one A (or B) a level; "step": one a smoothing step; "all": one for all
	// levels, which then have one channel count. ShareR is for R, Π and P: "level",
	// or "all" between all levels.
	ShareA string `json:"share_a,omitempty"`
	ShareB string `json:"share_b,omitempty"`
	ShareR string `json:"share_r,omitempty"`
	// Depthwise operators, of A and B, are one 3×3 kernel a channel, each on its
	// channel alone, as a stencil is.
	Depthwise []string `json:"depthwise,omitempty"`

	Stem int `json:"stem,omitempty"` // kernel size of the first convolution, odd
	// For large images the first convolution may take every StemStride-th pixel, 1
	// (or 0) or 2, and the largest of 3×3 values, again every second, may follow.
	StemStride int  `json:"stem_stride,omitempty"`
	StemPool   bool `json:"stem_pool,omitempty"`
	// Whiten puts 2×2 filters before it that take the correlations out of the
	// images, and halves the image behind it; see whiten.go.
	Whiten bool `json:"whiten,omitempty"`

	// Norm of every σ: "batch"; "shift", a batch norm whose scale γ stays 1;
	// "none", a bias alone.
	Norm string `json:"norm,omitempty"`
	// How R and Π go to the next grid, see transfer.go: "conv3" is the paper's 3×3
	// convolution with stride 2.
	R  string `json:"r,omitempty"`
	Pi string `json:"pi,omitempty"`

	Activation string `json:"activation"` // a name of tensor.ActivationNames

	// HatSupport are the supports M of the hat max(0, min(x, M − x)), a level or one
	// for all; of none, 5, 10, 15, … (see activation.go). With HatTrained they are
	// where training starts, and a parameter a level.
	HatSupport []float64 `json:"hat_support,omitempty"`
	HatTrained bool      `json:"hat_trained,omitempty"`

	// Cycle is "down" for MgNet, whose features are those of the coarsest
	// level, or "v": back up by prolongations P and the same number of smoothing
	// steps again, a U-Net, whose features are those of the finest.
	Cycle string `json:"cycle,omitempty"`

	// Fixed operators are given and not trained: the 3×3 stencil (row by row) of
	// A, B, R, P or Pi, applied to each channel alone.
	Fixed map[string][]float64 `json:"fixed,omitempty"`

	// The head takes the mean of a feature over the pixels, or with "max" the
	// largest; its scores are W·u + b, without b if so told, times HeadScale, 0
	// for 1.
	HeadPool   string  `json:"head_pool,omitempty"`
	HeadNoBias bool    `json:"head_no_bias,omitempty"`
	HeadScale  float64 `json:"head_scale,omitempty"`

	// Start of the weights: "he", or "dirac", where A and B begin as the identity;
	// see initializer.go.
	Start string `json:"start,omitempty"`

	Layers []Layer `json:"layers,omitempty"` // of model "layers", see layers.go
}

// ParseConfig reads a Config from JSON. A key it does not know is an error.
func ParseConfig(data []byte) (Config, error) {
	var c Config
	var err error
	if keys := strictjson.TopKeys(data); strictjson.IsObject(keys["config"]) { // of mgtool model --json
		err = strictjson.Decode(keys["config"], &c)
	} else if err = strictjson.Decode(data, &c); err != nil && strictjson.StrangeTo(&c, keys) {
		err = fmt.Errorf("%w; want the keys of a model (model, height, width, …) or a run's whole config.json", err)
	}
	if err != nil {
		return Config{}, fmt.Errorf("mgnet: model configuration: %w", err)
	}
	return c, c.Validate()
}

// oneOf reports a value that is not among the known ones.
func oneOf(key, value string, known ...string) error {
	if !slices.Contains(known, value) {
		return fmt.Errorf("mgnet: %s %q; known: %s", key, value, strings.TrimPrefix(strings.Join(known, ", "), ", "))
	}
	return nil
}

// within reports a value that is not from lo to hi.
func within(key string, value, lo, hi int) error {
	if value < lo || value > hi {
		return fmt.Errorf("mgnet: %s %d; want %d to %d", key, value, lo, hi)
	}
	return nil
}

// firstError is the first that is one.
func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// Validate reports the first value that does not make a model.
func (c Config) Validate() error {
	family, known := families[c.Model]
	if !known {
		return oneOf("model", c.Model, sortedKeys(families)...)
	}
	err := firstError(
		oneOf("activation", c.Activation, tensor.ActivationNames()...),
		oneOf("norm", c.Norm, "", "batch", "shift", "none"),
		oneOf("start", c.Start, "", "he", "dirac"),
		within("height", c.Height, 1, 1024),
		within("width", c.Width, 1, 1024),
		within("in_channels", c.InChannels, 1, 1024),
		within("classes", c.Classes, 2, 100000),
		family.validate(c),
	)
	if err == nil {
		err = c.validateHat()
	}
	if err != nil {
		return err
	}
	return c.validateSize()
}

// validateWalk reports what does not make a walk over grids: with operators that
// are given and a way back up, or without either.
func (c Config) validateWalk(whole bool) error {
	errs := []error{
		oneOf("share_a", c.ShareA, "level", "step", "all"),
		oneOf("share_b", c.ShareB, "level", "step", "all"),
		oneOf("share_r", c.ShareR, "", "level", "all"),
		oneOf("cycle", c.Cycle, "down", "v"),
		oneOf("head_pool", c.HeadPool, "", "mean", "max"),
		within("stem", c.Stem, 1, 15),
		within("stem stride", c.StemStride, 0, 2),
		within("number of smoothings", len(c.Smoothings), 1, 12),
	}
	if c.Stem%2 == 0 {
		errs = append(errs, fmt.Errorf("mgnet: stem kernel %d; want an odd size", c.Stem))
	}
	if c.Whiten && (c.StemPool || c.StemStride > 1) {
		errs = append(errs, fmt.Errorf("mgnet: whitening with a stem that strides or pools; want one or the other: whitening halves the image too"))
	}
	if c.Whiten && min(c.Height, c.Width) < 3 {
		errs = append(errs, fmt.Errorf("mgnet: whitening images of %d×%d; want 3×3 or more", c.Height, c.Width))
	}
	if math.IsNaN(c.HeadScale) || math.IsInf(c.HeadScale, 0) || c.HeadScale < 0 {
		errs = append(errs, fmt.Errorf("mgnet: head_scale %g; want more than 0", c.HeadScale))
	}
	if len(c.Channels) != len(c.Smoothings) {
		errs = append(errs, fmt.Errorf("mgnet: %d channel counts for %d levels (smoothings %v); want one each, or a single one for all", len(c.Channels), len(c.Smoothings), c.Smoothings))
	}
	for l := range min(len(c.Channels), len(c.Smoothings)) {
		errs = append(errs,
			within(fmt.Sprintf("channels on level %d", l), c.Channels[l], 1, 8192),
			within(fmt.Sprintf("smoothings on level %d", l), c.Smoothings[l], 1, 64))
	}
	if len(c.Layers) > 0 {
		errs = append(errs, fmt.Errorf("mgnet: %d layers for model %q; want them with model \"layers\" alone", len(c.Layers), c.Model))
	}
	if !whole && (c.Cycle != "down" || len(c.Fixed) > 0) {
		errs = append(errs, fmt.Errorf("mgnet: model %q with cycle %q and %d fixed operators; want a cycle down and none", c.Model, c.Cycle, len(c.Fixed)))
	}
	all := c.ShareA == "all" || c.ShareB == "all" || c.ShareR == "all"
	if !whole && (all || len(c.Depthwise) > 0) {
		errs = append(errs, fmt.Errorf("mgnet: model %q with an operator for all levels or a depthwise one (%v); want these with mgnet", c.Model, c.Depthwise))
	}
	if all && len(slices.Compact(slices.Clone(c.Channels))) > 1 {
		errs = append(errs, fmt.Errorf("mgnet: an operator for all levels with channels %v; want one channel count on all levels", c.Channels))
	}
	for _, op := range c.Depthwise {
		errs = append(errs, oneOf("depthwise", op, "A", "B"))
		if _, fixed := c.Fixed[op]; fixed {
			errs = append(errs, fmt.Errorf("mgnet: %s is fixed and depthwise; want one of the two: a fixed stencil acts on each channel alone", op))
		}
	}
	return firstError(errs...)
}

// ImageNetStem makes the stem that of the original ResNet (He et al., 2016, table 1),
// for images that are too large to smooth as they are: 7×7 with stride 2, then the
// largest of 3×3 with stride 2.
func (c *Config) ImageNetStem() { c.Stem, c.StemStride, c.StemPool = 7, 2, true }

// finest is the size of the finest grid, behind the stem.
func (c Config) finest() (h, w int) {
	h, w = c.Height, c.Width
	if c.Whiten { // 2×2 filters lose a row and a column, windows of 2×2 halve
		pad := c.whitePad()
		return (h-3+2*pad)/2 + 1, (w-3+2*pad)/2 + 1
	}
	for _, half := range []bool{c.StemStride == 2, c.StemPool} {
		if half {
			h, w = (h+1)/2, (w+1)/2
		}
	}
	return h, w
}

// whitePad is the padding of the windows behind the whitening. Of 32×32 pixels it
// makes 16, 8, 4 on the way down in place of 15, 7, 3: Winograd's tiles of four
// pixels take the same time for both.
func (c Config) whitePad() int {
	if c.Height%2 == 0 && c.Width%2 == 0 {
		return 1
	}
	return 0
}

// levels is the number of grids.
func (c Config) levels() int { return len(c.Channels) }

// Parameters is the number of trained values; those of fixed operators do not
// count. For MgNet with the operators of the paper it is
//
//	k²·C_in·c₁ + 2c₁ + Σ_l [9c_l²(α_l + β_l) + 4ν_l c_l]
//	  + Σ_{l<J} [18 c_l c_{l+1} + 4 c_{l+1}] + K(c_J + 1),
//
// with α_l, β_l the As and Bs of a level, here 1 or one a step ν_l; a V-cycle
// adds 9 c_l c_{l+1} for each P. A on the coarsest level counts, although with
// ν_J = 1 no residual after it needs it. A configuration that is not valid has 0.
func (c Config) Parameters() int {
	if c.Validate() != nil {
		return 0
	}
	return Layout(c).Parameters()
}

// sortedKeys are a map's keys, in order: an error names the first.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// Fits checks that images of height×width×channels, of so many classes, are what the
// model takes. name is that of their data set, for the error.
func (c Config) Fits(name string, height, width, channels, classes int) error {
	if height != c.Height || width != c.Width || channels != c.InChannels {
		return fmt.Errorf("mgnet: %s has images of %d×%d×%d; the model takes %d×%d×%d", name, height, width, channels, c.Height, c.Width, c.InChannels)
	}
	if classes > c.Classes {
		return fmt.Errorf("mgnet: %s has %d classes; the model has %d", name, classes, c.Classes)
	}
	return nil
}

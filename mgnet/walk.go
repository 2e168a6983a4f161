package mgnet

// What models over grids have in common: their levels, what is before the first and
// behind the last.

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"mgtool/tensor"
)

// Walk holds the keys of every model that walks over grids. A choice that is left out
// is that of the MgNet paper.
type Walk struct {
	Signature

	// Channels and smoothing steps of each level, finest first.
	Channels   []int `json:"channels,omitempty"`
	Smoothings []int `json:"smoothings,omitempty"`
	// "level": one A (or B) a level; "step": one a smoothing step; "all": one for all
	// levels, which then have one channel count, or "cyclic:K": one for levels K apart.
	// ShareR is for R, Π and P: "level", or "all" or "cyclic:K" between levels.
	ShareA string `json:"share_a,omitempty"`
	ShareB string `json:"share_b,omitempty"`
	ShareR string `json:"share_r,omitempty"`

	// Kernel is the width of the kernels of A, B, R, Π and P, odd; 0 is 3. Signal is for
	// sequences, whose inputs are one row high: kernels are 1×Kernel, and strides and
	// windows go along the row alone.
	Kernel int  `json:"kernel,omitempty"`
	Signal bool `json:"signal,omitempty"`

	Stem int `json:"stem,omitempty"` // kernel size of the first convolution, odd
	// For large images the first convolution may take every StemStride-th pixel, 1
	// (or 0) or 2, and the largest of 3×3 values, again every second, may follow.
	StemStride int  `json:"stem_stride,omitempty"`
	StemPool   bool `json:"stem_pool,omitempty"`
	// Whiten puts 2×2 filters before it that take the correlations out of the
	// images, and halves the image behind it; see stem.go.
	Whiten bool `json:"whiten,omitempty"`

	Sigma

	// Cycle is "down" for MgNet, whose features are those of the coarsest
	// level, or "v": back up by prolongations P and the same number of smoothing
	// steps again, a U-Net, whose features are those of the finest.
	Cycle string `json:"cycle,omitempty"`

	// The head takes the mean of a feature over the pixels, or with "max" the
	// largest; its scores are W·u + b, without b if HeadNoBias, times HeadScale, 0
	// for 1. With "pixels" it is a head for each pixel of a V-cycle, whose scores are
	// (N, H, W, classes).
	HeadPool   string  `json:"head_pool,omitempty"`
	HeadNoBias bool    `json:"head_no_bias,omitempty"`
	HeadScale  float64 `json:"head_scale,omitempty"`

	// Start of the weights: "he", or "dirac", where A and B begin as the identity;
	// see initializer.go.
	Start string `json:"start,omitempty"`
}

// newWalk is the walk of the paper. A single channel count serves all levels. Inputs one
// row high are signals.
func newWalk(family string, h, w, inChannels, classes int, channels, smoothings []int) Walk {
	if len(channels) == 1 {
		channels = slices.Repeat(channels, max(1, len(smoothings)))
	}
	return Walk{
		Signature: Signature{family, h, w, inChannels, classes},
		Channels:  channels, Smoothings: smoothings, ShareA: "level", ShareB: "level",
		Signal: h == 1 && w > 1, Stem: 3, Sigma: Sigma{Activation: "relu"}, Cycle: "down",
	}
}

// String implements [Model].
func (c Walk) String() string {
	list := func(n []int) string { return strings.Trim(strings.ReplaceAll(fmt.Sprint(n), " ", ","), "[]") }
	return fmt.Sprintf("%s, channels %s, smoothings %s", c.Family, list(c.Channels), list(c.Smoothings))
}

// largeImage is the smaller side, in pixels, from which on the models of the catalogue
// begin with the stem of ResNet.
const largeImage = 128

// largeStem makes the stem that of ResNet where images are large; whitening halves them
// by itself.
func (c *Walk) largeStem() {
	if min(c.Height, c.Width) >= largeImage && !c.Whiten {
		c.ImageNetStem()
	}
}

// defaultLevels are the channels and smoothing steps of models of the catalogue whose
// levels are free, where the user gives none.
func defaultLevels(channels, smoothings []int) ([]int, []int) {
	return levelsOf([]int{64}, []int{1, 1, 1, 1}, channels, smoothings)
}

// levelsOf are the channels and smoothing steps that the user gives, or the usual ones.
func levelsOf(usualChannels, usualSmoothings, channels, smoothings []int) ([]int, []int) {
	if len(smoothings) == 0 {
		smoothings = usualSmoothings
	}
	if len(channels) == 0 {
		channels = usualChannels
	}
	return channels, smoothings
}

// validateWalk reports what does not make a walk over grids.
func (c Walk) validateWalk() error {
	errs := []error{
		validateShare("share_a", c.ShareA, "level", "step", "all"),
		validateShare("share_b", c.ShareB, "level", "step", "all"),
		validateShare("share_r", c.ShareR, "", "level", "all"),
		oneOf("cycle", c.Cycle, "down", "v"),
		oneOf("head_pool", c.HeadPool, "", "mean", "max", "pixels"),
		oneOf("start", c.Start, "", "he", "dirac"),
		within("stem", c.Stem, 1, c.widestKernel()),
		within("kernel", c.kernel(), 1, c.widestKernel()),
		within("stem stride", c.StemStride, 0, 2),
		within("number of smoothings", len(c.Smoothings), 1, 12),
	}
	if c.Stem%2 == 0 || c.kernel()%2 == 0 {
		errs = append(errs, fmt.Errorf("mgnet: stem kernel %d, kernel %d; want odd sizes", c.Stem, c.kernel()))
	}
	if c.Signal && (c.Height != 1 || c.Whiten) {
		errs = append(errs, fmt.Errorf("mgnet: a signal of height %d, whitened %t; want height 1, and no whitening, which is of 2×2 pixels", c.Height, c.Whiten))
	}
	if c.Whiten && (c.StemPool || c.StemStride > 1) {
		errs = append(errs, fmt.Errorf("mgnet: whitening with a stem that strides or pools; want one or the other: whitening halves the image too"))
	}
	if c.Whiten && min(c.Height, c.Width) < 3 {
		errs = append(errs, fmt.Errorf("mgnet: whitening images of %d×%d; want 3×3 or more", c.Height, c.Width))
	}
	if h, w := c.finest(); c.HeadPool == "pixels" && (c.Cycle != "v" || h != c.Height || w != c.Width) {
		errs = append(errs, fmt.Errorf("mgnet: head_pool \"pixels\" with cycle %q and a finest grid of %d×%d for images of %d×%d; want cycle \"v\", and a stem that keeps the grid", c.Cycle, h, w, c.Height, c.Width))
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
	if c.sharesAll() && len(slices.Compact(slices.Clone(c.Channels))) > 1 {
		errs = append(errs, fmt.Errorf("mgnet: an operator for several levels with channels %v; want one channel count on all levels", c.Channels))
	}
	return firstError(append(errs, c.Sigma.validate(len(c.Smoothings)))...)
}

// period is how many levels have operators of their own, which deeper ones share in turn; 0 is
// all of them.
func period(share string) int {
	if share == "all" {
		return 1
	}
	k, _ := strconv.Atoi(strings.TrimPrefix(share, cyclic))
	return k
}

// cyclic begins the ways of sharing that end in the number of levels between two that share.
const cyclic = "cyclic:"

// validateShare checks one of known, or cyclic and a number.
func validateShare(key, share string, known ...string) error {
	if k, is := strings.CutPrefix(share, cyclic); is {
		if n, err := strconv.Atoi(k); err != nil || n < 1 || n > 12 || strconv.Itoa(n) != k {
			return fmt.Errorf("mgnet: %s %q; want %sK, K from 1 to 12", key, share, cyclic)
		}
		return nil
	}
	return oneOf(key, share, append(known, cyclic+"K")...)
}

// sharesAll reports whether levels share an operator.
func (c Walk) sharesAll() bool { return period(c.ShareA)+period(c.ShareB)+period(c.ShareR) > 0 }

// validatePlain reports what does not make a walk that only goes down, with operators
// of its own on each level.
func (c Walk) validatePlain() error {
	if err := c.validateWalk(); err != nil {
		return err
	}
	if c.Cycle != "down" || c.sharesAll() {
		return fmt.Errorf("mgnet: model %q with cycle %q, or an operator for several levels; want a cycle down, and these with mgnet", c.Family, c.Cycle)
	}
	return nil
}

// ImageNetStem makes the stem that of the original ResNet (He et al., 2016, table 1),
// for images that are too large to smooth as they are: 7×7 with stride 2, then the
// largest of 3×3 with stride 2.
func (c *Walk) ImageNetStem() { c.Stem, c.StemStride, c.StemPool = 7, 2, true }

// kernel is the width of the kernels.
func (c Walk) kernel() int { return cmp.Or(c.Kernel, 3) }

// widestKernel keeps what a convolution reads for each value small; see size.go.
func (c Walk) widestKernel() int {
	if c.Signal {
		return 225
	}
	return 15
}

// window is of size×size pixels, or of one row of them on signals.
func (c Walk) window(size, stride, pad int) tensor.Window {
	w := tensor.SquareWindow(size, stride, pad)
	if c.Signal {
		w.Size[0], w.Stride[0], w.Pad[0] = 1, 1, 0
	}
	return w
}

// taps is the number of weights from one channel to another of a kernel of this width.
func (c Walk) taps(width int) int {
	size := c.window(width, 1, 0).Size
	return size[0] * size[1]
}

// finest is the size of the finest grid, behind the stem.
func (c Walk) finest() (h, w int) {
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
func (c Walk) whitePad() int {
	if c.Height%2 == 0 && c.Width%2 == 0 {
		return 1
	}
	return 0
}

// levels is the number of grids.
func (c Walk) levels() int { return len(c.Channels) }

// featuresOf are the features of a walk over such grids: the image, what the stem makes of it, and the levels, with the
// channels of the next one where a convolution comes before the pooling.
func (c Walk) featuresOf(grid func(level int) (h, w int)) []tensor.Shape {
	list := []tensor.Shape{{H: c.Height, W: c.Width, C: c.InChannels}}
	stride := max(1, c.StemStride)
	list = append(list, tensor.Shape{H: (c.Height + stride - 1) / stride, W: (c.Width + stride - 1) / stride, C: c.Channels[0]})
	if c.Whiten {
		list = append(list, tensor.Shape{H: c.Height - 1, W: c.Width - 1, C: whiteFilters(c.InChannels)})
	}
	for l, ch := range c.Channels {
		h, w := grid(l)
		list = append(list, tensor.Shape{H: h, W: w, C: max(ch, c.Channels[min(l+1, c.levels()-1)])})
	}
	return list
}

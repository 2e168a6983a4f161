package mgnet

// How large a model may be. A configuration comes from anywhere: from a file, from
// the metadata of weights. So what it asks for is counted before anything is
// allocated, by sums and products that stay at the largest int instead of passing it.
//
// The two limits are those of [Validate], and what they keep small needs no
// check of its own later. With at most 2³⁰ weights, and 2²⁸ values in a feature map of
// one image, a list of layers has at most 2⁵⁸ multiply-adds an image, and a walk, whose
// weights may serve each of its 2¹² convolutions of 15×15 pixels and 2¹³ channels, has
// at most 2⁶¹: a convolution reads 225·2¹³ values for each of the 2²⁸ that it makes. A
// batch is bounded by the memory of its program, 2³² values in all, see
// [graph.Build]; its multiply-adds stay below 2⁶³ too.

import (
	"errors"
	"fmt"
	"math"

	"mgtool/internal/saturating"
)

const (
	// maxParameters keeps a slip of the keyboard from filling the memory.
	maxParameters = 1 << 30
	// maxFeatures bounds the values of each feature map of one image, with its padding.
	maxFeatures = 1 << 28
	// maxLayerSize bounds each number of a layer, maxPad its padding.
	maxLayerSize = 1 << 16
	maxPad       = 1 << 12
	// maxPhases bounds what all layers prepare: each group of channels is a convolution
	// of its own, and the gradient of one consists of stride² phases, see tensor/axis.go.
	maxPhases = 1 << 14
)

// ErrTooLarge reports a model whose feature maps take too much memory.
var ErrTooLarge = errors.New("mgnet: too large a feature map")

// validateSize reports a model that is too large; all else of it is valid.
func validateSize(m Model) error {
	if n := Layout(m).Weights(); n > maxParameters {
		return fmt.Errorf("mgnet: too many parameters: %s; want at most %d, four gigabytes of weights", countText(n), maxParameters)
	}
	for _, s := range m.features() {
		if n := saturating.Product(s.H, s.W, s.C); n > maxFeatures {
			return fmt.Errorf("%w: %d×%d pixels, padding included, with %d channels; want at most %d values an image, a gigabyte", ErrTooLarge, s.H, s.W, s.C, maxFeatures)
		}
	}
	return nil
}

// LargestFeature is the number of values of the largest feature map that a valid model makes
// of one input, padding included.
func LargestFeature(m Model) int {
	most := 1
	for _, s := range m.features() {
		most = max(most, saturating.Product(s.H, s.W, s.C))
	}
	return most
}

// countText is a count for people: one that no int holds has no figure.
func countText(n int) string {
	if n == math.MaxInt {
		return "more than can be counted"
	}
	return fmt.Sprint(n)
}

package vision

// This file turns bytes into network input, (byte/255 − mean)/std. A byte has
// 256 values, so that is one table a channel.

import (
	"fmt"

	"mgtool/internal/parallel"
)

// tables returns, for every channel, the input that each byte becomes. The
// three float32 operations are those of PyTorch's ToTensor and Normalize, in
// their order, so the bits are the same.
func tables(mean, std []float32) [][256]float32 {
	t := make([][256]float32, len(mean))
	for c := range t {
		for v := range t[c] {
			t[c][v] = (float32(v)/255 - mean[c]) / std[c]
		}
	}
	return t
}

// apply writes the inputs of pixels, which begin with channel 0, to dst.
func apply(dst []float32, pixels []uint8, t [][256]float32) {
	for c := range t {
		table := &t[c]
		for k := c; k < len(pixels); k += len(t) {
			dst[k] = table[pixels[k]]
		}
	}
}

// Normalize writes (byte/255 − mean)/std of every pixel to dst, which is as long as pixels.
// Both are channels last, with len(mean) = len(std) channels. Lengths that do not fit are
// an error, and dst is left as it was.
func Normalize(dst []float32, pixels []uint8, mean, std []float32) error {
	if len(mean) == 0 {
		return fmt.Errorf("vision: no means given; there must be one a channel")
	}
	if err := checkMoments(mean, std, len(mean)); err != nil {
		return err
	}
	if len(pixels)%len(mean) != 0 {
		return fmt.Errorf("vision: %d bytes are not a whole number of pixels of %d channels", len(pixels), len(mean))
	}
	if len(dst) != len(pixels) {
		return fmt.Errorf("vision: room for %d inputs, but there are %d bytes of pixels", len(dst), len(pixels))
	}
	apply(dst, pixels, tables(mean, std))
	return nil
}

// Normalize writes the network inputs of the images first, …, first+count−1, in order and
// without augmentation, to dst of length count·H·W·C. Their labels are
// d.Labels[first:first+count]. An image that is not in memory and can no longer be
// decoded is an error.
func (d *Dataset) Normalize(dst []float32, first, count int) error {
	if err := d.check(); err != nil {
		return err
	}
	if err := d.holds(first, count); err != nil {
		return err
	}
	size := d.size()
	if len(dst) != count*size {
		return fmt.Errorf("vision: room for %d inputs, but %d images of %d x %d x %d need %d",
			len(dst), count, d.Height, d.Width, d.Channels, count*size)
	}
	t := tables(d.Mean, d.Std)
	grain := 16
	if first+count > d.Kept() {
		grain = 1 // decoding takes long
	}
	var failed firstError
	parallel.For(count, grain, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			pixels, err := d.image(first + i)
			failed.note(i, err)
			apply(dst[i*size:(i+1)*size], pixels, t)
		}
	})
	return failed.err
}

// Package vision reads labelled images and turns them into the input of a network.
//
// Images are bytes, channels last: channel c of pixel (y, x) of image n is at
// ((n·H + y)·W + x)·C + c. The network's input is, in float32 and the same order
// (N, H, W, C),
//
//	input = (byte/255 − mean) / std    with the mean and deviation of the channel.
//
// [Load] reads a data set by name; "sample" is built in and needs no files. [Folder] reads
// a folder of class folders, and decodes pictures on demand if there is no memory for all
// of them. [Images] is a data set as a [source.Source]; its [Batcher] makes training
// batches, augmented as [Augment] says. Every random choice is a function of (seed, epoch,
// image), so a resumed training needs no stored random state. [Dataset.Normalize] makes
// the inputs of an evaluation, [ReadPicture] and [Normalize] those of a prediction.
// [Download] and [Verify] fetch and check the official files. [Feature] shows what filters
// and averages do to an image without training.
package vision

// This file holds Dataset, labelled images of one size.

import (
	"fmt"
	"image"
	"image/color"
	"slices"
)

// Dataset is a set of labelled images of one size.
type Dataset struct {
	Name                    string
	Height, Width, Channels int
	Classes                 []string  // names; the index is the label
	Labels                  []uint16  // N labels
	Mean, Std               []float32 // one a channel, of pixel values scaled to [0, 1]

	// Pixels are N·H·W·C bytes, (N, H, W, C). If a folder is too large, they hold its
	// first images only, and the others are decoded each time they are needed. Use
	// [Dataset.Bytes] to read any image.
	Pixels []uint8

	// For a folder, otherwise nil: the file of each image, relative to the folder; why
	// damaged files were skipped; and the same images at a larger size, for random
	// resized crops.
	Files   []string
	Skipped []error
	Larger  *Dataset

	dir string // that Files are below, if images are decoded from them; else empty
}

// Len returns the number of images.
func (d *Dataset) Len() int { return len(d.Labels) }

// size is the number of bytes of one image.
func (d *Dataset) size() int { return d.Height * d.Width * d.Channels }

// Image returns the bytes of image i, (H, W, C), or nil if there is no image i or its
// file can no longer be decoded. For an image in memory it is a view: writing to it
// changes the data set.
func (d *Dataset) Image(i int) []uint8 {
	if d.size() < 1 || i < 0 || i >= d.Len() {
		return nil
	}
	pixels, err := d.image(i)
	if err != nil {
		return nil
	}
	return pixels
}

// File returns the file of image i, relative to its folder of class folders, or "".
func (d *Dataset) File(i int) string {
	if i < 0 || i >= len(d.Files) {
		return ""
	}
	return d.Files[i]
}

// Limit returns the first n images, or all if n <= 0, as a data set that shares memory
// with d. n greater than d.Len() is an error.
func (d *Dataset) Limit(n int) (*Dataset, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	if n > d.Len() {
		return nil, fmt.Errorf("vision: limit of %d images, but %s has %d", n, d.Name, d.Len())
	}
	if n <= 0 {
		n = d.Len()
	}
	first, size := *d, d.size()
	kept := min(n, d.Kept()) * size
	first.Pixels = d.Pixels[:kept:kept]
	first.Labels = d.Labels[:n:n]
	if d.Files != nil {
		first.Files = d.Files[:n:n]
	}
	if d.Larger != nil {
		larger, err := d.Larger.Limit(n)
		if err != nil {
			return nil, err
		}
		first.Larger = larger
	}
	return &first, nil
}

// Picture returns image i to look at: grey for one channel, red-green-blue for three. It
// is nil if there is no image i or it has another number of channels, and black if its
// file can no longer be decoded.
func (d *Dataset) Picture(i int) image.Image {
	if i < 0 || i >= d.Len() || d.size() < 1 {
		return nil
	}
	pixels, err := d.image(i)
	if err != nil {
		pixels = make([]uint8, d.size())
	}
	frame := image.Rect(0, 0, d.Width, d.Height)
	switch d.Channels {
	case 1:
		return &image.Gray{Pix: slices.Clone(pixels), Stride: d.Width, Rect: frame}
	case 3:
		p := image.NewNRGBA(frame)
		for k := 0; k < len(pixels); k += 3 {
			x, y := k/3%d.Width, k/3/d.Width
			p.SetNRGBA(x, y, color.NRGBA{R: pixels[k], G: pixels[k+1], B: pixels[k+2], A: 255})
		}
		return p
	}
	return nil
}

// check reports inconsistent fields, as a data set built by hand may have.
func (d *Dataset) check() error {
	if d == nil {
		return fmt.Errorf("vision: the data set is nil")
	}
	if d.Height < 1 || d.Width < 1 || d.Channels < 1 {
		return fmt.Errorf("vision: data set %s has images of %d x %d with %d channels; each must be at least 1",
			d.Name, d.Height, d.Width, d.Channels)
	}
	if want := d.Len() * d.size(); len(d.Pixels) != want && !d.decodes() {
		return fmt.Errorf("vision: data set %s has %d bytes of pixels, but %d labels, each of an image of %d x %d x %d, make %d",
			d.Name, len(d.Pixels), d.Len(), d.Height, d.Width, d.Channels, want)
	}
	if n := len(d.Files); n != 0 && n != d.Len() {
		return fmt.Errorf("vision: data set %s has %d files for %d images; want one of each, or none", d.Name, n, d.Len())
	}
	if l := d.Larger; l != nil && (l.Len() != d.Len() || l.Channels != d.Channels || len(l.Pixels) != l.Len()*l.size() && !l.decodes()) {
		return fmt.Errorf("vision: data set %s has %d larger images of %d channels; want %d of %d", d.Name, l.Len(), l.Channels, d.Len(), d.Channels)
	}
	return checkMoments(d.Mean, d.Std, d.Channels)
}

// checkMoments reports why mean and std cannot normalise the given channels.
func checkMoments(mean, std []float32, channels int) error {
	if len(mean) != channels || len(std) != channels {
		return fmt.Errorf("vision: %d means and %d standard deviations for %d channels; there must be one of each a channel",
			len(mean), len(std), channels)
	}
	for c, s := range std {
		if !(s > 0) {
			return fmt.Errorf("vision: the standard deviation of channel %d is %v; it must be positive", c, s)
		}
	}
	return nil
}

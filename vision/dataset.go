// Package vision brings labelled images to a network: it reads the classical
// data sets, cuts them into normalised and augmented batches, and reads single
// pictures.
//
// Images are bytes, channels last: pixel (y, x) of channel c of image n stands
// at ((n·H + y)·W + x)·C + c. What a network sees is, for every channel,
//
//	input = (byte/255 − mean) / std    in float32, in the same order (N, H, W, C).
//
// [Load] reads a data set by name; the one called "sample" is part of the
// program and needs no files. [Folder] reads a folder of class folders. A
// [Batcher] makes training batches, varied as an [Augment] says, and a [Loader]
// makes them ahead of time. All randomness is a function of (seed, epoch, image),
// never of what was asked before, so a training that is resumed needs no stored
// random state. [Dataset.Normalize] makes the inputs of an evaluation,
// [ReadPicture] and [Normalize] those of a prediction. [Download] and [Verify]
// fetch and check the official files.
package vision

// This file holds Dataset, the images and labels in memory.

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

	// Pixels are N·H·W·C bytes, (N, H, W, C). Of a folder too large for that they are
	// those of the first images alone; the others are decoded whenever they are asked
	// for. [Dataset.Bytes] gives the bytes of any of them.
	Pixels []uint8

	// Of a folder: the images' files, below it; files that could not be decoded and
	// were left out, by choice; and the same images at a larger size, for random
	// resized crops; else nil.
	Files   []string
	Skipped []error
	Larger  *Dataset

	dir string // that Files are below, if images are decoded from them; else empty
}

// Len returns the number of images.
func (d *Dataset) Len() int { return len(d.Labels) }

// size is the number of bytes of one image.
func (d *Dataset) size() int { return d.Height * d.Width * d.Channels }

// Image returns the bytes of image i, (H, W, C). Of an image in memory it is a view:
// writing to it changes the data set. It is nil if there is no image i, or if its file
// cannot be decoded any more.
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

// File is the file of image i, below the folder of class folders that it is from, and
// empty if there is none.
func (d *Dataset) File(i int) string {
	if i < 0 || i >= len(d.Files) {
		return ""
	}
	return d.Files[i]
}

// Limit returns the first n images as a data set that shares memory with d;
// n <= 0 stands for all of them. More images than there are is an error.
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

// Picture returns image i as a standard picture for people to look at: grey
// for one channel, red-green-blue for three. It is nil if there is no image i
// or if its channels are neither, and black if its file cannot be decoded any more.
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

// check reports what in a data set contradicts itself. Loaded ones pass; those
// a caller has put together by hand may not.
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

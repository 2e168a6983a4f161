package vision

// This file holds Feature, an image as numbers, and where one comes from.

import (
	"fmt"
	"math"

	"mgtool/internal/picture"
)

// Feature is an image of numbers: what can be seen in an image once it is
// filtered, averaged or restricted, and the image itself, scaled to [0, 1], to
// begin with. It has height × width pixels of 1 channel (grey) or 3 (red, green,
// blue). [NewFeature], [ReadFeature] and [Dataset.Feature] make one; it does not
// change, its methods make new ones.
type Feature struct {
	height, width, channels int
	values                  []float32 // (H, W, C)
}

// NewFeature makes a Feature of height·width·channels values, channels last: that
// of pixel (y, x), channel c, stands at (y·width + x)·channels + c. The values are
// not copied. Another length, channels other than 1 or 3, or a value that is not
// finite is an error.
func NewFeature(values []float32, height, width, channels int) (Feature, error) {
	if height < 1 || width < 1 || height > picture.MaxPixels/width {
		return Feature{}, fmt.Errorf("vision: a feature of %d x %d pixels; both must be at least 1 and the product at most %d", height, width, picture.MaxPixels)
	}
	if channels != 1 && channels != 3 {
		return Feature{}, fmt.Errorf("vision: a feature of %d channels; it must be 1 (grey) or 3 (red, green, blue)", channels)
	}
	if want := height * width * channels; len(values) != want {
		return Feature{}, fmt.Errorf("vision: %d values for a feature of %d x %d x %d; want %d", len(values), height, width, channels, want)
	}
	for k, v := range values {
		if v64 := float64(v); math.IsNaN(v64) || math.IsInf(v64, 0) {
			y, x := k/channels/width, k/channels%width
			return Feature{}, fmt.Errorf("vision: the feature is %v at pixel (%d, %d); want finite values", v, y, x)
		}
	}
	return Feature{height, width, channels, values}, nil
}

// Feature is image i with its bytes scaled to [0, 1]. No such image, or images
// that have neither 1 nor 3 channels, is an error.
func (d *Dataset) Feature(i int) (Feature, error) {
	if i < 0 || i >= d.Len() {
		return Feature{}, fmt.Errorf("vision: image %d of %s; want 0 to %d", i, d.Name, d.Len()-1)
	}
	pixels, err := d.Bytes(i, 1)
	if err != nil {
		return Feature{}, err
	}
	return NewFeature(scaled(pixels), d.Height, d.Width, d.Channels)
}

// ReadFeature reads a picture from a file as a Feature of values in [0, 1], grey if the
// file is grey. A picture whose longer side has more than longest pixels is resampled
// to that many, with its proportions; smaller ones stay as they are. Errors are
// those of [ReadPicture].
func ReadFeature(path string, longest int) (Feature, error) {
	if longest < 1 {
		return Feature{}, fmt.Errorf("vision: a picture of at most %d pixels a side is wanted; want 1 or more", longest)
	}
	source, err := picture.Decode(path)
	if err != nil {
		return Feature{}, fmt.Errorf("vision: %w", err)
	}
	height, width := source.Bounds().Dy(), source.Bounds().Dx()
	if side := max(height, width); side > longest {
		height = max(1, (height*longest+side/2)/side)
		width = max(1, (width*longest+side/2)/side)
	}
	channels := 3
	if picture.IsGrey(source) {
		channels = 1
	}
	return NewFeature(scaled(resample(source, height, width, channels)), height, width, channels)
}

func scaled(pixels []uint8) []float32 {
	values := make([]float32, len(pixels))
	for i, p := range pixels {
		values[i] = float32(p) / 255
	}
	return values
}

// Size is the number of rows, columns and channels.
func (f Feature) Size() (height, width, channels int) { return f.height, f.width, f.channels }

// At is the value of pixel (y, x), channel c.
func (f Feature) At(y, x, c int) float32 { return f.values[(y*f.width+x)*f.channels+c] }

// Range is the smallest and the largest value.
func (f Feature) Range() (lo, hi float32) {
	lo, hi = f.values[0], f.values[0]
	for _, v := range f.values {
		lo, hi = min(lo, v), max(hi, v)
	}
	return lo, hi
}

// Grey is the feature in one channel, the luma of ITU-R BT.601.
func (f Feature) Grey() Feature {
	if f.channels == 1 {
		return f
	}
	grey := f.like(1)
	for i := range grey.values {
		p := f.values[3*i : 3*i+3]
		grey.values[i] = float32(0.299*float64(p[0]) + 0.587*float64(p[1]) + 0.114*float64(p[2]))
	}
	return grey
}

// like is a feature of zeros on the same pixels.
func (f Feature) like(channels int) Feature {
	return Feature{f.height, f.width, channels, make([]float32, f.height*f.width*channels)}
}

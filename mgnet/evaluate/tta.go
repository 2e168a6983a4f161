package evaluate

// Test-time augmentation: an image is classified by the mean of what the network
// says to several views of it.

import (
	"fmt"
)

// TTA chooses the views of an image that are classified; their scores (not their
// probabilities) are averaged. It raises the accuracy at several times the cost, so state
// it with every accuracy.
type TTA string

// The augmentations.
const (
	// NoTTA is the image alone; so is the zero value.
	NoTTA TTA = "none"
	// MirrorTTA is the image and its mirror image.
	MirrorTTA TTA = "mirror"
	// MirrorTranslateTTA is that of airbench: ½ MirrorTTA of the image and ¼ each of
	// the image moved by a pixel up and left, and down and right; what comes in is
	// reflected at the edge, whose own pixels are not repeated (K. Jordan, 94% on
	// CIFAR-10 in 3.29 Seconds on a Single GPU, arXiv:2404.00498).
	MirrorTranslateTTA TTA = "mirror-translate"
)

// ParseTTA finds a test-time augmentation by its name: none, mirror or mirror-translate.
func ParseTTA(name string) (TTA, error) {
	a := TTA(name)
	if a != NoTTA && a != MirrorTTA && a != MirrorTranslateTTA {
		return "", fmt.Errorf("mgnet: test-time augmentation %q; known: none, mirror, mirror-translate", name)
	}
	return a, nil
}

// view is an image moved down and to the right by shift pixels, −1 to 1, and then
// mirrored or not, with its share of the mean.
type view struct {
	shift  int
	mirror bool
	weight float32
}

// views are those of images of h×w pixels.
func (a TTA) views(h, w int) ([]view, error) {
	switch a {
	case "", NoTTA:
		return []view{{0, false, 1}}, nil
	case MirrorTTA:
		return []view{{0, false, .5}, {0, true, .5}}, nil
	case MirrorTranslateTTA:
		if min(h, w) < 2 {
			return nil, fmt.Errorf("mgnet: %s of images of %d×%d pixels; want sides of 2 or more to reflect", a, h, w)
		}
		return []view{
			{0, false, .25}, {0, true, .25},
			{-1, false, .125}, {-1, true, .125},
			{1, false, .125}, {1, true, .125},
		}, nil
	}
	_, err := ParseTTA(string(a))
	return nil, err
}

// show writes the view of images (count, H, W, C) to dst.
func (v view) show(dst, images []float32, h, w, channels int) {
	if v.shift == 0 && !v.mirror {
		copy(dst, images)
		return
	}
	for row := range len(images) / (w * channels) { // of all images
		y := reflect(row%h-v.shift, h)
		from, to := images[(row-row%h+y)*w*channels:], dst[row*w*channels:]
		for x := range w {
			at := x
			if v.mirror {
				at = w - 1 - x
			}
			at = reflect(at-v.shift, w)
			copy(to[x*channels:(x+1)*channels], from[at*channels:])
		}
	}
}

// reflect is the pixel of a row of n that stands for pixel i, −1 to n.
func reflect(i, n int) int {
	switch {
	case i < 0:
		return -i
	case i >= n:
		return 2*(n-1) - i
	}
	return i
}

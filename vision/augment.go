package vision

// This file holds Augment, the list of ways in which training images are varied,
// and what each of them draws.

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"mgtool/source"
)

// Augment says how training images are varied; it is part of a run's config.json. The
// zero value changes nothing. The steps are applied in this order: cut out a piece,
// mirror it, blank a square, mix with another image.
//
// Every random choice is a function of the seed, the epoch and the image.
type Augment struct {
	// Pad is the width in pixels of a black frame (byte 0, before normalisation) that is
	// put around the image; a piece of the original size is then cut out at random.
	Pad int `json:"pad"`
	// Mirror swaps left and right with probability 1/2.
	Mirror bool `json:"mirror"`

	// Translate shifts the image by at most this many pixels each way. The image is
	// reflected at its edges, without repeating the edge pixels.
	Translate int `json:"translate,omitempty"`
	// ResizedCrop cuts out 8 to 100 % of the image's area with sides from 3:4 to 4:3,
	// both drawn uniformly (the ratio by its logarithm), and scales that bilinearly to
	// the size of the image (C. Szegedy et al., Going deeper with convolutions, CVPR
	// 2015). It cuts from Dataset.Larger if there is one.
	ResizedCrop bool `json:"resized_crop,omitempty"`
	// AlternatingMirror mirrors every image in every other epoch: half of them,
	// drawn once, in the even ones, the other half in the odd ones. Two epochs
	// in a row then show every image both ways (K. Jordan, 94% on CIFAR-10 in
	// 3.29 Seconds on a Single GPU, arXiv:2404.00498).
	AlternatingMirror bool `json:"alternating_mirror,omitempty"`
	// Cutout is the side in pixels of a square that is set to input 0, the mean colour.
	// Its centre may be any pixel; the square is clipped to the image (T. DeVries, G. W.
	// Taylor, arXiv:1708.04552).
	Cutout int `json:"cutout,omitempty"`
	// Mixup, if not 0, is α: the input becomes λ·image + (1 − λ)·other, with λ drawn from
	// Beta(α, α) and other any image of the data set, varied as in this epoch; the image
	// then has both labels (H. Zhang et al., mixup, ICLR 2018). The paper draws one λ a
	// batch; here each image has its own, the larger of λ and 1 − λ, so that the image's
	// own label has at least half the weight.
	Mixup float64 `json:"mixup,omitempty"`
}

// Validate reports what is wrong with a for images of any size.
func (a Augment) Validate() error {
	var cuts []string
	for _, c := range []struct {
		on   bool
		name string
	}{{a.Pad != 0, "pad"}, {a.Translate != 0, "translate"}, {a.ResizedCrop, "resized crop"}} {
		if c.on {
			cuts = append(cuts, c.name)
		}
	}
	switch {
	case a.Pad < 0:
		return fmt.Errorf("vision: padding of %d pixels; it must be 0 or more", a.Pad)
	case a.Translate < 0:
		return fmt.Errorf("vision: translation by %d pixels; it must be 0 or more", a.Translate)
	case a.Cutout < 0:
		return fmt.Errorf("vision: cutout of %d pixels; it must be 0 or more", a.Cutout)
	case !(a.Mixup >= 0 && a.Mixup <= 100):
		return fmt.Errorf("vision: mixup with alpha %g; it must be more than 0 and at most 100, or 0 for none", a.Mixup)
	case len(cuts) > 1:
		return fmt.Errorf("vision: %s are two ways to cut a piece; only one can be used", strings.Join(cuts[:2], " and "))
	case a.Mirror && a.AlternatingMirror:
		return fmt.Errorf("vision: mirror and alternating mirror are both on; only one can be used")
	}
	return nil
}

// fits reports what is wrong with a for images of this size.
func (a Augment) fits(height, width int) error {
	if err := a.Validate(); err != nil {
		return err
	}
	side := min(height, width)
	for _, c := range []struct {
		what       string
		value, top int
	}{{"padding of", a.Pad, side - 1}, {"translation by", a.Translate, side - 1}, {"cutout of", a.Cutout, side}} {
		if c.value > c.top {
			return fmt.Errorf("vision: %s %d pixels; it must be between 0 and %d for images of %d x %d", c.what, c.value, c.top, height, width)
		}
	}
	return nil
}

// ParseAugment reads a list such as "pad=4,mirror,cutout=8,mixup=0.2"; the names
// are pad, mirror, translate, resized-crop, alternating-mirror, cutout and mixup,
// and "none" is the empty list.
func ParseAugment(list string) (Augment, error) {
	var a Augment
	if list == "none" {
		return a, nil
	}
	for _, item := range strings.Split(list, ",") {
		name, value, valued := strings.Cut(strings.TrimSpace(item), "=")
		pixels := map[string]*int{"pad": &a.Pad, "translate": &a.Translate, "cutout": &a.Cutout}[name]
		flag := map[string]*bool{"mirror": &a.Mirror, "resized-crop": &a.ResizedCrop, "alternating-mirror": &a.AlternatingMirror}[name]
		var err error
		switch {
		case pixels != nil:
			*pixels, err = strconv.Atoi(value)
		case name == "mixup":
			a.Mixup, err = strconv.ParseFloat(value, 64)
		case flag != nil && !valued:
			*flag = true
		case flag != nil:
			return Augment{}, fmt.Errorf("vision: augmentation %q; %s takes no value", item, name)
		default:
			return Augment{}, fmt.Errorf("vision: unknown augmentation %q; known: pad=K, mirror, translate=K, resized-crop, alternating-mirror, cutout=K, mixup=ALPHA, or none", item)
		}
		if err != nil {
			return Augment{}, fmt.Errorf("vision: augmentation %q; want a number, as in %s=4", item, name)
		}
	}
	return a, a.Validate()
}

// box is a part of an image.
type box struct{ top, left, height, width int }

// draw returns how an image is shifted in an epoch, −Pad to Pad or −Translate to
// Translate each way, and whether it is mirrored.
func (b *Batcher) draw(epoch, image int) (dy, dx int, mirror bool) {
	r := source.Random(shiftPurpose, b.seed, epoch, image)
	if p := max(b.augment.Pad, b.augment.Translate); p > 0 { // one of them is 0
		dy = source.Below(&r, 2*p+1) - p
		dx = source.Below(&r, 2*p+1) - p
	}
	if b.augment.AlternatingMirror {
		r := source.Random(sidePurpose, b.seed, 0, image)
		return dy, dx, (source.Below(&r, 2)+epoch)%2 == 1
	}
	return dy, dx, b.augment.Mirror && source.Below(&r, 2) == 1
}

// blank returns the square that cutout blanks.
func (b *Batcher) blank(epoch, image int) box {
	k, height, width := b.augment.Cutout, b.data.Height, b.data.Width
	r := source.Random(cutoutPurpose, b.seed, epoch, image)
	top, left := source.Below(&r, height)-k/2, source.Below(&r, width)-k/2
	bottom, right := min(top+k, height), min(left+k, width)
	top, left = max(top, 0), max(left, 0)
	return box{top, left, bottom - top, right - left}
}

// crop returns the piece, of an image of the given size, that resized crop takes.
// A piece that does not fit is redrawn, at most ten times; after that it is the largest
// centred piece whose ratio is allowed.
func (b *Batcher) crop(epoch, image, height, width int) box {
	const narrow, wide = 3. / 4, 4. / 3
	r := source.Random(cropPurpose, b.seed, epoch, image)
	for range 10 {
		area := float64(height*width) * (0.08 + 0.92*uniform(&r))
		ratio := math.Exp(math.Log(narrow) + (math.Log(wide)-math.Log(narrow))*uniform(&r))
		h, w := int(math.Round(math.Sqrt(area/ratio))), int(math.Round(math.Sqrt(area*ratio)))
		if h >= 1 && w >= 1 && h <= height && w <= width {
			return box{source.Below(&r, height-h+1), source.Below(&r, width-w+1), h, w}
		}
	}
	h := min(height, max(1, int(math.Round(float64(width)/narrow))))
	w := min(width, max(1, int(math.Round(float64(height)*wide))))
	return box{(height - h) / 2, (width - w) / 2, h, w}
}

// partner returns the image that mixup adds and the weight of the first one.
func (b *Batcher) partner(epoch, image int) (other int, weight float32) {
	r := source.Random(mixupPurpose, b.seed, epoch, image)
	other = source.Below(&r, b.data.Len())
	lambda := beta(&r, b.augment.Mixup)
	return other, float32(max(lambda, 1-lambda))
}

package vision

// This file makes training batches: shuffled, augmented, normalised, and the
// same for the same seed in whatever order they are asked for.

import (
	"fmt"
	"math/bits"
	"math/rand/v2"

	"mgtool/internal/parallel"
)

// Augment says how a training image is varied. The zero value changes nothing.
type Augment struct {
	// Pad is the width in pixels of a black frame (byte 0, put around the raw
	// image, before normalisation) out of which a piece of the original size is
	// cut at a random place.
	Pad int
	// Mirror swaps left and right with probability 1/2.
	Mirror bool
}

// Batcher fills batches of one data set in a reproducible order. The order of
// the images is a function of (seed, epoch), the crop and the mirroring of an
// image one of (seed, epoch, image): any batch of any epoch can be asked for at
// any time, with the same result on any number of threads. One Batcher serves
// one goroutine at a time.
type Batcher struct {
	data    *Dataset
	batch   int
	seed    uint64
	augment Augment
	table   [][256]float32

	order      []int32 // the images in the order of orderEpoch
	orderEpoch int

	// The call of Fill under way. body is b.fillImages, made once, because a
	// new method value for every call would be an allocation.
	x     []float32
	epoch int
	first int // position in order of the batch's first image
	body  func(lo, hi int)
}

// NewBatcher returns a Batcher of batches of batch images of d. It is an error
// if the data set is inconsistent, batch is not between 1 and d.Len(), or the
// padding is negative or as wide as an image.
func NewBatcher(d *Dataset, batch int, seed uint64, a Augment) (*Batcher, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	for i, l := range d.Labels {
		if int(l) >= len(d.Classes) {
			return nil, labelError("data set "+d.Name, i, l, len(d.Classes))
		}
	}
	if batch < 1 || batch > d.Len() {
		return nil, fmt.Errorf("vision: batch of %d images, but %s has %d; it must be between 1 and that", batch, d.Name, d.Len())
	}
	if side := min(d.Height, d.Width); a.Pad < 0 || a.Pad >= side {
		return nil, fmt.Errorf("vision: padding of %d pixels; it must be between 0 and %d for images of %d x %d",
			a.Pad, side-1, d.Height, d.Width)
	}
	b := &Batcher{data: d, batch: batch, seed: seed, augment: a, table: tables(d.Mean, d.Std),
		order: make([]int32, d.Len()), orderEpoch: -1}
	b.body = b.fillImages
	return b, nil
}

// Batches returns the number of batches an epoch. All are full: the images that
// are left over are dropped, other ones in every epoch.
func (b *Batcher) Batches() int { return b.data.Len() / b.batch }

// Fill writes a batch, counted from 0, of an epoch, counted from 0: the
// network inputs to x, of length batch·H·W·C and shape (N, H, W, C), and the
// labels to labels, of length batch. It works on all cores and allocates
// nothing but their goroutines. Wrong lengths and an epoch or batch out of
// range are errors, upon which nothing is written.
func (b *Batcher) Fill(x []float32, labels []int32, epoch, batch int) error {
	d := b.data
	if epoch < 0 {
		return fmt.Errorf("vision: epoch %d; it must be 0 or more", epoch)
	}
	if batch < 0 || batch >= b.Batches() {
		return fmt.Errorf("vision: batch %d; it must be between 0 and %d, as %s has %d images in batches of %d",
			batch, b.Batches()-1, d.Name, d.Len(), b.batch)
	}
	if want := b.batch * d.size(); len(x) != want {
		return fmt.Errorf("vision: room for %d inputs, but a batch of %d images of %d x %d x %d needs %d",
			len(x), b.batch, d.Height, d.Width, d.Channels, want)
	}
	if len(labels) != b.batch {
		return fmt.Errorf("vision: room for %d labels, but a batch has %d images", len(labels), b.batch)
	}
	if epoch != b.orderEpoch {
		b.shuffle(epoch)
	}
	b.x, b.epoch, b.first = x, epoch, batch*b.batch
	parallel.For(b.batch, 8, b.body)
	b.x = nil // the caller's memory is not kept alive
	for i := range labels {
		labels[i] = int32(d.Labels[b.order[b.first+i]])
	}
	return nil
}

// shuffle makes the order of an epoch. The shuffle of Fisher and Yates is
// written out: that of math/rand may change between versions of Go, and a
// seed's training with it.
func (b *Batcher) shuffle(epoch int) {
	for i := range b.order {
		b.order[i] = int32(i)
	}
	r := stream(b.seed, epoch, -1)
	for i := len(b.order) - 1; i > 0; i-- {
		j := below(&r, i+1)
		b.order[i], b.order[j] = b.order[j], b.order[i]
	}
	b.orderEpoch = epoch
}

// fillImages writes the inputs of the images lo, …, hi−1 of the batch.
func (b *Batcher) fillImages(lo, hi int) {
	size := b.data.size()
	for i := lo; i < hi; i++ {
		image := int(b.order[b.first+i])
		dy, dx, mirror := b.draw(b.epoch, image)
		cut(b.x[i*size:(i+1)*size], b.data, image, dy, dx, mirror, b.table)
	}
}

// draw returns how an image is varied in an epoch: the place of the cut
// relative to the original, −Pad to Pad, and whether it is mirrored.
func (b *Batcher) draw(epoch, image int) (dy, dx int, mirror bool) {
	r := stream(b.seed, epoch, image)
	if p := b.augment.Pad; p > 0 {
		dy = below(&r, 2*p+1) - p
		dx = below(&r, 2*p+1) - p
	}
	return dy, dx, b.augment.Mirror && below(&r, 2) == 1
}

// cut writes the input of the piece of an image that begins at row dy and
// column dx, black where that lies outside, and then mirrored if wanted.
func cut(dst []float32, d *Dataset, image, dy, dx int, mirror bool, t [][256]float32) {
	h, w, channels := d.Height, d.Width, d.Channels
	pixels := d.Image(image)
	left, right := max(0, -dx), min(w, w-dx) // the columns of the piece that lie inside
	for y := range h {
		row := dst[y*w*channels : (y+1)*w*channels]
		if y+dy < 0 || y+dy >= h {
			black(row, t)
			continue
		}
		black(row[:left*channels], t)
		black(row[right*channels:], t)
		from := ((y+dy)*w + left + dx) * channels
		apply(row[left*channels:right*channels], pixels[from:from+(right-left)*channels], t)
		if mirror {
			reverse(row, channels)
		}
	}
}

// black writes the inputs of black pixels.
func black(dst []float32, t [][256]float32) {
	for c := range t {
		for k := c; k < len(dst); k += len(t) {
			dst[k] = t[c][0]
		}
	}
}

// reverse puts the pixels of a row in the opposite order.
func reverse(row []float32, channels int) {
	for i, j := 0, len(row)-channels; i < j; i, j = i+channels, j-channels {
		for c := range channels {
			row[i+c], row[j+c] = row[j+c], row[i+c]
		}
	}
}

// stream returns the random numbers that belong to an image in an epoch; image
// −1 stands for the order of the epoch.
func stream(seed uint64, epoch, image int) rand.PCG {
	key := mix(mix(mix(seed)+uint64(epoch)) + uint64(image))
	var r rand.PCG
	r.Seed(key, mix(key))
	return r
}

// mix is the finaliser of SplitMix64, a bijection that spreads neighbouring
// numbers over all 64 bits.
func mix(z uint64) uint64 {
	z += 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below returns a number in [0, n). The probabilities differ from 1/n by less
// than 2⁻⁶⁴.
func below(r *rand.PCG, n int) int {
	high, _ := bits.Mul64(r.Uint64(), uint64(n))
	return int(high)
}

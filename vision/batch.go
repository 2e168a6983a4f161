package vision

// This file makes training batches: shuffled, augmented, normalised, and the
// same for the same seed in whatever order they are asked for.

import (
	"fmt"
	"sync"
	"sync/atomic"

	"mgtool/internal/parallel"
	"mgtool/source"
)

// Batcher fills batches of a data set in a reproducible order. The order of the images is
// a function of (seed, epoch), the variation of an image one of (seed, epoch, image): any
// batch of any epoch can be made at any time, with the same bits on any number of
// threads. A Batcher is for one goroutine at a time.
type Batcher struct {
	data    *Dataset
	decodes bool // some images, which are not in memory
	batch   int
	seed    uint64
	augment Augment
	table   [][256]float32

	order      []int32 // the images in the order of orderEpoch
	orderEpoch int

	// The call under way. body is b.fillImages, made once, because a new method
	// value for every call would be an allocation.
	into   *source.Batch
	epoch  int
	first  int // position in order of the batch's first image
	body   func(lo, hi int)
	other  []float32 // inputs that mixup adds, as many as in a batch; nil without
	failed firstError

	single source.Batch // of Fill, kept here so that it is no allocation
}

// NewBatcher returns a Batcher for batches of batch images of d. An inconsistent data set,
// a batch that is not 1 to d.Len(), or an augmentation that images of this size do not
// allow is an error.
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
	if err := a.fits(d.Height, d.Width); err != nil {
		return nil, err
	}
	b := &Batcher{data: d, decodes: d.Kept() < d.Len(), batch: batch, seed: seed, augment: a, table: tables(d.Mean, d.Std),
		order: make([]int32, d.Len()), orderEpoch: -1}
	b.body = b.fillImages
	if a.Mixup > 0 {
		b.other = make([]float32, batch*d.size())
	}
	return b, nil
}

// Batches returns the number of batches in an epoch. All are full; the images left over
// are dropped, different ones in every epoch.
func (b *Batcher) Batches() int { return b.data.Len() / b.batch }

// NewBatch allocates a batch.
func (b *Batcher) NewBatch() *source.Batch {
	batch := &source.Batch{X: make([]float32, b.batch*b.data.size()), Labels: make([]int32, b.batch)}
	if b.augment.Mixup > 0 {
		batch.Others, batch.Weights = make([]int32, b.batch), make([]float32, b.batch)
	}
	return batch
}

// Fill is [Batcher.FillBatch] for images with one label: it writes the inputs to
// x, of length batch·H·W·C, and the labels to labels, of length batch. With
// mixup it is an error.
func (b *Batcher) Fill(x []float32, labels []int32, epoch, batch int) error {
	if b.augment.Mixup > 0 {
		return fmt.Errorf("vision: mixup gives images two labels each; there is room for one")
	}
	b.single = source.Batch{X: x, Labels: labels}
	err := b.FillBatch(&b.single, epoch, batch)
	b.single = source.Batch{} // the caller's memory is not kept alive
	return err
}

// FillBatch writes a batch of an epoch, both counted from 0, to what [Batcher.NewBatch]
// has made. It uses all cores and, while all images are in memory, allocates nothing.
// Wrong lengths and an epoch or batch out of range are errors, and nothing is written. If
// a file can no longer be decoded, the error names it and the batch is undefined.
func (b *Batcher) FillBatch(into *source.Batch, epoch, batch int) error {
	if err := b.prepare(into, epoch, batch); err != nil {
		return err
	}
	grain := 8
	if b.decodes {
		grain = 1
	}
	parallel.For(b.batch, grain, b.body)
	return b.finish()
}

// FillAhead is FillBatch for a goroutine beside the training. One core turns pixels into
// inputs fast enough and leaves the others to the training; decoding takes many times as
// long, so it uses all cores, and ends between two images when stop is closed.
func (b *Batcher) FillAhead(into *source.Batch, epoch, batch int, stop <-chan struct{}) error {
	if err := b.prepare(into, epoch, batch); err != nil {
		return err
	}
	if b.decodes {
		b.fillTogether(parallel.Workers(), stop)
	} else {
		b.body(0, b.batch)
	}
	return b.finish()
}

// fillTogether writes the inputs on goroutines of its own: the helpers of package parallel
// serve the training.
func (b *Batcher) fillTogether(workers int, stop <-chan struct{}) {
	var next atomic.Int64
	var group sync.WaitGroup
	var fault atomic.Pointer[any]
	for range min(workers, b.batch) {
		group.Go(func() {
			defer func() {
				if p := recover(); p != nil { // goes on below
					fault.Store(&p)
				}
			}()
			for i := int(next.Add(1)) - 1; i < b.batch; i = int(next.Add(1)) - 1 {
				select {
				case <-stop:
					b.failed.note(i, source.ErrStopped)
					return
				default:
					b.body(i, i+1)
				}
			}
		})
	}
	group.Wait()
	if p := fault.Load(); p != nil {
		panic(*p)
	}
}

// finish ends a call.
func (b *Batcher) finish() error {
	b.into = nil
	return b.failed.err
}

// prepare checks a call and writes all but the inputs.
func (b *Batcher) prepare(into *source.Batch, epoch, batch int) error {
	d := b.data
	if epoch < 0 {
		return fmt.Errorf("vision: epoch %d; it must be 0 or more", epoch)
	}
	if batch < 0 || batch >= b.Batches() {
		return fmt.Errorf("vision: batch %d; it must be between 0 and %d, as %s has %d images in batches of %d",
			batch, b.Batches()-1, d.Name, d.Len(), b.batch)
	}
	if want := b.batch * d.size(); len(into.X) != want {
		return fmt.Errorf("vision: room for %d inputs, but a batch of %d images of %d x %d x %d needs %d",
			len(into.X), b.batch, d.Height, d.Width, d.Channels, want)
	}
	if len(into.Labels) != b.batch {
		return fmt.Errorf("vision: room for %d labels, but a batch has %d images", len(into.Labels), b.batch)
	}
	if b.augment.Mixup > 0 && (len(into.Others) != b.batch || len(into.Weights) != b.batch) {
		return fmt.Errorf("vision: room for %d second labels and %d weights, but with mixup a batch has %d of each", len(into.Others), len(into.Weights), b.batch)
	}
	if epoch != b.orderEpoch {
		source.Order(b.order, b.seed, epoch)
		b.orderEpoch = epoch
	}
	b.into, b.epoch, b.first, b.failed = into, epoch, batch*b.batch, firstError{}
	for i := range into.Labels {
		into.Labels[i] = int32(d.Labels[b.order[b.first+i]])
	}
	return nil
}

// fillImages writes the inputs of the images lo, …, hi−1 of the batch.
func (b *Batcher) fillImages(lo, hi int) {
	size := b.data.size()
	for i := lo; i < hi; i++ {
		image := int(b.order[b.first+i])
		x := b.into.X[i*size : (i+1)*size]
		b.failed.note(i, b.write(x, image))
		if b.augment.Mixup > 0 {
			other, weight := b.partner(b.epoch, image)
			b.into.Others[i], b.into.Weights[i] = int32(b.data.Labels[other]), weight
			y := b.other[i*size : (i+1)*size]
			b.failed.note(i, b.write(y, other))
			for k := range x {
				x[k] = y[k] + weight*(x[k]-y[k])
			}
		}
	}
}

// write writes the input of an image as it is varied in the epoch under way.
func (b *Batcher) write(x []float32, image int) error {
	d, a := b.data, b.augment
	from := d
	if a.ResizedCrop && d.Larger != nil {
		from = d.Larger
	}
	pixels, err := from.image(image)
	if err != nil {
		return err
	}
	dy, dx, mirror := b.draw(b.epoch, image)
	switch {
	case a.ResizedCrop:
		scale(x, d.Height, d.Width, from, pixels, b.crop(b.epoch, image, from.Height, from.Width), mirror, b.table)
	case a.Translate > 0:
		shift(x, d, pixels, dy, dx, mirror, b.table)
	default:
		cut(x, d, pixels, dy, dx, mirror, b.table)
	}
	if a.Cutout > 0 {
		erase(x, d.Width, d.Channels, b.blank(b.epoch, image))
	}
	return nil
}

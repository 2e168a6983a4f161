// Package source defines how data reach a training: samples of one shape with their
// targets, in batches.
//
// A [Source] states its [Form] and makes a [Batcher]. Each batch is a function of (seed,
// epoch, index) alone, so a resumed training needs no stored random state. A [Loader]
// prepares the next batches during a training step. [Table] is a source of numbers in
// memory; package vision has a source of images.
package source

import (
	"errors"
	"io"
)

// Form is the shape that all samples of a source share.
type Form struct {
	// Input is the shape of an input, channels last: (H, W, C) of an image, (1, L, C) of
	// a signal with L places.
	Input []int
	// Labels is the number of labels per sample: 1 for a class, H·W for a class per pixel,
	// 0 for none. Each is in [0, Classes), or of several per sample −1 where there is none.
	Labels, Classes int
	// Values is the number of target values per sample: 1 for a number, K for a vector,
	// H·W·K for a field, 0 for none.
	Values int
}

// Size is the number of values of an input.
func (f Form) Size() int {
	size := 1
	for _, n := range f.Input {
		size *= n
	}
	return size
}

// NewBatch allocates a batch of n samples.
func (f Form) NewBatch(n int) *Batch {
	b := &Batch{X: make([]float32, n*f.Size())}
	if f.Labels > 0 {
		b.Labels = make([]int32, n*f.Labels)
	}
	if f.Values > 0 {
		b.Values = make([]float32, n*f.Values)
	}
	return b
}

// Batch holds samples and their targets.
type Batch struct {
	X      []float32 // inputs, (N, H, W, C)
	Labels []int32   // (N, labels per sample); nil without labels
	Values []float32 // (N, values per sample); nil without values

	// With mixup, class Labels[n] of sample n has the weight Weights[n], at least 1/2,
	// and class Others[n] the rest; both are nil otherwise.
	Others  []int32
	Weights []float32
}

// CopyFrom copies a batch of the same form and size.
func (b *Batch) CopyFrom(other *Batch) {
	copy(b.X, other.X)
	copy(b.Labels, other.Labels)
	copy(b.Values, other.Values)
	copy(b.Others, other.Others)
	copy(b.Weights, other.Weights)
}

// Source is data to train or evaluate on.
type Source interface {
	String() string // a name for people
	Len() int       // number of samples
	Form() Form
	// Read writes the samples first, …, first+count−1, in order and without augmentation,
	// to the start of a batch from [Form.NewBatch].
	Read(into *Batch, first, count int) error
	// Digest writes to w what identifies these samples; see the function [Digest].
	Digest(w io.Writer) error
	// Batcher makes batches of size samples, 1 to Len, for a training with a seed.
	Batcher(size int, seed uint64) (Batcher, error)
}

// Batcher makes the batches of a training. All are full: leftover samples are dropped,
// different ones in every epoch. A Batcher is not safe for concurrent use.
type Batcher interface {
	Batches() int     // number of batches per epoch
	NewBatch() *Batch // allocates one
	// FillBatch writes a batch, using all cores. Epoch and batch count from 0. The result
	// depends on the seed but not on the number of threads.
	FillBatch(into *Batch, epoch, batch int) error
	// FillAhead is FillBatch for a goroutine that runs beside a training: it does not use
	// the worker threads of the training, and no more cores than it needs to keep up. If it
	// takes long, it returns [ErrStopped] soon after stop is closed.
	FillAhead(into *Batch, epoch, batch int, stop <-chan struct{}) error
}

// ErrStopped is the error of a batch that was given up.
var ErrStopped = errors.New("source: stopped")

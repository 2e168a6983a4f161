// Package source is the form in which data come to a training: samples of one shape, with
// what is to be learned of them, in batches.
//
// A [Source] knows its [Form]; a [Batcher] makes its batches, each a function of (seed,
// epoch, index), whatever was asked before: a training that is resumed needs no stored
// random state. A [Loader] makes the next batches while one is trained on. Packages for a kind of
// data, such as vision for images, have sources of their own; [Table] is one of numbers in
// memory.
package source

import (
	"errors"
	"fmt"
	"io"
)

// Form is what the samples of a source have in common.
type Form struct {
	// Input is the shape of an input, channels last: (H, W, C) of an image, (1, L, C) of
	// a signal with L places.
	Input []int
	// Labels is the number of labels of a sample: 1 for a class, H·W for a class of every
	// pixel, 0 for none. Each is in [0, Classes).
	Labels, Classes int
	// Values is the number of values that a sample has as its target: 1 for a number,
	// K for a vector, H·W·K for a field, 0 for none.
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

// NewBatch makes room for n samples.
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

// Batch is some samples.
type Batch struct {
	X      []float32 // inputs, (N, H, W, C)
	Labels []int32   // (N, labels of a sample); nil without labels
	Values []float32 // (N, values of a sample); nil without values

	// With mixup, sample n shows the class Labels[n] by the share Weights[n], at
	// least 1/2, and Others[n] by the rest; else both are nil.
	Others  []int32
	Weights []float32
}

// CopyFrom copies the samples of another batch of the same form and number.
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
	// Read writes the samples first, …, first+count−1, in their order and unvaried, as an
	// evaluation wants them, to the beginning of what [Form.NewBatch] has made.
	Read(into *Batch, first, count int) error
	// Digest writes to w what tells these samples from others; see [Digest].
	Digest(w io.Writer) error
	// Batcher makes batches of size samples, 1 to Len, for a training with a seed.
	Batcher(size int, seed uint64) (Batcher, error)
}

// Batcher makes the batches of a training. All are full: the samples that are left over
// are dropped, other ones in every epoch. One goroutine uses it at a time.
type Batcher interface {
	Batches() int     // number of batches of an epoch
	NewBatch() *Batch // room for one
	// FillBatch writes a batch of an epoch, both counted from 0, the same for the same
	// seed on any number of threads. It works on all cores.
	FillBatch(into *Batch, epoch, batch int) error
	// FillAhead is FillBatch for a goroutine beside a training: it leaves the loops of
	// package parallel to that, and takes no more cores than it needs to keep up. If it
	// takes long, it returns [ErrStopped] soon after stop is closed.
	FillAhead(into *Batch, epoch, batch int, stop <-chan struct{}) error
}

// ErrStopped is the error of a batch that was given up.
var ErrStopped = errors.New("source: stopped")

// Check reports which samples a source does not have.
func Check(s Source, first, count int) error {
	if first < 0 || count < 0 || first > s.Len()-count {
		return fmt.Errorf("source: %d samples from sample %d on, but %s has %d", count, first, s, s.Len())
	}
	return nil
}

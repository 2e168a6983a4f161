package source

// What sources of samples in memory share: the checks of a Read, and batches in a random
// order.

import "fmt"

// CheckRead returns an error if s does not have the samples first, …, first+count−1, or if a
// batch has no room for them.
func CheckRead(s Source, into *Batch, first, count int) error {
	if first < 0 || count < 0 || first > s.Len()-count {
		return fmt.Errorf("source: %d samples from sample %d on, but %s has %d", count, first, s, s.Len())
	}
	if f := s.Form(); len(into.X) < count*f.Size() || len(into.Labels) < count*f.Labels || len(into.Values) < count*f.Values {
		return fmt.Errorf("source: room for %d inputs, %d labels and %d values; %d samples of %s have %d, %d and %d",
			len(into.X), len(into.Labels), len(into.Values), count, s, count*f.Size(), count*f.Labels, count*f.Values)
	}
	return nil
}

// Shuffle makes batches of size samples of s, 1 to its Len, in another order in each epoch.
// fill writes a sample to place i of a batch, as the epoch has it; it is quick, and used by
// one goroutine.
func Shuffle(s Source, size int, seed uint64, fill func(into *Batch, i, sample, epoch int)) (Batcher, error) {
	if size < 1 || size > s.Len() {
		return nil, fmt.Errorf("source: batch of %d samples; want 1 to %d, the samples of %s", size, s.Len(), s)
	}
	return &shuffled{source: s, size: size, seed: seed, fill: fill, order: make([]int32, s.Len()), epoch: -1}, nil
}

// shuffled makes the batches of Shuffle.
type shuffled struct {
	source Source
	size   int
	seed   uint64
	fill   func(into *Batch, i, sample, epoch int)
	order  []int32 // of the samples in the epoch
	epoch  int
}

func (b *shuffled) Batches() int     { return b.source.Len() / b.size }
func (b *shuffled) NewBatch() *Batch { return b.source.Form().NewBatch(b.size) }

func (b *shuffled) FillBatch(into *Batch, epoch, batch int) error {
	if epoch < 0 || batch < 0 || batch >= b.Batches() {
		return fmt.Errorf("source: epoch %d, batch %d of %s; want 0 or more and 0 to %d", epoch, batch, b.source, b.Batches()-1)
	}
	if f := b.source.Form(); len(into.X) != b.size*f.Size() || len(into.Labels) != b.size*f.Labels || len(into.Values) != b.size*f.Values {
		return fmt.Errorf("source: room for %d inputs, %d labels and %d values; want a batch from NewBatch, with %d, %d and %d",
			len(into.X), len(into.Labels), len(into.Values), b.size*f.Size(), b.size*f.Labels, b.size*f.Values)
	}
	if epoch != b.epoch {
		Order(b.order, b.seed, epoch)
		b.epoch = epoch
	}
	for i, sample := range b.order[batch*b.size : (batch+1)*b.size] {
		b.fill(into, i, int(sample), epoch)
	}
	return nil
}

// FillAhead is FillBatch, which is work for one core.
func (b *shuffled) FillAhead(into *Batch, epoch, batch int, _ <-chan struct{}) error {
	return b.FillBatch(into, epoch, batch)
}

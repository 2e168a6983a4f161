package source

// Batches prepared during the training step before them.

import (
	"fmt"
	"io"
	"sync"
)

// Loader prepares the batches of a training ahead of time, on its own goroutine. They come
// in order and hold the same bits as those of FillBatch. A Loader is not safe for
// concurrent use and must be closed.
type Loader struct {
	free  chan *Batch // batches to fill; no others are allocated
	ready chan loaded
	stop  chan struct{} // closed by Close
	ended chan struct{} // closed by the goroutine
	once  sync.Once
	fault any    // what the goroutine panicked with, before it ended
	held  *Batch // what Next returned last
}

type loaded struct {
	batch *Batch
	err   error
}

// NewLoader starts at a batch of an epoch, both counted from 0, and continues to the end
// of epoch epochs−1, with up to ahead batches ready. The Loader owns b until it is closed.
// Counts out of range are errors.
func NewLoader(b Batcher, epoch, batch, epochs, ahead int) (*Loader, error) {
	if ahead < 1 {
		return nil, fmt.Errorf("source: %d batches ahead; it must be at least 1", ahead)
	}
	if epoch < 0 || epoch > epochs || batch < 0 || batch >= b.Batches() {
		return nil, fmt.Errorf("source: start at epoch %d, batch %d; want 0 to %d and 0 to %d", epoch, batch, epochs, b.Batches()-1)
	}
	// One more is in use, and one is being filled.
	l := &Loader{free: make(chan *Batch, ahead+2), ready: make(chan loaded, ahead), stop: make(chan struct{}), ended: make(chan struct{})}
	for range cap(l.free) {
		l.free <- b.NewBatch()
	}
	go l.serve(b, epoch, batch, epochs)
	return l, nil
}

// serve is the goroutine. It returns at the end, after an error, or on stop.
func (l *Loader) serve(b Batcher, epoch, batch, epochs int) {
	defer close(l.ended)
	defer close(l.ready)
	defer func() { l.fault = recover() }() // raised again by Next
	for ; epoch < epochs; epoch, batch = epoch+1, 0 {
		for ; batch < b.Batches(); batch++ {
			var next loaded
			select {
			case next.batch = <-l.free:
			case <-l.stop:
				return
			}
			next.err = b.FillAhead(next.batch, epoch, batch, l.stop)
			select {
			case l.ready <- next:
			case <-l.stop:
				return
			}
			if next.err != nil {
				return
			}
		}
	}
}

// Next returns the next batch, valid until the next call. After the last one, and after
// Close, the error is [io.EOF].
func (l *Loader) Next() (*Batch, error) {
	if l.held != nil {
		l.free <- l.held
		l.held = nil
	}
	next, ok := <-l.ready
	if !ok {
		if l.fault != nil {
			panic(l.fault)
		}
		return nil, io.EOF
	}
	if next.err != nil {
		return nil, next.err
	}
	l.held = next.batch
	return next.batch, nil
}

// Close stops the goroutine, waits for it, and drops the batches that are ready. It may be
// called again.
func (l *Loader) Close() {
	l.once.Do(func() { close(l.stop) })
	<-l.ended
	for range l.ready { // drained, so that Next returns EOF
	}
}

package tensor

// Working memory shared by all operations. An operation of a network borrows,
// gives back, and the next one takes the same memory: what is kept, for the life
// of the process, is the need of the largest operation and not the sum over all.
// A buffer belongs to the class of the power of two it has room for, so that a
// small request never holds what a large one will ask for.
//
// This is not a sync.Pool, which keeps buffers per core out of reach of the
// others: with partial sums of tens of megabytes that is too much on many cores.

import (
	"math/bits"
	"sync"
)

type buffer struct {
	data  []float32 // arbitrary contents
	class int
}

var free struct {
	sync.Mutex
	buffers [bits.UintSize + 1][]*buffer // by class
}

// borrow returns a buffer of n floats, whose contents are arbitrary.
func borrow(n int) *buffer {
	class := bits.Len(uint(max(n, 1) - 1))
	free.Lock()
	defer free.Unlock()
	list := free.buffers[class]
	if len(list) == 0 {
		return &buffer{data: make([]float32, 1<<class)[:n], class: class}
	}
	b := list[len(list)-1]
	free.buffers[class] = list[:len(list)-1]
	b.data = b.data[:n]
	return b
}

// release gives the buffer back. Its data must not be used after.
func (b *buffer) release() {
	free.Lock()
	defer free.Unlock()
	free.buffers[b.class] = append(free.buffers[b.class], b)
}

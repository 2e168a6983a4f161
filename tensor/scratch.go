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

	"mgtool/internal/simd"
)

type buffer struct {
	data  []float32 // arbitrary contents
	class int
	tile  simd.Tile
	list  []place
}

// places returns n places with arbitrary contents.
func (b *buffer) places(n int) []place {
	if cap(b.list) < n {
		b.list = make([]place, n)
	}
	return b.list[:n]
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

// release gives the buffer back. Its data must not be used after. A nil buffer
// is none.
func (b *buffer) release() {
	if b == nil {
		return
	}
	free.Lock()
	defer free.Unlock()
	free.buffers[b.class] = append(free.buffers[b.class], b)
}

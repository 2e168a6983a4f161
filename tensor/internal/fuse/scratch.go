package fuse

// Working memory shared by all operations: each operation of a network borrows a
// buffer and returns it, and the next one reuses it. What is kept for the life of the
// process is what the largest operation needs, not the sum over all. Buffers are
// grouped by capacity, a power of two, so a small request never takes a large buffer.
//
// This is not a sync.Pool, which keeps buffers per core, out of reach of the others:
// for partial sums of tens of megabytes that is too much on many cores.

import (
	"math/bits"
	"sync"

	"mgtool/internal/simd"
)

// Buffer is working memory. Data has arbitrary contents.
type Buffer struct {
	Data []float32
	Tile simd.Tile // the arguments of a product, which would escape otherwise

	class int
	list  []place
}

// places returns n places with arbitrary contents.
func (b *Buffer) places(n int) []place {
	if cap(b.list) < n {
		b.list = make([]place, n)
	}
	return b.list[:n]
}

var free struct {
	sync.Mutex
	buffers [bits.UintSize + 1][]*Buffer // by class
}

// Borrow returns a buffer of n floats, to give back with [Buffer.Release].
func Borrow(n int) *Buffer {
	class := bits.Len(uint(max(n, 1) - 1))
	free.Lock()
	defer free.Unlock()
	list := free.buffers[class]
	if len(list) == 0 {
		return &Buffer{Data: make([]float32, 1<<class)[:n], class: class}
	}
	b := list[len(list)-1]
	free.buffers[class] = list[:len(list)-1]
	b.Data = b.Data[:n]
	return b
}

// Release gives the buffer back; its data must not be used afterwards. It does
// nothing on a nil buffer.
func (b *Buffer) Release() {
	if b == nil {
		return
	}
	free.Lock()
	defer free.Unlock()
	free.buffers[b.class] = append(free.buffers[b.class], b)
}

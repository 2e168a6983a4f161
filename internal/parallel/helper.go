package parallel

import (
	"runtime"
	"sync/atomic"
)

// helper is a goroutine that works on any caller's loop. Its state says whose turn it
// is; each change is one atomic operation by one side.
type helper struct {
	state  atomic.Int32
	pool   *pool
	worker int
	wake   chan struct{} // one send per change from parked to offered
	_      [cacheLine]byte
}

const (
	idle    int32 = iota // the helper watches its state
	parked               // the helper sleeps until a send on wake
	offered              // there is a loop, which the helper may begin or the caller may withdraw
	running              // the helper is in the body
	awaited              // as running, and the caller sleeps until a send on done
)

// spins is the number of times a side reads the state before it sleeps: helper threads
// spin for 150 µs. Loops follow each other closely, and waking a thread takes 5 to
// 100 µs, by when a short loop is over; the small grids of a multigrid cycle, which stay
// on one thread, take about 50 µs. The bound frees the core for other work.
const spins = 1 << 18

func newHelper(p *pool, worker int) *helper {
	h := &helper{pool: p, worker: worker, wake: make(chan struct{}, 1)}
	go h.serve()
	return h
}

// leaves spins until the state changes, and reports whether it did in time.
func (h *helper) leaves(state int32) bool {
	for range spins {
		if h.state.Load() != state {
			return true
		}
	}
	return false
}

// serve is the helper's goroutine, which runs as long as the program.
func (h *helper) serve() {
	defer func() { go h.serve() }() // a body that calls runtime.Goexit ends only the goroutine
	for {
		if !h.leaves(idle) && h.state.CompareAndSwap(idle, parked) {
			<-h.wake
		}
		if h.state.CompareAndSwap(offered, running) { // unless withdrawn
			h.work()
		}
	}
}

// work joins the loop, and leaves it in order even if the body panics.
func (h *helper) work() {
	completed := false
	defer func() {
		if value := recover(); value != nil {
			noteTrace()
			h.pool.fail(value)
		} else if !completed {
			h.pool.fail(errGoexit)
		}
		if h.state.Swap(idle) == awaited {
			h.pool.done <- struct{}{}
			runtime.Gosched() // lets the caller continue on this thread without waking another
		}
	}()
	h.pool.work(h.worker)
	completed = true
}

// offer lets the helper begin. The caller of the loop calls it.
func (h *helper) offer() {
	if h.state.Swap(offered) == parked {
		h.wake <- struct{}{}
	}
}

// finish withdraws the offer, or waits until the helper has left the body. The caller
// of the loop calls it.
func (h *helper) finish() {
	if h.state.CompareAndSwap(offered, idle) {
		return
	}
	if !h.leaves(running) && h.state.CompareAndSwap(running, awaited) {
		<-h.pool.done
	}
}

package parallel

import (
	"runtime"
	"sync/atomic"
)

// helper is a goroutine that works for whoever runs a loop. Its state says who
// moves next; each change is made by one side alone, with one atomic operation.
type helper struct {
	state  atomic.Int32
	pool   *pool
	worker int
	wake   chan struct{} // one send for every change from parked to offered
	_      [cacheLine]byte
}

const (
	idle    int32 = iota // the helper watches its state
	parked               // the helper sleeps until there is a send on wake
	offered              // there is a loop, which the helper may begin and the caller may take back
	running              // the helper uses the body
	awaited              // as running, and the caller sleeps until there is a send on done
)

// spins is how often a side looks at the state before it sleeps: some 150 µs.
// Loops follow each other closely, and to wake a thread takes 5 to 100 µs, after
// which a short loop is over; the small grids of a multigrid cycle, which stay on
// one thread, take about 50 µs. The bound is for what may want the core instead.
const spins = 1 << 18

func newHelper(p *pool, worker int) *helper {
	h := &helper{pool: p, worker: worker, wake: make(chan struct{}, 1)}
	go h.serve()
	return h
}

// leaves watches for the state to change, for a while.
func (h *helper) leaves(state int32) bool {
	for range spins {
		if h.state.Load() != state {
			return true
		}
	}
	return false
}

// serve is the helper's goroutine, which lives as long as the program.
func (h *helper) serve() {
	defer func() { go h.serve() }() // a body that calls runtime.Goexit ends only the goroutine
	for {
		if !h.leaves(idle) && h.state.CompareAndSwap(idle, parked) {
			<-h.wake
		}
		if h.state.CompareAndSwap(offered, running) { // unless taken back
			h.work()
		}
	}
}

// work takes part in the loop, whatever the body does.
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
			runtime.Gosched() // the caller goes on here, no other thread need be woken for it
		}
	}()
	h.pool.work(h.worker)
	completed = true
}

// offer is called by the caller: the helper may begin.
func (h *helper) offer() {
	if h.state.Swap(offered) == parked {
		h.wake <- struct{}{}
	}
}

// finish is called by the caller: it takes back the offer, or waits until the
// helper has left the body.
func (h *helper) finish() {
	if h.state.CompareAndSwap(offered, idle) {
		return
	}
	if !h.leaves(running) && h.state.CompareAndSwap(running, awaited) {
		<-h.pool.done
	}
}

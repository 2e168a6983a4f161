package parallel

import (
	"errors"
	"sync"
	"sync/atomic"
)

// pool is the helpers and the loop that they work on.
//
// The caller offers the loop to as many helpers as it wants, works itself until
// no unit is left, and then takes back the offers that nobody accepted. So it
// waits for units that somebody computes, but never for a helper to wake up:
// where another process has the core, the loop is late by nothing but the
// missing hand.
type pool struct {
	busy    sync.Mutex // held while a loop runs; guards helpers and, for the caller, loop
	helpers []*helper
	done    chan struct{} // one send from a helper that its caller awaits

	loop    loop
	failure atomic.Pointer[any] // what the first body panicked with

	_    [cacheLine]byte // the counter is written by all, what is above only read
	next atomic.Int64    // unit to be taken
	_    [cacheLine]byte
}

// cacheLine is what processors fetch at a time; some fetch lines in pairs.
const cacheLine = 128

var shared = pool{done: make(chan struct{}, 1)}

var errGoexit = errors.New("parallel: the body of a loop called runtime.Goexit")

// run runs the loop on up to so many workers, or returns false if the pool is busy.
func (p *pool) run(l loop, workers int) bool {
	if !p.busy.TryLock() {
		return false
	}
	helpers := min(workers, l.units) - 1
	for len(p.helpers) < helpers {
		p.helpers = append(p.helpers, newHelper(p, len(p.helpers)+1))
	}
	p.loop = l
	p.next.Store(0)
	for _, h := range p.helpers[:helpers] {
		h.offer()
	}
	completed := false
	defer func() { // also when the body panics
		p.stop()
		for _, h := range p.helpers[:helpers] {
			h.finish()
		}
		failure := p.failure.Swap(nil)
		p.loop = loop{} // keeps nothing alive
		p.busy.Unlock()
		if completed && failure != nil {
			panic(*failure)
		}
	}()
	p.work(0)
	completed = true
	return true
}

// work computes units until none is left.
func (p *pool) work(worker int) {
	for {
		unit := int(p.next.Add(1)) - 1
		if unit >= p.loop.units {
			return
		}
		p.loop.do(worker, unit)
	}
}

// stop leaves no unit to be taken.
func (p *pool) stop() { p.next.Store(int64(p.loop.units)) }

// fail stops the loop and keeps what the body panicked with for the caller.
func (p *pool) fail(value any) {
	p.failure.CompareAndSwap(nil, &value)
	p.stop()
}

package parallel

import (
	"errors"
	"sync"
	"sync/atomic"
)

// pool is the helpers and the loop they work on.
//
// The caller offers the loop to as many helpers as it wants, works until no unit is
// left, and then withdraws the offers that no helper has accepted. So it waits for units
// under way, but never for a helper to wake up: if another process occupies the core,
// the loop only lacks that helper.
type pool struct {
	busy    sync.Mutex // held while a loop runs; guards helpers and, for the caller, loop
	helpers []*helper
	done    chan struct{} // one send from a helper that its caller awaits

	loop    loop
	failure atomic.Pointer[any] // value of the first panic

	_    [cacheLine]byte // all workers write the counter, and only read the fields above
	next atomic.Int64    // the next unit
	_    [cacheLine]byte
}

// cacheLine is the unit of memory that processors fetch; some fetch lines in pairs.
const cacheLine = 128

var shared = pool{done: make(chan struct{}, 1)}

var errGoexit = errors.New("parallel: the body of a loop called runtime.Goexit")

// run runs the loop on at most the given number of workers. It returns false if the
// pool is busy.
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
	defer func() { // even if the body panics
		p.stop()
		for _, h := range p.helpers[:helpers] {
			h.finish()
		}
		failure := p.failure.Swap(nil)
		p.loop = loop{} // so that it keeps nothing alive
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

// stop skips the remaining units.
func (p *pool) stop() { p.next.Store(int64(p.loop.units)) }

// fail stops the loop and keeps the value of the panic for the caller.
func (p *pool) fail(value any) {
	p.failure.CompareAndSwap(nil, &value)
	p.stop()
}

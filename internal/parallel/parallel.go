// Package parallel runs a loop on all cores.
//
// Every loop of this project that is worth more than one core goes through
// [For] or [Blocks]. The number of workers is GOMAXPROCS, so a program sets the
// thread count in one place, runtime.GOMAXPROCS, and nowhere else.
package parallel

import (
	"runtime"
	"sync"
)

// For calls body on consecutive pieces [lo, hi) that together cover [0, n).
// No piece is shorter than grain, except when n itself is; with a single piece
// the call stays on the caller's goroutine. Pieces must not write to the same
// memory. How the range is cut depends on the thread count, so a body whose
// result depends on the cut (a sum) belongs in [Blocks].
func For(n, grain int, body func(lo, hi int)) {
	pieces := min(runtime.GOMAXPROCS(0), n/max(grain, 1))
	if pieces <= 1 {
		if n > 0 {
			body(0, n)
		}
		return
	}
	var wg sync.WaitGroup
	for p := 1; p < pieces; p++ {
		lo, hi := p*n/pieces, (p+1)*n/pieces
		wg.Go(func() { body(lo, hi) })
	}
	body(0, n/pieces)
	wg.Wait()
}

// Blocks calls body once for each of the count blocks that cut [0, n) evenly,
// several at a time. The cut is the caller's and does not depend on the thread
// count: a sum that keeps one partial result a block and adds them in order
// has the same bits on any number of threads. A block may be empty.
func Blocks(n, count int, body func(block, lo, hi int)) {
	For(count, 1, func(first, last int) {
		for b := first; b < last; b++ {
			body(b, b*n/count, (b+1)*n/count)
		}
	})
}

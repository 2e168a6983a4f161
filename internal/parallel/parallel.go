// Package parallel runs a loop on all cores.
//
// Every loop of this project that is worth more than one core goes through
// [For], [Blocks] or [Each]. The number of workers is GOMAXPROCS, so a program
// sets the thread count in one place, runtime.GOMAXPROCS, and nowhere else.
//
// The caller is one of the workers; the others are helpers that the first loop
// starts and that every later one finds waiting (see pool). A program has one
// set of helpers, which serves one loop at a time. A loop that begins while
// another runs, be it inside a body or on another goroutine, stays on its
// caller's goroutine: the cores have work already.
//
// A panic in a body ends the loop early and continues, with the same value, on
// the caller's goroutine once no helper uses the body any more. Its trace is
// then that of the caller, and [Trace] has that of the body.
package parallel

import "runtime"

// Workers returns the number of workers of a loop that starts now, GOMAXPROCS.
func Workers() int { return runtime.GOMAXPROCS(0) }

// piecesPerWorker is into how many pieces [For] cuts a worker's share of a long
// range: one that is held up leaves three quarters of its share to the others.
const piecesPerWorker = 4

// For calls body on consecutive pieces [lo, hi) that together cover [0, n).
// No piece is shorter than grain, except when n itself is; with a single piece
// the call stays on the caller's goroutine. Pieces must not write to the same
// memory. How the range is cut depends on the thread count and on what else
// runs, so a body whose result depends on the cut (a sum) belongs in [Blocks].
func For(n, grain int, body func(lo, hi int)) {
	workers := Workers()
	pieces := n / max(grain, 1)
	if pieces > workers { // as many for every worker
		pieces = workers * min(piecesPerWorker, pieces/workers)
	}
	if workers > 1 && pieces > 1 && shared.run(loop{units: pieces, n: n, piece: body}, workers) {
		return
	}
	if n > 0 {
		body(0, n)
	}
}

// Blocks calls body once for each of the count blocks that cut [0, n) evenly,
// several at a time. The cut is the caller's and does not depend on the thread
// count: a sum that keeps one partial result a block and adds them in order
// has the same bits on any number of threads. A block may be empty.
func Blocks(n, count int, body func(block, lo, hi int)) {
	run(loop{units: count, n: n, block: body})
}

// Each calls body once for each unit in [0, n), several at a time. Whoever is
// free takes the next unit, in order, so units of uneven cost balance; with the
// most expensive ones first they do so best.
//
// The worker is in [0, Workers()), and within one call of Each no two units
// with the same worker run at the same time: it names scratch memory that a
// unit may use. Two calls that overlap, or one inside a body of the other, both
// have a worker 0, so such memory belongs to one call. What a unit computes
// must not depend on the worker or on other units.
func Each(n int, body func(worker, unit int)) {
	run(loop{units: n, each: body})
}

// run runs the loop on all workers, or on the caller if they are taken.
func run(l loop) {
	if workers := Workers(); workers > 1 && l.units > 1 && shared.run(l, workers) {
		return
	}
	for u := range l.units {
		l.do(0, u)
	}
}

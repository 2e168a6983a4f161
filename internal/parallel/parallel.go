// Package parallel runs a loop on all cores.
//
// Every loop of this project that is worth more than one core uses [For], [Blocks] or
// [Each]. The number of workers is GOMAXPROCS: runtime.GOMAXPROCS is the only place
// where a program sets the number of threads.
//
// The caller is one of the workers. The others are helpers, which the first loop starts
// and later loops reuse. A program has one set of helpers, which serves one loop at a
// time. A loop that begins while another runs, inside a body or on another goroutine,
// stays on its caller's goroutine: the cores are busy already.
//
// A panic in a body ends the loop early and continues, with the same value, on the
// caller's goroutine once every helper has left the body. Its trace is then the
// caller's; [Trace] returns the body's.
package parallel

import "runtime"

// Workers returns the number of workers of a loop that starts now, GOMAXPROCS.
func Workers() int { return runtime.GOMAXPROCS(0) }

// piecesPerWorker is the number of pieces into which [For] cuts a worker's share of a
// long range: a worker that is held up leaves three quarters of its share to the others.
const piecesPerWorker = 4

// For calls body on consecutive pieces [lo, hi) that together cover [0, n). No piece is
// shorter than grain unless n is; a single piece runs on the caller's goroutine. Pieces
// must not write to the same memory. The cut depends on the number of threads and on
// other loops, so a body whose result depends on it, such as a sum, belongs in [Blocks].
func For(n, grain int, body func(lo, hi int)) {
	workers := Workers()
	pieces := n / max(grain, 1)
	if pieces > workers { // the same number for every worker
		pieces = workers * min(piecesPerWorker, pieces/workers)
	}
	if workers > 1 && pieces > 1 && shared.run(loop{units: pieces, n: n, piece: body}, workers) {
		return
	}
	if n > 0 {
		body(0, n)
	}
}

// Blocks cuts [0, n) evenly into count blocks and calls body once for each; calls
// overlap. The cut does not depend on the number of threads: a sum that keeps one
// partial result per block and adds them in order has the same bits on any number of
// threads. A block may be empty.
func Blocks(n, count int, body func(block, lo, hi int)) {
	run(loop{units: count, n: n, block: body})
}

// Each calls body once for each unit in [0, n); calls overlap. Each free worker takes
// the next unit, in order, which balances units of uneven cost, best if the most
// expensive ones come first.
//
// worker is in [0, Workers()), and within one call of Each no two units with the same
// worker run at the same time, so it can index scratch memory. Overlapping and nested
// calls each have a worker 0, so such memory must belong to one call. The result of a
// unit must not depend on the worker or on other units.
func Each(n int, body func(worker, unit int)) {
	run(loop{units: n, each: body})
}

// run runs the loop on all workers, or on the caller alone if they are busy.
func run(l loop) {
	if workers := Workers(); workers > 1 && l.units > 1 && shared.run(l, workers) {
		return
	}
	for u := range l.units {
		l.do(0, u)
	}
}

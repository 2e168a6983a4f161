// Package bandwidth measures how fast the main memory of this machine is, on all
// threads, by the two loops that it is usually named for:
//
//	copy    a = b            16 bytes a value
//	triad   a = b + s·c      24 bytes a value
//
// on float64. What counts are the bytes that the program names. Where a store goes
// through the caches the processor first reads the line that it is about to
// overwrite, so that up to half as much again moves: Go's copy stores past the
// caches on some processors only, the loop of the triad on none.
package bandwidth

import (
	"context"
	"slices"
	"time"

	"mgtool/internal/pages"
	"mgtool/internal/parallel"
	"mgtool/internal/simd"
)

// Far is a size of an array, in bytes, that is beyond every cache.
const Far = 256 << 20

// tries is how often a loop is timed: others may be at work on the machine.
const tries = 11

// Speed is what a loop reached in several tries, in bytes a second.
type Speed struct{ Best, Median float64 }

// Copy measures a = b with two arrays of so many bytes. It ends early with the
// error of ctx.
func Copy(ctx context.Context, size int) (Speed, error) {
	a, b := array(size), array(size)
	return measure(ctx, 2*8*len(a), func(lo, hi int) { copy(a[lo:hi], b[lo:hi]) }, len(a))
}

// Triad measures a = b + s·c with three arrays of so many bytes. It ends early with
// the error of ctx.
func Triad(ctx context.Context, size int) (Speed, error) {
	a, b, c := array(size), array(size), array(size)
	return measure(ctx, 3*8*len(a), func(lo, hi int) { triad(a[lo:hi], b[lo:hi], 3, c[lo:hi]) }, len(a))
}

// triad is a vector loop, in which more lines are under way than in one of Go: it
// has a weight for four arrays, of which two are c again, in the nearest cache.
func triad(a, b []float64, s float64, c []float64) {
	if len(a) > 0 {
		simd.Grid[float64](simd.Best()).Combine4(&a[0], &b[0], &c[0], &c[0], &c[0], 1, s, 0, 0, len(a))
	}
}

// array is memory of size bytes, rounded down, on pages as large as fields have
// theirs on, and touched: untouched pages are all the same one.
func array(size int) []float64 {
	a := make([]float64, size/8)
	pages.Huge(a)
	parallel.For(len(a), 1<<18, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			a[i] = 1
		}
	})
	return a
}

// measure times body on [0, n), one piece a thread, which moves so many bytes.
func measure(ctx context.Context, bytes int, body func(lo, hi int), n int) (Speed, error) {
	threads := parallel.Workers()
	// An array that is small is gone over several times, for the clock's sake.
	turns := 1 + 32<<20/max(1, bytes)
	piece := func(_, t int) {
		for range turns {
			body(t*n/threads, (t+1)*n/threads)
		}
	}
	rates := make([]float64, tries)
	for i := range rates {
		if err := ctx.Err(); err != nil {
			return Speed{}, err
		}
		begin := time.Now()
		parallel.Each(threads, piece)
		rates[i] = float64(turns) * float64(bytes) / time.Since(begin).Seconds()
	}
	slices.Sort(rates)
	return Speed{Best: rates[tries-1], Median: rates[tries/2]}, nil
}

// Package bandwidth measures the bandwidth of main memory on all threads, with two
// loops of the STREAM benchmark on float64:
//
//	copy    a = b            16 bytes per value
//	triad   a = b + s·c      24 bytes per value
//
// Only the bytes named in the loop count. Where stores go through the caches, the
// processor first reads each line that it is about to overwrite, so up to half as much
// again is moved: Go's copy bypasses the caches on some processors, the triad on none.
package bandwidth

import (
	"context"
	"slices"
	"time"

	"mgtool/internal/pages"
	"mgtool/internal/parallel"
	"mgtool/internal/simd"
)

// Far is an array size in bytes that exceeds every cache.
const Far = 256 << 20

// tries is the number of timings of a loop: the background load varies.
const tries = 11

// Speed is the best and the median of several timings, in bytes per second.
type Speed struct{ Best, Median float64 }

// Copy measures a = b with two arrays of size bytes. It stops early with ctx's error.
func Copy(ctx context.Context, size int) (Speed, error) {
	a, b := array(size), array(size)
	return measure(ctx, 2*8*len(a), func(lo, hi int) { copy(a[lo:hi], b[lo:hi]) }, len(a))
}

// Triad measures a = b + s·c with three arrays of size bytes. It stops early with
// ctx's error.
func Triad(ctx context.Context, size int) (Speed, error) {
	a, b, c := array(size), array(size), array(size)
	return measure(ctx, 3*8*len(a), func(lo, hi int) { triad(a[lo:hi], b[lo:hi], 3, c[lo:hi]) }, len(a))
}

// triad uses a vector loop, which keeps more cache lines in flight than a loop in Go.
// The loop combines four arrays; three of them are c, which the first-level cache
// then holds.
func triad(a, b []float64, s float64, c []float64) {
	if len(a) > 0 {
		simd.Grid[float64](simd.Best()).Combine4(&a[0], &b[0], &c[0], &c[0], &c[0], 1, s, 0, 0, len(a))
	}
}

// array returns size bytes, rounded down, on huge pages as the fields of a solve are.
// Every page is written to: untouched pages all map to one page of zeros.
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

// measure times body on [0, n), one piece per thread, where all of it moves bytes.
func measure(ctx context.Context, bytes int, body func(lo, hi int), n int) (Speed, error) {
	threads := parallel.Workers()
	// A small array is traversed several times, so that the clock can resolve it.
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

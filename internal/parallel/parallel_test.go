package parallel

import (
	"runtime"
	"testing"
)

// Every index is visited exactly once, whatever the length, grain and threads.
func TestCoverage(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, threads := range []int{1, 2, 7} {
		runtime.GOMAXPROCS(threads)
		for _, n := range []int{0, 1, 2, 5, 64, 1001} {
			for _, grain := range []int{0, 1, 3, 2000} {
				seen := make([]int, n)
				For(n, grain, func(lo, hi int) {
					for i := lo; i < hi; i++ {
						seen[i]++
					}
				})
				Blocks(n, 8, func(_, lo, hi int) {
					for i := lo; i < hi; i++ {
						seen[i]++
					}
				})
				for i, s := range seen {
					if s != 2 {
						t.Fatalf("threads %d, n %d, grain %d: index %d visited %d times, want 2", threads, n, grain, i, s)
					}
				}
			}
		}
	}
}

// The cut of Blocks does not depend on the thread count, so sums keep their bits.
func TestBlocksKeepBits(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	sum := func() float32 {
		var part [8]float32
		Blocks(10007, len(part), func(b, lo, hi int) {
			for i := lo; i < hi; i++ {
				part[b] += 1 / float32(i+1)
			}
		})
		var s float32
		for _, p := range part {
			s += p
		}
		return s
	}
	runtime.GOMAXPROCS(1)
	want := sum()
	for _, threads := range []int{2, 3, 8} {
		runtime.GOMAXPROCS(threads)
		if got := sum(); got != want {
			t.Errorf("%d threads: sum %v, one thread %v", threads, got, want)
		}
	}
}

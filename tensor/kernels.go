package tensor

// Which kernels run, and the limits of the machine, for reports of speed.

import (
	"context"
	"runtime"
	"time"

	"mgtool/internal/bandwidth"
	"mgtool/internal/parallel"
	"mgtool/internal/simd"
)

// Kernels returns the name of the inner loops in use: avx512, avx2 or portable. The
// environment variable MGTOOL_SIMD selects them; naming ones that this machine does not
// support is an error.
func Kernels() (string, error) { return simd.Best().Name, simd.Check() }

// MultipliesBfloat16 reports whether these kernels multiply pairs of bfloat16 in one
// instruction. Their sums differ in the last bits from sums of float32 products of the
// same rounded numbers.
func MultipliesBfloat16() bool { return simd.Best().Bfloat16 != nil }

// Limits measures the two limits of a roofline, on all threads: fused multiply-adds
// between registers with the vectors of the kernels in use, in floating-point operations
// per second (0 for portable, which has no such loop), and copying in main memory, in
// bytes read and written per second. It takes about a second and half a gigabyte.
func Limits() (flops, bytes float64) {
	const tries = 5 // the best counts: the background load varies
	threads := runtime.GOMAXPROCS(0)
	best := func(amount float64, work func(thread int)) float64 {
		var rate float64
		for range tries {
			begin := time.Now()
			parallel.For(threads, 1, func(lo, hi int) {
				for t := lo; t < hi; t++ {
					work(t)
				}
			})
			rate = max(rate, amount/time.Since(begin).Seconds())
		}
		return rate
	}
	// 1e10 operations take a core 40 ms or more, far longer than starting a loop.
	if done := simd.Best().Peak(1e10); done > 0 {
		flops = best(float64(done)*float64(threads), func(int) { simd.Best().Peak(1e10) })
	}
	copying, _ := bandwidth.Copy(context.Background(), bandwidth.Far)
	return flops, copying.Best
}

package tensor

// Which kernels run and what the machine allows, for whoever reports speed.

import (
	"context"
	"runtime"
	"time"

	"mgtool/internal/bandwidth"
	"mgtool/internal/parallel"
	"mgtool/internal/simd"
)

// Kernels names the implementation of the inner loops in use: avx512, avx2 or
// portable. The environment variable MGTOOL_SIMD forces one; it is an error if
// it names one that this machine has not.
func Kernels() (string, error) { return simd.Best().Name, simd.Check() }

// MultipliesBfloat16 reports whether these kernels multiply pairs of bfloat16 in one
// instruction. Such sums differ in their last bits from those of float32 rounded to bfloat16.
func MultipliesBfloat16() bool { return simd.Best().Bfloat16 != nil }

// Limits measures the roofs that a speed is seen under, on all threads: fused
// multiply-adds between registers, in floating-point operations a second, with
// the vectors of the kernels in use (0 for portable, which has no such loop), and
// copying from memory to memory, in bytes read and written a second. It takes
// about a second and half a gigabyte.
func Limits() (flops, bytes float64) {
	const tries = 5 // the best counts: others may be at work
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
	// 1e10 operations take a core 40 ms or more, far above the cost of a start.
	if done := simd.Best().Peak(1e10); done > 0 {
		flops = best(float64(done)*float64(threads), func(int) { simd.Best().Peak(1e10) })
	}
	copying, _ := bandwidth.Copy(context.Background(), bandwidth.Far)
	return flops, copying.Best
}

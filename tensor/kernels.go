package tensor

// Which kernels run, for whoever reports speed.

import "mgtool/internal/simd"

// Kernels names the implementation of the inner loops in use: avx512, avx2 or
// portable. The environment variable MGTOOL_SIMD forces one; it is an error if
// it names one that this machine has not.
func Kernels() (string, error) { return simd.Best().Name, simd.Check() }

// Package simd holds the inner loops of the project: matrix tiles, Winograd's
// transforms and passes over rows of channels, in float32, and passes over rows of
// a grid, in float32 and float64. Each comes three times: for AVX-512, for AVX2
// with FMA, and in plain Go:
//
//	k := simd.Best()
//	k.Multiply(&t, n) // C = A·B for a tile that fits the registers
//	simd.Grid[float64](k).Relax(&s, 0) // every second value of a row of a grid
//
// The assembly is written by the generator in _asm and committed; nothing but
// Go is needed to build it. Without amd64, or with the tag purego, plain Go is
// all there is. The environment variable MGTOOL_SIMD=avx512, avx2 or portable
// forces one for tests and comparisons.
//
// The order of every sum is fixed by the arguments: a row of a result has the
// same bits wherever in a tile it is computed. The three implementations differ
// in rounding only; one suite of tests holds all to the same bounds.
package simd

//go:generate sh -c "cd _asm && go run . -kernels gemm -pkg simd -out ../gemm_amd64.s -stubs ../gemm_amd64.go"
//go:generate sh -c "cd _asm && go run . -kernels winograd -pkg simd -out ../winograd_amd64.s -stubs ../winograd_amd64.go"
//go:generate sh -c "cd _asm && go run . -kernels elementwise -pkg simd -out ../elementwise_amd64.s -stubs ../elementwise_amd64.go"
//go:generate sh -c "cd _asm && go run . -kernels activation -pkg simd -out ../activation_amd64.s -stubs ../activation_amd64.go"
//go:generate sh -c "cd _asm && go run . -kernels stencil -pkg simd -out ../stencil_amd64.s -stubs ../stencil_amd64.go"
//go:generate sh -c "cd _asm && go run . -kernels transfer -pkg simd -out ../transfer_amd64.s -stubs ../transfer_amd64.go"
//go:generate sh -c "cd _asm && go run . -kernels nine -pkg simd -out ../nine_amd64.s -stubs ../nine_amd64.go"
//go:generate sh -c "cd _asm && go run . -kernels varying -pkg simd -out ../varying_amd64.s -stubs ../varying_amd64.go"
//go:generate sh -c "cd _asm && go run . -kernels bfloat16 -pkg simd -out ../bfloat16_amd64.s -stubs ../bfloat16_amd64.go"

// Kernels is one implementation of all loops.
type Kernels struct {
	Name string // avx512, avx2 or portable

	Products
	winogradKernels
	rowKernels
	activationKernels
	gridKernels

	Bfloat16 *Bfloat16 // nil where the machine has no products of these
}

// masks is the table that the last vector of a row is cut by: from masks[32−n] on
// stand n times −1 and then zeros.
var masks = func() (m [64]int32) {
	for i := range 32 {
		m[i] = -1
	}
	return m
}()

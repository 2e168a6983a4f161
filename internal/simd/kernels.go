// Package simd holds the project's inner loops. In float32: tiles of matrix products,
// Winograd transforms and passes over rows of channels. In float32 and float64: passes
// over rows of a grid, which apply stencils and transfer values between grids. Each loop
// has three implementations: AVX-512, AVX2 with FMA, and plain Go:
//
//	k := simd.Best()
//	k.Multiply(&t, n) // C = A·B for a tile that fits the registers
//	simd.Grid[float64](k).Relax(&s, 0) // relax every second value of a grid row
//
// The generator in _asm writes the assembly, which is committed, so a build needs only
// Go. Other processors than amd64, and builds with the tag purego, have plain Go alone.
// The environment variable MGTOOL_SIMD=avx512, avx2 or portable selects an
// implementation, for tests and comparisons.
//
// The arguments fix the order of every sum: a value has the same bits wherever in a row
// or tile it is computed. The implementations differ only in rounding, and the same
// tests hold all three to the same error bounds.
package simd

//go:generate sh -c "cd _asm && go run . -kernels gemm -pkg simd -out ../gemm_amd64.s -stubs ../gemm_amd64.go"
//go:generate sh -c "cd _asm && go run . -kernels winograd -pkg simd -out ../winograd_amd64.s -stubs ../winograd_amd64.go"
//go:generate sh -c "cd _asm && go run . -kernels elementwise -pkg simd -out ../elementwise_amd64.s -stubs ../elementwise_amd64.go"
//go:generate sh -c "cd _asm && go run . -kernels activation -pkg simd -out ../activation_amd64.s -stubs ../activation_amd64.go"
//go:generate sh -c "cd _asm && go run . -kernels stencil -pkg simd -out ../stencil_amd64.s -stubs ../stencil_amd64.go"
//go:generate sh -c "cd _asm && go run . -kernels transfer -pkg simd -out ../transfer_amd64.s -stubs ../transfer_amd64.go"
//go:generate sh -c "cd _asm && go run . -kernels nine -pkg simd -out ../nine_amd64.s -stubs ../nine_amd64.go"
//go:generate sh -c "cd _asm && go run . -kernels varying -pkg simd -out ../varying_amd64.s -stubs ../varying_amd64.go"
//go:generate sh -c "cd _asm && go run . -kernels faces -pkg simd -out ../faces_amd64.s -stubs ../faces_amd64.go"
//go:generate sh -c "cd _asm && go run . -kernels bfloat16 -pkg simd -out ../bfloat16_amd64.s -stubs ../bfloat16_amd64.go"
//go:generate sh -c "cd _asm && go run . -kernels sparse -pkg simd -out ../sparse_amd64.s -stubs ../sparse_amd64.go"

// Kernels is one implementation of all the loops.
type Kernels struct {
	Name string // avx512, avx2 or portable

	Products
	winogradKernels
	rowKernels
	activationKernels
	gridKernels

	Bfloat16 *Bfloat16 // nil if the processor cannot multiply bfloat16
}

// masks is a table of masks for the last vector of a row, which may be partial: at
// masks[32−n] a mask with n lanes of −1 begins, followed by zeros.
var masks = func() (m [64]int32) {
	for i := range 32 {
		m[i] = -1
	}
	return m
}()

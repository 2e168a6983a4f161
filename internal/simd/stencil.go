package simd

// The five- and seven-point stencils of −Δu = g, applied to one row of a grid. nine.go
// has stencils of 3×3 points, transfer.go the passes between grids.

import "unsafe"

// Real is the type of a grid's values.
type Real interface{ float32 | float64 }

// Stencil is one row of the map
//
//	f(u)[i] = A·U[i] + Q·G[i] + X·(U[i−1] + U[i+1]) + Y·(South[i] + North[i]) + Z·(Below[i] + Above[i])
//
// for 0 ≤ i < N. With the mesh width h and the diagonal D of −Δ, which is the sum of 2/h²
// over the dimensions, examples are
//
//	relaxation with ω A = 1−ω   Q = ω/D   X, Y, Z = ω/(D·h²)
//	residual          A = −D    Q = 1     X, Y, Z = 1/h²
//	−Δu               A = D     Q = 0     X, Y, Z = −1/h²
//
// Each pointer addresses the first interior value of its row; U[−1] and U[N] are read
// too. If Below is nil, the stencil has the five points of two dimensions and Z is
// ignored. In one dimension, set Y to 0 and South and North to U. G is read even if Q
// is 0, and 0 times infinity or NaN is NaN; where there is no G, pass U.
//
// The terms are added in the order X, Y, Z, Q, A. The assembly uses fused multiply-adds,
// so plain Go rounds differently. The bits of a value depend neither on its place in the
// row nor on N.
//
// Reuse a Stencil for many rows: the methods call through function pointers, so the
// compiler allocates it on the heap. The assembly reads the fields up to Z.
type Stencil[T Real] struct {
	U, G         *T
	South, North *T
	Below, Above *T
	Out          *T // see Map
	Ahead        *T // to prefetch; see Relax
	A, Q         T
	X, Y, Z      T
	N            int // number of values
}

// gridKernels are an implementation's loops over grid rows.
type gridKernels struct {
	single GridKernels[float32]
	double GridKernels[float64]
	mixedKernels
}

// GridKernels are the loops over grid rows with values of type T. Grid returns them.
type GridKernels[T Real] struct {
	stencilKernels
	transferKernels[T]
	nineKernels[T]
	varyingKernels[T]
	facesKernels
}

// Grid returns the loops of k for values of type T:
//
//	loops := simd.Grid[float64](simd.Best())
//	loops.Relax(&s, 0)
func Grid[T Real](k *Kernels) *GridKernels[T] {
	if g, ok := any(&k.single).(*GridKernels[T]); ok {
		return g
	}
	return any(&k.double).(*GridKernels[T])
}

// stencilKernels are the loops behind the methods, for n ≥ 1. s is a *Stencil, a type
// that the generator does not know; mask is that of the last vector.
type stencilKernels struct {
	relax5, relax7           func(s *byte, first, n int, mask *int32)
	relaxNorms5, relaxNorms7 func(s *byte, first, n int, mask *int32) (dd, uu float64)
	map5, map7               func(s *byte, n int, mask *int32) float64
	norms5, norms7           func(s *byte, n int, mask *int32) (ff, uu float64)
}

// Relax sets U[i] = f(u)[i] for i = first, first+2, … < N in place, one colour of a
// red-black relaxation. first is 0 or 1. The values between are stored again with their
// old bits, so nothing else may write to this row at the same time.
//
// Relax also prefetches the N values at Ahead, a row that is needed soon, so that memory
// and arithmetic overlap. Any address is allowed, including nil.
func (k *GridKernels[T]) Relax(s *Stencil[T], first int) {
	if s.N <= 0 {
		return
	}
	relax := k.relax5
	if s.Below != nil {
		relax = k.relax7
	}
	relax((*byte)(unsafe.Pointer(s)), first, s.N, k.mask(s.N))
}

// RelaxNorms is Relax, with the same bits, and returns Σ d² over the changes
// d = f(u)[i] − U[i] and Σ U[i]² over all new values of the row, summed as in Map.
func (k *GridKernels[T]) RelaxNorms(s *Stencil[T], first int) (dd, uu float64) {
	if s.N <= 0 {
		return 0, 0
	}
	relax := k.relaxNorms5
	if s.Below != nil {
		relax = k.relaxNorms7
	}
	return relax((*byte)(unsafe.Pointer(s)), first, s.N, k.mask(s.N))
}

// Map sets Out[i] = f(u)[i] for all i and returns Σ Out[i]², summed in float64. Out may be
// any of the other rows except U.
func (k *GridKernels[T]) Map(s *Stencil[T]) float64 {
	if s.N <= 0 {
		return 0
	}
	apply := k.map5
	if s.Below != nil {
		apply = k.map7
	}
	return apply((*byte)(unsafe.Pointer(s)), s.N, k.mask(s.N))
}

// Norms returns Σ f(u)[i]² and Σ U[i]², summed as in Map, and stores nothing.
func (k *GridKernels[T]) Norms(s *Stencil[T]) (ff, uu float64) {
	if s.N <= 0 {
		return 0, 0
	}
	norms := k.norms5
	if s.Below != nil {
		norms = k.norms7
	}
	return norms((*byte)(unsafe.Pointer(s)), s.N, k.mask(s.N))
}

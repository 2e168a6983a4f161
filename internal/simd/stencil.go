package simd

// Passes over rows of a grid: a stencil of −Δu = g, or of any operator of the same
// shape, applied to one row. See transfer.go for passes between grids.

import "unsafe"

// Real is a type of numbers that grids may have.
type Real interface{ float32 | float64 }

// Stencil is one row of the map
//
//	f(u)[i] = A·U[i] + Q·G[i] + X·(U[i−1] + U[i+1]) + Y·(South[i] + North[i]) + Z·(Below[i] + Above[i])
//
// for 0 ≤ i < N. With h the distance of points and D the diagonal of −Δ, the sum
// of 2/h² over all dimensions, for example
//
//	relaxation by ω   A = 1−ω   Q = ω/D   X, Y, Z = ω/(D·h²)
//	residual          A = −D    Q = 1     X, Y, Z = 1/h²
//	−Δu               A = D     Q = 0     X, Y, Z = −1/h²
//
// Rows are given by the address of their first interior value; U[−1] and U[N]
// exist. Without Below the stencil has five points, those of two dimensions, and Z
// is not used. In one dimension Y is 0, and South and North are U. G is read even
// if Q is 0, and 0 times infinity or NaN is NaN; it may be U as well.
//
// The terms are added in the order X, Y, Z, Q, A: with fused multiply-adds in
// assembly, so that plain Go differs in rounding. A value has the same bits
// wherever in a row it is, and whatever N is.
//
// Keep one for many rows: the functions behind the methods are not known to the
// compiler, which puts a Stencil on the heap. The fields up to Z are read by
// assembly.
type Stencil[T Real] struct {
	U, G         *T
	South, North *T
	Below, Above *T
	Out          *T // see Map
	Ahead        *T // see Relax
	A, Q         T
	X, Y, Z      T
	N            int // values of the row
}

// gridKernels are an implementation's loops over rows of a grid.
type gridKernels struct {
	single GridKernels[float32]
	double GridKernels[float64]
	mixedKernels
}

// GridKernels are the loops over rows of numbers of one type; get them from Grid.
type GridKernels[T Real] struct {
	stencilKernels
	transferKernels[T]
	nineKernels[T]
	varyingKernels[T]
}

// Grid returns the loops of k for numbers of type T:
//
//	loops := simd.Grid[float64](simd.Best())
//	loops.Relax(&s, 0)
func Grid[T Real](k *Kernels) *GridKernels[T] {
	if g, ok := any(&k.single).(*GridKernels[T]); ok {
		return g
	}
	return any(&k.double).(*GridKernels[T])
}

// stencilKernels are the loops of stencils, of a *Stencil, since the generator
// knows no types, of n ≥ 1 values, and with the mask of the last vector.
type stencilKernels struct {
	relax5, relax7           func(s *byte, first, n int, mask *int32)
	relaxNorms5, relaxNorms7 func(s *byte, first, n int, mask *int32) (dd, uu float64)
	map5, map7               func(s *byte, n int, mask *int32) float64
	norms5, norms7           func(s *byte, n int, mask *int32) (ff, uu float64)
}

// Relax sets U[i] = f(u)[i] for i = first, first+2, … < N, in place: one colour of
// a red-black relaxation. first is 0 or 1. The values between keep their bits, but
// are written too: nothing else may write to this row at that time.
//
// N values from Ahead on are fetched towards the caches meanwhile: a row that will be
// needed soon, so that memory and arithmetic work at the same time. It may be any
// address, also nil.
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

// RelaxNorms does what Relax does, to the same bits, and returns the sums Σ d² of
// the changes d = f(u)[i] − U[i] and Σ U[i]² of all values of the row, as they are
// then, added as in Map.
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

// Map sets Out[i] = f(u)[i] for all i and returns Σ Out[i]². Squares are added in
// float64. Out may be any of the other rows but U.
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

// Norms returns Σ f(u)[i]² and Σ U[i]², added as in Map, and stores nothing.
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

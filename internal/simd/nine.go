package simd

// General stencils of 3×3 points with constant coefficients, applied to one row of a
// grid or between grids. varying.go has coefficients that differ from vertex to vertex.

import "unsafe"

// Nine is one row of the map
//
//	f[i] = S·Base[i] + Σ C[3t+1+d]·Rows[t][i+d],   t = 0, 1, 2,   d = −1, 0, 1
//
// for 0 ≤ i < N. Each pointer addresses value 0 of its row; the values −1 and N of Rows
// are read too. A nil Base omits its term. For an operator A with coefficients a and
// diagonal D, examples are
//
//	A·u             Base = nil             C = a
//	residual        Base = g, S = 1        C = −a
//	Jacobi with ω   Base = g, S = ω/D      C = −ω/D·a, plus 1 in the middle
//
// A stencil of 3×3×3 points takes three calls, one for each plane; the second and third
// have Base = Out and S = 1.
//
// The terms are added in this order: d = −1 for t = 0, 1, 2; S·Base; d = 0; d = 1. As with
// Stencil, plain Go rounds differently, the bits of a value depend neither on its place
// nor on N, and a Nine should be reused for many rows. The assembly reads the fields up
// to C.
type Nine[T Real] struct {
	Out, Base *T
	Rows      [3]*T
	Ahead     *T // to prefetch; see Relax
	S         T
	C         [9]T
	N         int // number of values
}

// nineKernels are the loops behind the methods, for n ≥ 1. s is a *Nine; the masks are
// those of transferKernels.
type nineKernels[T Real] struct {
	mapNine      func(s *byte, n int, mask *int32)
	relaxNine    func(s *byte, first, n int, mask *int32)
	restrictNine func(s *byte, n int, mask, fine *int32)
	prolongNine  func(u, p, q, c *T, n int, mask, fine *int32)
}

// MapNine sets Out[i] = f[i] for all i and prefetches Ahead. Out may be Base, but none of
// Rows.
func (k *GridKernels[T]) MapNine(s *Nine[T]) {
	if s.N > 0 {
		k.mapNine((*byte)(unsafe.Pointer(s)), s.N, k.mask(s.N))
	}
}

// RelaxNine sets Out[i] = f[i] for i = first, first+2, … < N and prefetches Ahead. first is
// 0 or 1. Out may be Base or any of Rows: Out = Rows[1] relaxes one of four colours in
// place. The values between are stored again with their old bits, as in Relax.
func (k *GridKernels[T]) RelaxNine(s *Nine[T], first int) {
	if s.N > 0 {
		k.relaxNine((*byte)(unsafe.Pointer(s)), first, s.N, k.mask(s.N))
	}
}

// RestrictNine computes a coarse row from three fine ones,
//
//	Out[m] = S·Base[m] + Σ C[3t+1+d]·Rows[t][2m+d],   0 ≤ m < N,
//
// with the terms in the order of MapNine. It reads the fine values −1 to 2N−1. Out may
// be Base, so that S = 1 adds to Out.
func (k *GridKernels[T]) RestrictNine(s *Nine[T]) {
	if s.N > 0 {
		k.restrictNine((*byte)(unsafe.Pointer(s)), s.N, k.mask(s.N), k.fineMask(s.N))
	}
}

// ProlongNine adds the contribution of two coarse rows p and q, which may be the same, to
// a fine row of n values, by the transpose of a restriction. c[0], c[1] and c[2] weight a
// value of p for the fine vertex before it, on it and after it; c[3] to c[5] do so for q:
//
//	u[2i+1] += c[1]·p[i] + c[4]·q[i]
//	u[2i]   += c[2]·p[i−1] + c[5]·q[i−1] + c[0]·p[i] + c[3]·q[i]
//
// The products are added in this order, and their sum to u. As in Prolong, coarse value i
// lies at fine value 2i+1. n may be even or odd; the coarse values −1 to (n−1)/2 are
// read, including those on the boundary.
func (k *GridKernels[T]) ProlongNine(u, p, q *T, c *[6]T, n int) {
	if n > 0 {
		last := (n-1)&(2*k.width-1) + 1
		k.prolongNine(u, p, q, &c[0], n, maskOf((last+1)/2, k.size()), maskOf(last, k.size()))
	}
}

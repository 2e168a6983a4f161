package simd

// Passes of a general stencil of 3×3 points over a row of a grid: with the same
// coefficients at every vertex here, with coefficients of its own at each in
// varying.go.

import "unsafe"

// Nine is one row of the map
//
//	f[i] = S·Base[i] + Σ C[3t+1+d]·Rows[t][i+d],   t = 0, 1, 2,   d = −1, 0, 1
//
// for 0 ≤ i < N. Rows are given by the address of their value 0; the values −1 and N
// of the three are read too. A nil Base is no term; S does not matter then. For an
// operator A with coefficients a and diagonal D, for example
//
//	A·u             Base = nil             C = a
//	residual        Base = g, S = 1        C = −a
//	Jacobi by ω     Base = g, S = ω/D      C = −ω/D·a, and 1 more in the middle
//
// A stencil of 3×3×3 points takes three calls, one for each plane, of which the second
// and the third have Base = Out and S = 1.
//
// The order of additions is: the three terms with d = −1, with t from 0 to 2, then
// S·Base, then the three with d = 0 and with d = 1. As with Stencil, plain Go differs in
// rounding, a value has the same bits wherever in a row it is, and one Nine is to be
// kept for many rows. The fields up to C are read by assembly.
type Nine[T Real] struct {
	Out, Base *T
	Rows      [3]*T
	Ahead     *T // see Relax
	S         T
	C         [9]T
	N         int // values of the row
}

// nineKernels are the loops behind the methods, of a *Nine and n ≥ 1 values; see
// stencilKernels and transferKernels.
type nineKernels[T Real] struct {
	mapNine      func(s *byte, n int, mask *int32)
	relaxNine    func(s *byte, first, n int, mask *int32)
	restrictNine func(s *byte, n int, mask, fine *int32)
	prolongNine  func(u, p, q, c *T, n int, mask, fine *int32)
}

// MapNine sets Out[i] = f[i] for all i. Out may be Base, but none of Rows. N values from
// Ahead on are fetched meanwhile, as in Relax.
func (k *GridKernels[T]) MapNine(s *Nine[T]) {
	if s.N > 0 {
		k.mapNine((*byte)(unsafe.Pointer(s)), s.N, k.mask(s.N))
	}
}

// RelaxNine sets Out[i] = f[i] for i = first, first+2, … < N. first is 0 or 1. Out may
// be any of Rows, and Base: with Rows[1] = Out this relaxes one of four colours in place.
// The values between keep their bits, but are written too: nothing else may write to
// this row at that time.
func (k *GridKernels[T]) RelaxNine(s *Nine[T], first int) {
	if s.N > 0 {
		k.relaxNine((*byte)(unsafe.Pointer(s)), first, s.N, k.mask(s.N))
	}
}

// RestrictNine sets every value of a coarse row from a fine grid,
//
//	Out[m] = S·Base[m] + Σ C[3t+1+d]·Rows[t][2m+d],   0 ≤ m < N,
//
// in the same order. The fine values −1 to 2N−1 are read. Out may be Base.
func (k *GridKernels[T]) RestrictNine(s *Nine[T]) {
	if s.N > 0 {
		k.restrictNine((*byte)(unsafe.Pointer(s)), s.N, k.mask(s.N), k.fineMask(s.N))
	}
}

// ProlongNine adds to a fine row of n values what two coarse rows, which may be one,
// give to it by the transpose of a stencil. Coefficients c[0] to c[2] are those of p,
// c[3] to c[5] those of q, each for the fine vertex before the coarse one, on it and
// after it:
//
//	u[2i+1] += c[1]·p[i] + c[4]·q[i]
//	u[2i]   += c[2]·p[i−1] + c[5]·q[i−1] + c[0]·p[i] + c[3]·q[i]
//
// added in this order, and then to u. The places are those of Prolong: the fine value
// 2i+1 lies on the coarse value i. Coarse values are read from −1 to (n−1)/2, also
// where that is the boundary.
func (k *GridKernels[T]) ProlongNine(u, p, q *T, c *[6]T, n int) {
	if n > 0 {
		last := (n-1)&(2*k.width-1) + 1
		k.prolongNine(u, p, q, &c[0], n, maskOf((last+1)/2, k.size()), maskOf(last, k.size()))
	}
}

package simd

import "unsafe"

// Varying is one row of the map
//
//	f[i] = S·Base[i] + W·Σ C[3t+1+d][i]·Rows[t][i+d],   t = 0, 1, 2,   d = −1, 0, 1
//
// for 0 ≤ i < N: Nine with coefficients of its own at every vertex, which are rows of N
// values too. A term whose row of coefficients is nil is left out, as S·Base is for a
// nil Base. With W = −1 and Base = g this is a residual. With one term,
// C[4] the inverse diagonal and Rows[1] a residual, S = 1 and Base = Out = u it
// is a correction by W.
//
// The terms are added in the order of C, and W times their sum to S·Base. As with
// Stencil, plain Go differs in rounding, a value has the same bits wherever in a row it
// is, and one Varying is to be kept for many rows.
type Varying[T Real] struct {
	Out, Base *T
	Rows      [3]*T
	C         [9]*T
	S, W      T
	N         int // values of the row

	terms [9]varyingTerm[T] // those that there are, read by assembly
}

// varyingTerm is a product of two rows.
type varyingTerm[T Real] struct{ c, x *T }

// varyingKernels are the loops behind the methods, for n ≥ 1.
type varyingKernels[T Real] struct {
	mapVarying func(out, base *T, terms *byte, count int, s, w T, n int, mask *int32)
	copyColour func(dst, src *T, first, n int, mask *int32)
}

// MapVarying sets Out[i] = f[i] for all i. Out may be Base, but none of Rows.
func (k *GridKernels[T]) MapVarying(s *Varying[T]) {
	if s.N <= 0 {
		return
	}
	count := 0
	for i, c := range s.C {
		if c != nil {
			s.terms[count] = varyingTerm[T]{c, value(s.Rows[i/3], i%3-1)}
			count++
		}
	}
	k.mapVarying(s.Out, s.Base, (*byte)(unsafe.Pointer(&s.terms)), count, s.S, s.W, s.N, k.mask(s.N))
}

// CopyColour sets dst[i] = src[i] for i = first, first+2, … < n: one colour of a row
// that was computed whole. first is 0 or 1. The values between keep their bits, but are
// written too, as in Relax.
func (k *GridKernels[T]) CopyColour(dst, src *T, first, n int) {
	if n > 0 {
		k.copyColour(dst, src, first, n, k.mask(n))
	}
}

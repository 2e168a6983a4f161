package simd

// Stencils of 3×3 points whose coefficients differ from vertex to vertex, applied to one
// row of a grid.

import "unsafe"

// Varying is one row of the map
//
//	f[i] = S·Base[i] + W·Σ C[3t+1+d][i]·Rows[t][i+d],   t = 0, 1, 2,   d = −1, 0, 1
//
// for 0 ≤ i < N: a Nine whose coefficients are rows of N values. A nil row of coefficients
// omits its term, and a nil Base its own. Examples for an operator A with coefficients a
// and diagonal D, which differ from vertex to vertex, are
//
//	residual        Base = g, S = 1, W = −1         C = a
//	Jacobi with ω   Base = Out = u, S = 1, W = ω    C[4] = 1/D, all others nil, Rows[1] = residual
//
// The terms are added in the order of C; W times their sum is then added to S·Base. As
// with Stencil, plain Go rounds differently, the bits of a value depend neither on its
// place nor on N, and a Varying should be reused for many rows.
type Varying[T Real] struct {
	Out, Base *T
	Rows      [3]*T
	C         [9]*T
	S, W      T
	N         int // number of values

	terms [9]varyingTerm[T] // those that are not nil, for the assembly
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

// CopyColour sets dst[i] = src[i] for i = first, first+2, … < n, one colour of a row. first
// is 0 or 1. The other values of dst are stored again with their old bits, as in Relax.
func (k *GridKernels[T]) CopyColour(dst, src *T, first, n int) {
	if n > 0 {
		k.copyColour(dst, src, first, n, k.mask(n))
	}
}

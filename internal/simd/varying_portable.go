package simd

// Stencils with varying coefficients in plain Go. The assembly agrees with them up to
// rounding.

import "unsafe"

func varyingPortable[T Real]() varyingKernels[T] {
	return varyingKernels[T]{mapVarying: mapVaryingPortable[T], copyColour: copyColourPortable[T]}
}

// varyingPiece is the number of values that are summed term by term, in a buffer that
// stays in the first-level cache.
const varyingPiece = 256

func mapVaryingPortable[T Real](out, base *T, arg *byte, count int, s, w T, n int, _ *int32) {
	terms := unsafe.Slice((*varyingTerm[T])(unsafe.Pointer(arg)), count)
	var buffer [varyingPiece]T
	for at := 0; at < n; at += varyingPiece {
		outs, sums := row(out, at, min(varyingPiece, n-at)), buffer[:min(varyingPiece, n-at)]
		clear(sums)
		for _, t := range terms {
			c, x := row(t.c, at, len(sums)), row(t.x, at, len(sums))
			for i, v := range c {
				sums[i] += v * x[i]
			}
		}
		if base == nil {
			for i, v := range sums {
				outs[i] = w * v
			}
			continue
		}
		for i, v := range row(base, at, len(sums)) {
			outs[i] = s*v + w*sums[i]
		}
	}
}

func copyColourPortable[T Real](dst, src *T, first, n int, _ *int32) {
	ds, ss := row(dst, 0, n), row(src, 0, n)
	for i := uint(first) & 1; i < uint(len(ds)); i += 2 {
		ds[i] = ss[i]
	}
}

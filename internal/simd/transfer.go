package simd

// Passes over rows that carry values between two grids, or add rows of one. All
// rows are given by the address of their first interior value. A coarse value i
// is at the fine value 2i+1, and a coarse row of nc values goes with a fine one of
// 2·nc+1:
//
//	fine     −1  0  1  2  3  4  5      (−1 and 5, −1 and 2 are the boundary)
//	coarse   −1     0     1     2
//
// As with stencils, a value has the same bits wherever in a row it is.

import "unsafe"

// transferKernels are the loops behind the methods, for n ≥ 1. mask is that of
// the last vector of n values, fine that of two vectors of 2n values.
type transferKernels[T Real] struct {
	width int // values in a vector

	restrict, restrictAdd func(out, a, b, c *T, w T, n int, mask, fine *int32)
	prolong               func(u, p, q *T, n int, mask, fine *int32)
	prolongCubic          func(out, v *T, n int, mask, fine *int32)
	average               func(dst, p, q *T, n int, mask *int32)
	combine4              func(dst, a, b, c, d *T, wa, wb, wc, wd T, n int, mask *int32)
	addScaled             func(y, x *T, alpha T, n int, mask *int32)
	dot                   func(x, y *T, n int, mask *int32) float64
}

// maskOf is the mask of n lanes of a number of bytes; see masks.
func maskOf(n, size int) *int32 { return &masks[len(masks)/2-n*size/4] }

// last is the number of values in the last vector of n ≥ 1: from 1 to width. The
// width is a power of two.
func (t *transferKernels[T]) last(n int) int { return (n-1)&(t.width-1) + 1 }

// size is the number of bytes of a value.
func (t *transferKernels[T]) size() int { var x T; return int(unsafe.Sizeof(x)) }

// mask is that of the last vector of n values.
func (t *transferKernels[T]) mask(n int) *int32 { return maskOf(t.last(n), t.size()) }

// fineMask is that of the two vectors of a fine row which go with it.
func (t *transferKernels[T]) fineMask(n int) *int32 { return maskOf(2*t.last(n), t.size()) }

// value is x[i].
func value[T Real](x *T, i int) *T {
	return (*T)(unsafe.Add(unsafe.Pointer(x), i*int(unsafe.Sizeof(*x))))
}

// Restrict weights three fine rows, of the south, the middle and the north,
//
//	v = ¼·a + ½·b + ¼·c    out[i] = w·(¼·v[2i] + ½·v[2i+1] + ¼·v[2i+2])
//
// for 0 ≤ i < n. In one dimension the three are one; in three dimensions the
// planes below and above have half the w of the one in the middle.
func (t *transferKernels[T]) Restrict(out, a, b, c *T, w T, n int) {
	if n > 0 {
		t.restrict(out, a, b, c, w/16, n, t.mask(n), t.fineMask(n))
	}
}

// RestrictAdd is Restrict added to out.
func (t *transferKernels[T]) RestrictAdd(out, a, b, c *T, w T, n int) {
	if n > 0 {
		t.restrictAdd(out, a, b, c, w/16, n, t.mask(n), t.fineMask(n))
	}
}

// Prolong adds to a fine row of 2·nc+1 values what is linear between those of two
// coarse rows, which may be one,
//
//	v = ½·(p + q)    u[2i+1] += v[i], 0 ≤ i < nc    u[2i] += ½·(v[i−1] + v[i]), 0 ≤ i ≤ nc.
//
// The boundary values p[−1], p[nc], q[−1] and q[nc] are read.
func (t *transferKernels[T]) Prolong(u, p, q *T, nc int) {
	if nc > 0 {
		t.prolong(u, p, q, nc, t.mask(nc), t.fineMask(nc))
	}
	// The last value stands alone. The products are exact: it has the same bits as
	// any other.
	v, before := *value(p, nc)+*value(q, nc), *value(p, nc-1)+*value(q, nc-1)
	*value(u, 2*nc) += (before + v) * 0.25
}

// ProlongCubic sets what is cubic between the values of a coarse row,
//
//	out[2i+1] = v[i], 0 ≤ i < nc    out[2i] = (9·(v[i−1] + v[i]) − (v[i−2] + v[i+1]))/16, 1 ≤ i < nc.
//
// The ends out[0] and out[2·nc] stay: they have an outer neighbour too few, and
// depend on the boundary condition, so that the caller sets them.
func (t *transferKernels[T]) ProlongCubic(out, v *T, nc int) {
	if nc <= 0 {
		return
	}
	if n := nc - 1; n > 0 {
		t.prolongCubic(out, v, n, t.mask(n), t.fineMask(n))
	}
	*value(out, 2*nc-1) = *value(v, nc-1)
}

// Average sets dst = ½·(p + q), of n values. dst may be p or q.
func (t *transferKernels[T]) Average(dst, p, q *T, n int) {
	if n > 0 {
		t.average(dst, p, q, n, t.mask(n))
	}
}

// Combine4 sets dst = wa·a + wb·b + wc·c + wd·d, of n values, added in that order.
// dst may be any of the rows.
func (t *transferKernels[T]) Combine4(dst, a, b, c, d *T, wa, wb, wc, wd T, n int) {
	if n > 0 {
		t.combine4(dst, a, b, c, d, wa, wb, wc, wd, n, t.mask(n))
	}
}

// AddScaled adds y += alpha·x, of n values.
func (t *transferKernels[T]) AddScaled(y *T, alpha T, x *T, n int) {
	if n > 0 {
		t.addScaled(y, x, alpha, n, t.mask(n))
	}
}

// Dot returns Σ x[i]·y[i], of n values. Products and sums are those of float64, as in
// Map. Dot(x, x, n) is the square of the 2-norm.
func (t *transferKernels[T]) Dot(x, y *T, n int) float64 {
	if n <= 0 {
		return 0
	}
	return t.dot(x, y, n, t.mask(n))
}

// mixedKernels are the loops between float32 and float64. A vector holds as many
// float32 as float64; single is the mask of the former.
type mixedKernels struct {
	toSingle  func(dst *float32, src *float64, scale float64, n int, mask, single *int32)
	addSingle func(dst *float64, src *float32, scale float64, n int, mask, single *int32)
}

// ToSingle sets dst = scale·src, of n values; the product is rounded to float32
// once more.
func (k *Kernels) ToSingle(dst *float32, src *float64, scale float64, n int) {
	if n > 0 {
		last := k.double.last(n)
		k.toSingle(dst, src, scale, n, maskOf(last, 8), maskOf(last, 4))
	}
}

// AddSingle adds dst += scale·src, of n values.
func (k *Kernels) AddSingle(dst *float64, src *float32, scale float64, n int) {
	if n > 0 {
		last := k.double.last(n)
		k.addSingle(dst, src, scale, n, maskOf(last, 8), maskOf(last, 4))
	}
}

package simd

// Transfers between two grids, and sums of rows. Each pointer addresses the first
// interior value of its row. Coarse value i lies at fine value 2i+1, and a coarse row of
// nc values belongs to a fine row of 2·nc+1:
//
//	fine     −1  0  1  2  3  4  5      (−1 and 5, −1 and 2 are the boundary)
//	coarse   −1     0     1     2
//
// As with stencils, the bits of a value do not depend on its place in the row.

import "unsafe"

// transferKernels are the loops behind the methods, for n ≥ 1. mask is that of the last
// vector of n values, fine that of the two vectors of fine values that belong to it.
type transferKernels[T Real] struct {
	width int // values in a vector

	restrict, restrictAdd func(out, a, b, c *T, w T, n int, mask, fine *int32)
	prolong               func(u, p, q *T, n int, mask, fine *int32)
	prolongCubic          func(out, v *T, n int, mask, fine *int32)

	restrictCells, restrictCellsAdd func(out, a, b *T, w T, n int, mask, fine *int32)
	prolongCells                    func(u, p, q *T, wp, wq T, n int, mask, fine *int32)

	average   func(dst, p, q *T, n int, mask *int32)
	combine4  func(dst, a, b, c, d *T, wa, wb, wc, wd T, n int, mask *int32)
	addScaled func(y, x *T, alpha T, n int, mask *int32)
	dot       func(x, y *T, n int, mask *int32) float64
}

// maskOf is the mask of n lanes of size bytes each; see masks.
func maskOf(n, size int) *int32 { return &masks[len(masks)/2-n*size/4] }

// last is the number of values in the last vector of n ≥ 1, from 1 to width, which is a
// power of two.
func (t *transferKernels[T]) last(n int) int { return (n-1)&(t.width-1) + 1 }

// size is the number of bytes of a value.
func (t *transferKernels[T]) size() int { var x T; return int(unsafe.Sizeof(x)) }

// mask is that of the last vector of n values.
func (t *transferKernels[T]) mask(n int) *int32 { return maskOf(t.last(n), t.size()) }

// fineMask is the mask of the two fine vectors that belong to it.
func (t *transferKernels[T]) fineMask(n int) *int32 { return maskOf(2*t.last(n), t.size()) }

// value is x[i].
func value[T Real](x *T, i int) *T {
	return (*T)(unsafe.Add(unsafe.Pointer(x), i*int(unsafe.Sizeof(*x))))
}

// Restrict computes a coarse row by full weighting of three fine rows, south to north,
//
//	v = ¼·a + ½·b + ¼·c    out[i] = w·(¼·v[2i] + ½·v[2i+1] + ¼·v[2i+2])
//
// for 0 ≤ i < n. In one dimension, pass the same row three times; in three dimensions, w
// for the planes below and above is half that for the middle plane.
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

// Prolong adds the linear interpolant of two coarse rows, which may be the same, to the
// fine row of 2·nc+1 values that lies midway between them, or on them if they are one,
//
//	v = ½·(p + q)    u[2i+1] += v[i], 0 ≤ i < nc    u[2i] += ½·(v[i−1] + v[i]), 0 ≤ i ≤ nc.
//
// The boundary values p[−1], p[nc], q[−1] and q[nc] are read.
func (t *transferKernels[T]) Prolong(u, p, q *T, nc int) {
	if nc > 0 {
		t.prolong(u, p, q, nc, t.mask(nc), t.fineMask(nc))
	}
	// The last value has no partner. Its products are exact, so it is rounded as in the
	// kernels.
	v, before := *value(p, nc)+*value(q, nc), *value(p, nc-1)+*value(q, nc-1)
	*value(u, 2*nc) += (before + v) * 0.25
}

// ProlongCubic sets a fine row to the cubic interpolant of a coarse row,
//
//	out[2i+1] = v[i], 0 ≤ i < nc    out[2i] = (9·(v[i−1] + v[i]) − (v[i−2] + v[i+1]))/16, 1 ≤ i < nc.
//
// It leaves the ends out[0] and out[2·nc] alone: they lack an outer neighbour and depend
// on the boundary condition, so the caller sets them.
func (t *transferKernels[T]) ProlongCubic(out, v *T, nc int) {
	if nc <= 0 {
		return
	}
	if n := nc - 1; n > 0 {
		t.prolongCubic(out, v, n, t.mask(n), t.fineMask(n))
	}
	*value(out, 2*nc-1) = *value(v, nc-1)
}

// RestrictCells computes a row of n coarse cells, each of two cells of two fine rows,
//
//	v = a + b    out[i] = w·(v[2i] + v[2i+1])
//
// for 0 ≤ i < n. Coarse cell i covers the fine cells 2i and 2i+1.
func (t *transferKernels[T]) RestrictCells(out, a, b *T, w T, n int) {
	if n > 0 {
		t.restrictCells(out, a, b, w, n, t.mask(n), t.fineMask(n))
	}
}

// RestrictCellsAdd is RestrictCells added to out.
func (t *transferKernels[T]) RestrictCellsAdd(out, a, b *T, w T, n int) {
	if n > 0 {
		t.restrictCellsAdd(out, a, b, w, n, t.mask(n), t.fineMask(n))
	}
}

// ProlongCells adds the linear interpolant of two rows of n coarse cells, which may be the
// same, to a row of 2·n fine cells,
//
//	v = wp·p + wq·q    u[2i] += ¼·v[i−1] + ¾·v[i]    u[2i+1] += ¾·v[i] + ¼·v[i+1]
//
// for 0 ≤ i < n. The ghosts p[−1], p[n], q[−1] and q[n] are read; u[0] and u[2·n−1] alone
// depend on them.
func (t *transferKernels[T]) ProlongCells(u, p, q *T, wp, wq T, n int) {
	if n > 0 {
		t.prolongCells(u, p, q, wp/4, wq/4, n, t.mask(n), t.fineMask(n))
	}
}

// Average sets dst = ½·(p + q) for n values. dst may be p or q.
func (t *transferKernels[T]) Average(dst, p, q *T, n int) {
	if n > 0 {
		t.average(dst, p, q, n, t.mask(n))
	}
}

// Combine4 sets dst = wa·a + wb·b + wc·c + wd·d for n values, added in that order. dst may
// be any of the rows.
func (t *transferKernels[T]) Combine4(dst, a, b, c, d *T, wa, wb, wc, wd T, n int) {
	if n > 0 {
		t.combine4(dst, a, b, c, d, wa, wb, wc, wd, n, t.mask(n))
	}
}

// AddScaled adds y += alpha·x for n values.
func (t *transferKernels[T]) AddScaled(y *T, alpha T, x *T, n int) {
	if n > 0 {
		t.addScaled(y, x, alpha, n, t.mask(n))
	}
}

// Dot returns Σ x[i]·y[i] over n values, with products and sums in float64. Dot(x, x, n)
// is the squared 2-norm.
func (t *transferKernels[T]) Dot(x, y *T, n int) float64 {
	if n <= 0 {
		return 0
	}
	return t.dot(x, y, n, t.mask(n))
}

// mixedKernels convert between float32 and float64. A vector of float64 is paired with
// half a vector of float32, which single masks.
type mixedKernels struct {
	toSingle  func(dst *float32, src *float64, scale float64, n int, mask, single *int32)
	addSingle func(dst *float64, src *float32, scale float64, n int, mask, single *int32)
}

// ToSingle sets dst = scale·src for n values; the float64 product is rounded to float32.
func (k *Kernels) ToSingle(dst *float32, src *float64, scale float64, n int) {
	if n > 0 {
		last := k.double.last(n)
		k.toSingle(dst, src, scale, n, maskOf(last, 8), maskOf(last, 4))
	}
}

// AddSingle adds dst += scale·src for n values, in float64.
func (k *Kernels) AddSingle(dst *float64, src *float32, scale float64, n int) {
	if n > 0 {
		last := k.double.last(n)
		k.addSingle(dst, src, scale, n, maskOf(last, 8), maskOf(last, 4))
	}
}

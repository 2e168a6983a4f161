package simd

// Transfers between two grids and sums of rows in plain Go. The assembly agrees with them
// up to rounding.

func transferPortable[T Real]() transferKernels[T] {
	return transferKernels[T]{
		width:    1,
		restrict: restrictPortable[T], restrictAdd: restrictAddPortable[T],
		prolong: prolongPortable[T], prolongCubic: prolongCubicPortable[T],
		restrictCells: restrictCellsPortable[T], restrictCellsAdd: restrictCellsAddPortable[T], prolongCells: prolongCellsPortable[T],
		average: averagePortable[T], combine4: combine4Portable[T], addScaled: addScaledPortable[T],
		dot: dotPortable[T],
	}
}

var mixedPortable = mixedKernels{toSinglePortable, addSinglePortable}

// All weights are powers of two except w, which contains the factor 1/16.
func restrictPortable[T Real](out, a, b, c *T, w T, n int, _, _ *int32) {
	as, bs, cs, sums := pairs(a, 1, n), pairs(b, 1, n), pairs(c, 1, n), row(out, 0, n)
	before := *a + *c + 2**b
	for i := range sums {
		middle := as[i][0] + cs[i][0] + 2*bs[i][0]
		after := as[i][1] + cs[i][1] + 2*bs[i][1]
		sums[i] = w * (before + after + 2*middle)
		before = after
	}
}

func restrictAddPortable[T Real](out, a, b, c *T, w T, n int, _, _ *int32) {
	as, bs, cs, sums := pairs(a, 1, n), pairs(b, 1, n), pairs(c, 1, n), row(out, 0, n)
	before := *a + *c + 2**b
	for i := range sums {
		middle := as[i][0] + cs[i][0] + 2*bs[i][0]
		after := as[i][1] + cs[i][1] + 2*bs[i][1]
		sums[i] += w * (before + after + 2*middle)
		before = after
	}
}

func prolongPortable[T Real](u, p, q *T, n int, _, _ *int32) {
	ps, qs, us := row(p, 0, n), row(q, 0, n), pairs(u, 0, n)
	before := *value(p, -1) + *value(q, -1)
	for i, x := range ps {
		v := x + qs[i]
		us[i][0] += (before + v) * 0.25
		us[i][1] += v * 0.5
		before = v
	}
}

func prolongCubicPortable[T Real](out, v *T, n int, _, _ *int32) {
	vs, east, outs := row(v, 0, n), row(v, 1, n), pairs(out, 1, n)
	west, far := row(v, -1, n), row(v, 2, n)
	for i, x := range vs {
		outs[i][0] = x
		outs[i][1] = (9*(x+east[i]) - (west[i] + far[i])) / 16
	}
}

func restrictCellsPortable[T Real](out, a, b *T, w T, n int, _, _ *int32) {
	as, bs, sums := pairs(a, 0, n), pairs(b, 0, n), row(out, 0, n)
	for i := range sums {
		sums[i] = w * ((as[i][0] + bs[i][0]) + (as[i][1] + bs[i][1]))
	}
}

func restrictCellsAddPortable[T Real](out, a, b *T, w T, n int, _, _ *int32) {
	as, bs, sums := pairs(a, 0, n), pairs(b, 0, n), row(out, 0, n)
	for i := range sums {
		sums[i] += w * ((as[i][0] + bs[i][0]) + (as[i][1] + bs[i][1]))
	}
}

// wp and wq contain the factor ¼.
func prolongCellsPortable[T Real](u, p, q *T, wp, wq T, n int, _, _ *int32) {
	us, ps, qs := pairs(u, 0, n), row(p, 1, n), row(q, 1, n)
	before, here := wp**value(p, -1)+wq**value(q, -1), wp**p+wq**q
	for i, x := range ps {
		after := wp*x + wq*qs[i]
		us[i][0] += before + 3*here
		us[i][1] += after + 3*here
		before, here = here, after
	}
}

func averagePortable[T Real](dst, p, q *T, n int, _ *int32) {
	ds, ps, qs := row(dst, 0, n), row(p, 0, n), row(q, 0, n)
	for i, x := range ps {
		ds[i] = (x + qs[i]) * 0.5
	}
}

func combine4Portable[T Real](dst, a, b, c, d *T, wa, wb, wc, wd T, n int, _ *int32) {
	sums, as, bs, cs, ds := row(dst, 0, n), row(a, 0, n), row(b, 0, n), row(c, 0, n), row(d, 0, n)
	for i := range sums {
		sums[i] = wa*as[i] + wb*bs[i] + wc*cs[i] + wd*ds[i]
	}
}

func addScaledPortable[T Real](y, x *T, alpha T, n int, _ *int32) {
	ys, xs := row(y, 0, n), row(x, 0, n)
	for i, v := range xs {
		ys[i] += alpha * v
	}
}

func dotPortable[T Real](x, y *T, n int, _ *int32) (sum float64) {
	ys := row(y, 0, n)
	for i, v := range row(x, 0, n) {
		sum += float64(v) * float64(ys[i])
	}
	return sum
}

func toSinglePortable(dst *float32, src *float64, scale float64, n int, _, _ *int32) {
	ds, ss := row(dst, 0, n), row(src, 0, n)
	for i, v := range ss {
		ds[i] = float32(scale * v)
	}
}

func addSinglePortable(dst *float64, src *float32, scale float64, n int, _, _ *int32) {
	ds, ss := row(dst, 0, n), row(src, 0, n)
	for i, v := range ss {
		ds[i] += scale * float64(v)
	}
}

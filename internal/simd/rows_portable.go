package simd

// Passes over rows in plain Go. The assembly agrees with them up to rounding.

import (
	"math"
	"unsafe"
)

var rowsPortable = rowKernels{
	width:     1,
	gradApply: gradApplyPortable,
	moments:   momentsPortable,
	gradSums:  gradSumsPortable,
	add:       addPortable,
	sub:       subPortable,
	sgd:       sgdPortable,
	larger:    largerPortable,
	toLargest: toLargestPortable,

	largestOfFour:   largestOfFourPortable,
	toLargestOfFour: toLargestOfFourPortable,
	weightedRows:    weightedRowsPortable,
}

func gradApplyPortable(dx, add, dy, x, x0, a, c *float32, low float32, p, q, r *float32, rows, channels int, _ *int32) {
	size := rows * channels
	out, dys, xs := unsafe.Slice(dx, size), unsafe.Slice(dy, size), unsafe.Slice(x, size)
	x0s, as, cs := unsafe.Slice(x0, channels), unsafe.Slice(a, channels), unsafe.Slice(c, channels)
	ps, qs, rs := unsafe.Slice(p, channels), unsafe.Slice(q, channels), unsafe.Slice(r, channels)
	var adds []float32
	if add != nil {
		adds = unsafe.Slice(add, size)
	}
	for at := 0; at < size; at += channels {
		n := len(x0s)
		row, grad, out := xs[at:][:n], dys[at:][:n], out[at:][:n]
		as, cs, ps, qs, rs := as[:n], cs[:n], ps[:n], qs[:n], rs[:n]
		if adds == nil {
			for i, shift := range x0s {
				d := row[i] - shift
				out[i] = gate(grad[i], as[i]*d+cs[i], low)*ps[i] + (qs[i]*d + rs[i])
			}
			continue
		}
		more := adds[at:][:n]
		for i, shift := range x0s {
			d := row[i] - shift
			out[i] = more[i] + (gate(grad[i], as[i]*d+cs[i], low)*ps[i] + (qs[i]*d + rs[i]))
		}
	}
}

// gate is dy where v exceeds low or is NaN, else 0. Selecting the bits as an
// integer avoids a branch that would be mispredicted for every second value.
func gate(dy, v, low float32) float32 {
	bits := math.Float32bits(dy)
	if v <= low {
		bits = 0
	}
	return math.Float32frombits(bits)
}

func momentsPortable(sum, square, x, shift *float32, rows, channels int, _ *int32) {
	sums, squares := unsafe.Slice(sum, channels), unsafe.Slice(square, channels)
	xs, shifts := unsafe.Slice(x, rows*channels), unsafe.Slice(shift, channels)
	clear(sums)
	clear(squares)
	for at := 0; at < len(xs); at += channels {
		n := len(shifts)
		row, sums, squares := xs[at:][:n], sums[:n], squares[:n]
		for i, shift := range shifts {
			d := row[i] - shift
			sums[i] += d
			squares[i] += d * d
		}
	}
}

func gradSumsPortable(sum, product, dy, x, x0, a, c *float32, low float32, rows, channels int, _ *int32) {
	sums, products := unsafe.Slice(sum, channels), unsafe.Slice(product, channels)
	dys, xs := unsafe.Slice(dy, rows*channels), unsafe.Slice(x, rows*channels)
	x0s, as, cs := unsafe.Slice(x0, channels), unsafe.Slice(a, channels), unsafe.Slice(c, channels)
	clear(sums)
	clear(products)
	for at := 0; at < len(xs); at += channels {
		n := len(x0s)
		row, grad, sums, products := xs[at:][:n], dys[at:][:n], sums[:n], products[:n]
		as, cs := as[:n], cs[:n]
		for i, shift := range x0s {
			d := row[i] - shift
			g := gate(grad[i], as[i]*d+cs[i], low)
			sums[i] += g
			products[i] += g * d
		}
	}
}

func addPortable(z, x, y *float32, n int, _ *int32) {
	zs, xs, ys := unsafe.Slice(z, n), unsafe.Slice(x, n), unsafe.Slice(y, n)
	for i, v := range xs {
		zs[i] = v + ys[i]
	}
}

func subPortable(z, x, y *float32, n int, _ *int32) {
	zs, xs, ys := unsafe.Slice(z, n), unsafe.Slice(x, n), unsafe.Slice(y, n)
	for i, v := range xs {
		zs[i] = v - ys[i]
	}
}

func sgdPortable(w, v, g *float32, momentum, decay, rate float32, n int, _ *int32) {
	ws, vs := unsafe.Slice(w, n), unsafe.Slice(v, n)
	if g == nil {
		for i, old := range ws {
			step := momentum*vs[i] + decay*old
			vs[i], ws[i] = step, old-rate*step
		}
		return
	}
	gs := unsafe.Slice(g, n)
	for i, old := range ws {
		step := momentum*vs[i] + (gs[i] + decay*old)
		vs[i], ws[i] = step, old-rate*step
	}
}

func largerPortable(y, x *float32, n int, _ *int32) {
	ys, xs := unsafe.Slice(y, n), unsafe.Slice(x, n)
	for i, v := range xs {
		ys[i] = max(ys[i], v)
	}
}

func toLargestPortable(dx, left, x, largest *float32, n int, _ *int32) {
	dxs, lefts := unsafe.Slice(dx, n), unsafe.Slice(left, n)
	xs, tops := unsafe.Slice(x, n), unsafe.Slice(largest, n)
	for i, v := range xs {
		if v == tops[i] || v != v {
			dxs[i] += lefts[i]
			lefts[i] = 0
		}
	}
}

// fourPixels are two adjacent pixels of n numbers each, and two that begin down later.
func fourPixels(x *float32, down, n int) [4][]float32 {
	return [4][]float32{floats(x, 0, n), floats(x, n, n), floats(x, down, n), floats(x, down+n, n)}
}

func largestOfFourPortable(y, x *float32, down, n int, _ *int32) {
	pixels := fourPixels(x, down, n)
	for i := range n {
		floats(y, i, 1)[0] = max(pixels[0][i], pixels[1][i], pixels[2][i], pixels[3][i])
	}
}

func toLargestOfFourPortable(dx, dy, x *float32, down, n int, _ *int32) {
	to, pixels := fourPixels(dx, down, n), fourPixels(x, down, n)
	for i, left := range unsafe.Slice(dy, n) {
		top := max(pixels[0][i], pixels[1][i], pixels[2][i], pixels[3][i])
		for p := range pixels {
			to[p][i] = 0
			if v := pixels[p][i]; v == top || v != v {
				to[p][i], left = left, 0
			}
		}
	}
}

func weightedRowsPortable(y, x *float32, at *int32, value *float32, count, channels int, _ *int32) {
	rows, weights := unsafe.Slice(at, count), unsafe.Slice(value, count)
	from := func(row int32, c, n int) []float32 {
		return unsafe.Slice((*float32)(unsafe.Add(unsafe.Pointer(x), 4*(int(row)*channels+c))), n)
	}
	out := unsafe.Slice(y, channels)
	for len(out) >= 8 { // eight sums that stay in registers
		c := channels - len(out)
		var s0, s1, s2, s3, s4, s5, s6, s7 float32
		for t, row := range rows {
			v, x := weights[t], from(row, c, 8)
			s0 += v * x[0]
			s1 += v * x[1]
			s2 += v * x[2]
			s3 += v * x[3]
			s4 += v * x[4]
			s5 += v * x[5]
			s6 += v * x[6]
			s7 += v * x[7]
		}
		out[0], out[1], out[2], out[3], out[4], out[5], out[6], out[7] = s0, s1, s2, s3, s4, s5, s6, s7
		out = out[8:]
	}
	for i := range out {
		c, sum := channels-len(out)+i, float32(0)
		for t, row := range rows {
			sum += weights[t] * from(row, c, 1)[0]
		}
		out[i] = sum
	}
}

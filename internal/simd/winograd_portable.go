package simd

// Winograd transforms in plain Go.

import "unsafe"

const (
	wp, wq = 11.0 / 16, 3.0 / 2
	wpp    = wp * wp
	wqq    = wq * wq
	wc0    = 1 / (wpp * wqq)
	wcp    = 1 / (2 * wpp * (wpp - wqq))
	wcq    = 1 / (2 * wqq * (wqq - wpp))
)

var winogradPortable = winogradKernels{
	input:          plainTransform(6, 6, true, inputLine),
	output:         plainTransform(6, 4, false, outputLine),
	gradient:       plainTransform(4, 6, true, gradientLine),
	weights:        plainTransform(3, 6, true, weightsLine),
	weightGradient: plainTransform(6, 3, false, weightGradientLine),
	line: lineKernels{
		input:          plainLine(6, 6, true, inputLine),
		output:         plainLine(6, 4, false, outputLine),
		gradient:       plainLine(4, 6, true, gradientLine),
		weights:        plainLine(3, 6, true, weightsLine),
		weightGradient: plainLine(6, 3, false, weightGradientLine),
	},
}

func inputLine(d [6]float32) (v [6]float32) {
	v[0] = wpp*wqq*d[0] - (wpp+wqq)*d[2] + d[4]
	even, odd := d[4]-wqq*d[2], wp*(d[3]-wqq*d[1])
	v[1], v[2] = even+odd, even-odd
	even, odd = d[4]-wpp*d[2], wq*(d[3]-wpp*d[1])
	v[3], v[4] = even+odd, even-odd
	v[5] = wpp*wqq*d[1] - (wpp+wqq)*d[3] + d[5]
	return v
}

func outputLine(m [6]float32) (y [6]float32) {
	s1, d1, s2, d2 := m[1]+m[2], m[1]-m[2], m[3]+m[4], m[3]-m[4]
	y[0] = m[0] + s1 + s2
	y[1] = wp*d1 + wq*d2
	y[2] = wpp*s1 + wqq*s2
	y[3] = m[5] + wpp*wp*d1 + wqq*wq*d2
	return y
}

func gradientLine(y [6]float32) (g [6]float32) {
	g[0], g[5] = y[0], y[3]
	even, odd := y[0]+wpp*y[2], wp*(y[1]+wpp*y[3])
	g[1], g[2] = even+odd, even-odd
	even, odd = y[0]+wqq*y[2], wq*(y[1]+wqq*y[3])
	g[3], g[4] = even+odd, even-odd
	return g
}

func weightsLine(g [6]float32) (u [6]float32) {
	u[0], u[5] = wc0*g[0], g[2]
	even, odd := wcp*g[0]+wcp*wpp*g[2], wcp*wp*g[1]
	u[1], u[2] = even+odd, even-odd
	even, odd = wcq*g[0]+wcq*wqq*g[2], wcq*wq*g[1]
	u[3], u[4] = even+odd, even-odd
	return u
}

func weightGradientLine(u [6]float32) (g [6]float32) {
	s1, d1, s2, d2 := u[1]+u[2], u[1]-u[2], u[3]+u[4], u[3]-u[4]
	g[0] = wc0*u[0] + wcp*s1 + wcq*s2
	g[1] = wcp*wp*d1 + wcq*wq*d2
	g[2] = wcp*wpp*s1 + wcq*wqq*s2 + u[5]
	return g
}

// plainLine is the transform of a line, from n to m vectors.
func plainLine(n, m int, fromGrid bool, line func([6]float32) [6]float32) transformKernel {
	return func(dst, src *float32, plane, _, pixel, channels int, _ *int32) {
		from, to := pixel, plane
		if !fromGrid {
			from, to = plane, pixel
		}
		in, out := unsafe.Slice(src, (n-1)*from+channels), unsafe.Slice(dst, (m-1)*to+channels)
		for c := range channels {
			var v [6]float32
			for i := range n {
				v[i] = in[i*from+c]
			}
			v = line(v)
			for i := range m {
				out[i*to+c] = v[i]
			}
		}
	}
}

// plainTransform extends the transform of a line to squares, from n×n to m×m.
func plainTransform(n, m int, fromGrid bool, line func([6]float32) [6]float32) transformKernel {
	return func(dst, src *float32, plane, row, pixel, channels int, _ *int32) {
		fromRow, fromColumn, toRow, toColumn := row, pixel, 6*plane, plane
		if !fromGrid {
			fromRow, fromColumn, toRow, toColumn = 6*plane, plane, row, pixel
		}
		in := unsafe.Slice(src, (n-1)*(fromRow+fromColumn)+channels)
		out := unsafe.Slice(dst, (m-1)*(toRow+toColumn)+channels)
		for c := range channels {
			var columns [6][6]float32 // transformed, by row of the result
			for j := range n {
				var v [6]float32
				for i := range n {
					v[i] = in[i*fromRow+j*fromColumn+c]
				}
				for i, x := range line(v) {
					columns[i][j] = x
				}
			}
			for i := range m {
				v := line(columns[i])
				for j := range m {
					out[i*toRow+j*toColumn+c] = v[j]
				}
			}
		}
	}
}

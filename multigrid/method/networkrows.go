package method

// A perceptron on many points at once: every value of a layer is a row of numbers, one a point, so
// that a layer is sums of rows, which the kernels for rows of a grid do.

import (
	"math"

	"mgtool/internal/simd"
)

// rowsMemory is what the evaluation of a network on so many points needs.
type rowsMemory struct {
	loops  *simd.GridKernels[float64]
	hidden [2][][]float64
	ones   []float64
}

// newRows makes the memory for up to n points.
func (f *flat) newRows(n int) *rowsMemory {
	m := &rowsMemory{loops: simd.Grid[float64](simd.Best()), ones: make([]float64, n)}
	for i := range m.ones {
		m.ones[i] = 1
	}
	for l, width := range f.widths[1 : len(f.widths)-1] {
		if len(m.hidden[l&1]) < width {
			m.hidden[l&1] = rowsOf(width, n)
		}
	}
	return m
}

// evaluateRows sets out[j][i] to output j for the inputs x[·][i], 0 ≤ i < n: [flat.evaluate] but
// for the order of sums.
func (f *flat) evaluateRows(x, out [][]float64, m *rowsMemory, n int) {
	if n == 0 {
		return
	}
	at := 0
	for l := range len(f.widths) - 1 {
		in, width := f.widths[l], f.widths[l+1]
		y := out
		if l < len(f.widths)-2 {
			y = m.hidden[l&1][:width]
		}
		bias := f.x[at+in*width:]
		for j, to := range y[:width] {
			w := f.x[at+in*j : at+in*j+in]
			m.sum(to[:n], x, w, bias[j])
			if l < len(f.widths)-2 {
				for i, v := range to[:n] {
					to[i] = v / (1 + math.Abs(v))
				}
			}
		}
		at += in*width + width
		x = y
	}
}

// sum sets y to b + Σ_k w_k x_k.
func (m *rowsMemory) sum(y []float64, x [][]float64, w []float64, b float64) {
	n, to := len(y), &y[0]
	if len(w) < 3 {
		for i := range y {
			y[i] = b
		}
	} else {
		m.loops.Combine4(to, &m.ones[0], &x[0][0], &x[1][0], &x[2][0], b, w[0], w[1], w[2], n)
		x, w = x[3:], w[3:]
		for ; len(w) >= 3; x, w = x[3:], w[3:] {
			m.loops.Combine4(to, to, &x[0][0], &x[1][0], &x[2][0], 1, w[0], w[1], w[2], n)
		}
	}
	for k, v := range w {
		m.loops.AddScaled(to, v, &x[k][0], n)
	}
}

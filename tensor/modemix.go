package tensor

// The channels of each Fourier mode mixed by a matrix of its own.

import (
	"fmt"

	"mgtool/internal/parallel"
	"mgtool/internal/simd"
	"mgtool/tensor/internal/fuse"
)

// ModeMix multiplies the channels of every mode by a complex matrix of that mode,
//
//	y_k = R_k x_k,
//
// the spectral convolution of the Fourier neural operator between the transforms (Li et al.,
// ICLR 2021, eq. 5). Modes are those of [Fourier], with In channels in x and Out in y. The
// matrices are two arrays (m₁, m₂, 2, Out, In), of k₁ ≥ 0 and of k₁ < 0, the real parts of a
// matrix before its imaginary parts.
type ModeMix struct {
	N       int
	Modes   [2]int
	In, Out int
}

// Validate reports a size that is not positive.
func (m ModeMix) Validate() error {
	if min(m.N, m.Modes[0], m.Modes[1], m.In, m.Out) < 1 {
		return fmt.Errorf("tensor: %d×%d modes of %d samples from %d channels to %d; want 1 or more of each", m.Modes[0], m.Modes[1], m.N, m.In, m.Out)
	}
	return nil
}

// WeightLen is the number of values of each of the two arrays of weights.
func (m ModeMix) WeightLen() int { return m.Modes[0] * m.Modes[1] * 2 * m.Out * m.In }

// MACs is the number of multiply-adds of a pass.
func (m ModeMix) MACs() int64 {
	return 4 * int64(m.N) * int64(m.modes()) * int64(m.In) * int64(m.Out)
}

func (m ModeMix) modes() int { return 2 * m.Modes[0] * m.Modes[1] }

// matrix returns R of a mode, counted as in the arrays of modes, and which array it is of.
func (m ModeMix) matrix(mode int, w [2][]float32) (re, im []float32) {
	k2, q := mode/(2*m.Modes[0]), mode%(2*m.Modes[0])
	at := (q%m.Modes[0]*m.Modes[1] + k2) * 2 * m.Out * m.In
	part := w[q/m.Modes[0]][at:]
	size := m.Out * m.In
	return part[:size], part[size : 2*size]
}

// each calls body for every mode, with working memory of size floats.
func (m ModeMix) each(size int, body func(mode int, buf *fuse.Buffer)) {
	parallel.For(m.modes(), 2, func(lo, hi int) {
		buf := fuse.Borrow(size)
		defer buf.Release()
		for mode := lo; mode < hi; mode++ {
			body(mode, buf)
		}
	})
}

// Forward sets y from x and the weights of k₁ ≥ 0 and of k₁ < 0.
func (m ModeMix) Forward(y, x, positive, negative []float32) {
	m.check("forward", y, x, positive, negative)
	m.product(y, x, 2*m.In, 2*m.Out, func(mode, first, count, stride int, panel []float32) {
		// As real numbers, (re y, im y) = (re x, im x) [re Rᵀ, im Rᵀ; −im Rᵀ, re Rᵀ].
		re, im := m.matrix(mode, [2][]float32{positive, negative})
		for i := range m.In {
			upper, lower := panel[i*stride:], panel[(m.In+i)*stride:]
			for j := range count {
				switch o := first + j; {
				case o < m.Out:
					upper[j], lower[j] = re[o*m.In+i], -im[o*m.In+i]
				default:
					upper[j], lower[j] = im[(o-m.Out)*m.In+i], re[(o-m.Out)*m.In+i]
				}
			}
		}
	})
}

// BackwardInput sets dx from dy and the weights.
func (m ModeMix) BackwardInput(dx, dy, positive, negative []float32) {
	m.check("backward input", dy, dx, positive, negative)
	m.product(dx, dy, 2*m.Out, 2*m.In, func(mode, first, count, stride int, panel []float32) {
		re, im := m.matrix(mode, [2][]float32{positive, negative})
		for o := range m.Out {
			upper, lower := panel[o*stride:], panel[(m.Out+o)*stride:]
			for j := range count {
				switch i := first + j; {
				case i < m.In:
					upper[j], lower[j] = re[o*m.In+i], im[o*m.In+i]
				default:
					upper[j], lower[j] = -im[o*m.In+i-m.In], re[o*m.In+i-m.In]
				}
			}
		}
	})
}

// product sets to, rows of columns values, to the product of from, rows of depth values, with a
// matrix for each mode; pack lays out its columns first, …, first+count−1, in rows stride apart.
func (m ModeMix) product(to, from []float32, depth, columns int, pack func(mode, first, count, stride int, panel []float32)) {
	k := simd.Best()
	modes := m.modes()
	m.each(depth*k.Columns, func(mode int, buf *fuse.Buffer) {
		for first := 0; first < columns; first += k.Columns {
			count := min(k.Columns, columns-first)
			stride := k.Panel(count)
			panel := buf.Data[:depth*stride]
			if count < stride {
				clear(panel)
			}
			pack(mode, first, count, stride, panel)
			k.Product(&buf.Tile, to[mode*columns+first:], from[mode*depth:], panel, m.N, depth, count, modes*depth, modes*columns)
		}
	})
}

// BackwardWeight sets the gradients by both arrays of weights, from dy and x.
func (m ModeMix) BackwardWeight(dpositive, dnegative, dy, x []float32) {
	m.check("backward weight", dy, x, dpositive, dnegative)
	k := simd.Best()
	modes := m.modes()
	a, b := 2*m.N*m.Out, 2*m.N*m.In
	m.each(a+simd.Slack+2*b, func(mode int, buf *fuse.Buffer) {
		// re dR = Σ_n re dyᵀ re x + im dyᵀ im x,  im dR = Σ_n im dyᵀ re x − re dyᵀ im x.
		left, right, turned := buf.Data[:a+simd.Slack], buf.Data[a+simd.Slack:][:b], buf.Data[a+simd.Slack+b:][:b]
		for n := range m.N {
			at := n*modes + mode
			copy(left[n*2*m.Out:(n+1)*2*m.Out], dy[at*2*m.Out:])
			row, turn := right[n*2*m.In:(n+1)*2*m.In], turned[n*2*m.In:(n+1)*2*m.In]
			copy(row, x[at*2*m.In:])
			copy(turn[m.In:], row[:m.In])
			for i, v := range row[m.In:] {
				turn[i] = -v
			}
		}
		re, im := m.matrix(mode, [2][]float32{dpositive, dnegative})
		clear(re)
		clear(im)
		for i := 0; i < m.In; i += k.Columns {
			count := min(k.Columns, m.In-i)
			k.ProductTrans(&buf.Tile, re[i:], left, right[i:], m.Out, 2*m.N, count, m.Out, m.In, m.In)
			k.ProductTrans(&buf.Tile, im[i:], left, turned[i:], m.Out, 2*m.N, count, m.Out, m.In, m.In)
		}
	})
}

func (m ModeMix) check(op string, y, x, positive, negative []float32) {
	checkLen("mode mix "+op, "y", y, m.N*m.modes()*2*m.Out)
	checkLen("mode mix "+op, "x", x, m.N*m.modes()*2*m.In)
	checkLen("mode mix "+op, "weights of k₁ ≥ 0", positive, m.WeightLen())
	checkLen("mode mix "+op, "weights of k₁ < 0", negative, m.WeightLen())
}

package tensor

// The orthogonal matrix near a given one, by products of matrices alone. These are
// those of 1×1 convolutions.

import "math"

// Orthogonal makes the singular values of matrices about 1 and keeps their
// singular vectors, by the Newton–Schulz iteration of Muon (K. Jordan, Muon: An
// optimizer for hidden layers in neural networks, 2024): with X = M/‖M‖_F,
//
//	X ← X (aI + bA + cA²),   A = XᵀX,   a = 3.4445, b = −4.7750, c = 2.0315,
//
// or the same from the left with A = XXᵀ, where that is the smaller one. A step maps
// every singular value s to as + bs³ + cs⁵, which is steep at 0 and does not converge
// to 1: three steps bring all s from 0.02 to 1 into 0.68 to 1.21, five those from
// 0.002.
type Orthogonal struct {
	rows, columns int
	steps         int
	product       *Conv // (rows, least) by (least, columns), least = min(rows, columns)
	square        *Conv // (least, least) by the same
}

// NewOrthogonal is for matrices of rows × columns values, 1 or more each, and a
// number of steps. It holds no state: several goroutines may use one.
func NewOrthogonal(rows, columns, steps int) *Orthogonal {
	least := min(rows, columns)
	return &Orthogonal{rows, columns, steps, pointwise(rows, least, columns), pointwise(least, least, least)}
}

// pointwise is the convolution whose passes are the products of x (rows, in) and w
// (in, out). Its pixels stand in lines, so that the passes can cut them into bands.
func pointwise(rows, in, out int) *Conv {
	width := min(rows, 64)
	for rows%width != 0 {
		width--
	}
	return (&Conv{In: Shape{1, rows / width, width, in}, Out: Shape{1, rows / width, width, out}, K: 1, Stride: 1}).plan()
}

// Apply sets y from m, both rows × columns, row by row; y may be m. A matrix of
// zeros stays one. The bits are the same on any number of threads.
func (o *Orthogonal) Apply(y, m []float32) {
	const a, b, c = 3.4445, -4.7750, 2.0315
	checkLen("orthogonal", "m", m, o.rows*o.columns)
	checkLen("orthogonal", "y", y, len(m))
	copy(y, m)
	Scale(y, float32(1/(math.Sqrt(SumSquares(m))+1e-7)))
	n := min(o.rows, o.columns)
	buf, gram, square := borrow(len(y)), borrow(n*n), borrow(n*n)
	defer buf.release()
	defer gram.release()
	defer square.release()
	x, next, p := y, buf.data, gram.data
	for range o.steps {
		if n == o.columns {
			o.product.weight.run(p, Source{X: x}, Source{X: x})
		} else {
			runOnce(o.product.input, p, x, x)
		}
		runOnce(o.square.forward, square.data, p, p)
		Scale(p, b)
		AddScaled(p, square.data, c)
		for i := range n {
			p[i*n+i] += a
		}
		if n == o.columns {
			runOnce(o.product.forward, next, x, p)
		} else {
			runOnce(o.product.forward, next, p, x)
		}
		x, next = next, x
	}
	if o.steps%2 == 1 {
		copy(y, x)
	}
}

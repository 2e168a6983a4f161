package tensor

// The orthogonal matrix near a given one, by products of matrices alone. These are
// those of 1×1 convolutions.

import (
	"math"

	"mgtool/internal/parallel"
	"mgtool/internal/simd"
)

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
	bfloat16      bool
}

// NewOrthogonal is for matrices of rows × columns values, 1 or more each, and a
// number of steps. It holds no state: several goroutines may use one.
func NewOrthogonal(rows, columns, steps int) *Orthogonal {
	least := min(rows, columns)
	return &Orthogonal{rows: rows, columns: columns, steps: steps, product: pointwise(rows, least, columns), square: pointwise(least, least, least)}
}

// Bfloat16 is the same by products of numbers rounded to bfloat16, as Muon's author
// takes them: singular values come into the same range, within 1%.
func (o *Orthogonal) Bfloat16() *Orthogonal {
	half := *o
	half.bfloat16 = true
	return &half
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
		if o.pairs() {
			o.stepOfPairs(next, x, p, square.data)
			x, next = next, x
			continue
		}
		if o.bfloat16 {
			simd.RoundBfloat16(x)
		}
		if n == o.columns {
			o.product.weight.run(p, Source{X: x}, Source{X: x})
		} else {
			runOnce(o.product.input, p, x, x)
		}
		if o.bfloat16 {
			simd.RoundBfloat16(p)
		}
		runOnce(o.square.forward, square.data, p, p)
		polynomial(p, square.data, n)
		if o.bfloat16 {
			simd.RoundBfloat16(p)
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

// polynomial sets p to aI + bp + cq, q = p², both n × n.
func polynomial(p, q []float32, n int) {
	const a, b, c = 3.4445, -4.7750, 2.0315
	Scale(p, b)
	AddScaled(p, q, c)
	for i := range n {
		p[i*n+i] += a
	}
}

// pairs reports products of pairs of bfloat16, of a matrix that is high and has pairs of
// columns.
func (o *Orthogonal) pairs() bool {
	return o.bfloat16 && simd.Best().Bfloat16 != nil && o.columns <= o.rows && o.columns%2 == 0
}

// stepOfPairs sets next to x (aI + bA + cA²), with a and square for A and A².
func (o *Orthogonal) stepOfPairs(next, x, a, square []float32) {
	k, n := simd.Best().Bfloat16, o.columns
	depth := (o.rows + 1) / 2
	buf := borrow(depth*n + simd.Slack)
	defer buf.release()
	pairs := buf.data
	parallel.For(depth, 16, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			to, top := pairs[i*n:][:n], x[2*i*n:]
			if 2*i+1 < o.rows {
				k.PairRows(to, top, top[n:])
			} else {
				clear(to)
				k.PairRows(to, top, to)
			}
		}
	})
	// A = XᵀX is symmetric: the panels from the diagonal on are enough.
	clear(a[:n*n])
	strip := 4 * k.Rows
	parallel.Each((n+strip-1)/strip, func(_, i int) {
		t := borrow(0)
		defer t.release()
		c := i * strip
		for j := c / k.Columns * k.Columns; j < n; j += k.Columns {
			k.ProductTrans(&t.tile, a[c*n+j:], pairs[c:], pairs[j:], min(strip, n-c), depth, min(k.Columns, n-j), n, n, n)
		}
	})
	for i := range n {
		for j := range i {
			a[i*n+j] = a[j*n+i]
		}
	}
	productOfPairs(k, square, a, a, n, n)
	polynomial(a, square, n)
	productOfPairs(k, next, x, a, o.rows, n)
}

// productOfPairs sets c = a·b for a (m, n) and b (n, n), n even.
func productOfPairs(k *simd.Bfloat16, c, a, b []float32, m, n int) {
	depth := n / 2
	right, left := borrow(depth*(n+k.Columns)), borrow(m*depth)
	defer right.release()
	defer left.release()
	if n%k.Columns != 0 {
		clear(right.data)
	}
	parallel.For(depth, 8, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			for o := 0; o < n; o += k.Columns {
				w := min(k.Columns, n-o)
				k.PairRows(right.data[o*depth+i*k.Panel(w):][:w], b[2*i*n+o:], b[(2*i+1)*n+o:])
			}
		}
	})
	strip := 4 * k.Rows
	parallel.Each((m+strip-1)/strip, func(_, i int) {
		t := borrow(0)
		defer t.release()
		first := i * strip
		rows := min(strip, m-first)
		x := left.data[first*depth:][:rows*depth]
		k.PairNeighbours(x, a[first*n:][:rows*n])
		for o := 0; o < n; o += k.Columns {
			k.Product(&t.tile, c[first*n+o:], x, right.data[o*depth:], rows, depth, min(k.Columns, n-o), depth, n)
		}
	})
}

package tensor

// The orthogonal matrix near a given one, by products of matrices alone, which are
// 1×1 convolutions.

import (
	"math"

	"mgtool/internal/parallel"
	"mgtool/internal/simd"
	"mgtool/tensor/internal/fuse"
)

// Orthogonal brings the singular values of a matrix near 1 and keeps its singular
// vectors, by the Newton–Schulz iteration of Muon (K. Jordan, Muon: An
// optimizer for hidden layers in neural networks, 2024): with X = M/‖M‖_F,
//
//	X ← X (aI + bA + cA²),   A = XᵀX,   a = 3.4445, b = −4.7750, c = 2.0315,
//
// or from the left with A = XXᵀ if that is smaller. A step maps every singular value s
// to as + bs³ + cs⁵, which is steep at 0 and does not converge to 1: three steps bring
// all s in [0.02, 1] into [0.68, 1.21], five steps those in [0.002, 1].
type Orthogonal struct {
	rows, columns int
	steps         int
	product       fuse.Passes // (rows, least) by (least, columns), least = min(rows, columns)
	square        fuse.Passes // (least, least) by the same
	bfloat16      bool
}

// NewOrthogonal returns the iteration with the given number of steps for matrices of
// rows × columns values, both at least 1. It holds no state: several goroutines may
// use one.
func NewOrthogonal(rows, columns, steps int) *Orthogonal {
	least := min(rows, columns)
	return &Orthogonal{rows: rows, columns: columns, steps: steps, product: pointwise(rows, least, columns), square: pointwise(least, least, least)}
}

// Bfloat16 returns the iteration with products of numbers rounded to bfloat16, as in
// Muon's reference implementation: singular values reach the same range, within 1%.
func (o *Orthogonal) Bfloat16() *Orthogonal {
	half := *o
	half.bfloat16 = true
	return &half
}

// pointwise returns the passes of the 1×1 convolution that multiplies x (rows, in) by w
// (in, out). Its pixels form an image, which the passes can cut into bands.
func pointwise(rows, in, out int) fuse.Passes {
	width := min(rows, 64)
	for rows%width != 0 {
		width--
	}
	return fuse.NewPointwise(fuse.Shape{N: 1, H: rows / width, W: width, C: in}, out).Passes()
}

// Apply sets y from m, both rows × columns, stored row by row; y may be m. A zero
// matrix stays zero. The bits are the same on any number of threads.
func (o *Orthogonal) Apply(y, m []float32) {
	checkLen("orthogonal", "m", m, o.rows*o.columns)
	checkLen("orthogonal", "y", y, len(m))
	copy(y, m)
	Scale(y, float32(1/(math.Sqrt(SumSquares(m))+1e-7)))
	n := min(o.rows, o.columns)
	buf, gram, square := fuse.Borrow(len(y)), fuse.Borrow(n*n), fuse.Borrow(n*n)
	defer buf.Release()
	defer gram.Release()
	defer square.Release()
	x, next, p := y, buf.Data, gram.Data
	for range o.steps {
		if o.pairs() {
			o.stepOfPairs(next, x, p, square.Data)
			x, next = next, x
			continue
		}
		if o.bfloat16 {
			simd.RoundBfloat16(x)
		}
		if n == o.columns {
			o.product.Weight.Apply(p, x, x)
		} else {
			o.product.Input.Apply(p, x, x)
		}
		if o.bfloat16 {
			simd.RoundBfloat16(p)
		}
		o.square.Forward.Apply(square.Data, p, p)
		polynomial(p, square.Data, n)
		if o.bfloat16 {
			simd.RoundBfloat16(p)
		}
		if n == o.columns {
			o.product.Forward.Apply(next, x, p)
		} else {
			o.product.Forward.Apply(next, p, x)
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

// pairs reports whether products multiply pairs of bfloat16: the matrix must be at least
// as high as wide and have an even number of columns.
func (o *Orthogonal) pairs() bool {
	return o.bfloat16 && simd.Best().Bfloat16 != nil && o.columns <= o.rows && o.columns%2 == 0
}

// stepOfPairs sets next to x (aI + bA + cA²), with a and square for A and A².
func (o *Orthogonal) stepOfPairs(next, x, a, square []float32) {
	k, n := simd.Best().Bfloat16, o.columns
	depth := (o.rows + 1) / 2
	buf := fuse.Borrow(depth*n + simd.Slack)
	defer buf.Release()
	pairs := buf.Data
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
		t := fuse.Borrow(0)
		defer t.Release()
		c := i * strip
		for j := c / k.Columns * k.Columns; j < n; j += k.Columns {
			k.ProductTrans(&t.Tile, a[c*n+j:], pairs[c:], pairs[j:], min(strip, n-c), depth, min(k.Columns, n-j), n, n, n)
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
	right, left := fuse.Borrow(depth*(n+k.Columns)), fuse.Borrow(m*depth)
	defer right.Release()
	defer left.Release()
	if n%k.Columns != 0 {
		clear(right.Data)
	}
	parallel.For(depth, 8, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			for o := 0; o < n; o += k.Columns {
				w := min(k.Columns, n-o)
				k.PairRows(right.Data[o*depth+i*k.Panel(w):][:w], b[2*i*n+o:], b[(2*i+1)*n+o:])
			}
		}
	})
	strip := 4 * k.Rows
	parallel.Each((m+strip-1)/strip, func(_, i int) {
		t := fuse.Borrow(0)
		defer t.Release()
		first := i * strip
		rows := min(strip, m-first)
		x := left.Data[first*depth:][:rows*depth]
		k.PairNeighbours(x, a[first*n:][:rows*n])
		for o := 0; o < n; o += k.Columns {
			k.Product(&t.Tile, c[first*n+o:], x, right.Data[o*depth:], rows, depth, min(k.Columns, n-o), depth, n)
		}
	})
}

package simd

// Passes over rows of channels, and over plain vectors: sums and gradients of batch
// normalisation, sums and maxima of feature maps, and steps of gradient descent.

import "math"

// Affine is a map of every channel,
//
//	f(x) = σ(y; Theta)    y = A·(x − X0) + C
//
// with an activation σ, whose Theta only PReLU and Hat have. X0, a value near the
// mean, keeps x − X0 exact where the mean is far larger than the spread. NaN stays
// NaN. The number of channels is the length of X0.
type Affine struct {
	X0, A, C []float32
	Act      Activation
	Theta    []float32
}

// low is below what y the gradient of f is 0, where that is done on the way.
func (f *Affine) low() float32 {
	if f.Act == ReLU {
		return 0
	}
	return float32(math.Inf(-1))
}

// rowKernels are the loops behind the methods. They get rows ≥ 1, channels ≥ 1
// and n ≥ 1, and a mask of the last vector of a row; there is no check below.
type rowKernels struct {
	width     int // floats in a vector, at most 32
	gradApply func(dx, add, dy, x, x0, a, c *float32, low float32, p, q, r *float32, rows, channels int, mask *int32)
	moments   func(sum, square, x, shift *float32, rows, channels int, mask *int32)
	gradSums  func(sum, product, dy, x, x0, a, c *float32, low float32, rows, channels int, mask *int32)
	add, sub  func(z, x, y *float32, n int, mask *int32)
	sgd       func(w, v, g *float32, momentum, decay, rate float32, n int, mask *int32)
	larger    func(y, x *float32, n int, mask *int32)
	toLargest func(dx, left, x, largest *float32, n int, mask *int32)

	largestOfFour   func(y, x *float32, down, n int, mask *int32)
	toLargestOfFour func(dx, dy, x *float32, down, n int, mask *int32)
}

// mask is that of the last vector of n ≥ 1 floats: of 1 to width of them.
func (r *rowKernels) mask(n int) *int32 {
	return &masks[len(masks)/2-1-(n-1)%r.width]
}

// rowsOf returns the number of rows in x. It panics if they have no channels.
func (f *Affine) rowsOf(x []float32) (rows, channels int) {
	channels = len(f.X0)
	return len(x) / channels, channels
}

// Moments sets for every channel
//
//	sum = Σ (x − shift)    square = Σ (x − shift)²
//
// over the rows of x, in float32: the caller gives at most a few thousand rows,
// best so few that they stay in a cache, since more than four vectors of channels
// take several passes, and adds up in float64. The number of channels is the
// length of shift. Sums over no rows are 0.
func (k *Kernels) Moments(sum, square, x, shift []float32) {
	channels := len(shift)
	rows, lastC := len(x)/channels, channels-1
	_, _ = sum[lastC], square[lastC]
	if rows == 0 {
		clear(sum[:channels])
		clear(square[:channels])
		return
	}
	r := &k.rowKernels
	r.moments(&sum[0], &square[0], &x[0], &shift[0], rows, channels, r.mask(channels))
}

// GradSums sets for every channel
//
//	sum = Σ g    product = Σ g·(x − X0)
//
// over the rows of x, in float32 as in Moments. g = ∂L/∂y is dy or, for ReLU, dy
// where y is greater than 0 or NaN, and 0 elsewhere: with an activation that is
// [Activation.Gated], dy is to be what Gate has made.
func (k *Kernels) GradSums(sum, product, dy, x []float32, f *Affine) {
	rows, channels := f.rowsOf(x)
	lastC := channels - 1
	_, _, _, _ = sum[lastC], product[lastC], f.A[lastC], f.C[lastC]
	if rows == 0 {
		clear(sum[:channels])
		clear(product[:channels])
		return
	}
	_ = dy[rows*channels-1]
	r := &k.rowKernels
	r.gradSums(&sum[0], &product[0], &dy[0], &x[0], &f.X0[0], &f.A[0], &f.C[0], f.low(), rows, channels, r.mask(channels))
}

// GradApply sets
//
//	dx = add + p·g + q·(x − X0) + r
//
// with g as in GradSums and p, q, r a value a channel. A nil add is 0. dx may be
// add, dy or x.
func (k *Kernels) GradApply(dx, add, dy, x []float32, f *Affine, p, q, r []float32) {
	rows, channels := f.rowsOf(x)
	if rows == 0 {
		return
	}
	last, lastC := rows*channels-1, channels-1
	_, _, _, _ = dx[last], dy[last], f.A[lastC], f.C[lastC]
	_, _, _ = p[lastC], q[lastC], r[lastC]
	var first *float32
	if add != nil {
		_ = add[last]
		first = &add[0]
	}
	raw := &k.rowKernels
	raw.gradApply(&dx[0], first, &dy[0], &x[0], &f.X0[0], &f.A[0], &f.C[0], f.low(),
		&p[0], &q[0], &r[0], rows, channels, raw.mask(channels))
}

// Add sets z = x + y, of the length of x. z may be x or y.
func (k *Kernels) Add(z, x, y []float32) {
	n := len(x)
	if n == 0 {
		return
	}
	_, _ = z[n-1], y[n-1]
	r := &k.rowKernels
	r.add(&z[0], &x[0], &y[0], n, r.mask(n))
}

// Sub sets z = x − y, of the length of x. z may be x or y.
func (k *Kernels) Sub(z, x, y []float32) {
	n := len(x)
	if n == 0 {
		return
	}
	_, _ = z[n-1], y[n-1]
	r := &k.rowKernels
	r.sub(&z[0], &x[0], &y[0], n, r.mask(n))
}

// Larger sets y = max(y, x), of the length of y, NaN where one of them is.
func (k *Kernels) Larger(y, x []float32) {
	n := len(y)
	if n == 0 {
		return
	}
	_ = x[n-1]
	r := &k.rowKernels
	r.larger(&y[0], &x[0], n, r.mask(n))
}

// ToLargest moves a gradient to where the maximum was: where x is largest, or NaN,
// it adds left to dx, and left becomes 0. So the first of several x takes it all.
func (k *Kernels) ToLargest(dx, left, x, largest []float32) {
	n := len(left)
	if n == 0 {
		return
	}
	_, _, _ = dx[n-1], x[n-1], largest[n-1]
	r := &k.rowKernels
	r.toLargest(&dx[0], &left[0], &x[0], &largest[0], n, r.mask(n))
}

// LargestOfFour sets y, of n numbers, to the largest of four pixels of x, NaN where one
// of them is: the first two, of n numbers each, and the two that begin down numbers on.
func (k *Kernels) LargestOfFour(y, x []float32, down int) {
	n := len(y)
	if n == 0 {
		return
	}
	_ = x[max(0, down)+2*n-1]
	r := &k.rowKernels
	r.largestOfFour(&y[0], &x[0], down, n, r.mask(n))
}

// ToLargestOfFour is its gradient: dx, laid out like x, is dy, of n numbers, at the first
// of the four that is the largest, or NaN, and 0 at the others.
func (k *Kernels) ToLargestOfFour(dx, dy, x []float32, down int) {
	n := len(dy)
	if n == 0 {
		return
	}
	_, _ = dx[max(0, down)+2*n-1], x[max(0, down)+2*n-1]
	r := &k.rowKernels
	r.toLargestOfFour(&dx[0], &dy[0], &x[0], down, n, r.mask(n))
}

// SGD takes a step of gradient descent with momentum and weight decay,
//
//	v ← momentum·v + (g + decay·w)    w ← w − rate·v.
//
// A nil g is 0.
func (k *Kernels) SGD(w, v, g []float32, momentum, decay, rate float32) {
	n := len(w)
	if n == 0 {
		return
	}
	_ = v[n-1]
	var first *float32
	if g != nil {
		_ = g[n-1]
		first = &g[0]
	}
	r := &k.rowKernels
	r.sgd(&w[0], &v[0], first, momentum, decay, rate, n, r.mask(n))
}

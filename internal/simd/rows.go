package simd

// Passes over rows of channels and over vectors: statistics and gradients of batch
// normalisation, sums and maxima of feature maps, and steps of gradient descent.

import "math"

// Affine is an affine map of each channel, followed by an activation σ,
//
//	f(x) = σ(y; Theta)    y = A·(x − X0) + C
//
// Only PReLU and Hat use Theta. X0 should be near the mean: x − X0 is then accurate even
// if the mean is much larger than the standard deviation. NaN stays NaN. The number of
// channels is the length of X0.
type Affine struct {
	X0, A, C []float32
	Act      Activation
	Theta    []float32
}

// low is the y up to which the gradient of f is 0, for the passes that apply ReLU's
// derivative themselves.
func (f *Affine) low() float32 {
	if f.Act == ReLU {
		return 0
	}
	return float32(math.Inf(-1))
}

// rowKernels are the loops behind the methods, for rows ≥ 1, channels ≥ 1 and n ≥ 1. mask
// is that of the last vector of a row. They check nothing.
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
	weightedRows    func(y, x *float32, at *int32, value *float32, count, channels int, mask *int32)
}

// mask is that of the last vector of n ≥ 1 floats, which holds 1 to width of them.
func (r *rowKernels) mask(n int) *int32 {
	return &masks[len(masks)/2-1-(n-1)%r.width]
}

// rowsOf returns the numbers of rows and channels of x. It panics without channels.
func (f *Affine) rowsOf(x []float32) (rows, channels int) {
	channels = len(f.X0)
	return len(x) / channels, channels
}

// Moments sets for every channel
//
//	sum = Σ (x − shift)    square = Σ (x − shift)²
//
// over the rows of x, in float32. Call it for at most a few thousand rows at a time and
// add the results in float64; fewer, if they are to stay in a cache, since more than four
// vectors of channels take several passes. The number of channels is the length of shift.
// Sums over no rows are 0.
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
// over the rows of x, in float32 as in Moments. g = ∂L/∂y is dy; for ReLU it is dy where
// y is greater than 0 or NaN, and 0 elsewhere. For an activation that is
// [Activation.Gated], pass the result of Gate as dy.
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
// with g as in GradSums and one value of p, q and r per channel. A nil add is 0. dx may
// be add, dy or x.
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

// Add sets z = x + y for the length of x. z may be x or y.
func (k *Kernels) Add(z, x, y []float32) {
	n := len(x)
	if n == 0 {
		return
	}
	_, _ = z[n-1], y[n-1]
	r := &k.rowKernels
	r.add(&z[0], &x[0], &y[0], n, r.mask(n))
}

// Sub sets z = x − y for the length of x. z may be x or y.
func (k *Kernels) Sub(z, x, y []float32) {
	n := len(x)
	if n == 0 {
		return
	}
	_, _ = z[n-1], y[n-1]
	r := &k.rowKernels
	r.sub(&z[0], &x[0], &y[0], n, r.mask(n))
}

// Max sets y = max(y, x) for the length of y, NaN where either is NaN.
func (k *Kernels) Max(y, x []float32) {
	n := len(y)
	if n == 0 {
		return
	}
	_ = x[n-1]
	r := &k.rowKernels
	r.larger(&y[0], &x[0], n, r.mask(n))
}

// MaxGradient is the gradient of Max for one input x: where x equals the maximum largest,
// or is NaN, it adds left to dx and sets left to 0. Called for one x after the other, it
// gives the whole gradient to the first maximum.
func (k *Kernels) MaxGradient(dx, left, x, largest []float32) {
	n := len(left)
	if n == 0 {
		return
	}
	_, _, _ = dx[n-1], x[n-1], largest[n-1]
	r := &k.rowKernels
	r.toLargest(&dx[0], &left[0], &x[0], &largest[0], n, r.mask(n))
}

// MaxPool2x2 is 2×2 max pooling for one pixel of n channels: it sets y to the maximum
// of the two pixels at x and the two that begin down floats later, NaN where any is NaN.
// n is the length of y.
func (k *Kernels) MaxPool2x2(y, x []float32, down int) {
	n := len(y)
	if n == 0 {
		return
	}
	_ = x[max(0, down)+2*n-1]
	r := &k.rowKernels
	r.largestOfFour(&y[0], &x[0], down, n, r.mask(n))
}

// MaxPool2x2Gradient is the gradient of MaxPool2x2: it sets dx, laid out like x, to dy at
// the first of the four values that is the maximum, or NaN, and to 0 at the others.
func (k *Kernels) MaxPool2x2Gradient(dx, dy, x []float32, down int) {
	n := len(dy)
	if n == 0 {
		return
	}
	_, _ = dx[max(0, down)+2*n-1], x[max(0, down)+2*n-1]
	r := &k.rowKernels
	r.toLargestOfFour(&dx[0], &dy[0], &x[0], down, n, r.mask(n))
}

// SGD takes one step of gradient descent with momentum and weight decay,
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

// WeightedRows sets y to a sum of rows of x, each of len(y) channels,
//
//	y = Σ_t value[t]·(row at[t] of x),
//
// added in the order of t. The rows must be those of x.
func (k *Kernels) WeightedRows(y, x []float32, at []int32, value []float32) {
	channels := len(y)
	if len(at) == 0 || channels == 0 {
		clear(y)
		return
	}
	_ = value[len(at)-1]
	rows := uint32(len(x) / channels)
	for _, row := range at {
		if uint32(row) >= rows {
			panic("simd: a row outside of x")
		}
	}
	r := &k.rowKernels
	r.weightedRows(&y[0], &x[0], &at[0], &value[0], len(at), channels, r.mask(channels))
}

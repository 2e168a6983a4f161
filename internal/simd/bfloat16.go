package simd

// Products of bfloat16, the upper half of a float32: a number of 8 bits, 7 of them
// stored, with the range of float32. An AVX-512 machine with BF16 does two products
// of these in the time of one.

import "math"

// Bfloat16 is an implementation's products whose numbers are pairs of bfloat16, the
// first in the lower half: where [Tile] has a·b, they add a₁b₁, then a₀b₀, to a sum in
// float32.
type Bfloat16 struct {
	Products
	neighbours func(pairs, x *float32, n int, mask *int32)
	rows       func(pairs, x, y *float32, n int, mask *int32)

	input, gradient func(pairs, x, y *float32, plane, row, pixel, channels int, mask *int32)
}

// PairNeighbours sets pair i to x[2i] and x[2i+1], rounded to nearest; pairs may be x.
func (b *Bfloat16) PairNeighbours(pairs, x []float32) {
	n := len(pairs)
	if n == 0 {
		return
	}
	_ = x[2*n-1]
	b.neighbours(&pairs[0], &x[0], n, b.mask(n))
}

// PairRows sets pair i to x[i] and y[i], rounded to nearest; pairs may be x or y.
func (b *Bfloat16) PairRows(pairs, x, y []float32) {
	n := len(pairs)
	if n == 0 {
		return
	}
	_, _ = x[n-1], y[n-1]
	b.rows(&pairs[0], &x[0], &y[0], n, b.mask(n))
}

// WinogradInput sets 36 planes of pairs to what [Kernels.WinogradInput] makes of the
// squares at x and at y, rounded to nearest.
func (b *Bfloat16) WinogradInput(pairs, x, y []float32, s Square, channels int) {
	last := 5*(s.Row+s.Pixel) + channels - 1
	_, _, _ = pairs[35*s.Plane+channels-1], x[last], y[last]
	b.input(&pairs[0], &x[0], &y[0], s.Plane, s.Row, s.Pixel, channels, b.tail(channels))
}

// WinogradGradient does so with [Kernels.WinogradGradient].
func (b *Bfloat16) WinogradGradient(pairs, x, y []float32, s Square, channels int) {
	last := 3*(s.Row+s.Pixel) + channels - 1
	_, _, _ = pairs[35*s.Plane+channels-1], x[last], y[last]
	b.gradient(&pairs[0], &x[0], &y[0], s.Plane, s.Row, s.Pixel, channels, b.tail(channels))
}

// mask is that of the last vector of n ≥ 1 pairs.
func (b *Bfloat16) mask(n int) *int32 { return &masks[len(masks)/2-1-(n-1)%b.lanes] }

// NegatePairs changes the sign of both numbers of all pairs.
func NegatePairs(pairs []float32) {
	for i, v := range pairs {
		pairs[i] = math.Float32frombits(math.Float32bits(v) ^ 0x80008000)
	}
}

// RoundBfloat16 rounds to the nearest bfloat16, the even one of two: what a machine
// without their products multiplies as float32.
func RoundBfloat16(x []float32) {
	for i, v := range x {
		if v == v { // NaN stays what it is
			u := math.Float32bits(v)
			x[i] = math.Float32frombits((u + 0x7fff + u>>16&1) &^ 0xffff)
		}
	}
}

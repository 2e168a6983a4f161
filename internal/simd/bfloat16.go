package simd

// Products in bfloat16, the upper half of a float32: 8 bits of precision, 7 of them
// stored, and the range of float32. AVX-512 with BF16 multiplies two pairs of bfloat16 in
// the time of one pair of float32.

import "math"

// Bfloat16 holds the products of an implementation for pairs of bfloat16, each in one
// float32 with the first number in the lower half. Where [Tile] adds a·b, these add a₁b₁,
// then a₀b₀, to a float32 sum.
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

// WinogradInput sets 36 planes of pairs to the results of [Kernels.WinogradInput] for the
// squares at x and at y, rounded to nearest.
func (b *Bfloat16) WinogradInput(pairs, x, y []float32, s WinogradLayout, channels int) {
	last := 5*(s.Row+s.Pixel) + channels - 1
	_, _, _ = pairs[35*s.Plane+channels-1], x[last], y[last]
	b.input(&pairs[0], &x[0], &y[0], s.Plane, s.Row, s.Pixel, channels, b.tail(channels))
}

// WinogradGradient sets 36 planes of pairs to the results of [Kernels.WinogradGradient]
// for the squares at x and at y, rounded to nearest.
func (b *Bfloat16) WinogradGradient(pairs, x, y []float32, s WinogradLayout, channels int) {
	last := 3*(s.Row+s.Pixel) + channels - 1
	_, _, _ = pairs[35*s.Plane+channels-1], x[last], y[last]
	b.gradient(&pairs[0], &x[0], &y[0], s.Plane, s.Row, s.Pixel, channels, b.tail(channels))
}

// mask is that of the last vector of n ≥ 1 pairs.
func (b *Bfloat16) mask(n int) *int32 { return &masks[len(masks)/2-1-(n-1)%b.lanes] }

// NegatePairs negates both numbers of every pair.
func NegatePairs(pairs []float32) {
	for i, v := range pairs {
		pairs[i] = math.Float32frombits(math.Float32bits(v) ^ 0x80008000)
	}
}

// RoundBfloat16 rounds x to the nearest bfloat16, ties to even. Processors without
// bfloat16 products multiply the rounded values in float32.
func RoundBfloat16(x []float32) {
	for i, v := range x {
		if v == v { // NaN stays what it is
			u := math.Float32bits(v)
			x[i] = math.Float32frombits((u + 0x7fff + u>>16&1) &^ 0xffff)
		}
	}
}

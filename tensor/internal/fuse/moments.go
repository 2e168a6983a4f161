package fuse

// Sums over a batch, accumulated part by part while each part is in the cache.

import "mgtool/internal/simd"

// Moments accumulates the mean and variance of each channel of feature maps in parts,
// each shifted by its own first row, so that a mean far larger than the spread does not
// cancel (Chan, Golub & LeVeque, 1983). Up to sumRows rows are summed in float32,
// everything else in float64. Parts are combined in their order, whichever thread adds
// them.
type Moments struct {
	channels int
	counts   []int     // rows of each part, 0 if it was not added
	parts    []float64 // shift, sum and square of each
	mean     []float64
	square   []float64 // Σ(x−mean)²
}

// NewMoments returns the moments of n values in the parts of [Pieces].
func NewMoments(channels, n int) *Moments { return NewMomentsOf(channels, Units(channels, n)) }

// NewMomentsOf returns the moments of a number of parts.
func NewMomentsOf(channels, units int) *Moments {
	f := make([]float64, 2*channels)
	return &Moments{channels, make([]int, units), make([]float64, 3*channels*units), f[:channels], f[channels:]}
}

// Add adds part unit, some rows of channels. Parts may come in any order and
// concurrently.
func (m *Moments) Add(unit int, x []float32) {
	c := m.channels
	part := m.parts[3*c*unit:][:3*c]
	clear(part)
	m.counts[unit] = len(x) / c
	buf := Borrow(3 * c)
	defer buf.Release()
	shift, sums := buf.Data[:c], buf.Data[c:]
	copy(shift, x)
	for i, v := range shift {
		part[i] = float64(v)
	}
	eachSum(c, len(x), func(lo, hi int) {
		simd.Best().Moments(sums[:c], sums[c:], x[lo:hi], shift)
		addSums(part[c:], sums)
	})
}

// sumRows is the number of rows summed in float32: the sum of 128 values of similar size
// is off by a few units in the last place, that of a batch would be off by hundreds.
const sumRows = 128

// eachSum calls body for parts of at most sumRows rows of n values.
func eachSum(channels, n int, body func(lo, hi int)) {
	for lo := 0; lo < n; lo += sumRows * channels {
		body(lo, min(lo+sumRows*channels, n))
	}
}

// addSums adds sums in float32 to those in float64.
func addSums(total []float64, sums []float32) {
	for i, v := range sums {
		total[i] += float64(v)
	}
}

// Read adds all parts of x, whose length must be the n of NewMoments.
func (m *Moments) Read(x []float32) {
	Pieces(m.channels, len(x), func(unit, lo, hi int) { m.Add(unit, x[lo:hi]) })
}

// total combines the parts and returns the number of rows.
func (m *Moments) total() int {
	n := 0.0
	clear(m.mean)
	clear(m.square)
	c := m.channels
	for unit, count := range m.counts {
		if count == 0 {
			continue
		}
		k := float64(count)
		part := m.parts[3*c*unit:][:3*c]
		for i := range c {
			sum, square := part[c+i], part[2*c+i]
			delta := part[i] + sum/k - m.mean[i]
			m.mean[i] += delta * (k / (n + k))
			// max keeps a NaN and removes a rounding error below zero.
			m.square[i] += max(0, square-sum*sum/k) + delta*delta*(n*k/(n+k))
		}
		n += k
	}
	return int(n)
}

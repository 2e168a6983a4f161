package fuse

// Cutting work into parts by shape alone, and adding up what the parts have summed.

import (
	"mgtool/internal/parallel"
	"mgtool/internal/simd"
)

// WeightBlocks is the largest number of blocks in which a gradient of weights is
// summed, whatever the number of threads.
const WeightBlocks = 16

// UnitFloats is the number of floats that a unit of work reads: with its results,
// most of a second-level cache of a megabyte.
const UnitFloats = 3 << 14

// Cut divides images into units of work: several whole images, or bands of the rows
// of one. It depends on shapes alone, so sums by units have the same bits on any
// number of threads.
type Cut struct {
	n, rows      int // number of images, and rows of each
	images, band int // images per unit, and rows; band < rows only if images is 1
}

// NewCut cuts n images of rows of the given weight each into units of about the
// target weight, but into at least 16 units where there are that many rows.
func NewCut(n, rows, weight, target int) Cut {
	const units = 16
	if image := rows * weight; image < target {
		return Cut{n, rows, max(1, min(target/image, (n+units-1)/units)), rows}.balanced()
	}
	return Cut{n, rows, 1, max(1, target/weight)}.balanced()
}

// balanced evens out the units, and cuts few images into bands.
func (c Cut) balanced() Cut {
	const units = 16
	if c.images > 1 {
		groups := (c.n + c.images - 1) / c.images
		c.images = (c.n + groups - 1) / groups
		return c
	}
	bands := (c.rows + c.band - 1) / c.band
	bands = min(c.rows, max(bands, units/c.n))
	c.band = (c.rows + bands - 1) / bands
	return c
}

// merged returns units of so many whole images, unless they have as many already, or are
// bands.
func (c Cut) merged(images int) Cut {
	if c.band < c.rows || images <= c.images {
		return c
	}
	c.images = images
	return c.balanced()
}

func (c Cut) bands() int { return (c.rows + c.band - 1) / c.band }

// Units returns the number of units.
func (c Cut) Units() int { return (c.n + c.images - 1) / c.images * c.bands() }

// Unit returns the images of unit u, [n0, n1), and their rows, [r0, r1).
func (c Cut) Unit(u int) (n0, n1, r0, r1 int) {
	n0 = u / c.bands() * c.images
	r0 = u % c.bands() * c.band
	return n0, min(n0+c.images, c.n), r0, min(r0+c.band, c.rows)
}

// largest returns the size of the largest unit in rows of images.
func (c Cut) largest() int { return c.images * c.band }

// pieceFloats is the size of a piece of feature maps in a pass over single values: a
// quarter of a second-level cache of a megabyte.
const pieceFloats = 1 << 16

// pieceRows returns the number of rows of channels in a piece, which depends on the
// shape alone, since sums are taken by pieces.
func pieceRows(channels int) int { return min(2048, max(1, pieceFloats/channels)) }

// Units returns the number of pieces into which [Pieces] cuts n values.
func Units(channels, n int) int {
	size := pieceRows(channels) * channels
	return (n + size - 1) / size
}

// Pieces calls body for consecutive pieces [lo, hi) of n values, cut between rows of
// channels. Calls overlap.
func Pieces(channels, n int, body func(unit, lo, hi int)) {
	size := pieceRows(channels) * channels
	parallel.Each(Units(channels, n), func(_, unit int) {
		body(unit, unit*size, min((unit+1)*size, n))
	})
}

// SumParts sets dst to the sum of count consecutive parts, each as long as dst, in order.
func SumParts(dst, parts []float32, count int) {
	size := len(dst)
	k := simd.Best()
	parallel.For(size, 1<<12, func(lo, hi int) {
		sum := dst[lo:hi]
		copy(sum, parts[lo:hi])
		for b := 1; b < count; b++ {
			k.Add(sum, sum, parts[b*size+lo:b*size+hi])
		}
	})
}

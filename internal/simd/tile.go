package simd

// Tiles of matrix products.

import "unsafe"

// Tile is a product of a few rows with a panel of columns, small enough for its sums to
// stay in registers. The assembly reads the fields up to OffC.
//
// For [Products.Multiply] the rows of A may lie anywhere, so a convolution reads pixels
// in place, and B is packed in rows of Columns numbers:
//
//	C[OffC[i] + j] = Σ_{s<Runs} Σ_{k<Run} A[OffA[i] + s·(Run+JumpA) + k] · B[(s·Run+k)·Columns + j]
//
// For [Products.MultiplyTrans] A and B have one row per k, neither is packed, and the
// product is added to C:
//
//	C[i·StrideC + j] += Σ_{s<Runs} Σ_{k<Run} A[p·StrideA + s·JumpA + i] · B[p·StrideB + s·JumpB + j],  p = s·Run + k
//
// for i < Rows and j < n, the columns in use. Every sum is one chain of fused
// multiply-adds in the order written; plain Go also rounds each product.
type Tile struct {
	A, B, C *float32
	mask    *int32 // −1 for each column in use, then 0

	Rows                      int // rows in use, 1 to Products.Rows
	Runs, Run                 int
	JumpA, JumpB              int
	StrideA, StrideB, StrideC int
	OffA, OffC                [maxRows]int

	n int
}

// maxRows is the largest number of rows of a tile of any implementation.
const maxRows = 12

// Products are the matrix products of an implementation.
type Products struct {
	// Rows and Columns are the size of the largest tile. Panels of B are packed with
	// Columns columns; zeros pad the last panel of a matrix.
	Rows, Columns int
	tiles         []tileKernel // from small to large
	// peak computes n times 12 fused multiply-adds of vectors of lanes floats.
	peak  func(n int)
	lanes int
}

// tileKernel is the pair of products for one size of tile.
type tileKernel struct {
	rows, columns int
	multiply      func(t *byte) // t is a *Tile, a type that the generator does not know
	multiplyTrans func(t *byte)
}

// Panel returns the width of the narrowest panel for n columns, which must be at most
// Columns.
func (k *Products) Panel(n int) int {
	for _, t := range k.tiles {
		if n <= t.columns {
			return t.columns
		}
	}
	return k.Columns
}

// pick returns the smallest kernel for this many rows and this panel.
func (k *Products) pick(rows, columns int) *tileKernel {
	for i := range k.tiles {
		if t := &k.tiles[i]; t.rows >= rows && t.columns == columns {
			return t
		}
	}
	panic("simd: tile of too many rows or columns")
}

// Multiply computes the first product of [Tile] for n columns, with B packed in panels of
// Panel(n) columns. It overwrites OffA and OffC beyond Rows.
func (k *Products) Multiply(t *Tile, n int) {
	kernel := k.pick(t.Rows, k.Panel(n))
	for i := t.Rows; i < kernel.rows; i++ {
		t.OffA[i] = t.OffA[t.Rows-1] // computed, but not stored
	}
	t.n, t.mask = n, &masks[32-n]
	kernel.multiply((*byte)(unsafe.Pointer(t)))
}

// MultiplyTrans computes the second product of [Tile] for n columns. It reads rows of A up
// to the size of the tile, so up to [Slack] floats must follow the last row.
func (k *Products) MultiplyTrans(t *Tile, n int) {
	t.n, t.mask = n, &masks[32-n]
	k.pick(t.Rows, k.Panel(n)).multiplyTrans((*byte)(unsafe.Pointer(t)))
}

// Product sets C = A·B for A (m, depth) with rows strideA apart, one packed panel B of n
// columns, and C (m, n) with rows strideC apart. It uses t as scratch.
func (k *Products) Product(t *Tile, c, a, b []float32, m, depth, n, strideA, strideC int) {
	_, _, _ = c[(m-1)*strideC+n-1], a[(m-1)*strideA+depth-1], b[depth*k.Panel(n)-1]
	*t = Tile{B: &b[0], Runs: 1, Run: depth}
	for i := range t.OffA {
		t.OffA[i], t.OffC[i] = i*strideA, i*strideC
	}
	for i := 0; i < m; i += k.Rows {
		t.Rows = min(k.Rows, m-i)
		t.A, t.C = &a[i*strideA], &c[i*strideC]
		k.Multiply(t, n)
		for r := t.Rows; r < k.Rows; r++ {
			t.OffA[r] = r * strideA
		}
	}
}

// ProductTrans adds C += Aᵀ·B for A (depth, m), B (depth, n) with n at most Columns, and
// C (m, n), with rows strideA, strideB and strideC apart. [Slack] floats must follow A. It
// uses t as scratch.
func (k *Products) ProductTrans(t *Tile, c, a, b []float32, m, depth, n, strideA, strideB, strideC int) {
	_, _, _ = c[(m-1)*strideC+n-1], a[(depth-1)*strideA+m-1+Slack], b[(depth-1)*strideB+n-1]
	*t = Tile{B: &b[0], Runs: 1, Run: depth, StrideA: strideA, StrideB: strideB, StrideC: strideC}
	for i := 0; i < m; i += k.Rows {
		t.Rows = min(k.Rows, m-i)
		t.A, t.C = &a[i], &c[i*strideC]
		k.MultiplyTrans(t, n)
	}
}

// Slack is the number of floats that MultiplyTrans may read after the last one of A.
const Slack = maxRows

// Peak performs about flops floating-point operations in registers on one core, to
// measure the peak rate of the processor. It returns their exact number, and 0 in plain
// Go, which has no such loop.
func (k *Products) Peak(flops int) int {
	if k.peak == nil {
		return 0
	}
	n := flops/(2*12*k.lanes) + 1
	k.peak(n)
	return n * 2 * 12 * k.lanes
}

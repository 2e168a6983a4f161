package simd

// Tiles of matrix products.

import "unsafe"

// Tile is one product of a few rows with a panel of columns, small enough for
// its sums to stay in registers. The fields up to OffC are read by assembly.
//
// For [Products.Multiply] the rows of A lie anywhere, so that a convolution finds
// the pixels under its kernel where they are, and B is packed, row after row of
// Columns numbers:
//
//	C[OffC[i] + j] = Σ_{s<Runs} Σ_{k<Run} A[OffA[i] + s·(Run+JumpA) + k] · B[(s·Run+k)·Columns + j]
//
// For [Products.MultiplyTrans] both lie in rows of k, neither is packed, and the
// product is added:
//
//	C[i·StrideC + j] += Σ_{s<Runs} Σ_{k<Run} A[p·StrideA + s·JumpA + i] · B[p·StrideB + s·JumpB + j],  p = s·Run + k
//
// with i < Rows and j < n, the columns that count. Every sum is one chain of
// fused multiply-adds, in the order written; plain Go rounds the product too.
type Tile struct {
	A, B, C *float32
	mask    *int32 // one −1 a column that counts, then 0

	Rows                      int // rows that count, 1 to Products.Rows
	Runs, Run                 int
	JumpA, JumpB              int
	StrideA, StrideB, StrideC int
	OffA, OffC                [maxRows]int

	n int
}

// maxRows is the largest number of rows of a tile of any implementation.
const maxRows = 12

// Products are those of an implementation.
type Products struct {
	// Rows and Columns are the size of its largest tile. Panels of B are packed
	// with Columns columns; the last one of a matrix is filled with zeros.
	Rows, Columns int
	tiles         []tileKernel // from few to many
	// peak does n times 12 fused multiply-adds of vectors of lanes floats.
	peak  func(n int)
	lanes int
}

// tileKernel is the pair of products of one size.
type tileKernel struct {
	rows, columns int
	multiply      func(t *byte) // a *Tile: the generator knows no types
	multiplyTrans func(t *byte)
}

// Panel returns the columns of the panel that n columns, at most Columns, are
// packed in: a narrow one where that is enough.
func (k *Products) Panel(n int) int {
	for _, t := range k.tiles {
		if n <= t.columns {
			return t.columns
		}
	}
	return k.Columns
}

// pick returns the smallest kernel for a number of rows and a panel.
func (k *Products) pick(rows, columns int) *tileKernel {
	for i := range k.tiles {
		if t := &k.tiles[i]; t.rows >= rows && t.columns == columns {
			return t
		}
	}
	panic("simd: tile of too many rows or columns")
}

// Multiply does the first product of [Tile], of n columns, with B packed in
// panels of Panel(n). OffA and OffC beyond Rows are overwritten.
func (k *Products) Multiply(t *Tile, n int) {
	kernel := k.pick(t.Rows, k.Panel(n))
	for i := t.Rows; i < kernel.rows; i++ {
		t.OffA[i] = t.OffA[t.Rows-1] // computed along, not stored
	}
	t.n, t.mask = n, &masks[32-n]
	kernel.multiply((*byte)(unsafe.Pointer(t)))
}

// MultiplyTrans does the second product of [Tile], of n columns. Rows of A are
// read up to the size of the tile: there must be up to [Slack] floats after the
// last.
func (k *Products) MultiplyTrans(t *Tile, n int) {
	t.n, t.mask = n, &masks[32-n]
	k.pick(t.Rows, k.Panel(n)).multiplyTrans((*byte)(unsafe.Pointer(t)))
}

// Product sets C = A·B for A (m, depth) with rows strideA apart, one packed panel
// B of n columns, and C (m, n) with rows strideC apart. It uses t.
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

// ProductTrans adds to C += Aᵀ·B for A (depth, m), B (depth, n) with n at most
// Columns, and C (m, n), with rows strideA, strideB and strideC apart. It uses t.
// After A there must be [Slack] floats.
func (k *Products) ProductTrans(t *Tile, c, a, b []float32, m, depth, n, strideA, strideB, strideC int) {
	_, _, _ = c[(m-1)*strideC+n-1], a[(depth-1)*strideA+m-1+Slack], b[(depth-1)*strideB+n-1]
	*t = Tile{B: &b[0], Runs: 1, Run: depth, StrideA: strideA, StrideB: strideB, StrideC: strideC}
	for i := 0; i < m; i += k.Rows {
		t.Rows = min(k.Rows, m-i)
		t.A, t.C = &a[i], &c[i*strideC]
		k.MultiplyTrans(t, n)
	}
}

// Slack is how many floats beyond its last number A may be read by MultiplyTrans.
const Slack = maxRows

// Peak does about flops floating-point operations in registers, on one core:
// the measure of what the machine can do at most. It returns their number; plain
// Go has no such loop and returns 0.
func (k *Products) Peak(flops int) int {
	if k.peak == nil {
		return 0
	}
	n := flops/(2*12*k.lanes) + 1
	k.peak(n)
	return n * 2 * 12 * k.lanes
}

package tensor

// The three matrix products that everything heavy comes down to, each on one
// core; their callers run several at a time:
//
//	C = A·B      convolution of patches        mul
//	C = A·Bᵀ     gradient of the patches       mulTransB
//	C += Aᵀ·B    gradient of the weights       addTransA
//
// Matrices are dense, row after row without gaps. The order of every sum is
// fixed by the shapes. In mul and mulTransB a row of C depends on its row of A
// alone, to the last bit, however many rows are in the call. For few channels
// the loops of few.go do the work, for many gonum's Sgemm.

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
)

// Sgemm starts goroutines of its own when C has four or more blocks of 64×64.
// These blocks of at most two stay below that, and keep what the inner loop
// runs over in the first-level cache (64·64 floats are 16 kB).
const (
	blockRows  = 128
	blockCols  = 64
	blockDepth = 64
)

var kernel gonum.Implementation

// mul sets C = A·B for A (m, k), B (k, n), C (m, n).
func mul(c, a, b []float32, m, k, n int) {
	if n < few {
		buf := borrow(k * n)
		defer buf.release()
		mulFew(c, a, columns(buf.data, b, k, n), m, k, n)
		return
	}
	if !finite(b) {
		mulPlain(c, a, b, m, k, n)
		return
	}
	for i := 0; i < m; i += blockRows {
		mi := min(blockRows, m-i)
		for j := 0; j < n; j += blockCols {
			nj := min(blockCols, n-j)
			beta := float32(0)
			for l := 0; l < k; l += blockDepth {
				kl := min(blockDepth, k-l)
				kernel.Sgemm(blas.NoTrans, blas.NoTrans, mi, nj, kl, 1, a[i*k+l:], k, b[l*n+j:], n, beta, c[i*n+j:], n)
				beta = 1
			}
		}
	}
}

// mulTransB sets C = A·Bᵀ for A (m, k), B (n, k), C (m, n). Its inner loop is a
// dot product along k, so that blocks are longer in k and narrower in n.
func mulTransB(c, a, b []float32, m, k, n int) {
	if k < few {
		mulFew(c, a, b, m, k, n)
		return
	}
	const depth, cols = 2 * blockDepth, blockCols / 2
	for i := 0; i < m; i += blockRows {
		mi := min(blockRows, m-i)
		for j := 0; j < n; j += cols {
			nj := min(cols, n-j)
			beta := float32(0)
			for l := 0; l < k; l += depth {
				kl := min(depth, k-l)
				kernel.Sgemm(blas.NoTrans, blas.Trans, mi, nj, kl, 1, a[i*k+l:], k, b[j*k+l:], k, beta, c[i*n+j:], n)
				beta = 1
			}
		}
	}
}

// addTransA sets C += Aᵀ·B for A (k, m), B (k, n), C (m, n). A block of C stays
// in cache while all of k passes.
func addTransA(c, a, b []float32, k, m, n int) {
	if n < fewAdded && m >= 6 {
		buf := borrow(k * n)
		defer buf.release()
		addTransAFew(c, a, columns(buf.data, b, k, n), k, m, n)
		return
	}
	if !finite(b) {
		addTransAPlain(c, a, b, k, m, n)
		return
	}
	for i := 0; i < m; i += blockCols {
		mi := min(blockCols, m-i)
		for j := 0; j < n; j += blockCols {
			nj := min(blockCols, n-j)
			kernel.Sgemm(blas.Trans, blas.NoTrans, mi, nj, k, 1, a[i:], m, b[j:], n, 1, c[i*n+j:], n)
		}
	}
}

// Sgemm skips a row of B where the factor from A is zero, and would so lose
// 0·NaN and 0·Inf, which are NaN. For a B with such values the plain loops
// below take over: by then the training has diverged and speed is no concern.

// finite reports whether b is free of NaN and ±Inf, whose exponent is all ones.
func finite(b []float32) bool {
	const exponent = 0x7f800000
	for _, v := range b {
		if math.Float32bits(v)&exponent == exponent {
			return false
		}
	}
	return true
}

func mulPlain(c, a, b []float32, m, k, n int) {
	for i := range m {
		row := c[i*n : (i+1)*n]
		clear(row)
		for l, v := range a[i*k : (i+1)*k] {
			for j, w := range b[l*n : (l+1)*n] {
				row[j] += v * w
			}
		}
	}
}

func addTransAPlain(c, a, b []float32, k, m, n int) {
	for l := range k {
		for i, v := range a[l*m : (l+1)*m] {
			row := c[i*n : (i+1)*n]
			for j, w := range b[l*n : (l+1)*n] {
				row[j] += v * w
			}
		}
	}
}

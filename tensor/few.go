package tensor

// The products for few channels. Sgemm runs along the rows of B and C, as long
// as there are channels, and spends its time on starting and ending short rows:
// 0.3 GFLOP/s a core for 1 channel, 3 for 8, 5.7 for 16, 8 for 24. The two loops
// below run along the sum and hold six sums in registers, as many as the compiler
// keeps there. With the patches they do 4 to 8 for 8, 7 to 10 for 16 and up to 11
// for 24; from 32 on Sgemm is as fast or faster.
//
// Every sum is taken from first to last, wherever in a group of six it is, so
// that a row of C does not depend on the others. No factor is skipped, and NaN
// and Inf pass.

// The numbers of channels below which these products are used: few for mulFew
// and fewAdded for addTransAFew.
const few, fewAdded = 32, 24

// mulFew sets C = A·Bᵀ for A (m, k), B (n, k), C (m, n), three rows of A times
// two of B at a time. At the ends the last row stands in for those that are
// missing, and its products are written again.
func mulFew(c, a, b []float32, m, k, n int) {
	for i := 0; i < m; i += 3 {
		i1, i2 := min(i+1, m-1), min(i+2, m-1)
		a0, a1, a2 := a[i*k:][:k], a[i1*k:][:k], a[i2*k:][:k]
		for j := 0; j < n; j += 2 {
			j1 := min(j+1, n-1)
			b0, b1 := b[j*k:][:k], b[j1*k:][:k]
			var s00, s01, s10, s11, s20, s21 float32
			for l, v := range b0 {
				w := b1[l]
				p := a0[l]
				s00 += p * v
				s01 += p * w
				p = a1[l]
				s10 += p * v
				s11 += p * w
				p = a2[l]
				s20 += p * v
				s21 += p * w
			}
			c[i*n+j], c[i*n+j1] = s00, s01
			c[i1*n+j], c[i1*n+j1] = s10, s11
			c[i2*n+j], c[i2*n+j1] = s20, s21
		}
	}
}

// addTransAFew sets C += Aᵀ·B for A (k, m), B stored by columns (n, k), C (m, n),
// and m ≥ 6. Six columns of A at a time are multiplied by a column of B; the last
// six may overlap those before, which are then not added again.
func addTransAFew(c, a, b []float32, k, m, n int) {
	for i := 0; i < m; i += 6 {
		first := min(i, m-6)
		for j := range n {
			var s [6]float32
			s0, s1, s2, s3, s4, s5 := s[0], s[1], s[2], s[3], s[4], s[5]
			at := first
			for _, v := range b[j*k:][:k] {
				p := (*[6]float32)(a[at : at+6])
				at += m
				s0 += p[0] * v
				s1 += p[1] * v
				s2 += p[2] * v
				s3 += p[3] * v
				s4 += p[4] * v
				s5 += p[5] * v
			}
			s = [6]float32{s0, s1, s2, s3, s4, s5}
			for r := i; r < first+6; r++ {
				c[r*n+j] += s[r-first]
			}
		}
	}
}

// columns returns the matrix B (k, n) stored by columns, in buf.
func columns(buf, b []float32, k, n int) []float32 {
	for l := range k {
		for j, v := range b[l*n:][:n] {
			buf[j*k+l] = v
		}
	}
	return buf[:k*n]
}

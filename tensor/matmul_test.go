package tensor

import (
	"math"
	"testing"

	"mgtool/tensor/gradtest"
)

// Each product against its definition, for sizes on both sides of every block,
// with the rigorous bound of [bilinear]. With a NaN in one column of B, that
// column of C is NaN and the others are what they were.
func TestProducts(t *testing.T) {
	sizes := [][3]int{{1, 1, 1}, {2, 3, 5}, {128, 64, 64}, {129, 65, 65}, {300, 130, 131}, {5, 257, 2}, {1, 200, 70}}
	// Few channels, as n or as k: every remainder of m by 6, of n by 2 and of k,
	// and both sides of where Sgemm takes over.
	for m := 1; m <= 13; m++ {
		for _, n := range []int{1, 2, 3, 4, fewAdded - 1, fewAdded, few - 1, few} {
			sizes = append(sizes, [3]int{m, 1 + m%4, n}, [3]int{m, few - 1 + m%2, n}, [3]int{m, 150, n})
		}
	}
	for _, size := range sizes {
		m, k, n := size[0], size[1], size[2]
		for _, poisoned := range []bool{false, true} {
			a, b, bt, at := gradtest.Random(m*k, 1), gradtest.Random(k*n, 2), make([]float32, k*n), make([]float32, m*k)
			a[0] = 0
			start := gradtest.Random(m*n, 3)
			want, wantAdded := newBilinear(m*n), newBilinear(m*n)
			for i := range m {
				for l := range k {
					at[l*m+i] = a[i*k+l]
				}
				for j := range n {
					wantAdded.add(i*n+j, start[i*n+j], 1)
					for l := range k {
						want.add(i*n+j, a[i*k+l], b[l*n+j])
						wantAdded.add(i*n+j, a[i*k+l], b[l*n+j])
					}
				}
			}
			if poisoned {
				b[0] = float32(math.NaN())
			}
			for l := range k {
				for j := range n {
					bt[j*k+l] = b[l*n+j]
				}
			}
			ab, abt, added := garbage(m*n), garbage(m*n), append([]float32(nil), start...)
			mul(ab, a, b, m, k, n)
			mulTransB(abt, a, bt, m, k, n)
			addTransA(added, at, b, k, m, n)
			if poisoned {
				for _, c := range [][]float32{ab, abt, added} {
					for i := range m {
						if v := c[i*n]; v == v {
							t.Errorf("%v: row %d of the column with a NaN is %v, want NaN", size, i, v)
						}
						c[i*n] = float32(want.sum[i*n]) // so that the rest is compared
					}
				}
				for i := range m {
					added[i*n] = float32(wantAdded.sum[i*n])
				}
			}
			want.compare(t, "A·B", ab)
			want.compare(t, "A·Bᵀ", abt)
			wantAdded.compare(t, "C + Aᵀ·B", added)
		}
	}
}

// A row of A·B and of A·Bᵀ has the same bits alone as among others, on which
// "any number of threads" rests.
func TestProductRowsAreIndependent(t *testing.T) {
	for _, size := range [][3]int{{131, 200, 70}, {131, 200, 16}, {131, 16, 70}, {131, 9, 1}, {130, 1, 9}, {5, 27, 3}} {
		m, k, n := size[0], size[1], size[2]
		a, b := gradtest.Random(m*k, 1), gradtest.Random(k*n, 2)
		all, one := garbage(m*n), garbage(n)
		for name, product := range map[string]func(c, a, b []float32, m, k, n int){"A·B": mul, "A·Bᵀ": mulTransB} {
			product(all, a, b, m, k, n)
			for i := range m {
				product(one, a[i*k:(i+1)*k], b, 1, k, n)
				if !sameBits(one, all[i*n:(i+1)*n]) {
					t.Errorf("%v, %s: row %d differs when it is alone", size, name, i)
				}
			}
		}
	}
}

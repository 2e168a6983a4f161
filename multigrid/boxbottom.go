package multigrid

// The coarsest level of black-box multigrid.

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"mgtool/pde/stencil"
)

// invert makes the pseudo-inverse of the coarsest level. It first scales the matrix to a
// diagonal of ones: jumps, and points that couple only with themselves, then pass no
// singular value for 0.
func (f *blackBox) invert() error {
	b := f.levels[len(f.levels)-1]
	n := b.n[0] * b.n[1] * b.n[2]
	dense := mat.NewDense(n, n, nil)
	rows := b.newClosedRows()
	index := func(i, j, k int) int { return max(i-1, 0) + b.n[0]*(max(j-1, 0)+b.n[1]*max(k-1, 0)) }
	for row := range b.rows() {
		j, k := b.rowAt(row)
		rows.load(b, j, k)
		for i := 1; i <= b.n[0]; i++ {
			for _, o := range b.support {
				d := stencil.Offset(o)
				io, _ := b.within(0, i+d[0])
				jo, _ := b.within(1, j+d[1])
				ko, _ := b.within(2, k+d[2])
				if v := rows[o][i]; v != 0 {
					r, c := index(i, j, k), index(io, jo, ko)
					dense.Set(r, c, dense.At(r, c)+v)
				}
			}
		}
	}
	root := make([]float64, n)
	for i := range root {
		root[i] = 1 / math.Sqrt(math.Abs(dense.At(i, i)))
		if !finite(root[i]) {
			return fmt.Errorf("multigrid: the coarsest level has the diagonal %g; want another than 0", dense.At(i, i))
		}
	}
	dense.Apply(func(i, j int, v float64) float64 { return root[i] * v * root[j] }, dense)
	var svd mat.SVD
	if !svd.Factorize(dense, mat.SVDFull) {
		return errors.New("multigrid: the coarsest level has no singular values; want finite coefficients")
	}
	var u, v mat.Dense
	svd.UTo(&u)
	svd.VTo(&v)
	values := svd.Values(nil)
	f.inverse, f.low = make([]float64, n*n), make([]float64, n)
	for i := range n {
		for j := range n {
			sum := 0.0
			for k, s := range values {
				if s > 1e-13*values[0] {
					sum += v.At(i, k) * u.At(j, k) / s
				}
			}
			f.inverse[i*n+j] = root[i] * sum * root[j]
		}
	}
	return nil
}

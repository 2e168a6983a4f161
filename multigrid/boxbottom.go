package multigrid

// The coarsest level of black-box multigrid.

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"mgtool/internal/parallel"
	"mgtool/pde/stencil"
)

// bottomIndex is where a point stands on the coarsest level, those that couple one after the
// other.
func (b *box) bottomIndex(i, j, k int) int {
	at, block := 0, 0
	for d := 2; d >= 0; d-- {
		x := max([3]int{i, j, k}[d]-1, 0)
		if b.apart[d] {
			block = block*b.n[d] + x
		} else {
			at = at*b.n[d] + x
		}
	}
	return block*b.together() + at
}

// invert makes the pseudo-inverses of the blocks of the coarsest level, one for each plane
// or for all points.
func (f *blackBox) invert() error {
	b := f.levels[len(f.levels)-1]
	n := b.together()
	points := b.n[0] * b.n[1] * b.n[2]
	f.inverse, f.low = make([]float64, points*n), make([]float64, points)
	rows := b.newClosedRows()
	for row := range b.rows() {
		j, k := b.rowAt(row)
		rows.load(b, j, k)
		for i := 1; i <= b.n[0]; i++ {
			r := b.bottomIndex(i, j, k)
			for _, o := range b.support {
				d := stencil.Offset(o)
				io, _ := b.within(0, i+d[0])
				jo, _ := b.within(1, j+d[1])
				ko, _ := b.within(2, k+d[2])
				if v := rows[o][i]; v != 0 {
					f.inverse[r*n+b.bottomIndex(io, jo, ko)%n] += v
				}
			}
		}
	}
	errs := make([]error, points/n)
	parallel.For(len(errs), 1, func(lo, hi int) {
		for block := lo; block < hi; block++ {
			errs[block] = invertBlock(f.inverse[block*n*n : (block+1)*n*n])
		}
	})
	return errors.Join(errs...)
}

// invertBlock replaces a square matrix by its pseudo-inverse. It first
// scales it to a diagonal of ones: jumps, and points that couple only with themselves, then
// pass no singular value for 0.
func invertBlock(a []float64) error {
	n := int(math.Sqrt(float64(len(a))) + .5)
	dense := mat.NewDense(n, n, a)
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
	for i := range n {
		for j := range n {
			sum := 0.0
			for k, s := range values {
				if s > 1e-13*values[0] {
					sum += v.At(i, k) * u.At(j, k) / s
				}
			}
			a[i*n+j] = root[i] * sum * root[j]
		}
	}
	return nil
}

package pde

// The same operator as a sparse matrix.

import (
	"github.com/james-bowman/sparse"
)

// Assemble is the five-point operator on the interior vertices of g as a
// sparse matrix, unknown (i, j) at index (j−1)·(Nx−1) + i−1. It is symmetric
// positive definite. It serves export, Galerkin products and cross-checks; the
// solver itself never forms a matrix.
func Assemble(g Grid) *sparse.CSR {
	nx, ny := g.Nx-1, g.Ny-1
	inv := 1 / (g.H * g.H)
	ia := make([]int, 1, nx*ny+1)
	ja := make([]int, 0, 5*nx*ny)
	data := make([]float64, 0, 5*nx*ny)
	for j := range ny {
		for i := range nx {
			row := j*nx + i
			entry := func(inside bool, col int, v float64) {
				if inside {
					ja, data = append(ja, col), append(data, v*inv)
				}
			}
			entry(j > 0, row-nx, -1)
			entry(i > 0, row-1, -1)
			entry(true, row, 4)
			entry(i < nx-1, row+1, -1)
			entry(j < ny-1, row+nx, -1)
			ia = append(ia, len(ja))
		}
	}
	return sparse.NewCSR(nx*ny, nx*ny, ia, ja, data)
}

// Interior copies the interior values of f in the order of [Assemble].
func (f *Field) Interior() []float64 {
	v := make([]float64, 0, f.Unknowns())
	for j := 1; j < f.Ny; j++ {
		v = append(v, f.Row(j)[1:f.Nx]...)
	}
	return v
}

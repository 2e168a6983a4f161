package pde

// The same operator as a sparse matrix.

import (
	"github.com/james-bowman/sparse"
)

// Assemble is the operator on the interior vertices of g as a sparse matrix:
// the unknowns in the order of memory, x fastest, then y, then z. It is
// symmetric positive definite. It serves export, Galerkin products and
// cross-checks; the solver itself never forms a matrix.
func Assemble(g Grid) *sparse.CSR {
	dim, weight, diagonal := g.Dim(), g.weights(), g.Diagonal()
	size := [3]int{1, 1, 1} // unknowns along each axis
	for d := range dim {
		size[d] = g.N[d] - 1
	}
	step := [3]int{1, size[0], size[0] * size[1]} // to the next along each axis
	unknowns := g.Unknowns()
	ia := make([]int, 1, unknowns+1)
	ja := make([]int, 0, (2*dim+1)*unknowns)
	data := make([]float64, 0, (2*dim+1)*unknowns)
	for row := range unknowns {
		entry := func(col int, v float64) { ja, data = append(ja, col), append(data, v) }
		at := [3]int{row % size[0], row / step[1] % size[1], row / step[2]}
		for d := dim - 1; d >= 0; d-- {
			if at[d] > 0 {
				entry(row-step[d], -weight[d])
			}
		}
		entry(row, diagonal)
		for d := range dim {
			if at[d] < size[d]-1 {
				entry(row+step[d], -weight[d])
			}
		}
		ia = append(ia, len(ja))
	}
	return sparse.NewCSR(unknowns, unknowns, ia, ja, data)
}

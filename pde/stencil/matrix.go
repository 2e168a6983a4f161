package stencil

// The operator as a sparse matrix.

import (
	"fmt"
	"slices"

	"github.com/james-bowman/sparse"

	"mgtool/internal/memory"
)

// Matrix assembles the operator. Rows are the unknowns of the results, columns those of
// the fields that it applies to, both in the order of memory: x fastest, then y, then z.
// Ghosts on Dirichlet sides have no column; those on periodic sides wrap to the opposite
// side. The columns of each row are sorted. A matrix that does not fit into memory is an
// error.
func (a Operator) Matrix() (*sparse.CSR, error) {
	if !a.valid() {
		return nil, fmt.Errorf("stencil: the matrix of %v; want an operator that a constructor made", a)
	}
	from, to := a.Grids()
	rows, most := to.Unknowns(), a.mostEntries()
	if err := memory.Check("the matrix of "+a.String(), 8*int64(rows)+16*int64(most)); err != nil {
		return nil, err
	}
	ia := make([]int, 1, rows+1)
	ja, data := make([]int, 0, most), make([]float64, 0, most)
	type column struct {
		index int
		c     float64
	}
	byIndex := func(a, b column) int { return a.index - b.index }
	unknowns := unknownsOf(from)
	var list []entry
	var row []column
	lo, hi := to.Inside(0)
	for r := range to.RowCount() {
		j, k := to.RowAt(r)
		for i := lo; i < hi; i++ {
			list, row = a.entries(list[:0], [3]int{i, j, k}), row[:0]
			for _, e := range list {
				if y, _, ok := unknowns.find(e.y); ok {
					row = append(row, column{unknowns.index(y), e.c})
				}
			}
			slices.SortStableFunc(row, byIndex)
			for n, e := range row {
				if n > 0 && row[n-1].index == e.index { // both neighbours are one vertex on a periodic axis of two
					data[len(data)-1] += e.c
					continue
				}
				ja, data = append(ja, e.index), append(data, e.c)
			}
			ia = append(ia, len(ja))
		}
	}
	return sparse.NewCSR(rows, from.Unknowns(), ia, ja, data), nil
}

// mostEntries bounds the number of entries of the matrix.
func (a Operator) mostEntries() int {
	if a.interpolates() {
		return a.fine.Unknowns() << a.fine.Dim() // at most two parents along an axis
	}
	return a.coarse.Unknowns() * len(a.support)
}

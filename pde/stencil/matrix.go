package stencil

// The operator as a sparse matrix.

import (
	"slices"

	"github.com/james-bowman/sparse"

	"mgtool/internal/memory"
	"mgtool/pde"
)

// Matrix assembles the operator: a row for every unknown of its results, a column for
// every unknown of its arguments, both in the order of memory, x fastest, then y, then
// z. Ghosts on Dirichlet sides have no column; those on periodic sides are unknowns at
// the other side. The columns of a row are sorted. The error says that the matrix does
// not fit into memory.
func (a Operator) Matrix() (*sparse.CSR, error) {
	from, to := a.Grids()
	if err := memory.Check("the matrix of "+a.String(), a.matrixBytes()); err != nil {
		return nil, err
	}
	ia := make([]int, 1, to.Unknowns()+1)
	var ja []int
	var data []float64
	type entry struct {
		column int
		c      float64
	}
	var row []entry
	lo, hi := to.Inside(0)
	for r := range to.RowCount() {
		j, k := to.RowAt(r)
		for i := lo; i < hi; i++ {
			row = row[:0]
			a.entries([3]int{i, j, k}, func(y [3]int, c float64) {
				if y, _, ok := unknown(from, y); ok {
					row = append(row, entry{index(from, y), c})
				}
			})
			slices.SortStableFunc(row, func(a, b entry) int { return a.column - b.column })
			for n, e := range row {
				if n > 0 && row[n-1].column == e.column { // periodic with two cells
					data[len(data)-1] += e.c
					continue
				}
				ja, data = append(ja, e.column), append(data, e.c)
			}
			ia = append(ia, len(ja))
		}
	}
	return sparse.NewCSR(to.Unknowns(), from.Unknowns(), ia, ja, data), nil
}

// matrixBytes bounds the memory of the matrix: a row pointer, and for every coefficient
// a column and a value, twice while slices grow.
func (a Operator) matrixBytes() int64 {
	_, to := a.Grids()
	perRow := 0
	for o := range a.kernel {
		if a.axes != nil || !a.absent(o) {
			perRow++
		}
	}
	return int64(to.Unknowns()) * int64(8+2*16*perRow)
}

// unknown finds the unknown that vertex x is, or that it is a periodic image of: x less
// shift. Ghosts on Dirichlet sides are none.
func unknown(g pde.Grid, x [3]int) (at, shift [3]int, ok bool) {
	for d := range x {
		lo, hi := g.Inside(d)
		if d < g.Dim() && g.Sides[d][1] == pde.Periodic {
			n := hi - lo
			if x[d] < lo {
				shift[d] = -n
			} else if x[d] >= hi {
				shift[d] = n
			}
		}
		at[d] = x[d] - shift[d]
		if at[d] < lo || at[d] >= hi {
			return at, shift, false
		}
	}
	return at, shift, true
}

// index is the number of an unknown in the order of memory.
func index(g pde.Grid, x [3]int) int {
	n := 0
	for d := 2; d >= 0; d-- {
		lo, _ := g.Inside(d)
		n = n*g.Inner(d) + x[d] - lo
	}
	return n
}

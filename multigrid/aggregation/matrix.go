package aggregation

// Symmetric sparse matrices by rows.

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"mgtool/internal/parallel"
)

// Matrix is a symmetric matrix by rows: the diagonal, and beside it the entries of row i at
// Start[i] to Start[i+1], by ascending column.
type Matrix struct {
	Diagonal []float64
	Start    []int
	Column   []int32
	Value    []float64

	sums []float64 // of the rows, known better than the diagonal
}

// Len is the number of unknowns.
func (a *Matrix) Len() int { return len(a.Diagonal) }

// check reports a matrix that no hierarchy can have. Symmetry is the caller's to know.
func (a *Matrix) check() error {
	n := a.Len()
	switch {
	case n > math.MaxInt32:
		return fmt.Errorf("aggregation: %d unknowns; want at most %d", n, math.MaxInt32)
	case len(a.Start) != n+1 || a.Start[0] != 0 || a.Start[n] != len(a.Column) || len(a.Value) != len(a.Column):
		return errors.New("aggregation: the parts of a matrix do not fit together; want one start a row and one more, one value a column")
	}
	for i, d := range a.Diagonal {
		if !(d > 0 && d <= math.MaxFloat64) {
			return fmt.Errorf("aggregation: %g on the diagonal of row %d; want a finite number above 0", d, i)
		}
		if a.Start[i] > a.Start[i+1] || a.Start[i+1] > len(a.Column) {
			return fmt.Errorf("aggregation: row %d goes from %d to %d of %d entries; want rows one after the other", i, a.Start[i], a.Start[i+1], len(a.Column))
		}
		before := int32(-1)
		for t := a.Start[i]; t < a.Start[i+1]; t++ {
			c, v := a.Column[t], a.Value[t]
			if c <= before || int(c) >= n || int(c) == i || math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("aggregation: %g at column %d of row %d; want finite numbers by ascending column, without the diagonal", v, c, i)
			}
			before = c
		}
	}
	return nil
}

// inverses are 1/d of the diagonal, and 0 for 0: a part of the matrix without couplings to
// others, and with sums of rows that are 0, is a row of zeros once it is a single aggregate.
func (a *Matrix) inverses() []float64 {
	over := make([]float64, a.Len())
	for i, d := range a.Diagonal {
		if d != 0 {
			over[i] = 1 / d
		}
	}
	return over
}

// middles are where the columns above i begin in row i.
func (a *Matrix) middles() []int {
	middle := make([]int, a.Len())
	for i := range middle {
		at, _ := slices.BinarySearch(a.Column[a.Start[i]:a.Start[i+1]], int32(i))
		middle[i] = a.Start[i] + at
	}
	return middle
}

// product sets y = A x.
func (a *Matrix) product(y, x []float64) { a.rows(y, x, 0, a.Len()) }

// rows is product of rows lo to hi−1.
func (a *Matrix) rows(y, x []float64, lo, hi int) {
	for i := lo; i < hi; i++ {
		sum := a.Diagonal[i] * x[i]
		columns := a.Column[a.Start[i]:a.Start[i+1]]
		values := a.Value[a.Start[i]:a.Start[i+1]][:len(columns)]
		for t, c := range columns {
			sum += values[t] * x[c]
		}
		y[i] = sum
	}
}

// coarse is Pᵀ A P of piecewise constant P: entry i of group says which of the count
// aggregates row i belongs to, or that it belongs to none if negative. The diagonal is made
// of the sums of rows and of couplings, which have all one sign in the usual case: strong
// couplings within an aggregate would leave their rounding errors in a difference.
func (a *Matrix) coarse(group []int32, count int) *Matrix {
	// The rows of each aggregate, one after the other.
	first := make([]int32, count+1)
	for _, g := range group {
		if g >= 0 {
			first[g+1]++
		}
	}
	for g := range count {
		first[g+1] += first[g]
	}
	members := make([]int32, first[count])
	next := slices.Clone(first[:count])
	for i, g := range group {
		if g >= 0 {
			members[next[g]] = int32(i)
			next[g]++
		}
	}
	c := &Matrix{Diagonal: make([]float64, count), Start: make([]int, count+1), sums: make([]float64, count)}
	parts := make([]rowsPart, 1)
	if count >= leastLoop {
		parts = make([]rowsPart, min(parallel.Workers(), mostParts))
	}
	parallel.Blocks(count, len(parts), func(part, lo, hi int) {
		parts[part] = a.coarseRows(c, group, members, first, lo, hi)
	})
	for g := range count {
		c.Start[g+1] += c.Start[g]
	}
	if len(parts) == 1 {
		c.Column, c.Value = slices.Clone(parts[0].column), slices.Clone(parts[0].value) // what they grew by is free
		return c
	}
	c.Column, c.Value = make([]int32, 0, c.Start[count]), make([]float64, 0, c.Start[count])
	for _, p := range parts {
		c.Column, c.Value = append(c.Column, p.column...), append(c.Value, p.value...)
	}
	return c
}

// mostParts is how many parts of a matrix are made at a time, each with memory of its own.
const mostParts = 8

// rowsPart is the entries of some rows.
type rowsPart struct {
	column []int32
	value  []float64
}

// coarseRows makes rows lo to hi−1 of the coarse matrix, with their lengths for Start.
func (a *Matrix) coarseRows(c *Matrix, group, members, first []int32, lo, hi int) (p rowsPart) {
	count := c.Len()
	sum, seen := make([]float64, count), make([]int32, count)
	for i := range seen {
		seen[i] = -1
	}
	var columns []int32
	for g := int32(lo); int(g) < hi; g++ {
		columns = columns[:0]
		for _, i := range members[first[g]:first[g+1]] {
			c.sums[g] += a.sums[i]
			for t := a.Start[i]; t < a.Start[i+1]; t++ {
				h := group[a.Column[t]]
				switch {
				case h < 0: // not in the product
					c.sums[g] -= a.Value[t]
				case h == g: // within
				case seen[h] != g:
					seen[h], sum[h] = g, a.Value[t]
					columns = append(columns, h)
				default:
					sum[h] += a.Value[t]
				}
			}
		}
		slices.Sort(columns)
		c.Diagonal[g] = c.sums[g]
		for _, h := range columns {
			p.column, p.value = append(p.column, h), append(p.value, sum[h])
			c.Diagonal[g] -= sum[h]
		}
		c.Start[g+1] = len(columns)
	}
	return p
}

package aggregation

// Symmetric sparse matrices by rows.

import (
	"errors"
	"fmt"
	"math"
	"slices"
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
func (a *Matrix) product(y, x []float64) {
	for i, d := range a.Diagonal {
		sum := d * x[i]
		columns := a.Column[a.Start[i]:a.Start[i+1]]
		values := a.Value[a.Start[i]:a.Start[i+1]]
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
	sum, seen := make([]float64, count), make([]int32, count)
	for i := range seen {
		seen[i] = -1
	}
	var columns []int32
	for g := range int32(count) {
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
			c.Column, c.Value = append(c.Column, h), append(c.Value, sum[h])
			c.Diagonal[g] -= sum[h]
		}
		c.Start[g+1] = len(c.Column)
	}
	c.Column, c.Value = slices.Clone(c.Column), slices.Clone(c.Value) // what they grew by is free
	return c
}

package tensor

// Products of a sparse matrix with the places of feature maps: the neighbours of a graph,
// its aggregates, or features that are mostly 0.

import (
	"fmt"
	"math"

	"mgtool/internal/parallel"
	"mgtool/internal/simd"
)

// Sparse is a matrix of float32 by rows: the entries of row i are Start[i] to Start[i+1] of
// Column and Value. Make one with [NewSparse]; nothing may change afterwards.
type Sparse struct {
	Rows, Columns int
	Start, Column []int32
	Value         []float32

	across across // the same by columns
}

// across is the transpose: the entries of column j are begin[j] to begin[j+1] of row and
// value; entry is the place of each in Value.
type across struct {
	begin, row, entry []int32
	value             []float32
}

// NewSparse makes a matrix of the caller's slices. Columns of a row may come in any order,
// and several times: their values add up.
func NewSparse(rows, columns int, start, column []int32, value []float32) (*Sparse, error) {
	switch {
	case rows < 1 || columns < 1 || rows > math.MaxInt32-1 || columns > math.MaxInt32-1:
		return nil, fmt.Errorf("tensor: a sparse matrix of %d rows and %d columns; want 1 or more of each, below 2³¹", rows, columns)
	case len(start) != rows+1 || start[0] != 0 || int(start[rows]) != len(column) || len(value) != len(column):
		return nil, fmt.Errorf("tensor: a sparse matrix of %d rows has %d starts, %d columns and %d values; want one start more than rows, from 0 to the number of entries, and a value an entry", rows, len(start), len(column), len(value))
	}
	a := &Sparse{Rows: rows, Columns: columns, Start: start, Column: column, Value: value}
	begin := make([]int32, columns+1)
	for i := range rows {
		if start[i] > start[i+1] || int(start[i+1]) > len(column) {
			return nil, fmt.Errorf("tensor: row %d of a sparse matrix goes from %d to %d of %d entries; want rows one after the other", i, start[i], start[i+1], len(column))
		}
		for _, c := range column[start[i]:start[i+1]] {
			if c < 0 || int(c) >= columns {
				return nil, fmt.Errorf("tensor: column %d in row %d of a sparse matrix; want 0 to %d", c, i, columns-1)
			}
			begin[c+1]++
		}
	}
	for j := range columns {
		begin[j+1] += begin[j]
	}
	a.across = across{begin, make([]int32, len(column)), make([]int32, len(column)), make([]float32, len(column))}
	next := append([]int32(nil), begin[:columns]...)
	for i := range rows {
		for t := start[i]; t < start[i+1]; t++ {
			at := next[column[t]]
			a.across.row[at], a.across.entry[at], a.across.value[at] = int32(i), t, value[t]
			next[column[t]]++
		}
	}
	return a, nil
}

// Multiply sets y = A x for each of N samples, x (N, Columns, channels) and y (N, Rows,
// channels). value stands for Value, such as one from which entries were dropped; nil is
// Value itself.
func (a *Sparse) Multiply(y, x, value []float32, channels int) {
	n := a.samples("sparse product", y, x, channels)
	if value == nil {
		value = a.Value
	}
	checkLen("sparse product", "value", value, len(a.Value))
	products(y, x, n, a.Rows, a.Columns, channels, a.Start, a.Column, value)
}

// MultiplyTransposed sets x = Aᵀ y, the gradient of Multiply by x for a gradient y.
func (a *Sparse) MultiplyTransposed(x, y, value []float32, channels int) {
	n := a.samples("transposed sparse product", y, x, channels)
	b := a.across
	sorted := b.value
	if value != nil {
		checkLen("transposed sparse product", "value", value, len(a.Value))
		sorted = make([]float32, len(value))
		parallel.For(len(value), grain, func(lo, hi int) {
			for t := lo; t < hi; t++ {
				sorted[t] = value[b.entry[t]]
			}
		})
	}
	products(x, y, n, a.Columns, a.Rows, channels, b.begin, b.row, sorted)
}

// products sets y = A x for n samples and the entries of each row.
func products(y, x []float32, n, rows, columns, channels int, start, column []int32, value []float32) {
	k := simd.Best()
	least := 1 + grain/4/(1+len(column)*channels/rows) // rows worth a core
	parallel.For(n*rows, least, func(lo, hi int) {
		for r := lo; r < hi; r++ {
			from, i := x[r/rows*columns*channels:][:columns*channels], r%rows
			lo, hi := start[i], start[i+1]
			k.WeightedRows(y[r*channels:(r+1)*channels], from, column[lo:hi], value[lo:hi])
		}
	})
}

func (a *Sparse) samples(op string, y, x []float32, channels int) int {
	if channels < 1 {
		panic(fmt.Sprintf("tensor: %s: %d channels, want 1 or more", op, channels))
	}
	n := len(x) / (a.Columns * channels)
	checkLen(op, "x", x, n*a.Columns*channels)
	checkLen(op, "y", y, n*a.Rows*channels)
	return n
}

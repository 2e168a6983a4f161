package tensor

// Products of a sparse matrix with the places of feature maps: the neighbours of a graph,
// its aggregates, or features that are mostly 0.

import (
	"fmt"
	"math"

	"mgtool/internal/parallel"
)

// Sparse is a matrix of float32 by rows: the entries of row i are Start[i] to Start[i+1] of
// Column and Value. Make one with [NewSparse]; only Value may change afterwards.
type Sparse struct {
	Rows, Columns int
	Start, Column []int32
	Value         []float32

	across across // the same by columns
}

// across is the transpose: the entries of column j are begin[j] to begin[j+1] of row and
// entry, entry being the place of each in Value.
type across struct{ begin, row, entry []int32 }

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
	a.across = across{begin, make([]int32, len(column)), make([]int32, len(column))}
	next := append([]int32(nil), begin[:columns]...)
	for i := range rows {
		for t := start[i]; t < start[i+1]; t++ {
			at := next[column[t]]
			a.across.row[at], a.across.entry[at] = int32(i), t
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
	value = a.values("sparse product", value)
	parallel.For(n*a.Rows, a.grain(a.Rows, channels), func(lo, hi int) {
		for r := lo; r < hi; r++ {
			from, i := x[r/a.Rows*a.Columns*channels:], r%a.Rows
			lo, hi := a.Start[i], a.Start[i+1]
			gather(y[r*channels:(r+1)*channels], from, a.Column[lo:hi], value[lo:hi], nil)
		}
	})
}

// MultiplyTransposed sets x = Aᵀ y, the gradient of Multiply by x for a gradient y.
func (a *Sparse) MultiplyTransposed(x, y, value []float32, channels int) {
	n := a.samples("transposed sparse product", y, x, channels)
	value = a.values("transposed sparse product", value)
	b := a.across
	parallel.For(n*a.Columns, a.grain(a.Columns, channels), func(lo, hi int) {
		for r := lo; r < hi; r++ {
			from, j := y[r/a.Columns*a.Rows*channels:], r%a.Columns
			lo, hi := b.begin[j], b.begin[j+1]
			gather(x[r*channels:(r+1)*channels], from, b.row[lo:hi], value, b.entry[lo:hi])
		}
	})
}

// gather sets y = Σ_t value[t]·(row at[t] of x); with entry, entry[t] is the place of the
// value.
func gather(y, x []float32, at []int32, value []float32, entry []int32) {
	channels := len(y)
	c := 0
	for ; c+8 <= channels; c += 8 { // eight sums that stay in registers
		var s0, s1, s2, s3, s4, s5, s6, s7 float32
		for t, row := range at {
			k := t
			if entry != nil {
				k = int(entry[t])
			}
			v, x := value[k], x[int(row)*channels+c:]
			x = x[:8:8]
			s0 += v * x[0]
			s1 += v * x[1]
			s2 += v * x[2]
			s3 += v * x[3]
			s4 += v * x[4]
			s5 += v * x[5]
			s6 += v * x[6]
			s7 += v * x[7]
		}
		z := y[c : c+8 : c+8]
		z[0], z[1], z[2], z[3], z[4], z[5], z[6], z[7] = s0, s1, s2, s3, s4, s5, s6, s7
	}
	for ; c < channels; c++ {
		sum := float32(0)
		for t, row := range at {
			k := t
			if entry != nil {
				k = int(entry[t])
			}
			sum += value[k] * x[int(row)*channels+c]
		}
		y[c] = sum
	}
}

// grain is the least number of rows worth a core.
func (a *Sparse) grain(rows, channels int) int {
	return 1 + grain/4/(1+len(a.Column)*channels/rows)
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

func (a *Sparse) values(op string, value []float32) []float32 {
	if value == nil {
		return a.Value
	}
	checkLen(op, "value", value, len(a.Value))
	return value
}

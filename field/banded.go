package field

// A banded system solved by elimination with row pivoting: for operators that are not
// definite, where an iteration may fail.

import (
	"errors"
	"math"
)

// bandedSystem is a matrix of n² rows whose entries are at most n columns from the diagonal.
// Row i holds columns i−n to i+2n: elimination with pivoting fills n more.
type bandedSystem struct {
	n    int
	rows [][]float64
	data []float64
}

func newBandedSystem(n int) *bandedSystem {
	s := &bandedSystem{n: n, rows: make([][]float64, n*n), data: make([]float64, n*n*(3*n+1))}
	return s
}

// clear makes it 0, with its rows in order.
func (s *bandedSystem) clear() {
	clear(s.data)
	width := 3*s.n + 1
	for i := range s.rows {
		s.rows[i] = s.data[i*width : (i+1)*width]
	}
}

// add adds to an entry.
func (s *bandedSystem) add(row, column int, v float64) { s.rows[row][column-row+s.n] += v }

// couple adds a flux v (u_i − u_j) from i and to j.
func (s *bandedSystem) couple(i, j int, v float64) {
	s.add(i, i, v)
	s.add(j, j, v)
	s.add(i, j, -v)
	s.add(j, i, -v)
}

// solve replaces b by the solution. The matrix is lost.
func (s *bandedSystem) solve(b []float64) error {
	n, size := s.n, len(s.rows)
	// Row i begins at column k of the step when it is reached, so entries before it are gone:
	// rows are views that start at column k.
	for i := range size {
		if i <= n { // reached at step 0: drop columns below 0
			s.rows[i] = s.rows[i][n-i:]
		}
	}
	for k := range size {
		last := min(size-1, k+n)
		pivot := k
		for i := k + 1; i <= last; i++ {
			if math.Abs(s.rows[i][0]) > math.Abs(s.rows[pivot][0]) {
				pivot = i
			}
		}
		top := s.rows[k][:min(2*n+1, size-k)]
		if pivot != k {
			for c, v := range s.rows[pivot][:len(top)] {
				s.rows[pivot][c], top[c] = top[c], v
			}
			b[k], b[pivot] = b[pivot], b[k]
		}
		if top[0] == 0 || math.IsNaN(top[0]) {
			return errors.New("the matrix is singular: a resonance of the box; want another frequency or speed")
		}
		for i := k + 1; i <= last; i++ {
			row := s.rows[i]
			if f := row[0] / top[0]; f != 0 {
				b[i] -= f * b[k]
				below := row[:len(top)]
				for c, v := range top {
					below[c] -= f * v
				}
			}
			s.rows[i] = row[1:]
		}
	}
	for k := size - 1; k >= 0; k-- {
		row := s.rows[k]
		sum := b[k]
		for c := 1; c < min(2*n+1, size-k); c++ {
			sum -= row[c] * b[k+c]
		}
		b[k] = sum / row[0]
	}
	return nil
}

package field

// A banded system solved by elimination with row pivoting: for operators that are not
// definite, where an iteration may fail.

import (
	"errors"
	"math"
)

// bandedSystem is a matrix whose entries are at most band columns from the diagonal.
// Row i holds columns i−band to i+2·band: elimination with pivoting fills band more.
type bandedSystem struct {
	band int
	rows [][]float64
	data []float64
}

func newBandedSystem(size, band int) *bandedSystem {
	return &bandedSystem{band: band, rows: make([][]float64, size), data: make([]float64, bandedValues(size, band))}
}

// bandedValues is the number of values that a system holds.
func bandedValues(size, band int) int { return size * (3*band + 1) }

// clear makes it 0, with its rows in order.
func (s *bandedSystem) clear() {
	clear(s.data)
	width := bandedValues(1, s.band)
	for i := range s.rows {
		s.rows[i] = s.data[i*width : (i+1)*width]
	}
}

// add adds to an entry.
func (s *bandedSystem) add(row, column int, v float64) { s.rows[row][column-row+s.band] += v }

// solve replaces b by the solution. The matrix is lost.
func (s *bandedSystem) solve(b []float64) error {
	band, size := s.band, len(s.rows)
	largest := 0.0
	for _, v := range s.data {
		largest = max(largest, math.Abs(v))
	}
	// Row i begins at column k of the step when it is reached, so entries before it are gone:
	// rows are views that start at column k.
	for i := range size {
		if i <= band { // reached at step 0: drop columns below 0
			s.rows[i] = s.rows[i][band-i:]
		}
	}
	for k := range size {
		last := min(size-1, k+band)
		pivot := k
		for i := k + 1; i <= last; i++ {
			if math.Abs(s.rows[i][0]) > math.Abs(s.rows[pivot][0]) {
				pivot = i
			}
		}
		top := s.rows[k][:min(2*band+1, size-k)]
		if pivot != k {
			for c, v := range s.rows[pivot][:len(top)] {
				s.rows[pivot][c], top[c] = top[c], v
			}
			b[k], b[pivot] = b[pivot], b[k]
		}
		if !(math.Abs(top[0]) > 1e-12*largest) { // rounding alone
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
		for c := 1; c < min(2*band+1, size-k); c++ {
			sum -= row[c] * b[k+c]
		}
		b[k] = sum / row[0]
	}
	return nil
}

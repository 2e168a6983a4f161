package constrained

// The coarsest level, by elimination.

import (
	"errors"
	"fmt"

	"mgtool/pde"
)

// bottom is A of the coarsest level as L D Lᵀ.
//
// A truncated operator may be singular: where few points are free, the coarse basis functions
// cut to them depend on each other. It is positive semidefinite all the same, and the right
// sides Pᵀ T r are in its range; so an unknown whose pivot vanishes can be 0.
type bottom struct {
	ready  bool
	places []int // of the free points in memory
	number []int // of each place among them, −1 if it is not free
	l      []float64
	x      []float64
}

// Pivots of at most smallPivot of their diagonal entry are 0, and below −smallPivot of it they
// tell that A is indefinite.
const smallPivot = 1e-10

var errIndefinite = errors.New("constrained: A is not positive definite; want one that is")

// eliminate computes L, with D on the diagonal, of the points that are free.
func (l *level) eliminate() error {
	b := &l.bottom
	b.places = b.places[:0]
	if b.number == nil {
		b.number = make([]int, len(l.free))
	}
	for p := range b.number {
		b.number[p] = -1
	}
	for row := range l.grid.RowCount() {
		start := l.r.Offset(l.grid.RowAt(row))
		for p := start + 1; p <= start+l.grid.Inner(0); p++ {
			if l.free[p] {
				b.number[p] = len(b.places)
				b.places = append(b.places, p)
			}
		}
	}
	n := len(b.places)
	if len(b.l) < n*n {
		b.l, b.x = make([]float64, n*n), make([]float64, n)
	}
	clear(b.l[:n*n])
	for m, p := range b.places {
		b.l[m*n+m] = l.Diagonal.At(p)
		for t := range l.Terms {
			if q := b.number[p+l.Terms[t].Shift]; q >= 0 && q < m {
				b.l[m*n+q] = l.Terms[t].At(p)
			}
		}
	}
	for i := range n {
		row := b.l[i*n : i*n+i+1]
		diagonal := row[i]
		for j := range i {
			other, d := b.l[j*n:j*n+j+1], b.l[j*n+j]
			if d == 0 {
				row[j] = 0
				continue
			}
			sum := row[j] // L[i,j] D[j]
			for k := range j {
				sum -= row[k] * b.l[k*n+k] * other[k]
			}
			row[j] = sum / d
		}
		for j, v := range row[:i] {
			row[i] -= v * v * b.l[j*n+j]
		}
		switch {
		case row[i] < -smallPivot*diagonal:
			return fmt.Errorf("%w: on %v elimination has the pivot %g of %g", errIndefinite, l.grid, row[i], diagonal)
		case row[i] <= smallPivot*diagonal:
			row[i] = 0
		}
	}
	b.ready = true
	return nil
}

// solve sets to = A⁻¹ r at the free points and 0 elsewhere, on a level without a coarser one.
func (l *level) solve(to, r *pde.Field[float64]) error {
	b := &l.bottom
	if !b.ready {
		if err := l.eliminate(); err != nil {
			return err
		}
	}
	clearInside(to)
	n := len(b.places)
	x := b.x[:n]
	for i, p := range b.places {
		x[i] = r.Data()[p]
		for j, v := range b.l[i*n : i*n+i] {
			x[i] -= v * x[j]
		}
	}
	for i := n - 1; i >= 0; i-- {
		d := b.l[i*n+i]
		if d == 0 {
			x[i] = 0
			continue
		}
		x[i] /= d
		for j := i + 1; j < n; j++ {
			x[i] -= b.l[j*n+i] * x[j]
		}
	}
	for i, p := range b.places {
		to.Data()[p] = x[i]
	}
	return nil
}

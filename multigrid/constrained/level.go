package constrained

// A level: its operator as the solver reads it, and the sweeps on it.

import (
	"fmt"
	"math"

	"mgtool/multigrid/internal/rows"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// level is the state of a level, which the walk passes on as a handle. On the finest, u is
// the solution, on the others a correction.
type level struct {
	*rows.Rows
	grid pde.Grid
	// free tells which points take part in the correction: on the finest level those with
	// u > ψ, on the others those that some of these depend on. Ghosts do not.
	free []bool

	u, g, r *pde.Field[float64]
	coarser *level
	blend   []child // how the operator of coarser is made of this one
	bottom  bottom

	// On the finest level alone.
	a    stencil.Operator
	psi  *pde.Field[float64]
	d    *pde.Field[float64] // P of the correction from below, then what is left of it
	sums []float64           // by row, added up in an order that does not depend on threads
}

// newFinest checks A and takes its coefficients.
func newFinest(a stencil.Operator) (*level, error) {
	grid, to := a.Grids()
	if grid.Dim() == 0 || grid != to {
		return nil, fmt.Errorf("constrained: %v; want an operator on one grid", a)
	}
	if grid.Cells || grid.Stretch != nil || grid.Sides != [3][2]pde.Boundary{} {
		return nil, fmt.Errorf("constrained: %v with unknowns in cells, unequal widths, or sides without given values; want vertices at equal distances and Dirichlet sides", grid)
	}
	l := &level{grid: grid, a: a}
	field := func() *pde.Field[float64] { return pde.NewField[float64](grid) }
	l.r, l.d = field(), field()
	l.Rows = rows.Of(a, l.r)
	l.free = make([]bool, len(l.r.Data()))
	l.sums = make([]float64, grid.RowCount())
	return l, l.checkSymmetric()
}

// checkSymmetric refuses an A that is not symmetric, or that has a diagonal entry which no
// positive definite one has. One row stands for all if the coefficients are constant.
func (l *level) checkSymmetric() error {
	across := func(t, p int) float64 { // the coefficient of the same coupling in the other row
		for s := range l.Terms {
			if l.Terms[s].Offset == 2*rows.Centre-l.Terms[t].Offset {
				return l.Terms[s].At(p + l.Terms[t].Shift)
			}
		}
		return 0
	}
	for row := range l.grid.RowCount() {
		j, k := l.grid.RowAt(row)
		start := l.r.Offset(j, k)
		for i := 1; i <= l.grid.Inner(0); i++ {
			p := start + i
			if d := l.Diagonal.At(p); !(d > 0) || math.IsInf(d, 0) {
				return fmt.Errorf("constrained: the diagonal of A is %g at (%d, %d, %d); want a positive definite A", d, i, j, k)
			}
			for t := range l.Terms {
				at := stencil.Offset(l.Terms[t].Offset)
				inside := true
				for d, x := range [3]int{i + at[0], j + at[1], k + at[2]} {
					lo, hi := l.grid.Inside(d)
					inside = inside && x >= lo && x < hi
				}
				if c := l.Terms[t].At(p); inside || l.constant() {
					if back := across(t, p); !(math.Abs(c-back) <= 1e-12*l.Norm) {
						return fmt.Errorf("constrained: A has the coefficient %g at (%d, %d, %d) and %g in the row across; want a symmetric A", c, i, j, k, back)
					}
				}
			}
			if l.constant() {
				return nil
			}
		}
	}
	return nil
}

// constant reports that all coefficients are.
func (l *level) constant() bool {
	for t := range l.Terms {
		if l.Terms[t].Varying != nil {
			return false
		}
	}
	return l.Diagonal.Varying == nil
}

// sweep does one of Gauss–Seidel, colour by colour: projected, with ω, on the finest level;
// on the others at the points that are free.
func (l *level) sweep(omega float64) {
	for colour := range l.Colours() {
		l.Colour(colour, func(first, j, k int) { l.sweepRow(omega, first, j, k) })
	}
}

// sweepRow relaxes every second unknown of a row.
func (l *level) sweepRow(omega float64, first, j, k int) {
	u, g, start := l.u.Data(), l.g.Data(), l.u.Offset(j, k)
	for p := start + first; p <= start+l.grid.Inner(0); p += 2 {
		if l.psi == nil && !l.free[p] {
			continue
		}
		a := l.Diagonal.At(p)
		v := u[p] + omega*l.Residual(u, g, p)/a
		if l.psi != nil {
			v = max(v, l.psi.Data()[p])
		}
		u[p] = v
	}
}

// points calls body with the places in memory of the unknowns of each row, from the first to
// before the last, on several goroutines.
func (l *level) points(body func(first, end int)) {
	inner := l.grid.Inner(0)
	l.grid.Rows(func(j, k int) {
		start := l.r.Offset(j, k) + 1
		body(start, start+inner)
	})
}

// residual sets r = g − A u, 0 at points that are not free.
func (l *level) residual() {
	u, g, r := l.u.Data(), l.g.Data(), l.r.Data()
	l.points(func(first, end int) {
		for p := first; p < end; p++ {
			r[p] = 0
			if l.free[p] {
				r[p] = l.Residual(u, g, p)
			}
		}
	})
}

// sum adds up body over the rows, in the order of memory.
func (l *level) sum(body func(first, end int) float64) float64 {
	inner := l.grid.Inner(0)
	j0, j1 := l.grid.Inside(1)
	k0, _ := l.grid.Inside(2)
	l.grid.Rows(func(j, k int) {
		start := l.r.Offset(j, k) + 1
		l.sums[(k-k0)*(j1-j0)+j-j0] = body(start, start+inner)
	})
	total := 0.0
	for _, v := range l.sums {
		total += v
	}
	return total
}

// complementarity is the residual of [Result], not scaled.
func (l *level) complementarity() float64 {
	u, g, psi := l.u.Data(), l.g.Data(), l.psi.Data()
	return math.Sqrt(l.sum(func(first, end int) float64 {
		sum := 0.0
		for p := first; p < end; p++ {
			v := min(l.Diagonal.At(p)*(u[p]-psi[p]), -l.Residual(u, g, p))
			sum += v * v
		}
		return sum
	}))
}

// noise bounds what rounding leaves of the residual.
func (l *level) noise() float64 {
	norm := func(f []float64) float64 {
		return math.Sqrt(l.sum(func(first, end int) float64 {
			sum := 0.0
			for _, v := range f[first:end] {
				sum += v * v
			}
			return sum
		}))
	}
	return 0x1p-52 * (l.Norm*norm(l.u.Data()) + norm(l.g.Data()))
}

// raise is u = max(ψ, u).
func (l *level) raise() {
	u, psi := l.u.Data(), l.psi.Data()
	l.points(func(first, end int) {
		for p := first; p < end; p++ {
			u[p] = max(u[p], psi[p])
		}
	})
}

// contact counts the unknowns with u = ψ.
func (l *level) contact() int {
	u, psi := l.u.Data(), l.psi.Data()
	return int(l.sum(func(first, end int) float64 {
		count := 0.0
		for p := first; p < end; p++ {
			if u[p] <= psi[p] {
				count++
			}
		}
		return count
	}))
}

// clearInside sets the unknowns to 0 and leaves the boundary.
func clearInside(f *pde.Field[float64]) {
	n := f.Inner(0)
	f.Rows(func(j, k int) { clear(f.Row(j, k)[1 : 1+n]) })
}

// sample gives coarse, boundary included, the values of fine at its points.
func sample(coarse, fine *pde.Field[float64]) {
	step, last := [3]int{}, [3]int{}
	for d := range coarse.Dim() {
		step[d], last[d] = fine.N[d]/coarse.N[d], coarse.N[d]
	}
	for k := range last[2] + 1 {
		for j := range last[1] + 1 {
			from, to := fine.Row(step[1]*j, step[2]*k), coarse.Row(j, k)
			for i := range to {
				to[i] = from[step[0]*i]
			}
		}
	}
}

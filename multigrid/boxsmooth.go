package multigrid

// Relaxation of boxes: the colours, and lines by zebra colours.

import (
	"mgtool/internal/parallel"
	"mgtool/pde"
)

// class is a part of the indices along an axis, no two of which are neighbours.
type class struct{ first, count, step int }

// classes are the odd and the even indices; along a periodic axis of an odd number the
// last one, a neighbour of the first, is a class of its own. All are one along an axis along
// which nothing couples.
func (b *box) classes(d int) []class {
	n := b.n[d]
	switch {
	case d >= b.dim:
		return []class{{0, 1, 1}}
	case n == 1 || b.apart[d]:
		return []class{{1, n, 1}}
	case b.periodic[d] && n%2 == 1:
		return []class{{1, n / 2, 2}, {2, n / 2, 2}, {n, 1, 1}}
	}
	return []class{{1, (n + 1) / 2, 2}, {2, n / 2, 2}}
}

// from returns the first index of a class from i on, and how many there are before end.
func (c class) from(i, end int) (first, count int) {
	skip := max(0, (i-c.first+c.step-1)/c.step)
	first = c.first + skip*c.step
	return first, max(0, min(c.count-skip, (end-first+c.step-1)/c.step))
}

// unitWork is how many values are worth a unit of a parallel loop.
const unitWork = 1 << 12

// eachOf adds the stage that runs body for the rows of two classes.
func (b *box) eachOf(y, z class, body func(s *boxScratch, j, k int)) {
	b.stages = append(b.stages, b.rowsOf(y, z, body))
}

// rowsOf is the loop that runs body for the rows of two classes.
func (b *box) rowsOf(y, z class, body func(s *boxScratch, j, k int)) rowLoop {
	return b.loopOver(y.count*z.count, unitWork, func(worker, row int) {
		body(&b.scratch[worker], y.first+y.step*(row%y.count), z.first+z.step*(row/y.count))
	})
}

// lineFactors are those of the tridiagonal matrices of A along the lines of an axis,
//
//	a_t e_{t−1} + b_t e_t + c_t e_{t+1} = r_t,   pivot_t = 1/(b_t − a_t c_{t−1} pivot_{t−1}).
//
// Along a periodic axis the first and the last are neighbours too: T = T' + u vᵀ with
// u = (−b₁, 0, …, c_n), v = (1, 0, …, −a₁/b₁), so that by Sherman and Morrison
//
//	e = y − round (v·y),   T' y = r,   round = q/(1 + v·q),   T' q = u.
type lineFactors struct {
	lower, upper *pde.Field[float64] // a and c; both nil if 0
	pivot        *pde.Field[float64]
	round        *pde.Field[float64] // nil unless periodic
}

// coupled reports that the lines are more than points.
func (f *lineFactors) coupled() bool { return f.lower != nil }

// lineBlock is how many lines side by side, of n, are solved together: many, since the
// parts of rows that they take are read one after the other, but half for each of two cores.
func lineBlock(n int) int {
	const vector = 8
	return min(max(64, (n/2+vector-1)/vector*vector), 256)
}

// singularPivot is the largest pivot, as a part of the diagonal, that counts as 0 but for
// rounding: such a line couples only with itself and maps constants to 0. Its last value
// stays as it is.
const singularPivot = 1e-13

// relaxLines adds the relaxation of all lines along an axis.
func (b *box) relaxLines(d int) {
	stride := [3]int{1, 3, 9}[d]
	f := &lineFactors{lower: b.a[13-stride], upper: b.a[13+stride], pivot: pde.NewField[float64](b.grid)}
	if (f.lower == nil) != (f.upper == nil) { // coupled one way
		zero := pde.NewField[float64](b.grid)
		if f.lower == nil {
			f.lower = zero
		} else {
			f.upper = zero
		}
	}
	if b.periodic[d] {
		f.round = pde.NewField[float64](b.grid)
	}
	if d == 0 {
		parallel.For(b.rows(), 1+unitWork/b.n[0], func(lo, hi int) {
			for row := lo; row < hi; row++ {
				j, k := b.rowAt(row)
				f.factor(b, line{n: b.n[0], field: func(f *pde.Field[float64], t int) *float64 { return &f.Row(j, k)[t] }})
			}
		})
		for _, z := range b.classes(2) {
			for _, y := range b.classes(1) {
				b.relaxRows(f, y, z)
			}
		}
		return
	}
	other := 3 - d // the third axis
	parallel.For(b.n[0]*b.n[other], 16, func(lo, hi int) {
		for at := lo; at < hi; at++ {
			i, o := 1+at%b.n[0], at/b.n[0]
			if other < b.dim {
				o++
			}
			f.factor(b, line{n: b.n[d], field: func(f *pde.Field[float64], t int) *float64 {
				j, k := b.place(d, t, o)
				return &f.Row(j, k)[i]
			}})
		}
	})
	width := lineBlock(b.n[0])
	blocks := (b.n[0] + width - 1) / width
	for _, z := range b.classes(other) {
		rows := [2]class{{1, b.n[d], 1}, z}
		residual := b.rowsOf(rows[d-1], rows[2-d], func(s *boxScratch, j, k int) {
			b.residualRow(s, b.r.Row(j, k), 1, b.n[0], j, k)
		})
		for _, x := range b.classes(0) {
			stage := residual
			stage.then = &rowLoop{units: blocks * z.count, run: func(worker, unit int) {
				lo := 1 + unit%blocks*width
				b.solveAcross(f, &b.scratch[worker], d, z.first+z.step*(unit/blocks), lo, min(lo+width, b.n[0]+1), x)
			}}
			b.stages = append(b.stages, stage)
		}
	}
}

// place is the row of index t along axis d, y or z, and o along the other.
func (b *box) place(d, t, o int) (j, k int) {
	if d == 1 {
		return t, o
	}
	return o, t
}

// line is where the values of a line are.
type line struct {
	n     int
	field func(f *pde.Field[float64], t int) *float64
}

// factor makes the factors of a line.
func (f *lineFactors) factor(b *box, l line) {
	value := func(x *pde.Field[float64], t int) float64 {
		if x == nil {
			return 0
		}
		return *l.field(x, t)
	}
	centre := b.a[13]
	first := value(centre, 1)
	around := f.round != nil
	upper, pivot := 0.0, 0.0
	for t := 1; t <= l.n; t++ {
		d := value(centre, t)
		whole := d
		if around {
			switch {
			case l.n == 1:
				d += value(f.lower, 1) + value(f.upper, 1)
			case t == 1:
				d += first
			case t == l.n:
				d += value(f.upper, t) * value(f.lower, 1) / first
			}
		}
		if t > 1 {
			d -= value(f.lower, t) * upper * pivot
		}
		if pivot = 0; d > singularPivot*whole || d < -singularPivot*whole {
			pivot = 1 / d
		}
		*l.field(f.pivot, t) = pivot
		upper = value(f.upper, t)
	}
	if !around || l.n == 1 {
		return
	}
	q := func(t int) *float64 { return l.field(f.round, t) }
	*q(1) = -first
	*q(l.n) += value(f.upper, l.n)
	for t := 1; t <= l.n; t++ {
		if t > 1 {
			*q(t) -= value(f.lower, t) * *q(t - 1)
		}
		*q(t) *= *l.field(f.pivot, t)
	}
	for t := l.n - 1; t >= 1; t-- {
		*q(t) -= value(f.upper, t) * *l.field(f.pivot, t) * *q(t + 1)
	}
	scale := 1 + *q(1) - value(f.lower, 1)/first**q(l.n)
	if scale < singularPivot && scale > -singularPivot { // then T' alone relaxes
		scale = 0
	} else {
		scale = 1 / scale
	}
	for t := 1; t <= l.n; t++ {
		*q(t) *= scale
	}
}

// relaxRows adds the relaxation of the lines along x of two classes. It solves two lines at
// a time: each value waits for the one before, and the two do not wait for each other.
func (b *box) relaxRows(f *lineFactors, y, z class) {
	rows := y.count * z.count
	pairs := max(1, unitWork/2/b.n[0]) // of a unit
	b.stages = append(b.stages, rowLoop{units: (rows + 2*pairs - 1) / (2 * pairs), run: func(worker, unit int) {
		s := &b.scratch[worker]
		end := min(rows, (unit+1)*2*pairs)
		for row := unit * 2 * pairs; row < end; row += 2 {
			var at [2][2]int
			count := min(2, end-row)
			for l := range count {
				j, k := y.first+y.step*((row+l)%y.count), z.first+z.step*((row+l)/y.count)
				b.residualRow(s, s.row[l], 1, b.n[0], j, k)
				at[l] = [2]int{j, k}
			}
			switch {
			case !f.coupled():
			case count == 2:
				f.eliminatePair(b, s.row, at)
			default:
				f.eliminate(b, s.row[0], at[0][0], at[0][1])
			}
			for l := range count {
				f.correctRow(b, s.row[l], at[l][0], at[l][1])
			}
		}
	}})
}

// eliminate solves the tridiagonal system of a line along x in place.
func (f *lineFactors) eliminate(b *box, r []float64, j, k int) {
	n := b.n[0]
	r = r[:n+1]
	lower, upper, pivot := f.lower.Row(j, k)[:n+1], f.upper.Row(j, k)[:n+1], f.pivot.Row(j, k)[:n+1]
	r[1] *= pivot[1]
	before := r[1]
	for i := 2; i < len(r); i++ {
		p := pivot[i]
		before = r[i]*p - lower[i]*p*before
		r[i] = before
	}
	for i := n - 1; i >= 1; i-- {
		before = r[i] - upper[i]*pivot[i]*before
		r[i] = before
	}
}

// eliminatePair is eliminate of two lines.
func (f *lineFactors) eliminatePair(b *box, rows [2][]float64, at [2][2]int) {
	n := b.n[0]
	row := func(x *pde.Field[float64], l int) []float64 { return x.Row(at[l][0], at[l][1])[:n+1] }
	r, s := rows[0][:n+1], rows[1][:n+1]
	pr, ps := row(f.pivot, 0), row(f.pivot, 1)
	lr, ls := row(f.lower, 0), row(f.lower, 1)
	r[1] *= pr[1]
	s[1] *= ps[1]
	x, y := r[1], s[1]
	for i := 2; i < len(r) && i < len(s) && i < len(pr) && i < len(ps) && i < len(lr) && i < len(ls); i++ {
		p, q := pr[i], ps[i]
		x = r[i]*p - lr[i]*p*x
		y = s[i]*q - ls[i]*q*y
		r[i], s[i] = x, y
	}
	ur, us := row(f.upper, 0), row(f.upper, 1)
	for i := n - 1; i >= 1; i-- {
		x = r[i] - ur[i]*pr[i]*x
		y = s[i] - us[i]*ps[i]*y
		r[i], s[i] = x, y
	}
}

// correctRow adds to u what a line along x was solved for, r; of an axis without
// couplings, r over the diagonal.
func (f *lineFactors) correctRow(b *box, r []float64, j, k int) {
	n := b.n[0]
	u := b.u.Row(j, k)[:n+1]
	r = r[:n+1]
	if !f.coupled() {
		pivot := f.pivot.Row(j, k)
		for i := 1; i <= n; i++ {
			u[i] += pivot[i] * r[i]
		}
		return
	}
	lower := f.lower.Row(j, k)
	if f.round != nil && n > 1 {
		round := f.round.Row(j, k)
		vy := r[1] - lower[1]/b.a[13].Row(j, k)[1]*r[n]
		for i := 1; i <= n; i++ {
			u[i] += r[i] - round[i]*vy
		}
		return
	}
	for i := 1; i < len(r); i++ {
		u[i] += r[i]
	}
}

// solveAcross relaxes the lines along axis d, y or z, of a class along x and with the
// index lo to end−1 there, with index o along the third axis; b.r has their residuals. It
// solves all lines between,
// since vectors of neighbours cost no more than every second one, and corrects u on those of
// the class. With e_t = pivot_t y_t at the end,
//
//	y_t = r_t − a_t pivot_{t−1} y_{t−1},   e_t = pivot_t (y_t − c_t e_{t+1}).
func (b *box) solveAcross(f *lineFactors, s *boxScratch, d, o, lo, end int, x class) {
	first, count := x.from(lo, end)
	if count == 0 {
		return
	}
	step := x.step
	n := b.n[d]
	row := func(f *pde.Field[float64], t int) []float64 { return f.Row(b.place(d, t, o))[:end] }
	coupled := f.coupled()
	e, v := s.row[0][:end], &s.varying
	v.N, v.C = end-lo, [9]*float64{}
	scale := func(t int) { // e = pivot_t y_t
		v.Out, v.Base, v.W = &e[lo], nil, 1
		v.C[4], v.Rows[1] = &row(f.pivot, t)[lo], &row(b.r, t)[lo]
		b.loops.MapVarying(v)
	}
	subtract := func(t int, a *pde.Field[float64]) { // y_t −= a_t e
		y := &row(b.r, t)[lo]
		v.Out, v.Base, v.S, v.W = y, y, 1, -1
		v.C[4], v.Rows[1] = &row(a, t)[lo], &e[lo]
		b.loops.MapVarying(v)
	}
	for t := 1; t <= n; t++ {
		if t > 1 && coupled {
			subtract(t, f.lower)
		}
		if t < n && coupled {
			scale(t)
		}
	}
	around := f.round != nil && n > 1 && coupled
	for t := n; t >= 1; t-- {
		if t < n && coupled {
			subtract(t, f.upper)
		}
		scale(t)
		u := row(b.u, t)
		for i := first; i < len(u) && i < len(e); i += step {
			u[i] += e[i]
		}
		if t == n && around {
			copy(s.row[1][lo:end], e[lo:])
		}
	}
	if !around {
		return
	}
	vy, lower, centre := s.row[1], row(f.lower, 1), row(b.a[13], 1)
	for i := first; i < len(e); i += step {
		vy[i] = e[i] - lower[i]/centre[i]*vy[i]
	}
	for t := 1; t <= n; t++ {
		u, round := row(b.u, t), row(f.round, t)
		for i := first; i < len(u); i += step {
			u[i] -= round[i] * vy[i]
		}
	}
}

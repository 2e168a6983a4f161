package multigrid

// Rows of a star next to sides that are not Dirichlet sides of vertices: what the kernels
// take for the ghosts.

import (
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// end is a side across x: its closure, if it is closed.
type end[T pde.Real] struct {
	closed bool
	p, q   T
	own    float64 // what the diagonal at the end has more than its row: −Q a/h²
	factor T       // D/(D + own)
}

// prepareSides takes the kinds of the sides.
func (l *level[T]) prepareSides() {
	l.around = l.wraps
	l.ring = l.dim > 1 && l.Sides[0][0] == pde.Periodic
	for side, c := range l.op.closures[0] {
		own := -c.Q * l.weight(0)
		l.ends[side] = end[T]{stencil.ClosedSide(l.Grid, 0, side), T(c.P), T(c.Q), own, T(l.op.diagonal / (l.op.diagonal + own))}
	}
	for d := range l.last {
		l.last[d] = l.Inner(d)
	}
	l.mends = l.op.closures[0][0].Q != 0 || l.op.closures[0][1].Q != 0
	if l.inner == 1 { // the diagonal of the row has both sides
		l.mends = false
		l.ends[0].q, l.ends[1].q = 0, 0
	}
	for d := range l.dim {
		for side := range 2 {
			l.around = l.around || stencil.ClosedSide(l.Grid, d, side)
		}
	}
	if l.around {
		l.zeros = alignedRow[T](l.width())
	}
}

// fills reports that the stages read ghosts of periodic sides, which are to be filled
// before each: those of operators and transfers of 3^d points, and in one dimension, where
// the ends of the row are with different workers.
func (l *level[T]) fills() bool {
	return l.wraps && (l.dim == 1 || l.op.form != starForm && l.op.form != facesForm || len(l.b) > 0 || len(l.kept) > 0 || l.r != nil)
}

// apart reports that the stages of a leg are a pass each: if ghosts are to be filled
// between them, if R and P have no pieces in one dimension, or if the slabs are a ring too
// short for the seam.
func (l *level[T]) apart(key leg) bool {
	last := l.dim - 1
	switch {
	case l.fills():
		return true
	case l.dim == 1:
		return l.around || l.r != nil
	case l.Sides[last][0] != pde.Periodic:
		return false
	}
	const others = 4 // clear, prolong or cubic, norms, restrict
	stages := key.before*len(l.post) + key.after*len(l.pre) + others
	return l.slabs() < 2*(stages+1)+2
}

// oddCycle reports that some axis is a ring of an odd number of vertices, whose ends have
// the same colour.
func (l *level[T]) oddCycle() bool {
	for d := range l.dim {
		if l.Sides[d][0] == pde.Periodic && l.N[d]%2 != 0 {
			return true
		}
	}
	return false
}

// beside is the index along axis d of what is one step before or after index i: itself if
// it is an unknown or has a given value, its image, or what a closure takes; zero if that
// is nothing beyond i.
func (l *level[T]) beside(d, i, step int) (at int, zero bool) {
	at, side := i+step, (step+1)/2
	switch {
	case at >= 1 && at <= l.last[d]:
	case l.Sides[d][0] == pde.Periodic:
		at = l.image(d, at)
	case !stencil.ClosedSide(l.Grid, d, side):
	case l.op.closures[d][side].P != 0:
		at = i - step
	default:
		zero = true
	}
	return at, zero
}

// rowBeside is the row of u a step along axis d, 1 or 2, from row (j, k).
func (l *level[T]) rowBeside(u *pde.Field[T], d, step, j, k int) []T {
	index := j
	if d == 2 {
		index = k
	}
	at, zero := l.beside(d, index, step)
	switch {
	case zero:
		return l.zeros
	case d == 1:
		return u.Row(at, k)
	}
	return u.Row(j, at)
}

// closeRow completes the stencil of row (j, k) on the scratch where the row lies at
// sides that are not Dirichlet: the rows beside it, its diagonal, and the ghosts at its ends.
func (l *level[T]) closeRow(d *scratch[T], st *stage[T], j, k int) {
	s := &d.stencil
	within := func(axis, index int) bool { return l.dim <= axis || index > 1 && index < l.last[axis] }
	if l.inner > 1 && within(1, j) && within(2, k) {
		l.closeEnds(d, st.src.Row(j, k))
		return
	}
	for axis, index := range [3]int{1: j, 2: k} {
		if axis == 0 || within(axis, index) {
			continue
		}
		before := &l.rowBeside(st.src, axis, -1, j, k)[d.lo]
		after := &l.rowBeside(st.src, axis, 1, j, k)[d.lo]
		if axis == 1 {
			s.South, s.North = before, after
		} else {
			s.Below, s.Above = before, after
		}
		if index == 1 {
			d.diagonal -= l.op.closures[axis][0].Q * l.weight(axis)
		}
		if index == l.last[axis] {
			d.diagonal -= l.op.closures[axis][1].Q * l.weight(axis)
		}
	}
	if l.inner == 1 {
		d.diagonal -= (l.op.closures[0][0].Q + l.op.closures[0][1].Q) * l.weight(0)
	}
	if d.diagonal != l.op.diagonal {
		switch st.task {
		case toRelax, toMap, toSweep:
			own := l.relaxation(st.sweep.omega, d.diagonal)
			s.A, s.Q, s.X, s.Y, s.Z = own.A, own.Q, own.X, own.Y, own.Z
		default:
			s.A = T(-d.diagonal)
		}
	}
	l.closeEnds(d, st.src.Row(j, k))
}

// closeEnds sets the ghosts at the ends of a row, if they are those of the values at work.
// Those that are right stay untouched: two blocks may read a row at a time, see
// [pass.closeShared].
func (l *level[T]) closeEnds(d *scratch[T], u []T) {
	n := l.inner
	set := func(i int, v T) {
		if u[i] != v {
			u[i] = v
		}
	}
	if l.ring {
		set(0, u[n])
		set(n+1, u[1])
		return
	}
	if e := &l.ends[0]; e.closed && d.lo == 1 {
		set(0, e.p*u[2]+e.q*u[1])
	}
	if e := &l.ends[1]; e.closed && d.lo+d.n == n+1 {
		set(n+1, e.p*u[n-1]+e.q*u[n])
	}
}

// closeShared sets the ghosts of the rows that the first block and the last both take the
// residual of: a coarse row on a periodic side is restricted from both ends of the axis.
func (p *pass[T]) closeShared() {
	l := p.level
	d := &l.hierarchy.scratch[0]
	d.lo, d.n = 1, l.inner
	for q := l.slabs(); q < p.slabs; q++ {
		l.rows(q, 0, l.rowsEnd(), func(j, k int) {
			l.closeEnds(d, p.stages[0].src.Row(l.image(1, j), l.image(2, k)))
		})
	}
}

// relaxRow relaxes a colour of row (j, k). With sums it returns Σ (ω/D r)², r the residual
// before and D that of the scratch, and Σ u² of all its values.
func (l *level[T]) relaxRow(d *scratch[T], st *stage[T], j, k int) (dd, uu float64) {
	if l.op.form == facesForm {
		return l.relaxFacesRow(d, st, j, k)
	}
	s, first := l.stencil(d, st, j, k), st.first(j, k)
	if !l.mends {
		if st.sums {
			return d.loops.RelaxNorms(s, first)
		}
		d.loops.Relax(s, first)
		return 0, 0
	}
	u, last := st.dst.Row(j, k), d.lo+d.n-1
	old := [2]T{u[d.lo], u[last]}
	if st.sums {
		dd, uu = d.loops.RelaxNorms(s, first)
	} else {
		d.loops.Relax(s, first)
	}
	uu += l.mendEnds(d, u, old, [2]bool{first == 0, (d.n-1-first)%2 == 0})
	return dd, uu
}

// mendEnds makes the changes of the end values of a row, from the old ones, those that
// their own diagonals give where D was taken. It returns by how much Σ u² grew.
func (l *level[T]) mendEnds(d *scratch[T], u []T, old [2]T, changed [2]bool) (uu float64) {
	for side := range l.ends {
		e := &l.ends[side]
		i, atEnd := d.lo, d.lo == 1
		if side == 1 {
			i, atEnd = d.lo+d.n-1, d.lo+d.n == l.inner+1
		}
		if e.own == 0 || !atEnd || !changed[side] {
			continue
		}
		factor := e.factor
		if d.diagonal != l.op.diagonal {
			factor = T(d.diagonal / (d.diagonal + e.own))
		}
		mended := old[side] + factor*(u[i]-old[side])
		uu += float64(mended)*float64(mended) - float64(u[i])*float64(u[i])
		u[i] = mended
	}
	return uu
}

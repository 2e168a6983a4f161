package multigrid

// Corrections, u += B (g − A u), in the passes. The residual goes to the second field, v. In two
// dimensions residual and correction are stages of one pass, and a row of the residual lives for
// a few slabs only: there is no v, but a ring of rows of each worker, which stays in its cache,
// and bands of rows around the cuts between blocks, where two workers meet. In three dimensions
// finding the rows of a ring would take longer than v in memory.
//
// A B of 5^d points reads two rows on either side, so its stage keeps two slabs behind the
// residual: a stage that waits is between them, and another one after it, which keeps the next
// residual from overwriting what is still to be read.

import (
	"slices"

	"mgtool/internal/simd"
	"mgtool/pde"
)

// corrections appends the stages of a correction to a list.
func (l *level[T]) corrections(list []stage[T], w sweep) []stage[T] {
	b := l.corrector(w)
	reach := 1
	if b.wide != nil {
		reach = 2
	}
	made := len(list) // the residual's stage
	list = append(list, stage[T]{task: toResidual, src: l.u, dst: l.v, row: l.residual(), over: b.over, reach: reach, residual: made, ringed: l.ringed})
	if reach > 1 {
		list = append(list, stage[T]{task: toWait, src: l.v})
	}
	list = append(list, stage[T]{task: toCorrection, sweep: w, src: l.v, dst: l.u, by: b, reach: reach, residual: made, ringed: l.ringed})
	if reach > 1 {
		list = append(list, stage[T]{task: toWait, src: l.u})
	}
	return list
}

// ringed reports that the residuals of corrections on a grid are in rings, and not in a field:
// where sweeps have corrections and every leg is one pass.
func ringed(grid pde.Grid, pre, post []sweep) bool {
	has := func(orders ...order) (found bool) {
		for _, list := range [][]sweep{pre, post} {
			_ = eachSweep(list, func(w *sweep) error {
				found = found || slices.Contains(orders, w.order)
				return nil
			})
		}
		return found
	}
	periodic := slices.ContainsFunc(grid.Sides[:], func(s [2]pde.Boundary) bool { return s[0] == pde.Periodic })
	return grid.Dim() == 2 && !periodic && has(correction) && !has(forward, backward)
}

// makeRings makes what the pass needs of rings, bands, and rows to be continued.
func (p *pass[T]) makeRings(blocks int) {
	l := p.level
	for w := range blocks {
		d := &l.hierarchy.scratch[w]
		if p.wide && d.wide == nil { // for the widest level
			for range 5 {
				d.wide = append(d.wide, alignedRow[T](l.hierarchy.levels[0].width()+4))
			}
		}
		if !p.ringed {
			continue
		}
		for len(d.rings) <= l.at {
			d.rings = append(d.rings, nil)
		}
		if r := d.rings[l.at]; r == nil || r.N[1] < ringRows(len(p.stages)) {
			d.rings[l.at] = pde.NewField[T](ringGrid(l.Grid, ringRows(len(p.stages))))
		}
	}
	if rows := bandRows(len(p.stages), blocks); p.ringed && rows > 0 && (l.bands == nil || l.bands.N[1] < rows) {
		l.bands = pde.NewField[T](ringGrid(l.Grid, rows))
	}
}

// beyond is how many rows of residuals a correction reads on both sides of its own.
const beyond = 4

// ringRows is how many rows a ring has: as many as are at work.
func ringRows(stages int) int { return stages + beyond }

// bandRows is how many rows the bands of all cuts have, of which each reaches as far as stages do
// that are behind others, and beyond.
func bandRows(stages, blocks int) int { return 2 * (blocks - 1) * ringRows(stages) }

// ringGrid is the grid of rows of residuals: two zeros before the values and after them, and in
// the end a row of zeros.
func ringGrid(g pde.Grid, rows int) pde.Grid {
	return pde.Grid{N: [3]int{g.Inner(0) + 2, rows}, H: [3]float64{1, 1}}
}

// residues is where row (j, k) of the residuals of a stage lies: vertex i of it at the index.
// Beyond the vertices inside it is 0.
func (l *level[T]) residues(d *scratch[T], st *stage[T], j, k int) (data []T, at int) {
	if st.ringed {
		return l.ringRow(d, st, j)
	}
	if l.dim > 1 {
		if j = l.image(1, j); j < 1 || j > l.rowsInside {
			return l.v.Data(), l.v.Offset(0, 0)
		}
	}
	if l.dim > 2 {
		if k = l.image(2, k); k < 1 || k > l.last[2] {
			return l.v.Data(), l.v.Offset(0, 0)
		}
	}
	return l.v.Data(), l.v.Offset(j, k)
}

// ringRow is residues where there are rings.
func (l *level[T]) ringRow(d *scratch[T], st *stage[T], j int) (data []T, at int) {
	ring, q := d.rings[l.at], j-1
	if q < 0 || q >= l.rowsInside {
		return ring.Data(), ring.Offset(ring.N[1], 0)
	}
	// The seam at a cut has or reads rows that are as near as this, and no other rows.
	near := st.residual + 2*st.reach
	cut, number := 0, 0
	switch {
	case d.seam:
		cut, number = d.first, d.unit
	case d.first > 0 && q < d.first+near:
		cut, number = d.first, d.unit-1
	case d.end < l.slabs() && q >= d.end-near:
		cut, number = d.end, d.unit
	default:
		return ring.Data(), ring.Offset(q%ring.N[1], 0)
	}
	half := ringRows(d.stages)
	return l.bands.Data(), l.bands.Offset((2*number+1)*half+q-cut, 0)
}

// storeResidual sets a row of st.dst to g − A u, and returns Σ r². Residuals to be corrected
// by may be over the diagonal of A.
func (l *level[T]) storeResidual(d *scratch[T], st *stage[T], j, k int) (rr float64) {
	var data []T
	var at int
	if st.dst == l.v { // to correct by; both are nil where there are rings
		data, at = l.residues(d, st, j, k)
	} else {
		data, at = st.dst.Data(), st.dst.Offset(j, k)
	}
	out := &data[at+d.lo]
	switch {
	case l.op.form == starForm:
		s := l.stencil(d, st, j, k)
		s.Out = out
		rr = d.loops.Map(s)
	case l.op.form == facesForm && st.over:
		l.facesOverDiagonal(d, st, j, k, data[at+d.lo:at+d.lo+d.n])
		return 0
	default:
		l.generalResidual(d, st.src, j, k, out)
		if st.sums {
			rr = l.squares(d, data[at+d.lo:])
		}
	}
	if st.over {
		l.overDiagonal(d, data[at+d.lo:at+d.lo+d.n], j, k)
	}
	return rr
}

// overDiagonal divides residuals of row (j, k) by the diagonal of A; those of a star, whose
// diagonal differs in rows and at ends next to sides alone, by its ratio to the usual one.
func (l *level[T]) overDiagonal(d *scratch[T], r []T, j, k int) {
	if l.op.form == varyingForm {
		inverse := l.op.inverse.Row(j, k)[d.lo:]
		for i := range r {
			r[i] *= inverse[i]
		}
		return
	}
	if d.diagonal != l.op.diagonal {
		w := T(l.op.diagonal / d.diagonal)
		for i := range r {
			r[i] *= w
		}
	}
	if !l.mends {
		return
	}
	for side := range l.ends {
		i, atEnd := 0, d.lo == 1
		if side == 1 {
			i, atEnd = d.n-1, d.lo+d.n == l.inner+1
		}
		if own := l.ends[side].own; own != 0 && atEnd {
			r[i] *= T(d.diagonal / (d.diagonal + own))
		}
	}
}

// facesOverDiagonal sets out to the residual over the diagonal: what relaxation with the
// weight 1 changes.
func (l *level[T]) facesOverDiagonal(d *scratch[T], st *stage[T], j, k int, out []T) {
	s := l.facesRow(d, st.src, j, k, &out[0])
	s.W = 1
	d.loops.RelaxFaces(s, simd.Every)
	u := st.src.Row(j, k)[d.lo:]
	for i := range out {
		out[i] -= u[i]
	}
}

// correctRow is u += B v on row (j, k).
func (l *level[T]) correctRow(d *scratch[T], st *stage[T], j, k int) {
	u := &st.dst.Row(j, k)[d.lo]
	if st.by.wide != nil {
		l.correctWide(d, st, j, k, u)
		return
	}
	from, to := l.planes()
	for dz := from; dz <= to; dz++ {
		var rows [3]*T
		for t := range rows {
			dy := t - 1
			if l.dim == 1 {
				dy = 0
			}
			data, at := l.residues(d, st, j+dy, k+dz)
			rows[t] = &data[at+d.lo]
		}
		l.weightedPlane(d, st.by.weights, dz, rows, u, 1, j, k, u)
	}
}

// correctWide is correctRow with 5^d points: in each plane as four stencils of 3×3 points around
// the diagonal neighbours, of which one has the middle row, and one the middle column.
func (l *level[T]) correctWide(d *scratch[T], st *stage[T], j, k int, u *T) {
	nine := &d.nine
	nine.Out, nine.Base, nine.S, nine.N = u, u, 1, d.n
	var across, planes int // how far it reaches
	if l.dim > 1 {
		across = 2
	}
	if l.dim > 2 {
		planes = 2
	}
	for dz := -planes; dz <= planes; dz++ {
		var rows [5][]T // from two values before those at work
		for t := range rows {
			if t-2 < -across || t-2 > across {
				continue
			}
			rows[t] = l.wideRow(d, st, t, j+t-2, k+dz)
		}
		plane := st.by.wide[25*(2+dz):]
		for half := range 4 {
			left, top := 2*(half&1), half&2 // of the 3×3 points
			if l.dim == 1 && top > 0 {
				break
			}
			any := false
			for y := range 3 {
				t := top + y
				if l.dim == 1 {
					t = 2
				}
				nine.Rows[y] = &rows[t][1+left]
				for x := range 3 {
					i, c := left+x, T(0)
					if l.dim > 1 || y == 1 {
						c = plane[5*t+i]
					}
					if i == 2 && left > 0 || l.dim > 1 && t == 2 && top > 0 { // has been
						c = 0
					}
					nine.C[3*y+x] = c
					any = any || c != 0
				}
			}
			if any {
				d.loops.MapNine(nine)
			}
		}
	}
}

// wideRow is a row of residuals from two values before those at work to two after them: a copy
// where it does not go on so, along a periodic axis and in one dimension.
func (l *level[T]) wideRow(d *scratch[T], st *stage[T], t, j, k int) []T {
	data, at := l.residues(d, st, j, k)
	if l.dim > 1 && l.Sides[0][0] != pde.Periodic {
		return data[at+d.lo-2:]
	}
	row := d.wide[t]
	copy(row[2:], data[at+d.lo:at+d.lo+d.n])
	for i, x := range [4]int{d.lo - 2, d.lo - 1, d.lo + d.n, d.lo + d.n + 1} {
		v := T(0)
		if x = l.image(0, x); x >= 1 && x <= l.inner {
			v = data[at+x]
		}
		row[[4]int{0, 1, d.n + 2, d.n + 3}[i]] = v
	}
	return row
}

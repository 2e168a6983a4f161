package multigrid

// Operator-dependent interpolation (Dendy, Black box multigrid, 1982; Dendy, two- and
// three-dimensional black box multigrid, 1986), and its use in a cycle.

import (
	"sync"

	"mgtool/internal/parallel"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// base says where the fine index i lies: at coarse point m, or with odd between m and
// m + 1.
func (a *boxAxis) base(i int) (m, odd int) {
	if !a.half {
		return i, 0
	}
	return (i + a.shift) >> 1, (i + a.shift) & 1
}

// fine is where coarse point m lies.
func (a *boxAxis) fine(m int) int {
	if !a.half {
		return m
	}
	return 2*m - a.shift
}

// interpolation makes P. Let x lie between coarse points along the axes S. The rows of A
// summed over the offsets along all other axes, a stencil b of 3^|S| points, determine
//
//	e(x) = −(1/b₀) Σ_{o≠0} b_o e(x+o),
//
// where x+o lies between coarse points along fewer axes than S. So the weight that the
// coarse point M gives to x = M + f is
//
//	w_f(M) = −(1/b₀) Σ_{∅≠T⊆S} b_{−f on T}(x) w_{f without T}(M),   w_0 = 1.
//
// It takes no more than the products of A with constants: interpolation along an interface
// of a jump keeps the flux across it.
func (b *box) interpolation() {
	c := b.coarser
	for f := range b.w {
		if f != 13 && b.reaches(f) {
			b.w[f] = pde.NewField[float64](c.grid)
		}
	}
	pool := sync.Pool{New: func() any { return b.newRowsAround() }}
	for between := 1; between <= b.dim; between++ {
		parallel.For(b.rows(), 1+unitWork/b.n[0], func(lo, hi int) {
			rows := pool.Get().(*rowsAround)
			defer pool.Put(rows)
			rows.at = 0
			for row := lo; row < hi; row++ {
				b.interpolationRow(rows, between, row)
			}
		})
		for _, f := range b.w {
			if f != nil {
				c.fill(f)
			}
		}
	}
}

// reaches reports that P has weights at offset f: along axes that become coarser only.
func (b *box) reaches(f int) bool {
	for d, o := range stencil.Offset(f) {
		if o != 0 && !b.axes[d].half {
			return false
		}
	}
	return true
}

// keep is the least part of the couplings along S that the sum of a row of A must be to
// count in b₀: next to a given value, or where the reaction dominates, it is more. A smaller
// sum is left out, so that P keeps constants.
const keep = 0.25

// interpolationRow makes the weights at the points of a row that lie between coarse ones
// along so many axes.
func (b *box) interpolationRow(around *rowsAround, between, row int) {
	j, k := b.rowAt(row)
	mj, oddJ := b.axes[1].base(j)
	mk, oddK := b.axes[2].base(k)
	var rows *closedRows
	for oddI := range 2 {
		if oddI+oddJ+oddK != between || oddI == 1 && !b.axes[0].half {
			continue
		}
		if rows == nil {
			rows = around.load(b, j, k)
		}
		odd := [3]int{oddI, oddJ, oddK}
		first, last, start, step := b.axes[0].span(oddI)
		count := last + 1 - first
		if count <= 0 {
			continue
		}
		s := &around.folded
		s.fold(b, rows, odd, first*step+start, step, count)
		if b.influence != nil {
			s.weigh(b.influence, around.points(), odd, first*step+start, count)
		}
		s.scale(count)
		corners, n := b.corners(odd, mj, mk)
		for c := range n {
			s.weights(b.coarser, &corners[c], first, count)
		}
	}
}

// rowsAround are the coefficients of a row of A and, where an [Influence] wants them, of the rows
// of points on both sides of it.
type rowsAround struct {
	rows   []*closedRows
	at     int // j of the middle one, 0 is none
	folded folded
}

func (b *box) newRowsAround() *rowsAround {
	r := &rowsAround{}
	for range 3 {
		if r.rows = append(r.rows, b.newClosedRows()); b.influence == nil {
			break
		}
	}
	return r
}

// load takes the rows around (j, k) and returns that one.
func (r *rowsAround) load(b *box, j, k int) *closedRows {
	if b.influence == nil {
		r.rows[0].load(b, j, k)
		return r.rows[0]
	}
	first := 0 // of those that are not there yet
	switch r.at {
	case j - 1:
		first = 2
	case j - 2:
		first = 1
	}
	if r.at == 0 {
		first = 0
	}
	for range (3 - first) % 3 {
		r.rows[0], r.rows[1], r.rows[2] = r.rows[1], r.rows[2], r.rows[0]
	}
	for t := first; t < 3; t++ {
		if at, ok := b.within(1, j-1+t); ok {
			r.rows[t].load(b, at, k)
			continue
		}
		for _, o := range b.support {
			clear(r.rows[t][o])
		}
	}
	r.at = j
	return r.rows[1]
}

// points are the rows as an [Influence] sees them.
func (r *rowsAround) points() (rows [3]*[27][]float64) {
	for t := range rows {
		rows[t] = (*[27][]float64)(r.rows[t])
	}
	return rows
}

// corner is a coarse point around fine ones of a row, step coarse points after their base
// along x: the row of its weights, and the sum that they are.
type corner struct {
	step  int
	out   []float64
	terms [7]cornerTerm
	count int
}

// cornerTerm is b_back w, w = 1 if nil.
type cornerTerm struct {
	back int
	w    []float64
}

// corners are those of the points with these parities in the row of these bases.
func (b *box) corners(odd [3]int, mj, mk int) (list [8]corner, count int) {
	strides := [3]int{1, 3, 9}
	for e := range 8 {
		side := [3]int{e & 1, e >> 1 & 1, e >> 2}
		if side[0] > odd[0] || side[1] > odd[1] || side[2] > odd[2] {
			continue
		}
		j, okJ := b.coarser.within(1, mj+side[1])
		k, okK := b.coarser.within(2, mk+side[2])
		if !okJ || !okK {
			continue
		}
		var f [3]int
		own := 13
		for d := range f {
			f[d] = odd[d] * (1 - 2*side[d]) * strides[d]
			own += f[d]
		}
		c := &list[count]
		count++
		*c = corner{step: side[0], out: b.w[own].Row(j, k)}
		for t := 1; t < 8; t++ { // subsets T of the axes
			back, rest, part := 13, own, true
			for d := range f {
				if t>>d&1 == 1 {
					part = part && odd[d] == 1
					back -= f[d]
					rest -= f[d]
				}
			}
			if !part {
				continue
			}
			term := &c.terms[c.count]
			c.count++
			if *term = (cornerTerm{back: back}); rest != 13 {
				term.w = b.w[rest].Row(j, k)
			}
		}
	}
	return list, count
}

// restrictRow sets row (j, k) of the coarser g to R r, R = Pᵀ of the scaled residual.
func (b *box) restrictRow(j, k int) {
	c, x := b.coarser, &b.axes[0]
	out := c.g.Row(j, k)
	clear(out)
	fj, fk := b.axes[1].fine(j), b.axes[2].fine(k)
	for dz := -1; dz <= 1; dz++ {
		for dy := -1; dy <= 1; dy++ {
			if dz != 0 && !b.axes[2].half || dy != 0 && !b.axes[1].half {
				continue
			}
			r := b.r.Row(fj+dy, fk+dz)
			across := 13 + 3*dy + 9*dz
			if !x.half {
				addProducts(out[1:1+c.n[0]], b.weights(across, j, k, 1, c.n[0]), r[1:])
				continue
			}
			to := out[1 : 1+c.n[0]]
			left, right := b.weights(across-1, j, k, 1, len(to)), b.weights(across+1, j, k, 1, len(to))
			from := r[1-x.shift:][:2*len(to)+1] // of the neighbours on both sides
			if across == 13 {
				for m := range to {
					to[m] += left[m]*from[2*m] + from[2*m+1] + right[m]*from[2*m+2]
				}
				continue
			}
			middle := b.weights(across, j, k, 1, len(to))
			for m := range to {
				to[m] += left[m]*from[2*m] + middle[m]*from[2*m+1] + right[m]*from[2*m+2]
			}
		}
	}
}

// weights are those of P at an offset, of count points of the coarser row (j, k) from i on; nil is
// 1.
func (b *box) weights(offset, j, k, i, count int) []float64 {
	if offset == 13 {
		return nil
	}
	return b.w[offset].Row(j, k)[i:][:count]
}

// addProducts adds w x to a row; w is 1 if nil.
func addProducts(to, w, x []float64) {
	x = x[:len(to)]
	if w == nil {
		for i, v := range x {
			to[i] += v
		}
		return
	}
	w = w[:len(to)]
	for i, v := range x {
		to[i] += w[i] * v
	}
}

// prolongRow adds P e to row (j, k) of u.
func (b *box) prolongRow(j, k int) {
	mj, oddJ := b.axes[1].base(j)
	mk, oddK := b.axes[2].base(k)
	for ez := range oddK + 1 {
		for ey := range oddJ + 1 {
			b.prolongFrom(b.u.Row(j, k), mj+ey, mk+ez, 3*oddJ*(1-2*ey)+9*oddK*(1-2*ez))
		}
	}
}

// prolongFrom adds what the coarse row (j, k) gives to a fine row at this offset.
func (b *box) prolongFrom(u []float64, j, k, across int) {
	c, x := b.coarser, &b.axes[0]
	if _, ok := c.within(1, j); !ok {
		return
	}
	if _, ok := c.within(2, k); !ok {
		return
	}
	e := c.u.Row(j, k)
	across += 13
	if !x.half {
		addProducts(u[1:1+b.n[0]], b.weights(across, j, k, 1, c.n[0]), e[1:])
		return
	}
	// On coarse points, 1 ≤ 2m − shift ≤ n.
	to := u[2-x.shift:]
	if w, at := b.weights(across, j, k, 1, c.n[0]), e[1:1+c.n[0]]; w == nil {
		for m, v := range at {
			to[2*m] += v
		}
	} else {
		for m, v := range at {
			to[2*m] += w[m] * v
		}
	}
	// Between m and m + 1, 1 ≤ 2m − shift + 1 ≤ n; what lies beyond the last ones is 0 or an image.
	first, last := (x.shift+1)>>1, (b.n[0]+x.shift-1)>>1
	count := last + 1 - first
	if count <= 0 {
		return
	}
	to = u[2*first-x.shift+1:]
	right, left := b.weights(across+1, j, k, first, count), b.weights(across-1, j, k, first+1, count)
	before, after := e[first:][:count], e[first+1:][:count]
	for m := range right {
		to[2*m] += right[m]*before[m] + left[m]*after[m]
	}
}

package multigrid

// Levels of black-box multigrid: boxes of indices with an operator of 3^d points, which is
// all that is known of the problem.

import (
	"mgtool/internal/parallel"
	"mgtool/internal/simd"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// box is a level: unknowns at the indices 1 to n[d] along its axes, 0 along those that it
// does not have, with ghosts around them that are 0 or, along periodic axes, images.
// Ghosts of the finest u may be boundary values.
type box struct {
	grid     pde.Grid // of the fields; of a coarser level, one of as many indices
	dim      int
	n        [3]int
	periodic [3]bool
	apart    [3]bool // axes along which nothing couples: the level is many problems side by side
	loops    *simd.GridKernels[float64]

	a       [27]*pde.Field[float64] // coefficients by offset, nil where they are 0
	support []int                   // the offsets of those
	faces   *boxFaces               // what these follow from, or nil
	scale   *[3][]float64           // of row (i, j, k), scale[0][i]·scale[1][j]·scale[2][k]; nil is 1
	inverse *pde.Field[float64]     // 1/diagonal, of a level that relaxes points

	u, g, r *pde.Field[float64]
	fresh   bool         // u is 0, so that the residual is g
	reverse bool         // points of a row are relaxed in the opposite order
	scratch []boxScratch // one a worker

	stages   []rowLoop // of a smoothing step
	planes   []*planes // that these relax
	residual rowLoop
	carry    rowLoop // u += P e
	gather   rowLoop // over the rows of the coarser level: g' = R r

	axes    [3]boxAxis              // to the coarser level
	w       [27]*pde.Field[float64] // P, on the coarser box: what its point gives to the fine one at this offset
	coarser *box

	influence Influence // on w, or nil
	outside   bool      // couplings with ghosts count in the rows that w is made of
}

// boxFaces are the coefficients of the finest level by faces, half as many as by rows: what a
// residual takes is the time to read them. It is for grids without closed sides, whose rows are
// like all others.
type boxFaces struct {
	along    [3]*pde.Field[float64]
	reaction *pde.Field[float64]
}

// boxScratch is the memory of a worker.
type boxScratch struct {
	varying simd.Varying[float64]
	faces   simd.Faces[float64]
	row     [2][]float64 // with the index of the point
}

// boxAxis says where coarse points lie: m at the fine index 2m − shift if half is set,
// at m if not.
type boxAxis struct {
	half  bool
	shift int
	n, nc int
}

// newBox is a level of this many unknowns along its axes.
func newBox(grid pde.Grid) *box {
	b := &box{grid: grid, dim: grid.Dim(), loops: simd.Grid[float64](simd.Best())}
	for d := range b.n {
		b.n[d] = grid.Inner(d)
		b.periodic[d] = d < b.dim && grid.Sides[d][0] == pde.Periodic
	}
	return b
}

// boxOf is the finest level of an operator on one grid.
func boxOf(a stencil.Operator) *box {
	grid, _ := a.Grids()
	b := newBox(grid)
	b.a = a.Coefficients()
	if k, ok := a.Kernel(); ok {
		for o, c := range k {
			if c != 0 {
				f := pde.NewField[float64](grid)
				f.FillInterior(func(_, _, _ float64) float64 { return c })
				b.a[o] = f
			}
		}
	}
	for o, f := range b.a {
		if f != nil {
			b.support = append(b.support, o)
		}
	}
	if along, reaction, ok := a.Faces(); ok && b.open() {
		b.faces = &boxFaces{along, reaction}
	}
	return b
}

// open reports that every side is of vertices with given values, or periodic.
func (b *box) open() bool { return openSides(b.grid) }

func openSides(g pde.Grid) bool {
	for d := range g.Dim() {
		for side := range 2 {
			if stencil.ClosedSide(g, d, side) {
				return false
			}
		}
	}
	return true
}

// ofIndices is a level of n unknowns along the axes, periodic where b is.
func (b *box) ofIndices(n [3]int) *box {
	var g pde.Grid
	for d := range b.dim {
		g.N[d], g.H[d] = n[d]+1, 1
	}
	c := newBox(g)
	c.periodic, c.apart = b.periodic, b.apart
	return c
}

// rows is the number of rows, and rowAt where one lies.
func (b *box) rows() int { return b.n[1] * b.n[2] }

func (b *box) rowAt(row int) (j, k int) {
	if b.dim > 1 {
		j = 1 + row%b.n[1]
	}
	if b.dim > 2 {
		k = 1 + row/b.n[1]
	}
	return j, k
}

// rowLoop is a loop over rows, in units of several.
type rowLoop struct {
	units int
	run   func(worker, unit int)
	then  *rowLoop // after all units
}

func (l rowLoop) do() {
	parallel.Each(l.units, l.run)
	if l.then != nil {
		l.then.do()
	}
}

// loopOver makes a loop over so many rows of the level, in units of about so many values.
func (b *box) loopOver(rows, values int, body func(worker, row int)) rowLoop {
	group := max(1, values/b.n[0])
	return rowLoop{units: (rows + group - 1) / group, run: func(worker, unit int) {
		for row := unit * group; row < min(rows, (unit+1)*group); row++ {
			body(worker, row)
		}
	}}
}

// within returns the index that i along axis d is or is an image of; ok is false for a
// ghost of an axis with ends.
func (b *box) within(d, i int) (at int, ok bool) {
	if d >= b.dim {
		return i, i == 0
	}
	if i >= 1 && i <= b.n[d] {
		return i, true
	}
	return (i-1+b.n[d])%b.n[d] + 1, b.periodic[d]
}

// fill gives the ghosts of a field along periodic axes their values.
func (b *box) fill(f *pde.Field[float64]) {
	if b.periodic == [3]bool{} {
		return
	}
	n := b.n
	last := func(d int) int {
		if d < b.dim {
			return n[d] + 1
		}
		return 0
	}
	if b.periodic[0] {
		for k := range last(2) + 1 {
			for j := range last(1) + 1 {
				row := f.Row(j, k)
				row[0], row[n[0]+1] = row[n[0]], row[1]
			}
		}
	}
	if b.periodic[1] {
		for k := range last(2) + 1 {
			copy(f.Row(0, k), f.Row(n[1], k))
			copy(f.Row(n[1]+1, k), f.Row(1, k))
		}
	}
	if b.periodic[2] {
		for j := range last(1) + 1 {
			copy(f.Row(j, 0), f.Row(j, n[2]))
			copy(f.Row(j, n[2]+1), f.Row(j, 1))
		}
	}
}

// makeScratch makes the memory of every worker, also for planes.
func (b *box) makeScratch() {
	for _, p := range b.planes {
		for _, l := range p.method.levels {
			l.makeScratch()
		}
	}
	for len(b.scratch) < parallel.Workers() {
		b.scratch = append(b.scratch, boxScratch{row: [2][]float64{alignedRow[float64](b.n[0] + 1), alignedRow[float64](b.n[0] + 1)}})
	}
}

// residualRow sets out[i] to g − A u on count values of row (j, k) from index i on.
func (b *box) residualRow(s *boxScratch, out []float64, i, count, j, k int) {
	if b.fresh {
		copy(out[i:i+count], b.g.Row(j, k)[i:])
		return
	}
	u, at := b.u.Data(), b.u.Offset(j, k)+i
	row, plane := b.u.Strides()
	if b.faces != nil {
		f := &s.faces
		x, g := b.faces.along[0].Data(), b.g.Data()
		f.U, f.G, f.West, f.Out, f.N = &u[at], &g[at], &x[at], &out[i], count
		if b.dim > 1 {
			y := b.faces.along[1].Data()
			f.South, f.North, f.FaceSouth, f.FaceNorth = &u[at-row], &u[at+row], &y[at], &y[at+row]
		}
		if b.dim > 2 {
			z := b.faces.along[2].Data()
			f.Below, f.Above, f.FaceBelow, f.FaceAbove = &u[at-plane], &u[at+plane], &z[at], &z[at+plane]
		}
		if f.C = nil; b.faces.reaction != nil {
			f.C = &b.faces.reaction.Data()[at]
		}
		b.loops.ResidualFaces(f)
		return
	}
	v := &s.varying
	if b.dim == 1 {
		row = 0
	}
	v.Out, v.Base, v.S, v.W, v.N = &out[i], &b.g.Data()[b.g.Offset(j, k)+i], 1, -1, count
	from, to := 0, 0
	if b.dim == 3 {
		from, to = -1, 1
	}
	for dz := from; dz <= to; dz++ {
		any := false
		for c, f := range b.a[9*(1+dz) : 9*(2+dz)] {
			v.C[c] = nil
			if f != nil {
				v.C[c], any = &f.Data()[f.Offset(j, k)+i], true
			}
		}
		if !any {
			continue
		}
		p := at + dz*plane
		v.Rows = [3]*float64{&u[p-row], &u[p], &u[p+row]}
		b.loops.MapVarying(v)
		v.Base = v.Out
	}
}

// closedRows are the coefficients of a row of A in the form of set-up: couplings with
// ghosts are 0, and rows are scaled.
type closedRows [27][]float64

func (b *box) newClosedRows() (c *closedRows) {
	c = new(closedRows)
	for o := range c {
		c[o] = make([]float64, b.n[0]+2)
	}
	return c
}

// load takes row (j, k).
func (c *closedRows) load(b *box, j, k int) {
	s := 1.0
	if b.scale != nil {
		s = at(b.scale[1], j) * at(b.scale[2], k)
	}
	for _, o := range b.support {
		out, d := c[o], stencil.Offset(o)
		_, y := b.within(1, j+d[1])
		_, z := b.within(2, k+d[2])
		if (!y || !z) && !b.outside {
			clear(out)
			continue
		}
		row := b.a[o].Row(j, k)
		if b.scale == nil {
			copy(out, row)
		} else {
			for i := 1; i <= b.n[0]; i++ {
				out[i] = s * at(b.scale[0], i) * row[i]
			}
		}
		out[0], out[b.n[0]+1] = 0, 0
		if !b.periodic[0] && !b.outside {
			switch d[0] {
			case -1:
				out[1] = 0
			case 1:
				out[b.n[0]] = 0
			}
		}
	}
}

// at is 1 where there are no weights.
func at(w []float64, i int) float64 {
	if w == nil {
		return 1
	}
	return w[i]
}

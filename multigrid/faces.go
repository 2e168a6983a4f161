package multigrid

// Operators by coefficients of faces in the fused passes.

import (
	"fmt"
	"math"

	"mgtool/internal/parallel"
	"mgtool/internal/simd"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// faces are the coefficients of −∇·(a ∇u) + c u on faces, and c at vertices; nil is 0. Rows
// sum up their diagonal from these and divide by it, which takes no time beside the loads; a
// field of 1/D would be one more array to go through memory.
type faces[T pde.Real] struct {
	along    [3]*pde.Field[T]
	reaction *pde.Field[T]
	fields   int // how many there are
}

// newFaces takes the coefficients of an operator by faces.
func newFaces[T pde.Real](a stencil.Operator) (o operator[T], err error) {
	grid, _ := a.Grids()
	along, reaction, _ := a.Faces()
	o.form, o.faces = facesForm, &faces[T]{fields: grid.Dim()}
	for d := range grid.Dim() {
		o.faces.along[d] = convert[T](along[d])
		for side, kind := range grid.Sides[d] {
			if kind == pde.Neumann && !grid.Cells {
				o.closures[d][side].P = 1 // beyond is the mirror image, as of the faces
			}
		}
	}
	if reaction != nil {
		o.faces.reaction = convert[T](reaction)
		o.faces.fields++
	}
	type extent struct{ least, most, c float64 }
	var parts [16]extent
	for i := range parts { // of which some may have no row
		parts[i].least = math.Inf(1)
	}
	parallel.Blocks(grid.RowCount(), len(parts), func(block, lo, hi int) {
		e := extent{least: math.Inf(1)}
		sums := make([]float64, grid.Inner(0))
		for row := lo; row < hi; row++ {
			o.faces.diagonals(sums, grid, row)
			for _, d := range sums {
				if d < e.least {
					e.least = d
				}
				if d > e.most {
					e.most = d
				}
			}
			j, k := grid.RowAt(row)
			if reaction != nil {
				for _, c := range reaction.Row(j, k)[1 : 1+len(sums)] {
					e.c = max(e.c, c)
				}
			}
			if grid.Cells {
				e.c = max(e.c, mostOfSides(along, j, k))
			}
		}
		parts[block] = e
	})
	least := math.Inf(1)
	for _, e := range parts {
		least, o.diagonal, o.rowSum = min(least, e.least), max(o.diagonal, e.most), max(o.rowSum, e.c)
	}
	if least == 0 {
		return o, fmt.Errorf("multigrid: the diagonal of %v has a zero: no face of that unknown conducts, and there is no reaction; want either", a)
	}
	o.norm = 2 * o.diagonal
	return o, nil
}

// mostOfSides is the largest coefficient of the faces of row (j, k) on sides of cells that
// are not periodic, which hold u.
func mostOfSides(along [3]*pde.Field[float64], j, k int) (most float64) {
	grid := along[0].Grid
	for d, x := range [3]int{1, j, k} {
		for side, at := range [2]int{1, grid.Inner(d)} {
			if !stencil.ClosedSide(grid, d, side) || d > 0 && x != at {
				continue
			}
			switch d {
			case 0:
				most = max(most, along[0].At(at+side, j, k))
			default:
				y := [3]int{1: j, 2: k}
				y[d] += side
				for _, f := range along[d].Row(y[1], y[2])[1 : 1+grid.Inner(0)] {
					most = max(most, f)
				}
			}
		}
	}
	return most
}

// diagonals sets sums to the diagonal of a row of unknowns.
func (f *faces[T]) diagonals(sums []float64, grid pde.Grid, row int) {
	j, k := grid.RowAt(row)
	x := f.along[0].Row(j, k)[1:]
	for i := range sums {
		sums[i] = float64(x[i]) + float64(x[i+1])
	}
	add := func(row []T) {
		row = row[1 : 1+len(sums)]
		for i := range sums {
			sums[i] += float64(row[i])
		}
	}
	if y := f.along[1]; y != nil {
		add(y.Row(j, k))
		add(y.Row(j+1, k))
	}
	if z := f.along[2]; z != nil {
		add(z.Row(j, k))
		add(z.Row(j, k+1))
	}
	if f.reaction != nil {
		add(f.reaction.Row(j, k))
	}
}

// meanFaces are the means of a_d, which is f_d h_d².
func meanFaces(a stencil.Operator) (mean [3]float64) {
	grid, _ := a.Grids()
	along, _, _ := a.Faces()
	for d := range grid.Dim() {
		sum := sumRows(grid, func(j, k int) (sum float64) {
			for _, v := range along[d].Row(j, k)[1 : 1+grid.Inner(0)] {
				sum += v
			}
			return sum
		})
		mean[d] = sum * grid.H[d] * grid.H[d] / float64(grid.Unknowns())
	}
	return mean
}

// facesRow prepares a row of u, or a piece of it, for kernels; the result goes to out.
func (l *level[T]) facesRow(d *scratch[T], u *pde.Field[T], j, k int, out *T) *simd.Faces[T] {
	s, f := &d.faces, l.op.faces
	at := u.Offset(j, k) + d.lo // in all fields of a level
	row, plane := u.Strides()
	v, x := u.Data(), f.along[0].Data()
	s.U, s.G, s.West, s.Out, s.N = &v[at], &l.g.Data()[at], &x[at], out, d.n
	if l.dim > 1 {
		y := f.along[1].Data()
		s.South, s.North, s.FaceSouth, s.FaceNorth = &v[at-row], &v[at+row], &y[at], &y[at+row]
	}
	if l.dim > 2 {
		z := f.along[2].Data()
		s.Below, s.Above, s.FaceBelow, s.FaceAbove = &v[at-plane], &v[at+plane], &z[at], &z[at+plane]
	}
	if l.around {
		if l.dim > 1 {
			s.South, s.North = &l.rowBeside(u, 1, -1, j, k)[d.lo], &l.rowBeside(u, 1, 1, j, k)[d.lo]
		}
		if l.dim > 2 {
			s.Below, s.Above = &l.rowBeside(u, 2, -1, j, k)[d.lo], &l.rowBeside(u, 2, 1, j, k)[d.lo]
		}
		l.closeEnds(d, u.Row(j, k))
	}
	if f.reaction != nil {
		s.C = &f.reaction.Data()[at]
	}
	return s
}

// relaxFacesRow is relaxRow by faces, with Σ r² for the first sum.
func (l *level[T]) relaxFacesRow(d *scratch[T], st *stage[T], j, k int) (rr, uu float64) {
	s := l.facesRow(d, st.src, j, k, &st.dst.Row(j, k)[d.lo])
	s.W = T(st.sweep.omega)
	s.Ahead, s.Ahead2 = l.ahead(&st.fetch[0], j, k), l.ahead(&st.fetch[1], j, k)
	d.diagonal = l.op.diagonal
	if st.sums {
		return d.loops.RelaxFacesNorms(s, st.first(j, k))
	}
	d.loops.RelaxFaces(s, st.first(j, k))
	return 0, 0
}

package stencil

// Symmetric operators of 2d+1 points with a coefficient for every face between two
// neighbours: −∇·(a ∇u) + c u as fluxes through faces.

import (
	"errors"
	"fmt"
	"sync/atomic"

	"mgtool/internal/parallel"
	"mgtool/pde"
)

// faces are the coefficients of an operator that [Faces] made.
type faces struct {
	along    [3]*pde.Field[float64]
	reaction *pde.Field[float64] // nil is 0
}

// Faces is −∇·(a ∇u) + c u with fluxes through the faces between neighbours,
//
//	(A u)(x) = Σ_d [f_d(x) (u(x) − u(x−e_d)) + f_d(x+e_d) (u(x) − u(x+e_d))] + c(x) u(x)
//
// along[d] holds f_d, which is a/h_d² on the face between x−e_d and x; the last face has
// the index Inner(d)+1 of the ghost. A field of reaction holds c; without one c is 0.
// Coefficients are 0 or more, and along[d] is nil along axes that g does not have.
//
// The fields are on g, and the operator keeps them: do not change them afterwards. It
// sets what the sides say. On a periodic side the first and the last face are one. Beyond
// a Neumann side of a grid of vertices lies the mirror image of the face before it, and of
// u: the row there has 2 f (u₀ − u₁), since the volume of an unknown on the side is half a
// cell. Faces on other than periodic sides of a grid of cells conduct to a value of 0: with a
// condition of Dirichlet or Robin there, f is the conductance of the half cell and of the
// condition, one after the other, and on an insulated side 0.
func Faces(g pde.Grid, along [3]*pde.Field[float64], reaction *pde.Field[float64]) (Operator, error) {
	if err := checkGrid(g); err != nil {
		return Operator{}, err
	}
	if g.Stretch != nil {
		return Operator{}, errors.New("stencil: faces on a grid of unequal widths; want equal ones, or coefficients by Varying")
	}
	for d, f := range along {
		switch {
		case d >= g.Dim() && f != nil:
			return Operator{}, fmt.Errorf("stencil: faces along axis %d in dimension %d; want none", d, g.Dim())
		case d >= g.Dim():
		case f == nil:
			return Operator{}, fmt.Errorf("stencil: no faces along axis %d; want a field", d)
		case f.Grid != g:
			return Operator{}, fmt.Errorf("stencil: faces along axis %d on %v; want %v with the same widths and sides", d, f.Grid, g)
		}
	}
	if reaction != nil && reaction.Grid != g {
		return Operator{}, fmt.Errorf("stencil: reaction on %v; want %v with the same widths and sides", reaction.Grid, g)
	}
	a := facesOf(g, faces{along, reaction})
	for d := range g.Dim() {
		if err := checkFaces(along[d], d, fmt.Sprintf("faces along axis %d", d)); err != nil {
			return Operator{}, err
		}
	}
	if reaction != nil {
		if err := checkFaces(reaction, -1, "reaction"); err != nil {
			return Operator{}, err
		}
	}
	return a, nil
}

// facesOf makes the operator, with the ghosts of the coefficients set.
func facesOf(g pde.Grid, f faces) Operator {
	a := Operator{kind: onGrid, fine: g, coarse: g, step: [3]int{1, 1, 1}, faces: &f}
	for d := range g.Dim() {
		f.along[d].FillGhosts()
		setClosed(f.along[d], d)
	}
	if f.reaction != nil {
		f.reaction.FillGhosts()
	}
	for _, o := range []int{-9, -3, -1, 0, 1, 3, 9} {
		if !beyond(g, centre+o) {
			a.support = append(a.support, centre+o)
		}
	}
	a.again = a.coarseFaces
	return a
}

// setClosed sets the first and the last faces of axis d on Neumann sides of vertices.
func setClosed(f *pde.Field[float64], d int) {
	inner := f.Inner(d)
	for side, at := range [2][2]int{{1, 2}, {inner + 1, inner}} {
		if f.Cells || !ClosedSide(f.Grid, d, side) {
			continue
		}
		set := func(i, j, k int) {
			index, image := [3]int{i, j, k}, [3]int{i, j, k}
			index[d], image[d] = at[0], at[1]
			f.Set(index[0], index[1], index[2], f.At(image[0], image[1], image[2]))
		}
		var lo, hi [3]int
		for e := range lo {
			lo[e], hi[e] = f.Inside(e)
		}
		hi[d] = lo[d] + 1
		for k := lo[2]; k < hi[2]; k++ {
			for j := lo[1]; j < hi[1]; j++ {
				for i := lo[0]; i < hi[0]; i++ {
					set(i, j, k)
				}
			}
		}
	}
}

// lastFaces are the last indices along x, y and z of the faces along axis d, of which a
// periodic axis has as many as unknowns; with −1, of the unknowns.
func lastFaces(g pde.Grid, d int) (last [3]int) {
	for e := range last {
		_, hi := g.Inside(e)
		last[e] = hi - 1
	}
	if d >= 0 && g.Sides[d][1] != pde.Periodic {
		last[d]++
	}
	return last
}

// eachFaceRow calls what body returns for the rows that have faces along axis d, or
// unknowns with −1, several at a time: body is called once for some rows, to make room.
func eachFaceRow(g pde.Grid, d int, body func() func(j, k int)) {
	last := lastFaces(g, d)
	j0, _ := g.Inside(1)
	k0, _ := g.Inside(2)
	rows := last[1] - j0 + 1
	parallel.For(rows*(last[2]-k0+1), 1+16384/g.N[0], func(lo, hi int) {
		row := body()
		for r := lo; r < hi; r++ {
			row(j0+r%rows, k0+r/rows)
		}
	})
}

// checkFaces accepts finite values, 0 or more, of the faces along axis d, or of the
// unknowns with −1.
func checkFaces(f *pde.Field[float64], d int, what string) error {
	var failed atomic.Pointer[error]
	last := lastFaces(f.Grid, d)[0]
	eachFaceRow(f.Grid, d, func() func(j, k int) {
		return func(j, k int) {
			for i, v := range f.Row(j, k)[1 : last+1] {
				if !(v >= 0 && v-v == 0) {
					at := [3]int{1 + i, j, k}
					err := fmt.Errorf("stencil: %s: %g at index %v; want a finite number, 0 or more", what, v, at[:f.Dim()])
					failed.CompareAndSwap(nil, &err)
					return
				}
			}
		}
	})
	if err := failed.Load(); err != nil {
		return *err
	}
	return nil
}

// Faces returns the coefficients of an operator that the function [Faces] made, for
// reading only. Their ghosts are set.
func (a Operator) Faces() (along [3]*pde.Field[float64], reaction *pde.Field[float64], ok bool) {
	if a.faces == nil {
		return along, nil, false
	}
	return a.faces.along, a.faces.reaction, true
}

// reflected is index i along axis d, or that of its mirror image if it is a ghost beyond
// a Neumann side of vertices. With zero, it is a ghost beyond a side of cells, whose value
// counts as 0.
func reflected(g pde.Grid, d, i int) (at int, zero bool) {
	inner := g.Inner(d)
	beyond := i == 0 && ClosedSide(g, d, 0) || i == inner+1 && ClosedSide(g, d, 1)
	switch {
	case !beyond || g.Cells:
		return i, beyond
	case i == 0:
		return 2, false
	}
	return inner - 1, false
}

// row adds A u of row (j, k) to out.
func (f *faces) row(out []float64, u *pde.Field[float64], j, k int) {
	g := u.Grid
	lo, hi := g.Inside(0)
	v := u.Row(j, k)
	x := f.along[0].Row(j, k)
	for i := lo; i < hi; i++ {
		for step := range 2 { // the faces before and after
			n := 0.0
			if at, zero := reflected(g, 0, i-1+2*step); !zero {
				n = v[at]
			}
			out[i-lo] += x[i+step] * (v[i] - n)
		}
	}
	add := func(faces, beside []float64) {
		for i := lo; i < hi; i++ {
			n := 0.0
			if beside != nil {
				n = beside[i]
			}
			out[i-lo] += faces[i] * (v[i] - n)
		}
	}
	for step := range 2 {
		if g.Dim() > 1 {
			var beside []float64
			if at, zero := reflected(g, 1, j-1+2*step); !zero {
				beside = u.Row(at, k)
			}
			add(f.along[1].Row(j+step, k), beside)
		}
		if g.Dim() > 2 {
			var beside []float64
			if at, zero := reflected(g, 2, k-1+2*step); !zero {
				beside = u.Row(j, at)
			}
			add(f.along[2].Row(j, k+step), beside)
		}
	}
	if f.reaction != nil {
		for i, c := range f.reaction.Row(j, k)[lo:hi] {
			out[i] += c * v[lo+i]
		}
	}
}

// entries appends the entries of the row of the matrix that belongs to the unknown x.
// Those of ghosts on closed sides are part of their images.
func (f *faces) entries(list []entry, x [3]int) []entry {
	g := f.along[0].Grid
	first := len(list)
	list = append(list, entry{y: x})
	sum := 0.0
	if f.reaction != nil {
		sum = f.reaction.At(x[0], x[1], x[2])
	}
	for d := range g.Dim() {
		for _, step := range []int{-1, 1} {
			face, y := x, x
			if step > 0 {
				face[d]++
			}
			c := f.along[d].At(face[0], face[1], face[2])
			sum += c
			at, zero := reflected(g, d, x[d]+step)
			if zero || g.Cells && c == 0 {
				continue
			}
			y[d] = at
			list = append(list, entry{y, -c})
		}
	}
	list[first].c = sum
	return list
}

// varying is the operator with a field of coefficients for each offset.
func (a Operator) varying() Operator {
	g := a.fine
	var c Coefficients
	for _, o := range a.support {
		c[o] = pde.NewField[float64](g)
	}
	g.Rows(func(j, k int) { a.faces.fill(&c, j, k) })
	a.faces, a.fields = nil, &c
	return a
}

// fill sets the coefficients of row (j, k), which are 0, to what entries tells.
func (f *faces) fill(c *Coefficients, j, k int) {
	g := f.along[0].Grid
	n := g.Inner(0)
	diagonal := c[centre].Row(j, k)[1 : 1+n]
	if f.reaction != nil {
		copy(diagonal, f.reaction.Row(j, k)[1:1+n])
	}
	for d := range g.Dim() {
		stride := [3]int{1, 3, 9}[d]
		at := [3]int{0, j, k}
		for _, step := range [2]int{-1, 1} {
			face := at
			face[d] += max(step, 0)
			faces := f.along[d].Row(face[1], face[2])[1+face[0]:][:n]
			for i, v := range faces {
				diagonal[i] += v
			}
			subtract := func(image, lo, hi int) { // of unknowns lo to hi−1 of the row
				to := c[centre+image*stride].Row(j, k)[1+lo : 1+hi]
				for i, v := range faces[lo:hi] {
					to[i] -= v
				}
			}
			if d > 0 {
				if image, zero := reflected(g, d, at[d]+step); !zero {
					subtract(image-at[d], 0, n)
				}
				continue
			}
			end := 0 // the unknown whose neighbour may be a ghost
			if step > 0 {
				end = n - 1
			}
			subtract(step, 1-max(step, 0), n-max(step, 0))
			if image, zero := reflected(g, 0, 1+end+step); !zero {
				subtract(image-1-end, end, end+1)
			}
		}
	}
}

// scaled is the coefficients times s.
func (f *faces) scaled(s float64) *faces {
	times := func(f *pde.Field[float64]) *pde.Field[float64] {
		if f == nil {
			return nil
		}
		c := f.Clone()
		for i, v := range c.Data() {
			c.Data()[i] = s * v
		}
		return c
	}
	c := &faces{reaction: times(f.reaction)}
	for d, along := range f.along {
		c.along[d] = times(along)
	}
	return c
}

package multigrid

// A as the passes use it: the operator of a level in its fastest form.

import (
	"fmt"
	"math"

	"mgtool/internal/simd"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// form is which loops apply an operator.
type form int

const (
	starForm    form = iota // constant, 2d+1 points: fused kernels
	kernelForm              // constant, 3^d points
	varyingForm             // coefficients of its own at every vertex
	facesForm               // coefficients of faces, 2d+1 points: fused kernels
)

// operator is A of a level. A star is kept as −Σ a_d ∂²/∂x_d² + c, so that its
// coefficients round once.
type operator[T pde.Real] struct {
	form     form
	a        [3]float64
	c        float64
	diagonal float64               // D, of a varying operator its largest entry by absolute value
	norm     float64               // at least ‖A‖; not of a star
	rowSum   float64               // the largest |A 1|; of a varying operator on closed grids alone
	closures [3][2]stencil.Closure // of a star, and by faces

	weights *weights[T]   // of kernelForm and varyingForm
	faces   *faces[T]     // of facesForm
	inverse *pde.Field[T] // 1/D of a varying operator
}

// newOperator takes the coefficients of a for numbers of type T.
func newOperator[T pde.Real](a stencil.Operator) (o operator[T], err error) {
	if _, _, ok := a.Faces(); ok {
		return newFaces[T](a)
	}
	grid, _ := a.Grids()
	constant, varying, err := a.Diagonal()
	if err != nil {
		return o, err
	}
	if zero := constant == 0 && varying == nil; zero || hasZero(varying) {
		return o, fmt.Errorf("multigrid: the diagonal of %v has a zero or a NaN; want neither", a)
	}
	if weights, c, ok := starOf(a); ok {
		o.a, o.c, o.form = weights, c, starForm
		o.diagonal, o.rowSum = starDiagonal(grid, weights, c), math.Abs(c)
		o.closures, _ = a.Closures()
		for d := range grid.Dim() {
			for side, s := range o.closures[d] {
				if stencil.ClosedSide(grid, d, side) {
					o.rowSum += (1 - s.P - s.Q) * weights[d] / (grid.H[d] * grid.H[d])
				}
			}
		}
		return o, nil
	}
	o.weights = weightsOf[T](a)
	if k, ok := a.Kernel(); ok {
		o.form, o.diagonal = kernelForm, constant
		for _, v := range k {
			o.norm += math.Abs(v)
			o.rowSum += v
		}
		o.rowSum = math.Abs(o.rowSum)
		return o, nil
	}
	o.form = varyingForm
	for _, f := range a.Coefficients() {
		if f != nil {
			largest := 0.0
			for _, v := range f.Interior() {
				largest = max(largest, math.Abs(v))
			}
			o.norm += largest
		}
	}
	o.inverse = pde.NewField[T](grid)
	grid.Rows(func(j, k int) {
		lo, hi := grid.Inside(0)
		out := o.inverse.Row(j, k)[lo:hi]
		for i, d := range varying.Row(j, k)[lo:hi] {
			out[i] = T(1 / d)
		}
	})
	for _, d := range varying.Interior() {
		if math.Abs(d) > math.Abs(o.diagonal) {
			o.diagonal = d
		}
	}
	if !grid.Closed() { // A 1 is not asked for
		return o, nil
	}
	ones := pde.NewField[float64](grid)
	ones.FillInterior(func(_, _, _ float64) float64 { return 1 })
	ones.FillGhosts()
	sums := pde.NewField[float64](grid)
	if err := a.Apply(sums, ones); err != nil {
		return o, err
	}
	for _, v := range sums.Interior() {
		o.rowSum = max(o.rowSum, math.Abs(v))
	}
	return o, nil
}

// hasZero reports that a value inside is 0 or no number.
func hasZero(f *pde.Field[float64]) bool {
	if f == nil {
		return false
	}
	inner := f.Inner(0)
	for row := range f.RowCount() {
		for _, v := range f.Row(f.RowAt(row))[1 : 1+inner] {
			if v == 0 || math.IsNaN(v) {
				return true
			}
		}
	}
	return false
}

// formOf is the form of an operator, and the number of fields that it takes.
func formOf(a stencil.Operator) (f form, fields int64) {
	if _, _, ok := starOf(a); ok {
		return starForm, 0
	}
	if _, ok := a.Kernel(); ok {
		return kernelForm, 0
	}
	if _, reaction, ok := a.Faces(); ok {
		grid, _ := a.Grids()
		fields = int64(grid.Dim())
		if reaction != nil {
			fields++
		}
		return facesForm, fields
	}
	fields = 1 // the inverse diagonal
	for _, c := range a.Coefficients() {
		if c != nil {
			fields++
		}
	}
	return varyingForm, fields
}

// starOf gives a and c of a star.
func starOf(op stencil.Operator) (a [3]float64, c float64, ok bool) {
	if a, c, ok := op.Diffusion(); ok {
		return a, c, true
	}
	weights, centre, ok := op.Star()
	if !ok {
		return a, 0, false
	}
	grid, _ := op.Grids()
	for d := range grid.Dim() {
		a[d] = weights[d] * grid.H[d] * grid.H[d]
		centre -= 2 * weights[d]
	}
	return a, centre, true
}

// starDiagonal is Σ 2a/h² + c.
func starDiagonal(g pde.Grid, a [3]float64, c float64) float64 {
	var w [3]float64
	for d := range g.Dim() {
		w[d] = a[d] / (g.H[d] * g.H[d])
	}
	return 2*w[0] + 2*w[1] + 2*w[2] + c
}

// convert copies a field to numbers of type T.
func convert[T pde.Real](f *pde.Field[float64]) *pde.Field[T] {
	if same, ok := any(f).(*pde.Field[T]); ok {
		return same
	}
	out := pde.NewField[T](f.Grid)
	var last [3]int // with the ghosts beyond
	for d := range f.Dim() {
		last[d] = f.Inner(d) + 1
	}
	for k := range last[2] + 1 {
		for j := range last[1] + 1 {
			to := out.Row(j, k)[:last[0]+1] // rows of float32 and float64 are padded differently
			for i, v := range f.Row(j, k)[:last[0]+1] {
				to[i] = T(v)
			}
		}
	}
	return out
}

// bounds are the norm of A, at most the sum of the absolute values of a row, and its
// condition, 0 if that is not known.
type bounds struct{ norm, condition float64 }

// bounds of a star: the smallest eigenvalue of −Δ is π²/length² of every axis with given
// values at its ends, a quarter of it with one at one end, else at least 0.
func (l *level[T]) bounds() (b bounds) {
	if l.op.form != starForm {
		return bounds{norm: l.op.norm}
	}
	b.norm = math.Abs(2*l.op.diagonal - l.op.c)
	least := l.op.c
	for d := range l.dim {
		length := float64(l.N[d]) * l.H[d]
		smallest := l.op.a[d] * math.Pi * math.Pi / (length * length)
		switch given := l.Sides[d]; {
		case given[0] == pde.Dirichlet && given[1] == pde.Dirichlet:
			least += smallest
		case given[0] == pde.Dirichlet || given[1] == pde.Dirichlet:
			least += smallest / 4
		}
		for _, s := range l.op.closures[d] {
			if s.P != 0 { // the diagonal has −Q more
				b.norm += math.Abs(s.Q) * l.weight(d)
			}
		}
	}
	if least > 0 {
		b.condition = b.norm / least
	}
	return b
}

// residual is the coefficients of g − A u of a star.
func (l *level[T]) residual() simd.Stencil[T] { return l.coefficients(-l.op.diagonal, 1) }

// relaxation is the coefficients of u + ω/D (g − A u) of a star, with the diagonal D of
// the row.
func (l *level[T]) relaxation(omega, diagonal float64) simd.Stencil[T] {
	return l.coefficients(1-omega, omega/diagonal)
}

// weight is a/h² along axis d of a star.
func (l *level[T]) weight(d int) float64 { return l.op.a[d] / (l.H[d] * l.H[d]) }

// coefficients are those of p u + q (g + Σ of the neighbours times a/h²).
func (l *level[T]) coefficients(p, q float64) simd.Stencil[T] {
	w := [3]T{}
	for d := range l.dim {
		w[d] = T(q * l.op.a[d] / (l.H[d] * l.H[d]))
	}
	return simd.Stencil[T]{A: T(p), Q: T(q), X: w[0], Y: w[1], Z: w[2], N: l.inner}
}

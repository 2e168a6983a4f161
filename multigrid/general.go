package multigrid

// Rows of all that is no star: operators of 3^d points with constant or variable
// coefficients, and those by faces.

import (
	"mgtool/internal/simd"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// rowsAround puts the rows of plane k+dz around row j on the scratch, from vertex d.lo
// on, as the kernels take them.
func (l *level[T]) rowsAround(d *scratch[T], f *pde.Field[T], j, k int) (rows [3]*T) {
	data, at := f.Data(), f.Offset(j, k)+d.lo
	row, _ := f.Strides()
	if l.dim == 1 {
		row = 0 // coefficients across are 0
	}
	return [3]*T{&data[at-row], &data[at], &data[at+row]}
}

// planes are the offsets along z that an operator has entries for.
func (l *level[T]) planes() (from, to int) {
	if l.dim == 3 {
		return -1, 1
	}
	return 0, 0
}

// weights are the coefficients of an operator, by the index 9(1+dz)+3(1+dy)+1+dx.
type weights[T pde.Real] struct {
	constant [27]T
	varying  *[27]*pde.Field[T] // of every vertex, nil is 0; nil if they are constant
}

func weightsOf[T pde.Real](a stencil.Operator) *weights[T] {
	w := &weights[T]{}
	if k, ok := a.Kernel(); ok {
		for i, v := range k {
			w.constant[i] = T(v)
		}
		return w
	}
	w.varying = new([27]*pde.Field[T])
	for i, f := range a.Coefficients() {
		if f != nil {
			w.varying[i] = convert[T](f)
		}
	}
	return w
}

// weightedRow sets out = base + q Σ w u on row (j, k), from vertex d.lo on.
func (l *level[T]) weightedRow(d *scratch[T], w *weights[T], base *T, q T, u *pde.Field[T], j, k int, out *T) {
	from, to := l.planes()
	for dz := from; dz <= to; dz++ {
		l.weightedPlane(d, w, dz, l.rowsAround(d, u, j, k+dz), base, q, j, k, out)
		base = out
	}
}

// weightedPlane sets out = base + q Σ w u on row (j, k) for the plane of w at an offset dz,
// of three rows of u.
func (l *level[T]) weightedPlane(d *scratch[T], w *weights[T], dz int, rows [3]*T, base *T, q T, j, k int, out *T) {
	if w.varying == nil {
		nine := &d.nine
		nine.Out, nine.Base, nine.Rows, nine.S, nine.N = out, base, rows, 1, d.n
		for i, c := range w.constant[9*(1+dz) : 9*(2+dz)] {
			nine.C[i] = q * c
		}
		d.loops.MapNine(nine)
		return
	}
	v := &d.varying
	v.Out, v.Base, v.Rows, v.S, v.W, v.N = out, base, rows, 1, q, d.n
	for i, f := range w.varying[9*(1+dz) : 9*(2+dz)] {
		v.C[i] = nil
		if f != nil {
			v.C[i] = &f.Data()[f.Offset(j, k)+d.lo]
		}
	}
	d.loops.MapVarying(v)
}

// generalResidual sets out = g − A u on row (j, k).
func (l *level[T]) generalResidual(d *scratch[T], u *pde.Field[T], j, k int, out *T) {
	if l.op.form == facesForm {
		d.loops.ResidualFaces(l.facesRow(d, u, j, k, out))
		return
	}
	l.weightedRow(d, l.op.weights, &l.g.Data()[l.g.Offset(j, k)+d.lo], -1, u, j, k, out)
}

// generalRelaxed sets out = u + ω/D (g − A u) on row (j, k); out is not of u.
func (l *level[T]) generalRelaxed(d *scratch[T], st *stage[T], j, k int, out []T) {
	if l.op.form == facesForm {
		s := l.facesRow(d, st.src, j, k, &out[0])
		s.W = T(st.sweep.omega)
		d.loops.RelaxFaces(s, simd.Every)
		return
	}
	l.generalResidual(d, st.src, j, k, &out[0])
	u := st.src.Row(j, k)[d.lo:]
	r := out[:d.n]
	if l.op.form == kernelForm {
		w := T(st.sweep.omega / l.op.diagonal)
		for i := range r {
			r[i] = u[i] + w*r[i]
		}
		return
	}
	w := T(st.sweep.omega)
	inverse := l.op.inverse.Row(j, k)[d.lo:]
	for i := range r {
		r[i] = u[i] + w*inverse[i]*r[i]
	}
}

// colourRow relaxes the vertices of row (j, k) that have the colour of the stage.
func (l *level[T]) colourRow(d *scratch[T], st *stage[T], j, k int) {
	parity := st.sweep.parity
	if (l.dim > 1 && j&1 != parity>>1&1) || (l.dim > 2 && k&1 != parity>>2&1) {
		return
	}
	first := (parity ^ d.lo) & 1
	if l.op.form == kernelForm {
		l.relaxColour(d, st, j, k, first)
		return
	}
	out := d.temp[0][1:]
	l.generalRelaxed(d, st, j, k, out)
	d.loops.CopyColour(&st.dst.Row(j, k)[d.lo], &out[0], first, d.n)
}

// relaxColour sets u = ω/D g + (1 − ω/D A) u in place on every second vertex of row (j, k)
// from first on: the planes below in a row of the scratch, the last one in u.
func (l *level[T]) relaxColour(d *scratch[T], st *stage[T], j, k, first int) {
	w := T(st.sweep.omega / l.op.diagonal)
	nine := &d.nine
	nine.Base, nine.S, nine.N = &l.g.Data()[l.g.Offset(j, k)+d.lo], w, d.n
	from, to := l.planes()
	for dz := from; dz <= to; dz++ {
		for i, c := range l.op.weights.constant[9*(1+dz) : 9*(2+dz)] {
			nine.C[i] = -w * c
		}
		if dz == 0 {
			nine.C[4]++
		}
		nine.Rows = l.rowsAround(d, st.src, j, k+dz)
		if dz == to {
			nine.Out = &st.dst.Row(j, k)[d.lo]
			d.loops.RelaxNine(nine, first)
			return
		}
		nine.Out = &d.temp[0][1]
		d.loops.MapNine(nine)
		nine.Base, nine.S = nine.Out, 1
	}
}

// generalSweepRow relaxes a row value by value.
func (l *level[T]) generalSweepRow(d *scratch[T], st *stage[T], j, k int) {
	i, end, step := d.lo, d.lo+d.n, 1
	if st.sweep.order == backward {
		i, end, step = d.lo+d.n-1, d.lo-1, -1
	}
	n := d.n
	lo := d.lo
	d.n = 1
	for ; i != end; i += step {
		d.lo = i
		l.generalRelaxed(d, st, j, k, d.temp[0])
		st.dst.Row(j, k)[i] = d.temp[0][0]
	}
	d.lo, d.n = lo, n
}

// normsRow is Σ (g − A u)² and Σ u² of a row.
func (l *level[T]) normsRow(d *scratch[T], st *stage[T], j, k int) (rr, uu float64) {
	if l.op.form == starForm {
		return d.loops.Norms(l.stencil(d, st, j, k))
	}
	r := d.temp[0][1:]
	l.generalResidual(d, st.src, j, k, &r[0])
	return l.squares(d, r), l.squares(d, st.src.Row(j, k)[d.lo:])
}

// squares is Σ x² of the values at work.
func (l *level[T]) squares(d *scratch[T], x []T) float64 {
	return squares(d.loops, x[:d.n])
}

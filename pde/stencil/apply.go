package stencil

// y = A x as loops over rows.

import (
	"errors"
	"fmt"

	"mgtool/pde"
)

// Apply sets y = A x at the unknowns of y and leaves the ghosts of y alone. The ghosts
// of x enter and must be filled, see [pde.Field.FillGhosts]; on a Dirichlet side they
// are the boundary values. x and y are different fields on the operator's grids.
func (a Operator) Apply(y, x *pde.Field[float64]) error {
	if err := a.check("y", y, "x", x); err != nil {
		return err
	}
	lo, hi := y.Inside(0)
	y.Rows(func(j, k int) { a.row(y.Row(j, k)[lo:hi], x, j, k) })
	return nil
}

// Residual sets r = g − A u at the unknowns of r and leaves the ghosts of r alone; see
// [Operator.Apply]. r is not u; it may be g.
func (a Operator) Residual(r, u, g *pde.Field[float64]) error {
	if err := a.check("r", r, "u", u); err != nil {
		return err
	}
	if g == nil || g.Grid != r.Grid {
		return errors.New("stencil: g and r are on different grids; want the same")
	}
	lo, hi := r.Inside(0)
	r.Rows(func(j, k int) {
		product := make([]float64, hi-lo)
		a.row(product, u, j, k)
		out, data := r.Row(j, k)[lo:hi], g.Row(j, k)[lo:hi]
		for i := range out {
			out[i] = data[i] - product[i]
		}
	})
	return nil
}

func (a Operator) check(nameY string, y *pde.Field[float64], nameX string, x *pde.Field[float64]) error {
	from, to := a.Grids()
	switch {
	case x == nil || y == nil:
		return fmt.Errorf("stencil: %s or %s is nil; want fields", nameX, nameY)
	case x == y:
		return fmt.Errorf("stencil: %s and %s are the same field; want two", nameX, nameY)
	case x.Grid != from || y.Grid != to || from.Dim() == 0:
		return fmt.Errorf("stencil: %v cannot map %s on %v to %s on %v; want its grids, with the same widths and sides",
			a, nameX, x.Grid, nameY, y.Grid)
	}
	return nil
}

// row sets out to the unknowns of row (j, k) of A x.
func (a *Operator) row(out []float64, x *pde.Field[float64], j, k int) {
	clear(out)
	switch {
	case a.fields == nil && !a.constant():
		a.interpolationRow(out, x, j, k)
	case a.kind == prolongation:
		a.scatterRow(out, x, j, k)
	default:
		a.gatherRow(out, x, j, k)
	}
}

// gatherRow adds Σ_o c_o(m) x(s·m+o).
func (a *Operator) gatherRow(out []float64, x *pde.Field[float64], j, k int) {
	lo, _ := a.coarse.Inside(0)
	s := a.step[0]
	for o := range a.kernel {
		if a.absent(o) {
			continue
		}
		at := Offset(o)
		in := x.Row(a.step[1]*j+at[1], a.step[2]*k+at[2])[s*lo+at[0]:]
		if a.fields == nil {
			c := a.kernel[o]
			for i := range out {
				out[i] += c * in[s*i]
			}
			continue
		}
		c := a.fields[o].Row(j, k)[lo:]
		for i := range out {
			out[i] += c[i] * in[s*i]
		}
	}
}

// scatterRow adds c_o(m) x(m) for all m and o with s·m+o in row (j, k).
func (a *Operator) scatterRow(out []float64, x *pde.Field[float64], j, k int) {
	lo, _ := a.fine.Inside(0)
	s := a.step[0]
	for o := range a.kernel {
		at := Offset(o)
		mj, ok := divide(j-at[1], a.step[1])
		mk, also := divide(k-at[2], a.step[2])
		if a.absent(o) || !ok || !also {
			continue
		}
		in := x.Row(mj, mk)
		for i := range out {
			m, ok := divide(lo+i-at[0], s)
			switch {
			case !ok:
			case a.fields == nil:
				out[i] += a.kernel[o] * in[m]
			default:
				out[i] += a.fields[o].At(m, mj, mk) * in[m]
			}
		}
	}
}

// interpolationRow adds linear interpolation or its scaled transpose: products of the
// weights along the axes.
func (a *Operator) interpolationRow(out []float64, x *pde.Field[float64], j, k int) {
	_, to := a.Grids()
	lo, _ := to.Inside(0)
	cy, cz := a.along(1, j), a.along(2, k)
	for i := range out {
		cx := a.along(0, lo+i)
		for r := range cz.Count {
			for q := range cy.Count {
				in := x.Row(cy.First+q, cz.First+r)[cx.First:]
				sum := 0.0
				for p := range cx.Count {
					sum += cx.W[p] * in[p]
				}
				out[i] += a.scale * cz.W[r] * cy.W[q] * sum
			}
		}
	}
}

// along is what a result at index i takes along axis d: R's children or P's parents.
func (a *Operator) along(d, i int) Children {
	if a.kind == restriction {
		return a.axes[d].Children(i)
	}
	m, next := a.axes[d].Parents(i)
	if next == 0 {
		return Children{m, 1, [4]float64{1}}
	}
	return Children{m, 2, [4]float64{1 - next, next}}
}

// absent reports that no vertex has a coefficient at offset o.
func (a *Operator) absent(o int) bool {
	if a.fields != nil {
		return a.fields[o] == nil
	}
	return a.kernel[o] == 0
}

// divide is i/s where that is a whole number.
func divide(i, s int) (quotient int, ok bool) { return i / s, i%s == 0 }

// entries calls visit for the entries of the row of the matrix that belongs to the
// vertex x: the vertex y that each takes its value from, and its coefficient. y may be
// a ghost. Where the coefficients are constant, x may lie anywhere.
func (a *Operator) entries(x [3]int, visit func(y [3]int, c float64)) {
	if a.fields == nil && !a.constant() {
		cx, cy, cz := a.along(0, x[0]), a.along(1, x[1]), a.along(2, x[2])
		for r := range cz.Count {
			for q := range cy.Count {
				for p := range cx.Count {
					visit([3]int{cx.First + p, cy.First + q, cz.First + r}, a.scale*cz.W[r]*cy.W[q]*cx.W[p])
				}
			}
		}
		return
	}
	for o := range a.kernel {
		if a.absent(o) {
			continue
		}
		at, m, y := Offset(o), x, x // m has the coefficient, y the value
		whole := true
		for d := range x {
			if a.kind == prolongation {
				var ok bool
				m[d], ok = divide(x[d]-at[d], a.step[d])
				y[d], whole = m[d], whole && ok
			} else {
				y[d] = a.step[d]*x[d] + at[d]
			}
		}
		switch {
		case !whole:
		case a.fields == nil:
			visit(y, a.kernel[o])
		default:
			visit(y, a.fields[o].At(m[0], m[1], m[2]))
		}
	}
}

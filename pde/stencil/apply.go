package stencil

// y = A x as loops over rows.

import (
	"errors"
	"fmt"

	"mgtool/pde"
)

// Apply sets y = A x at the unknowns of y and leaves the ghosts of y alone. It reads the
// ghosts of x, so fill them first ([pde.Field.FillGhosts]); on a Dirichlet side they are
// the boundary values. x and y are different fields on the operator's grids.
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
	case x.Grid != from || y.Grid != to || !a.valid():
		return fmt.Errorf("stencil: %v cannot map %s on %v to %s on %v; want its grids, with the same widths and sides",
			a, nameX, x.Grid, nameY, y.Grid)
	}
	return nil
}

// row sets out to the unknowns of row (j, k) of A x.
func (a *Operator) row(out []float64, x *pde.Field[float64], j, k int) {
	clear(out)
	switch {
	case a.faces != nil:
		a.faces.row(out, x, j, k)
	case a.interpolates():
		a.interpolationRow(out, x, j, k)
	case a.closures != nil:
		a.closedRow(out, x, j, k)
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
	for _, o := range a.support {
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
	for _, o := range a.support {
		at := Offset(o)
		mj, ok := divide(j-at[1], a.step[1])
		mk, also := divide(k-at[2], a.step[2])
		if !ok || !also {
			continue
		}
		in := x.Row(mj, mk)
		first := (lo + at[0]) & (s - 1) // the first i with lo + i − at[0] a multiple of s, 1 or 2
		m := (lo + first - at[0]) / s
		if a.fields == nil {
			c := a.kernel[o]
			for i := first; i < len(out); i += s {
				out[i] += c * in[m]
				m++
			}
			continue
		}
		c := a.fields[o].Row(mj, mk)
		for i := first; i < len(out); i += s {
			out[i] += c[m] * in[m]
			m++
		}
	}
}

// interpolationRow adds linear interpolation or full weighting: weights are products of
// those along the axes.
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

// along gives the vertices and weights along axis d that make the result at index i: the
// children of R or the parents of P.
func (a *Operator) along(d, i int) (c Children) {
	axis := &a.axes[d]
	switch {
	case a.transposed:
		return axis.transposed(i, a.kind == prolongation)
	case a.kind == restriction:
		return axis.Children(i)
	}
	m, w := axis.Weights(i)
	c = Children{First: m, Count: 2, W: [4]float64{w[0], w[1]}}
	if w[1] == 0 {
		c.Count = 1
	}
	return c
}

// divide is i/s where that is a whole number.
func divide(i, s int) (quotient int, ok bool) { return i / s, i%s == 0 }

// entry is an entry of the operator's matrix: the coefficient c of the value at y.
type entry struct {
	y [3]int
	c float64
}

// entries appends to list the entries of the row of the matrix that belongs to the
// vertex x. Their y may be ghosts. Where the coefficients are constant, x may lie
// anywhere.
func (a *Operator) entries(list []entry, x [3]int) []entry {
	if a.faces != nil {
		return a.faces.entries(list, x)
	}
	if a.interpolates() {
		cx, cy, cz := a.along(0, x[0]), a.along(1, x[1]), a.along(2, x[2])
		for r := range cz.Count {
			for q := range cy.Count {
				for p := range cx.Count {
					list = append(list, entry{[3]int{cx.First + p, cy.First + q, cz.First + r}, a.scale * cz.W[r] * cy.W[q] * cx.W[p]})
				}
			}
		}
		return list
	}
	for _, o := range a.support {
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
		case a.closures != nil:
			first, second, c, folded := a.fold(y)
			if !folded {
				list = append(list, entry{y, a.kernel[o]})
				continue
			}
			list = append(list, entry{first, a.kernel[o] * c.Q})
			if c.P != 0 {
				list = append(list, entry{second, a.kernel[o] * c.P})
			}
		case a.fields == nil:
			list = append(list, entry{y, a.kernel[o]})
		default:
			list = append(list, entry{y, a.fields[o].At(m[0], m[1], m[2])})
		}
	}
	return list
}

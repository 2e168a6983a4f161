package nonlinear

// The full approximation scheme as a method of package cycle.

import (
	"math"

	"mgtool/pde"
)

// method works in place: the state of a level is the level. Its first error stays.
type method struct {
	levels []*level
	err    error
}

func (m *method) note(err error) {
	if m.err == nil {
		m.err = err
	}
}

// Levels implements [cycle.Method].
func (m *method) Levels() int { return len(m.levels) }

func (m *method) relax(l *level, steps int) {
	for range steps {
		l.op.Relax(l.u, l.g)
	}
}

// residual is ‖g − N(u)‖ on the finest level.
func (m *method) residual() float64 {
	l := m.levels[0]
	m.note(l.op.Residual(l.r, l.u, l.g))
	return norm(l.r)
}

// Down implements [cycle.Method].
func (m *method) Down(_, pre int, l *level) (fine, coarse *level) {
	m.relax(l, pre)
	m.note(l.op.Residual(l.r, l.u, l.g))
	c := l.coarser
	l.r.FillGhosts()
	m.note(l.down.Apply(c.g, l.r))
	l.inject.apply(c.u, l.u)
	copy(c.u0.Data(), c.u.Data())
	// g' = R r + N'(u') = 2 R r − (R r − N'(u')).
	m.note(c.op.Residual(c.r, c.u, c.g))
	combine(c.g, 2, c.g, -1, c.r)
	return l, c
}

// Bottom implements [cycle.Method].
func (m *method) Bottom(_, _ int, l *level) *level {
	l.op.Solve(l.u, l.g)
	return l
}

// Up implements [cycle.Method].
func (m *method) Up(_, post int, l, coarse *level) *level {
	m.correct(l, coarse)
	m.relax(l, post)
	return l
}

// Interpolate implements [cycle.Method].
func (m *method) Interpolate(_ int, l, coarse *level) *level {
	m.correct(l, coarse)
	return l
}

// correct is u += P (u' − u'₀), and u'₀ = u' for the next visit.
func (m *method) correct(l, c *level) {
	combine(c.r, 1, c.u, -1, c.u0)
	c.r.FillGhosts()
	m.note(l.up.Apply(l.add, c.r))
	combine(l.u, 1, l.u, 1, l.add)
}

// combine sets z = a x + b y at the unknowns.
func combine(z *pde.Field[float64], a float64, x *pde.Field[float64], b float64, y *pde.Field[float64]) {
	n := z.Inner(0)
	z.Rows(func(j, k int) {
		out, x, y := z.Row(j, k)[1:1+n], x.Row(j, k)[1:1+n], y.Row(j, k)[1:1+n]
		for i := range out {
			out[i] = a*x[i] + b*y[i]
		}
	})
}

// injection is Π: the values of u at the points of a coarser grid, ghosts included. Where
// these are no points of the finer grid, as along an axis of an odd number of cells or on
// cells, it interpolates linearly.
type injection [3][]place

// place is between points i and i+1 of the finer grid, with weight next for the latter.
type place struct {
	i    int
	next float64
}

func newInjection(fine, coarse pde.Grid) (in injection) {
	for d := range in {
		if d >= fine.Dim() {
			in[d] = []place{{}}
			continue
		}
		in[d] = make([]place, coarse.Inner(d)+2)
		last := fine.Inner(d) + 1
		for m := range in[d] {
			at := (coarse.Coordinate(d, m) - fine.Coordinate(d, 0)) / fine.H[d]
			if near := math.Round(at); math.Abs(at-near) < 1e-6 {
				at = near
			}
			// Ghosts beyond Neumann sides and beyond cells may lie outside; nobody reads them.
			at = min(max(at, 0), float64(last))
			i := min(int(at), last-1)
			in[d][m] = place{i, at - float64(i)}
		}
	}
	return in
}

func (in injection) apply(coarse, fine *pde.Field[float64]) {
	fine.FillGhosts()
	row := func(j, k int) {
		y, z := in[1][j], in[2][k]
		out := coarse.Row(j, k)
		clear(out)
		for _, part := range [4]struct {
			j, k int
			w    float64
		}{
			{y.i, z.i, (1 - y.next) * (1 - z.next)}, {y.i + 1, z.i, y.next * (1 - z.next)},
			{y.i, z.i + 1, (1 - y.next) * z.next}, {y.i + 1, z.i + 1, y.next * z.next},
		} {
			if part.w == 0 {
				continue
			}
			from := fine.Row(part.j, part.k)
			for m, x := range in[0] {
				v := (1 - x.next) * from[x.i]
				if x.next != 0 {
					v += x.next * from[x.i+1]
				}
				out[m] += part.w * v
			}
		}
	}
	for k := range in[2] {
		for j := range in[1] {
			row(j, k)
		}
	}
}

package multigrid

// Relaxation of boxes: of points by colours.

import (
	"mgtool/internal/parallel"
	"mgtool/pde"
)

// points adds the relaxation of all points, colour by colour: those of a row are done one after
// the other, since no two rows of two classes couple.
func (b *box) points(omega float64) {
	b.inverse = pde.NewField[float64](b.grid)
	parallel.For(b.rows(), 1+unitWork/b.n[0], func(lo, hi int) {
		for row := lo; row < hi; row++ {
			j, k := b.rowAt(row)
			out, d := b.inverse.Row(j, k), b.a[13].Row(j, k)
			for i := 1; i <= b.n[0]; i++ {
				out[i] = omega / d[i]
			}
		}
	})
	along := b.classes(0)
	for _, z := range b.classes(2) {
		for _, y := range b.classes(1) {
			b.eachOf(y, z, func(s *boxScratch, j, k int) { b.relaxPoints(s, along, j, k) })
		}
	}
}

// relaxPoints relaxes the classes of points of row (j, k). All their residuals are taken at once;
// those of a later class change by what the earlier ones did to their neighbours in the row, d,
//
//	r(x) −= a(x, x−e) d(x−e) + a(x, x+e) d(x+e),   a = −f by faces.
func (b *box) relaxPoints(s *boxScratch, along []class, j, k int) {
	n := b.n[0]
	u, w := b.u.Row(j, k)[:n+2], b.inverse.Row(j, k)[:n+2]
	r, d := s.row[0][:n+2], s.row[1][:n+2]
	b.residualRow(s, r, 1, n, j, k)
	lower, upper := b.rowAlongX(12, j, k), b.rowAlongX(14, j, k)
	d[0], d[n+1] = 0, 0
	if len(along) != 2 || lower == nil || upper == nil { // else only what is set is read
		clear(d)
	}
	for c := range along {
		x := along[c]
		if b.reverse {
			x = along[len(along)-1-c]
		}
		end := x.first + x.step*(x.count-1)
		if c > 0 && b.periodic[0] {
			d[0], d[n+1] = d[n], d[1]
		}
		switch {
		case c == 0:
		case b.faces != nil:
			for i := x.first; i <= end && i+1 < len(d); i += x.step {
				r[i] += lower[i]*d[i-1] + upper[i]*d[i+1]
			}
		case lower != nil && upper != nil:
			for i := x.first; i <= end && i+1 < len(d); i += x.step {
				r[i] -= lower[i]*d[i-1] + upper[i]*d[i+1]
			}
		case lower != nil:
			for i := x.first; i <= end; i += x.step {
				r[i] -= lower[i] * d[i-1]
			}
		case upper != nil:
			for i := x.first; i <= end; i += x.step {
				r[i] -= upper[i] * d[i+1]
			}
		}
		for i := x.first; i <= end && i < len(d); i += x.step {
			v := w[i] * r[i]
			d[i] = v
			u[i] += v
		}
	}
}

// rowAlongX are the coefficients of row (j, k) with an offset along x, ±1; of faces the negative
// of them; nil if there are none.
func (b *box) rowAlongX(offset, j, k int) []float64 {
	switch {
	case b.faces != nil:
		return b.faces.along[0].Row(j, k)[(offset-12)/2:]
	case b.a[offset] != nil:
		return b.a[offset].Row(j, k)[:b.n[0]+2]
	}
	return nil
}

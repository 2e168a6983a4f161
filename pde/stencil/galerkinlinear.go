package stencil

// Galerkin products with linear interpolation, an axis at a time.

import (
	"slices"
	"sync/atomic"

	"mgtool/internal/parallel"
	"mgtool/pde"
)

// linear reports that R and P are full weighting and linear interpolation to every second
// vertex, or to every one along some axes, of a grid with Dirichlet sides, and that A
// varies. Then
//
//	R A P = R_z (R_y (R_x A P_x) P_y) P_z,
//
// and each factor is a few sums of coefficients of neighbours, a hundred times faster than
// the paths of [galerkin.row] one by one.
func (g galerkin) linear() bool {
	_, r := g.r.Axes()
	_, p := g.p.Axes()
	return r && p && g.a.fields != nil && g.r.constant() && g.p.constant() &&
		g.a.fine.Sides == [3][2]pde.Boundary{} && !g.a.fine.Cells
}

// share is how much of a coefficient with the offset o along an axis, at vertex s·m + at,
// belongs to the coarse coefficient with the offset to at m.
type share struct {
	to     int
	weight float64
}

// shares lists them by at + 1 and o + 1, for an axis that is coarsened: R has the weights
// ¼, ½, ¼ and P ½, 1, ½ by the distance t = at + o of the vertex from that of m.
var shares = [3][3][]share{
	{{{-1, .25}}, {{-1, .125}, {0, .125}}, {{0, .25}}},
	{{{-1, .25}, {0, .25}}, {{0, .5}}, {{0, .25}, {1, .25}}},
	{{{0, .25}}, {{0, .125}, {1, .125}}, {{1, .25}}},
}

// same is shares[1] for an axis that stays.
var same = [3][]share{{{-1, 1}}, {{0, 1}}, {{1, 1}}}

// linearProduct sets the coefficients of the product, and notes which are not zero
// everywhere.
func (g galerkin) linearProduct(c *Coefficients, nonzero *[27]atomic.Bool) {
	coarse := g.r.coarse
	parallel.Blocks(coarse.RowCount(), 4*parallel.Workers(), func(_, lo, hi int) {
		var along [27][]float64
		for o := range along {
			along[o] = make([]float64, coarse.N[0])
		}
		for n := lo; n < hi; n++ {
			j, k := coarse.RowAt(n)
			var out [27][]float64
			for o, f := range c {
				if f != nil {
					out[o] = f.Row(j, k)[:coarse.N[0]]
				}
			}
			g.linearRow(&out, j, k, &along)
			for o, row := range out {
				if !nonzero[o].Load() && slices.ContainsFunc(row, func(v float64) bool { return v != 0 }) {
					nonzero[o].Store(true)
				}
			}
		}
	})
}

// linearRow adds the coefficients of the product on row (j, k) of the coarse grid to out;
// along is a scratch.
func (g galerkin) linearRow(out *[27][]float64, j, k int, along *[27][]float64) {
	around := func(d int) (from, to int, by func(at, o int) []share) {
		if g.r.step[d] == 2 && g.r.fine.N[d] > 0 {
			return -1, 1, func(at, o int) []share { return shares[1+at][1+o] }
		}
		return 0, 0, func(_, o int) []share { return same[1+o] }
	}
	y0, y1, sharesY := around(1)
	z0, z1, sharesZ := around(2)
	for z := z0; z <= z1; z++ {
		for y := y0; y <= y1; y++ {
			g.alongX(along, g.r.step[1]*j+y, g.r.step[2]*k+z)
			for o := range along {
				at := Offset(o)
				if beyond(g.r.fine, o) {
					continue
				}
				for _, sz := range sharesZ(z, at[2]) {
					for _, sy := range sharesY(y, at[1]) {
						addTo(out[centre+at[0]+3*sy.to+9*sz.to], sz.weight*sy.weight, along[o])
					}
				}
			}
		}
	}
}

// addTo adds w x to a row.
func addTo(row []float64, w float64, x []float64) {
	for m, v := range x[:len(row)] {
		row[m] += w * v
	}
}

// alongX sets along to the coefficients of R_x A P_x on row (j, k) of the fine grid.
func (g galerkin) alongX(along *[27][]float64, j, k int) {
	last := g.r.coarse.N[0] - 1
	for o, f := range g.a.fields {
		if o%3 != 0 || beyond(g.r.fine, o+1) { // o, o+1, o+2 have dx = −1, 0, 1
			continue
		}
		before, middle, after := along[o], along[o+1], along[o+2]
		clear(before)
		clear(middle)
		clear(after)
		if g.r.step[0] == 1 {
			for dx, to := range [3][]float64{before, middle, after} {
				if f = g.a.fields[o+dx]; f != nil {
					copy(to, f.Row(j, k)[:last+1])
				}
			}
			continue
		}
		if f != nil {
			c := f.Row(j, k)
			for m := 1; m <= last; m++ {
				before[m] = .25 * (c[2*m-1] + c[2*m])
				middle[m] = .25 * (c[2*m] + c[2*m+1])
			}
		}
		if f := g.a.fields[o+1]; f != nil {
			c := f.Row(j, k)
			for m := 1; m <= last; m++ {
				before[m] += .125 * c[2*m-1]
				middle[m] += .5*c[2*m] + .125*(c[2*m-1]+c[2*m+1])
				after[m] += .125 * c[2*m+1]
			}
		}
		if f := g.a.fields[o+2]; f != nil {
			c := f.Row(j, k)
			for m := 1; m <= last; m++ {
				middle[m] += .25 * (c[2*m-1] + c[2*m])
				after[m] += .25 * (c[2*m] + c[2*m+1])
			}
		}
	}
}

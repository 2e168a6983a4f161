package family

// Bilinear finite elements.

import (
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// elementEntry is ∫ ∇φ_p·K ∇φ_q over a cell of widths h, divided by the area of the cell, for
// the bilinear functions of the corners p and q, each 0 or 1 along x and y. Along one axis
//
//	∫ φ_p' φ_q' = ±1/h,   ∫ φ_p φ_q = h/3 or h/6,   ∫ φ_p' φ_q = ±½.
//
// Divided by the area, a row is a difference quotient, and the right side is g at the vertex
// (mass lumped).
func (k tensor) elementEntry(h [3]float64, p, q [2]int) float64 {
	mass, stiff := [2]float64{1. / 3, 1. / 6}, [2]float64{1, -1}
	slope := func(i int) float64 { return float64(2*i-1) / 2 }
	dx, dy := p[0]^q[0], p[1]^q[1]
	return k.xx*stiff[dx]*mass[dy]/(h[0]*h[0]) + k.yy*mass[dx]*stiff[dy]/(h[1]*h[1]) +
		k.xy*(slope(p[0])*slope(q[1])+slope(q[0])*slope(p[1]))/(h[0]*h[1])
}

// eachElement calls body for the four cells around a vertex, each at (cx, cy) from −1 to 0, and
// the four offsets (dx, dy) that each couples the vertex with; p and q are the corners.
func eachElement(body func(cx, cy, dx, dy int, p, q [2]int)) {
	for cell := range 4 {
		cx, cy := cell&1-1, cell>>1-1
		p := [2]int{-cx, -cy}
		for corner := range 4 {
			q := [2]int{corner & 1, corner >> 1}
			body(cx, cy, q[0]-p[0], q[1]-p[1], p, q)
		}
	}
}

// elements is the stencil for a constant K.
func (k tensor) elements(h [3]float64) (s stencil.Kernel) {
	eachElement(func(_, _, dx, dy int, p, q [2]int) { s[13+dx+3*dy] += k.elementEntry(h, p, q) })
	return s
}

// part is a constant tensor times a value for each cell, x fastest.
type part struct {
	k tensor
	a []float64
}

// elementOperator is −∇·(Σ a K ∇u), the sum over the parts.
func elementOperator(g pde.Grid, parts ...part) (stencil.Operator, error) {
	type share struct {
		o, cx, cy int
		v         float64
		a         []float64
	}
	var shares []share
	eachElement(func(cx, cy, dx, dy int, p, q [2]int) {
		for _, t := range parts {
			shares = append(shares, share{13 + dx + 3*dy, cx, cy, t.k.elementEntry(g.H, p, q), t.a})
		}
	})
	var c stencil.Coefficients
	for o := 9; o < 18; o++ {
		c[o] = pde.NewField[float64](g)
	}
	lo, hi := g.Inside(0)
	g.Rows(func(j, k int) {
		for _, s := range shares {
			// The vertex of index i has the cells i−1 and i; vertex N of a periodic axis is vertex 0.
			row, cells := c[s.o].Row(j, k), s.a[(j+s.cy)%g.N[1]*g.N[0]:]
			for i := lo; i < hi; i++ {
				row[i] += s.v * cells[(i+s.cx)%g.N[0]]
			}
		}
	})
	return stencil.Varying(g, c)
}

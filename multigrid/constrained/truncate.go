package constrained

// The truncated coarse operators: A' = Pᵀ T A T P with linear interpolation P.

import (
	"mgtool/multigrid/internal/rows"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// child is a fine point that linear interpolation serves from a coarse one: its distance in
// memory from the fine point at the same place, its weight, and for each coupling of A, the
// diagonal first, what it adds to which coefficients of A'.
type child struct {
	shift  int
	weight float64
	shares [][]share
}

// share is the weight with which a coupling of A goes into a coefficient of A'.
type share struct {
	term   int // of the coarse level; −1 the diagonal
	weight float64
}

// newCoarse makes the level below l, with coefficients to be computed.
func newCoarse(l *level, grid pde.Grid) *level {
	field := func() *pde.Field[float64] { return pde.NewField[float64](grid) }
	c := &level{grid: grid, u: field(), g: field(), r: field()}
	c.Rows = rows.Open(c.r)
	c.free = make([]bool, len(c.r.Data()))
	index := [27]int{}
	index[rows.Centre] = -1
	for t := range c.Terms {
		index[c.Terms[t].Offset] = t
	}
	halved := [3]bool{}
	for d := range grid.Dim() {
		halved[d] = grid.N[d] < l.grid.N[d]
	}
	for o := range 27 {
		at, weight := stencil.Offset(o), 1.0
		outside := false
		for d, e := range at {
			if e != 0 {
				weight /= 2
				outside = outside || !halved[d]
			}
		}
		if outside {
			continue
		}
		ch := child{shift: rows.Shift(l.r, o), weight: weight}
		for _, t := range append([]rows.Term{l.Diagonal}, l.Terms...) {
			ch.shares = append(ch.shares, sharesOf(halved, at, stencil.Offset(t.Offset), weight, &index))
		}
		l.blend = append(l.blend, ch)
	}
	return c
}

// sharesOf lists the coarse points that interpolation takes the fine point child + offset
// from, both relative to a coarse point's place, with the product of the weights.
func sharesOf(halved [3]bool, child, offset [3]int, weight float64, index *[27]int) (list []share) {
	type part struct {
		at     int // relative coarse index
		weight float64
	}
	var axes [3][]part
	for d := range axes {
		switch e := child[d] + offset[d]; {
		case !halved[d]:
			axes[d] = []part{{e, 1}}
		case e%2 == 0:
			axes[d] = []part{{e / 2, 1}}
		default: // −1 or 1
			axes[d] = []part{{(e - 1) / 2, .5}, {(e + 1) / 2, .5}}
		}
	}
	for _, z := range axes[2] {
		for _, y := range axes[1] {
			for _, x := range axes[0] {
				o := rows.Centre + x.at + 3*y.at + 9*z.at
				list = append(list, share{index[o], weight * x.weight * y.weight * z.weight})
			}
		}
	}
	return list
}

// twin is the place in l of the point with index 0 along x of a row of the coarser level, and
// the step along x.
func (l *level) twin(j, k int) (start, step int) {
	c := l.coarser.grid
	s := [3]int{1, 1, 1}
	for d := range c.Dim() {
		s[d] = l.grid.N[d] / c.N[d]
	}
	return l.r.Offset(s[1]*j, s[2]*k), s[0]
}

// truncate computes the operators below l from those of l and the points that are free.
func (l *level) truncate() {
	if l.coarser == nil {
		l.bottom.ready = false
		return
	}
	c := l.coarser
	c.grid.Rows(func(j, k int) {
		start, step := l.twin(j, k)
		to := c.r.Offset(j, k)
		for i := 1; i <= c.grid.Inner(0); i++ {
			l.blendAt(start+step*i, to+i)
		}
	})
	c.truncate()
}

// blendAt computes the coefficients of A' at point q, which lies at point p of l.
func (l *level) blendAt(p, q int) {
	c := l.coarser
	for t := range c.Terms {
		c.Terms[t].Varying[q] = 0
	}
	c.Diagonal.Varying[q] = 0
	for _, ch := range l.blend {
		x := p + ch.shift
		if !l.free[x] {
			continue
		}
		for n, shares := range ch.shares {
			t := &l.Diagonal
			if n > 0 {
				t = &l.Terms[n-1]
			}
			if !l.free[x+t.Shift] {
				continue
			}
			v := t.At(x)
			for _, s := range shares {
				if s.term < 0 {
					c.Diagonal.Varying[q] += s.weight * v
				} else {
					c.Terms[s.term].Varying[q] += s.weight * v
				}
			}
		}
	}
	c.free[q] = c.Diagonal.Varying[q] > 0
}

// restrict sets g' = Pᵀ T r and u' = 0.
func (l *level) restrict() {
	c := l.coarser
	r, g := l.r.Data(), c.g.Data()
	c.grid.Rows(func(j, k int) {
		start, step := l.twin(j, k)
		to := c.r.Offset(j, k)
		for i := 1; i <= c.grid.Inner(0); i++ {
			sum := 0.0
			for n := range l.blend {
				sum += l.blend[n].weight * r[start+step*i+l.blend[n].shift]
			}
			g[to+i] = sum
		}
		clear(c.u.Row(j, k)[1 : 1+c.grid.Inner(0)])
	})
}

// prolong adds T P u' to a field of l.
func (l *level) prolong(to *pde.Field[float64]) {
	c := l.coarser
	s := [3]int{1, 1, 1}
	for d := range c.grid.Dim() {
		s[d] = l.grid.N[d] / c.grid.N[d]
	}
	v := c.u.Data()
	row, plane := c.u.Strides()
	l.grid.Rows(func(j, k int) {
		out, start := to.Data(), to.Offset(j, k)
		base := c.u.Offset(j/s[1], k/s[2])
		ys, zs := j%s[1], k%s[2] // whether the row lies between two coarse ones
		for i := 1; i <= l.grid.Inner(0); i++ {
			if !l.free[start+i] {
				continue
			}
			xs, sum := i%s[0], 0.0
			for z := 0; z <= zs; z++ {
				for y := 0; y <= ys; y++ {
					for x := 0; x <= xs; x++ {
						sum += v[base+i/s[0]+x+y*row+z*plane]
					}
				}
			}
			out[start+i] += sum / float64((1+xs)*(1+ys)*(1+zs))
		}
	})
}

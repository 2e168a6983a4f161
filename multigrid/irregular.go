package multigrid

// R and P along x where no kernel serves: between cells, and on vertices with an odd
// number of cells and a side that is not Dirichlet.

import (
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// irregular is R and P of an axis as lists: of each fine point what P takes from two coarse ones,
// of each coarse point what R takes from up to four fine ones.
type irregular[T pde.Real] struct {
	axis     *stencil.Axis
	parents  []parents[T]
	children []children[T]
}

// parents are the coarse points that a fine one takes from, and their weights.
type parents[T pde.Real] struct {
	at [2]int
	w  [2]T
}

// children are the fine points that a coarse one takes from, and their weights.
type children[T pde.Real] struct {
	at [4]int
	w  [4]T
}

func newIrregular[T pde.Real](a *stencil.Axis) *irregular[T] {
	l := &irregular[T]{axis: a}
	image := func(i, n, beyond int) int {
		if a.Periodic {
			return (i+n-1)%n + 1
		}
		return min(i, beyond)
	}
	if !a.Cells || !a.Half() { // else add needs no list
		l.parents = make([]parents[T], a.Unknowns(a.Fine)+1)
		for i := 1; i < len(l.parents); i++ {
			m, w := a.Weights(i)
			l.parents[i] = parents[T]{[2]int{image(m, a.Coarse, m), image(m+1, a.Coarse, lastCoarse(a)+1)}, [2]T{T(w[0]), T(w[1])}}
		}
	}
	if a.Averages() { // restrict needs no list
		return l
	}
	l.children = make([]children[T], lastCoarse(a)+1)
	for m := 1; m < len(l.children); m++ {
		c := a.Children(m)
		for q := range c.W {
			l.children[m].at[q] = image(c.First+min(q, c.Count-1), a.Fine, a.Fine+1)
			l.children[m].w[q] = T(c.W[q])
		}
	}
	return l
}

// add adds P ½(p + q) to a fine row.
func (l *irregular[T]) add(u, p, q []T) {
	if l.parents == nil {
		l.addCells(u, p, q)
		return
	}
	for i := 1; i < len(l.parents); i++ {
		f := &l.parents[i]
		v := f.w[0] * (p[f.at[0]] + q[f.at[0]])
		if f.w[1] != 0 {
			v += f.w[1] * (p[f.at[1]] + q[f.at[1]])
		}
		u[i] += .5 * v
	}
}

// addCells is add where each coarse cell has two fine ones, with ¾ of it and ¼ of the next.
func (l *irregular[T]) addCells(u, p, q []T) {
	a := l.axis
	n := a.Coarse
	beyond := func(side, i, other int) T { // ⅛ (p + q) of what is beyond a side, next to i
		switch {
		case a.Periodic:
			return .125 * (p[other] + q[other])
		case a.Neumann[side]:
			return .125 * (p[i] + q[i])
		}
		return -.125 * (p[i] + q[i])
	}
	before, last := beyond(0, 1, n), beyond(1, n, 1)
	here := .125 * (p[1] + q[1])
	p, q, u = p[2:n+1], q[2:n+1], u[1:2*n+1]
	q = q[:len(p)]
	for m, v := range p {
		after := .125 * (v + q[m])
		middle := 3 * here
		if pair := u[2*m:]; len(pair) >= 2 { // always
			pair[0] += middle + before
			pair[1] += middle + after
		}
		before, here = here, after
	}
	u[2*n-2] += 3*here + before
	u[2*n-1] += 3*here + last
}

// restrict sets a coarse row to w R r, or adds that to it.
func (l *irregular[T]) restrict(out, r []T, w T, add bool) {
	if l.children == nil {
		averageCells(out, r, r, w/4, l.axis.Coarse, add)
		return
	}
	for m := 1; m < len(l.children); m++ {
		c := &l.children[m]
		sum := c.w[0]*r[c.at[0]] + c.w[1]*r[c.at[1]] + c.w[2]*r[c.at[2]] + c.w[3]*r[c.at[3]]
		if add {
			out[m] += w * sum
		} else {
			out[m] = w * sum
		}
	}
}

// averageCells sets n coarse cells to w times the sum of pairs in two fine rows, or adds
// that to them.
func averageCells[T pde.Real](out, a, b []T, w T, n int, add bool) {
	out, a, b = out[1:n+1], a[1:2*n+1], b[1:2*n+1]
	if add {
		for m := range out {
			x, y := a[2*m:2*m+2], b[2*m:2*m+2]
			out[m] += w * ((x[0] + x[1]) + (y[0] + y[1]))
		}
		return
	}
	for m := range out {
		x, y := a[2*m:2*m+2], b[2*m:2*m+2]
		out[m] = w * ((x[0] + x[1]) + (y[0] + y[1]))
	}
}

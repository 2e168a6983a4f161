package multigrid

// R and P along x where no kernel serves: between cells if their number is odd or R is the
// transpose of P, and on vertices with an odd number of cells and a side that is not
// Dirichlet.

import (
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// irregular is R and P of an axis as lists: of each fine point what P takes from two coarse ones,
// of each coarse point what R takes from up to four fine ones.
type irregular[T pde.Real] struct {
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
	l := &irregular[T]{}
	image := func(i, n, beyond int) int {
		if a.Periodic {
			return (i+n-1)%n + 1
		}
		return min(i, beyond)
	}
	if !a.Cells || !a.Half() { // else a kernel serves
		l.parents = make([]parents[T], a.Unknowns(a.Fine)+1)
		for i := 1; i < len(l.parents); i++ {
			m, w := a.Weights(i)
			l.parents[i] = parents[T]{[2]int{image(m, a.Coarse, m), image(m+1, a.Coarse, lastCoarse(a)+1)}, [2]T{T(w[0]), T(w[1])}}
		}
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
	for i := 1; i < len(l.parents); i++ {
		f := &l.parents[i]
		v := f.w[0] * (p[f.at[0]] + q[f.at[0]])
		if f.w[1] != 0 {
			v += f.w[1] * (p[f.at[1]] + q[f.at[1]])
		}
		u[i] += .5 * v
	}
}

// restrict sets a coarse row to w R r, or adds that to it.
func (l *irregular[T]) restrict(out, r []T, w T, add bool) {
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

package stencil

// The Galerkin product R A P.

import (
	"fmt"
	"sync/atomic"

	"mgtool/internal/memory"
	"mgtool/pde"
)

// Galerkin is the operator R A P on the coarse grid: its matrix is the product of the
// three matrices. Its coefficients are constant if those of the three are, which holds
// next to Dirichlet sides too: along an axis that is halved, a fine vertex on the side
// takes its value from coarse ones on the side alone, so that no path from one unknown
// to another passes it. Otherwise there are coefficients at every vertex.
//
// The product must not reach further than one coarse vertex along an axis; it does so,
// and is refused, along odd axes and where R or P of an axis that is not coarsened
// combine several vertices. Coefficients of Dirichlet ghosts have no meaning.
func Galerkin(r, a, p Operator) (Operator, error) {
	if r.kind != restriction || a.kind != onGrid || p.kind != prolongation ||
		r.fine != a.fine || p.fine != a.fine || r.coarse != p.coarse || a.fine.Dim() == 0 {
		return Operator{}, fmt.Errorf("stencil: a Galerkin product of %v, %v and %v; want a restriction, an operator on its fine grid, and a prolongation between the same grids", r, a, p)
	}
	product := galerkin{r, a, p}
	if r.constant() && a.constant() && p.constant() {
		// Any vertex serves, and the vertices around it are none of the grid's.
		k, err := product.row([3]int{}, func(_ pde.Grid, x [3]int) (at, shift [3]int, ok bool) { return x, shift, true })
		if err != nil {
			return Operator{}, err
		}
		return Constant(r.coarse, k)
	}
	return product.varying()
}

// galerkin is R A P, factor by factor.
type galerkin struct{ r, a, p Operator }

// varying works the coefficients out at every vertex.
func (g galerkin) varying() (Operator, error) {
	coarse := g.r.coarse
	offsets := 1
	for range coarse.Dim() {
		offsets *= 3
	}
	if err := memory.Check(fmt.Sprintf("a Galerkin product on %v", coarse), int64(offsets)*pde.FieldBytes[float64](coarse)); err != nil {
		return Operator{}, err
	}
	var c Coefficients
	for o := range c {
		if !beyond(coarse, o) {
			c[o] = pde.NewField[float64](coarse)
		}
	}
	var nonzero [27]atomic.Bool
	var failed atomic.Pointer[error]
	lo, hi := coarse.Inside(0)
	coarse.Rows(func(j, k int) {
		for i := lo; i < hi; i++ {
			row, err := g.row([3]int{i, j, k}, unknown)
			if err != nil {
				failed.Store(&err)
				return
			}
			for o, v := range row {
				if v != 0 {
					c[o].Set(i, j, k, v)
					nonzero[o].Store(true)
				}
			}
		}
	})
	if err := failed.Load(); err != nil {
		return Operator{}, *err
	}
	for o := range c {
		if !nonzero[o].Load() {
			c[o] = nil
		}
	}
	return Varying(coarse, c)
}

// row is the row of R A P at coarse vertex m: the sum over all paths m → x through R,
// x → y through A and y → m+o through P. find gives the unknown that a fine vertex is,
// or is an image of.
func (g galerkin) row(m [3]int, find func(pde.Grid, [3]int) (at, shift [3]int, ok bool)) (k Kernel, err error) {
	fine, coarse := g.r.fine, g.r.coarse
	g.r.entries(m, func(x [3]int, cr float64) {
		x, over, ok := find(fine, x)
		if !ok {
			return
		}
		g.a.entries(x, func(y [3]int, ca float64) {
			y, again, ok := find(fine, y)
			if !ok {
				return
			}
			g.p.entries(y, func(to [3]int, cp float64) {
				o := centre
				for d, stride := range [3]int{1, 3, 9} {
					offset := to[d] - m[d]
					if n := fine.N[d]; n > 0 { // back to where the path led
						offset += (over[d] + again[d]) / n * coarse.N[d]
					}
					if offset < -1 || offset > 1 {
						if cr*ca*cp != 0 && err == nil {
							err = fmt.Errorf("stencil: R A P reaches %d vertices along axis %d, of %d cells on %d; want at most 1", max(offset, -offset), d, fine.N[d], coarse.N[d])
						}
						return
					}
					o += stride * offset
				}
				k[o] += cr * ca * cp
			})
		})
	})
	return k, err
}

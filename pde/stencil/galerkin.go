package stencil

// The Galerkin product R A P.

import (
	"fmt"
	"sync/atomic"

	"mgtool/internal/memory"
	"mgtool/pde"
)

// Galerkin is the operator R A P on the coarse grid: its matrix is the product of the
// three matrices. If R, A and P have constant coefficients, so has the product, next to
// Dirichlet sides too: P gives a fine vertex on the side only values from that side, so
// no path from one unknown to another leads through it. Otherwise the coefficients vary.
//
// The product must couple direct neighbours only. It reaches further, and is refused,
// along odd axes, and along axes that are not coarsened if R or P couple vertices there.
// Coefficients of ghosts on Dirichlet sides have no meaning.
func Galerkin(r, a, p Operator) (Operator, error) {
	if r.kind != restriction || a.kind != onGrid || p.kind != prolongation ||
		r.fine != a.fine || p.fine != a.fine || r.coarse != p.coarse || !a.valid() || !r.valid() || !p.valid() {
		return Operator{}, fmt.Errorf("stencil: a Galerkin product of %v, %v and %v; want a restriction, an operator on its fine grid, and a prolongation between the same grids", r, a, p)
	}
	product := galerkin{r, a, p}
	if r.constant() && a.constant() && p.constant() {
		// Any vertex will do, as if the grid had no sides.
		k, err := product.row([3]int{}, func(x [3]int) (at, shift [3]int, ok bool) { return x, shift, true })
		if err != nil {
			return Operator{}, err
		}
		return Constant(r.coarse, k)
	}
	return product.varying()
}

// galerkin holds the factors of R A P.
type galerkin struct{ r, a, p Operator }

// varying computes the coefficients at every vertex.
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
	if g.linear() {
		g.linearProduct(&c, &nonzero)
	} else if g.stencils() {
		g.stencilProduct(&c, &nonzero)
	} else if err := g.general(&c, &nonzero); err != nil {
		return Operator{}, err
	}
	for o := range c {
		if !nonzero[o].Load() {
			c[o] = nil
		}
	}
	return Varying(coarse, c)
}

// general sets the coefficients of the product of any factors, and notes which are not
// zero everywhere.
func (g galerkin) general(c *Coefficients, nonzero *[27]atomic.Bool) error {
	var failed atomic.Pointer[error]
	coarse := g.r.coarse
	lo, hi := coarse.Inside(0)
	fine := unknownsOf(g.r.fine)
	find := fine.find
	coarse.Rows(func(j, k int) {
		for i := lo; i < hi; i++ {
			row, err := g.row([3]int{i, j, k}, find)
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
		return *err
	}
	return nil
}

// row is the row of R A P at coarse vertex m: the sum over all paths m → x through R,
// x → y through A and y → m+o through P. find gives the unknown that a fine vertex is,
// or is an image of.
func (g galerkin) row(m [3]int, find func([3]int) (at, shift [3]int, ok bool)) (k Kernel, err error) {
	n, nc := g.r.fine.N, g.r.coarse.N
	var r, a, p [64]entry // at most four an axis
	for _, r := range g.r.entries(r[:0], m) {
		x, shift, ok := find(r.y)
		if !ok {
			continue
		}
		for _, a := range g.a.entries(a[:0], x) {
			y, again, ok := find(a.y)
			if !ok {
				continue
			}
			for _, p := range g.p.entries(p[:0], y) {
				o, c := centre, r.c*a.c*p.c
				for d, stride := range [3]int{1, 3, 9} {
					offset := p.y[d] - m[d]
					if n[d] > 0 { // back to where the path led
						offset += (shift[d] + again[d]) / n[d] * nc[d]
					}
					if c != 0 && (offset < -1 || offset > 1) {
						return k, fmt.Errorf("stencil: R A P reaches %d vertices along axis %d, of %d cells on %d; want at most 1", max(offset, -offset), d, n[d], nc[d])
					}
					o += stride * offset
				}
				if c != 0 {
					k[o] += c
				}
			}
		}
	}
	return k, nil
}

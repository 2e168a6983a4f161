package tensor

// Stencils on fields of one value a vertex, in one to three dimensions.

import (
	"fmt"
	"sync"

	"mgtool/internal/parallel"
	"mgtool/internal/simd"
)

// Fields are N fields of one value a vertex inside a box, of shape (N, Z, Y, X), x fastest,
// with zeros on and beyond its sides. In two dimensions Z is 1, in one Y as well.
type Fields struct{ N, Z, Y, X int }

// Size is the number of vertices of a field.
func (f Fields) Size() int { return f.Z * f.Y * f.X }

// valid checks that the fields have dim axes.
func (f Fields) valid(dim int) error {
	if f.N < 1 || f.Z < 1 || f.Y < 1 || f.X < 1 || dim < 1 || dim > 3 || dim < 3 && f.Z > 1 || dim < 2 && f.Y > 1 {
		return fmt.Errorf("tensor: fields %v in %d dimensions; want sizes of at least 1, and 1 along an axis that is not there", f, dim)
	}
	return nil
}

// row is where row k of all fields begins, and its indices.
func (f Fields) row(k int) (n, z, y int) { return k / (f.Z * f.Y), k / f.Y % f.Z, k % f.Y }

// at is where row (z, y) of field n begins.
func (f Fields) at(n, z, y int) int { return ((n*f.Z+z)*f.Y + y) * f.X }

// rows calls body for each row of all fields, on all cores.
func (f Fields) rows(body func(k int)) {
	parallel.For(f.N*f.Z*f.Y, 1+4096/f.X, func(lo, hi int) {
		for k := lo; k < hi; k++ {
			body(k)
		}
	})
}

// power is base to a small exponent: the number of points of a stencil so wide in so many
// dimensions.
func power(base, exponent int) int {
	n := 1
	for range exponent {
		n *= base
	}
	return n
}

// offsets lists those of a stencil, in the order of its weights, as dx, dy, dz.
func offsets(dim, width int) [][3]int {
	list := make([][3]int, power(width, dim))
	for o := range list {
		for d, rest := 0, o; d < dim; d, rest = d+1, rest/width {
			list[o][d] = rest%width - width/2
		}
	}
	return list
}

// Stencil is the operator (A x)(m) = Σ_o a_o(m) x(m+o) on each of some fields. Its
// coefficients a have the shape (M, Width^Dim, P): M is 1, the same for all fields, or N;
// P is 1, the same at all vertices, or the number of vertices.
type Stencil struct {
	Fields     Fields
	Dim, Width int
	Own        bool // coefficients for each field
	Varying    bool // and for each vertex

	taps [][3]int
}

// NewStencil checks and completes a stencil.
func NewStencil(s Stencil) (*Stencil, error) {
	if err := s.Fields.valid(s.Dim); err != nil {
		return nil, err
	}
	if s.Width < 1 || s.Width%2 == 0 || s.Width > 9 {
		return nil, fmt.Errorf("tensor: a stencil %d wide; want 1, 3, 5, 7 or 9", s.Width)
	}
	s.taps = offsets(s.Dim, s.Width)
	return &s, nil
}

// Shape is that of the coefficients.
func (s *Stencil) Shape() [3]int {
	shape := [3]int{1, len(s.taps), 1}
	if s.Own {
		shape[0] = s.Fields.N
	}
	if s.Varying {
		shape[2] = s.Fields.Size()
	}
	return shape
}

// coefficients are those of tap o of field n: one, or a field of them.
func (s *Stencil) coefficients(a []float32, n, o int) []float32 {
	p := 1
	if s.Varying {
		p = s.Fields.Size()
	}
	if !s.Own {
		n = 0
	}
	at := (n*len(s.taps) + o) * p
	return a[at : at+p]
}

// meet gives the rows (z, y) + (dz, dy) where there is one, and the range of x for which
// x + dx is inside.
func (f Fields) meet(n, z, y int, d [3]int) (at, lo, hi int, ok bool) {
	z, y = z+d[2], y+d[1]
	if z < 0 || z >= f.Z || y < 0 || y >= f.Y {
		return 0, 0, 0, false
	}
	lo, hi = max(0, -d[0]), min(f.X, f.X-d[0])
	return f.at(n, z, y), lo, hi, lo < hi
}

// Forward sets y = A x.
func (s *Stencil) Forward(y, x, a []float32) { s.apply(y, x, a, false) }

// BackwardInput sets dx = Aᵀ dy.
func (s *Stencil) BackwardInput(dx, dy, a []float32) { s.apply(dx, dy, a, true) }

// apply sets y = A x, or y = Aᵀ x: the taps are then those of the opposite offsets, each
// with its coefficient where x is.
func (s *Stencil) apply(y, x, a []float32, transposed bool) {
	k := simd.Grid[float32](simd.Best())
	f := s.Fields
	f.rows(func(row int) {
		n, z, j := f.row(row)
		here := f.at(n, z, j)
		out := y[here : here+f.X]
		clear(out)
		for o, d := range s.taps {
			if transposed {
				d = [3]int{-d[0], -d[1], -d[2]}
			}
			from, lo, hi, ok := f.meet(n, z, j, d)
			if !ok {
				continue
			}
			c := s.coefficients(a, n, o)
			in := x[from+lo+d[0] : from+hi+d[0]]
			if !s.Varying {
				if c[0] != 0 {
					k.AddScaled(&out[lo], c[0], &in[0], hi-lo)
				}
				continue
			}
			at := here - n*f.Size()
			if transposed {
				at = from - n*f.Size() + d[0]
			}
			c = c[at+lo : at+hi]
			for i, v := range in {
				out[lo+i] += c[i] * v
			}
		}
	})
}

// BackwardWeight sets da, the gradient by the coefficients. Sums are in float64.
func (s *Stencil) BackwardWeight(da, dy, x []float32) {
	k := simd.Grid[float32](simd.Best())
	f := s.Fields
	shape := s.Shape()
	clear(da)
	parallel.For(shape[0]*len(s.taps), 1, func(first, last int) {
		for unit := first; unit < last; unit++ {
			o := unit % len(s.taps)
			d := s.taps[o]
			from, to := 0, f.N
			if s.Own {
				from, to = unit/len(s.taps), unit/len(s.taps)+1
			}
			var sum float64
			for row := from * f.Z * f.Y; row < to*f.Z*f.Y; row++ {
				n, z, j := f.row(row)
				there, lo, hi, ok := f.meet(n, z, j, d)
				if !ok {
					continue
				}
				here := f.at(n, z, j)
				if !s.Varying {
					sum += k.Dot(&dy[here+lo], &x[there+lo+d[0]], hi-lo)
					continue
				}
				c := s.coefficients(da, n, o)[here-n*f.Size():]
				for i := lo; i < hi; i++ {
					c[i] += dy[here+i] * x[there+i+d[0]]
				}
			}
			if !s.Varying {
				da[unit] = float32(sum)
			}
		}
	})
}

// Halving is the way between fields and those on every second vertex, with kernels k of
// 3^Dim weights: vertex m of the coarse grid is 2m of the fine one, counted from a side,
//
//	(R f)(m) = Σ_o k_o f(2m+o)        (P c)(2m+o) = … + k_o c(m), summed over m and o.
type Halving struct {
	Fine, Coarse Fields
	Dim          int

	taps [][3]int
}

// NewHalving takes fine fields of an odd number of vertices, at least 3, along each of dim
// axes.
func NewHalving(fine Fields, dim int) (*Halving, error) {
	if err := fine.valid(dim); err != nil {
		return nil, err
	}
	coarse := fine
	for d, n := range []*int{&coarse.X, &coarse.Y, &coarse.Z} {
		if d < dim {
			if *n < 3 || *n%2 == 0 {
				return nil, fmt.Errorf("tensor: %d vertices along axis %d to be halved; want an odd number, at least 3", *n, d)
			}
			*n /= 2
		}
	}
	return &Halving{fine, coarse, dim, offsets(dim, 3)}, nil
}

// along is where coarse index m, with offset d, lies along an axis: the axis is halved
// unless the box does not have it.
func (h *Halving) along(axis, m, d int) int {
	if axis >= h.Dim {
		return m
	}
	return 2*m + 1 + d
}

// Restrict sets c = R f.
func (h *Halving) Restrict(c, f, k []float32) {
	h.Coarse.rows(func(row int) {
		n, z, y := h.Coarse.row(row)
		out := c[row*h.Coarse.X : (row+1)*h.Coarse.X]
		clear(out)
		for o, d := range h.taps {
			in := f[h.Fine.at(n, h.along(2, z, d[2]), h.along(1, y, d[1]))+1+d[0]:]
			for i := range out {
				out[i] += k[o] * in[2*i]
			}
		}
	})
}

// Prolong sets f = P c.
func (h *Halving) Prolong(f, c, k []float32) {
	h.Fine.rows(func(row int) {
		n, z, y := h.Fine.row(row)
		out := f[row*h.Fine.X : (row+1)*h.Fine.X]
		clear(out)
		for o, d := range h.taps {
			cz, okz := h.under(2, z, d[2], h.Coarse.Z)
			cy, oky := h.under(1, y, d[1], h.Coarse.Y)
			if !okz || !oky {
				continue
			}
			at := h.Coarse.at(n, cz, cy)
			in, to := c[at:at+h.Coarse.X], out[1+d[0]:]
			for i, v := range in {
				to[2*i] += k[o] * v
			}
		}
	})
}

// under is the coarse index from which offset d leads to fine index i along an axis.
func (h *Halving) under(axis, i, d, count int) (m int, ok bool) {
	if axis >= h.Dim {
		return i, true
	}
	m = i - 1 - d
	return m / 2, m >= 0 && m%2 == 0 && m/2 < count
}

// Weight sets dk, the gradient by the kernel of Σ c·(R f), which is that of Σ f·(P c).
func (h *Halving) Weight(dk, f, c []float32) {
	parallel.For(len(h.taps), 1, func(first, last int) {
		for o := first; o < last; o++ {
			d, sum := h.taps[o], 0.0
			for row := range h.Coarse.N * h.Coarse.Z * h.Coarse.Y {
				n, z, y := h.Coarse.row(row)
				in := f[h.Fine.at(n, h.along(2, z, d[2]), h.along(1, y, d[1]))+1+d[0]:]
				for i, v := range c[row*h.Coarse.X : (row+1)*h.Coarse.X] {
					sum += float64(v) * float64(in[2*i])
				}
			}
			dk[o] = float32(sum)
		}
	})
}

// Product is the coarse operator R A P of a stencil of 3^d points and kernels R and P. Its
// coefficients are a sum over paths,
//
//	a'_o(m) = Σ r_α a_β(2m+α) p_γ      with α + β = 2o + γ.
type Product struct {
	Halving *Halving
	A       *Stencil // on the fine fields

	paths []path
}

// path leads through entry r of R, a of A and p of P to offset o.
type path struct{ r, a, p, o int }

// paths of each dimension.
var paths = [4]func() []path{1: sync.OnceValue(pathsOf(1)), 2: sync.OnceValue(pathsOf(2)), 3: sync.OnceValue(pathsOf(3))}

func pathsOf(dim int) func() []path {
	return func() (list []path) {
		taps := offsets(dim, 3)
		for r, alpha := range taps {
			for a, beta := range taps {
				for p, gamma := range taps {
					o, ok := 0, true
					for d := dim - 1; d >= 0; d-- {
						twice := alpha[d] + beta[d] - gamma[d]
						ok = ok && twice%2 == 0
						o = 3*o + twice/2 + 1
					}
					if ok {
						list = append(list, path{r, a, p, o})
					}
				}
			}
		}
		return list
	}
}

// NewProduct takes a stencil 3 wide on the fine fields of h.
func NewProduct(h *Halving, a *Stencil) (*Product, error) {
	if a.Fields != h.Fine || a.Dim != h.Dim || a.Width != 3 {
		return nil, fmt.Errorf("tensor: R A P of a stencil %d wide on %v; want 3 wide on %v", a.Width, a.Fields, h.Fine)
	}
	return &Product{h, a, paths[h.Dim]()}, nil
}

// Coarse is the stencil R A P without its coefficients.
func (g *Product) Coarse() *Stencil {
	return &Stencil{g.Halving.Coarse, g.A.Dim, 3, g.A.Own, g.A.Varying, g.A.taps}
}

// each calls body for the coefficients of a path: those of A, from the vertex that the
// path from coarse vertex 0 leads to on, and those of the product. They pair up as
// fine[2i], coarse[i] for count values at a time; one of each if they do not vary.
func (g *Product) each(n int, q path, fine, coarse []float32, body func(fine, coarse []float32, count int)) {
	c := g.Coarse()
	f, to := g.A.coefficients(fine, n, q.a), c.coefficients(coarse, n, q.o)
	if !g.A.Varying {
		body(f, to, 1)
		return
	}
	h, d := g.Halving, g.A.taps[q.r]
	for z := range h.Coarse.Z {
		for y := range h.Coarse.Y {
			body(f[h.Fine.at(0, h.along(2, z, d[2]), h.along(1, y, d[1]))+1+d[0]:], to[h.Coarse.at(0, z, y):], h.Coarse.X)
		}
	}
}

// Forward sets the coefficients of the product.
func (g *Product) Forward(coarse, a, r, p []float32) {
	clear(coarse)
	c := g.Coarse()
	shape := c.Shape()
	parallel.For(shape[0]*shape[1], 1, func(first, last int) {
		for unit := first; unit < last; unit++ {
			for _, q := range g.paths {
				if q.o != unit%shape[1] {
					continue
				}
				w := r[q.r] * p[q.p]
				if w == 0 {
					continue
				}
				g.each(unit/shape[1], q, a, coarse, func(fine, coarse []float32, count int) {
					for i := range count {
						coarse[i] += w * fine[2*i]
					}
				})
			}
		}
	})
}

// BackwardA sets da, the gradient by the coefficients of A.
func (g *Product) BackwardA(da, dcoarse, r, p []float32) {
	clear(da)
	shape := g.A.Shape()
	parallel.For(shape[0]*shape[1], 1, func(first, last int) {
		for unit := first; unit < last; unit++ {
			for _, q := range g.paths {
				if q.a != unit%shape[1] {
					continue
				}
				w := r[q.r] * p[q.p]
				g.each(unit/shape[1], q, da, dcoarse, func(fine, coarse []float32, count int) {
					for i := range count {
						fine[2*i] += w * coarse[i]
					}
				})
			}
		}
	})
}

// BackwardR sets dr, the gradient by R. Sums are in float64.
func (g *Product) BackwardR(dr, dcoarse, a, p []float32) {
	g.transfer(dr, dcoarse, a, func(q path) (int, float32) { return q.r, p[q.p] })
}

// BackwardP sets dp, the gradient by P. Sums are in float64.
func (g *Product) BackwardP(dp, dcoarse, a, r []float32) {
	g.transfer(dp, dcoarse, a, func(q path) (int, float32) { return q.p, r[q.r] })
}

// transfer sums over paths: which entry of the gradient a path adds to, and times what.
func (g *Product) transfer(grad, dcoarse, a []float32, of func(path) (entry int, weight float32)) {
	parallel.For(len(grad), 1, func(first, last int) {
		for e := first; e < last; e++ {
			sum := 0.0
			for _, q := range g.paths {
				entry, w := of(q)
				if entry != e || w == 0 {
					continue
				}
				part := 0.0
				for n := range g.A.Shape()[0] {
					g.each(n, q, a, dcoarse, func(fine, coarse []float32, count int) {
						for i := range count {
							part += float64(fine[2*i]) * float64(coarse[i])
						}
					})
				}
				sum += part * float64(w)
			}
			grad[e] = float32(sum)
		}
	})
}

package graph

// Operators of multigrid on fields of one value a vertex, with coefficients that are nodes.

import (
	"fmt"

	gt "gorgonia.org/tensor"

	"mgtool/tensor"
)

// fields returns the shape of a node of fields, (N, Z, Y, X).
func (b *Builder) fields(kind string, x *Node) (f tensor.Fields, ok bool) {
	s, ok := b.featureMaps(kind, x)
	return tensor.Fields{N: s.N, Z: s.H, Y: s.W, X: s.C}, ok
}

// stencilOf returns the stencil with coefficients a, (M, width^dim, P), on the fields x.
func (b *Builder) stencilOf(kind string, x, a *Node, dim int) (*tensor.Stencil, bool) {
	if b.err != nil {
		return nil, false
	}
	f, ok := b.fields(kind, x)
	if !ok {
		return nil, false
	}
	return b.stencilOn(kind, f, a, dim)
}

func (b *Builder) stencilOn(kind string, f tensor.Fields, a *Node, dim int) (*tensor.Stencil, bool) {
	shape := a.Shape()
	for width := 1; width <= 9 && shape.Dims() == 3; width += 2 {
		s, err := tensor.NewStencil(tensor.Stencil{Fields: f, Dim: dim, Width: width, Own: shape[0] > 1, Varying: shape[2] > 1})
		if err != nil {
			b.fail(kind, err)
			return nil, false
		}
		if want := s.Shape(); shape.Eq(gt.Shape(want[:])) {
			return s, true
		}
	}
	b.fail(kind, fmt.Errorf("coefficients %v have shape %v in %d dimensions; want (1 or N, width^%d, 1 or all vertices) for fields %v", a.Name(), shape, dim, dim, shapeOf(f)))
	return nil, false
}

// Stencil is A x on fields (N, Z, Y, X) in dim dimensions, zero beyond the sides, with
// coefficients a of shape (1 or N, width^dim, 1 or Z·Y·X); see [tensor.Stencil].
func (b *Builder) Stencil(x, a *Node, dim int) *Node {
	const kind = "stencil"
	s, ok := b.stencilOf(kind, x, a, dim)
	if !ok {
		return nil
	}
	return b.apply(kind, x.Shape(), []*Node{x, a},
		plain(func(y []float32, v [][]float32) { s.Forward(y, v[0], v[1]) }),
		func(dy *Node, i int) *Node {
			if i == 0 {
				return b.apply(kind+" dx", x.Shape(), []*Node{dy, a},
					plain(func(dx []float32, v [][]float32) { s.BackwardInput(dx, v[0], v[1]) }), nil)
			}
			return b.apply(kind+" da", a.Shape(), []*Node{dy, x},
				plain(func(da []float32, v [][]float32) { s.BackwardWeight(da, v[0], v[1]) }), nil)
		})
}

// MostSolved is how many vertices a field of [Builder.SolveStencil] has at most.
const MostSolved = 1024

// SolveStencil is A⁻¹ r on fields of at most [MostSolved] vertices; see [tensor.Stencil.Solve].
func (b *Builder) SolveStencil(r, a *Node, dim int) *Node {
	const kind = "solve"
	s, ok := b.stencilOf(kind, r, a, dim)
	if !ok {
		return nil
	}
	if s.Fields.Size() > MostSolved {
		b.fail(kind, fmt.Errorf("%d vertices; want at most %d", s.Fields.Size(), MostSolved))
		return nil
	}
	var x, dr *Node
	x = b.apply(kind, r.Shape(), []*Node{r, a},
		plain(func(y []float32, v [][]float32) { s.Solve(y, v[0], v[1]) }),
		func(dx *Node, i int) *Node {
			if dr == nil {
				dr = b.apply(kind+" dr", r.Shape(), []*Node{dx, a},
					plain(func(dr []float32, v [][]float32) { s.SolveTransposed(dr, v[0], v[1]) }), nil)
			}
			if i == 0 {
				return dr
			}
			return b.apply(kind+" da", a.Shape(), []*Node{dr, x}, plain(func(da []float32, v [][]float32) {
				s.BackwardWeight(da, v[0], v[1])
				tensor.Scale(da, -1)
			}), nil)
		})
	return x
}

// OverDiagonal is r/D, D the coefficients of A at its own vertex.
func (b *Builder) OverDiagonal(r, a *Node, dim int) *Node {
	const kind = "over diagonal"
	s, ok := b.stencilOf(kind, r, a, dim)
	if !ok {
		return nil
	}
	return b.apply(kind, r.Shape(), []*Node{r, a},
		plain(func(y []float32, v [][]float32) { s.OverDiagonal(y, v[0], v[1]) }),
		func(dy *Node, i int) *Node {
			if i == 0 {
				return b.apply(kind+" dr", r.Shape(), []*Node{dy, a},
					plain(func(dr []float32, v [][]float32) { s.OverDiagonal(dr, v[0], v[1]) }), nil)
			}
			return b.apply(kind+" da", a.Shape(), []*Node{dy, r, a},
				plain(func(da []float32, v [][]float32) { s.OverDiagonalWeight(da, v[0], v[1], v[2]) }), nil)
		})
}

// Weigh is ω x at the vertices of one of so many colours, 0 at the others; omega has shape
// (1). See [tensor.Fields.Weigh].
func (b *Builder) Weigh(x, omega *Node, colour, colours int) *Node {
	const kind = "weigh"
	if b.err != nil {
		return nil
	}
	f, ok := b.fields(kind, x)
	if !ok {
		return nil
	}
	if !omega.Shape().Eq(gt.Shape{1}) {
		b.fail(kind, fmt.Errorf("weight %v has shape %v; want (1)", omega.Name(), omega.Shape()))
		return nil
	}
	return b.apply(kind, x.Shape(), []*Node{x, omega},
		plain(func(y []float32, v [][]float32) { f.Weigh(y, v[0], v[1][0], colour, colours) }),
		func(dy *Node, i int) *Node {
			if i == 0 {
				return b.apply(kind+" dx", x.Shape(), []*Node{dy, omega},
					plain(func(dx []float32, v [][]float32) { f.Weigh(dx, v[0], v[1][0], colour, colours) }), nil)
			}
			return b.apply(kind+" dω", omega.Shape(), []*Node{dy, x},
				plain(func(dw []float32, v [][]float32) { dw[0] = f.WeighGradient(v[0], v[1], colour, colours) }), nil)
		})
}

// halving checks that k is a kernel of 3^dim weights, (1, 3^dim, 1).
func (b *Builder) halving(kind string, fine tensor.Fields, k *Node, dim int) (*tensor.Halving, bool) {
	h, err := tensor.NewHalving(fine, dim)
	if err != nil {
		b.fail(kind, err)
		return nil, false
	}
	points := []int{1, 3, 9, 27}[dim]
	if !k.Shape().Eq(gt.Shape{1, points, 1}) {
		b.fail(kind, fmt.Errorf("kernel %v has shape %v; want (1, %d, 1)", k.Name(), k.Shape(), points))
		return nil, false
	}
	return h, true
}

// shapeOf is the shape of a node of fields.
func shapeOf(f tensor.Fields) gt.Shape { return gt.Shape{f.N, f.Z, f.Y, f.X} }

// Restrict is the map to every second vertex with kernel k; see [tensor.Halving].
func (b *Builder) Restrict(x, k *Node, dim int) *Node {
	const kind = "restrict"
	if b.err != nil {
		return nil
	}
	f, ok := b.fields(kind, x)
	if !ok {
		return nil
	}
	h, ok := b.halving(kind, f, k, dim)
	if !ok {
		return nil
	}
	return b.apply(kind, shapeOf(h.Coarse), []*Node{x, k},
		plain(func(y []float32, v [][]float32) { h.Restrict(y, v[0], v[1]) }),
		func(dy *Node, i int) *Node {
			if i == 0 {
				return b.apply(kind+" dx", x.Shape(), []*Node{dy, k},
					plain(func(dx []float32, v [][]float32) { h.Prolong(dx, v[0], v[1]) }), nil)
			}
			return b.apply(kind+" dk", k.Shape(), []*Node{dy, x},
				plain(func(dk []float32, v [][]float32) { h.Weight(dk, v[1], v[0]) }), nil)
		})
}

// Prolong is the map from every second vertex with kernel k to fields of twice as many
// cells along each axis; see [tensor.Halving].
func (b *Builder) Prolong(x, k *Node, dim int) *Node {
	const kind = "prolong"
	if b.err != nil {
		return nil
	}
	fine, ok := b.fields(kind, x)
	if !ok {
		return nil
	}
	for d, n := range []*int{&fine.X, &fine.Y, &fine.Z} {
		if d < dim {
			*n = 2**n + 1
		}
	}
	h, ok := b.halving(kind, fine, k, dim)
	if !ok {
		return nil
	}
	return b.apply(kind, shapeOf(h.Fine), []*Node{x, k},
		plain(func(y []float32, v [][]float32) { h.Prolong(y, v[0], v[1]) }),
		func(dy *Node, i int) *Node {
			if i == 0 {
				return b.apply(kind+" dx", x.Shape(), []*Node{dy, k},
					plain(func(dx []float32, v [][]float32) { h.Restrict(dx, v[0], v[1]) }), nil)
			}
			return b.apply(kind+" dk", k.Shape(), []*Node{dy, x},
				plain(func(dk []float32, v [][]float32) { h.Weight(dk, v[0], v[1]) }), nil)
		})
}

// Galerkin is the coefficients of R A P on the fields half as fine, of those of A on the
// fine fields, 3 wide, and of the kernels r and p; see [tensor.Product].
func (b *Builder) Galerkin(fine tensor.Fields, a, r, p *Node, dim int) *Node {
	const kind = "galerkin"
	if b.err != nil {
		return nil
	}
	s, ok := b.stencilOn(kind, fine, a, dim)
	if !ok {
		return nil
	}
	h, ok := b.halving(kind, s.Fields, r, dim)
	if _, same := b.halving(kind, s.Fields, p, dim); !ok || !same {
		return nil
	}
	g, err := tensor.NewProduct(h, s)
	if err != nil {
		b.fail(kind, err)
		return nil
	}
	shape := g.Coarse().Shape()
	return b.apply(kind, gt.Shape(shape[:]), []*Node{a, r, p},
		plain(func(c []float32, v [][]float32) { g.Forward(c, v[0], v[1], v[2]) }),
		func(dc *Node, i int) *Node {
			switch i {
			case 0:
				return b.apply(kind+" da", a.Shape(), []*Node{dc, r, p},
					plain(func(da []float32, v [][]float32) { g.BackwardA(da, v[0], v[1], v[2]) }), nil)
			case 1:
				return b.apply(kind+" dr", r.Shape(), []*Node{dc, a, p},
					plain(func(dr []float32, v [][]float32) { g.BackwardR(dr, v[0], v[1], v[2]) }), nil)
			}
			return b.apply(kind+" dp", p.Shape(), []*Node{dc, a, r},
				plain(func(dp []float32, v [][]float32) { g.BackwardP(dp, v[0], v[1], v[2]) }), nil)
		})
}

// TimesDiagonal is the kernel k times D, the constant coefficient of A at its own vertex:
// both have the shape (1, width^dim, 1).
func (b *Builder) TimesDiagonal(k, a *Node) *Node {
	const kind = "times diagonal"
	if b.err != nil {
		return nil
	}
	for _, n := range []*Node{k, a} {
		if s := n.Shape(); s.Dims() != 3 || s[0] != 1 || s[2] != 1 {
			b.fail(kind, fmt.Errorf("%v has shape %v; want (1, points, 1)", n.Name(), s))
			return nil
		}
	}
	centre := a.Shape()[1] / 2
	return b.apply(kind, k.Shape(), []*Node{k, a},
		plain(func(y []float32, v [][]float32) {
			copy(y, v[0])
			tensor.Scale(y, v[1][centre])
		}),
		func(dy *Node, i int) *Node {
			if i == 0 {
				return b.apply(kind+" dk", k.Shape(), []*Node{dy, a}, plain(func(dk []float32, v [][]float32) {
					copy(dk, v[0])
					tensor.Scale(dk, v[1][centre])
				}), nil)
			}
			return b.apply(kind+" da", a.Shape(), []*Node{dy, k}, plain(func(da []float32, v [][]float32) {
				clear(da)
				for o, g := range v[0] {
					da[centre] += g * v[1][o]
				}
			}), nil)
		})
}

package bridge

// A cycle over the nodes of a graph, unrolled.

import (
	"fmt"

	"mgtool/bridge/specification"
	"mgtool/multigrid/cycle"
	"mgtool/multigrid/method"
	"mgtool/pde"
	"mgtool/pde/stencil"
	"mgtool/tensor"
	"mgtool/tensor/graph"
)

// fields is the shape of a batch on a level.
func (c *Cycle) fields(l, batch int) tensor.Fields {
	g := c.grids[l]
	return tensor.Fields{N: batch, Z: g.Inner(2), Y: g.Inner(1), X: g.Inner(0)}
}

// coefficients are those of A of level l for a batch, field k of problem k modulo their
// number, over a value of the diagonal of the finest A.
func (c *Cycle) coefficients(l, batch int) (shape []int, data []float32, err error) {
	if len(c.problems) == 1 {
		batch = 1
	}
	shape = []int{batch, points(c.dim), 1}
	if !isConstant(c.problems[0]) {
		shape[2] = c.grids[l].Unknowns()
	}
	for k := range batch {
		problem := c.problems[k%len(c.problems)]
		a := problem
		switch {
		case c.blackBox():
			a = c.given[k%len(c.problems)][l].A
		case l > 0:
			if a, err = problem.Rediscretize(c.grids[l]); err != nil {
				return nil, nil, fmt.Errorf("bridge: coarse A rediscretized: %w", err)
			}
		}
		data = append(data, values32(c.dim, a, 1/middle(problem))...)
	}
	return shape, data, nil
}

func points(dim int) int { return [...]int{1, 3, 9, 27}[dim] }

// values32 are the coefficients of an operator times a scale, offset by offset.
func values32(dim int, a stencil.Operator, scale float64) (list []float32) {
	if k, constant := a.Kernel(); constant {
		for _, v := range method.FromKernel(dim, k).Weights {
			list = append(list, float32(v*scale))
		}
		return list
	}
	first := [...]int{0, 12, 9, 0}[dim]
	grid, _ := a.Grids()
	all := a.Coefficients()
	for _, f := range all[first : 27-first] {
		if f == nil {
			list = append(list, make([]float32, grid.Unknowns())...)
			continue
		}
		list = append(list, interior(f, scale)...)
	}
	return list
}

func interior(f *pde.Field[float64], scale float64) []float32 {
	var list []float32
	for _, v := range f.Interior() {
		list = append(list, float32(v*scale))
	}
	return list
}

// operators builds the maps of all levels over nodes, for a batch of fields.
func (c *Cycle) operators(b *graph.Builder, batch int) (ops []cycle.Operators[*graph.Node], schedule cycle.Cycle, err error) {
	leafs := map[*values]*graph.Node{}
	leaf := func(v *values) *graph.Node {
		if leafs[v] == nil {
			if len(v.z) == 0 {
				leafs[v] = b.Input(v.name, v.shape, v.data)
			} else {
				leafs[v] = b.Param(v.name, v.shape, v.data)
			}
		}
		return leafs[v]
	}
	type node = *graph.Node
	type maps = []cycle.Map[node]
	given := func(l int) (node, error) {
		shape, data, err := c.coefficients(l, batch)
		if err != nil {
			return nil, err
		}
		return b.Input(fmt.Sprintf("given A%d", l), shape, data), nil
	}
	a, err := given(0)
	if err != nil {
		return nil, schedule, err
	}
	schedule.Gamma = max(1, c.Specification.Gamma)
	for l, v := range c.levels {
		here := a
		o := cycle.Operators[node]{A: maps{func(x node) node { return b.Stencil(x, here, c.dim) }}}
		smooth := func(steps []step) (count int) {
			for _, s := range steps {
				list := c.corrections(b, s, here, leaf)
				o.B = append(o.B, list...)
				count += len(list)
			}
			return count
		}
		schedule.Pre = append(schedule.Pre, smooth(v.pre))
		schedule.Post = append(schedule.Post, smooth(v.post))
		if c.blackBox() {
			o.R, o.P = c.rowTransfers(b, l, batch)
			if a, err = given(l + 1); err != nil {
				return nil, schedule, err
			}
			ops = append(ops, o)
			continue
		}
		p := leaf(v.p)
		r := b.Scale(p, 1/float32(int(1)<<c.dim))
		if v.r != nil {
			r = leaf(v.r)
		}
		o.R = func(x node) node { return b.Restrict(x, r, c.dim) }
		o.P = func(x node) node { return b.Prolong(x, p, c.dim) }
		switch {
		case v.a != nil:
			a = b.TimesDiagonal(leaf(v.a), a)
		case c.Specification.Of("A").From == specification.Galerkin:
			a = b.Galerkin(c.fields(l, batch), a, r, p, c.dim)
		default:
			if a, err = given(l + 1); err != nil {
				return nil, schedule, err
			}
		}
		ops = append(ops, o)
	}
	last := a
	return append(ops, cycle.Operators[node]{
		A:     maps{func(x node) node { return b.Stencil(x, last, c.dim) }},
		Solve: func(r node) node { return b.SolveStencil(r, last, c.dim) },
	}), schedule, nil
}

// corrections are d = B r of one step: of each colour one.
func (c *Cycle) corrections(b *graph.Builder, s step, a *graph.Node, leaf func(*values) *graph.Node) (list []cycle.Map[*graph.Node]) {
	if s.kind == specification.Stencil {
		return append(list, func(r *graph.Node) *graph.Node {
			return b.Stencil(b.OverDiagonal(r, a, c.dim), leaf(s.values[0]), c.dim)
		})
	}
	for colour, v := range s.values {
		list = append(list, func(r *graph.Node) *graph.Node {
			return b.Weigh(b.OverDiagonal(r, a, c.dim), leaf(v), colour, len(s.values))
		})
	}
	return list
}

// cycles builds count cycles for A u = g from the fields u and g; a nil u is 0. r is the
// residual, of A over a value of its diagonal.
func (c *Cycle) cycles(b *graph.Builder, u, g *graph.Node, batch, count int) (last, r *graph.Node, err error) {
	ops, schedule, err := c.operators(b, batch)
	if err != nil {
		return nil, nil, err
	}
	m, err := cycle.NewReference(ops, nil, b.Add, b.Sub)
	if err != nil {
		return nil, nil, err
	}
	s := cycle.State[*graph.Node]{U: u, R: g}
	if u != nil {
		s.R = b.Sub(g, ops[0].A[0](u))
	}
	for range count {
		s = cycle.Run(m, schedule, s)
		s.Step = 0
	}
	return s.U, s.R, nil
}

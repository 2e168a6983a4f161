package bridge

// The Poisson cycle with fixed or learned 3×3 kernels, over nodes and in numbers.

import (
	"context"
	"fmt"
	"math/bits"
	"slices"

	"mgtool/mgnet"
	"mgtool/multigrid"
	"mgtool/multigrid/cycle"
	"mgtool/pde"
	"mgtool/pde/stencil"
	"mgtool/tensor"
	"mgtool/tensor/graph"
)

// Poisson is a V-cycle for −Δu = 0 on the unit square, zero boundary, whose
// operators are 3×3 kernels, some of them learned. Levels go down to a single
// unknown, which is solved exactly.
//
// With r̃ = h² r as residual all kernels are free of the mesh width: A is
// [0 −1 0; −1 4 −1; 0 −1 0], ω-Jacobi is B = ω/4 at the centre, and R and P are
// both [1 2 1; 2 4 2; 1 2 1]/4, the factor 4 of R being (2h)²/h². The finest A
// is the problem itself and stays fixed, so what a learned cycle converges to
// is the solution, whatever the other kernels are.
type Poisson struct {
	Learned Learned

	n         int // cells a side of the finest grid that it is trained on
	pre, post int
	levels    []kernels
}

// kernels are the operators of one level. R and P lead to the next; Π is 0.
type kernels struct{ a, b, r, p *mgnet.Param }

// Kernels in their mesh-free form.
var (
	fivePoint = []float32{0, -1, 0, -1, 4, -1, 0, -1, 0}
	bilinear  = []float32{.25, .5, .25, .5, 1, .5, .25, .5, .25}
)

// NewPoisson starts from the classical cycle, ω-Jacobi with pre and post steps,
// on n × n cells, n a power of two of at least 4.
func NewPoisson(n int, omega float64, pre, post int, learned Learned) (*Poisson, error) {
	if n < 4 || n&(n-1) != 0 || n > 1024 {
		return nil, fmt.Errorf("bridge: %d cells a side; want a power of two, 4 to 1024", n)
	}
	if pre < 0 || post < 0 || pre+post < 1 || pre+post > 16 {
		return nil, fmt.Errorf("bridge: %d + %d smoothing steps; want 1 to 16 in all", pre, post)
	}
	if err := (multigrid.Jacobi{Omega: omega}).Validate(); err != nil {
		return nil, err
	}
	if learned.Has("Pi") {
		return nil, errCancels
	}
	p := &Poisson{Learned: learned, n: n, pre: pre, post: post}
	jacobi := make([]float32, 9)
	jacobi[4] = float32(omega / 4)
	last := bits.Len(uint(n)) - 2 // the level of one unknown
	for l := range last + 1 {
		kernel := func(op string, values []float32, learnable bool) *mgnet.Param {
			return &mgnet.Param{
				Name: fmt.Sprintf("level%d.%s", l, op), Shape: []int{3, 3, 1, 1},
				Data: append([]float32(nil), values...), Fixed: !learned.Has(op) || !learnable,
			}
		}
		k := kernels{a: kernel("A", fivePoint, l > 0 && l < last), b: kernel("B", jacobi, l < last)}
		if l < last {
			k.r, k.p = kernel("R", bilinear, true), kernel("P", bilinear, true)
		}
		p.levels = append(p.levels, k)
	}
	return p, nil
}

// params lists all kernels, fixed ones too.
func (p *Poisson) params() []*mgnet.Param {
	var all []*mgnet.Param
	for _, k := range p.levels {
		for _, q := range []*mgnet.Param{k.a, k.b, k.r, k.p} {
			if q != nil {
				all = append(all, q)
			}
		}
	}
	return all
}

// learned lists the kernels that are trained.
func (p *Poisson) learned() []*mgnet.Param {
	return slices.DeleteFunc(p.params(), func(q *mgnet.Param) bool { return q.Fixed })
}

// Parameters is the number of learned values.
func (p *Poisson) Parameters() int {
	count := 0
	for _, q := range p.learned() {
		count += len(q.Data)
	}
	return count
}

// cycles builds count cycles over nodes, from u with data g = 0, both
// (batch, n−1, n−1, 1), and returns the last u.
func (p *Poisson) cycles(b *graph.Builder, u, g *graph.Node, count int) (*graph.Node, error) {
	leafs := map[*mgnet.Param]*graph.Node{}
	leaf := func(q *mgnet.Param) *graph.Node {
		if leafs[q] == nil {
			if q.Fixed {
				leafs[q] = b.Input(q.Name, q.Shape, q.Data)
			} else {
				leafs[q] = b.Param(q.Name, q.Shape, q.Data)
			}
		}
		return leafs[q]
	}
	type maps = []cycle.Map[*graph.Node]
	conv := func(q *mgnet.Param, stride, pad int) cycle.Map[*graph.Node] {
		return func(x *graph.Node) *graph.Node {
			if x == nil {
				return nil // a linear map of the null vector
			}
			return b.Conv(x, leaf(q), stride, pad)
		}
	}
	var ops []cycle.Operators[*graph.Node]
	for l, k := range p.levels {
		side := p.n>>l - 1
		o := cycle.Operators[*graph.Node]{A: maps{conv(k.a, 1, 1)}, B: maps{conv(k.b, 1, 1)}}
		if l == len(p.levels)-1 {
			// One unknown: A is 4.
			inverse := b.Input("bottom", []int{1, 1, 1, 1}, []float32{.25})
			o.Solve = func(r *graph.Node) *graph.Node { return b.Conv(r, inverse, 1, 0) }
		} else {
			o.R = conv(k.r, 2, 0)
			o.P = func(c *graph.Node) *graph.Node { return b.ConvTranspose(c, leaf(k.p), 2, 0, side, side) }
		}
		ops = append(ops, o)
	}
	m, err := cycle.NewReference(ops, nil, b.Add, b.Sub)
	if err != nil {
		return nil, err
	}
	v := cycle.Cycle{Pre: []int{p.pre}, Post: []int{p.post}, Gamma: 1}
	s := cycle.State[*graph.Node]{U: u, R: b.Sub(g, ops[0].A[0](u))}
	for range count {
		s = cycle.Run(m, v, s)
	}
	return s.U, nil
}

// at is the level whose kernels a grid takes: a grid as large as one in training
// takes the kernels of that one, a larger grid those of the largest.
func (p *Poisson) at(g pde.Grid) int {
	return max(0, min(len(p.levels)-1, bits.Len(uint(p.n))-bits.Len(uint(g.N[0]))))
}

// scaled gives a kernel the units of a grid.
func scaled(q *mgnet.Param, scale float64) stencil.Kernel {
	var k [3][3]float64
	for i, v := range q.Data {
		k[i/3][i%3] = scale * float64(v)
	}
	return stencil.Plane(k)
}

// Components are the cycle's operators for the numeric solver, on any grid of a
// power of two cells.
func (p *Poisson) Components() multigrid.Components {
	return multigrid.Components{
		Smoother: multigrid.StencilSmoother{
			Name: "learned " + p.Learned.String(),
			B: func(g pde.Grid) (stencil.Operator, error) {
				return stencil.Constant(g, scaled(p.levels[p.at(g)].b, g.H[0]*g.H[0]))
			},
		},
		Coarsening: coarsening{p},
	}
}

// coarsening takes every second vertex down to a single unknown, with the kernels of a
// cycle.
type coarsening struct{ p *Poisson }

// Coarsen implements [multigrid.Coarsening].
func (c coarsening) Coarsen(levels []multigrid.Coarse) (next multigrid.Coarse, ok bool, err error) {
	fine, _ := levels[len(levels)-1].A.Grids()
	if fine.N[0] == 2 {
		return next, false, nil
	}
	coarse := fine.Coarsen()
	k := c.p.levels[c.p.at(fine)]
	if next.R, err = stencil.Restriction(fine, coarse, scaled(k.r, .25)); err != nil {
		return next, false, err
	}
	if next.P, err = stencil.Prolongation(fine, coarse, scaled(k.p, 1)); err != nil {
		return next, false, err
	}
	// The finest A of training was the problem's. A coarse grid of that size takes the
	// first learned A.
	a := c.p.levels[max(1, c.p.at(coarse))].a
	next.A, err = stencil.Constant(coarse, scaled(a, 1/(coarse.H[0]*coarse.H[0])))
	return next, true, err
}

// Factor is the asymptotic convergence factor of the cycle in the numeric
// solver on n × n cells: the last ratio of residuals of the given number of
// cycles from a random start, g = 0. A diverging cycle has a factor above one.
func (p *Poisson) Factor(ctx context.Context, n, cycles int, seed uint64) (float64, error) {
	return factor(ctx, n, multigrid.Settings{
		Cycle:      cycle.Cycle{Pre: []int{p.pre}, Post: []int{p.post}, Gamma: 1},
		Components: p.Components(), MaxCycles: cycles,
	}, seed)
}

func factor(ctx context.Context, n int, s multigrid.Settings, seed uint64) (float64, error) {
	grid, err := pde.Unit(2, n)
	if err != nil {
		return 0, err
	}
	solver, err := multigrid.NewSolver(stencil.Laplacian(grid), s)
	if err != nil {
		return 0, err
	}
	u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
	u.Randomize(seed)
	res, err := solver.Solve(ctx, u, g)
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	if res.Status == multigrid.Diverged {
		return res.Factor, nil
	}
	return res.Factor, err
}

// apply runs count cycles over nodes on the numbers u (n−1)², in float32.
func (p *Poisson) apply(u []float32, count int) ([]float32, error) {
	shape := tensor.Shape{N: 1, H: p.n - 1, W: p.n - 1, C: 1}
	program, err := graph.Build(func(b *graph.Builder) *graph.Node {
		dims := []int{shape.N, shape.H, shape.W, shape.C}
		last, err := p.cycles(b, b.Input("u", dims, u), b.Input("g", dims, make([]float32, len(u))), count)
		if err != nil {
			b.Fail(err)
		}
		return last
	})
	if err != nil {
		return nil, err
	}
	if err := program.Run(); err != nil {
		return nil, err
	}
	return program.Value(), nil
}

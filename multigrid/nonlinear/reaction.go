package nonlinear

// N(u) = A u + f(u).

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"mgtool/multigrid"
	"mgtool/multigrid/internal/rows"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// reaction is N on a grid.
type reaction struct {
	f, slope func(float64) float64
	levels   []multigrid.Coarse // of A, down to this grid
	rows     *rows.Rows         // of A
	grid     pde.Grid
	periodic bool
}

// Reaction is N(u) = A u + f(u) with a linear A that can be discretised on coarser grids,
// such as −Δ, and a function f of one variable; slope is f′, or nil for differences of f.
// Both are called from several goroutines at a time. Relaxation is red-black Gauss–Seidel
// with one step of Newton's method a point; with 2^d colours where A couples diagonal
// neighbours. Slopes so negative that the diagonal of A + f′ vanishes are not relaxed.
func Reaction(a stencil.Operator, f, slope func(u float64) float64) (Operator, error) {
	if f == nil {
		return nil, errors.New("nonlinear: no function f; want one")
	}
	if slope == nil {
		slope = func(u float64) float64 {
			h := 6e-6 * max(1, math.Abs(u)) // ε^{1/3}
			return (f(u+h) - f(u-h)) / (2 * h)
		}
	}
	return newReaction([]multigrid.Coarse{{A: a}}, f, slope)
}

func newReaction(levels []multigrid.Coarse, f, slope func(float64) float64) (*reaction, error) {
	a := levels[len(levels)-1].A
	grid, to := a.Grids()
	if grid.Dim() == 0 || grid != to {
		return nil, fmt.Errorf("nonlinear: %v; want an operator on one grid", a)
	}
	n := &reaction{f: f, slope: slope, levels: levels, rows: rows.Of(a, pde.NewField[float64](grid)), grid: grid}
	for d := range grid.Dim() {
		n.periodic = n.periodic || grid.Sides[d][0] == pde.Periodic
	}
	if n.rows.Norm == 0 {
		return nil, fmt.Errorf("nonlinear: %v has no coefficients that are known; want a constant or a varying one", a)
	}
	return n, nil
}

// Grid implements [Operator].
func (n *reaction) Grid() pde.Grid { return n.grid }

// Noise implements [Operator]; see the linear solver's status RoundingLimit.
func (n *reaction) Noise(u, g float64) float64 { return 0x1p-52 * (n.rows.Norm*u + g) }

// Residual implements [Operator].
func (n *reaction) Residual(r, u, g *pde.Field[float64]) error {
	u.FillGhosts()
	if err := n.levels[len(n.levels)-1].A.Residual(r, u, g); err != nil {
		return err
	}
	inner := n.grid.Inner(0)
	n.grid.Rows(func(j, k int) {
		r, u := r.Row(j, k)[1:1+inner], u.Row(j, k)[1:1+inner]
		for i := range r {
			r[i] -= n.f(u[i])
		}
	})
	return nil
}

// Relax implements [Operator].
func (n *reaction) Relax(u, g *pde.Field[float64]) {
	for colour := range n.rows.Colours() {
		if n.periodic {
			u.FillGhosts()
		}
		n.rows.Colour(colour, func(first, j, k int) { n.relaxRow(u, g, first, j, k) })
	}
}

// relaxRow takes every second unknown of a row to a zero of the linearised equation there,
//
//	u ← u + (g − A u − f(u)) / (a + f′(u)),   a the diagonal of A.
func (n *reaction) relaxRow(u, g *pde.Field[float64], first, j, k int) {
	v, start := u.Data(), u.Offset(j, k)
	data := g.Row(j, k)
	for i := first; i <= n.grid.Inner(0); i += 2 {
		p := start + i
		x, d := v[p], n.rows.Diagonal.At(p)
		r := data[i] - d*x - n.f(x) - n.rows.Couplings(v, p)
		if d += n.slope(x); d != 0 {
			v[p] = x + r/d
		}
	}
}

// mostSolved is how many unknowns the coarsest grid may have.
const mostSolved = 1024

// Coarsen implements [Operator].
func (n *reaction) Coarsen() (coarse Operator, r, p stencil.Operator, ok bool, err error) {
	next, ok, err := multigrid.Rediscretized{}.Coarsen(n.levels)
	if err != nil {
		return nil, r, p, false, err
	}
	if !ok {
		if unknowns := n.grid.Unknowns(); unknowns > mostSolved {
			return nil, r, p, false, fmt.Errorf("nonlinear: the coarsest grid has %v, %d unknowns; want at most %d: numbers of cells with more factors of two", n.grid, unknowns, mostSolved)
		}
		return nil, r, p, false, nil
	}
	c, err := newReaction(append(n.levels[:len(n.levels):len(n.levels)], next), n.f, n.slope)
	return c, next.R, next.P, err == nil, err
}

const (
	newtonSteps = 30
	halvings    = 12 // of a step of Newton's method that does not help
)

// Solve implements [Operator]: Newton's method, with steps cut in half until the residual
// falls. It ends where no step helps, which is at rounding, or where there is no solution.
func (n *reaction) Solve(u, g *pde.Field[float64]) {
	matrix, err := n.levels[len(n.levels)-1].A.Matrix()
	if err != nil {
		return
	}
	count := n.grid.Unknowns()
	a := mat.NewDense(count, count, nil)
	matrix.DoNonZero(func(i, j int, v float64) { a.Set(i, j, v) })
	r, try := pde.NewField[float64](n.grid), pde.NewField[float64](n.grid)
	copy(try.Data(), u.Data())
	if n.Residual(r, u, g) != nil {
		return
	}
	before := norm(r)
	for range newtonSteps {
		if before <= n.Noise(norm(u), norm(g)) {
			return
		}
		var jacobian mat.Dense
		jacobian.CloneFrom(a)
		for i, v := range u.Interior() {
			jacobian.Set(i, i, jacobian.At(i, i)+n.slope(v))
		}
		step := mat.NewVecDense(count, nil)
		var singular mat.Condition
		if err := step.SolveVec(&jacobian, mat.NewVecDense(count, r.Interior())); err != nil && !errors.As(err, &singular) {
			return
		}
		better := false
		for length, k := 1.0, 0; k < halvings && !better; k, length = k+1, length/2 {
			p := 0
			for row := range n.grid.RowCount() {
				j, k := n.grid.RowAt(row)
				from, to := u.Row(j, k), try.Row(j, k)
				for i := 1; i <= n.grid.Inner(0); i++ {
					to[i] = from[i] + length*step.AtVec(p)
					p++
				}
			}
			if n.Residual(r, try, g) == nil {
				if after := norm(r); after < before {
					before, better = after, true
				}
			}
		}
		if !better {
			return
		}
		copy(u.Data(), try.Data())
	}
}

package multigrid

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"mgtool/multigrid/cycle"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// tensorOperator is −∂x(a ∂x) − ∂y(a ∂y) − ∂z(a ∂z) + c by finite volumes around the
// unknowns, on the box of the indices, with a between neighbours of a function of the index
// of the lower one, and the axis. On closed sides nothing flows; rows there are those of
// half cells, divided by these.
func fluxOperator(t testing.TB, grid pde.Grid, a func(d int, x [3]int) float64, c float64) stencil.Operator {
	t.Helper()
	var k stencil.Coefficients
	dim := grid.Dim()
	strides := [3]int{1, 3, 9}
	for d := range dim {
		k[13-strides[d]], k[13+strides[d]] = pde.NewField[float64](grid), pde.NewField[float64](grid)
	}
	k[13] = pde.NewField[float64](grid)
	for row := range grid.RowCount() {
		j, l := grid.RowAt(row)
		for i := 1; i <= grid.Inner(0); i++ {
			x := [3]int{i, j, l}
			sum := c
			for d := range dim {
				for side := range 2 {
					y := x
					y[d] -= 1 - side
					closed := grid.Sides[d][side] == pde.Neumann && (side == 0 && x[d] == 1 || side == 1 && x[d] == grid.Inner(d))
					half := 1.0 // twice the flux, over half the cell
					if grid.Sides[d][1-side] == pde.Neumann && (side == 1 && x[d] == 1 || side == 0 && x[d] == grid.Inner(d)) {
						half = 2
					}
					if closed {
						continue
					}
					if grid.Sides[d][0] == pde.Periodic && y[d] == 0 {
						y[d] = grid.Inner(d)
					}
					v := half * a(d, y) / (grid.H[d] * grid.H[d])
					k[13+(2*side-1)*strides[d]].Set(i, j, l, -v)
					sum += v
				}
			}
			k[13].Set(i, j, l, sum)
		}
	}
	op, err := stencil.Varying(grid, k)
	if err != nil {
		t.Fatal(err)
	}
	return op
}

// rotated is the nine-point operator of −∇·(a ∇u) with eigenvalues 1 and ε of a, the first
// at this angle to the x axis.
func rotated(t testing.TB, grid pde.Grid, degrees, epsilon float64) stencil.Operator {
	t.Helper()
	s, c := math.Sincos(degrees * math.Pi / 180)
	xx, yy, xy := c*c+epsilon*s*s, s*s+epsilon*c*c, (1-epsilon)*s*c
	h := grid.H[0]
	q := xy / 2
	k := stencil.Plane([3][3]float64{{-q, -yy, q}, {-xx, 2*xx + 2*yy, -xx}, {q, -yy, -q}}).Scale(1 / (h * h))
	a, err := stencil.Constant(grid, k)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// boxFactor is the ratio of residuals over the last of 30 cycles for A u = 0.
func boxFactor(t testing.TB, a stencil.Operator, c Components, pre, post, gamma int) float64 {
	t.Helper()
	grid, _ := a.Grids()
	s := Settings{Cycle: cycle.Cycle{Pre: []int{pre}, Post: []int{post}, Gamma: gamma}, Components: c, MaxCycles: 1, RelTol: 0}
	solver, err := NewSolver(a, s)
	if err != nil {
		t.Fatal(err)
	}
	u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
	rng := rand.New(rand.NewPCG(1, 2))
	u.FillInterior(func(_, _, _ float64) float64 { return rng.Float64() - .5 })
	worst := 0.0
	for n := range 24 {
		res, err := solver.Solve(context.Background(), u, g)
		if err != nil {
			t.Fatal(err)
		}
		if r := res.Residuals; n >= 16 {
			worst = max(worst, r[1]/r[0])
		}
		size := norm(u)
		u.FillGhosts()
		for i := range u.Data() {
			u.Data()[i] /= size
		}
	}
	return worst
}

// cgSteps is how many steps of conjugate gradients with the cycle as preconditioner
// reduce the residual to 1e-8.
func cgSteps(t testing.TB, a stencil.Operator, c Components, pre, post, gamma int) int {
	t.Helper()
	grid, _ := a.Grids()
	m := newPreconditioner(t, a, c, pre, post, gamma)
	w := m.weights()
	inner := func(x, y *pde.Field[float64]) (sum float64) {
		for row := range grid.RowCount() {
			j, k := grid.RowAt(row)
			for i := 1; i <= grid.Inner(0); i++ {
				sum += w(i, j, k) * x.At(i, j, k) * y.At(i, j, k)
			}
		}
		return sum
	}
	add := func(y *pde.Field[float64], s float64, x *pde.Field[float64]) {
		for i, v := range x.Data() {
			y.Data()[i] += s * v
		}
	}
	rng := rand.New(rand.NewPCG(1, 2))
	r, u, q := pde.NewField[float64](grid), pde.NewField[float64](grid), pde.NewField[float64](grid)
	r.FillInterior(func(_, _, _ float64) float64 { return rng.Float64() - .5 })
	if m.f.singular {
		m.f.levels[0].takeWeightedMean(r)
	}
	first := norm(r)
	z := m.apply(r)
	p := z.Clone()
	rz := inner(r, z)
	for n := 1; n <= 200; n++ {
		p.FillGhosts()
		if err := a.Apply(q, p); err != nil {
			t.Fatal(err)
		}
		alpha := rz / inner(p, q)
		add(u, alpha, p)
		add(r, -alpha, q)
		if norm(r) <= 1e-8*first {
			return n
		}
		z = m.apply(r)
		next := inner(r, z)
		for i, v := range z.Data() {
			p.Data()[i] = v + next/rz*p.Data()[i]
		}
		rz = next
	}
	return 201
}

// preconditioner is a cycle from 0.
type preconditioner struct {
	f *blackBox
	c cycle.Cycle
}

func newPreconditioner(t testing.TB, a stencil.Operator, c Components, pre, post, gamma int) preconditioner {
	t.Helper()
	s := Settings{Cycle: cycle.Cycle{Pre: []int{pre}, Post: []int{post}, Gamma: gamma}, Components: c}
	f, err := newBlackBox(a, s, c.Coarsening.(BlackBox))
	if err != nil {
		t.Fatal(err)
	}
	f.reverse = true
	return preconditioner{f, s.Cycle}
}

func (m preconditioner) weights() func(i, j, k int) float64 { return m.f.levels[0].weight }

func (m preconditioner) apply(r *pde.Field[float64]) *pde.Field[float64] {
	u := pde.NewField[float64](r.Grid)
	if err := m.f.bind(u, r); err != nil {
		panic(err)
	}
	m.f.cycle(m.c, nil)
	m.f.finish()
	return u
}

func square(t testing.TB, n int) pde.Grid {
	return mustGrid(t, []int{n, n}, []float64{1 / float64(n), 1 / float64(n)})
}

var (
	boxPoints = Components{Smoother: RedBlack{Omega: 1}, Coarsening: BlackBox{}}
	boxLines  = Components{Smoother: Lines{}, Coarsening: BlackBox{}}
)

func TestProbe(t *testing.T) {
	for _, n := range []int{32, 64, 65, 128} {
		a := fluxOperator(t, square(t, n), func(int, [3]int) float64 { return 1 }, 0)
		t.Log(n, boxFactor(t, a, boxPoints, 1, 1, 1), boxFactor(t, a, boxLines, 1, 1, 1), cgSteps(t, a, boxPoints, 1, 1, 1))
	}
	for _, deg := range []float64{0, 15, 30, 45, 60, 90} {
		for _, e := range []float64{1, .1, 1e-2, 1e-3, 1e-6} {
			a := rotated(t, square(t, 128), deg, e)
			t.Log(deg, e, boxFactor(t, a, boxLines, 1, 1, 1), boxFactor(t, a, boxLines, 1, 1, 2), cgSteps(t, a, boxLines, 1, 1, 1), cgSteps(t, a, boxLines, 1, 1, 2), cgSteps(t, a, boxPoints, 1, 1, 1))
		}
	}
	_ = fmt.Sprint
	_ = errors.New
	_ = mat.NewDense
}

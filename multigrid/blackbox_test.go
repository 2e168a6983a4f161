package multigrid

import (
	"context"
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
// reduce the residual of random data to 1e-8.
func cgSteps(t testing.TB, a stencil.Operator, c Components, pre, post, gamma int) int {
	t.Helper()
	grid, _ := a.Grids()
	m := newPreconditioner(t, a, c, pre, post, gamma)
	rng := rand.New(rand.NewPCG(1, 2))
	g := pde.NewField[float64](grid)
	g.FillInterior(func(_, _, _ float64) float64 { return rng.Float64() - .5 })
	if m.f.singular {
		m.f.levels[0].takeWeightedMean(g)
	}
	_, steps := conjugateGradients(t, a, m, g, 1e-8)
	return steps
}

// conjugateGradients solves A u = g to the tolerance; it gives up after 200 steps.
func conjugateGradients(t testing.TB, a stencil.Operator, m preconditioner, g *pde.Field[float64], tolerance float64) (u *pde.Field[float64], steps int) {
	t.Helper()
	grid, _ := a.Grids()
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
	r, q := g.Clone(), pde.NewField[float64](grid)
	u = pde.NewField[float64](grid)
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
		if !(alpha > 0) || !finite(alpha) { // rounding is all that is left
			return u, n
		}
		add(u, alpha, p)
		add(r, -alpha, q)
		if norm(r) <= tolerance*first {
			return u, n
		}
		z = m.apply(r)
		next := inner(r, z)
		for i, v := range z.Data() {
			p.Data()[i] = v + next/rz*p.Data()[i]
		}
		rz = next
	}
	return u, 201
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
	return preconditioner{f, s.Cycle}
}

func (m preconditioner) weights() func(i, j, k int) float64 { return m.f.levels[0].weight }

func (m preconditioner) apply(r *pde.Field[float64]) *pde.Field[float64] {
	z := pde.NewField[float64](r.Grid)
	m.f.precondition(m.c, true, z, r)
	if m.f.singular {
		m.f.levels[0].takeWeightedMean(z)
	}
	return z
}

func square(t testing.TB, n int) pde.Grid {
	return mustGrid(t, []int{n, n}, []float64{1 / float64(n), 1 / float64(n)})
}

var (
	boxPoints = Components{Smoother: RedBlack{Omega: 1}, Coarsening: BlackBox{}}
	boxLines  = Components{Smoother: Lines{}, Coarsening: BlackBox{}}
)

// randomOperator is one of many kinds, on a small grid.
func randomOperator(t testing.TB, rng *rand.Rand) (a stencil.Operator, what string) {
	dim := 1 + rng.IntN(3)
	most := []int{60, 14, 6}[dim-1]
	n, h := make([]int, dim), make([]float64, dim)
	for d := range n {
		n[d] = 2 + rng.IntN(most-1)
		h[d] = math.Pow(10, rng.Float64()*2-1)
	}
	grid := mustGrid(t, n, h)
	for d := range dim {
		switch rng.IntN(5) {
		case 0:
			grid.Sides[d] = [2]pde.Boundary{pde.Periodic, pde.Periodic}
		case 1:
			grid.Sides[d] = [2]pde.Boundary{pde.Neumann, pde.Neumann}
		case 2:
			grid.Sides[d][rng.IntN(2)] = pde.Neumann
		}
	}
	jump := []float64{1, 1e2, 1e6}[rng.IntN(3)]
	high := map[[3]int]bool{}
	c := 0.0
	if rng.IntN(3) == 0 || grid.Closed() && rng.IntN(2) == 0 {
		c = rng.Float64()
	}
	for row := range grid.RowCount() {
		j, k := grid.RowAt(row)
		for i := range grid.Inner(0) + 2 {
			high[[3]int{i, j, k}] = rng.IntN(2) == 0
		}
	}
	a = fluxOperator(t, grid, func(_ int, x [3]int) float64 {
		if high[x] {
			return jump
		}
		return 1
	}, c)
	return a, fmt.Sprintf("%v %v, sides %v, jump %g, reaction %g", grid, grid.H, grid.Sides, jump, c)
}

// Solutions are those of a dense solve, for operators of every kind.
func TestBlackBoxAgainstDense(t *testing.T) {
	count := 200
	if testing.Short() {
		count = 20
	}
	for seed := range count {
		rng := rand.New(rand.NewPCG(uint64(seed), 7))
		a, what := randomOperator(t, rng)
		c := []Components{boxPoints, boxLines, {Smoother: RedBlack{Omega: 1}, Coarsening: BlackBox{Semi: true}}}[rng.IntN(3)]
		grid, _ := a.Grids()
		g := pde.NewField[float64](grid)
		g.FillInterior(func(_, _, _ float64) float64 { return rng.NormFloat64() })
		m := newPreconditioner(t, a, c, 1, 1, 1)
		f := m.f
		if !f.symmetric {
			t.Errorf("%d: %s: not found to be symmetric", seed, what)
		}
		if f.singular {
			f.levels[0].takeWeightedMean(g)
		}
		u, steps := conjugateGradients(t, a, m, g, 1e-15)
		if f.singular {
			f.levels[0].takeWeightedMean(u)
		}
		matrix, err := a.Matrix()
		if err != nil {
			t.Fatal(err)
		}
		n := grid.Unknowns()
		dense := mat.DenseCopyOf(matrix)
		if f.singular { // the solution of mean 0
			s := dense.At(0, 0)
			i := 0
			for row := range grid.RowCount() {
				j, k := grid.RowAt(row)
				for x := 1; x <= grid.Inner(0); x++ {
					for r := range n {
						dense.Set(r, i, dense.At(r, i)+s*f.levels[0].weight(x, j, k)/float64(n))
					}
					i++
				}
			}
		}
		var lu mat.LU
		lu.Factorize(dense)
		want := mat.NewVecDense(n, nil)
		if err := lu.SolveVecTo(want, false, mat.NewVecDense(n, g.Interior())); err != nil && lu.Cond() > 1e15 {
			t.Fatal(seed, what, err)
		}
		diff, size := 0.0, 0.0
		for i, v := range u.Interior() {
			diff, size = max(diff, math.Abs(v-want.AtVec(i))), max(size, math.Abs(want.AtVec(i)))
		}
		if limit := max(1e-10, 10*lu.Cond()*0x1p-53); !(diff <= limit*size) {
			t.Errorf("%d: %s with %v %v: off by %g of the solution, want %g (%d steps)", seed, what, c.Smoother, c.Coarsening, diff/size, limit, steps)
		}
	}
}

// jumping is the operator of coefficients in cells, the mean of those beside an edge.
func jumping(t testing.TB, grid pde.Grid, cell func(x [3]int) float64) stencil.Operator {
	t.Helper()
	dim := grid.Dim()
	return fluxOperator(t, grid, func(d int, x [3]int) float64 {
		sum, count := 0.0, 0.0
		for corner := range 1 << dim {
			if corner>>d&1 == 1 {
				continue
			}
			y := x
			for e := range dim {
				y[e] -= corner >> e & 1
			}
			sum += cell(y)
			count++
		}
		return sum / count
	}, 0)
}

func checkerboard(size int, jump float64) func(x [3]int) float64 {
	return func(x [3]int) float64 {
		if (x[0]/size+x[1]/size+x[2]/size)%2 == 0 {
			return jump
		}
		return 1
	}
}

// inclusions is a part of the cells at random.
func inclusions(share, jump float64) func(x [3]int) float64 {
	return func(x [3]int) float64 {
		h := rand.New(rand.NewPCG(uint64(x[0]*1000003+x[1]*1009+x[2]), 5))
		if h.Float64() < share {
			return jump
		}
		return 1
	}
}

func cube(t testing.TB, n int) pde.Grid {
	h := 1 / float64(n)
	return mustGrid(t, []int{n, n, n}, []float64{h, h, h})
}

func TestProbeJumps(t *testing.T) {
	for _, n := range []int{64, 128, 129} {
		for name, cell := range map[string]func([3]int) float64{"one": checkerboard(1, 1), "board1": checkerboard(1, 1e6), "board2": checkerboard(2, 1e6), "board3": checkerboard(3, 1e6), "board8": checkerboard(8, 1e6), "board13": checkerboard(13, 1e-6),
			"rand.5": inclusions(.5, 1e6), "rand.1": inclusions(.1, 1e6), "rand.9": inclusions(.9, 1e6), "rand.4/1e3": inclusions(.4, 1e3)} {
			a := jumping(t, square(t, n), cell)
			t.Logf("%d %s points %.3f %d W %d, lines %.3f %d", n, name, boxFactor(t, a, boxPoints, 1, 1, 1), cgSteps(t, a, boxPoints, 1, 1, 1), cgSteps(t, a, boxPoints, 1, 1, 2), boxFactor(t, a, boxLines, 1, 1, 1), cgSteps(t, a, boxLines, 1, 1, 1))
		}
	}
	for _, n := range []int{32, 48} {
		for name, cell := range map[string]func([3]int) float64{"one": checkerboard(1, 1), "board1": checkerboard(1, 1e6), "board2": checkerboard(2, 1e6), "board3": checkerboard(3, 1e6), "board8": checkerboard(8, 1e6), "board13": checkerboard(13, 1e-6),
			"rand.5": inclusions(.5, 1e6), "rand.1": inclusions(.1, 1e6), "rand.9": inclusions(.9, 1e6), "rand.4/1e3": inclusions(.4, 1e3)} {
			a := jumping(t, cube(t, n), cell)
			t.Logf("3d %d %s points %.3f %d W %d, lines %.3f %d", n, name, boxFactor(t, a, boxPoints, 1, 1, 1), cgSteps(t, a, boxPoints, 1, 1, 1), cgSteps(t, a, boxPoints, 1, 1, 2), boxFactor(t, a, boxLines, 1, 1, 1), cgSteps(t, a, boxLines, 1, 1, 1))
		}
	}
}

func TestProbeAniso(t *testing.T) {
	semi := Components{Smoother: RedBlack{Omega: 1}, Coarsening: BlackBox{Semi: true}}
	semiLines := Components{Smoother: Lines{}, Coarsening: BlackBox{Semi: true}}
	for _, e := range []float64{.5, .3, .1, .05, 1e-2, 1e-4} {
		a := fluxOperator(t, square(t, 64), func(d int, _ [3]int) float64 { return []float64{1, e}[d] }, 0)
		t.Logf("2d (1,%g): semi %.3f %d lines %.3f", e, boxFactor(t, a, semi, 1, 1, 1), cgSteps(t, a, semi, 1, 1, 1), boxFactor(t, a, boxLines, 1, 1, 1))
		for _, c := range [][]float64{{1, 1, e}, {1, e, e}, {e, 1, 1}, {1, math.Sqrt(e), e}} {
			a := fluxOperator(t, cube(t, 32), func(d int, _ [3]int) float64 { return c[d] }, 0)
			t.Logf("3d %v: semi %.3f %d lines %.3f %d semi lines %.3f %d", c, boxFactor(t, a, semi, 1, 1, 1), cgSteps(t, a, semi, 1, 1, 1), boxFactor(t, a, boxLines, 1, 1, 1), cgSteps(t, a, boxLines, 1, 1, 1), boxFactor(t, a, semiLines, 1, 1, 1), cgSteps(t, a, semiLines, 1, 1, 1))
		}
	}
}

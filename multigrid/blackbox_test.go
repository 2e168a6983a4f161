package multigrid

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"mgtool/internal/parallel"
	"mgtool/multigrid/cycle"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// fluxOperator is −∂x(a ∂x) − ∂y(a ∂y) − ∂z(a ∂z) + c by finite volumes around the
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
	randomize(u, 1)
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

// randomize fills a field inside.
func randomize(f *pde.Field[float64], seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 2))
	for row := range f.RowCount() {
		for i := range f.Row(f.RowAt(row))[1 : 1+f.Inner(0)] {
			f.Row(f.RowAt(row))[1+i] = rng.Float64() - .5
		}
	}
}

// cgSteps is how many steps of conjugate gradients with the cycle as preconditioner
// reduce the residual of random data to 1e-8.
func cgSteps(t testing.TB, a stencil.Operator, c Components, pre, post, gamma int) int {
	t.Helper()
	grid, _ := a.Grids()
	m := newPreconditioner(t, a, c, pre, post, gamma)
	g := pde.NewField[float64](grid)
	randomize(g, 1)
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
	inner := m.inner()
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
	f       *blackBox
	c       cycle.Cycle
	forward bool // smoothing after the correction too
}

func newPreconditioner(t testing.TB, a stencil.Operator, c Components, pre, post, gamma int) preconditioner {
	t.Helper()
	s := Settings{Cycle: cycle.Cycle{Pre: []int{pre}, Post: []int{post}, Gamma: gamma}, Components: c}
	f, err := newBlackBox(a, s, c.Coarsening.(BlackBox))
	if err != nil {
		t.Fatal(err)
	}
	return preconditioner{f: f, c: s.Cycle}
}

// inner is the inner product in which A is self-adjoint.
func (m preconditioner) inner() func(x, y *pde.Field[float64]) float64 {
	b := m.f.levels[0]
	return func(x, y *pde.Field[float64]) (sum float64) {
		for row := range b.rows() {
			j, k := b.rowAt(row)
			for i := 1; i <= b.n[0]; i++ {
				sum += b.weight(i, j, k) * x.At(i, j, k) * y.At(i, j, k)
			}
		}
		return sum
	}
}

func (m preconditioner) apply(r *pde.Field[float64]) *pde.Field[float64] {
	z := pde.NewField[float64](r.Grid)
	x := m.f.linear()
	x.begin(m.c, !m.forward)
	if err := x.Precondition(z, r); err != nil {
		panic(err)
	}
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
	if rng.IntN(4) == 0 { // rows that were multiplied by something along the axes
		a = rescaled(t, a, rng)
	}
	return a, fmt.Sprintf("%v %v, sides %v, jump %g, reaction %g", grid, grid.H, grid.Sides, jump, c)
}

// rescaled is A with each row times factors of its indices.
func rescaled(t testing.TB, a stencil.Operator, rng *rand.Rand) stencil.Operator {
	grid, _ := a.Grids()
	var w [3][]float64
	for d := range w {
		w[d] = make([]float64, grid.Inner(d)+2)
		for i := range w[d] {
			w[d][i] = 1 + 4*rng.Float64()
		}
	}
	c := a.Coefficients()
	for o, f := range c {
		if f == nil {
			continue
		}
		c[o] = f.Clone()
		for row := range grid.RowCount() {
			j, k := grid.RowAt(row)
			for i := 1; i <= grid.Inner(0); i++ {
				c[o].Set(i, j, k, f.At(i, j, k)*w[0][i]*w[1][j]*w[2][k])
			}
		}
	}
	scaled, err := stencil.Varying(grid, c)
	if err != nil {
		t.Fatal(err)
	}
	return scaled
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
		randomize(g, uint64(seed))
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

var boxSemi = Components{Smoother: RedBlack{Omega: 1}, Coarsening: BlackBox{Semi: true}}

// The coarse operator is R A P, as products of the maps.
func TestBlackBoxProduct(t *testing.T) {
	for seed := range 40 {
		rng := rand.New(rand.NewPCG(uint64(seed), 9))
		a, what := randomOperator(t, rng)
		m := newPreconditioner(t, a, []Components{boxPoints, boxSemi}[seed%2], 1, 1, 1)
		for level, b := range m.f.levels[:len(m.f.levels)-1] {
			c := b.coarser
			e, u := pde.NewField[float64](c.grid), pde.NewField[float64](b.grid)
			randomize(e, uint64(seed))
			c.fill(e)
			c.u, b.u = e, u
			for row := range b.rows() {
				b.prolongRow(b.rowAt(row))
			}
			b.fill(u)
			b.g, c.g = pde.NewField[float64](b.grid), pde.NewField[float64](c.grid)
			parallel.Each(b.over(unitWork), b.residual)
			b.fill(b.r)
			parallel.Each(c.over(unitWork/4), b.gather)
			// c.g is −R A P e now, so that c.g − A' (−e) is 0.
			worst, size := 0.0, 0.0
			for i := range e.Data() {
				e.Data()[i] *= -1
			}
			for row := range c.rows() {
				j, k := c.rowAt(row)
				c.residualRow(&c.scratch[0], c.scratch[0].row[0], 1, c.n[0], j, k)
				for i := 1; i <= c.n[0]; i++ {
					worst = max(worst, math.Abs(c.scratch[0].row[0][i]))
					size = max(size, math.Abs(c.a[13].At(i, j, k)))
				}
			}
			if !(worst <= 1e-12*size) {
				t.Errorf("%d: %s, level %d: R A P is off by %g of %g", seed, what, level, worst, size)
			}
		}
	}
}

// P of an operator that maps constants to 0 keeps constants.
func TestBlackBoxKeepsConstants(t *testing.T) {
	grid := square(t, 32)
	grid.Sides = [3][2]pde.Boundary{{pde.Neumann, pde.Neumann}, {pde.Periodic, pde.Periodic}}
	m := newPreconditioner(t, jumping(t, grid, inclusions(.3, 1e4)), boxPoints, 1, 1, 1)
	for level, b := range m.f.levels[:len(m.f.levels)-1] {
		c := b.coarser
		c.u, b.u = pde.NewField[float64](c.grid), pde.NewField[float64](b.grid)
		for i := range c.u.Data() {
			c.u.Data()[i] = 1
		}
		for row := range b.rows() {
			b.prolongRow(b.rowAt(row))
		}
		for _, v := range b.u.Interior() {
			if math.Abs(v-1) > 1e-9 {
				t.Fatalf("level %d: 1 becomes %g", level, v)
			}
		}
	}
}

// With smoothing in the opposite order after the correction a cycle is self-adjoint in the
// inner product in which A is; otherwise it is not.
func TestBlackBoxIsSymmetric(t *testing.T) {
	neumann := square(t, 24)
	neumann.Sides[0] = [2]pde.Boundary{pde.Neumann, pde.Dirichlet}
	neumann.Sides[1] = [2]pde.Boundary{pde.Periodic, pde.Periodic}
	for _, a := range []stencil.Operator{
		rotated(t, square(t, 33), 30, 1e-3),
		jumping(t, neumann, inclusions(.4, 1e6)),
		rescaled(t, jumping(t, cube(t, 12), checkerboard(3, 1e3)), rand.New(rand.NewPCG(1, 1))),
	} {
		for _, c := range []Components{boxPoints, boxLines, boxSemi} {
			for gamma := 1; gamma <= 2; gamma++ {
				m := newPreconditioner(t, a, c, 1, 1, gamma)
				grid, _ := a.Grids()
				x, y := pde.NewField[float64](grid), pde.NewField[float64](grid)
				randomize(x, 1)
				randomize(y, 2)
				mx, my := m.apply(x), m.apply(y)
				inner := m.inner()
				if p, q := inner(mx, y), inner(x, my); !(math.Abs(p-q) <= 1e-9*math.Sqrt(inner(mx, x)*inner(my, y))) {
					t.Errorf("%v, %v, gamma %d: <Mx,y> = %g, <x,My> = %g", grid, c.Smoother, gamma, p, q)
				}
				m.forward = true
				mx, my = m.apply(x), m.apply(y)
				if p, q := inner(mx, y), inner(x, my); math.Abs(p-q) <= 1e-9*math.Sqrt(math.Abs(inner(mx, x)*inner(my, y))) {
					t.Errorf("%v, %v: the order of smoothing does not matter", grid, c.Smoother)
				}
			}
		}
	}
}

// Where the axes do not see each other but one, lines along it solve in one step.
func TestLinesAreExact(t *testing.T) {
	for _, sides := range [][2]pde.Boundary{{}, {pde.Periodic, pde.Periodic}, {pde.Neumann, pde.Dirichlet}, {pde.Neumann, pde.Neumann}} {
		for dim := 1; dim <= 3; dim++ {
			for d := range dim {
				n, h := []int{11, 9, 7}[:dim], []float64{.5, .25, 1}[:dim]
				grid := mustGrid(t, n, h)
				grid.Sides[d] = sides
				a := fluxOperator(t, grid, func(e int, x [3]int) float64 {
					if e == d {
						return 1 + float64((x[0]*7+x[1]*3+x[2])%5)
					}
					return 0
				}, .1)
				b := boxOf(a)
				b.r = pde.NewField[float64](grid)
				b.makeScratch()
				b.relaxLines(d)
				b.u, b.g = pde.NewField[float64](grid), pde.NewField[float64](grid)
				randomize(b.u, 3)
				randomize(b.g, 4)
				b.fill(b.u)
				for i, run := range b.stages {
					parallel.Each(b.units[i], run)
					b.fill(b.u)
				}
				r := pde.NewField[float64](grid)
				if err := a.Residual(r, b.u, b.g); err != nil {
					t.Fatal(err)
				}
				if worst := norm(r); !(worst < 1e-12*norm(b.u)*100) {
					t.Errorf("sides %v, lines along axis %d of %d: a residual of %g is left", sides, d, dim, worst)
				}
			}
		}
	}
}

// Zebra lines along the strong direction, two a cycle, have the factors of local Fourier
// analysis for −ε u_xx − u_yy (Briggs, Henson & McCormick; Trottenberg et al. §5.1).
func TestZebraFactors(t *testing.T) {
	for _, c := range []struct{ epsilon, want float64 }{{1, .062}, {.1, .046}, {.01, .049}} {
		a := fluxOperator(t, square(t, 128), func(d int, _ [3]int) float64 { return []float64{c.epsilon, 1}[d] }, 0)
		got := boxFactor(t, a, Components{Smoother: Lines{Axes: []int{1}}, Coarsening: BlackBox{}}, 1, 1, 2)
		t.Logf("ε = %g: %.4f", c.epsilon, got)
		if !(got < c.want*1.15) {
			t.Errorf("ε = %g: factor %.4f; want at most %g", c.epsilon, got, c.want)
		}
	}
}

// Along the axes, anisotropy of every size leaves the chosen method fast.
func TestChosenForAnisotropy(t *testing.T) {
	for e := 1.0; e > 5e-7; e /= 10 {
		for _, c := range [][]float64{{1, e}, {e, 1}, {1, 1, e}, {e, 1, 1}, {1, e, e}, {e, 1, e}, {1, math.Sqrt(e), e}} {
			grid := square(t, 64)
			if len(c) == 3 {
				if testing.Short() && e < .05 {
					continue
				}
				grid = cube(t, 20)
			}
			a := fluxOperator(t, grid, func(d int, _ [3]int) float64 { return c[d] }, 0)
			s, why := Choose(a)
			if got := boxFactor(t, a, s.Components, 1, 1, s.Cycle.Gamma); !(got < .25) {
				t.Errorf("%v: factor %.3f with %s", c, got, why)
			}
		}
	}
}

// Anisotropy across the axes takes a Krylov method.
func TestChosenForRotation(t *testing.T) {
	for _, degrees := range []float64{5, 15, 30, 45, 60, 75, 85} {
		for _, e := range []float64{.1, 1e-2, 1e-3, 1e-6} {
			for _, n := range []int{64, 128} {
				a := rotated(t, square(t, n), degrees, e)
				s, why := Choose(a)
				steps := cgSteps(t, a, s.Components, 1, 1, s.Cycle.Gamma)
				t.Logf("%g degrees, ε = %g, n = %d: %d steps", degrees, e, n, steps)
				if steps > 25 {
					t.Errorf("%g degrees, ε = %g, n = %d: %d steps with %s", degrees, e, n, steps, why)
				}
			}
		}
	}
}

// Jumps of 10⁶, where they lie as they like.
func TestChosenForJumps(t *testing.T) {
	cells := map[string]func([3]int) float64{
		"checkerboard of 1": checkerboard(1, 1e6), "of 2": checkerboard(2, 1e6), "of 3": checkerboard(3, 1e-6), "of 8": checkerboard(8, 1e6),
		"inclusions 10%": inclusions(.1, 1e6), "50%": inclusions(.5, 1e6), "90%": inclusions(.9, 1e6), "40% of 1000": inclusions(.4, 1e3),
	}
	for name, cell := range cells {
		grids := []pde.Grid{square(t, 64), square(t, 129), mustGrid(t, []int{400, 6}, []float64{1, 1}), mustGrid(t, []int{64, 64}, []float64{1, 5})}
		if !testing.Short() {
			grids = append(grids, cube(t, 24))
		}
		for _, grid := range grids {
			if grid.Dim() == 3 && name == "inclusions 10%" {
				continue // see the comment of BlackBox
			}
			a := jumping(t, grid, cell)
			s, why := Choose(a)
			steps := cgSteps(t, a, s.Components, 1, 1, s.Cycle.Gamma)
			t.Logf("%s on %v: %d steps", name, grid, steps)
			if steps > 40 {
				t.Errorf("%s on %v: %d steps with %s", name, grid, steps, why)
			}
		}
	}
}

// Rows of points that are no unknowns are multiples of those of the identity.
func TestMasked(t *testing.T) {
	for _, n := range []int{50, 100} {
		grid := square(t, n)
		absent := func(x [3]int) bool {
			dx, dy := x[0]-n/2, x[1]-n/3
			return dx*dx+dy*dy < n*n/16 || x[0] > 4*n/5 && x[1] > n/2
		}
		for _, insulated := range []bool{false, true} {
			a := fluxOperator(t, grid, func(d int, x [3]int) float64 {
				y := x
				y[d]++
				if insulated && absent(x) != absent(y) {
					return 0
				}
				return 1
			}, 0)
			c := a.Coefficients()
			for row := range grid.RowCount() {
				j, k := grid.RowAt(row)
				for i := 1; i < n; i++ {
					for o, f := range c {
						d := stencil.Offset(o)
						if f != nil && o != 13 && (absent([3]int{i, j, k}) || absent([3]int{i + d[0], j + d[1], k + d[2]})) {
							f.Set(i, j, k, 0)
						}
					}
				}
			}
			s, why := Choose(a)
			steps := cgSteps(t, a, s.Components, 1, 1, s.Cycle.Gamma)
			t.Logf("n = %d, insulated %v: %d steps with %s", n, insulated, steps, why)
			if steps > 15 {
				t.Errorf("n = %d, insulated %v: %d steps with %s", n, insulated, steps, why)
			}
		}
	}
}

// Nothing depends on the number of threads.
func TestBlackBoxThreads(t *testing.T) {
	for _, grid := range []pde.Grid{square(t, 300), cube(t, 40)} {
		a := jumping(t, grid, inclusions(.5, 1e3))
		for _, c := range []Components{boxPoints, boxLines} {
			var want []float64
			for _, threads := range []int{1, 2, 3, 7} {
				before := runtime.GOMAXPROCS(threads)
				m := newPreconditioner(t, a, c, 1, 1, 1)
				g := pde.NewField[float64](grid)
				randomize(g, 1)
				got := m.apply(g).Interior()
				runtime.GOMAXPROCS(before)
				if want == nil {
					want = got
				}
				if !slices.Equal(got, want) {
					t.Errorf("%v, %v: other bits on %d threads", grid, c.Smoother, threads)
				}
			}
		}
	}
}

// A Solver ends as it should, also where the first cycle raises the residual.
func TestBlackBoxSolver(t *testing.T) {
	for _, c := range []Components{boxPoints, boxLines, {Smoother: Lines{}}} {
		grid := square(t, 200)
		a := jumping(t, grid, checkerboard(8, 1e6))
		s := DefaultSettings()
		s.Components = c
		solver, err := NewSolver(a, s)
		if err != nil {
			t.Fatal(err)
		}
		u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
		g.FillInterior(func(x, y, _ float64) float64 { return 1 + x*y })
		res, err := solver.Solve(context.Background(), u, g)
		if err != nil || res.Status != Converged {
			t.Errorf("%v: %v, %v after %d cycles", c.Smoother, err, res.Status, res.Cycles)
		}
		r := pde.NewField[float64](grid)
		if err := a.Residual(r, u, g); err != nil {
			t.Fatal(err)
		}
		if got, want := norm(r)/norm(g), res.Residuals[res.Cycles]; math.Abs(got-want) > 1e-3*want {
			t.Errorf("%v: residual %g, reported %g", c.Smoother, got, want)
		}
	}
}

// What is chosen for an operator solves it.
func TestChosenSolves(t *testing.T) {
	neumann := mustGrid(t, []int{60, 47}, []float64{1, 1})
	neumann.Sides = [3][2]pde.Boundary{{pde.Neumann, pde.Neumann}, {pde.Neumann, pde.Neumann}}
	star, err := stencil.Diffusion(square(t, 64), [3]float64{1, .01}, 2)
	if err != nil {
		t.Fatal(err)
	}
	closed, err := stencil.Diffusion(neumann, [3]float64{1, 1}, 0)
	if err != nil {
		t.Fatal(err)
	}
	methods := map[string]Coarsening{"star": Rediscretized{}, "closed star": Rediscretized{}, "smooth faces": Rediscretized{}}
	for name, a := range map[string]stencil.Operator{
		"star":         star,
		"closed star":  closed,
		"smooth faces": byFaces(t, square(t, 64), func(x, y float64) float64 { return 2 + math.Sin(3*x+2*y) }),
		"faces that jump": byFaces(t, square(t, 64), func(x, y float64) float64 {
			if math.Hypot(x-.4, y-.6) < .3 {
				return 1e6
			}
			return 1
		}),
		"rotated":    rotated(t, square(t, 100), 30, 1e-3),
		"jumps":      jumping(t, square(t, 100), inclusions(.5, 1e6)),
		"closed":     jumping(t, neumann, checkerboard(3, 1e4)),
		"thin":       jumping(t, mustGrid(t, []int{2, 300}, []float64{1, 1}), checkerboard(2, 1e6)),
		"one":        jumping(t, mustGrid(t, []int{2, 2}, []float64{1, 1}), checkerboard(2, 1e6)),
		"line":       jumping(t, mustGrid(t, []int{1000}, []float64{.001}), checkerboard(5, 1e6)),
		"convection": convected(t, square(t, 80), 300, 100),
		"turned":     jumping(t, square(t, 64), checkerboard(4, 1e3)).Scale(-1),
	} {
		s, why := Choose(a)
		solver, err := NewSolver(a, s)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		grid, _ := a.Grids()
		u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
		randomize(g, 5)
		if name == "closed" {
			solver.method.(*blackBox).levels[0].takeWeightedMean(g)
		}
		if name == "closed star" {
			for i := range g.Data() {
				g.Data()[i] = 0
			}
			g.Set(20, 20, 0, 1)
			g.Set(40, 30, 0, -1)
		}
		if want, ok := methods[name]; !ok && s.Coarsening == (Rediscretized{}) && name != "one" || ok && s.Coarsening != want {
			t.Errorf("%s: chosen is %T, %s", name, s.Coarsening, why)
		}
		res, err := solver.Solve(context.Background(), u, g)
		t.Logf("%s: %v in %d steps, with %s", name, res.Status, res.Cycles, why)
		if err != nil || res.Cycles > 40 {
			t.Errorf("%s: %v, %v after %d with %s", name, err, res.Status, res.Cycles, why)
			continue
		}
		u.FillGhosts()
		r := pde.NewField[float64](grid)
		if err := a.Residual(r, u, g); err != nil {
			t.Fatal(err)
		}
		if got := norm(r) / norm(g); !(got <= 1.1e-8) && res.Status != RoundingLimit {
			t.Errorf("%s: a residual of %g is left", name, got)
		}
	}
}

// convected is −Δ + b·∇ with differences against the flow.
func convected(t testing.TB, grid pde.Grid, bx, by float64) stencil.Operator {
	t.Helper()
	h := grid.H[0]
	a, err := stencil.Constant(grid, stencil.Plane([3][3]float64{
		{0, -1 - by*h, 0}, {-1 - bx*h, 4 + (bx+by)*h, -1}, {0, -1, 0},
	}).Scale(1/(h*h)))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// byFaces is −∇·(a ∇u) in two dimensions by coefficients of faces.
func byFaces(t testing.TB, grid pde.Grid, a func(x, y float64) float64) stencil.Operator {
	t.Helper()
	var along [3]*pde.Field[float64]
	for d := range 2 {
		along[d] = pde.NewField[float64](grid)
		for j := range grid.Inner(1) + 2 {
			for i := range grid.Inner(0) + 2 {
				x := [2]float64{float64(i) * grid.H[0], float64(j) * grid.H[1]}
				x[d] -= grid.H[d] / 2
				along[d].Set(i, j, 0, a(x[0], x[1])/(grid.H[d]*grid.H[d]))
			}
		}
	}
	op, err := stencil.Faces(grid, along, nil)
	if err != nil {
		t.Fatal(err)
	}
	return op
}

// Black-box multigrid takes no more memory than foreseen, and not much less.
func TestBlackBoxMemory(t *testing.T) {
	for _, n := range [][]int{{1 << 18}, {500, 500}, {60, 61, 62}} {
		grid := mustGrid(t, n, []float64{1, 1, 1}[:len(n)])
		ring := grid
		ring.Sides[0] = [2]pde.Boundary{pde.Periodic, pde.Periodic}
		for _, a := range []stencil.Operator{stencil.Laplacian(grid), jumping(t, ring, checkerboard(2, 10))} {
			for _, c := range []Components{boxPoints, boxLines, boxSemi} {
				grid, _ := a.Grids()
				s := DefaultSettings()
				s.Components, s.MaxCycles, s.Krylov = c, 2, None
				u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
				g.Randomize(1)
				before := held()
				solver, err := NewSolver(a, s)
				if err != nil {
					t.Fatal(err)
				}
				solver.Solve(t.Context(), u, g)
				took, want := held()-before, memoryOf(t, a, s)
				t.Logf("%v, %v, %v: %d bytes, foreseen %d", grid, c.Smoother, c.Coarsening, took, want)
				if took > want || took < want/4 && c.Coarsening == (BlackBox{}) {
					t.Errorf("%v, %v, %v: a solver takes %d bytes, foreseen %d", grid, c.Smoother, c.Coarsening, took, want)
				}
				runtime.KeepAlive(solver)
				runtime.KeepAlive(u)
				runtime.KeepAlive(g)
			}
		}
	}
}

func memoryOf(t testing.TB, a stencil.Operator, s Settings) int64 {
	t.Helper()
	bytes, err := Memory(a, s)
	if err != nil {
		t.Fatal(err)
	}
	return bytes
}

// A cycle allocates the list of its states and the loop over its legs, whatever the grid.
func TestBlackBoxAllocations(t *testing.T) {
	for _, n := range []int{64, 256} {
		grid := square(t, n)
		for _, c := range []Components{boxPoints, boxLines} {
			m := newPreconditioner(t, jumping(t, grid, checkerboard(2, 10)), c, 1, 1, 1)
			if err := m.f.bind(pde.NewField[float64](grid), pde.NewField[float64](grid)); err != nil {
				t.Fatal(err)
			}
			cycle := func() { m.f.cycle(m.c, nil); m.f.norms(func(_, _ float64) {}) }
			cycle()
			if got := testing.AllocsPerRun(5, cycle); got > 10 {
				t.Errorf("n = %d, %v: %g allocations a cycle", n, c.Smoother, got)
			} else {
				t.Log(got)
			}
		}
	}
}

func TestBlackBoxRefusals(t *testing.T) {
	grid := square(t, 16)
	zero := stencil.Coefficients{13: pde.NewField[float64](grid)}
	empty, err := stencil.Varying(grid, zero)
	if err != nil {
		t.Fatal(err)
	}
	for mention, c := range map[string]struct {
		a      stencil.Operator
		change func(s *Settings)
	}{
		"mixed precision": {stencil.Laplacian(grid), func(s *Settings) { s.Precision = Mixed }},
		"Watch of":        {stencil.Laplacian(grid), func(s *Settings) { s.Watch = func(int, cycle.Point, *pde.Field[float64], *pde.Field[float64]) {} }},
		"want rbgs":       {stencil.Laplacian(grid), func(s *Settings) { s.Smoother = GaussSeidel{} }},
		"along one of":    {stencil.Laplacian(grid), func(s *Settings) { s.Smoother = Lines{Axes: []int{2}} }},
		"axis 5":          {stencil.Laplacian(grid), func(s *Settings) { s.Smoother = Lines{Axes: []int{5}} }},
		"the diagonal":    {empty, func(*Settings) {}},
		"takes black-box": {stencil.Laplacian(grid), func(s *Settings) { s.Components = Components{Smoother: Lines{}, Coarsening: Rediscretized{}} }},
	} {
		s := DefaultSettings()
		s.Components = boxPoints
		c.change(&s)
		if _, err := NewSolver(c.a, s); err == nil || !strings.Contains(err.Error(), mention) {
			t.Errorf("%v; want an error with %q", err, mention)
		}
	}
	for _, name := range []string{"full", "galerkin", "semi", "blackbox"} {
		if _, err := CoarseningByName(name); err != nil {
			t.Error(err)
		}
	}
	if _, err := CoarseningByName("half"); err == nil {
		t.Error("a coarsening of no known name")
	}
}

package multigrid

// Cycles as preconditioners of conjugate gradients.

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"mgtool/multigrid/cycle"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// cgSteps is how many steps of conjugate gradients with the cycle as preconditioner
// reduce the residual of random data to 1e-8.
func cgSteps(t testing.TB, a stencil.Operator, c Components, pre, post, gamma int) int {
	t.Helper()
	grid, _ := a.Grids()
	m := newPreconditioner(t, a, c, pre, post, gamma)
	g := pde.NewField[float64](grid)
	g.Randomize(1)
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

// Solutions are those of a dense solve, for operators of every kind.
func TestBlackBoxAgainstDense(t *testing.T) {
	count := 200
	if testing.Short() {
		count = 20
	}
	for seed := range count {
		rng := rand.New(rand.NewPCG(uint64(seed), 7))
		a, what := randomOperator(t, rng)
		c := []Components{boxPoints, boxLines, boxSemi}[rng.IntN(3)]
		if a, _ := a.Grids(); a.Dim() == 3 && rng.IntN(2) == 0 {
			c = boxPlanes
		}
		grid, _ := a.Grids()
		g := pde.NewField[float64](grid)
		g.Randomize(uint64(seed))
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

// With smoothing in the opposite order after the correction a cycle is self-adjoint in the
// inner product in which A is; otherwise it is not.
func TestBlackBoxIsSymmetric(t *testing.T) {
	neumann := mustGrid(t, []int{24, 25}, []float64{1, 1})
	neumann.Sides[0] = [2]pde.Boundary{pde.Neumann, pde.Dirichlet}
	neumann.Sides[1] = [2]pde.Boundary{pde.Periodic, pde.Periodic}
	for _, a := range []stencil.Operator{
		rotated(t, square(t, 33), 30, 1e-3),
		jumping(t, neumann, inclusions(.4, 1e6)),
		rescaled(t, jumping(t, cube(t, 12), checkerboard(3, 1e3)), rand.New(rand.NewPCG(1, 1))),
	} {
		components := []Components{boxPoints, boxLines, boxSemi}
		if grid, _ := a.Grids(); grid.Dim() == 3 {
			components = append(components, boxPlanes, Components{Smoother: Planes{Across: []int{1}}, Coarsening: BlackBox{}})
		}
		for _, c := range components {
			for gamma := 1; gamma <= 2; gamma++ {
				m := newPreconditioner(t, a, c, 1, 1, gamma)
				grid, _ := a.Grids()
				x, y := pde.NewField[float64](grid), pde.NewField[float64](grid)
				x.Randomize(1)
				y.Randomize(2)
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

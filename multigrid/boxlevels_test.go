package multigrid

// The levels: P, R A P, and the relaxation of lines.

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"mgtool/pde"
	"mgtool/pde/stencil"
)

// The coarse operator is R A P, as products of the maps.
func TestBlackBoxProduct(t *testing.T) {
	for seed := range 40 {
		rng := rand.New(rand.NewPCG(uint64(seed), 9))
		a, what := randomOperator(t, rng)
		isProduct(t, a, []Components{boxPoints, boxSemi}[seed%2], uint64(seed), what)
	}
	// Rows that go round, of even and odd length, on more than one coarse level.
	for _, n := range [][]int{{32, 24}, {24, 32}, {25, 32}, {16, 12, 10}, {10, 16, 12}} {
		h := make([]float64, len(n))
		for d := range h {
			h[d] = 1 / float64(n[d])
		}
		grid, err := pde.NewGrid(n, h)
		if err != nil {
			t.Fatal(err)
		}
		grid.Sides[0] = [2]pde.Boundary{pde.Periodic, pde.Periodic}
		isProduct(t, jumping(t, grid, inclusions(.3, 1e4)), boxPoints, 1, grid.String())
	}
}

// isProduct checks A' = R A P on every level.
func isProduct(t *testing.T, a stencil.Operator, c Components, seed uint64, what string) {
	t.Helper()
	m := newPreconditioner(t, a, c, 1, 1, 1)
	for level, b := range m.f.levels[:len(m.f.levels)-1] {
		c := b.coarser
		e, u := pde.NewField[float64](c.grid), pde.NewField[float64](b.grid)
		e.Randomize(seed)
		c.fill(e)
		c.u, b.u = e, u
		for row := range b.rows() {
			b.prolongRow(b.rowAt(row))
		}
		b.fill(u)
		b.g, c.g = pde.NewField[float64](b.grid), pde.NewField[float64](c.grid)
		b.residual.do()
		b.fill(b.r)
		b.gather.do()
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
				b.u.Randomize(3)
				b.g.Randomize(4)
				b.fill(b.u)
				for _, stage := range b.stages {
					stage.do()
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

// Two lines along x at a time have the solutions that each has alone, those of the
// tridiagonal systems.
func TestEliminatePair(t *testing.T) {
	for _, n := range []int{1, 2, 3, 64} {
		grid := mustGrid(t, []int{n + 1, 4}, []float64{1, 1})
		a := rescaled(t, fluxOperator(t, grid, func(d int, x [3]int) float64 { return float64(1 + (3*d+7*x[0]+5*x[1])%6) }, .1), rand.New(rand.NewPCG(3, 3)))
		b := boxOf(a)
		f := &lineFactors{lower: b.a[12], upper: b.a[14], pivot: pde.NewField[float64](grid)}
		for j := 1; j <= 3; j++ {
			f.factor(b, line{n: n, field: func(f *pde.Field[float64], t int) *float64 { return &f.Row(j, 0)[t] }})
		}
		data := pde.NewField[float64](grid)
		data.Randomize(1)
		at := [2][2]int{{1, 0}, {3, 0}}
		var pair [2][]float64
		for l, x := range at {
			pair[l] = slices.Clone(data.Row(x[0], x[1]))
		}
		f.eliminatePair(b, pair, at)
		for l, x := range at {
			j, k := x[0], x[1]
			single := slices.Clone(data.Row(j, k))
			f.eliminate(b, single, j, k)
			single[0], single[n+1] = 0, 0
			for i := 1; i <= n; i++ {
				got := f.lower.At(i, j, k)*single[i-1] + b.a[13].At(i, j, k)*single[i] + f.upper.At(i, j, k)*single[i+1]
				if math.Abs(pair[l][i]-single[i]) > 1e-15 {
					t.Errorf("n = %d, line %d: in a pair %g at %d, alone %g", n, j, pair[l][i], i, single[i])
				}
				if want := data.At(i, j, k); math.Abs(got-want) > 1e-13 {
					t.Errorf("n = %d, line %d: T e is %g at %d, want %g", n, j, got, i, want)
				}
			}
		}
	}
}

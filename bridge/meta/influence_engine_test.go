package meta

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"mgtool/multigrid"
	"mgtool/multigrid/method"
	"mgtool/pde"
)

// boxes are the levels of a patch by a scorer, as the solver makes them: down to most unknowns.
type boxes struct {
	patches []*patch
	p       []*interpolation
	bottom  *cholesky
}

func newBoxes(t *testing.T, p *patch, s scorer, most int) (b boxes) {
	t.Helper()
	for {
		b.patches = append(b.patches, p)
		if p.n*p.n <= most {
			break
		}
		in := newInterpolation(p)
		s.score(in)
		b.p = append(b.p, in)
		p = in.coarse()
	}
	var err error
	if b.bottom, err = p.cholesky(); err != nil {
		t.Fatal(err)
	}
	return b
}

// cycle does a V(1,1) cycle on u for A u = g.
func (b boxes) cycle(level int, u, g []float64) {
	p := b.patches[level]
	if level == len(b.p) {
		b.bottom.solve(u, g, p.n)
		return
	}
	p.relax(u, g, false)
	r := make([]float64, len(u))
	p.residual(r, u, g)
	nc := b.p[level].nc
	gc, e := make([]float64, (nc+2)*(nc+2)), make([]float64, (nc+2)*(nc+2))
	b.p[level].restrict(gc, r)
	b.cycle(level+1, e, gc)
	b.p[level].prolong(r, e)
	for i, v := range r {
		u[i] += v
	}
	p.relax(u, g, false)
}

// untrained has weights large enough to matter.
func untrained(seed uint64) (scorer, *method.Network) {
	random := rand.New(rand.NewPCG(seed, 3))
	s := scorer{newPerceptron(random, method.RowInputs, 8, 8, 1), newPerceptron(random, method.RowInputs, 8, 8, 2)}
	for _, p := range []*perceptron{s.edge, s.corner} {
		for i := range p.x {
			p.x[i] += .3 * random.NormFloat64()
		}
	}
	return s, s.network()
}

// TestSolverTakesInfluence compares cycles of the solver by a network with those of plain loops.
func TestSolverTakesInfluence(t *testing.T) {
	s, n := untrained(1)
	m := &method.Method{Name: "test", Dim: 2, Gamma: 1, Repeat: method.Last, Network: n}
	for _, name := range []string{uncorrelated, "lognormal-elements(sigma=2,length=0.1,seed=3)", "lognormal(sigma=2,length=0.1,seed=4)"} {
		a, err := member(name, 32)
		if err != nil {
			t.Fatal(err)
		}
		settings, err := m.Settings(a)
		if err != nil {
			t.Fatal(err)
		}
		settings.RelTol, settings.MaxCycles, settings.Krylov = 0, 3, multigrid.None
		solver, err := multigrid.NewSolver(a, settings)
		if err != nil {
			t.Fatal(err)
		}
		grid, _ := a.Grids()
		u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
		u.Randomize(3)
		p, err := patchOf(a)
		if err != nil {
			t.Fatal(err)
		}
		v := make([]float64, (p.n+2)*(p.n+2))
		for j := 1; j <= p.n; j++ {
			copy(v[j*(p.n+2)+1:], u.Row(j, 0)[1:p.n+1])
		}
		_, err = solver.Solve(context.Background(), u, g)
		if err != nil {
			t.Fatal(err)
		}
		b := newBoxes(t, p, s, 64) // unknowns of the coarsest level, as in the solver
		for range 3 {
			b.cycle(0, v, make([]float64, len(v)))
		}
		worst, largest := 0.0, 0.0
		for j := 1; j <= p.n; j++ {
			for i := 1; i <= p.n; i++ {
				worst = max(worst, math.Abs(v[j*(p.n+2)+i]-u.At(i, j, 0)))
				largest = max(largest, math.Abs(u.At(i, j, 0)))
			}
		}
		if !(worst <= 1e-12*largest) { // rounding, of sums in another order
			t.Errorf("%s: after 3 cycles the solver is off plain loops by %.3g of %.3g", name, worst, largest)
		}
	}
}

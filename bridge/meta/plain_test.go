package meta

// A V- or W-cycle of emitted stencils in plain loops, which the solver is tested against.

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"mgtool/multigrid"
	"mgtool/multigrid/method"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// plainLevel is A over its diagonal d, on n × n unknowns with zeros around.
type plainLevel struct {
	n       int
	a       stencil.Kernel
	d       float64
	emitted method.Emitted
	u, g, r []float64
	solve   *cholesky
}

type plainCycle struct {
	levels []*plainLevel
	pre    int
	gamma  int
}

// apply adds q Σ k_o x(x+o) to y.
func (l *plainLevel) apply(y []float64, k stencil.Kernel, x []float64, q float64) {
	w := l.n + 2
	for j := 1; j <= l.n; j++ {
		for i := 1; i <= l.n; i++ {
			at, sum := j*w+i, 0.0
			for dy := -1; dy <= 1; dy++ {
				for dx := -1; dx <= 1; dx++ {
					sum += k[13+dx+3*dy] * x[at+dx+dy*w]
				}
			}
			y[at] += q * sum
		}
	}
}

func (l *plainLevel) residual() {
	copy(l.r, l.g)
	for i := range l.r {
		l.r[i] /= l.d
	}
	l.apply(l.r, l.a, l.u, -1)
}

func (l *plainLevel) smooth(list []method.Symmetric) {
	for _, b := range list {
		l.residual()
		l.apply(l.u, b.Kernel(), l.r, 1)
	}
}

// newPlain takes the levels that a network emits for an operator on n × n unknowns.
func newPlain(a method.Symmetric, n, pre, gamma int, emit func(a method.Symmetric) method.Emitted) *plainCycle {
	c := &plainCycle{pre: pre, gamma: gamma}
	d := 1.0
	for {
		l := &plainLevel{n: n, a: a.Kernel(), d: d, emitted: emit(a)}
		size := (n + 2) * (n + 2)
		l.u, l.g, l.r = make([]float64, size), make([]float64, size), make([]float64, size)
		c.levels = append(c.levels, l)
		if n <= 7 {
			p := newPatch(n)
			for j := 1; j <= n; j++ {
				for i := 1; i <= n; i++ {
					for _, o := range nine {
						at := stencil.Offset(o)
						if x, y := i+at[0], j+at[1]; x >= 1 && x <= n && y >= 1 && y <= n {
							p.a[j][o][i] = d * l.a[o]
						}
					}
				}
			}
			l.solve, _ = p.cholesky()
			return c
		}
		p := l.emitted.Prolongation()
		next := method.CoarseOf(a, p)
		// Pᵀ A P at the centre, times D
		sum := 0.0
		for q, w := range p {
			for r, v := range p {
				x, y := stencil.Offset(q), stencil.Offset(r)
				dx, dy := y[0]-x[0], y[1]-x[1]
				if dx >= -1 && dx <= 1 && dy >= -1 && dy <= 1 {
					sum += w * v * l.a[13+dx+3*dy]
				}
			}
		}
		d *= sum
		a, n = next, n/2
	}
}

func (c *plainCycle) cycle(level int) {
	l := c.levels[level]
	if l.solve != nil {
		l.solve.solve(l.u, l.g, l.n)
		return
	}
	l.smooth(l.emitted.Stencils[:c.pre])
	l.residual()
	p := l.emitted.Prolongation()
	next := c.levels[level+1]
	w, wc := l.n+2, next.n+2
	clear(next.u)
	for j := 1; j <= next.n; j++ {
		for i := 1; i <= next.n; i++ {
			sum := 0.0
			for dy := -1; dy <= 1; dy++ {
				for dx := -1; dx <= 1; dx++ {
					sum += p[13+dx+3*dy] * l.r[(2*j+dy)*w+2*i+dx]
				}
			}
			next.g[j*wc+i] = sum * l.d
		}
	}
	for range c.gamma {
		c.cycle(level + 1)
		if next.solve != nil {
			break
		}
	}
	for j := 1; j <= next.n; j++ {
		for i := 1; i <= next.n; i++ {
			for dy := -1; dy <= 1; dy++ {
				for dx := -1; dx <= 1; dx++ {
					l.u[(2*j+dy)*w+2*i+dx] += p[13+dx+3*dy] * next.u[j*wc+i]
				}
			}
		}
	}
	l.smooth(l.emitted.Stencils[c.pre:])
}

// TestSolverRunsEmitted compares cycles of the solver by a network with those of plain loops.
func TestSolverRunsEmitted(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 5))
	p := newPerceptron(random, method.OperatorInputs, 6, 6, method.LevelOutputs(3))
	for i := range p.x { // outputs that matter
		p.x[i] += .05 * random.NormFloat64()
	}
	m := &method.Method{Name: "test", Dim: 2, Repeat: method.Last, Network: &method.Network{
		Emits: method.EmitsLevels, Pre: 1, Post: 2, Parts: map[string]method.Perceptron{method.EmitsLevels: p.layers()},
	}}
	const n = 64
	for m.Gamma = 1; m.Gamma <= 2; m.Gamma++ {
		for _, at := range [][2]float64{{1, 0}, {.1, 30}, {.2, 120}, {.3, 80}} {
			k, err := rotated(at[0], at[1])
			if err != nil {
				t.Fatal(err)
			}
			grid, err := pde.Unit(2, n)
			if err != nil {
				t.Fatal(err)
			}
			a, err := stencil.Constant(grid, k.Scale(n*n))
			if err != nil {
				t.Fatal(err)
			}
			s, err := m.Settings(a)
			if err != nil {
				t.Fatal(err)
			}
			s.RelTol, s.MaxCycles, s.Krylov = 0, 2, multigrid.None
			solver, err := multigrid.NewSolver(a, s)
			if err != nil {
				t.Fatal(err)
			}
			symmetric, _ := method.SymmetricOf(k)
			plain := newPlain(symmetric, n-1, m.Network.Pre, m.Gamma, m.Network.Level)
			u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
			u.Randomize(7)
			v := plain.levels[0].u
			for j := 1; j < n; j++ {
				copy(v[j*(n+1)+1:], u.Row(j, 0)[1:n])
			}
			if _, err := solver.Solve(context.Background(), u, g); err != nil {
				t.Fatal(err)
			}
			plain.cycle(0)
			plain.cycle(0)
			worst, largest := 0.0, 0.0
			for j := 1; j < n; j++ {
				for i := 1; i < n; i++ {
					worst = max(worst, math.Abs(v[j*(n+1)+i]-u.At(i, j, 0)))
					largest = max(largest, math.Abs(u.At(i, j, 0)))
				}
			}
			if !(worst <= 1e-11*largest) { // rounding, of sums in another order
				t.Errorf("γ = %d, ε = %g, θ = %g°: after 2 cycles the solver is off plain loops by %.3g of %.3g", m.Gamma, at[0], at[1], worst, largest)
			}
		}
	}
}

// P of a patch is that of the solver, from the rows of any operator that trainings draw, also where
// a row summed over the offsets across is that of −A. Beside sides the two differ: see
// [multigrid.Interpolation].
func TestWeighedAsTheSolver(t *testing.T) {
	random, negative := rand.New(rand.NewPCG(1, 2)), 0
	coarse, err := pde.Unit(2, 16)
	if err != nil {
		t.Fatal(err)
	}
	for range 12 {
		a, err := Variable(random, 32)
		if err != nil {
			t.Fatal(err)
		}
		patch, err := patchOf(a)
		if err != nil {
			t.Fatal(err)
		}
		in := newInterpolation(patch)
		in.weigh()
		p, err := multigrid.Interpolation(a, coarse)
		if err != nil {
			t.Fatal(err)
		}
		w := p.Coefficients()
		for k := range in.points {
			x := &in.points[k]
			if x.i&1+x.j&1 == 2 || min(x.i, x.j) < 3 || max(x.i, x.j) > patch.n-2 {
				continue
			}
			across := 3 // of the offsets of the row that add up to b₀
			if x.j&1 == 1 {
				across = 1
			}
			if row := &patch.a[x.j]; row[13-across][x.i]+row[13][x.i]+row[13+across][x.i] < 0 {
				negative++
			}
			for _, o := range x.neighbours {
				d := stencil.Offset(o) // of the coarse point
				got, want := x.p[o], w[26-o].At((x.i+d[0])/2, (x.j+d[1])/2, 0)
				if !(math.Abs(got-want) <= 1e-12*(1+math.Abs(want))) {
					t.Fatalf("%v at (%d, %d), offset %v: %.15g, the solver has %.15g", a, x.i, x.j, d, got, want)
				}
			}
		}
	}
	if negative == 0 {
		t.Error("no point is where the row is that of −A; want some")
	}
}

// A comparison that is cancelled between two methods has the problems that both have solved.
func TestCompareIsCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	calls := 0
	classical := func(stencil.Operator) (multigrid.Settings, error) { return multigrid.DefaultSettings(), nil }
	rows, err := Compare(ctx, []string{"poisson", "poisson", "poisson"}, 16, []Contender{{"one", classical}, {"two", func(a stencil.Operator) (multigrid.Settings, error) {
		if calls++; calls == 3 {
			cancel()
		}
		return classical(a)
	}}}, nil)
	if !errors.Is(err, context.Canceled) || len(rows) != 2 || len(rows[0].Outcomes) != 2 || len(rows[1].Outcomes) != 2 {
		t.Errorf("%+v, %v; want two outcomes of both", rows, err)
	}
}

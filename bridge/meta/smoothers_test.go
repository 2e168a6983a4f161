package meta

import (
	"context"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"mgtool/multigrid"
	"mgtool/multigrid/method"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// turning has a direction of strong diffusion that varies.
const turning = "rotated-field(eps=0.1,length=0.25,seed=5)"

// pointNetwork has weights large enough to matter.
func pointNetwork(seed uint64, stencils int) *perceptron {
	random := rand.New(rand.NewPCG(seed, 3))
	p := newPerceptron(random, method.SmootherInputs, 5, 4, method.SmootherOutputs(stencils))
	for i := range p.x {
		p.x[i] += .05 * random.NormFloat64()
	}
	return p
}

// The gradient of the loss is that of differences, with smoothing before and after the
// correction, before it alone and after it alone.
func TestSmootherGradient(t *testing.T) {
	for _, pre := range []int{0, 1, 2} {
		a, err := member(turning, 32)
		if err != nil {
			t.Fatal(err)
		}
		patch, err := patchOf(a)
		if err != nil {
			t.Fatal(err)
		}
		stride := 19
		if pre != 1 { // 15², with the level of 7² solved exactly; else a level more
			in := newInterpolation(patch)
			in.weigh()
			patch, stride = in.coarse(), 7
		}
		c, err := newPointCycle(patch, pre)
		if err != nil {
			t.Fatal(err)
		}
		p := pointNetwork(uint64(pre), 2)
		// The errors that are followed depend on the network; the gradient takes them as given.
		start := c.start(p)
		loss := func() float64 {
			c.emit(p)
			return c.follow(start)
		}
		loss()
		gradient := make([]float64, len(p.x))
		c.backward(p, gradient)
		for i := 0; i < len(p.x); i += stride {
			const h = 1e-5
			at := p.x[i]
			p.x[i] = at + h
			up := loss()
			p.x[i] = at - h
			down := loss()
			p.x[i] = at
			if want := (up - down) / (2 * h); math.Abs(gradient[i]-want) > 1e-7+1e-5*math.Abs(want) {
				t.Errorf("%d before: weight %d: gradient %g, difference %g", pre, i, gradient[i], want)
			}
		}
	}
}

func (c *pointCycle) start(p *perceptron) [][]float64 {
	c.emit(p)
	return c.errors(rand.New(rand.NewPCG(1, 2)))
}

func TestSmoothersSameSeedSameBits(t *testing.T) {
	o := Options{Seed: 1, Steps: 1, Batch: 2, Hidden: 4}
	one, err := Smoothers(context.Background(), Variable, 1, 1, o)
	if err != nil {
		t.Fatal(err)
	}
	two, err := Smoothers(context.Background(), Variable, 1, 1, o)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(one, two) {
		t.Error("two trainings of the same seed differ")
	}
}

// isolated is a without its couplings with boundary values, which a patch does not have either: P
// next to sides depends on them.
func isolated(t *testing.T, a stencil.Operator) stencil.Operator {
	t.Helper()
	grid, _ := a.Grids()
	var c stencil.Coefficients
	n := grid.Inner(0)
	for o, from := range a.Coefficients() {
		if from == nil {
			continue
		}
		d := stencil.Offset(o)
		c[o] = pde.NewField[float64](grid)
		for j := 1; j <= n; j++ {
			for i := 1; i <= n; i++ {
				if x, y := i+d[0], j+d[1]; x >= 1 && x <= n && y >= 1 && y <= n {
					c[o].Set(i, j, 0, from.At(i, j, 0))
				}
			}
		}
	}
	a, err := stencil.Varying(grid, c)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestSolverRunsSmoothers compares cycles of the solver by a network with those of plain loops.
func TestSolverRunsSmoothers(t *testing.T) {
	p := pointNetwork(9, 3)
	m := &method.Method{Name: "test", Dim: 2, Gamma: 1, Repeat: method.Last, Network: &method.Network{
		Emits: method.EmitsSmoothers, Pre: 1, Post: 2, Parts: map[string]method.Perceptron{method.EmitsSmoothers: p.layers()},
	}}
	for _, name := range []string{turning, "lognormal(sigma=2,length=0.1,seed=4)", "checkerboard(cells=8,contrast=1000,seed=2)"} {
		a, err := member(name, 32)
		if err != nil {
			t.Fatal(err)
		}
		a = isolated(t, a)
		patch, err := patchOf(a)
		if err != nil {
			t.Fatal(err)
		}
		c, err := newPointCycle(patch, 1)
		if err != nil {
			t.Fatal(err)
		}
		c.emit(p)
		s, err := m.Settings(a)
		if err != nil {
			t.Fatal(err)
		}
		s.RelTol, s.MaxCycles, s.Krylov = 0, 2, multigrid.None
		solver, err := multigrid.NewSolver(a, s)
		if err != nil {
			t.Fatal(err)
		}
		grid, _ := a.Grids()
		u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
		u.Randomize(7)
		n := patch.n
		v := make([]float64, (n+2)*(n+2))
		for j := 1; j <= n; j++ {
			copy(v[j*(n+2)+1:], u.Row(j, 0)[1:n+1])
		}
		if _, err := solver.Solve(context.Background(), u, g); err != nil {
			t.Fatal(err)
		}
		c.cycle(0, v, nil)
		c.cycle(0, v, nil)
		worst, largest := 0.0, 0.0
		for j := 1; j <= n; j++ {
			for i := 1; i <= n; i++ {
				worst = max(worst, math.Abs(v[j*(n+2)+i]-u.At(i, j, 0)))
				largest = max(largest, math.Abs(u.At(i, j, 0)))
			}
		}
		if !(worst <= 1e-11*largest) { // rounding, of sums in another order
			t.Errorf("%s: after 2 cycles the solver is off plain loops by %.3g of %.3g", name, worst, largest)
		}
	}
}

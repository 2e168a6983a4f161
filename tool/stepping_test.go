package tool

import (
	"context"
	"math"
	"testing"

	"mgtool/multigrid"
	"mgtool/pde"
	"mgtool/pde/elliptic"
	"mgtool/pde/stencil"
)

// heat is u' − Δu + c u = g on the unit square with u = 0 on its sides.
func heat(t *testing.T, n int, c float64, u0, g func(x, y, z float64) float64) *elliptic.System {
	t.Helper()
	grid, err := pde.Unit(2, n)
	if err != nil {
		t.Fatal(err)
	}
	return begun(t, elliptic.Equation{Grid: grid, Reaction: elliptic.Constant(c), Source: elliptic.Function(g)}, u0)
}

// begun is the system of an equation with u = u0 inside.
func begun(t *testing.T, e elliptic.Equation, u0 func(x, y, z float64) float64) *elliptic.System {
	t.Helper()
	s, err := e.Discretize()
	if err != nil {
		t.Fatal(err)
	}
	s.U.FillInterior(u0)
	return s
}

func steps(t *testing.T, s *elliptic.System, dt, theta float64, count int) (most int) {
	t.Helper()
	p, err := newStepping(s, dt, theta, func(b stencil.Operator) (engine, error) {
		c, err := DefaultEvolve().choose(b, true)
		if err != nil {
			return nil, err
		}
		c.forStepping(b, 1/(theta*dt))
		return multigrid.NewSolver(b, c.Settings)
	})
	if err != nil {
		t.Fatal(err)
	}
	for range count {
		cycles, err := p.step(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		most = max(most, cycles)
	}
	return most
}

func bump(x, y, _ float64) float64    { return math.Sin(math.Pi*x) * math.Sin(math.Pi*y) }
func nothing(_, _, _ float64) float64 { return 0 }

// lambda is the eigenvalue of bump on n² cells.
func lambda(n float64) float64 { return 8 * n * n * math.Pow(math.Sin(math.Pi/2/n), 2) }

// Ten steps of Euler's from sin πx sin πy, n = 64, of every length: the amplitude is
// (1 + λ dt)⁻¹⁰, to the accuracy of the solves.
func TestStepsOfEveryLength(t *testing.T) {
	for _, c := range []struct {
		dt, want float64
		cycles   int
	}{
		{1e-8, 0.99999802647759, 2},
		{1e-12, 1 - 10*1e-12*19.7352455344555, 2},
		{1e-4, math.Pow(1+1e-4*lambda(64), -10), 10},
		{0.01, 0.165112483124759, 12},
		{1, math.Pow(1+lambda(64), -10), 12},
		{1e8, 1.115769942e-93, 12},
	} {
		s := heat(t, 64, 0, bump, nothing)
		most := steps(t, s, c.dt, 1, 10)
		got := s.U.At(32, 32, 0)
		// Each solve is good to 1e-8 of the change, or of u⁺ where that is smaller.
		tolerance := 1e-7 * c.want * min(1, 10*c.dt*lambda(64))
		if c.dt < 1e-6 {
			tolerance += 1e-15
		}
		if c.dt == 1e8 {
			tolerance = 1e-7 * c.want
		}
		if !(math.Abs(got-c.want) <= tolerance) {
			t.Errorf("dt %g: amplitude %.16g; want %.16g to %.1g", c.dt, got, c.want, tolerance)
		}
		if most > c.cycles {
			t.Errorf("dt %g: up to %d cycles a step; want at most %d", c.dt, most, c.cycles)
		}
	}
}

// Halving dt halves the error of Euler's steps and quarters that of Crank and Nicolson's,
// with a reaction and a source.
func TestOrderInTime(t *testing.T) {
	const n, c, end = 32, 3.0, 0.125
	rate := lambda(n) + c
	for _, scheme := range []struct{ theta, order float64 }{{1, 1}, {0.5, 2}} {
		// u' + rate u = 2 for the amplitude, from 1.
		exact := 2/rate + (1-2/rate)*math.Exp(-rate*end)
		var errs []float64
		for _, count := range []int{16, 32, 64} {
			s := heat(t, n, c, bump, func(x, y, z float64) float64 { return 2 * bump(x, y, z) })
			steps(t, s, end/float64(count), scheme.theta, count)
			errs = append(errs, math.Abs(s.U.At(n/2, n/2, 0)-exact))
		}
		for i := 1; i < len(errs); i++ {
			if order := math.Log2(errs[i-1] / errs[i]); math.Abs(order-scheme.order) > 0.15 {
				t.Errorf("θ %g: errors %.3g, order %.3f; want %g", scheme.theta, errs, order, scheme.order)
			}
		}
	}
}

// The steps end at the solution of the steady problem and stay there, with boundary values
// of every kind, variable coefficients and a mask.
func TestStepsReachTheSteadyState(t *testing.T) {
	grid := func(n ...int) pde.Grid {
		g, err := pde.NewGrid(n, []float64{1. / 16, 1. / 16, 1. / 16}[:len(n)])
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	wave := elliptic.Function(func(x, y, z float64) float64 { return 1 + math.Sin(3*x+2*y-z) })
	given := elliptic.Condition{Value: wave}
	flux := elliptic.Condition{Kind: pde.Neumann, Value: wave, Alpha: elliptic.Constant(2)}
	hole := make([]elliptic.State, 17*17)
	for n := range hole {
		if i, j := n%17, n/17; i > 5 && i < 10 && j > 6 && j < 12 {
			hole[n] = elliptic.Fixed
		}
	}
	for name, e := range map[string]elliptic.Equation{
		"interval": {Grid: grid(16), Source: wave, Boundary: [3][2]elliptic.Condition{{given, flux}}},
		"square":   {Grid: grid(16, 16), Source: wave, Boundary: [3][2]elliptic.Condition{{given, given}, {given, given}}},
		"faces":    {Grid: grid(16, 12), Diffusion: elliptic.Tensor{XX: wave}, Source: wave, Boundary: [3][2]elliptic.Condition{{given, flux}, {flux, given}}},
		"flow":     {Grid: grid(16, 16), Convection: [3]elliptic.Coefficient{wave}, Source: wave},
		"box":      {Grid: grid(8, 12, 16), Source: wave, Boundary: [3][2]elliptic.Condition{{flux, given}}},
		"hole":     {Grid: grid(16, 16), Source: wave, Mask: &elliptic.Mask{State: hole, Value: elliptic.Constant(3)}},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := e.Discretize()
			if err != nil {
				t.Fatal(err)
			}
			if e.Mask == nil {
				unscaled(t, s)
			}
			steps(t, s, 0.5, 1, 40)
			// Where A u = g, in numbers of the size of g: a change of 1e-6 in a step.
			r := pde.NewField[float64](s.U.Grid)
			s.U.FillGhosts()
			if err := s.A.Residual(r, s.U, s.G); err != nil {
				t.Fatal(err)
			}
			scale := 0.0
			for _, v := range s.G.Interior() {
				scale = max(scale, math.Abs(v))
			}
			for i, v := range r.Interior() {
				if math.Abs(v) > 1e-6*scale {
					t.Fatalf("g − A u at %d is %g, of %g", i, v, scale)
				}
			}
			if name == "hole" && s.U.At(7, 9, 0) != 3 {
				t.Errorf("u is %g where it is given as 3", s.U.At(7, 9, 0))
			}
		})
	}
	round := elliptic.Condition{Kind: pde.Periodic}
	square, err := pde.Unit(2, 32)
	if err != nil {
		t.Fatal(err)
	}
	s := begun(t, elliptic.Equation{Grid: square, Boundary: [3][2]elliptic.Condition{{round, round}, {round, round}}},
		func(x, _, _ float64) float64 { return 1 + math.Sin(2*math.Pi*x) })
	steps(t, s, 0.01, 0.5, 8)
	rate := 4 * 32 * 32 * math.Pow(math.Sin(math.Pi/32), 2)
	want := 1 + math.Pow((1-.005*rate)/(1+.005*rate), 8)
	if got := s.U.At(8, 5, 0); math.Abs(got-want) > 1e-7 {
		t.Errorf("periodic: %.12g; want %.12g", got, want)
	}
}

// unscaled checks what a step of Euler's for u itself takes for granted: c u is c times u
// in every row, also on the sides.
func unscaled(t *testing.T, s *elliptic.System) {
	t.Helper()
	more := s.Equation
	more.Reaction = more.Reaction.Plus(4)
	with, err := more.Discretize()
	if err != nil {
		t.Fatal(err)
	}
	ones, a, b := s.U.Clone(), pde.NewField[float64](s.U.Grid), pde.NewField[float64](s.U.Grid)
	ones.FillInterior(func(_, _, _ float64) float64 { return 1 })
	ones.FillGhosts()
	if err := s.A.Apply(a, ones); err != nil {
		t.Fatal(err)
	}
	if err := with.A.Apply(b, ones); err != nil {
		t.Fatal(err)
	}
	before := a.Interior()
	for i, v := range b.Interior() {
		if math.Abs(v-before[i]-4) > 1e-9 {
			t.Fatalf("a reaction of 4 adds %g to row %d", v-before[i], i)
		}
	}
}

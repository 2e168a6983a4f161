package tool

import (
	"context"
	"fmt"
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
	a, err := stencil.Diffusion(grid, [3]float64{1, 1, 1}, c)
	if err != nil {
		t.Fatal(err)
	}
	s := &elliptic.System{A: a, U: pde.NewField[float64](grid), G: pde.NewField[float64](grid)}
	s.U.FillInterior(u0)
	s.G.FillInterior(g)
	return s
}

func steps(t *testing.T, s *elliptic.System, dt, theta float64, count int) (most int) {
	t.Helper()
	settings := multigrid.DefaultSettings()
	p, err := newStepping(s, dt, theta, settings)
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

// The steps end at the solution of the steady problem and stay there; boundary values and
// periodic sides are as they are.
func TestStepsReachTheSteadyState(t *testing.T) {
	for _, dim := range []int{1, 2, 3} {
		t.Run(fmt.Sprint(dim), func(t *testing.T) {
			problem, err := pde.Lookup("peak", dim)
			if err != nil {
				t.Fatal(err)
			}
			grid, err := pde.Unit(dim, 16)
			if err != nil {
				t.Fatal(err)
			}
			s := &elliptic.System{A: stencil.Laplacian(grid)}
			if s.U, s.G, err = problem.Discretize(grid); err != nil {
				t.Fatal(err)
			}
			steady := s.U.Clone()
			solver, err := multigrid.NewSolver(s.A, multigrid.DefaultSettings())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := solver.Solve(context.Background(), steady, s.G); err != nil {
				t.Fatal(err)
			}
			steps(t, s, 0.5, 1, 20)
			want := steady.Interior()
			for i, v := range s.U.Interior() {
				if math.Abs(v-want[i]) > 1e-6 {
					t.Fatalf("value %d is %g; want %g", i, v, want[i])
				}
			}
			if s.U.At(0, 0, 0) != problem.Boundary(0, 0, 0) {
				t.Error("a boundary value has changed")
			}
		})
	}
	grid, err := pde.Unit(2, 32)
	if err != nil {
		t.Fatal(err)
	}
	if grid, err = grid.PeriodicAlong(0, 1); err != nil {
		t.Fatal(err)
	}
	s := &elliptic.System{A: stencil.Laplacian(grid), U: pde.NewField[float64](grid), G: pde.NewField[float64](grid)}
	s.U.FillInterior(func(x, _, _ float64) float64 { return 1 + math.Sin(2*math.Pi*x) })
	steps(t, s, 0.01, 0.5, 8)
	rate := 4 * 32 * 32 * math.Pow(math.Sin(math.Pi/32), 2)
	want := 1 + math.Pow((1-.005*rate)/(1+.005*rate), 8)
	if got := s.U.At(8, 5, 0); math.Abs(got-want) > 1e-7 {
		t.Errorf("periodic: %.12g; want %.12g", got, want)
	}
}

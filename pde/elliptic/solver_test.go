package elliptic

import (
	"context"
	"math"
	"testing"

	"mgtool/multigrid"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// The solver's cycles find what elimination finds, for constant coefficients and for those
// of faces, on every kind of side.
func TestCyclesAgreeWithElimination(t *testing.T) {
	for _, m := range every() {
		if m.dim == 3 && m.a != "one" && m.a != "diagonal" || m.flow != "" || m.stretch || m.a == "tensor" || m.scheme == Mehrstellen {
			continue
		}
		e, _ := m.equation(t, 9)
		s := discretize(t, e)
		s.Project()
		settings := multigrid.DefaultSettings()
		settings.RelTol, settings.MaxCycles = 1e-11, 60
		solver, err := multigrid.NewSolver(s.A, settings)
		if err != nil {
			t.Errorf("%s: %v", m, err)
			continue
		}
		u := s.U.Clone()
		if _, err := solver.Solve(context.Background(), u, s.G); err != nil {
			t.Errorf("%s: %v", m, err)
			continue
		}
		direct(t, s, s.Singular())
		got, want := u.Interior(), s.U.Interior()
		shift, size := 0.0, 0.0 // a singular system leaves a constant open
		if s.Singular() {
			shift = got[0] - want[0]
		}
		for _, v := range want {
			size = max(size, math.Abs(v))
		}
		for i, v := range want {
			if d := math.Abs(got[i] - shift - v); !(d <= 1e-8*size) {
				t.Errorf("%s: cycles and elimination differ by %.2g; want at most %.2g", m, d, 1e-8*size)
				break
			}
		}
	}
}

// On cells with given values on the sides, rediscretised cycles are chosen and as fast as on
// vertices.
func TestFactorsOnCells(t *testing.T) {
	for _, n := range []int{64, 256} {
		grid, err := pde.Unit(2, n)
		if err != nil {
			t.Fatal(err)
		}
		grid.Cells = true
		e := Equation{Grid: grid, Diffusion: Tensor{XX: Function(func(x, y, _ float64) float64 { return 1 + .5*math.Sin(6*x+2*y) })}}
		s := discretize(t, e)
		settings, why := multigrid.Choose(s.A)
		if settings.Coarsening != (multigrid.Rediscretized{}) {
			t.Errorf("n = %d: %s; want rediscretised cycles", n, why)
		}
		settings.Krylov, settings.RelTol = multigrid.None, 1e-10
		solver, err := multigrid.NewSolver(s.A, settings)
		if err != nil {
			t.Fatal(err)
		}
		u := s.U.Clone()
		s.G.Randomize(1)
		res, err := solver.Solve(context.Background(), u, s.G)
		if err != nil || !(res.Factor < .15) {
			t.Errorf("n = %d: %v, factor %.3f with %s; want at most 0.15", n, err, res.Factor, why)
		}
	}
}

// One pass of full multigrid reaches the discretisation error, with values, slopes and Robin
// conditions on the sides, between vertices and between cells.
func TestFullPassOnSides(t *testing.T) {
	exact := func(x, y, z float64) float64 { return math.Exp(x+z) * math.Cos(2*y) * (1 + x*y) }
	slope := func(x, y, z float64) float64 { // −∂u/∂x at x = 0
		return -math.Exp(x+z) * math.Cos(2*y) * (1 + x*y + y)
	}
	source := func(x, y, z float64) float64 { // −Δu
		c, s := math.Cos(2*y), math.Sin(2*y)
		return -math.Exp(x+z) * (2*(1+x*y)*c + 2*y*c - 4*(1+x*y)*c - 4*x*s)
	}
	robin := func(alpha float64) Condition {
		c := neumann(func(x, y, z float64) float64 { return slope(x, y, z) + alpha*exact(x, y, z) })
		c.Alpha = Constant(alpha)
		return c
	}
	given := dirichlet(exact)
	for _, n := range [][]int{{64, 64}, {256, 256}, {33, 50}, {32, 32, 32}} {
		for what, left := range map[string]Condition{"Dirichlet": given, "Neumann": robin(0), "α = 1": robin(1), "α = 100": robin(100)} {
			for _, cells := range []bool{false, true} {
				grid := newGrid(t, n, []float64{1, 1, 1}[:len(n)])
				grid.Cells = cells
				e := Equation{Grid: grid, Source: Function(source)}
				for d := range n {
					e.Boundary[d] = [2]Condition{given, given}
				}
				if e.Boundary[0][0] = left; len(n) == 2 {
					e.Source = Function(func(x, y, z float64) float64 { return source(x, y, z) + exact(x, y, z) })
				}
				s := discretize(t, e)
				after := func(full bool, rtol float64) float64 {
					settings := multigrid.DefaultSettings()
					settings.Smoother, _ = multigrid.NewSmoother("rbsor", len(n), 0)
					settings.Cycle.Full, settings.RelTol = full, rtol
					solver, err := multigrid.NewSolver(s.A, settings)
					if err != nil {
						t.Fatal(err)
					}
					u := s.U.Clone()
					u.ExtendBoundary()
					res, err := solver.Solve(context.Background(), u, s.G)
					if err != nil || full && res.Cycles != 1 {
						t.Fatalf("%v after %d cycles", err, res.Cycles)
					}
					_, rms := worst(&System{Equation: s.Equation, U: u, assembly: s.assembly}, exact, false)
					return rms
				}
				once, best := after(true, 0), after(false, 1e-10)
				t.Logf("%v, %s, cells %t: error %.2e, after one pass %.2f times that", grid, what, cells, best, once/best)
				if most := [4]float64{2: 1.25, 3: 1.4}[len(n)]; !(once <= most*best) {
					t.Errorf("%v, %s, cells %t: error %.2e after one pass, %.2e of the discretisation; want at most %g times that", grid, what, cells, once, best, most)
				}
			}
		}
	}
}

// Strong conduction across the axes takes the chosen method few steps on cells.
func TestRotatedOnCells(t *testing.T) {
	for _, degrees := range []float64{15, 30, 45, 60, 75} {
		for _, weak := range []float64{.1, 1e-3} {
			grid := newGrid(t, []int{64, 64}, []float64{1, 1})
			grid.Cells = true
			y, x := math.Sincos(degrees * math.Pi / 180)
			s := discretize(t, Equation{Grid: grid, Source: Constant(1), Diffusion: Tensor{
				XX: Constant(x*x + weak*y*y), YY: Constant(y*y + weak*x*x), XY: Constant((1 - weak) * x * y)}})
			settings, why := multigrid.Choose(s.A)
			settings.RelTol = 1e-8
			solver, err := multigrid.NewSolver(s.A, settings)
			if err != nil {
				t.Fatal(err)
			}
			r, err := solver.Solve(context.Background(), s.U, s.G)
			if err != nil {
				t.Fatal(err)
			}
			if r.Cycles > 20 {
				t.Errorf("%g degrees, %g: %d steps with %s", degrees, weak, r.Cycles, why)
			}
		}
	}
}

// A diagonal tensor turned by 90° is a diagonal one: what rounding leaves of a_xy does not
// make nine points of five.
func TestTurnedTensor(t *testing.T) {
	diagonal := func(a stencil.Operator) bool {
		_, _, ok := a.Diffusion()
		return ok
	}
	for _, cells := range []bool{false, true} {
		for _, weak := range []float64{1, .1, 1e-6} {
			grid := newGrid(t, []int{8, 8}, []float64{1, 1})
			grid.Cells = cells
			y, x := math.Sincos(math.Pi / 2)
			tensor := Tensor{XX: Constant(x*x + weak*y*y), YY: Constant(y*y + weak*x*x), XY: Constant((1 - weak) * x * y)}
			if a := discretize(t, Equation{Grid: grid, Source: Constant(1), Diffusion: tensor}).A; !diagonal(a) {
				t.Errorf("cells %v, %g: nine points", cells, weak)
			}
			tensor.XY = Constant(weak / 100)
			if a := discretize(t, Equation{Grid: grid, Source: Constant(1), Diffusion: tensor}).A; diagonal(a) {
				t.Errorf("cells %v, %g, a_xy = %g: five points", cells, weak, weak/100)
			}
		}
	}
}

// A constant full tensor makes a constant operator where no row differs: the differences of
//
//	−a_xx ∂²/∂x² − 2 a_xy ∂²/∂x∂y − a_yy ∂²/∂y² + c.
func TestConstantTensor(t *testing.T) {
	tensor := Tensor{XX: Constant(3), YY: Constant(2), XY: Constant(.5)}
	e := Equation{Grid: newGrid(t, []int{8, 6}, []float64{4, 6}), Source: Constant(1), Diffusion: tensor, Reaction: Constant(7)}
	h := e.Grid.H
	x, y, q := 3/(h[0]*h[0]), 2/(h[1]*h[1]), .25/(h[0]*h[1])
	got, ok := discretize(t, e).A.Kernel()
	want := stencil.Plane([3][3]float64{{-q, -y, q}, {-x, 2*(x+y) + 7, -x}, {q, -y, -q}})
	for o, v := range want {
		if !ok || math.Abs(got[o]-v) > 1e-12 {
			t.Fatalf("constant %t, %v; want %v", ok, got, want)
		}
	}
	cells := e
	cells.Grid.Cells = true
	closed := e
	closed.Boundary[0][1].Kind = pde.Neumann
	varies := e
	varies.Diffusion.XY = Function(func(x, _, _ float64) float64 { return .5 + x/100 })
	for name, e := range map[string]Equation{"cells": cells, "a Neumann side": closed, "a_xy varies": varies} {
		if _, ok := discretize(t, e).A.Kernel(); ok {
			t.Errorf("%s: a constant operator", name)
		}
	}
}

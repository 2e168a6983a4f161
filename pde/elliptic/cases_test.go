package elliptic

import (
	"math"
	"testing"

	"mgtool/pde"
)

func dirichlet(f func(x, y, z float64) float64) Condition {
	return Condition{Kind: pde.Dirichlet, Value: Function(f)}
}

func neumann(f func(x, y, z float64) float64) Condition {
	return Condition{Kind: pde.Neumann, Value: Function(f)}
}

func periodic() [2]Condition { return [2]Condition{{Kind: pde.Periodic}, {Kind: pde.Periodic}} }

func largestError(s *System, exact func(x, y, z float64) float64) float64 {
	largest, _ := worst(s, exact, false)
	return largest
}

func near(t *testing.T, what string, got, want, relative float64) {
	t.Helper()
	if !(math.Abs(got-want) <= relative*math.Abs(want)) {
		t.Errorf("%s is %.12g; want %.12g", what, got, want)
	}
}

// −Δu + 2u on (1, 3)×(−1, 1), u = sin πx cos πy with Dirichlet, Neumann and periodic sides;
// 48×53 cells: the test of FISHPACK's hstcrt, on vertices.
func TestThreeKindsOfSides(t *testing.T) {
	exact := func(x, y, _ float64) float64 { return math.Sin(math.Pi*(x+1)) * math.Cos(math.Pi*(y-1)) }
	e := Equation{
		Grid:     newGrid(t, []int{48, 53}, []float64{2, 2}),
		Reaction: Constant(2),
		Source: Function(func(x, y, z float64) float64 {
			return (2 + 2*math.Pi*math.Pi) * exact(x, y, z)
		}),
		Boundary: [3][2]Condition{
			{dirichlet(exact), neumann(func(x, y, _ float64) float64 {
				return math.Pi * math.Cos(math.Pi*(x+1)) * math.Cos(math.Pi*(y-1))
			})},
			periodic(),
		},
	}
	s := discretize(t, e)
	direct(t, s, false)
	near(t, "the largest error", largestError(s, exact), 1.52507e-3, 1e-5)
}

// Pure Neumann, g = cos πx cos πy: the solution is an eigenvector.
func TestPureNeumann(t *testing.T) {
	wave := func(x, y, _ float64) float64 { return math.Cos(math.Pi*x) * math.Cos(math.Pi*y) }
	side := Condition{Kind: pde.Neumann}
	s := discretize(t, Equation{
		Grid:     newGrid(t, []int{64, 64}, []float64{1, 1}),
		Source:   Function(wave),
		Boundary: [3][2]Condition{{side, side}, {side, side}},
	})
	direct(t, s, true)
	near(t, "the amplitude", (s.U.At(1, 1, 0)-s.U.At(65, 1, 0))/2, 0.0506707655728991, 1e-9)
}

// u = sin 2πx sin 2πy + 1, Dirichlet in x and inhomogeneous Neumann in y.
func TestInhomogeneousNeumann(t *testing.T) {
	exact := func(x, y, _ float64) float64 { return math.Sin(2*math.Pi*x)*math.Sin(2*math.Pi*y) + 1 }
	slope := func(x, _, _ float64) float64 { return 2 * math.Pi * math.Sin(2*math.Pi*x) }
	for n, want := range map[int]float64{10: 3.045421e-2, 20: 8.140750e-3, 40: 2.045069e-3} {
		s := discretize(t, Equation{
			Grid: newGrid(t, []int{n, n}, []float64{1, 1}),
			Source: Function(func(x, y, z float64) float64 {
				return 8 * math.Pi * math.Pi * (exact(x, y, z) - 1)
			}),
			Boundary: [3][2]Condition{
				{dirichlet(exact), dirichlet(exact)},
				{neumann(func(x, y, z float64) float64 { return -slope(x, y, z) }), neumann(slope)},
			},
		})
		direct(t, s, false)
		near(t, "the largest error", largestError(s, exact), want, 1e-6)
	}
}

// −u″ = π² sin πx on cells that become wider, the last a hundred times the first. The
// right values are those of another program, for unknowns on vertices and in cells.
func TestStretchedCells(t *testing.T) {
	const n = 64
	x := geometric(n, 100)
	exact := func(x, _, _ float64) float64 { return math.Sin(math.Pi * x) }
	for cells, want := range map[bool]float64{false: 2.509438339127e-3, true: 1.478271405393e-3} {
		grid := newGrid(t, []int{n}, []float64{1})
		grid.Cells, grid.Stretch = cells, &pde.Coordinates{x}
		s := discretize(t, Equation{Grid: grid, Source: Function(func(x, y, z float64) float64 {
			return math.Pi * math.Pi * exact(x, y, z)
		})})
		direct(t, s, false)
		near(t, "the largest error", largestError(s, exact), want, 1e-9)
	}
}

// geometric are the vertices of n cells on the unit interval, each wider than the one
// before it, the last as many times the first as ratio says.
func geometric(n int, ratio float64) []float64 {
	x := make([]float64, n+1)
	for i := range n {
		x[i+1] = x[i] + math.Pow(ratio, float64(i)/float64(n-1))
	}
	end := x[n]
	for i := range x {
		x[i] /= end
	}
	return x
}

// Laplace, u = 1 + x + y, Dirichlet left and below, ∂u/∂n = 1 right and above: linear
// functions are exact, on vertices and cells, of unequal widths, too.
func TestLinearIsExact(t *testing.T) {
	exact := func(x, y, _ float64) float64 { return 1 + x + y }
	one := Condition{Kind: pde.Neumann, Value: Constant(1)}
	for _, cells := range []bool{false, true} {
		for _, stretch := range []*pde.Coordinates{nil, {geometric(13, 7), geometric(10, .2)}} {
			grid := newGrid(t, []int{13, 10}, []float64{1, 1})
			grid.Cells, grid.Stretch = cells, stretch
			s := discretize(t, Equation{Grid: grid, Boundary: [3][2]Condition{{dirichlet(exact), one}, {dirichlet(exact), one}}})
			direct(t, s, false)
			if e := largestError(s, exact); e > 1e-13 {
				t.Errorf("cells %v, stretched %v: error %g; want rounding", cells, stretch != nil, e)
			}
		}
	}
}

// Ten steps of implicit Euler for u_t = Δu from sin πx sin πy, with one system: only the
// source changes.
func TestImplicitEuler(t *testing.T) {
	const n = 64
	wave := func(x, y, _ float64) float64 { return math.Sin(math.Pi*x) * math.Sin(math.Pi*y) }
	for _, c := range []struct{ dt, want, relative float64 }{
		{.01, 0.165112483124759, 1e-12}, {1e-8, 0.99999802647759, 1e-12}, {1e8, 1.115769942e-93, 1e-8},
	} {
		s := discretize(t, Equation{Grid: newGrid(t, []int{n, n}, []float64{1, 1}), Reaction: Constant(1 / c.dt)})
		s.U.FillInterior(wave)
		for range 10 {
			old := make([]float64, 0, (n+1)*(n+1))
			for j := range n + 1 {
				for i := range n + 1 {
					old = append(old, s.U.At(i, j, 0)/c.dt)
				}
			}
			if err := s.SetSource(Array(old)); err != nil {
				t.Fatal(err)
			}
			direct(t, s, false)
		}
		near(t, "the amplitude", s.U.At(n/2, n/2, 0), c.want, c.relative)
	}
}

// Two layers, a = 1 and 10⁶, that meet at a vertex: the flux is one through both.
func TestTwoLayers(t *testing.T) {
	for dim := 1; dim <= 3; dim++ {
		e := Equation{
			Grid: newGrid(t, []int{8, 4, 4}[:dim], []float64{1, 1, 1}[:dim]),
			Diffusion: Tensor{XX: Function(func(x, _, _ float64) float64 {
				if x < .5 {
					return 1
				}
				return 1e6
			})},
			Boundary: [3][2]Condition{{{}, {Value: Constant(1)}}},
		}
		for d := 1; d < dim; d++ {
			e.Boundary[d] = [2]Condition{{Kind: pde.Neumann}, {Kind: pde.Neumann}}
		}
		s := discretize(t, e)
		direct(t, s, false)
		x := [3]int{4, min(dim-1, 1), max(dim-2, 0)}
		near(t, "u(1/2)", s.U.At(x[0], x[1], x[2]), 0.999999000001, 1e-12)
		flux, err := s.Flux(s.U)
		if err != nil {
			t.Fatal(err)
		}
		for i := 1; i <= 8; i++ {
			near(t, "the flux", -flux[0].At(i, x[1], x[2]), 1.999998000002, 1e-9)
		}
	}
}

// −∇·(ρ∇u) = f = exp(−(x²+y²)/0.1), u = f on the boundary, ρ of each cell, ρ₀ in the middle
// ninth of the square: example 29 of PETSc's KSP.
func TestInclusion(t *testing.T) {
	const n = 48
	f := func(x, y, _ float64) float64 { return math.Exp(-(x*x + y*y) / .1) }
	for rho, want := range map[float64]float64{1: 0.104260049995, 100: 0.105152654510, 1e6: 0.105180090733, 1e-6: 74.763400495} {
		a := make([]float64, n*n)
		for c := range a {
			a[c] = 1
			if i, j := c%n, c/n; i >= n/3 && i < 2*n/3 && j >= n/3 && j < 2*n/3 {
				a[c] = rho
			}
		}
		s := discretize(t, Equation{
			Grid: newGrid(t, []int{n, n}, []float64{1, 1}), Diffusion: Tensor{XX: Array(a)}, Source: Function(f),
			Boundary: [3][2]Condition{{dirichlet(f), dirichlet(f)}, {dirichlet(f), dirichlet(f)}},
		})
		direct(t, s, false)
		near(t, "u in the middle", s.U.At(n/2, n/2, 0), want, 1e-8) // κε of both solves
	}
}

// a = 0 along z: planes that do not see each other, each as in two dimensions.
func TestPlanesApart(t *testing.T) {
	g := func(x, y, z float64) float64 { return (1 + z) * math.Exp(x-y) }
	s := discretize(t, Equation{
		Grid:      newGrid(t, []int{22, 22, 4}, []float64{1, 1, 1}),
		Diffusion: Tensor{XX: Constant(1), ZZ: Constant(0)}, Source: Function(g),
	})
	direct(t, s, false)
	flat := discretize(t, Equation{
		Grid:   newGrid(t, []int{22, 22}, []float64{1, 1}),
		Source: Function(func(x, y, _ float64) float64 { return g(x, y, 0) }),
	})
	direct(t, flat, false)
	for k := 1; k < 4; k++ {
		for j := 1; j < 22; j++ {
			for i := 1; i < 22; i++ {
				near(t, "u", s.U.At(i, j, k), (1+float64(k)/4)*flat.U.At(i, j, 0), 1e-12)
			}
		}
	}
}

// A conductor within the box: u = 1 on [1/4, 3/4]², 0 on the sides.
func TestInteriorConductor(t *testing.T) {
	const n = 64
	state := make([]State, (n+1)*(n+1))
	for p := range state {
		if i, j := p%(n+1), p/(n+1); i >= n/4 && i <= 3*n/4 && j >= n/4 && j <= 3*n/4 {
			state[p] = Fixed
		}
	}
	s := discretize(t, Equation{
		Grid: newGrid(t, []int{n, n}, []float64{1, 1}),
		Mask: &Mask{State: state, Value: Constant(1)},
	})
	direct(t, s, false)
	near(t, "u(1/2, 1/8)", s.U.At(n/2, n/8, 0), 0.488771000104, 1e-11)
	near(t, "u(1/8, 1/8)", s.U.At(n/8, n/8, 0), 0.198749367630, 1e-11)
	near(t, "u(1/2, 1/2)", s.U.At(n/2, n/2, 0), 1, 1e-14)
	balance, err := s.Balance(s.U)
	if err != nil {
		t.Fatal(err)
	}
	out := 0.0
	for d := range 2 {
		out += balance.Sides[d][0] + balance.Sides[d][1]
	}
	near(t, "the charge", out, 10.2683714391, 1e-10)
	near(t, "what flows out of the conductor", -balance.Fixed, out, 1e-12)
}

// The errors on cells that pyro2 publishes for its solver.
func TestCellsAgainstPyro(t *testing.T) {
	p, err := pde.Lookup("briggs", 2)
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range map[int]float64{16: 4.06955e-4, 32: 1.02427e-4, 64: 2.56513e-5, 128: 6.41563e-6} {
		grid := newGrid(t, []int{n, n}, []float64{1, 1})
		grid.Cells = true
		s := discretize(t, Equation{Grid: grid, Source: Function(p.G)})
		direct(t, s, false)
		l2, _ := s.U.Errors(p.Exact)
		near(t, "the error", l2, want, 1e-5)
	}
}

// The defect of a singular system is the mean of the source and of what the sides give
// over the volume; without it the system has a solution, which balances.
func TestDefect(t *testing.T) {
	for _, cells := range []bool{false, true} {
		for _, stretch := range []*pde.Coordinates{nil, {geometric(12, 9), nil}} {
			grid := newGrid(t, []int{12, 8}, []float64{1, .5})
			grid.Cells, grid.Stretch = cells, stretch
			s := discretize(t, Equation{
				Grid: grid, Source: Constant(.3), Diffusion: Tensor{XX: Constant(2)},
				Boundary: [3][2]Condition{
					{{Kind: pde.Neumann, Value: Constant(1)}, {Kind: pde.Neumann, Value: Constant(-.25)}},
					periodic(),
				},
			})
			want := .3 + 2*(1-.25) // over the length 1
			if !s.Singular() {
				t.Fatal("a system without given values is not singular")
			}
			near(t, "the defect", s.Defect(), want, 1e-13)
			near(t, "what is projected", s.Project(), want, 1e-13)
			if d := s.Defect(); math.Abs(d) > 1e-14 {
				t.Errorf("%g is left; want 0", d)
			}
			direct(t, s, true)
			b, err := s.Balance(s.U)
			if err != nil {
				t.Fatal(err)
			}
			near(t, "what flows out", b.Sides[0][0]+b.Sides[0][1], -.5*2*.75, 1e-13)
			near(t, "the source", b.Source, -.5*2*.75, 1e-12)
			if err := s.SetSource(Constant(-1.5)); err != nil {
				t.Fatal(err)
			}
			if d := s.Defect(); math.Abs(d) > 1e-13 {
				t.Errorf("the defect of data that fit is %g; want 0", d)
			}
		}
	}
	// One side that says how large u is, and there is none.
	e := Equation{Grid: newGrid(t, []int{4}, []float64{1}), Source: Constant(1)}
	e.Boundary[0] = [2]Condition{{Kind: pde.Neumann}, {Kind: pde.Neumann, Alpha: Constant(1)}}
	if s := discretize(t, e); s.Singular() || s.Defect() != 0 || s.Project() != 0 {
		t.Error("a system with a Robin side is singular")
	}
}

// Gradients on faces are of second order in the mean; where two Neumann sides meet they
// are of a lower one, as everywhere with half and quarter cells.
func TestGradient(t *testing.T) {
	m := manufactured{dim: 2, sides: "mixed", a: "function"}
	var errors [2]float64
	for level, n := range []int{32, 64} {
		e, exact := m.equation(t, n)
		s := discretize(t, e)
		direct(t, s, false)
		gradient, err := s.Gradient(s.U)
		if err != nil {
			t.Fatal(err)
		}
		const step = 1e-5 // of a central difference
		for j := 1; j <= s.U.Inner(1); j++ {
			for i := 1; i <= s.U.Inner(0)+1; i++ {
				x, y := (s.U.Coordinate(0, i-1)+s.U.Coordinate(0, i))/2, s.U.Coordinate(1, j)
				if i == s.U.Inner(0)+1 {
					x = 1 // a Neumann side
				}
				want := (exact(x+step, y, 0) - exact(x-step, y, 0)) / (2 * step)
				errors[level] += math.Pow(gradient[0].At(i, j, 0)-want, 2) / float64(s.U.Unknowns())
			}
		}
		errors[level] = math.Sqrt(errors[level])
	}
	if order := math.Log2(errors[0] / errors[1]); !(order > 1.9) {
		t.Errorf("errors %.3g of the gradient, order %.2f; want 2", errors, order)
	}
}

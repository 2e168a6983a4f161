package nonlinear

import (
	"context"
	"math"
	"testing"

	"mgtool/multigrid"
	"mgtool/multigrid/cycle"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// solve solves N(u) = g from zero.
func solve(t *testing.T, n Operator, s Settings, data, boundary func(x, y, z float64) float64) (*pde.Field[float64], *multigrid.Result) {
	t.Helper()
	solver, err := New(n, s)
	if err != nil {
		t.Fatal(err)
	}
	u, g := pde.NewField[float64](n.Grid()), pde.NewField[float64](n.Grid())
	g.FillInterior(data)
	if boundary != nil {
		u.FillBoundary(boundary)
	}
	r, err := solver.Solve(context.Background(), u, g)
	if err != nil {
		t.Fatalf("%v: %v, residuals %.3g", n.Grid(), err, r.Residuals)
	}
	return u, r
}

func laplace(t *testing.T, dim, n int, sides string, f, slope func(float64) float64) Operator {
	t.Helper()
	grid, err := pde.Unit(dim, n)
	if err != nil {
		t.Fatal(err)
	}
	switch sides { // across x
	case "periodic":
		grid.Sides[0] = [2]pde.Boundary{pde.Periodic, pde.Periodic}
	case "neumann", "cells":
		grid.Sides[0] = [2]pde.Boundary{pde.Neumann, pde.Neumann}
		grid.Cells = sides == "cells"
	}
	op, err := Reaction(stencil.Laplacian(grid), f, slope)
	if err != nil {
		t.Fatal(err)
	}
	return op
}

// Manufactured solutions: errors fall by four as cells are halved, and the number of cycles
// does not grow. −u″ + u² = f with u = sin 2πx, in one dimension, is a case by name; the
// numbers of cells are odd and prime too.
func TestOrder(t *testing.T) {
	square := func(u float64) float64 { return u * u }
	cube := func(u float64) float64 { return u * u * u }
	sin, pi := math.Sin, math.Pi
	for _, c := range []struct {
		name  string
		dim   int
		cells []int
		f     func(float64) float64
		sides string
		exact func(x, y, z float64) float64
		minus func(x, y, z float64) float64 // −Δ of exact
	}{
		{"u²", 1, []int{64, 128, 256, 512}, square, "",
			func(x, _, _ float64) float64 { return sin(2 * pi * x) },
			func(x, _, _ float64) float64 { return 4 * pi * pi * sin(2*pi*x) }},
		{"u², odd", 1, []int{97, 211, 1021}, square, "",
			func(x, _, _ float64) float64 { return sin(2 * pi * x) },
			func(x, _, _ float64) float64 { return 4 * pi * pi * sin(2*pi*x) }},
		{"10 u³", 2, []int{16, 32, 64, 128}, func(u float64) float64 { return 10 * cube(u) }, "",
			func(x, y, _ float64) float64 { return 1 + sin(pi*x)*math.Exp(y) },
			func(x, y, _ float64) float64 { return (pi*pi - 1) * sin(pi*x) * math.Exp(y) }},
		{"u³ + u, periodic along x", 2, []int{16, 32, 64}, func(u float64) float64 { return cube(u) + u }, "periodic",
			func(x, y, _ float64) float64 { return sin(2*pi*x)*y + 1 },
			func(x, y, _ float64) float64 { return 4 * pi * pi * sin(2*pi*x) * y }},
		{"sinh u, odd", 2, []int{21, 43, 97}, math.Sinh, "",
			func(x, y, _ float64) float64 { return x*x + sin(3*y) },
			func(_, y, _ float64) float64 { return -2 + 9*sin(3*y) }},
		{"u³, Neumann sides along x", 2, []int{16, 31, 64}, cube, "neumann",
			func(x, y, _ float64) float64 { return math.Cos(pi*x)*sin(pi*y) + y },
			func(x, y, _ float64) float64 { return 2 * pi * pi * math.Cos(pi*x) * sin(pi*y) }},
		{"u³ + u, cells", 2, []int{16, 32, 64}, func(u float64) float64 { return cube(u) + u }, "cells",
			func(x, y, _ float64) float64 { return math.Cos(pi*x) * sin(pi*y) },
			func(x, y, _ float64) float64 { return 2 * pi * pi * math.Cos(pi*x) * sin(pi*y) }},
		{"u³", 3, []int{8, 16, 32}, cube, "",
			func(x, y, z float64) float64 { return sin(pi*x)*sin(pi*y) + z*z },
			func(x, y, _ float64) float64 { return 2*pi*pi*sin(pi*x)*sin(pi*y) - 2 }},
	} {
		last, width, cycles := 0.0, 0, 0
		for _, n := range c.cells {
			s := DefaultSettings()
			s.RelTol = 1e-10
			u, r := solve(t, laplace(t, c.dim, n, c.sides, c.f, nil), s,
				func(x, y, z float64) float64 { return c.minus(x, y, z) + c.f(c.exact(x, y, z)) }, c.exact)
			l2, _ := u.Errors(c.exact)
			if last != 0 {
				order := math.Log(last/l2) / math.Log(float64(n)/float64(width))
				if math.Abs(order-2) > .1 {
					t.Errorf("%s on %d cells: error %.3e, order %.2f, want 2", c.name, n, l2, order)
				}
				if r.Cycles > cycles+2 {
					t.Errorf("%s on %d cells: %d cycles, %d on %d", c.name, n, r.Cycles, cycles, width)
				}
			}
			t.Logf("%s %d cells: error %.4e, %d cycles, factor %.3f, %v", c.name, n, l2, r.Cycles, r.Factor, r.Status)
			last, width, cycles = l2, n, r.Cycles
		}
	}
}

// Bratu's problem −Δu = λ e^u on the unit square, lower branch: u in the middle. The values
// on 64 and 128 cells, where there are two, are those of Newton's method with sparse
// elimination. At λ = 6.80 it is close to the fold at 6.8081, where the Jacobian is
// singular; u(½, ½) is 1.32345 there as cells vanish.
func TestBratu(t *testing.T) {
	for _, c := range []struct {
		lambda float64
		n      int
		want   float64
	}{
		{1, 64, 0.07808676917102807}, {5, 64, 0.5568993622305005}, {6.8, 64, 1.3248075562198165}, {6.8, 128, 1.323787232678472},
	} {
		f := func(u float64) float64 { return -c.lambda * math.Exp(u) }
		s := DefaultSettings()
		s.RelTol = 1e-11
		u, r := solve(t, laplace(t, 2, c.n, "", f, f), s, func(_, _, _ float64) float64 { return 0 }, nil)
		if got := u.At(c.n/2, c.n/2, 0); math.Abs(got-c.want) > 1e-8 {
			t.Errorf("λ = %g on %d cells: %.10f, want %.10f", c.lambda, c.n, got, c.want)
		}
		t.Logf("λ = %g on %d cells: %d cycles, factor %.3f, %v", c.lambda, c.n, r.Cycles, r.Factor, r.Status)
	}
}

// Of a linear N the scheme is the correction scheme: the residuals are those of the linear
// solver with the same smoother, cycle by cycle.
func TestLinear(t *testing.T) {
	grid, err := pde.Unit(2, 64)
	if err != nil {
		t.Fatal(err)
	}
	n, err := Reaction(stencil.Laplacian(grid), func(float64) float64 { return 0 }, nil)
	if err != nil {
		t.Fatal(err)
	}
	v := cycle.Cycle{Pre: []int{1}, Post: []int{1}}
	mine, err := New(n, Settings{Cycle: v, MaxCycles: 8})
	if err != nil {
		t.Fatal(err)
	}
	s := multigrid.DefaultSettings()
	s.RelTol, s.MaxCycles = 0, 8
	linear, err := multigrid.NewSolver(stencil.Laplacian(grid), s)
	if err != nil {
		t.Fatal(err)
	}
	u, w, g := pde.NewField[float64](grid), pde.NewField[float64](grid), pde.NewField[float64](grid)
	u.Randomize(3)
	w.Randomize(3)
	got, err := mine.Solve(context.Background(), u, g)
	if err != nil {
		t.Fatal(err)
	}
	want, err := linear.Solve(context.Background(), w, g)
	if err != nil {
		t.Fatal(err)
	}
	for k, r := range got.Residuals {
		if expected := want.Residuals[k] / want.Residuals[0]; math.Abs(r-expected) > 1e-9*expected {
			t.Errorf("cycle %d: residual %.12g, linear %.12g", k, r, expected)
		}
	}
}

// Nine-point operators take four colours; statuses are those of the linear solver; mistakes
// are errors.
func TestStatuses(t *testing.T) {
	grid, err := pde.Unit(2, 32)
	if err != nil {
		t.Fatal(err)
	}
	nine, err := stencil.Discretize("mehrstellen", grid)
	if err != nil {
		t.Fatal(err)
	}
	cube := func(u float64) float64 { return u * u * u }
	n, err := Reaction(nine.A, cube, nil)
	if err != nil {
		t.Fatal(err)
	}
	ones := func(_, _, _ float64) float64 { return 1 }
	if _, r := solve(t, n, DefaultSettings(), ones, nil); r.Cycles > 8 {
		t.Errorf("nine points: %d cycles", r.Cycles)
	}
	run := func(f func(float64) float64, g float64, change func(*Settings), ctx context.Context) (multigrid.Status, error) {
		s := DefaultSettings()
		s.Cycle.Full = false
		change(&s)
		solver, err := New(laplace(t, 2, 32, "", f, nil), s)
		if err != nil {
			t.Fatal(err)
		}
		u, data := pde.NewField[float64](solver.levels[0].op.Grid()), pde.NewField[float64](solver.levels[0].op.Grid())
		data.FillInterior(func(_, _, _ float64) float64 { return g })
		r, err := solver.Solve(ctx, u, data)
		return r.Status, err
	}
	stopped, stop := context.WithCancel(context.Background())
	stop()
	for _, c := range []struct {
		f      func(float64) float64
		g      float64
		change func(*Settings)
		ctx    context.Context
		want   multigrid.Status
	}{
		{cube, 1, func(s *Settings) { s.MaxCycles = 2 }, context.Background(), multigrid.CycleLimit},
		{cube, 1, func(s *Settings) { s.MaxCycles, s.RelTol = 2, 0 }, context.Background(), multigrid.CyclesDone},
		{cube, 0, func(*Settings) {}, context.Background(), multigrid.Converged},
		{cube, math.NaN(), func(*Settings) {}, context.Background(), multigrid.NotFinite},
		{cube, 1, func(s *Settings) { s.RelTol = 1e-30 }, context.Background(), multigrid.RoundingLimit},
		{cube, 1, func(*Settings) {}, stopped, multigrid.Interrupted},
	} {
		if got, err := run(c.f, c.g, c.change, c.ctx); got != c.want || (err == nil) != (c.want.Err() == nil) {
			t.Errorf("g = %g: %v (%v), want %v", c.g, got, err, c.want)
		}
	}
	// Bratu's problem with λ = 20 has no solution.
	if got, err := run(func(u float64) float64 { return -20 * math.Exp(u) }, 0, func(*Settings) {}, context.Background()); err == nil {
		t.Errorf("λ = 20: %v", got)
	} else {
		t.Logf("λ = 20: %v", got)
	}
	varying, err := stencil.Varying(grid, stencil.Coefficients{13: pde.NewField[float64](grid)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Reaction(varying, nil, nil); err == nil {
		t.Error("no f accepted")
	}
	if n, err := Reaction(varying, cube, nil); err == nil {
		t.Errorf("%v accepted", n.Grid())
	}
	for _, s := range []Settings{{}, {MaxCycles: 1, RelTol: 2}, {MaxCycles: 1, Cycle: cycle.Cycle{DownOnly: true}}} {
		if _, err := New(n, s); err == nil {
			t.Errorf("%+v accepted", s)
		}
	}
	if _, err := New(nil, DefaultSettings()); err == nil {
		t.Error("no operator accepted")
	}
	solver, err := New(n, DefaultSettings())
	if err != nil {
		t.Fatal(err)
	}
	u := pde.NewField[float64](grid)
	for _, f := range [][2]*pde.Field[float64]{{nil, u}, {u, nil}, {u, u}, {u, pde.NewField[float64](grid.Coarsen())}} {
		if _, err := solver.Solve(context.Background(), f[0], f[1]); err == nil {
			t.Error("wrong fields accepted")
		}
	}
}

// One full pass leaves an error of the size of the discretisation's, however many cells
// there are: V(2,1) with linear interpolation at most 2.2 times (1.9 to 2.1 for linear
// problems).
func TestFullPass(t *testing.T) {
	cube := func(u float64) float64 { return 10 * u * u * u }
	exact := func(x, y, _ float64) float64 { return math.Sin(math.Pi*x) * math.Sin(math.Pi*y) }
	data := func(x, y, z float64) float64 {
		return 2*math.Pi*math.Pi*exact(x, y, z) + cube(exact(x, y, z))
	}
	for _, n := range []int{32, 128, 256} {
		once := DefaultSettings()
		once.RelTol, once.MaxCycles = 0, 1
		pass, r := solve(t, laplace(t, 2, n, "", cube, nil), once, data, nil)
		if !math.IsNaN(r.Factor) {
			t.Errorf("%d cells: the full pass alone has the factor %g; want none", n, r.Factor)
		}
		solved, _ := solve(t, laplace(t, 2, n, "", cube, nil), DefaultSettings(), data, nil)
		after, _ := pass.Errors(exact)
		least, _ := solved.Errors(exact)
		if ratio := after / least; !(ratio < 2.2) {
			t.Errorf("%d cells: error %.3e after the full pass, %.3e at the end: %.2f times", n, after, least, ratio)
		} else {
			t.Logf("%d cells: %.2f", n, ratio)
		}
	}
}

// Injection has linear functions exactly, where points of the coarser grid are points of the
// finer one and where they lie between them.
func TestInjection(t *testing.T) {
	linear := func(x, y, z float64) float64 { return 1 + 2*x - 3*y + 5*z }
	for _, kind := range []string{"vertices", "an odd axis", "cells"} {
		fine, err := pde.NewGrid([]int{8, 4, 12}, []float64{.125, .25, .5})
		if err != nil {
			t.Fatal(err)
		}
		coarse := fine.Coarsen()
		switch kind {
		case "an odd axis":
			coarse.N[2], coarse.H[2] = 5, fine.H[2]*12/5
		case "cells":
			fine.Cells, coarse.Cells = true, true
		}
		u, w := pde.NewField[float64](fine), pde.NewField[float64](coarse)
		u.FillInterior(linear)
		u.FillBoundary(linear)
		newInjection(fine, coarse).apply(w, u)
		if _, worst := w.Errors(linear); worst > 1e-13 {
			t.Errorf("%s: off by %g", kind, worst)
		}
	}
}

// With f(u) = c u a step of relaxation of A u + f(u) is one of A + c without f.
func TestRelaxLinear(t *testing.T) {
	const c = 1e4
	grid, err := pde.Unit(2, 16)
	if err != nil {
		t.Fatal(err)
	}
	shifted, err := stencil.Diffusion(grid, [3]float64{1, 1, 1}, c)
	if err != nil {
		t.Fatal(err)
	}
	g := pde.NewField[float64](grid)
	g.Randomize(1)
	var after [2]*pde.Field[float64]
	for i, n := range []struct {
		a stencil.Operator
		c float64
	}{{stencil.Laplacian(grid), c}, {shifted, 0}} {
		op, err := Reaction(n.a, func(u float64) float64 { return n.c * u }, func(float64) float64 { return n.c })
		if err != nil {
			t.Fatal(err)
		}
		after[i] = pde.NewField[float64](grid)
		after[i].Randomize(2)
		op.Relax(after[i], g)
	}
	combine(after[0], 1, after[0], -1, after[1])
	if off := norm(after[0]); off > 1e-12 {
		t.Errorf("off by %g", off)
	}
}

// Newton's method on the coarsest grid gets there where its whole step goes too far: that
// for 1e4 arctan u from 50 has to be cut in half four times.
func TestNewtonCutsSteps(t *testing.T) {
	grid, err := pde.Unit(2, 2)
	if err != nil {
		t.Fatal(err)
	}
	n, err := Reaction(stencil.Laplacian(grid), func(u float64) float64 { return 1e4 * math.Atan(u) }, func(u float64) float64 { return 1e4 / (1 + u*u) })
	if err != nil {
		t.Fatal(err)
	}
	u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
	u.Set(1, 1, 0, 50)
	n.Solve(u, g)
	if got := u.At(1, 1, 0); math.Abs(got) > 1e-10 {
		t.Errorf("u = %g; want 0", got)
	}
}

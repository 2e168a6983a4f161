package multigrid

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"mgtool/multigrid/cycle"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// minimiseDensely is a step of MinimalResidual in plain loops: the corrections d_k of the parts,
// and α by the QR factorisation of the matrix of the A d_k.
func minimiseDensely(t *testing.T, a stencil.Operator, parts [][]sweep, u, g *pde.Field[float64]) {
	t.Helper()
	residual := func() []float64 {
		r := pde.NewField[float64](u.Grid)
		u.FillGhosts()
		if err := a.Residual(r, u, g); err != nil {
			t.Fatal(err)
		}
		return r.Interior()
	}
	start, r := u.Clone(), residual()
	first := r
	ad := mat.NewDense(len(r), len(parts), nil)
	var d [][]float64
	for k, part := range parts {
		before := u.Interior()
		relaxGeneral(t, a, part, u, g)
		after, left := u.Interior(), residual()
		for i := range after {
			ad.Set(i, k, r[i]-left[i])
			after[i] -= before[i]
		}
		d, r = append(d, after), left
	}
	var alpha mat.VecDense
	if err := alpha.SolveVec(ad, mat.NewVecDense(len(first), first)); err != nil {
		t.Fatal(err)
	}
	at := 0
	for row := range u.RowCount() {
		j, k := u.RowAt(row)
		for i := 1; i <= u.Inner(0); i++ {
			v := start.At(i, j, k)
			for n := range parts {
				v += alpha.AtVec(n) * d[n][at]
			}
			u.Set(i, j, k, v)
			at++
		}
	}
}

// Steps that minimise the residual are those of plain loops and a dense least squares, for every
// form of A, with parts of all kinds, before and after the correction.
func TestMinimalResidualIsReference(t *testing.T) {
	var cases []operatorCase
	add := func(name string, a stencil.Operator, s Smoother, c Coarsening) {
		cases = append(cases, operatorCase{name, a, Components{Smoother: s, Coarsening: c}})
	}
	all := grids(t)
	for i, g := range []pde.Grid{all[1], all[3], all[5], all[7], mustGrid(t, []int{210, 190}, []float64{1, 1})} {
		narrow, wide := kernelOf(g.Dim(), 3), kernelOf(g.Dim(), 5)
		s := []Smoother{
			MinimalResidual{narrow, wide},
			Apart{MinimalResidual{narrow, Jacobi{.6}, RedBlack{1}}, Sequence{wide, MinimalResidual{narrow}, Jacobi{.6}}},
			MinimalResidual{Jacobi{.9}, Jacobi{.5}, Sequence{Jacobi{.7}, RedBlack{1}}, RedBlack{.8}},
		}[i%3]
		if g.Unknowns() > 1<<15 {
			s = Apart{Sequence{MinimalResidual{narrow, narrow}, wide}, narrow}
		}
		add("−Δ", stencil.Laplacian(g), s, Rediscretized{})
		if i == 1 || i == 3 {
			add("faces", facesOn(t, g, func(x, y, z float64) float64 { return 1.1 + math.Sin(3*x+2*y+z) }, func(_, _, _ float64) float64 { return 1 }), s, Rediscretized{})
		}
	}
	add("varying", roughFaces(t, square(t, 32)), MinimalResidual{kernelOf(2, 3), RedBlack{1}}, Galerkin{})
	add("nine points", rotated(t, square(t, 32), 30, .1), Apart{MinimalResidual{kernelOf(2, 3), RedBlack{1}}, Sequence{}}, Galerkin{})
	for i, g := range periodic(t) {
		if i == 0 || i == 4 || i == 9 {
			add("−Δ", stencil.Laplacian(g), MinimalResidual{kernelOf(g.Dim(), 3), RedBlack{1}}, Rediscretized{})
		}
	}
	for _, c := range sidedCases[:2] {
		add("−Δ", c.operator(t, [3]float64{1, 1, 1}, 0), MinimalResidual{Jacobi{.7}, RedBlack{1}}, Rediscretized{})
	}
	areReference(t, cases)
}

// A part that says nothing new, and residuals beyond the range of squares, leave the smoothers
// alone.
func TestLeastSquares(t *testing.T) {
	// e_1 = (1, 1), e_2 = (1, −1), r = (3, 5): β = (4, −1); e_2 twice is the same with β_3 = 0.
	sum := crossProducts{{2, 0, 0, 8}, {0, 2, 2, -2}, {0, 0, 2, -2}}
	beta, ok := leastSquares(sum, 3)
	for k, want := range []float64{4, -1, 0} {
		if math.Abs(beta[k]-want) > 1e-14 || !ok {
			t.Errorf("β_%d = %g; want %g", k+1, beta[k], want)
		}
	}
	for _, size := range []float64{math.Inf(1), math.NaN(), 1e-320} {
		if beta, ok := leastSquares(crossProducts{{size, size}}, 1); ok {
			t.Errorf("squares of %g: β = %v; want none", size, beta)
		}
	}
	if _, ok := leastSquares(crossProducts{}, 2); ok {
		t.Error("corrections of 0: want no change")
	}
}

// Krylov methods around a cycle that minimises: FGMRES, also as what Auto takes.
func TestMinimalResidualKrylov(t *testing.T) {
	grid := square(t, 32)
	a := rotated(t, grid, 30, .01)
	settings := func(k Krylov) Settings {
		s := DefaultSettings()
		s.Cycle = cycle.Cycle{Pre: []int{1}, Post: []int{1}, Gamma: 1}
		s.Smoother, s.Coarsening, s.Krylov = MinimalResidual{Jacobi{.6}, Jacobi{.6}}, Galerkin{}, k
		return s
	}
	for _, k := range []Krylov{CG, BiCGStab} {
		if _, err := NewSolver(a, settings(k)); err == nil || !strings.Contains(err.Error(), "want FGMRES") {
			t.Errorf("%v: %v; want an error that names FGMRES", k, err)
		}
	}
	g := pde.NewField[float64](grid)
	g.Randomize(1)
	for _, k := range []Krylov{FGMRES, Auto} {
		s, err := NewSolver(a, settings(k))
		if err != nil {
			t.Fatal(err)
		}
		res, err := s.Solve(context.Background(), pde.NewField[float64](grid), g)
		if err != nil || !(res.TrueResidual < 1.01e-8) || k == FGMRES && res.KrylovIterations == 0 {
			t.Errorf("%v: %v, residual %g, %d Krylov iterations", k, err, res.TrueResidual, res.KrylovIterations)
		}
	}
	if kinds := (&Solver{settings: settings(Auto)}).kinds(); len(kinds) != 1 || kinds[0] != FGMRES {
		t.Errorf("Auto tries %v; want FGMRES alone", kinds)
	}
}

// A step in mixed precision, and one of a singular problem, reach their tolerance.
func TestMinimalResidualSolves(t *testing.T) {
	closed := square(t, 32)
	closed.Sides = [3][2]pde.Boundary{{pde.Periodic, pde.Periodic}, {pde.Periodic, pde.Periodic}}
	for _, c := range []struct {
		grid      pde.Grid
		precision Precision
	}{{square(t, 64), Double}, {square(t, 64), Mixed}, {closed, Double}} {
		s := DefaultSettings()
		s.Precision, s.Krylov, s.Smoother = c.precision, None, MinimalResidual{Jacobi{.8}, Jacobi{.8}}
		solver, err := NewSolver(stencil.Laplacian(c.grid), s)
		if err != nil {
			t.Fatal(err)
		}
		u, g := pde.NewField[float64](c.grid), pde.NewField[float64](c.grid)
		g.Randomize(3)
		if res, err := solver.Solve(context.Background(), u, g); err != nil || res.Cycles > 20 {
			t.Errorf("%v, precision %d: %v after %d cycles", c.grid, c.precision, err, res.Cycles)
		}
	}
}

// What a solver takes is counted.
func TestMinimalResidualMemory(t *testing.T) {
	a := stencil.Laplacian(square(t, 256))
	s := DefaultSettings()
	s.Smoother = Sequence{Jacobi{.8}, Jacobi{.8}}
	plain, err := Memory(a, s)
	if err != nil {
		t.Fatal(err)
	}
	s.Smoother = MinimalResidual{Jacobi{.8}, Jacobi{.8}}
	with, err := Memory(a, s)
	if err != nil {
		t.Fatal(err)
	}
	field := pde.FieldBytes[float64](square(t, 256))
	if more := with - plain; more < 2*field || more > 3*field {
		t.Errorf("%d bytes more; want those of two fields of every level, %d on the finest", more, 2*field)
	}
}

func TestMinimalResidualMistakes(t *testing.T) {
	for want, s := range map[string]Smoother{
		"0 corrections":     MinimalResidual{},
		"5 corrections":     MinimalResidual{Jacobi{1}, Jacobi{1}, Jacobi{1}, Jacobi{1}, Jacobi{1}},
		"does nothing":      MinimalResidual{Sequence{}},
		"want it once":      MinimalResidual{Sequence{MinimalResidual{Jacobi{1}}}},
		"omega 3":           MinimalResidual{Jacobi{3}},
		"without an Emitte": EmittedSmoother{},
	} {
		if err := s.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v; want an error with %q", s, err, want)
		}
	}
}

// Cycles that minimise allocate nothing.
func TestMinimalResidualAllocates(t *testing.T) {
	grid := square(t, 64)
	f, err := newHierarchy[float64](rotated(t, grid, 30, .1), Components{Smoother: MinimalResidual{Jacobi{.7}, kernelOf(2, 3)}, Coarsening: Galerkin{}})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.bind(pde.NewField[float64](grid), pde.NewField[float64](grid)); err != nil {
		t.Fatal(err)
	}
	f.levels[0].u.Randomize(1)
	schedule := cycle.Cycle{Pre: []int{1}, Post: []int{1}, Gamma: 1}
	f.start(schedule)
	if n := testing.AllocsPerRun(5, func() { f.cycle(schedule, nil); f.taken = f.taken[:0] }); n > 0 {
		t.Errorf("%.0f allocations a cycle; want 0", n)
	}
}

// As a preconditioner a cycle starts from 0 and knows no boundary values, also after it was bound to
// a u that has some.
func TestMinimalResidualPreconditions(t *testing.T) {
	grid := square(t, 32)
	a := rotated(t, grid, 30, .1)
	c := cycle.Cycle{Pre: []int{1}, Post: []int{1}, Gamma: 1}
	r := pde.NewField[float64](grid)
	r.Randomize(1)
	var z [2]*pde.Field[float64]
	for on := range z {
		f, err := newHierarchy[float64](a, Components{Smoother: MinimalResidual{Jacobi{.7}, Jacobi{.7}}, Coarsening: Galerkin{}})
		if err != nil {
			t.Fatal(err)
		}
		u := pde.NewField[float64](grid)
		u.FillBoundary(func(x, y, _ float64) float64 { return float64(on) * (1 + x + y) })
		if err := f.bind(u, pde.NewField[float64](grid)); err != nil {
			t.Fatal(err)
		}
		x := f.linear()
		x.begin(c, false)
		z[on] = pde.NewField[float64](grid)
		if err := x.Precondition(z[on], r); err != nil {
			t.Fatal(err)
		}
	}
	for i, v := range z[0].Interior() {
		if got := z[1].Interior()[i]; got != v {
			t.Fatalf("value %d of M r is %g beside boundary values of u; want %g", i, got, v)
		}
	}
}

// Jacobi diverges with the weight 1.9; as far along its corrections as makes the residual smallest
// it smooths.
func ExampleMinimalResidual() {
	grid, _ := pde.Unit(2, 64)
	a := stencil.Laplacian(grid)
	s := DefaultSettings()
	s.Smoother, s.Krylov = MinimalResidual{Jacobi{Omega: 1.9}, Jacobi{Omega: 1.9}}, None
	solver, err := NewSolver(a, s)
	if err != nil {
		fmt.Println(err)
		return
	}
	u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
	g.Randomize(1)
	res, err := solver.Solve(context.Background(), u, g)
	fmt.Println(res.Status, err, res.Cycles < 20)
	// Output: residual below tolerance <nil> true
}

package multigrid

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"mgtool/pde"
	"mgtool/pde/stencil"
)

// cellIslands is the operator of cells of coefficients that are jump with probability share,
// else 1, and with harmonic means on the faces between.
func cellIslands(t testing.TB, grid pde.Grid, share, jump float64, seed uint64) stencil.Operator {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 9))
	values := map[[3]int]float64{}
	cell := func(x [3]int) float64 {
		v, ok := values[x]
		if !ok {
			if v = 1; rng.Float64() < share {
				v = jump
			}
			values[x] = v
		}
		return v
	}
	return fluxOperator(t, grid, func(d int, x [3]int) float64 {
		y := x
		y[d]++
		f, g := cell(x), cell(y)
		return 2 * f * g / (f + g)
	}, 0)
}

// solveChosen solves by the method that is chosen for the operator.
func solveChosen(t testing.TB, a stencil.Operator) (u *pde.Field[float64], r *Result, why string) {
	t.Helper()
	s, why := Choose(a)
	solver, err := NewSolver(a, s)
	if err != nil {
		t.Fatal(err)
	}
	grid, _ := a.Grids()
	u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
	g.Randomize(1)
	r, err = solver.Solve(context.Background(), u, g)
	if err != nil {
		t.Errorf("%v with %s", err, why)
	}
	return u, r, why
}

// Cells at random that conduct 10⁶ times as well, or as badly, as the others: conjugate
// gradients need at most 30 steps to 1e-8, however they lie, also where no side has given
// values.
func TestIslandsOfCells(t *testing.T) {
	n, m := 128, 24
	if testing.Short() {
		n, m = 48, 10
	}
	grids := []pde.Grid{square(t, n), cube(t, m)}
	for _, side := range []pde.Boundary{pde.Neumann, pde.Periodic} {
		for _, grid := range grids[:2] {
			for d := range grid.Dim() {
				grid.Sides[d] = [2]pde.Boundary{side, side}
			}
			grids = append(grids, grid)
		}
	}
	for _, grid := range grids {
		for _, jump := range []float64{1e2, 1e4, 1e6, 1e-6} {
			for _, share := range []float64{.1, .3, .4, .5, .6} {
				a := cellIslands(t, grid, share, jump, 1)
				_, r, why := solveChosen(t, a)
				if r.Cycles > 30 {
					t.Errorf("%v, sides %v, %g of jump %g: %d steps with %s", grid, grid.Sides, share, jump, r.Cycles, why)
				}
			}
		}
	}
}

// Blocks of cells at random are too small for coarser grids, too.
func TestBlocksOfCells(t *testing.T) {
	for _, size := range []int{4, 6} {
		for _, side := range []pde.Boundary{pde.Dirichlet, pde.Neumann} {
			grid := square(t, 192)
			grid.Sides[0], grid.Sides[1] = [2]pde.Boundary{side, side}, [2]pde.Boundary{side, side}
			for _, jump := range []float64{1e6, 1e-6} {
				rng := rand.New(rand.NewPCG(1, 9))
				conducts := map[[2]int]float64{}
				cell := func(x [3]int) float64 {
					at := [2]int{x[0] / size, x[1] / size}
					if conducts[at] == 0 {
						conducts[at] = []float64{1, jump}[rng.IntN(2)]
					}
					return conducts[at]
				}
				a := fluxOperator(t, grid, func(d int, x [3]int) float64 {
					y := x
					y[d]++
					f, g := cell(x), cell(y)
					return 2 * f * g / (f + g)
				}, 0)
				if _, r, why := solveChosen(t, a); r.Cycles > 30 {
					t.Errorf("blocks of %d cells, sides %v, jump %g: %d steps with %s", size, grid.Sides, jump, r.Cycles, why)
				}
			}
		}
	}
}

// Solutions by aggregation are those of a direct solve, for sides and dimensions at random, and
// on closed grids of several levels.
func TestAggregationSolves(t *testing.T) {
	for seed := range uint64(150) {
		a, name := randomOperator(t, rand.New(rand.NewPCG(seed, 3)))
		likeDirect(t, a, name)
	}
	for _, grid := range []pde.Grid{square(t, 18), cube(t, 7)} {
		for _, side := range []pde.Boundary{pde.Neumann, pde.Periodic} {
			for d := range grid.Dim() {
				grid.Sides[d] = [2]pde.Boundary{side, side}
			}
			for _, jump := range []float64{1, 1e3, 1e6, 1e-6} {
				singular, levels := likeDirect(t, cellIslands(t, grid, .5, jump, 4), fmt.Sprintf("%v, sides %v, jump %g", grid, grid.Sides, jump))
				if !singular || levels < 2 {
					t.Errorf("%v, sides %v: singular %t, %d levels; want a singular system and several", grid, grid.Sides, singular, levels)
				}
			}
		}
	}
}

// likeDirect compares the solution by aggregation with that by elimination, as far as the
// condition κ of A lets float64 tell: to 10 κ ε, or 1e-10. A singular A has the weighted mean of
// u added to it, which is 0 in its solutions.
func likeDirect(t *testing.T, a stencil.Operator, name string) (singular bool, levels int) {
	t.Helper()
	grid, _ := a.Grids()
	n := grid.Unknowns()
	s := DefaultSettings()
	s.Smoother, s.Coarsening, s.Krylov, s.RelTol = SymmetricGaussSeidel{}, Aggregation{}, CG, 1e-15
	solver, err := NewSolver(a, s)
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return false, 0
	}
	u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
	g.Randomize(uint64(n))
	if _, err := solver.Solve(context.Background(), u, g); err != nil {
		t.Errorf("%s: %v", name, err)
		return false, 0
	}
	f := solver.method.(*aggregated)
	b := f.blackBox.levels[0]
	if f.singular {
		b.takeWeightedMean(g)
	}
	dense, right, x := mat.NewDense(n, n, nil), mat.NewVecDense(n, nil), mat.NewVecDense(n, nil)
	e, ae, zero := pde.NewField[float64](grid), pde.NewField[float64](grid), pde.NewField[float64](grid)
	at := 0
	each(grid, func(i, j, k int) {
		e.Zero()
		e.Set(i, j, k, 1)
		if err := solver.linear.Residual(ae, e, zero); err != nil {
			t.Fatal(err)
		}
		row, mean := 0, 0.0
		if f.singular {
			mean = f.largest * b.weight(i, j, k) / float64(n)
		}
		each(grid, func(i, j, k int) { dense.Set(row, at, mean-ae.At(i, j, k)); row++ })
		right.SetVec(at, g.At(i, j, k))
		at++
	})
	var lu mat.LU
	lu.Factorize(dense)
	if err := lu.SolveVecTo(x, false, right); err != nil {
		if _, ill := err.(mat.Condition); !ill {
			t.Fatal(err)
		}
	}
	at, worst, largest := 0, 0.0, 0.0
	each(grid, func(i, j, k int) {
		worst, largest = max(worst, math.Abs(u.At(i, j, k)-x.AtVec(at))), max(largest, math.Abs(x.AtVec(at)))
		at++
	})
	if bound := max(1e-10, 10*lu.Cond()*0x1p-52); !(worst <= bound*largest) {
		t.Errorf("%s: off by %g of %g; want %.2g of it", name, worst, largest, bound)
	}
	return f.singular, f.Levels()
}

// each calls body for every unknown, in the order of memory.
func each(g pde.Grid, body func(i, j, k int)) {
	for row := range g.RowCount() {
		j, k := g.RowAt(row)
		for i := 1; i <= g.Inner(0); i++ {
			body(i, j, k)
		}
	}
}

// The bits of a solution do not depend on the number of threads.
func TestAggregationKeepsBits(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	a := cellIslands(t, square(t, 150), .5, 1e6, 2)
	var first []float64
	for _, threads := range []int{1, 2, 7} {
		runtime.GOMAXPROCS(threads)
		u, _, why := solveChosen(t, a)
		if s, _ := Choose(a); s.Coarsening != (Aggregation{}) {
			t.Fatalf("chosen: %s", why)
		}
		if first == nil {
			first = u.Data()
		}
		for i, v := range u.Data() {
			if v != first[i] {
				t.Fatalf("%d threads: %g at %d; want %g", threads, v, i, first[i])
			}
		}
	}
}

// What aggregation cannot do is said before work.
func TestAggregationRefuses(t *testing.T) {
	grid := square(t, 16)
	s := DefaultSettings()
	s.Smoother, s.Coarsening = SymmetricGaussSeidel{}, Aggregation{}
	cases := map[string]func() (stencil.Operator, Settings){
		"unsymmetric": func() (stencil.Operator, Settings) { return convected(t, grid, 50, 20), s },
		"red-black": func() (stencil.Operator, Settings) {
			other := s
			other.Smoother = RedBlack{Omega: 1}
			return stencil.Laplacian(grid), other
		},
		"mixed": func() (stencil.Operator, Settings) {
			other := s
			other.Precision = Mixed
			return stencil.Laplacian(grid), other
		},
	}
	for name, c := range cases {
		a, settings := c()
		if _, err := NewSolver(a, settings); err == nil {
			t.Errorf("%s is accepted", name)
		} else if name == "unsymmetric" && !strings.Contains(err.Error(), "not symmetric") {
			t.Errorf("unsymmetric: %v", err)
		}
	}
	// One sign turned: every direction is up for −A as for A.
	a := cellIslands(t, grid, .5, 1e6, 3).Scale(-1)
	if _, r, why := solveChosen(t, a); r.Cycles > 40 {
		t.Errorf("−A: %d steps with %s", r.Cycles, why)
	}
}

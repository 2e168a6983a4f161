package multigrid

import (
	"context"
	"fmt"
	"math"
	"testing"

	"mgtool/multigrid/cycle"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// weighted is Σ w x y over the unknowns, with the weights of half cells.
func weighted(x, y *pde.Field[float64]) (sum float64) {
	w := halfCells(x.Grid)
	along := func(d, i int) float64 {
		if w[d] == nil {
			return 1
		}
		return w[d][i-1]
	}
	for row := range x.RowCount() {
		j, k := x.RowAt(row)
		for i := 1; i <= x.Inner(0); i++ {
			sum += along(0, i) * along(1, j) * along(2, k) * x.At(i, j, k) * y.At(i, j, k)
		}
	}
	return sum
}

// smallGrids are of every dimension, with even and odd numbers of cells, some periodic.
func smallGrids(t testing.TB) []pde.Grid {
	t.Helper()
	round := func(g pde.Grid, axes ...int) pde.Grid {
		g, err := g.PeriodicAlong(axes...)
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	line, square, cube := mustGrid(t, []int{256}, []float64{1}), mustGrid(t, []int{24, 32}, []float64{1, 1.1}), mustGrid(t, []int{12, 16, 8}, []float64{1, 1, 1.2})
	return []pde.Grid{
		line, square, cube, mustGrid(t, []int{131}, []float64{1}), mustGrid(t, []int{37, 30}, []float64{1, 1}), mustGrid(t, []int{9, 13, 11}, []float64{1, 1, 1}),
		round(line, 0), round(square, 0), round(square, 0, 1), round(cube, 2), round(cube, 0, 1, 2), mustGrid(t, []int{5, 150}, []float64{1, 1}),
	}
}

// rough are two fields of the highest frequencies, which a cycle maps by its smoother as
// much as by its coarse grids.
func rough(grid pde.Grid) (x, y *pde.Field[float64]) {
	x, y = pde.NewField[float64](grid), pde.NewField[float64](grid)
	x.Randomize(1)
	y.Randomize(2)
	for row := range grid.RowCount() {
		j, k := grid.RowAt(row)
		for i := 1; i <= grid.Inner(0); i++ {
			x.Set(i, j, k, (1+x.At(i, j, k))*float64(1-2*((i+j+k)%2)))
			y.Set(i, j, k, (1+y.At(i, j, k))*float64(1-2*((i/2+j+k)%2)))
		}
	}
	return x, y
}

// The cycle that conjugate gradients take is a symmetric map, ⟨M x, y⟩ = ⟨x, M y⟩, by every
// smoother, coarsening, dimension and precision, with even and odd numbers of cells and
// with periodic sides; in the ordinary order of sweeps it is not.
func TestSymmetricCycle(t *testing.T) {
	var smoothers []Smoother
	for _, name := range []string{"jacobi", "gs", "sgs", "rbgs", "rbsor", "chebyshev"} {
		s, err := NewSmoother(name, 2, 0)
		if err != nil {
			t.Fatal(err)
		}
		smoothers = append(smoothers, s)
	}
	for _, grid := range smallGrids(t) {
		for _, smoother := range smoothers {
			for _, coarsening := range []Coarsening{Rediscretized{}, Galerkin{}} {
				for _, precision := range []Precision{Double, Mixed} {
					for _, gamma := range []int{1, 2} {
						s := Settings{Cycle: cycle.Cycle{Pre: []int{2}, Post: []int{2}, Gamma: gamma}, Precision: precision, MaxCycles: 1,
							Components: Components{Smoother: smoother, Coarsening: coarsening}}
						if precision == Mixed && (coarsening != (Rediscretized{}) || grid.Sides != [3][2]pde.Boundary{}) {
							continue
						}
						solver, err := NewSolver(stencil.Laplacian(grid), s)
						if err != nil {
							continue // a grid that does not get small enough
						}
						relative := func(symmetric bool) float64 {
							solver.linear.begin(s.Cycle, symmetric)
							grid := solver.linear.grid() // with its axes in the solver's order
							x, y := rough(grid)
							mx, my := pde.NewField[float64](grid), pde.NewField[float64](grid)
							if solver.linear.singular() {
								takeMean(x)
								takeMean(y)
							}
							if err := solver.linear.Precondition(mx, x); err != nil {
								t.Fatal(err)
							}
							if err := solver.linear.Precondition(my, y); err != nil {
								t.Fatal(err)
							}
							return math.Abs(weighted(mx, y)-weighted(x, my)) / math.Sqrt(weighted(mx, mx)*weighted(y, y))
						}
						bound := map[Precision]float64{Double: 1e-12, Mixed: 1e-6}[precision]
						if got := relative(true); !(got < bound) {
							t.Errorf("%v %v, %v, %T, precision %d, γ %d: off by %.2g", grid, grid.Sides[:grid.Dim()], smoother, coarsening, precision, gamma, got)
						}
						if _, gs := smoother.(GaussSeidel); gs && solver.Levels() > 1 {
							if got := relative(false); got < 1.5*bound {
								t.Errorf("%v, %v: the ordinary cycle is symmetric to %.2g; the test sees nothing", grid, smoother, got)
							}
						}
					}
				}
			}
		}
	}
}

// krylovSettings is V(1,1) to 1e-10 around a Krylov method.
func krylovSettings(k Krylov, s Smoother) Settings {
	return Settings{
		Cycle: cycle.Cycle{Pre: []int{1}, Post: []int{1}, Gamma: 1}, Components: Components{Smoother: s},
		RelTol: 1e-10, MaxCycles: 100, Krylov: k,
	}
}

// Every method around every kind of solve finds what cycles alone find, in fewer of them,
// and its last residual is that of the definition.
func TestKrylovSolves(t *testing.T) {
	for _, grid := range smallGrids(t) {
		for _, precision := range []Precision{Double, Mixed} {
			if precision == Mixed && grid.Sides != [3][2]pde.Boundary{} {
				continue
			}
			var want *pde.Field[float64]
			var cycles int
			for _, k := range []Krylov{None, CG, FGMRES, BiCGStab} {
				for _, full := range []bool{false, true} {
					s := krylovSettings(k, Jacobi{.6})
					s.Cycle.Full, s.Precision = full, precision
					a := stencil.Laplacian(grid)
					solver, err := NewSolver(a, s)
					if err != nil {
						continue
					}
					u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
					g.Randomize(3)
					u.FillBoundary(func(x, y, z float64) float64 { return x - y + z })
					res, err := solver.Solve(t.Context(), u, g)
					if err != nil {
						t.Errorf("%v %v, %v, precision %d: %v after %d cycles, %v, residuals %.2g", grid, grid.Sides[:grid.Dim()], k, precision, res.Status, res.Cycles, err, res.Residuals)
						continue
					}
					if len(res.Residuals) != res.Cycles+1 {
						t.Errorf("%v, %v: %d residuals of %d cycles", grid, k, len(res.Residuals), res.Cycles)
					}
					b := g.Clone()
					if solver.linear.singular() {
						takeMean(b)
					}
					r := pde.NewField[float64](grid)
					u.FillGhosts()
					if err := a.Residual(r, u, b); err != nil {
						t.Fatal(err)
					}
					byHand := norm(r) * res.Residuals[0]
					e := pde.NewField[float64](grid)
					e.FillBoundary(func(x, y, z float64) float64 { return x - y + z })
					if err := a.Residual(r, e, b); err != nil {
						t.Fatal(err)
					}
					byHand /= norm(r)
					if last := res.Residuals[res.Cycles]; math.Abs(res.TrueResidual/byHand-1) > .05 || k != None && math.Abs(last/byHand-1) > .05 { // rounding
						t.Errorf("%v, %v, precision %d: true residual %g, last %g, by hand %g", grid, k, precision, res.TrueResidual, last, byHand)
					}
					if want == nil {
						want, cycles = u, res.Cycles
						continue
					}
					worst, size := 0.0, 0.0
					for i, v := range u.Interior() {
						worst, size = max(worst, math.Abs(v-want.Interior()[i])), max(size, math.Abs(v))
					}
					if worst > 1e-7*size {
						t.Errorf("%v, %v, precision %d: off by %.2g of %.2g", grid, k, precision, worst, size)
					}
					if k != None && (res.KrylovIterations == 0 || precision == Double && res.Cycles >= cycles && cycles > 8) {
						t.Errorf("%v, %v, precision %d: %d iterations, %d cycles alone", grid, k, precision, res.KrylovIterations, cycles)
					}
				}
			}
		}
	}
}

func ExampleKrylov() {
	grid, _ := pde.Unit(2, 64)
	u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
	g.Randomize(1)
	s := DefaultSettings()
	s.Smoother = Jacobi{Omega: .25}
	solver, err := NewSolver(stencil.Laplacian(grid), s)
	if err != nil {
		fmt.Println(err)
		return
	}
	res, err := solver.Solve(context.Background(), u, g)
	fmt.Println(res.Status, res.StalledAt > 0, res.KrylovIterations < 30, err)
	// Output: residual below tolerance true true <nil>
}

package multigrid

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
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
	// Bᵀ stands for a B without symmetry, on the way up; or after it where they are apart.
	one := func(g pde.Grid) stencil.Kernel {
		d := starDiagonal(g, [3]float64{1, 1, 1}, 0)
		return stencil.Kernel{13: .7 / d, 12: .1 / d, 14: -.05 / d}
	}
	b := StencilSmoother{"B", byKernel(one)}
	transposed := StencilSmoother{"Bᵀ", byKernel(func(g pde.Grid) stencil.Kernel {
		k := one(g)
		k[12], k[14] = k[14], k[12]
		return k
	})}
	varies := StencilSmoother{"B of every vertex", func(g pde.Grid) (stencil.Operator, error) {
		return stencil.Varying(g, rippled(g, one(g)))
	}}
	kernels := func(dim int) []Smoother {
		narrow, wide := kernelOf(dim, 3), kernelOf(dim, 5)
		back := wide
		back.Weights = slices.Clone(wide.Weights)
		slices.Reverse(back.Weights)
		return []Smoother{narrow, wide, Apart{Sequence{wide, Chebyshev{2}}, Sequence{Chebyshev{2}, back}}}
	}
	smoothers = append(smoothers, Colours{[]float64{1.2, .9}}, b, varies, Apart{Sequence{b, Jacobi{.8}}, Sequence{Jacobi{.8}, transposed}},
		Sequence{GaussSeidel{}, Jacobi{.8}}, ByLevel{[]Smoother{Sequence{b, RedBlack{1}}, Chebyshev{2}}, true})
	cases := 0
	for _, grid := range smallGrids(t) {
		for _, smoother := range append(slices.Clone(smoothers), kernels(grid.Dim())...) {
			for _, coarsening := range []Coarsening{Rediscretized{}, Galerkin{}} {
				for _, precision := range []Precision{Double, Mixed} {
					for _, gamma := range []int{1, 2} {
						if cases++; testing.Short() && cases%7 != 0 {
							continue
						}
						s := Settings{Cycle: cycle.Cycle{Pre: []int{2}, Post: []int{2}, Gamma: gamma}, Precision: precision, MaxCycles: 1,
							Components: Components{Smoother: smoother, Coarsening: coarsening}}
						if precision == Mixed && (coarsening != (Rediscretized{}) || grid.Sides != [3][2]pde.Boundary{}) {
							continue
						}
						_, colours := smoother.(Colours) // two weights are for five points
						solver, err := NewSolver(stencil.Laplacian(grid), s)
						if err != nil {
							if colours && coarsening == (Rediscretized{}) {
								t.Fatal(err)
							}
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
						// Of float32, a rounding of 6e-8 for each of four operations on eight levels.
						bound := map[Precision]float64{Double: 1e-12, Mixed: 2e-6}[precision]
						if got := relative(true); !(got < bound) {
							t.Errorf("%v %v, %v, %T, precision %d, γ %d: off by %.2g", grid, grid.Sides[:grid.Dim()], smoother, coarsening, precision, gamma, got)
						}
						// In one dimension the ordinary cycle is close to symmetric: too close for float32.
						if _, gs := smoother.(GaussSeidel); gs && solver.Levels() > 1 && precision == Double {
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

// Conjugate gradients refuse a smoother after the coarse correction that is not the adjoint
// of the one before it; where a method is to be found, another one takes its place.
func TestUnsymmetricSmoothers(t *testing.T) {
	grid := mustGrid(t, []int{32, 32}, []float64{1, 1})
	skew := StencilSmoother{"B", byKernel(func(pde.Grid) stencil.Kernel { return stencil.Kernel{13: .2, 14: .02} })}
	for _, smoother := range []Smoother{Apart{Jacobi{.8}, RedBlack{1}}, Apart{skew, skew}, Apart{Sequence{}, Jacobi{.8}}} {
		s := krylovSettings(CG, smoother)
		if _, err := NewSolver(stencil.Laplacian(grid), s); err == nil || !strings.Contains(err.Error(), "not the adjoint") {
			t.Errorf("%v in conjugate gradients: %v; want an error that says it has no adjoint", smoother, err)
		}
		s.Krylov = Auto
		solver, err := NewSolver(stencil.Laplacian(grid), s)
		if err != nil {
			t.Fatal(err)
		}
		if kinds := solver.kinds(); kinds[0] == CG {
			t.Errorf("%v: %v are tried; want no cg", smoother, kinds)
		}
	}
	over := krylovSettings(CG, kernelOf(2, 3))
	if _, err := NewSolver(facesOn(t, grid, func(x, y, _ float64) float64 { return 2 + math.Sin(x*y) }, nil), over); err == nil || !strings.Contains(err.Error(), "diagonal that varies") {
		t.Errorf("a kernel over a diagonal that varies in conjugate gradients: %v; want an error that says so", err)
	}
	side := grid
	side.Sides[0][0] = pde.Neumann
	if _, err := NewSolver(stencil.Laplacian(side), krylovSettings(CG, skew)); err == nil || !strings.Contains(err.Error(), "Neumann") {
		t.Errorf("a stencil beside a Neumann side in conjugate gradients: %v; want an error that names the side", err)
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
					worst, size, exact := 0.0, 0.0, want.Interior()
					for i, v := range u.Interior() {
						worst, size = max(worst, math.Abs(v-exact[i])), max(size, math.Abs(v))
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

// An iteration of a solve by a Krylov method allocates nothing: a solve of many does not
// allocate more than one of few.
func TestIterationsAllocateNothing(t *testing.T) {
	grid := mustGrid(t, []int{64, 48}, []float64{1, 1})
	for _, k := range []Krylov{CG, BiCGStab, FGMRES} {
		for _, precision := range []Precision{Double, Mixed} {
			allocations := func(iterations int) float64 {
				s := krylovSettings(k, RedBlack{1})
				s.Precision, s.RelTol, s.MaxCycles = precision, 0, iterations
				s.Smoother = Jacobi{.05} // so that there is something to do for all of them
				solver, err := NewSolver(stencil.Laplacian(grid), s)
				if err != nil {
					t.Fatal(err)
				}
				u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
				g.Randomize(1)
				ctx := t.Context()
				return testing.AllocsPerRun(2, func() {
					u.Zero()
					if res, err := solver.Solve(ctx, u, g); err != nil || res.KrylovIterations != iterations {
						t.Errorf("%v: %d iterations, %v, %v", k, res.KrylovIterations, res.Status, err)
					}
				})
			}
			// The passes over the fields of all 20 iterations to a restart are made in any case.
			few, many := allocations(22), allocations(60)
			if many > few+3 { // the history grows
				t.Errorf("%v, precision %d: %g allocations in 60 iterations, %g in 22", k, precision, many, few)
			}
		}
	}
}

// Problems times any number, as in one unit of length or another, take the same cycles.
func TestUnitsDoNotMatter(t *testing.T) {
	grid := mustGrid(t, []int{50, 30}, []float64{.02, .02})
	for _, k := range []Krylov{None, CG, FGMRES, BiCGStab} {
		for _, precision := range []Precision{Double, Mixed} {
			var want *Result
			for _, by := range [][2]float64{{1, 1}, {1000, 1}, {1e-3, 1}, {1, 1e5}, {1e150, 1}, {1e-150, 1}, {1, 1e150}, {1, 1e-150}, {1e150, 1e150}, {1e-150, 1e-150}} {
				s := krylovSettings(k, RedBlack{1.15})
				s.Precision = precision
				a, err := stencil.Diffusion(grid, [3]float64{by[0], 1.1 * by[0]}, 5*by[0])
				if err != nil {
					t.Fatal(err)
				}
				solver, err := NewSolver(a, s)
				if err != nil {
					t.Fatal(err)
				}
				u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
				g.FillInterior(func(x, y, _ float64) float64 { return by[1] * math.Sin(7*x+y*y) })
				res, err := solver.Solve(t.Context(), u, g)
				if want == nil {
					want = res
				}
				if err != nil || res.Cycles != want.Cycles || res.Status != want.Status {
					t.Errorf("%v, precision %d, A times %g, g times %g: %v after %d cycles, %v; want %d", k, precision, by[0], by[1], res.Status, res.Cycles, err, want.Cycles)
				}
				for i, r := range res.Residuals {
					if math.Abs(r/want.Residuals[i]-1) > .01 && r > 1e-9 && precision == Double {
						t.Errorf("%v, A times %g, g times %g: residual %d is %g, want %g", k, by[0], by[1], i, r, want.Residuals[i])
					}
				}
			}
		}
	}
}

// Advance is the update of p, the residual and the product one after another, with the
// same bits on any number of threads; where ghosts are to be filled in between it refuses.
func TestAdvance(t *testing.T) {
	varied := func(x, y, z float64) float64 { return 1 + x + y*y }
	line, square, cube := mustGrid(t, []int{70000}, []float64{1}), mustGrid(t, []int{300, 203}, []float64{1, 1.1}), mustGrid(t, []int{40, 51, 46}, []float64{1, 1, 1.2})
	for _, grid := range append(smallGrids(t), line, square, cube) {
		for _, a := range []stencil.Operator{stencil.Laplacian(grid), facesOn(t, grid, varied, varied)} {
			f, err := newHierarchy[float64](a, Components{RedBlack{Omega: 1}, Rediscretized{}})
			if err != nil {
				t.Fatal(err)
			}
			x := definitionOf(f)
			f.makeScratch(1)
			const beta = .7
			z, start := rough(grid)
			zero, want, wantQ := pde.NewField[float64](grid), start.Clone(), pde.NewField[float64](grid)
			wantPQ, size := 0.0, 0.0
			grid.Rows(func(j, k int) {
				for i := 1; i <= grid.Inner(0); i++ {
					want.Set(i, j, k, z.At(i, j, k)+beta*start.At(i, j, k))
				}
			})
			if err := x.Residual(wantQ, want, zero); err != nil {
				t.Fatal(err)
			}
			for row := range grid.RowCount() {
				j, k := grid.RowAt(row)
				for i := 1; i <= grid.Inner(0); i++ {
					term := want.At(i, j, k) * wantQ.At(i, j, k)
					wantPQ += term
					size += math.Abs(term)
				}
			}
			var first float64
			for _, threads := range []int{1, 2, 3} {
				p, q := start.Clone(), pde.NewField[float64](grid)
				before := runtime.GOMAXPROCS(threads)
				pq, ok, err := x.Advance(q, p, z, zero, beta)
				runtime.GOMAXPROCS(before)
				if round := f.levels[0].around; err != nil || ok == round {
					t.Fatalf("%v: %v, %v", grid, ok, err)
				} else if round {
					continue
				}
				if threads == 1 {
					first = pq
				}
				if pq != first || math.Abs(pq-wantPQ) > 1e-13*size {
					t.Errorf("%v: product %v on %d threads, %v on one; want %v", grid, pq, threads, first, wantPQ)
				}
				for row := range grid.RowCount() {
					j, k := grid.RowAt(row)
					for i := 1; i <= grid.Inner(0); i++ {
						if p.At(i, j, k) != want.At(i, j, k) || q.At(i, j, k) != wantQ.At(i, j, k) {
							t.Fatalf("%v: p and q are %v and %v at %v; want %v and %v", grid, p.At(i, j, k), q.At(i, j, k), [3]int{i, j, k}, want.At(i, j, k), wantQ.At(i, j, k))
						}
					}
				}
			}
		}
	}
}

// With patience a Krylov method that would need too long is ended after its first 20 iterations; one
// that is fast enough is not, nor is one that was asked for by its name.
func TestPatience(t *testing.T) {
	grid, err := pde.Unit(2, 64)
	if err != nil {
		t.Fatal(err)
	}
	solve := func(omega float64, k Krylov, patience int) *Result {
		s := DefaultSettings()
		s.Cycle.Full, s.Krylov, s.Patience, s.MaxCycles = false, k, patience, 1000
		s.Smoother = Jacobi{Omega: omega}
		solver, err := NewSolver(stencil.Laplacian(grid), s)
		if err != nil {
			t.Fatal(err)
		}
		u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
		g.Randomize(1)
		res, _ := solver.Solve(t.Context(), u, g)
		return res
	}
	for _, c := range []struct {
		omega    float64
		krylov   Krylov
		patience int
		status   Status
		least    int // iterations
	}{
		{.005, Auto, 40, Stagnated, rateIterations},
		{.005, Auto, 0, Converged, 41},
		{.005, CG, 40, Converged, 41},
		{.2, Auto, 40, Converged, 5},
	} {
		res := solve(c.omega, c.krylov, c.patience)
		if res.Status != c.status || res.KrylovIterations < c.least || c.status == Stagnated && res.KrylovIterations > c.least {
			t.Errorf("ω = %g, %v, patience %d: %v after %d iterations; want %v, %d or more", c.omega, c.krylov, c.patience, res.Status, res.KrylovIterations, c.status, c.least)
		}
	}
	s := DefaultSettings()
	s.Patience = -1
	if _, err := NewSolver(stencil.Laplacian(grid), s); err == nil || !strings.Contains(err.Error(), "patience for -1") {
		t.Errorf("patience of −1: %v", err)
	}
}

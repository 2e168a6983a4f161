package multigrid

import (
	"fmt"
	"math"
	"testing"

	"mgtool/multigrid/cycle"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// onUnit is −Δ on the unit box of n cells a side, closed as s says.
func (s sided) onUnit(t testing.TB) stencil.Operator {
	t.Helper()
	g := s.grid(t)
	for d := range s.n {
		g.H[d] = 1 / float64(g.N[d])
	}
	op, err := stencil.Robin(g, [3]float64{1, 1, 1}, 0, s.alpha)
	if err != nil {
		t.Fatal(err)
	}
	return op
}

// all has the same two sides along every axis.
func all(dim, n int, cells bool, low, high pde.Boundary) sided {
	s := sided{n: []int{n, n, n}[:dim], cells: cells}
	for d := range dim {
		s.sides[d] = [2]pde.Boundary{low, high}
	}
	return s
}

// Factors of every kind of side are those of Dirichlet sides, whatever h is. Red and black
// meet once in an odd ring, and averaging between cells is of first order: both cost some.
func TestSideFactors(t *testing.T) {
	robin := all(2, 256, false, neu, neu)
	robin.alpha = [3][2]float64{{1, 0}, {0, 100}}
	stiff := func(dim int, alpha float64) sided { // cells
		s := all(dim, [4]int{2: 256, 3: 32}[dim], true, neu, neu)
		s.alpha = [3][2]float64{{alpha, alpha}, {alpha, alpha}, {alpha, alpha}}
		return s
	}
	for _, c := range []struct {
		sided
		want float64
	}{
		{all(2, 64, false, neu, neu), .038}, {all(2, 256, false, neu, neu), .038}, {all(2, 256, false, neu, dir), .038},
		{robin, .038}, {all(2, 256, false, per, per), .038}, {all(2, 255, false, neu, neu), .058},
		{all(2, 255, false, per, per), .126}, {all(2, 127, false, per, per), .126},
		{all(2, 64, true, dir, dir), .09}, {all(2, 256, true, dir, dir), .09}, {all(2, 256, true, neu, neu), .098},
		{all(2, 256, true, dir, neu), .091}, {all(2, 255, true, dir, dir), .089}, {all(2, 256, true, per, per), .092},
		{stiff(2, 3), .093}, {stiff(2, 100), .093}, {stiff(2, 1e6), .091}, {stiff(3, 10), .083}, {stiff(3, 1e4), .083},
		{all(3, 32, false, neu, neu), .080}, {all(3, 64, false, neu, dir), .080}, {all(3, 64, false, per, per), .080},
		{all(3, 32, true, dir, dir), .083}, {all(3, 64, true, neu, neu), .083},
	} {
		if testing.Short() && len(c.n) == 3 && c.n[0] > 32 {
			continue
		}
		got := factorOf(t, c.onUnit(t), [4]float64{2: 1.15, 3: 1.2}[len(c.n)])
		t.Logf("%v, sides %v, cells %t: %.4f", c.n, c.sides[0], c.cells, got)
		if math.Abs(got-c.want) > .1*c.want {
			t.Errorf("%v, sides %v, cells %t: factor %.4f, want %.3f within 10%%", c.n, c.sides[0], c.cells, got, c.want)
		}
	}
}

// A problem in two dimensions run as one in three, periodic along a third axis of wide cells,
// has the same factor and the same solution.
func TestTwoDimensionsAsThree(t *testing.T) {
	for _, sides := range [][2]pde.Boundary{{dir, dir}, {neu, neu}, {per, per}} {
		plane := all(2, 64, false, sides[0], sides[1])
		box := sided{n: []int{64, 64, 4}, sides: plane.sides}
		box.sides[2] = [2]pde.Boundary{per, per}
		var factors [2]float64
		var results [2]*pde.Field[float64]
		for i, c := range []sided{plane, box} {
			a := c.onUnit(t)
			grid, _ := a.Grids()
			if i == 1 {
				grid.H[2] = 1e3
				var err error
				if a, err = a.Rediscretize(grid); err != nil {
					t.Fatal(err)
				}
			}
			u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
			g.FillInterior(func(x, y, _ float64) float64 { return math.Sin(7*x+1) * math.Cos(11*y) })
			s := DefaultSettings()
			s.Smoother = RedBlack{1}
			s.Cycle, _ = cycle.ParseCycle("v", 1, 1)
			solver, err := NewSolver(a, s)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := solver.Solve(t.Context(), u, g); err != nil {
				t.Fatal(err)
			}
			factors[i], results[i] = factorOf(t, a, 1), u
		}
		largest, size := 0.0, 0.0
		u := results[1]
		for k := 1; k <= u.Inner(2); k++ {
			for j := 1; j <= u.Inner(1); j++ {
				for i := 1; i <= u.Inner(0); i++ {
					largest = max(largest, math.Abs(u.At(i, j, k)-results[0].At(i, j, 0)))
					size = max(size, math.Abs(u.At(i, j, k)))
				}
			}
		}
		if largest > 1e-6*size || math.Abs(factors[0]-factors[1]) > .05*factors[0] {
			t.Errorf("sides %v: differs by %.1e of %.1e, factors %.4f", sides, largest, size, factors)
		}
	}
}

// Solutions are those of the matrix, on grids of few unknowns and of many shapes.
func TestSidesSolve(t *testing.T) {
	list := append([]sided{}, sidedCases...)
	for _, n := range []int{2, 3, 4, 5, 7} {
		for _, cells := range []bool{false, true} {
			for _, sides := range [][2]pde.Boundary{{neu, neu}, {neu, dir}, {dir, neu}, {dir, dir}, {per, per}} {
				list = append(list, all(1, n, cells, sides[0], sides[1]), all(2, n, cells, sides[0], sides[1]), all(3, n, cells, sides[0], sides[1]))
			}
		}
	}
	list = append(list,
		sided{n: []int{2, 100}, sides: [3][2]pde.Boundary{{dir, neu}, {neu, dir}}},
		sided{n: []int{2, 100}, sides: [3][2]pde.Boundary{{neu, dir}, {per, per}}, cells: true},
		sided{n: []int{13, 2, 40}, sides: [3][2]pde.Boundary{{neu, dir}, {neu, neu}, {dir, neu}}, alpha: [3][2]float64{{5, 0}}})
	for _, c := range list {
		a := c.operator(t, [3]float64{1, 1.1, .9}, 0)
		grid, _ := a.Grids()
		if grid.Unknowns() > 220 {
			continue
		}
		for _, kind := range []string{"v", "fmg"} {
			u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
			g.Randomize(uint64(grid.N[0]))
			u.FillBoundary(func(x, y, z float64) float64 { return 0 })
			s := DefaultSettings()
			s.Cycle, _ = cycle.ParseCycle(kind, 1, 1)
			s.RelTol = 1e-11
			solver, err := NewSolver(a, s)
			if err != nil {
				t.Fatal(err)
			}
			res, err := solver.Solve(t.Context(), u, g)
			name := fmt.Sprintf("%v %v cells %t, %s", grid, grid.Sides, grid.Cells, kind)
			if err != nil {
				t.Errorf("%s: %v after %v", name, err, res.Residuals)
				continue
			}
			data := g.Clone()
			alphas := 0.0
			for _, axis := range c.alpha {
				alphas += axis[0] + axis[1]
			}
			singular := grid.Closed() && alphas == 0
			if singular {
				mean := takeMean(data)
				if math.Abs(mean-res.Defect) > 1e-12 {
					t.Errorf("%s: defect %g, want %g", name, res.Defect, mean)
				}
			}
			want := densely(t, a, data)
			if singular {
				takeMean(want)
			}
			largest, size, values := 0.0, 0.0, want.Interior()
			for i, v := range u.Interior() {
				largest, size = max(largest, math.Abs(v-values[i])), max(size, math.Abs(values[i]))
			}
			if !(largest <= 1e-8*size) {
				t.Errorf("%s: differs by %.1e of %.1e", name, largest, size)
			}
			if res.Factor > .25 {
				t.Errorf("%s: factor %.3f", name, res.Factor)
			}
		}
	}
}

// The residuals on a grid whose axes are in another order, or run the other way, are the
// same to rounding. In a mirror image of an even number of unknowns red is black: there
// Jacobi's method shows it.
func TestSidesReflected(t *testing.T) {
	c := sided{n: []int{48, 32}, sides: [3][2]pde.Boundary{{neu, dir}, {neu, neu}}, alpha: [3][2]float64{{2, 0}, {0, 3}}}
	flipped := sided{n: c.n, sides: [3][2]pde.Boundary{{dir, neu}, {neu, neu}}, alpha: [3][2]float64{{0, 2}, {0, 3}}}
	swapped := sided{n: []int{32, 48}, sides: [3][2]pde.Boundary{{neu, neu}, {neu, dir}}, alpha: [3][2]float64{{0, 3}, {2, 0}}}
	for _, cells := range []bool{false, true} {
		var smoother Smoother
		run := func(s sided, from func(i, j int) (int, int), source *pde.Field[float64]) (*pde.Field[float64], []float64) {
			s.cells = cells
			a := s.onUnit(t)
			grid, _ := a.Grids()
			grid.H = [3]float64{.02, .02}
			a, err := a.Rediscretize(grid)
			if err != nil {
				t.Fatal(err)
			}
			u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
			g.Randomize(1)
			if source != nil {
				for j := 1; j <= grid.Inner(1); j++ {
					for i := 1; i <= grid.Inner(0); i++ {
						x, y := from(i, j)
						g.Set(i, j, 0, source.At(x, y, 0))
					}
				}
			}
			set := DefaultSettings()
			set.Cycle, _ = cycle.ParseCycle("v", 1, 1)
			set.RelTol, set.MaxCycles = 0, 4
			set.Smoother = smoother
			solver, err := NewSolver(a, set)
			if err != nil {
				t.Fatal(err)
			}
			res, _ := solver.Solve(t.Context(), u, g)
			if source == nil {
				return g, res.Residuals
			}
			return nil, res.Residuals
		}
		for _, smoother = range []Smoother{RedBlack{1}, Jacobi{.8}} {
			g, want := run(c, nil, nil)
			n := g.Inner(0)
			_, turned := run(swapped, func(i, j int) (int, int) { return j, i }, g)
			_, mirrored := run(flipped, func(i, j int) (int, int) { return n + 1 - i, j }, g)
			if _, colours := smoother.(RedBlack); colours && n%2 == 0 {
				mirrored = want
			}
			for i, r := range want {
				if !(math.Abs(turned[i]-r) <= 1e-9*r && math.Abs(mirrored[i]-r) <= 1e-9*r) {
					t.Errorf("cells %t, %v: residuals %v, with x and y exchanged %v, mirrored %v", cells, smoother, want, turned, mirrored)
					break
				}
			}
		}
	}
}

// Large primes, and domains of two cells by many.
func TestSidesOfAllSizes(t *testing.T) {
	if testing.Short() {
		t.Skip("large grids")
	}
	for _, c := range []sided{
		all(1, 9973, false, neu, neu), all(1, 9973, true, neu, dir), all(1, 9973, false, per, per), all(2, 997, false, neu, neu), all(2, 997, true, dir, neu),
		all(2, 499, false, per, per), all(2, 499, true, per, per),
		{n: []int{2, 4096}, sides: [3][2]pde.Boundary{{neu, neu}, {neu, neu}}, cells: true},
		{n: []int{2, 4096}, sides: [3][2]pde.Boundary{{neu, dir}, {per, per}}},
		{n: []int{4096, 2}, sides: [3][2]pde.Boundary{{neu, dir}, {neu, neu}}, cells: true},
		{n: []int{2, 4096}, sides: [3][2]pde.Boundary{{neu, dir}, {neu, neu}}, cells: true},
	} {
		a := c.operator(t, [3]float64{1, 1, 1}, 0)
		for _, kind := range []string{"v", "fmg"} {
			grid, _ := a.Grids()
			u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
			g.Randomize(1)
			s := DefaultSettings()
			s.Cycle, _ = cycle.ParseCycle(kind, 1, 1)
			solver, err := NewSolver(a, s)
			if err != nil {
				t.Fatal(err)
			}
			res, err := solver.Solve(t.Context(), u, g)
			t.Logf("%v %v cells %t, %s: %d cycles, factor %.3f", grid, grid.Sides[:grid.Dim()], grid.Cells, kind, res.Cycles, res.Factor)
			if err != nil || res.Cycles > 16 {
				t.Errorf("%v %v cells %t, %s: %v, %d cycles, factor %.3f", grid, grid.Sides, grid.Cells, kind, err, res.Cycles, res.Factor)
			}
		}
	}
}

// Full multigrid from nothing gives the discretisation error in one cycle, of order 2, with
// what the sides give on the right side.
func TestSidesFullMultigrid(t *testing.T) {
	exact := func(x, y, _ float64) float64 { return math.Exp(x) * math.Cos(y) * (1 + x*y) }
	dx := func(x, y float64) float64 { return math.Exp(x) * math.Cos(y) * (1 + x*y + y) }
	dy := func(x, y float64) float64 { return math.Exp(x) * (math.Cos(y)*x - math.Sin(y)*(1+x*y)) }
	minusLaplacian := func(x, y float64) float64 {
		return -math.Exp(x) * (math.Cos(y)*2*y - math.Sin(y)*2*x)
	}
	for _, cells := range []bool{false, true} {
		var before float64
		for _, n := range []int{32, 64, 128} {
			c := all(2, n, cells, neu, dir)
			c.alpha = [3][2]float64{{1.5, 0}, {0, 0}}
			a := c.onUnit(t)
			grid, _ := a.Grids()
			h := grid.H[0]
			u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
			u.FillBoundary(exact)
			g.FillInterior(func(x, y, _ float64) float64 { return minusLaplacian(x, y) })
			for i := 1; i <= grid.Inner(0); i++ {
				x := grid.Coordinate(0, i) // and the same along y
				// −∂u/∂x + 1.5 u at x = 0, −∂u/∂y at y = 0.
				left, below := -dx(0, x)+1.5*exact(0, x, 0), -dy(x, 0)
				l, b := 2/h, 2/h // from the ghost u₂ + 2h β − 2hα u₁
				if cells {
					l, b = 1/(h*(1+.75*h)), 1/h
					n := grid.Inner(0)
					g.Set(n, i, 0, g.At(n, i, 0)+2/(h*h)*exact(1, x, 0))
					g.Set(i, n, 0, g.At(i, n, 0)+2/(h*h)*exact(x, 1, 0))
				}
				g.Set(1, i, 0, g.At(1, i, 0)+l*left)
				g.Set(i, 1, 0, g.At(i, 1, 0)+b*below)
			}
			s := DefaultSettings()
			solver, err := NewSolver(a, s)
			if err != nil {
				t.Fatal(err)
			}
			u.ExtendBoundary()
			if _, err := solver.Solve(t.Context(), u, g); err != nil {
				t.Fatal(err)
			}
			_, error := u.Errors(exact)
			u.FillBoundary(exact) // a solve may use the ghosts of cells
			s.RelTol, s.MaxCycles = 0, 1
			s.Cycle, _ = cycle.ParseCycle("fmg", 1, 1)
			if solver, err = NewSolver(a, s); err != nil {
				t.Fatal(err)
			}
			u.ExtendBoundary()
			if res, err := solver.Solve(t.Context(), u, g); err != nil && res.Cycles != 1 {
				t.Fatal(err)
			}
			_, once := u.Errors(exact)
			t.Logf("cells %t, n = %d: error %.3e, after one full cycle %.3e", cells, n, error, once)
			if before > 0 && math.Abs(before/error-4) > .3 {
				t.Errorf("cells %t, n = %d: error %.3e after %.3e; want a quarter", cells, n, error, before)
			}
			if most := map[bool]float64{false: 4, true: 1.1}[cells] * error; once > most {
				t.Errorf("cells %t, n = %d: one full cycle leaves %.3e; the discretisation has %.3e", cells, n, once, error)
			}
			before = error
		}
	}
}

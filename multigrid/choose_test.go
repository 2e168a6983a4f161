package multigrid

// What Choose takes, and how fast that is.

import (
	"context"
	"fmt"
	"math"
	"testing"

	"mgtool/pde"
	"mgtool/pde/stencil"
)

// Along the axes, anisotropy of every size leaves the chosen method fast.
func TestChosenForAnisotropy(t *testing.T) {
	for e := 1.0; e > 5e-7; e /= 10 {
		for _, c := range [][]float64{{1, e}, {e, 1}, {1, 1, e}, {e, 1, 1}, {1, e, e}, {e, 1, e}, {1, math.Sqrt(e), e}} {
			grid := square(t, 64)
			if len(c) == 3 {
				if testing.Short() && e < .05 {
					continue
				}
				grid = cube(t, 20)
			}
			a := fluxOperator(t, grid, func(d int, _ [3]int) float64 { return c[d] }, 0)
			s, why := Choose(a)
			if got := boxFactor(t, a, s.Components, 1, 1, s.Cycle.Gamma); !(got < .25) {
				t.Errorf("%v: factor %.3f with %s", c, got, why)
			}
		}
	}
}

// Anisotropy across the axes takes a Krylov method, whether coefficients are known to be
// constant or not.
func TestChosenForRotation(t *testing.T) {
	for _, degrees := range []float64{5, 15, 30, 45, 60, 75, 85} {
		for _, e := range []float64{.1, 1e-2, 1e-3, 1e-6} {
			for _, n := range []int{64, 128} {
				constant := rotated(t, square(t, n), degrees, e)
				for about, a := range map[string]stencil.Operator{"constant": constant, "by rows": byRows(t, constant)} {
					_, r, why := solveChosen(t, a)
					t.Logf("%g degrees, ε = %g, n = %d, %s: %d steps", degrees, e, n, about, r.Cycles)
					if r.Cycles > 25 {
						t.Errorf("%g degrees, ε = %g, n = %d, %s: %d steps with %s", degrees, e, n, about, r.Cycles, why)
					}
				}
			}
		}
	}
}

// Constant full tensors take Galerkin operators with points in four colours, in W-cycles where
// a direction couples weakly, unless an axis does, or the levels are not to be had.
func TestChosenForKernel(t *testing.T) {
	grid := square(t, 64)
	ring, closed, cells := grid, grid, grid
	ring.Sides[0] = [2]pde.Boundary{pde.Periodic, pde.Periodic}
	closed.Sides[1][1] = pde.Neumann
	cells.Cells = true
	shifted := func(c float64) stencil.Operator {
		k, _ := rotated(t, grid, 30, .1).Kernel()
		k[13] += c
		a, err := stencil.Constant(grid, k)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	skew, _ := rotated(t, grid, 30, .1).Kernel()
	skew[14] *= 1.5
	convected, err := stencil.Constant(grid, skew)
	if err != nil {
		t.Fatal(err)
	}
	mehrstellen, err := stencil.Discretize("mehrstellen", grid)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		a     stencil.Operator
		want  Coarsening
		gamma int
		full  bool
	}{
		"mild":                   {rotated(t, grid, 30, .1), Galerkin{}, 1, true},
		"at mildShare, above":    {rotated(t, grid, 40, 1.01*mildShare), Galerkin{}, 1, true},
		"at mildShare, below":    {rotated(t, grid, 40, .99*mildShare), Galerkin{}, 2, false},
		"strong":                 {rotated(t, grid, 30, 1e-6), Galerkin{}, 2, false},
		"at pointShare, above":   {rotated(t, grid, 15, 1e-6), Galerkin{}, 2, false},
		"at pointShare, below":   {rotated(t, grid, 14, 1e-6), BlackBox{}, 2, false},
		"near an axis":           {rotated(t, grid, 88, .01), BlackBox{}, 1, false},
		"negative":               {rotated(t, grid, 30, .1).Scale(-1), Galerkin{}, 1, true},
		"ring":                   {rotated(t, ring, 30, .1), Galerkin{}, 1, true},
		"closed":                 {rotated(t, closed, 30, .1), BlackBox{}, 1, false},
		"cells":                  {rotated(t, cells, 30, .1), BlackBox{}, 1, false},
		"125 cells":              {rotated(t, square(t, 125), 30, .1), BlackBox{}, 1, false},
		"reaction":               {shifted(100), Galerkin{}, 1, true},
		"Helmholtz":              {shifted(-100), BlackBox{}, 1, false},
		"convection":             {convected, BlackBox{}, 1, false},
		"in a cube":              {rotatedInCube(t, 16, 45, .2), BlackBox{}, 2, false},
		"rediscretised as well":  {mehrstellen.A, Rediscretized{}, 1, true},
		"by rows, not by kernel": {byRows(t, rotated(t, grid, 30, .1)), BlackBox{}, 1, false},
	} {
		s, why := Choose(c.a)
		if s.Coarsening != c.want || s.Cycle.Gamma != c.gamma || s.Cycle.Full != c.full {
			t.Errorf("%s: %T, gamma %d, full %t; want %T, %d, %t: %s", name, s.Coarsening, s.Cycle.Gamma, s.Cycle.Full, c.want, c.gamma, c.full, why)
		}
	}
	if testing.Short() {
		return
	}
	for _, degrees := range []float64{15, 45} { // the steps grow with the grid
		for _, e := range []float64{.01, 1e-6} {
			if _, r, why := solveChosen(t, rotated(t, square(t, 512), degrees, e)); r.Cycles > 32 {
				t.Errorf("%g degrees, ε = %g, 512² cells: %d steps with %s", degrees, e, r.Cycles, why)
			}
		}
	}
}

// Layers of a few cells, each as strong along y as along x, are a medium that couples along x alone
// on coarser grids. Adaptive relaxation takes lines there, and about as few steps as lines do
// everywhere; relaxing points takes many. Elsewhere it is that of points.
func TestAdaptive(t *testing.T) {
	layers := func(width int) func(x [3]int) float64 {
		return func(x [3]int) float64 { return math.Pow(1e4, float64(x[1]/width%2)) }
	}
	thin := func(x [3]int) float64 { return map[bool]float64{true: 1e4, false: 1}[x[1]%10 == 0] }
	for _, c := range []struct {
		name string
		grid pde.Grid
		cell func(x [3]int) float64
		want string // of each level: points or lines
		most int

		chosen string // by Choose, of this operator
	}{
		{"layers of 1", square(t, 256), layers(1), "pllll", 12, "line"}, // whose means are the same all along x
		{"layers of 5", square(t, 256), layers(5), "pplll", 15, "adaptive"},
		{"one layer in ten", square(t, 256), thin, "pllll", 15, "adaptive"},
		{"checkerboard of 8", square(t, 256), checkerboard(8, 1e6), "ppppp", 25, "adaptive"},
		{"checkerboard of 8 in a cube", cube(t, 24), checkerboard(8, 1e6), "ppp", 15, "adaptive"},
		{"cells 1 : 3", mustGrid(t, []int{64, 64}, []float64{1, 3}), checkerboard(8, 1e6), "lll", 15, "linex"},
		{"a line", mustGrid(t, []int{1000}, []float64{1}), checkerboard(5, 1e6), "llll", 2, "adaptive"},
	} {
		a := jumping(t, c.grid, c.cell)
		s, why := Choose(a)
		if got := fmt.Sprint(s.Smoother); got != c.chosen {
			t.Errorf("%s: chosen is %s; want %s: %s", c.name, got, c.chosen, why)
		}
		s.Smoother, s.Coarsening, s.Krylov = Adaptive{}, BlackBox{}, CG
		solver, err := NewSolver(a, s)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		levels := solver.method.(*blackBox).levels
		for _, b := range levels[:len(levels)-1] {
			got += map[bool]string{true: "p", false: "l"}[b.inverse != nil]
		}
		if got != c.want {
			t.Errorf("%s: levels %s; want %s", c.name, got, c.want)
		}
		u, g := pde.NewField[float64](c.grid), pde.NewField[float64](c.grid)
		g.Randomize(1)
		r, err := solver.Solve(context.Background(), u, g)
		if err != nil || r.Cycles > c.most {
			t.Errorf("%s: %d steps, %v; want at most %d", c.name, r.Cycles, err, c.most)
		}
	}
}

// Where nearly all couplings are strong, weak cells among them are no islands to miss.
func TestChosenWhereStrongCellsJoin(t *testing.T) {
	for _, c := range []struct {
		grid  pde.Grid
		share float64
		want  Coarsening
	}{
		{square(t, 128), .9, BlackBox{}}, {square(t, 128), .6, Aggregation{}}, {square(t, 128), .2, Aggregation{}},
		{cube(t, 24), .4, BlackBox{}}, {cube(t, 24), .25, Aggregation{}}, {cube(t, 24), .1, Aggregation{}},
	} {
		for _, scale := range []float64{1, -1} {
			a := jumping(t, c.grid, inclusions(c.share, 1e6)).Scale(scale)
			s, why := Choose(a)
			if s.Coarsening != c.want {
				t.Errorf("%v, %g of the cells: %T; want %T: %s", c.grid, c.share, s.Coarsening, c.want, why)
			}
			if _, r, _ := solveChosen(t, a); r.Cycles > 25 {
				t.Errorf("%v, %g of the cells: %d steps with %s", c.grid, c.share, r.Cycles, why)
			}
		}
	}
}

// byRows is an operator with a coefficient for each row, whatever it was.
func byRows(t testing.TB, a stencil.Operator) stencil.Operator {
	t.Helper()
	grid, _ := a.Grids()
	rows, err := stencil.Varying(grid, boxOf(a).a)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// Jumps of 10⁶, where they lie as they like.
func TestChosenForJumps(t *testing.T) {
	cells := map[string]func([3]int) float64{
		"checkerboard of 1": checkerboard(1, 1e6), "of 2": checkerboard(2, 1e6), "of 3": checkerboard(3, 1e-6), "of 8": checkerboard(8, 1e6),
		"inclusions 10%": inclusions(.1, 1e6), "50%": inclusions(.5, 1e6), "90%": inclusions(.9, 1e6), "40% of 1000": inclusions(.4, 1e3),
	}
	for name, cell := range cells {
		grids := []pde.Grid{square(t, 64), square(t, 129), mustGrid(t, []int{400, 6}, []float64{1, 1}), mustGrid(t, []int{64, 64}, []float64{1, 5})}
		if !testing.Short() {
			grids = append(grids, cube(t, 24))
		}
		for _, grid := range grids {
			a := jumping(t, grid, cell)
			s, why := Choose(a)
			_, r, _ := solveChosen(t, a)
			steps := r.Cycles
			t.Logf("%s on %v: %d steps with %v", name, grid, steps, s.Coarsening)
			if steps > 40 {
				t.Errorf("%s on %v: %d steps with %s", name, grid, steps, why)
			}
		}
	}
}

// Rows of points that are no unknowns are multiples of those of the identity.
func TestMasked(t *testing.T) {
	for _, n := range []int{50, 100} {
		grid := square(t, n)
		absent := func(x [3]int) bool {
			dx, dy := x[0]-n/2, x[1]-n/3
			return dx*dx+dy*dy < n*n/16 || x[0] > 4*n/5 && x[1] > n/2
		}
		for _, insulated := range []bool{false, true} {
			a := fluxOperator(t, grid, func(d int, x [3]int) float64 {
				y := x
				y[d]++
				if insulated && absent(x) != absent(y) {
					return 0
				}
				return 1
			}, 0)
			c := a.Coefficients()
			for row := range grid.RowCount() {
				j, k := grid.RowAt(row)
				for i := 1; i < n; i++ {
					for o, f := range c {
						d := stencil.Offset(o)
						if f != nil && o != 13 && (absent([3]int{i, j, k}) || absent([3]int{i + d[0], j + d[1], k + d[2]})) {
							f.Set(i, j, k, 0)
						}
					}
				}
			}
			s, why := Choose(a)
			steps := cgSteps(t, a, s.Components, 1, 1, s.Cycle.Gamma)
			t.Logf("n = %d, insulated %v: %d steps with %s", n, insulated, steps, why)
			if steps > 15 {
				t.Errorf("n = %d, insulated %v: %d steps with %s", n, insulated, steps, why)
			}
		}
	}
}

// What is chosen for an operator solves it.
func TestChosenSolves(t *testing.T) {
	neumann := mustGrid(t, []int{60, 47}, []float64{1, 1})
	neumann.Sides = [3][2]pde.Boundary{{pde.Neumann, pde.Neumann}, {pde.Neumann, pde.Neumann}}
	star, err := stencil.Diffusion(square(t, 64), [3]float64{1, .01}, 2)
	if err != nil {
		t.Fatal(err)
	}
	closed, err := stencil.Diffusion(neumann, [3]float64{1, 1}, 0)
	if err != nil {
		t.Fatal(err)
	}
	ring := cube(t, 20)
	ring.Sides = [3][2]pde.Boundary{{pde.Neumann, pde.Dirichlet}, {pde.Periodic, pde.Periodic}, {pde.Periodic, pde.Periodic}}
	methods := map[string]Coarsening{"star": Rediscretized{}, "closed star": Rediscretized{}, "smooth faces": Rediscretized{}}
	for name, a := range map[string]stencil.Operator{
		"star":         star,
		"closed star":  closed,
		"smooth faces": byFaces(t, square(t, 64), func(x, y float64) float64 { return 2 + math.Sin(3*x+2*y) }),
		"faces that jump": byFaces(t, square(t, 64), func(x, y float64) float64 {
			if math.Hypot(x-.4, y-.6) < .3 {
				return 1e6
			}
			return 1
		}),
		"rotated":    rotated(t, square(t, 100), 30, 1e-3),
		"jumps":      jumping(t, square(t, 100), inclusions(.5, 1e6)),
		"closed":     jumping(t, neumann, checkerboard(3, 1e4)),
		"thin":       jumping(t, mustGrid(t, []int{2, 300}, []float64{1, 1}), checkerboard(2, 1e6)),
		"one":        jumping(t, mustGrid(t, []int{2, 2}, []float64{1, 1}), checkerboard(2, 1e6)),
		"line":       jumping(t, mustGrid(t, []int{1000}, []float64{.001}), checkerboard(5, 1e6)),
		"convection": convected(t, square(t, 80), 300, 100),
		"turned":     jumping(t, square(t, 64), checkerboard(4, 1e3)).Scale(-1),
	} {
		s, why := Choose(a)
		solver, err := NewSolver(a, s)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		grid, _ := a.Grids()
		u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
		g.Randomize(5)
		if name == "closed" {
			boxOfMethod(t, solver.method).takeWeightedMean(g)
		}
		if name == "closed star" {
			for i := range g.Data() {
				g.Data()[i] = 0
			}
			g.Set(20, 20, 0, 1)
			g.Set(40, 30, 0, -1)
		}
		if want, ok := methods[name]; !ok && s.Coarsening == (Rediscretized{}) && name != "one" || ok && s.Coarsening != want {
			t.Errorf("%s: chosen is %T, %s", name, s.Coarsening, why)
		}
		res, err := solver.Solve(context.Background(), u, g)
		t.Logf("%s: %v in %d steps, with %s", name, res.Status, res.Cycles, why)
		if err != nil || res.Cycles > 40 {
			t.Errorf("%s: %v, %v after %d with %s", name, err, res.Status, res.Cycles, why)
			continue
		}
		u.FillGhosts()
		r := pde.NewField[float64](grid)
		if err := a.Residual(r, u, g); err != nil {
			t.Fatal(err)
		}
		if got := norm(r) / norm(g); !(got <= 1.1e-8) && res.Status != RoundingLimit {
			t.Errorf("%s: a residual of %g is left", name, got)
		}
	}
}

// Where the strong direction lies across the axes, lines go along an axis that couples
// strongly everywhere, x if both do; along both axes where neither does.
func TestChosenAxis(t *testing.T) {
	at := func(degrees float64) stencil.Operator { return byRows(t, rotated(t, square(t, 200), degrees, .01)) }
	for name, c := range map[string]struct {
		a    stencil.Operator
		want string
	}{
		"15 degrees":          {at(15), "linex"},
		"45 degrees":          {at(45), "linex"},
		"60 degrees":          {at(60), "linex"}, // x couples a third as strongly
		"63 degrees":          {at(63), "liney"}, // and here 0.27 times
		"-75 degrees":         {at(-75), "liney"},
		"15 below 30":         {joined(t, at(15), at(30)), "linex"},
		"15 below 75":         {joined(t, at(15), at(75)), "line"},
		"75 below -75":        {joined(t, at(75), at(-75)), "liney"},
		"45 below 5 points":   {joined(t, at(45), stencil.Laplacian(square(t, 200))), "linex"},
		"5 points below 45":   {joined(t, stencil.Laplacian(square(t, 200)), at(45)), "linex"},
		"45 with a jump of 5": {joined(t, at(45), at(45).Scale(5)), "line"},
		"45 with a jump of 3": {joined(t, at(45), at(45).Scale(3)), "linex"},
		"in a cube":           {rotatedInCube(t, 16, 45, .01), "line"},
		"along the x axis":    {joined(t, at(0), at(0)), "linex"},
	} {
		s, why := Choose(c.a)
		if got := fmt.Sprint(s.Smoother); got != c.want || s.Coarsening != (BlackBox{}) {
			t.Errorf("%s: chosen is %s, %v; want %s: %s", name, got, s.Coarsening, c.want, why)
		}
	}
}

// Couplings across the axes take W-cycles unless no direction is weaker than mildShare of
// the strongest; along the axes V-cycles do.
func TestChosenCycle(t *testing.T) {
	for _, degrees := range []float64{10, 30, 45, 60, -20} {
		for epsilon, want := range map[float64]int{.2: 1, .051: 1, .049: 2, 1e-4: 2} {
			s, why := Choose(byRows(t, rotated(t, square(t, 32), degrees, epsilon)))
			if s.Cycle.Gamma != want {
				t.Errorf("%g degrees, ε = %g: gamma %d, want %d: %s", degrees, epsilon, s.Cycle.Gamma, want, why)
			}
		}
	}
	for name, c := range map[string]struct {
		a    stencil.Operator
		want int
	}{
		"mild in a cube": {rotatedInCube(t, 16, 45, .2), 2},
		"mild above":     {joined(t, rotated(t, square(t, 200), 45, .01), rotated(t, square(t, 200), 45, .2)), 2},
		"mild below":     {joined(t, rotated(t, square(t, 200), 45, .2), rotated(t, square(t, 200), 45, .01)), 2},
		"jumps":          {jumping(t, square(t, 32), checkerboard(4, 1e3)), 1},
	} {
		if s, why := Choose(c.a); s.Cycle.Gamma != c.want {
			t.Errorf("%s: gamma %d, want %d: %s", name, s.Cycle.Gamma, c.want, why)
		}
	}
}

// For coefficients that vary slowly the chosen full pass saves cycles, from zero.
func TestChosenFull(t *testing.T) {
	for _, grid := range []pde.Grid{square(t, 128), cube(t, 32)} {
		a := facesOn(t, grid, hills, nil)
		s, why := Choose(a)
		if !s.Cycle.Full {
			t.Errorf("%v: no full multigrid: %s", grid, why)
		}
		cycles := func(full bool) int {
			s := s
			s.Cycle.Full = full
			solver, err := NewSolver(a, s)
			if err != nil {
				t.Fatal(err)
			}
			u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
			g.FillInterior(func(x, y, z float64) float64 { return 1 })
			result, err := solver.Solve(context.Background(), u, g)
			if err != nil {
				t.Fatal(err)
			}
			if result.Status != Converged {
				t.Errorf("%v, full %t: %v", grid, full, result.Status)
			}
			return result.Cycles
		}
		if with, without := cycles(true), cycles(false); with > without-2 {
			t.Errorf("%v: %d cycles with a full pass, %d without; want at least 2 fewer", grid, with, without)
		}
	}
}

// boxOfMethod is the finest box of a method that has one.
func boxOfMethod(t *testing.T, m method) *box {
	t.Helper()
	switch m := m.(type) {
	case *blackBox:
		return m.levels[0]
	case *aggregated:
		return m.blackBox.levels[0]
	}
	t.Fatalf("%T has no box", m)
	return nil
}

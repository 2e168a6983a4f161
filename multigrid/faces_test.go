package multigrid

import (
	"context"
	"math"
	"strings"
	"testing"

	"mgtool/pde"
	"mgtool/pde/stencil"
)

// facesOn are the faces of −∇·(a ∇u) + c u; a nil c is none. Neumann sides of cells are
// insulated, and half a cell conducts to Dirichlet sides.
func facesOn(t testing.TB, g pde.Grid, a, c func(x, y, z float64) float64) stencil.Operator {
	t.Helper()
	var along [3]*pde.Field[float64]
	for d := range g.Dim() {
		along[d] = pde.NewField[float64](g)
		for k := range max(1, g.Inner(2)+1) {
			for j := range max(1, g.Inner(1)+1) {
				for i := range g.Inner(0) + 1 {
					index := [3]int{i + 1, j + 1, k + 1}
					var at [3]float64
					for e := range at {
						if e >= g.Dim() {
							index[e] = 0
							continue
						}
						at[e] = g.Coordinate(e, index[e])
					}
					at[d] -= g.H[d] / 2
					v := a(at[0], at[1], at[2]) / (g.H[d] * g.H[d])
					for side, i := range [2]int{1, g.Inner(d) + 1} {
						if g.Cells && index[d] == i && g.Sides[d][side] != per {
							v *= map[pde.Boundary]float64{dir: 2, neu: 0}[g.Sides[d][side]]
						}
					}
					along[d].Set(index[0], index[1], index[2], v)
				}
			}
		}
	}
	var reaction *pde.Field[float64]
	if c != nil {
		reaction = pde.NewField[float64](g)
		reaction.FillInterior(c)
	}
	op, err := stencil.Faces(g, along, reaction)
	if err != nil {
		t.Fatal(err)
	}
	return op
}

// hills is a smooth coefficient, of period 1 along every axis.
func hills(x, y, z float64) float64 {
	return 1 + .4*math.Sin(2*math.Pi*x)*math.Cos(2*math.Pi*y) + .3*math.Cos(2*math.Pi*(z+x))
}

// facesCases are operators by faces on grids of every kind.
func facesCases(t *testing.T) (list []operatorCase) {
	t.Helper()
	on := func(g pde.Grid, smoothers ...Smoother) {
		rough := func(x, y, z float64) float64 { return 1.1 + math.Sin(300*x+200*y+100*z) }
		for i, s := range smoothers {
			a := facesOn(t, g, rough, nil)
			if i%2 == 0 || g.Cells { // where a given value enters through c
				a = facesOn(t, g, rough, func(x, y, z float64) float64 { return 1 + math.Sin(7*x+5*y+z) })
			}
			list = append(list, operatorCase{"faces", a, Components{Smoother: s}})
		}
	}
	all := []Smoother{RedBlack{1.1}, RedBlack{1}, Jacobi{.7}, GaussSeidel{}, Chebyshev{2}, SymmetricGaussSeidel{}}
	for _, n := range [][]int{{137}, {2*piece + 77}, {33, 20}, {13, 16, 11}} {
		on(mustGrid(t, n, []float64{.1, .1, .11}[:len(n)]), all...)
	}
	for _, n := range [][]int{{150, 211}, {48, 33, 64}} { // with seams
		on(mustGrid(t, n, []float64{1, 1, 1}[:len(n)]), RedBlack{1.1})
	}
	for _, c := range sidedCases {
		switch g := c.grid(t); {
		case g.Unknowns() <= smallest: // one level alone: the formula has no second cycle
		case coarsensToOdd(c): // colours meet: the order of points counts
			on(g, Jacobi{.7})
		case g.Unknowns() > 1<<12:
			on(g, RedBlack{1.1})
		default:
			on(g, RedBlack{1.1}, Chebyshev{2})
		}
	}
	return list
}

// Operators by faces do in the fused passes what the formula says.
func TestFacesAreReference(t *testing.T) { areReference(t, facesCases(t)) }

// −∇·(a ∇u) + c u = g with smooth coefficients converges with the order 2 and, at every
// width, within 0.15 a cycle, with sides of every kind.
func TestFacesOrder(t *testing.T) {
	if testing.Short() {
		t.Skip("many solves, for their accuracy alone")
	}
	kinds := [][2]pde.Boundary{{dir, dir}, {per, per}, {neu, neu}, {neu, dir}}
	for dim := 1; dim <= 3; dim++ {
		for first := range kinds {
			var sides [3][2]pde.Boundary
			for d := range dim {
				sides[d] = kinds[(first+d*(first%2+1))%len(kinds)] // not all of a kind
			}
			exact := func(x, y, z float64) float64 { // ∂u/∂n = 0 where a side is Neumann
				v := 1.0
				for d, x := range []float64{x, y, z}[:dim] {
					switch sides[d] {
					case kinds[1]:
						v *= math.Sin(2*math.Pi*x + 1)
					case kinds[0]:
						v *= math.Sin(2*x + 1)
					default:
						v *= math.Cos(math.Pi * x)
					}
				}
				return v
			}
			a := func(x, y, z float64) float64 {
				return 1 + .5*math.Sin(2*math.Pi*x)*math.Cos(2*math.Pi*(y+z))
			}
			c := func(x, y, z float64) float64 { return 1 + x*(1-x) }
			source := func(x, y, z float64) float64 { // by differences of fourth order, far more exact than the grids
				const h = 1e-3
				sum := c(x, y, z) * exact(x, y, z)
				for d := range dim {
					flux := func(s float64) float64 { // a ∂u/∂x_d at x + s e_d
						at := func(s float64) (x3 [3]float64) {
							x3 = [3]float64{x, y, z}
							x3[d] += s
							return x3
						}
						u := func(s float64) float64 { p := at(s); return exact(p[0], p[1], p[2]) }
						p := at(s)
						return a(p[0], p[1], p[2]) * (8*(u(s+h)-u(s-h)) - (u(s+2*h) - u(s-2*h))) / (12 * h)
					}
					sum -= (8*(flux(h)-flux(-h)) - (flux(2*h) - flux(-2*h))) / (12 * h)
				}
				return sum
			}
			sizes := []int{32, 64, 128}
			if dim == 3 {
				sizes = []int{12, 24, 48}
			}
			var before float64
			for i, n := range sizes {
				grid, err := pde.Unit(dim, n)
				if err != nil {
					t.Fatal(err)
				}
				grid.Sides = sides
				u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
				u.FillBoundary(exact)
				g.FillInterior(source)
				s := DefaultSettings()
				s.RelTol = 1e-10
				if s.Smoother, err = NewSmoother("rbsor", dim, 0); err != nil {
					t.Fatal(err)
				}
				solver, err := NewSolver(facesOn(t, grid, a, c), s)
				if err != nil {
					t.Fatal(err)
				}
				res, err := solver.Solve(context.Background(), u, g)
				if err != nil {
					t.Fatalf("%v %v: %v", grid, sides[:dim], err)
				}
				if dim > 1 && !(res.Factor < .15) { // in one dimension red-black cycles are exact
					t.Errorf("%v %v: factor %.3f", grid, sides[:dim], res.Factor)
				}
				_, worst := u.Errors(exact)
				if i == 2 && math.Abs(math.Log2(before/worst)-2) > .1 {
					t.Errorf("%v %v: error %.3g after %.3g, order %.2f; want 2", grid, sides[:dim], worst, before, math.Log2(before/worst))
				}
				before = worst
			}
		}
	}
}

// Two layers with the interface on a vertex, where u is known (a textbook's series of
// resistances): 1 and 10⁶, u = 0 and 1 at the ends.
func TestFacesOfLayers(t *testing.T) {
	grid, err := pde.Unit(1, 64)
	if err != nil {
		t.Fatal(err)
	}
	a := func(x, _, _ float64) float64 {
		if x < .5 {
			return 1
		}
		return 1e6
	}
	solver, err := NewSolver(facesOn(t, grid, a, nil), DefaultSettings())
	if err != nil {
		t.Fatal(err)
	}
	u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
	u.Set(64, 0, 0, 1)
	res, err := solver.Solve(context.Background(), u, g)
	if err != nil {
		t.Fatalf("%v after %v", err, res.Residuals)
	}
	if got, want := u.At(32, 0, 0), 1-1/(1e6+1); math.Abs(got-want) > 1e-9 {
		t.Errorf("u(½) = %.12f, want %.12f", got, want)
	}
}

// An unknown that nothing holds has no equation.
func TestFacesRefuseZeroDiagonal(t *testing.T) {
	grid := mustGrid(t, []int{8, 8}, []float64{1, 1})
	a := facesOn(t, grid, func(x, y, _ float64) float64 {
		if math.Abs(x-3)+math.Abs(y-4) < .6 {
			return 0
		}
		return 1
	}, nil)
	if _, err := NewSolver(a, DefaultSettings()); err == nil || !strings.Contains(err.Error(), "no face") {
		t.Errorf("%v; want an error that says so", err)
	}
	if _, err := NewSolver(facesOn(t, grid, hills, nil), Settings{Cycle: DefaultSettings().Cycle, Precision: Mixed, MaxCycles: 1}); err == nil {
		t.Error("mixed precision is not refused")
	}
}

// The axes that become coarser are those of strong coupling by the means of a.
func TestFacesCoarsening(t *testing.T) {
	grid := mustGrid(t, []int{64, 64}, []float64{1, 4})
	f, err := newHierarchy[float64](facesOn(t, grid, hills, nil), Components{Smoother: RedBlack{1}})
	if err != nil {
		t.Fatal(err)
	}
	if got := f.levels[1].Grid; got.N != [3]int{32, 64} {
		t.Errorf("the second grid is %v, want 32×64 cells", got)
	}
}

// Memory foresees what a solver by faces takes: coarse coefficients, no diagonals.
func TestFacesMemory(t *testing.T) {
	for _, n := range [][]int{{1000, 800}, {90, 101, 102}} {
		grid := mustGrid(t, n, []float64{1, 1, 1}[:len(n)])
		a := facesOn(t, grid, hills, hills)
		s := DefaultSettings()
		u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
		g.Randomize(1)
		before := held()
		solver, err := NewSolver(a, s)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := solver.Solve(t.Context(), u, g); err != nil {
			t.Fatal(err)
		}
		took, want := held()-before, mustMemory(t, a, s)
		// Counted in any case is a field for boundary values that are not 0.
		if want -= pde.FieldBytes[float64](grid); math.Abs(float64(took-want)) > .03*float64(want)+100000 {
			t.Errorf("%v: a solver takes %d bytes, foreseen %d", grid, took, want)
		}
		if _, err := solver.Solve(t.Context(), u, g); err != nil { // keeps it alive
			t.Fatal(err)
		}
	}
}

// With smooth coefficients on cells, every kind of side leaves the factor that vertices
// have: the conductance of a side is that of the coarse half cell on coarse grids. At stiff
// Robin sides, where interpolation is as at Neumann sides, cycles are slower.
func TestFacesOfCells(t *testing.T) {
	kinds := [][2]pde.Boundary{{dir, dir}, {neu, dir}, {neu, neu}, {per, per}}
	for _, n := range [][]int{{64, 64}, {256, 256}, {63, 100}, {32, 32, 32}} {
		for i := range kinds {
			for _, stiff := range []float64{0, 30} { // of Robin conditions on Neumann sides
				s := sided{n: n, cells: true}
				for d := range n {
					s.sides[d] = kinds[(i+d*(i%2))%len(kinds)]
				}
				g := s.grid(t)
				for d := range n {
					g.H[d] = 1 / float64(n[d])
				}
				along, reaction, _ := facesOn(t, g, hills, nil).Faces()
				for d := range n {
					for side, at := range [2]int{1, g.Inner(d) + 1} {
						if g.Sides[d][side] != neu {
							continue
						}
						for row := range g.RowCount() { // several rows set the same face
							j, k := g.RowAt(row)
							for i := 1; i <= g.Inner(0); i++ {
								x := [3]int{i, j, k}
								x[d] = at
								along[d].Set(x[0], x[1], x[2], stiff/(1+stiff*g.H[d]/2)/g.H[d])
							}
						}
					}
				}
				a, err := stencil.Faces(g, along, reaction)
				if err != nil {
					t.Fatal(err)
				}
				got := factorOf(t, a, usualOmega[len(n)-1])
				t.Logf("%v, sides %v, stiffness %g: %.3f", g, g.Sides, stiff, got)
				most := .2
				if stiff > 0 {
					most = .45
				}
				if !(got < most) {
					t.Errorf("%v, sides %v, stiffness %g: factor %.3f", g, g.Sides, stiff, got)
				}
				if s, why := Choose(a); n[0] == n[1] && s.Coarsening != (Rediscretized{}) {
					t.Errorf("%v, sides %v, stiffness %g: %s; want rediscretised cycles", g, g.Sides, stiff, why)
				}
			}
		}
	}
}

package multigrid

import (
	"math"
	"testing"

	"mgtool/multigrid/cycle"
	"mgtool/pde"
)

// reference makes the Method of the formula over fields, V = *pde.Field[float64], from
// the same operators as a Hierarchy: B r is one smoothing step from u = 0 with
// data r, since every smoother here is linear.
func reference(t *testing.T, grid pde.Grid, sm Smoother) cycle.Method[cycle.State[*pde.Field[float64]]] {
	t.Helper()
	var ops []cycle.Operators[*pde.Field[float64]]
	for g := grid; ; g = g.Coarsen() {
		o := cycle.Operators[*pde.Field[float64]]{
			A: []cycle.Map[*pde.Field[float64]]{func(u *pde.Field[float64]) *pde.Field[float64] {
				f := pde.NewField[float64](g)
				pde.Apply(f, u)
				return f
			}},
			B: []cycle.Map[*pde.Field[float64]]{func(r *pde.Field[float64]) *pde.Field[float64] {
				l := &Level{Grid: g, U: pde.NewField[float64](g), G: r, R: pde.NewField[float64](g)}
				sm.Smooth(l)
				return l.U
			}},
		}
		if !g.CanCoarsen() {
			solver, err := newCoarseSolver(&Level{Grid: g})
			if err != nil {
				t.Fatal(err)
			}
			o.Solve = func(r *pde.Field[float64]) *pde.Field[float64] {
				l := &Level{Grid: g, U: pde.NewField[float64](g), G: r, R: pde.NewField[float64](g)}
				if err := solver.solve(l, func() bool { return false }); err != nil {
					t.Error(err)
				}
				return l.U
			}
			ops = append(ops, o)
			break
		}
		o.R = func(r *pde.Field[float64]) *pde.Field[float64] {
			c := pde.NewField[float64](g.Coarsen())
			Linear{}.Restrict(c, r)
			return c
		}
		o.P = func(c *pde.Field[float64]) *pde.Field[float64] {
			f := pde.NewField[float64](g)
			Linear{}.Prolong(f, c)
			return f
		}
		ops = append(ops, o)
	}
	m, err := cycle.NewReference(ops, nil, combine(1), combine(-1))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// The numeric hierarchy does what the reference says, for every cycle and
// smoother. Both do some 50 roundings of terms as large as |r| on the way; with
// values of order one in u, 1e-12 is a wide bound on their difference.
func TestHierarchyIsReference(t *testing.T) {
	for _, n := range []int{2, 4, 12, 32} {
		grid, _ := pde.Unit(2, n)
		for _, sm := range []Smoother{Jacobi{0.8}, GaussSeidel{}, RedBlack{1}, RedBlack{1.15}} {
			ref := reference(t, grid, sm)
			for _, name := range []string{"v", "w", "f", "fmg"} {
				for _, steps := range [][2]int{{1, 1}, {2, 0}, {0, 1}} {
					c, _ := cycle.ParseCycle(name, steps[0], steps[1])
					u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
					u.Randomize(1)
					g.Randomize(2)
					r := pde.NewField[float64](grid)
					pde.Residual(r, u, g)
					want := cycle.Run(ref, c, cycle.State[*pde.Field[float64]]{U: u.Clone(), R: r})

					h, err := NewHierarchy(grid, Components{Smoother: sm})
					if err != nil {
						t.Fatal(err)
					}
					l, err := h.Bind(u, g)
					if err != nil {
						t.Fatal(err)
					}
					cycle.Run(h, c, l)
					wanted := values(want.U)
					for i, v := range values(u) {
						if math.Abs(v-wanted[i]) > 1e-12 {
							t.Fatalf("n %d, %v, %s%v: value %d is %.15f, reference %.15f", n, sm, name, steps, i, v, wanted[i])
						}
					}
				}
			}
		}
	}
}

// Stencils that spell out the classical operators give the classical cycle.
func TestStencilsSpellTheClassics(t *testing.T) {
	grid, _ := pde.Unit(2, 32)
	classic := Components{Smoother: Jacobi{0.8}}
	five := func(g pde.Grid) pde.Stencil {
		return pde.Stencil{{0, -1, 0}, {-1, 4, -1}, {0, -1, 0}}.Scale(1 / (g.H[0] * g.H[0]))
	}
	spelled := Components{
		Smoother: Stencil{"spelled", func(g pde.Grid) pde.Stencil {
			return pde.Stencil{1: {1: 0.8 * g.H[0] * g.H[0] / 4}}
		}},
		Transfer: StencilTransfer{
			R: func(pde.Grid) pde.Stencil { return fullWeighting },
			P: func(pde.Grid) pde.Stencil { return fullWeighting.Scale(4) },
		},
		CoarseOperator: five,
	}
	c, _ := cycle.ParseCycle("w", 2, 1)
	var got [2]*pde.Field[float64]
	for k, comp := range []Components{classic, spelled} {
		h, err := NewHierarchy(grid, comp)
		if err != nil {
			t.Fatal(err)
		}
		got[k] = pde.NewField[float64](grid)
		got[k].Randomize(1)
		g := pde.NewField[float64](grid)
		g.Randomize(2)
		l, _ := h.Bind(got[k], g)
		cycle.Run(h, c, l)
	}
	spelt := values(got[1])
	for i, v := range values(got[0]) {
		if math.Abs(v-spelt[i]) > 1e-13 {
			t.Fatalf("value %d: classic %.15f, spelled %.15f", i, v, spelt[i])
		}
	}
}

func TestHierarchyErrors(t *testing.T) {
	six, _ := pde.Unit(2, 6)
	eight, _ := pde.Unit(2, 8)
	cube, _ := pde.Unit(3, 8)
	oblong, _ := pde.NewGrid([]int{8, 8}, []float64{.1, .2})
	stencil := func(pde.Grid) pde.Stencil { return pde.Stencil{1: {1: 1}} }
	for name, err := range map[string]error{
		"odd side":        second(NewHierarchy(rectangle(8, 7, .1), Components{})),
		"three axes":      second(NewHierarchy(cube, Components{})),
		"oblong cells":    second(NewHierarchy(oblong, Components{})),
		"other smoother":  second(NewHierarchy(eight, Components{CoarseOperator: stencil})),
		"no single point": second(NewHierarchy(six, Components{CoarseOperator: stencil, Smoother: Stencil{"s", stencil}})),
		"no kernel":       second(NewHierarchy(eight, Components{Smoother: Stencil{Name: "s"}})),
	} {
		if err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	h, err := NewHierarchy(eight, Components{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Bind(pde.NewField[float64](six), pde.NewField[float64](eight)); err == nil {
		t.Error("field of another grid accepted")
	}
}

func second[T any](_ T, err error) error { return err }

// rectangle is a grid of nx × ny squares of width h.
func rectangle(nx, ny int, h float64) pde.Grid {
	return pde.Grid{N: [3]int{nx, ny}, H: [3]float64{h, h}}
}

// values are those at all vertices, row by row.
func values(f *pde.Field[float64]) []float64 {
	var v []float64
	for j := 0; j <= f.N[1]; j++ {
		v = append(v, f.Row(j, 0)...)
	}
	return v
}

// Transfers against weights worked out by hand: R of a unit impulse, P of one.
func TestTransfers(t *testing.T) {
	fine, _ := pde.Unit(2, 8)
	coarse := fine.Coarsen()
	// An impulse at fine (3,4), between coarse (1,2) and (2,2), gives each 1/8.
	f, c := pde.NewField[float64](fine), pde.NewField[float64](coarse)
	f.Set(3, 4, 0, 1)
	Linear{}.Restrict(c, f)
	for j := range 5 {
		for i := range 5 {
			want := 0.0
			if j == 2 && (i == 1 || i == 2) {
				want = 1. / 8
			}
			if c.At(i, j, 0) != want {
				t.Errorf("R: (%d,%d) is %g, want %g", i, j, c.At(i, j, 0), want)
			}
		}
	}
	// An impulse at coarse (2,1) is the bilinear hat around fine (4,2).
	c.Zero()
	c.Set(2, 1, 0, 1)
	f.Zero()
	Linear{}.Prolong(f, c)
	for j := range 9 {
		for i := range 9 {
			hat := func(d int) float64 { return max(0, 1-math.Abs(float64(d))/2) }
			if want := hat(i-4) * hat(j-2); f.At(i, j, 0) != want {
				t.Errorf("P: (%d,%d) is %g, want %g", i, j, f.At(i, j, 0), want)
			}
		}
	}
}

// One sweep of each smoother against the definition, on a 4 × 4 grid with a
// boundary value, so that order and colours show.
func TestSmoothersByDefinition(t *testing.T) {
	grid, _ := pde.Unit(2, 4)
	relax := func(u, g *pde.Field[float64], i, j int, omega float64) float64 {
		mean := (grid.H[0]*grid.H[0]*g.At(i, j, 0) + u.At(i-1, j, 0) + u.At(i+1, j, 0) + u.At(i, j-1, 0) + u.At(i, j+1, 0)) / 4
		return (1-omega)*u.At(i, j, 0) + omega*mean
	}
	for _, sm := range []Smoother{Jacobi{0.7}, GaussSeidel{}, RedBlack{1}, RedBlack{1.3}} {
		u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
		u.Randomize(3)
		g.Randomize(4)
		u.FillBoundary(func(x, y, _ float64) float64 { return 1 + x - y })
		want := u.Clone()
		each := func(pick func(i, j int) bool, from *pde.Field[float64], omega float64) {
			for j := 1; j < 4; j++ {
				for i := 1; i < 4; i++ {
					if pick(i, j) {
						want.Set(i, j, 0, relax(from, g, i, j, omega))
					}
				}
			}
		}
		all := func(i, j int) bool { return true }
		switch s := sm.(type) {
		case Jacobi:
			each(all, u, s.Omega)
		case GaussSeidel:
			each(all, want, 1)
		case RedBlack:
			each(func(i, j int) bool { return (i+j)%2 == 0 }, want, s.Omega)
			each(func(i, j int) bool { return (i+j)%2 == 1 }, want, s.Omega)
		}
		sm.Smooth(&Level{Grid: grid, U: u, G: g, R: pde.NewField[float64](grid)})
		wanted := values(want)
		for i, v := range values(u) {
			if math.Abs(v-wanted[i]) > 1e-14 {
				t.Errorf("%v: value %d is %.15f, want %.15f", sm, i, v, wanted[i])
			}
		}
	}
}

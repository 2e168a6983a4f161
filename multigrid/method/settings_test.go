package method

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"mgtool/multigrid"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// history are the residuals of so many cycles from a random start, g = 0.
func history(t testing.TB, a stencil.Operator, s multigrid.Settings, cycles int) []float64 {
	t.Helper()
	s.Krylov, s.RelTol, s.MaxCycles, s.Baseline = multigrid.None, 0, cycles, multigrid.First
	solver, err := multigrid.NewSolver(a, s)
	if err != nil {
		t.Fatal(err)
	}
	grid, _ := a.Grids()
	u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
	pde.Random.Fill(u, 1)
	res, err := solver.Solve(context.Background(), u, g)
	if err != nil {
		t.Fatal(err)
	}
	return res.Residuals
}

// by are the settings of a method, on the way through a file.
func by(t testing.TB, m *Method, a stencil.Operator) multigrid.Settings {
	t.Helper()
	data, err := m.encode()
	if err != nil {
		t.Fatal(err)
	}
	if m, err = decode(data); err != nil {
		t.Fatal(err)
	}
	s, err := m.Settings(a)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func gridOf(t testing.TB, sides pde.Boundary, n ...int) pde.Grid {
	t.Helper()
	h := make([]float64, len(n))
	for d := range h {
		h[d] = 1 / float64(slices.Max(n))
	}
	g, err := pde.NewGrid(n, h)
	if err != nil {
		t.Fatal(err)
	}
	for d := range n {
		g.Sides[d] = [2]pde.Boundary{sides, sides}
	}
	return g
}

func close(t testing.TB, what string, got, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d residuals, want %d", what, len(got), len(want))
	}
	for k := range want {
		if !(math.Abs(got[k]-want[k]) <= tolerance*want[k]) {
			t.Errorf("%s: residual %d is %.17g, want %.17g", what, k, got[k], want[k])
			return
		}
	}
}

// A file of a classical method does what the classical method does: the same bits for
// relaxation by colours, and by Jacobi as a number; to rounding by Jacobi as a stencil.
func TestClassicalFileIsClassical(t *testing.T) {
	omega := []float64{2. / 3, .8, 6. / 7}
	for _, sides := range []pde.Boundary{pde.Dirichlet, pde.Periodic, pde.Neumann} {
		for _, n := range [][]int{{256}, {255}, {64, 32}, {33, 50}, {24, 16, 32}, {9, 12, 17}} {
			a := stencil.Laplacian(gridOf(t, sides, n...))
			dim := len(n)
			odd := slices.ContainsFunc(n, func(n int) bool { return n&(n-1) != 0 && n%8 != 0 })
			for _, coarse := range []string{Rediscretized, Galerkin} {
				var coarsening multigrid.Coarsening = multigrid.Rediscretized{}
				if coarse == Galerkin {
					coarsening = multigrid.Galerkin{}
					if odd { // classical levels below are discretised anew
						continue
					}
				}
				what := fmt.Sprintf("%v cells, sides %v, %s", n, sides, coarse)
				classical := multigrid.DefaultSettings()
				classical.Coarsening = coarsening
				classical.Smoother = multigrid.RedBlack{Omega: 1.1}
				steps := []Step{{Colours: []float64{1.1}}}
				close(t, what+", colours", history(t, a, by(t, Classical("", dim, steps, steps, coarse), a), 6), history(t, a, classical, 6), 0)
				classical.Smoother = multigrid.Jacobi{Omega: omega[dim-1]}
				steps = []Step{{Jacobi: omega[dim-1]}}
				jacobi := history(t, a, classical, 6)
				close(t, what+", Jacobi", history(t, a, by(t, Classical("", dim, steps, steps, coarse), a), 6), jacobi, 1e-12)
				if sides != pde.Neumann {
					steps = []Step{{Stencil: JacobiStencil(dim, omega[dim-1])}}
					close(t, what+", Jacobi as a stencil", history(t, a, by(t, Classical("", dim, steps, steps, coarse), a), 6), jacobi, 1e-9)
				}
			}
		}
	}
}

// Transfers by name and by kernel are the same, and so is R as the transpose of P.
func TestTransfersByKernel(t *testing.T) {
	for _, n := range [][]int{{128}, {8192}, {64, 32}, {16, 32, 16}} {
		for _, sides := range []pde.Boundary{pde.Dirichlet, pde.Periodic} {
			a := stencil.Laplacian(gridOf(t, sides, n...))
			dim := len(n)
			steps := []Step{{Jacobi: .8}} // in one dimension colours solve at once
			m := Classical("", dim, steps, steps, Galerkin)
			want := history(t, a, by(t, m, a), 6)
			kernel := LinearStencil(dim)
			half := kernel.Scale(1 / math.Pow(2, float64(dim)))
			for what, l := range map[string][2]Transfer{
				"both by kernel":         {{Stencil: half}, {Stencil: kernel}},
				"R the transpose":        {{Name: Transpose}, {Stencil: kernel}},
				"R by name":              {{Name: FullWeighting}, {Stencil: kernel}},
				"transpose of linear":    {{Name: Transpose}, {Name: Linear}},
				"black box of −Δ":        {{Name: Transpose}, {Name: BlackBox}},
				"R by kernel, P by name": {{Stencil: half}, {Name: Linear}},
			} {
				m.Levels[0].Restriction, m.Levels[0].Prolongation = l[0], l[1]
				close(t, fmt.Sprintf("%v cells, sides %v, %s", n, sides, what), history(t, a, by(t, m, a), 6), want, 1e-9)
			}
		}
	}
}

// A coarse operator as a stencil is D of the level times it, whatever the mesh: that of −Δ
// discretised anew is a quarter of the stencil over its diagonal.
func TestCoarseStencil(t *testing.T) {
	a := stencil.Laplacian(gridOf(t, pde.Dirichlet, 64, 64))
	steps := []Step{{Stencil: JacobiStencil(2, .8)}}
	m := Classical("", 2, steps, steps, Rediscretized)
	want := history(t, a, by(t, m, a), 6)
	m.Levels[0].Coarse = Coarse{Stencil: &Stencil{2, 3, []float64{0, -1. / 16, 0, -1. / 16, .25, -1. / 16, 0, -1. / 16, 0}}}
	close(t, "coarse stencil", history(t, a, by(t, m, a), 6), want, 1e-9)
}

// Stencils act on r over the diagonal, also where it varies: Jacobi as a stencil is Jacobi.
func TestVaryingDiagonal(t *testing.T) {
	for _, sides := range []pde.Boundary{pde.Dirichlet, pde.Periodic} {
		a := varying(t, gridOf(t, sides, 32, 64))
		for _, coarse := range []string{Galerkin, Rediscretized} {
			steps := []Step{{Jacobi: .8}}
			m := Classical("", 2, steps, steps, coarse)
			want := history(t, a, by(t, m, a), 6)
			m.Levels[0].Pre = []Step{{Stencil: JacobiStencil(2, .8)}}
			close(t, coarse, history(t, a, by(t, m, a), 6), want, 1e-9)
		}
	}
}

// varying is −∇·(a ∇u) with a smooth a between 1 and 3, by faces.
func varying(t testing.TB, g pde.Grid) stencil.Operator {
	t.Helper()
	var along [3]*pde.Field[float64]
	for d := range g.Dim() {
		along[d] = pde.NewField[float64](g)
		for i := range along[d].Data() {
			along[d].Data()[i] = 1
		}
		along[d].FillInterior(func(x, y, z float64) float64 { return 2 + math.Sin(2*math.Pi*x)*math.Cos(2*math.Pi*y) })
		along[d].FillGhosts()
	}
	a, err := stencil.Faces(g, along, nil)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// 1000 = 2³ · 125: three levels of the method, classical ones below.
func TestClassicalLevelsBelow(t *testing.T) {
	grid := gridOf(t, pde.Dirichlet, 1000, 1000)
	a := stencil.Laplacian(grid)
	steps := []Step{{Stencil: JacobiStencil(2, .8)}}
	for _, coarse := range []Coarse{{Name: Galerkin}, {Stencil: &Stencil{2, 3, []float64{0, -1. / 16, 0, -1. / 16, .25, -1. / 16, 0, -1. / 16, 0}}}} {
		m := Classical("", 2, steps, steps, "")
		m.Levels[0].Coarse = coarse
		m.Levels[0].Restriction, m.Levels[0].Prolongation = Transfer{Stencil: LinearStencil(2).Scale(.5)}, Transfer{Stencil: LinearStencil(2)} // twice as much, which the coarse A has too
		if coarse.Stencil != nil {
			m.Levels[0].Restriction = Transfer{Name: FullWeighting}
		}
		if got := m.Depth(grid); got != 3 {
			t.Errorf("%d levels of the method; want 3", got)
		}
		r := history(t, a, by(t, m, a), 12)
		// V(1,1) by ω-Jacobi: the two-grid factor of local Fourier analysis is 0.36.
		if f := r[12] / r[11]; !(f < .37) {
			t.Errorf("coarse %v: factor %.3f; want at most 0.37", coarse.Name, f)
		}
	}
}

// Kernels of 5 points with zeros around 3 are those of 3, with a diagonal that varies too.
func TestWideKernels(t *testing.T) {
	for _, n := range [][]int{{128}, {32, 64}, {16, 16, 32}} {
		for _, sides := range []pde.Boundary{pde.Dirichlet, pde.Periodic} {
			dim := len(n)
			narrow := LinearStencil(dim).Scale(.3)
			narrow.Weights[0] += .01
			narrow.Weights[len(narrow.Weights)/2] += .6
			wide := &Stencil{Dim: dim, Width: 5, Weights: make([]float64, power(5, dim))}
			for i, w := range narrow.Weights {
				to, stride := 0, 1
				for at, d := i, 0; d < dim; at, d = at/3, d+1 {
					to += (at%3 + 1) * stride
					stride *= 5
				}
				wide.Weights[to] = w
			}
			for what, a := range map[string]stencil.Operator{"constant": stencil.Laplacian(gridOf(t, sides, n...)), "varying": varying(t, gridOf(t, sides, n...))} {
				m := Classical("", dim, []Step{{Stencil: narrow}, {Jacobi: 2.5}}, []Step{{Stencil: narrow}}, Galerkin)
				want := history(t, a, by(t, m, a), 4)
				m.Levels[0].Pre[0].Stencil, m.Levels[0].Post[0].Stencil = wide, wide
				close(t, fmt.Sprintf("%v cells, sides %v, %s", n, sides, what), history(t, a, by(t, m, a), 4), want, 1e-9)
			}
		}
	}
}

// A list that repeats cyclically is that list written out, one whose last entry repeats is not;
// and gamma 2 is a W-cycle.
func TestRepeatAndGamma(t *testing.T) {
	a := stencil.Laplacian(gridOf(t, pde.Dirichlet, 256, 128))
	level := func(omega float64) Level {
		return Classical("", 2, []Step{{Jacobi: omega}}, []Step{{Stencil: JacobiStencil(2, omega)}}, Galerkin).Levels[0]
	}
	list := []Level{level(.9), level(.5)}
	m := &Method{Dim: 2, Gamma: 1, Levels: list, Repeat: Cyclic}
	got := history(t, a, by(t, m, a), 6)
	m.Levels, m.Repeat = append(list, level(.9), level(.5), level(.9), level(.5)), Last
	close(t, "cyclic", got, history(t, a, by(t, m, a), 6), 0)
	m.Levels = list
	if last := history(t, a, by(t, m, a), 6); math.Abs(last[6]-got[6]) < 1e-6*got[6] {
		t.Error("the last level again and again is the same as the list again")
	}
	steps := []Step{{Jacobi: .8}}
	m = Classical("", 2, steps, steps, Galerkin)
	classical := multigrid.DefaultSettings()
	classical.Smoother, classical.Coarsening, classical.Cycle.Gamma = multigrid.Jacobi{Omega: .8}, multigrid.Galerkin{}, 2
	m.Gamma = 2
	close(t, "W-cycle", history(t, a, by(t, m, a), 6), history(t, a, classical, 6), 1e-12)
}

// A level without steps before or after the coarse correction has none.
func TestStepsOnOneSide(t *testing.T) {
	a := stencil.Laplacian(gridOf(t, pde.Dirichlet, 64, 64))
	steps := []Step{{Jacobi: .8}, {Jacobi: .7}}
	classical := multigrid.DefaultSettings()
	classical.Smoother, classical.Coarsening = multigrid.Sequence{multigrid.Jacobi{Omega: .8}, multigrid.Jacobi{Omega: .7}}, multigrid.Galerkin{}
	classical.Cycle.Pre = nil
	close(t, "after alone", history(t, a, by(t, Classical("", 2, nil, steps, Galerkin), a), 6), history(t, a, classical, 6), 1e-12)
	classical.Cycle.Pre, classical.Cycle.Post = []int{1}, nil
	close(t, "before alone", history(t, a, by(t, Classical("", 2, steps, nil, Galerkin), a), 6), history(t, a, classical, 6), 1e-12)
}

// Beside Neumann sides and on cells, where r is 0 beyond, kernels keep their factor.
func TestKernelsOnAllSides(t *testing.T) {
	steps := []Step{{Stencil: &Stencil{2, 3, []float64{.074, .255, .074, .255, 1.146, .255, .074, .255, .074}}}}
	m := Classical("", 2, steps, steps, Galerkin)
	for _, cells := range []bool{false, true} {
		g := gridOf(t, pde.Neumann, 64, 64)
		g.Cells = cells
		for _, first := range []pde.Boundary{pde.Neumann, pde.Dirichlet} {
			g.Sides[0][0] = first
			a := stencil.Laplacian(g)
			r := history(t, a, by(t, m, a), 12)
			if f := r[12] / r[11]; !(f < .1) { // 0.08 on Dirichlet sides
				t.Errorf("cells %v, first side %v: factor %.3f; want less than 0.1", cells, first, f)
			}
		}
	}
}

// What a method cannot solve is one line.
func TestSettingsRefused(t *testing.T) {
	steps := []Step{{Stencil: JacobiStencil(2, .8)}}
	m := Classical("mine", 2, steps, steps, Galerkin)
	m.Levels[0].Prolongation = Transfer{Stencil: LinearStencil(2)}
	for want, a := range map[string]stencil.Operator{
		"mine is for 2 dimensions; want 3":            stencil.Laplacian(gridOf(t, pde.Dirichlet, 8, 8, 8)),
		"has no level":                                stencil.Laplacian(gridOf(t, pde.Dirichlet, 1001, 1000)),
		"of its own on level 0, and the grid Neumann": stencil.Laplacian(gridOf(t, pde.Neumann, 64, 64)),
		"want an operator on one grid":                {},
	} {
		if _, err := m.Settings(a); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want %q", err, want)
		}
	}
	broken := *m
	broken.Gamma = 0
	if _, err := broken.Settings(stencil.Laplacian(gridOf(t, pde.Dirichlet, 64, 64))); err == nil {
		t.Error("a method that is not valid has settings")
	}
}

// The distance of an operator from the one that a method was made for.
func TestMade(t *testing.T) {
	a := stencil.Laplacian(gridOf(t, pde.Dirichlet, 64, 64))
	m := Classical("", 2, nil, nil, Galerkin)
	if m.Made(a) != 0 {
		t.Error("made for any operator")
	}
	k, _ := a.Kernel()
	m.Operator = FromKernel(2, k.Scale(1/k[13]))
	if d := m.Made(a); d > 1e-15 {
		t.Errorf("distance %g from the operator itself", d)
	}
	m.Operator.Weights[1] -= .01
	if d := m.Made(a); math.Abs(d-.01) > 1e-12 {
		t.Errorf("distance %g; want 0.01", d)
	}
	if d := m.Made(varying(t, gridOf(t, pde.Dirichlet, 64, 64))); !math.IsInf(d, 1) {
		t.Errorf("distance %g from an operator that varies; want infinity", d)
	}
}

package constrained

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"mgtool/multigrid"
	"mgtool/multigrid/cycle"
	"mgtool/multigrid/internal/rows"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

func unit(t *testing.T, n ...int) pde.Grid {
	t.Helper()
	h := make([]float64, len(n))
	for d := range h {
		h[d] = 1 / float64(n[d])
	}
	grid, err := pde.NewGrid(n, h)
	if err != nil {
		t.Fatal(err)
	}
	return grid
}

// operators are symmetric and positive definite: stars, nine points, rotated anisotropy with
// positive couplings (no M-matrix), and coefficients that vary.
func operators(t *testing.T, grid pde.Grid) map[string]stencil.Operator {
	t.Helper()
	shifted, err := stencil.Diffusion(grid, [3]float64{1, 3, .5}, 20)
	if err != nil {
		t.Fatal(err)
	}
	list := map[string]stencil.Operator{"Laplacian": stencil.Laplacian(grid), "anisotropic": shifted}
	product, err := stencil.Varying(grid, varied(grid))
	if err != nil {
		t.Fatal(err)
	}
	list["varying"] = product
	if grid.Dim() != 2 {
		return list
	}
	nine, err := stencil.Discretize("mehrstellen", grid)
	if err != nil {
		t.Fatal(err)
	}
	list["mehrstellen"] = nine.A
	h := grid.H[0] * grid.H[0]
	rotated, err := stencil.Constant(grid, stencil.Plane([3][3]float64{{.3, -1, -.3}, {-1, 4.2, -1}, {-.3, -1, .3}}).Scale(1/h))
	if err != nil {
		t.Fatal(err)
	}
	list["rotated"] = rotated
	return list
}

// varied is −∇·(a ∇u) with one a between each two points, symmetric by construction.
func varied(grid pde.Grid) (c stencil.Coefficients) {
	a := func(x [3]int, d int) float64 {
		return 1.5 + math.Sin(float64(3*x[0]+5*x[1]+7*x[2]+11*d))
	}
	c[rows.Centre] = pde.NewField[float64](grid)
	for d := range grid.Dim() {
		step := [3]int{1, 3, 9}[d]
		c[rows.Centre-step], c[rows.Centre+step] = pde.NewField[float64](grid), pde.NewField[float64](grid)
		for row := range grid.RowCount() {
			j, k := grid.RowAt(row)
			for i := 1; i <= grid.Inner(0); i++ {
				x := [3]int{i, j, k}
				before := x
				before[d]--
				w := 1 / (grid.H[d] * grid.H[d])
				c[rows.Centre-step].Set(i, j, k, -w*a(before, d))
				c[rows.Centre+step].Set(i, j, k, -w*a(x, d))
				c[rows.Centre].Set(i, j, k, c[rows.Centre].At(i, j, k)+w*(a(before, d)+a(x, d)))
			}
		}
	}
	return c
}

func dense(t *testing.T, a stencil.Operator) *mat.SymDense {
	t.Helper()
	matrix, err := a.Matrix()
	if err != nil {
		t.Fatal(err)
	}
	rows, _ := matrix.Dims()
	s := mat.NewSymDense(rows, nil)
	matrix.DoNonZero(func(i, j int, v float64) {
		if j >= i {
			s.SetSym(i, j, v)
		}
	})
	return s
}

// random data of both signs, so that about half of the points are in contact.
func random(grid pde.Grid, seed uint64) (u, g, psi *pde.Field[float64]) {
	u, g, psi = pde.NewField[float64](grid), pde.NewField[float64](grid), pde.NewField[float64](grid)
	u.Randomize(seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	k := float64(1 + rng.IntN(3))
	g.FillInterior(func(x, y, z float64) float64 { return 100 * math.Sin(7*k*x) * math.Cos(3*y+z) })
	noise := psi.Clone()
	noise.Randomize(seed + 100)
	psi.FillInterior(func(x, y, z float64) float64 { return -.2 + .1*math.Sin(9*x+y+2*z) })
	for row := range grid.RowCount() {
		j, k := grid.RowAt(row)
		for i := 1; i <= grid.Inner(0); i++ {
			psi.Set(i, j, k, psi.At(i, j, k)+.1*noise.At(i, j, k))
		}
	}
	return u, g, psi
}

// Multigrid, projected SOR and dense quadratic programming have one solution, to 1e-10 of its
// size, from one level to several, for every kind of operator.
func TestAgainstQuadratic(t *testing.T) {
	for i, n := range [][]int{{40}, {8, 8}, {16, 12}, {24, 16}, {4, 4, 4}, {8, 6, 8}} {
		grid := unit(t, n...)
		for name, a := range operators(t, grid) {
			u, g, psi := random(grid, uint64(i))
			want, err := Quadratic(dense(t, a), g.Interior(), psi.Interior())
			if err != nil {
				t.Fatal(err)
			}
			for _, way := range []string{"V", "W", "full", "relaxation"} {
				s := Settings{Cycle: cycle.Cycle{Pre: []int{1}, Post: []int{1}, Gamma: 1}, RelTol: 1e-12, MaxCycles: 200}
				switch way {
				case "W":
					s.Cycle.Gamma = 2
				case "full":
					s.Cycle.Full = true
				case "relaxation":
					s.Relaxation, s.Omega, s.MaxCycles = true, 1.6, 3000
				}
				solver, err := New(a, s)
				if err != nil {
					t.Fatal(err)
				}
				v := u.Clone()
				res, err := solver.Solve(context.Background(), v, g, psi)
				if err != nil {
					t.Errorf("%v, %s, %s: %v after %d cycles, residuals %.2g", grid, name, way, err, res.Cycles, res.Residuals)
					continue
				}
				size, worst, contact := 0.0, 0.0, 0
				bound := psi.Interior()
				for p, x := range v.Interior() {
					size = max(size, math.Abs(want[p]))
					worst = max(worst, math.Abs(x-want[p]))
					if want[p] == bound[p] {
						contact++
					}
				}
				if !(worst <= 1e-10*size) {
					t.Errorf("%v, %s, %s: off by %.2g of %.2g", grid, name, way, worst, size)
				}
				if contact == 0 || contact == len(want) || contact != res.Contact {
					t.Errorf("%v, %s, %s: %d of %d in contact, the reference has %d; want some, as many", grid, name, way, res.Contact, len(want), contact)
				}
				if last := res.Residuals[res.Cycles]; math.Abs(last-res.TrueResidual) > 1e-13 {
					t.Errorf("%v, %s, %s: residual %.3g, from its definition %.3g", grid, name, way, last, res.TrueResidual)
				}
			}
		}
	}
}

// The reference itself against all 2⁸ sets of points in contact.
func TestQuadraticByEnumeration(t *testing.T) {
	const n = 8
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 7))
		root := mat.NewDense(n, n, nil)
		for i := range n {
			for j := range n {
				root.Set(i, j, rng.NormFloat64())
			}
		}
		a := mat.NewSymDense(n, nil)
		a.SymOuterK(1, root)
		g, psi := make([]float64, n), make([]float64, n)
		for i := range n {
			a.SetSym(i, i, a.At(i, i)+.1)
			g[i], psi[i] = 3*rng.NormFloat64(), rng.NormFloat64()
		}
		psi[0] = math.Inf(-1)
		got, err := Quadratic(a, g, psi)
		if err != nil {
			t.Fatal(err)
		}
		solutions := 0
		for set := range 1 << n {
			bound, u := make([]bool, n), make([]float64, n)
			for i := range bound {
				bound[i] = set>>i&1 == 1
			}
			if bound[0] {
				continue
			}
			if err := solveFree(u, a, g, psi, bound); err != nil {
				t.Fatal(err)
			}
			holds := true
			for i := range n {
				r := -g[i]
				for j := range n {
					r += a.At(i, j) * u[j]
				}
				holds = holds && u[i] >= psi[i]-1e-12 && (!bound[i] || r >= -1e-12)
			}
			if !holds {
				continue
			}
			solutions++
			for i := range n {
				if math.Abs(u[i]-got[i]) > 1e-9 {
					t.Errorf("seed %d: u = %g at %d; enumeration has %g", seed, got[i], i, u[i])
				}
			}
		}
		if solutions != 1 {
			t.Errorf("seed %d: %d sets are optimal; want 1", seed, solutions)
		}
	}
	a := mat.NewSymDense(2, []float64{1, 2, 2, 1})
	if _, err := Quadratic(a, []float64{1, 1}, []float64{0, 0}); !errors.Is(err, errIndefinite) {
		t.Errorf("indefinite: %v", err)
	}
	if _, err := Quadratic(a, []float64{1}, []float64{0, 0}); err == nil {
		t.Error("g of another length accepted")
	}
	if _, err := Quadratic(a, []float64{1, math.NaN()}, []float64{0, 0}); err == nil {
		t.Error("NaN accepted")
	}
}

func solveRadial(t *testing.T, dim, n int, s Settings) (*pde.Field[float64], *Result) {
	t.Helper()
	p := Radial{dim}
	grid, err := p.Grid(n)
	if err != nil {
		t.Fatal(err)
	}
	solver, err := New(stencil.Laplacian(grid), s)
	if err != nil {
		t.Fatal(err)
	}
	u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
	u.FillBoundary(p.Exact)
	g.FillInterior(func(_, _, _ float64) float64 { return p.G() })
	res, err := solver.Solve(context.Background(), u, g, nil)
	if err != nil {
		t.Fatalf("%d cells in dimension %d: %v, residuals %.2g", n, dim, err, res.Residuals)
	}
	return u, res
}

// Errors fall like h², the contact set tends to the unit ball, and neither the number of
// cycles nor the last factor grows as cells are halved.
func TestRadial(t *testing.T) {
	volume := [...]float64{1: 2, 2: math.Pi, 3: 4 * math.Pi / 3}
	for dim, sizes := range map[int][]int{1: {32, 128, 512, 2048}, 2: {32, 64, 128, 256}, 3: {8, 16, 32}} {
		var first float64
		for i, n := range sizes {
			u, res := solveRadial(t, dim, n, DefaultSettings())
			_, worst := u.Errors(Radial{dim}.Exact)
			h := u.H[0]
			if i == 0 {
				first = worst / (h * h)
			}
			area := float64(res.Contact) * math.Pow(h, float64(dim))
			t.Logf("%d-D, %d cells: %d cycles, factor %.3f, error %.2e = %.3f h², contact %.3f of %.3f", dim, n, res.Cycles, res.Factor, worst, worst/(h*h), area, volume[dim])
			// The free boundary may lie anywhere in a cell, so that the constant of h² varies.
			if !(worst <= 2*first*h*h) {
				t.Errorf("%d-D, %d cells: error %.3g = %.3g h²; want %.3g h² or less", dim, n, worst, worst/(h*h), 2*first)
			}
			if surface := volume[dim] * float64(dim); math.Abs(area-volume[dim]) > 1.5*h*surface {
				t.Errorf("%d-D, %d cells: contact %.3f; want %.3f within a cell at its surface", dim, n, area, volume[dim])
			}
			if res.Cycles > 6 {
				t.Errorf("%d-D, %d cells: %d cycles; want at most 6", dim, n, res.Cycles)
			}
			if dim > 1 && !(res.Factor < .08) {
				t.Errorf("%d-D, %d cells: factor %.3f; want less than 0.08", dim, n, res.Factor)
			}
		}
	}
}

// A contact set of many parts, some of them thin: with W-cycles neither the number of cycles
// nor the factor grows. (V-cycles: 0.08, 0.13, 0.18 on 64², 128², 256² cells.)
func TestContactOfManyParts(t *testing.T) {
	for _, n := range []int{64, 128, 256} {
		if n > 128 && testing.Short() {
			continue
		}
		grid := unit(t, n, n)
		u, g, psi := pde.NewField[float64](grid), pde.NewField[float64](grid), pde.NewField[float64](grid)
		g.FillInterior(func(x, y, _ float64) float64 { return 100 * math.Sin(17*x) * math.Cos(13*y) })
		psi.FillInterior(func(x, y, _ float64) float64 { return -.1 + .2*math.Sin(9*x+y) })
		solver, err := New(stencil.Laplacian(grid), DefaultSettings())
		if err != nil {
			t.Fatal(err)
		}
		res, err := solver.Solve(context.Background(), u, g, psi)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%v: %d cycles, factor %.3f, %d in contact", grid, res.Cycles, res.Factor, res.Contact)
		if res.Cycles > 6 || !(res.Factor < .04) {
			t.Errorf("%v: %d cycles, factor %.3f; want at most 6, less than 0.04", grid, res.Cycles, res.Factor)
		}
	}
}

// No cycle raises the energy, whatever the start, also for operators that are no M-matrices,
// and u stays feasible.
func TestMonotone(t *testing.T) {
	grid := unit(t, 32, 24)
	for name, a := range operators(t, grid) {
		for seed := range uint64(3) {
			u, g, psi := random(grid, seed)
			product := pde.NewField[float64](grid)
			energy := math.Inf(1)
			s := Settings{Cycle: cycle.Cycle{Pre: []int{1}, Gamma: 1}, RelTol: 1e-9, MaxCycles: 100}
			s.Recorder = func(c int, _ float64, u *pde.Field[float64]) {
				if err := a.Apply(product, u); err != nil {
					t.Fatal(err)
				}
				e, au, gv, low := 0.0, product.Interior(), g.Interior(), psi.Interior()
				for p, v := range u.Interior() {
					e += v * (au[p]/2 - gv[p])
					if v < low[p] {
						t.Fatalf("%s, seed %d, cycle %d: u = %g below ψ = %g", name, seed, c, v, low[p])
					}
				}
				if e > energy+1e-12*math.Abs(e) {
					t.Errorf("%s, seed %d, cycle %d: energy %.15g after %.15g", name, seed, c, e, energy)
				}
				energy = e
			}
			solver, err := New(a, s)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := solver.Solve(context.Background(), u, g, psi); err != nil {
				t.Errorf("%s, seed %d: %v", name, seed, err)
			}
		}
	}
}

// The coarse operators are the products Pᵀ T A T P, for random T.
func TestTruncatedProduct(t *testing.T) {
	for _, n := range [][]int{{256}, {16, 16}, {32, 4}, {8, 8, 8}} {
		grid := unit(t, n...)
		for name, a := range operators(t, grid) {
			solver, err := New(a, Settings{Cycle: cycle.Cycle{Pre: []int{1}}, MaxCycles: 1})
			if err != nil {
				t.Fatal(err)
			}
			if len(solver.levels) < 2 {
				t.Fatalf("%v, %s: one level", grid, name)
			}
			top := solver.levels[0]
			rng := rand.New(rand.NewPCG(5, 5))
			at := map[int]int{}
			for row := range grid.RowCount() {
				start := top.r.Offset(grid.RowAt(row))
				for i := 1; i <= grid.Inner(0); i++ {
					top.free[start+i] = rng.IntN(3) > 0
					at[len(at)] = start + i
				}
			}
			top.truncate()
			product := mat.DenseCopyOf(dense(t, a))
			for i := range len(at) {
				for j := range len(at) {
					if !top.free[at[i]] || !top.free[at[j]] {
						product.Set(i, j, 0)
					}
				}
			}
			for l := top; l.coarser != nil; l = l.coarser {
				c := l.coarser
				linear, err := stencil.Linear(l.grid, c.grid)
				if err != nil {
					t.Fatal(err)
				}
				p, err := linear.Matrix()
				if err != nil {
					t.Fatal(err)
				}
				rows, columns := p.Dims()
				full := mat.NewDense(rows, columns, nil)
				p.DoNonZero(func(i, j int, v float64) { full.Set(i, j, v) })
				var half, next mat.Dense
				half.Mul(product, full)
				next.Mul(full.T(), &half)
				product = &next
				scale := mat.Max(product)
				m := 0
				for row := range c.grid.RowCount() {
					j, k := c.grid.RowAt(row)
					for i := 1; i <= c.grid.Inner(0); i++ {
						q := c.r.Offset(j, k) + i
						sum := c.Diagonal.At(q)
						if d := math.Abs(c.Diagonal.At(q) - product.At(m, m)); d > 1e-13*scale {
							t.Fatalf("%v, %s: diagonal %g, product %g", c.grid, name, c.Diagonal.At(q), product.At(m, m))
						}
						for n := range c.Terms {
							o := stencil.Offset(c.Terms[n].Offset)
							x, ok := [3]int{i + o[0], j + o[1], k + o[2]}, true
							for d := range x {
								lo, hi := c.grid.Inside(d)
								ok = ok && x[d] >= lo && x[d] < hi
							}
							if !ok {
								continue
							}
							to := m + o[0] + c.grid.Inner(0)*(o[1]+c.grid.Inner(1)*o[2])
							sum += c.Terms[n].At(q)
							if d := math.Abs(c.Terms[n].At(q) - product.At(m, to)); d > 1e-13*scale {
								t.Fatalf("%v, %s: coefficient %g, product %g", c.grid, name, c.Terms[n].At(q), product.At(m, to))
							}
						}
						if d := math.Abs(sum - mat.Sum(product.RowView(m))); d > 1e-12*scale { // nothing else in the row
							t.Fatalf("%v, %s: row sum %g, product %g", c.grid, name, sum, mat.Sum(product.RowView(m)))
						}
						m++
					}
				}
			}
		}
	}
}

// Without a bound it is linear multigrid: the solution of the linear solver, and a residual
// that is ‖g − A u‖₂.
func TestNoBound(t *testing.T) {
	grid := unit(t, 64, 64)
	u, g, psi := random(grid, 1)
	psi.FillInterior(func(_, _, _ float64) float64 { return math.Inf(-1) })
	u.FillBoundary(func(x, y, _ float64) float64 { return x - y })
	v, a := u.Clone(), stencil.Laplacian(grid)
	s := DefaultSettings()
	s.RelTol = 1e-11
	solver, err := New(a, s)
	if err != nil {
		t.Fatal(err)
	}
	res, err := solver.Solve(context.Background(), u, g, psi)
	if err != nil {
		t.Fatal(err)
	}
	if res.Cycles > 8 || res.Contact != 0 {
		t.Errorf("%d cycles, %d in contact", res.Cycles, res.Contact)
	}
	linear := multigrid.DefaultSettings()
	linear.RelTol = 1e-11
	reference, err := multigrid.NewSolver(a, linear)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := reference.Solve(context.Background(), v, g); err != nil {
		t.Fatal(err)
	}
	for row := range grid.RowCount() {
		j, k := grid.RowAt(row)
		for i := 1; i <= grid.Inner(0); i++ {
			if d := math.Abs(u.At(i, j, k) - v.At(i, j, k)); d > 1e-9 {
				t.Fatalf("off by %g", d)
			}
		}
	}
}

// Statuses are true; mistakes are errors that name the value.
func TestStatuses(t *testing.T) {
	grid := unit(t, 32, 32)
	a := stencil.Laplacian(grid)
	stopped, stop := context.WithCancel(context.Background())
	stop()
	for _, c := range []struct {
		name   string
		change func(s *Settings, u, g, psi *pde.Field[float64]) context.Context
		want   multigrid.Status
	}{
		{"done", func(s *Settings, _, _, _ *pde.Field[float64]) context.Context {
			s.RelTol, s.MaxCycles = 0, 2
			return nil
		}, multigrid.CyclesDone},
		{"limit", func(s *Settings, _, _, _ *pde.Field[float64]) context.Context {
			s.RelTol, s.MaxCycles = 1e-12, 1
			return nil
		}, multigrid.CycleLimit},
		{"rounding", func(s *Settings, _, _, _ *pde.Field[float64]) context.Context { s.RelTol = 1e-30; return nil }, multigrid.RoundingLimit},
		{"stopped", func(*Settings, *pde.Field[float64], *pde.Field[float64], *pde.Field[float64]) context.Context {
			return stopped
		}, multigrid.Interrupted},
		{"solved", func(_ *Settings, u, g, psi *pde.Field[float64]) context.Context {
			u.Zero()
			g.FillInterior(func(_, _, _ float64) float64 { return -1 })
			psi.Zero()
			return nil
		}, multigrid.Converged},
		{"g", func(_ *Settings, _, g, _ *pde.Field[float64]) context.Context { g.Set(3, 4, 0, math.NaN()); return nil }, multigrid.NotFiniteData},
		{"ψ", func(_ *Settings, _, _, psi *pde.Field[float64]) context.Context {
			psi.Set(3, 4, 0, math.Inf(1))
			return nil
		}, multigrid.NotFiniteData},
	} {
		u, g, psi := random(grid, 1)
		s := DefaultSettings()
		s.Cycle.Full = false
		ctx := c.change(&s, u, g, psi)
		if ctx == nil {
			ctx = context.Background()
		}
		solver, err := New(a, s)
		if err != nil {
			t.Fatal(err)
		}
		res, err := solver.Solve(ctx, u, g, psi)
		if res.Status != c.want || (err == nil) != (c.want.Err() == nil) {
			t.Errorf("%s: %v (%v); want %v", c.name, res.Status, err, c.want)
		}
	}
	solver, err := New(a, DefaultSettings())
	if err != nil {
		t.Fatal(err)
	}
	u := pde.NewField[float64](grid)
	for _, f := range [][3]*pde.Field[float64]{{nil, u}, {u, nil}, {u, u}, {u, pde.NewField[float64](grid), u}, {u, pde.NewField[float64](grid.Coarsen())}} {
		if _, err := solver.Solve(context.Background(), f[0], f[1], f[2]); err == nil {
			t.Error("wrong fields accepted")
		}
	}
	kernel := func(k [3][3]float64) stencil.Operator {
		a, err := stencil.Constant(grid, stencil.Plane(k))
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	neumann, wide := grid, unit(t, 127, 127)
	neumann.Sides[0][0] = pde.Neumann
	for want, a := range map[string]stencil.Operator{
		"symmetric": kernel([3][3]float64{{0, -1, 0}, {-2, 4, 0}, {0, -1, 0}}), "diagonal": kernel([3][3]float64{{0, 1, 0}, {1, -4, 1}, {0, 1, 0}}),
		"Dirichlet": stencil.Laplacian(neumann), "factors of two": stencil.Laplacian(wide), "want an operator": {},
	} {
		if _, err := New(a, DefaultSettings()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want an error about %q", err, want)
		}
	}
	// Positive on the diagonal, but with the eigenvalue −4 + … < 0 for smooth functions.
	for _, n := range []int{8, 32} {
		grid := unit(t, n, n)
		indefinite, err := stencil.Constant(grid, stencil.Plane([3][3]float64{{0, -1, 0}, {-1, 3.5, -1}, {0, -1, 0}}))
		if err != nil {
			t.Fatal(err)
		}
		s := DefaultSettings()
		s.Cycle.Full = false
		solver, err := New(indefinite, s)
		if err != nil {
			t.Fatal(err)
		}
		u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
		g.FillInterior(func(_, _, _ float64) float64 { return 1 })
		if res, err := solver.Solve(context.Background(), u, g, nil); !errors.Is(err, errIndefinite) {
			t.Errorf("indefinite, %d cells: %v, %v", n, res.Status, err)
		}
	}
	for _, change := range []func(*Settings){
		func(s *Settings) { s.Cycle.DownOnly, s.Cycle.Full = true, false }, func(s *Settings) { s.Cycle.Pre, s.Cycle.Post = nil, nil },
		func(s *Settings) { s.Omega = 2 }, func(s *Settings) { s.RelTol = 1 }, func(s *Settings) { s.MaxCycles = 0 },
		func(s *Settings) { s.Cycle.Gamma = -1 },
	} {
		s := DefaultSettings()
		change(&s)
		if _, err := New(a, s); err == nil {
			t.Errorf("%+v accepted", s)
		}
	}
}

// Two solves have the same bits.
func TestSameBits(t *testing.T) {
	a, _ := solveRadial(t, 2, 128, DefaultSettings())
	b, _ := solveRadial(t, 2, 128, DefaultSettings())
	for i, v := range a.Data() {
		if v != b.Data()[i] {
			t.Fatalf("%g and %g", v, b.Data()[i])
		}
	}
}

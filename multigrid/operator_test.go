package multigrid

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"mgtool/multigrid/cycle"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// byDefinition is the Method of the formula over fields for any operator, with the
// loops of package stencil, and smoothers vertex by vertex.
func byDefinition(t *testing.T, a stencil.Operator, c Components, schedule cycle.Cycle) cycle.Method[cycle.State[*pde.Field[float64]]] {
	t.Helper()
	list, err := coarsen(a, c.Coarsening)
	if err != nil {
		t.Fatal(err)
	}
	var ops []cycle.Operators[*pde.Field[float64]]
	for i, l := range list {
		grid, _ := l.A.Grids()
		form, _ := formOf(l.A)
		o := cycle.Operators[*pde.Field[float64]]{
			A: []cycle.Map[*pde.Field[float64]]{mapOf(t, l.A)},
			B: steps(schedule, i, func(up bool) cycle.Map[*pde.Field[float64]] {
				return func(r *pde.Field[float64]) *pde.Field[float64] {
					d := pde.NewField[float64](grid)
					relaxGeneral(t, l.A, sweepsAt(t, c.Smoother, place{form: form, dim: grid.Dim(), level: i, up: up, a: l.A, emitted: map[*Emitter][]stencil.Operator{}}), d, r)
					return d
				}
			}),
		}
		if i < len(list)-1 {
			o.R, o.P = mapOf(t, list[i+1].R), mapOf(t, list[i+1].P)
		} else {
			o.Solve = func(r *pde.Field[float64]) *pde.Field[float64] { return densely(t, l.A, r) }
		}
		ops = append(ops, o)
	}
	m, err := cycle.NewReference(ops, nil, plus(1), plus(-1))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func mapOf(t *testing.T, a stencil.Operator) cycle.Map[*pde.Field[float64]] {
	return func(x *pde.Field[float64]) *pde.Field[float64] {
		_, to := a.Grids()
		y := pde.NewField[float64](to)
		x.FillGhosts()
		if err := a.Apply(y, x); err != nil {
			t.Fatal(err)
		}
		y.FillGhosts()
		return y
	}
}

// densely solves A d = r; where A is singular, for the d of mean 0.
func densely(t *testing.T, a stencil.Operator, r *pde.Field[float64]) *pde.Field[float64] {
	t.Helper()
	matrix, err := a.Matrix()
	if err != nil {
		t.Fatal(err)
	}
	var svd mat.SVD
	if !svd.Factorize(mat.DenseCopyOf(matrix), mat.SVDThin) {
		t.Fatal("no singular values")
	}
	n := r.Unknowns()
	var x mat.Dense
	svd.SolveTo(&x, mat.NewDense(n, 1, r.Interior()), svd.Rank(1e-12))
	u, k := pde.NewField[float64](r.Grid), 0
	for row := range r.RowCount() {
		out := u.Row(u.RowAt(row))[1 : 1+u.Inner(0)]
		for i := range out {
			out[i] = x.At(k, 0)
			k++
		}
	}
	return u
}

// relaxGeneral does the sweeps of a smoother in plain loops.
func relaxGeneral(t *testing.T, a stencil.Operator, sweeps []sweep, u, g *pde.Field[float64]) {
	t.Helper()
	residual := func() *pde.Field[float64] {
		r := pde.NewField[float64](u.Grid)
		u.FillGhosts()
		if err := a.Residual(r, u, g); err != nil {
			t.Fatal(err)
		}
		r.FillGhosts()
		return r
	}
	kernel, constant := a.Kernel()
	fields := a.Coefficients()
	// change is ω/D (g − A u) at a vertex.
	change := func(omega float64, i, j, k int) float64 {
		r, d := g.At(i, j, k), kernel[13]
		for o, c := range kernel {
			if !constant {
				if fields[o] == nil {
					continue
				}
				if c = fields[o].At(i, j, k); o == 13 {
					d = c
				}
			}
			if at := stencil.Offset(o); c != 0 {
				r -= c * u.At(i+at[0], j+at[1], k+at[2])
			}
		}
		return omega / d * r
	}
	for _, w := range sweeps {
		if w.order == minimising {
			minimiseDensely(t, a, *w.parts, u, g)
			continue
		}
		if w.order == correction && w.kernel != nil {
			u.CopyInterior(plus(1)(u, kernelTimes(t, a, w.kernel, residual())))
			continue
		}
		if w.order == correction {
			b, err := w.stencil.B(u.Grid)
			if err != nil {
				t.Fatal(err)
			}
			d := mapOf(t, b)(residual())
			u.CopyInterior(plus(1)(u, d))
			continue
		}
		u.FillGhosts()
		after := u
		if w.order == jacobi {
			after = u.Clone()
		}
		for row := range u.RowCount() {
			if w.order == backward {
				row = u.RowCount() - 1 - row
			}
			j, k := u.RowAt(row)
			if u.Sides[1][0] == pde.Periodic && u.N[1]%2 != 0 && after == u { // its first and last row have one colour
				u.FillGhosts()
			}
			for n := 1; n <= u.Inner(0); n++ {
				i := n
				if w.order == backward {
					i = u.Inner(0) + 1 - n
				}
				parity := i&1 | j&1<<1 | k&1<<2
				switch w.order {
				case red, black:
					if (i+j+k)%2 != int(w.order-red) {
						continue
					}
				case colour:
					if parity != w.parity {
						continue
					}
				}
				after.Set(i, j, k, u.At(i, j, k)+change(w.omega, i, j, k))
			}
		}
		u.CopyInterior(after)
	}
}

// operatorCase is a problem with all that is not the usual one.
type operatorCase struct {
	name       string
	a          stencil.Operator
	components Components
}

// periodic are grids with periodic sides along some axes or all.
func periodic(t testing.TB) (list []pde.Grid) {
	t.Helper()
	for _, c := range []struct {
		n    []int
		h    []float64
		axes []int
	}{
		{[]int{128}, []float64{.1}, []int{0}}, {[]int{2 * piece}, []float64{1}, []int{0}},
		{[]int{32, 32}, []float64{.1, .1}, []int{0, 1}}, {[]int{32, 48}, []float64{.1, .1}, []int{0}},
		{[]int{48, 33}, []float64{.1, .1}, []int{0}}, {[]int{40, 32}, []float64{.1, .12}, []int{1}}, {[]int{64, 16}, []float64{.1, 1}, []int{0, 1}},
		{[]int{16, 16, 16}, []float64{1, 1, 1}, []int{0, 1, 2}}, {[]int{12, 16, 8}, []float64{1, 1, 1}, []int{2}},
		{[]int{16, 12, 20}, []float64{1, 1.1, 3}, []int{1, 0}}, {[]int{9, 16, 16}, []float64{1, 1, 1}, []int{1}},
		// Large enough for several blocks, with seams.
		{[]int{32, 32, 64}, []float64{1, 1, 1}, []int{0, 1, 2}}, {[]int{48, 32, 32}, []float64{1, 1, 1}, []int{1, 2}}, {[]int{160, 256}, []float64{1, 1}, []int{0, 1}},
	} {
		g, err := mustGrid(t, c.n, c.h).PeriodicAlong(c.axes...)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, g)
	}
	return list
}

func operatorCases(t *testing.T) (list []operatorCase) {
	t.Helper()
	must := func(a stencil.Operator, err error) stencil.Operator {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	rng := rand.New(rand.NewPCG(1, 2))
	// kernelOn is diagonally dominant, without any symmetry.
	kernelOn := func(g pde.Grid) (k stencil.Kernel) {
		for o := range k {
			at := stencil.Offset(o)
			if (g.Dim() < 3 && at[2] != 0) || (g.Dim() < 2 && at[1] != 0) || at == [3]int{} {
				continue
			}
			k[o] = -.3 - rng.Float64()
			k[13] -= 1.05 * k[o]
		}
		return k
	}
	varyingOn := func(g pde.Grid) stencil.Operator {
		var c stencil.Coefficients
		centre := pde.NewField[float64](g)
		for o, v := range kernelOn(g) {
			if v == 0 || o == 13 {
				continue
			}
			c[o] = pde.NewField[float64](g)
			c[o].FillInterior(func(x, y, z float64) float64 { return v * (1 + .3*math.Sin(3*x+2*y+z)) })
			for i, w := range c[o].Data() {
				centre.Data()[i] -= 1.02 * w
			}
		}
		c[13] = centre
		return must(stencil.Varying(g, c))
	}
	b := StencilSmoother{"B", byKernel(func(g pde.Grid) stencil.Kernel {
		var k stencil.Kernel
		d := starDiagonal(g, [3]float64{1, 1, 1}, 0)
		for o := range k {
			at := stencil.Offset(o)
			if (g.Dim() < 3 && at[2] != 0) || (g.Dim() < 2 && at[1] != 0) {
				continue
			}
			k[o] = .05 / d * (1 + .1*float64(o%5))
		}
		k[13] = .6 / d
		return k
	})}
	varyingB := StencilSmoother{"B of every vertex", func(g pde.Grid) (stencil.Operator, error) {
		on, err := b.B(g)
		if err != nil {
			return on, err
		}
		k, _ := on.Kernel()
		return stencil.Varying(g, rippled(g, k))
	}}
	smoothers := []Smoother{Jacobi{.7}, RedBlack{1}, Chebyshev{2}}
	// Corrections among other sweeps, on some levels, on the way up alone, and with Jacobi.
	composed := []Smoother{
		Apart{b, Sequence{RedBlack{1.1}, varyingB}}, Apart{Sequence{}, Sequence{b, b}},
		ByLevel{[]Smoother{RedBlack{1}, Sequence{Jacobi{.8}, b, Jacobi{.6}}}, true}, ByLevel{[]Smoother{Apart{b, Jacobi{.8}}, Chebyshev{2}}, false},
	}
	halving := []pde.Grid{mustGrid(t, []int{32, 32}, []float64{.1, .1}), mustGrid(t, []int{16, 32}, []float64{.1, .1}), mustGrid(t, []int{16, 16, 16}, []float64{1, 1, 1}),
		mustGrid(t, []int{160, 64, 32}, []float64{1, 1, 1})}
	few := func(g pde.Grid, all []Smoother) []Smoother {
		if g.Unknowns() > 1<<14 { // the plain loops take their time
			return all[1:2]
		}
		return all
	}
	for _, g := range periodic(t) {
		for _, s := range append(few(g, smoothers), b) {
			list = append(list, operatorCase{"−Δ", stencil.Laplacian(g), Components{Smoother: s}})
		}
		list = append(list, operatorCase{"−Δ + 2", must(stencil.Diffusion(g, [3]float64{1, 1.2, .9}, 2)), Components{Smoother: RedBlack{1.1}}})
	}
	for _, g := range append(halving, periodic(t)[2], periodic(t)[7]) {
		large := g.Unknowns() > 1<<14
		list = append(list,
			operatorCase{"−Δ by B", stencil.Laplacian(g), Components{Smoother: b}},
			operatorCase{"−Δ", stencil.Laplacian(g), Components{Smoother: composed[2]}},
			operatorCase{"a kernel", must(stencil.Constant(g, kernelOn(g))), Components{Smoother: Colours{[]float64{1, 1.1, .9, 1.2, .8, 1, 1.1, 1.2}[:1<<g.Dim()]}, Coarsening: Galerkin{}}},
			operatorCase{"−Δ; B, R and P vary", stencil.Laplacian(g), Components{Smoother: varyingB, Coarsening: everywhere{}}})
		for _, s := range few(g, composed) {
			list = append(list, operatorCase{"−Δ, R and P of their own", stencil.Laplacian(g), Components{Smoother: s, Coarsening: skewed{}}})
			if !large {
				list = append(list, operatorCase{"varying", varyingOn(g), Components{Smoother: s, Coarsening: Galerkin{}}})
			}
		}
		for _, s := range few(g, smoothers) {
			list = append(list,
				operatorCase{"a kernel", must(stencil.Constant(g, kernelOn(g))), Components{Smoother: s, Coarsening: Galerkin{}}},
				operatorCase{"−Δ, R and P of their own", stencil.Laplacian(g), Components{Smoother: s, Coarsening: skewed{}}})
			if !large { // Galerkin products of variable coefficients take long
				list = append(list, operatorCase{"varying", varyingOn(g), Components{Smoother: s, Coarsening: Galerkin{}}})
			}
		}
	}
	return list
}

// byKernel is a B with constant coefficients.
func byKernel(kernel func(pde.Grid) stencil.Kernel) func(pde.Grid) (stencil.Operator, error) {
	return func(g pde.Grid) (stencil.Operator, error) { return stencil.Constant(g, kernel(g)) }
}

// rippled varies coefficients from vertex to vertex.
func rippled(g pde.Grid, k stencil.Kernel) (c stencil.Coefficients) {
	for o, v := range k {
		if v != 0 {
			c[o] = pde.NewField[float64](g)
			c[o].FillInterior(func(x, y, z float64) float64 { return v * (1 + .1*math.Sin(40*x+30*y+20*z+float64(o))) })
		}
	}
	return c
}

// everywhere has R and P with coefficients of every vertex.
type everywhere struct{ skewed }

func (e everywhere) Coarsen(levels []Coarse) (c Coarse, ok bool, err error) {
	c, ok, err = e.skewed.Coarsen(levels)
	if !ok || err != nil {
		return c, ok, err
	}
	fine, coarse := c.R.Grids()
	r, _ := c.R.Kernel()
	p, _ := c.P.Kernel()
	if c.R, err = stencil.VaryingRestriction(fine, coarse, rippled(coarse, r)); err != nil {
		return c, ok, err
	}
	c.P, err = stencil.VaryingProlongation(fine, coarse, rippled(coarse, p))
	return c, ok, err
}

// skewed has R and P without any symmetry.
type skewed struct{ Rediscretized }

func (s skewed) Coarsen(levels []Coarse) (c Coarse, ok bool, err error) {
	c, ok, err = s.Rediscretized.Coarsen(levels)
	if !ok || err != nil {
		return c, ok, err
	}
	fine, coarse := c.R.Grids()
	r, _ := c.R.Kernel()
	p, _ := c.P.Kernel()
	for o := range r {
		r[o] *= 1 + .02*float64(o%7)
		p[o] *= 1 - .02*float64(o%5)
	}
	if c.R, err = stencil.Restriction(fine, coarse, r); err != nil {
		return c, ok, err
	}
	c.P, err = stencil.Prolongation(fine, coarse, p)
	return c, ok, err
}

// Operators of every kind, with Dirichlet and periodic sides, do in the fused passes
// what the formula says; on one thread and on several the same bits.
func TestOperatorsAreReference(t *testing.T) { areReference(t, operatorCases(t)) }

func areReference(t *testing.T, cases []operatorCase) {
	t.Helper()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for i, c := range cases {
		grid, _ := c.a.Grids()
		if testing.Short() && grid.Unknowns() > 1<<11 {
			continue
		}
		name := fmt.Sprintf("%s on %v %v, %v", c.name, grid, grid.Sides, c.components.Smoother)
		start := func() (u, g *pde.Field[float64]) {
			u, g = pde.NewField[float64](grid), pde.NewField[float64](grid)
			u.Randomize(1)
			g.Randomize(2)
			u.FillBoundary(func(x, y, z float64) float64 { return math.Sin(x + 2*y + 3*z) })
			if grid.Closed() {
				takeMean(g)
			}
			u.FillGhosts()
			return u, g
		}
		for _, kind := range []string{"v", "w"} {
			if kind == "w" && (testing.Short() || grid.Unknowns() > 1<<12 || i%3 != 0) {
				continue
			}
			schedule, _ := cycle.ParseCycle(kind, 2, 1)
			cycles := 2
			if grid.Unknowns() > 1<<14 {
				schedule.Pre[0], cycles = 1, 1
			}
			ref := byDefinition(t, c.a, c.components, schedule)
			u, g := start()
			r := pde.NewField[float64](grid)
			if err := c.a.Residual(r, u, g); err != nil {
				t.Fatal(err)
			}
			r.FillGhosts()
			want := cycle.State[*pde.Field[float64]]{U: u.Clone(), R: r}
			for range cycles {
				want = cycle.Run(ref, schedule, want)
			}
			var once []float64
			var apart, apartSizes []float64 // ‖r‖ and ‖u‖ of every cycle, legs apart
			for _, threads := range []int{1, 3} {
				runtime.GOMAXPROCS(threads)
				f, err := newHierarchy[float64](c.a, c.components)
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				for _, hold := range []bool{false, true} {
					if hold && cycles == 1 {
						continue
					}
					u, g := start()
					if err := f.bind(u, g); err != nil {
						t.Fatal(err)
					}
					f.start(schedule)
					if cycles > 1 {
						f.cycle(schedule, func(float64) bool { return hold })
					}
					f.cycle(schedule, nil)
					if f.levels[0].singular() {
						takeMean(u)
						takeMean(want.U)
					}
					largest, size, values := 0.0, 0.0, want.U.Interior()
					for i, v := range u.Interior() {
						largest, size = max(largest, math.Abs(v-values[i])), max(size, math.Abs(values[i]))
					}
					most := max(1e-12, 1e-16*float64(grid.N[0])*float64(grid.N[0]))
					if !(largest/size < most) {
						t.Fatalf("%s, %s, held %t: differs by %.1e", name, kind, hold, largest/size)
					}
					var norms, sizes []float64
					f.norms(func(r, u float64) { norms, sizes = append(norms, r), append(sizes, u) })
					if !hold {
						apart, apartSizes = norms, sizes
					}
					for i, v := range sizes {
						if math.Abs(v-apartSizes[i]) > 1e-9*v {
							t.Fatalf("%s, %s: after cycle %d ‖u‖ = %g with legs joined, %g apart", name, kind, i+1, v, apartSizes[i])
						}
					}
					for i, r := range norms { // also of a cycle whose last leg is joined to the next
						if math.Abs(r-apart[i]) > 1e-9*apart[i]+1e-13*f.bounds().norm*size {
							t.Fatalf("%s, %s: after cycle %d ‖r‖ = %g with legs joined, %g apart", name, kind, i+1, r, apart[i])
						}
					}
					u.FillGhosts()
					if err := c.a.Residual(r, u, g); err != nil {
						t.Fatal(err)
					}
					if last := norms[len(norms)-1]; math.Abs(last-norm(r)) > 1e-9*norm(r)+1e-13*f.bounds().norm*size*float64(grid.Unknowns()) {
						t.Fatalf("%s, %s, held %t: ‖r‖ = %g, want %g", name, kind, hold, last, norm(r))
					}
					if hold {
						continue
					}
					values = u.Interior()
					if once == nil {
						once = values
					}
					if !slices.EqualFunc(values, once, func(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) }) {
						t.Fatalf("%s, %s: %d threads differ from one", name, kind, threads)
					}
				}
			}
		}
	}
}

// Periodic problems converge to their solution with the order 2, singular ones to the one
// of mean 0; data that have no solution are projected, and it is said by how much.
func TestPeriodic(t *testing.T) {
	for _, c := range []struct {
		dim  int
		axes []int
	}{{1, []int{0}}, {2, []int{0, 1}}, {2, []int{1}}, {3, []int{0, 1, 2}}, {3, []int{2, 0}}} {
		exact := func(x, y, z float64) float64 {
			v := 1.0
			for d, x := range []float64{x, y, z}[:c.dim] {
				wave := math.Sin(math.Pi * x)
				for _, axis := range c.axes {
					if axis == d {
						wave = math.Sin(2*math.Pi*x + float64(d))
					}
				}
				v *= wave
			}
			return v
		}
		eigenvalue := 0.0
		for d := range c.dim {
			k := 1.0
			for _, axis := range c.axes {
				if axis == d {
					k = 2
				}
			}
			eigenvalue += k * k * math.Pi * math.Pi
		}
		var before float64
		for _, n := range []int{16, 32, 64} {
			grid, err := pde.Unit(c.dim, n)
			if err == nil {
				grid, err = grid.PeriodicAlong(c.axes...)
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, kind := range []string{"v", "fmg"} {
				s := DefaultSettings()
				s.Cycle, _ = cycle.ParseCycle(kind, 1, 1)
				solver, err := NewSolver(stencil.Laplacian(grid), s)
				if err != nil {
					t.Fatal(err)
				}
				const offset = 3
				u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
				g.FillInterior(func(x, y, z float64) float64 {
					if grid.Closed() {
						return eigenvalue*exact(x, y, z) + offset
					}
					return eigenvalue * exact(x, y, z)
				})
				given := g.Clone()
				res, err := solver.Solve(context.Background(), u, g)
				if err != nil {
					t.Fatalf("%v, %s: %v after %d cycles, %.2e", grid, kind, err, res.Cycles, res.Residuals)
				}
				if grid.Closed() != (math.Abs(res.Defect-offset) < 1e-12) || res.Cycles > 13 || (kind == "v" && c.dim > 1 && !(res.Factor < .25)) {
					t.Errorf("%v, %s: %d cycles, factor %.3f, defect %g", grid, kind, res.Cycles, res.Factor, res.Defect)
				}
				for i, v := range g.Data() {
					if v != given.Data()[i] {
						t.Fatalf("%v: g has changed", grid)
					}
				}
				_, worst := u.Errors(exact)
				if n == 64 && kind == "v" && math.Abs(before/worst-4) > .3 {
					t.Errorf("%v along %v: error %.2e after %.2e, ratio %.2f, want 4", grid, c.axes, worst, before, before/worst)
				}
				if kind == "v" {
					before = worst
				}
			}
		}
	}
}

// What is watched is what the reference goes through, state by state.
func TestWatch(t *testing.T) {
	grid := mustGrid(t, []int{32, 32}, []float64{.1, .1})
	a := stencil.Laplacian(grid)
	components := Components{Smoother: RedBlack{1.1}}
	for _, kind := range []string{"v", "f"} {
		schedule, _ := cycle.ParseCycle(kind, 1, 1)
		u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
		g.Randomize(1)
		r := pde.NewField[float64](grid)
		r.CopyInterior(g)
		type seen struct {
			level int
			at    cycle.Point
			u     []float64
		}
		var want, got []seen
		state := cycle.State[*pde.Field[float64]]{U: u.Clone(), R: r}
		watched := cycle.Watch(byDefinition(t, a, components, schedule), func(level int, at cycle.Point, s cycle.State[*pde.Field[float64]]) {
			var values []float64
			if s.U != nil {
				values = s.U.Interior()
			}
			want = append(want, seen{level, at, values})
		})
		for range 2 {
			state = cycle.Run(watched, schedule, state)
		}
		solver, err := NewSolver(a, Settings{Cycle: schedule, Components: components, MaxCycles: 2,
			Watch: func(level int, at cycle.Point, u, _ *pde.Field[float64]) {
				got = append(got, seen{level, at, u.Interior()})
			}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := solver.Solve(t.Context(), u, g); err != nil {
			t.Fatal(err)
		}
		if len(got) != len(want) {
			t.Fatalf("%s: saw %d states, want %d", kind, len(got), len(want))
		}
		for i, w := range want {
			if got[i].level != w.level || got[i].at != w.at {
				t.Fatalf("%s: state %d is %s of level %d, want %s of %d", kind, i, got[i].at, got[i].level, w.at, w.level)
			}
			for k, v := range got[i].u {
				x := 0.0
				if w.u != nil {
					x = w.u[k]
				}
				if math.Abs(v-x) > 1e-12 {
					t.Fatalf("%s: state %d, %s of level %d, value %d is %g, want %g", kind, i, w.at, w.level, k, v, x)
				}
			}
		}
	}
}

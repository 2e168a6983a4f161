package multigrid

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"mgtool/pde"
	"mgtool/pde/stencil"
)

// offsetsOf are those of a kernel's weights, x fastest.
func offsetsOf(k *KernelSmoother, dim int) (list [][3]int) {
	n := [3]int{1, 1, 1}
	for d := range dim {
		n[d] = k.Width
	}
	for z := range n[2] {
		for y := range n[1] {
			for x := range n[0] {
				list = append(list, [3]int{x - n[0]/2, y - n[1]/2, z - n[2]/2})
			}
		}
	}
	return list
}

// kernelTimes is K ∗ (r/D) in plain loops, with zeros beyond sides that are not periodic.
func kernelTimes(t *testing.T, a stencil.Operator, k *KernelSmoother, r *pde.Field[float64]) *pde.Field[float64] {
	t.Helper()
	constant, varying, err := a.Diagonal()
	if err != nil {
		t.Fatal(err)
	}
	offsets, dim, n := offsetsOf(k, r.Dim()), r.Dim(), r.N
	inner := [3]int{r.Inner(0), r.Inner(1), r.Inner(2)}
	out := pde.NewField[float64](r.Grid)
	for row := range r.RowCount() {
		j, z := r.RowAt(row)
		for i := 1; i <= inner[0]; i++ {
			sum := 0.0
			for w, o := range offsets {
				at, inside := [3]int{i, j, z}, true
				for d := range dim {
					at[d] += o[d]
					if r.Sides[d][0] == pde.Periodic {
						at[d] = (at[d]-1+n[d])%n[d] + 1
					}
					inside = inside && at[d] >= 1 && at[d] <= inner[d]
				}
				if !inside {
					continue
				}
				diagonal := constant
				if varying != nil {
					diagonal = varying.At(at[0], at[1], at[2])
				}
				sum += k.Weights[w] * r.At(at[0], at[1], at[2]) / diagonal
			}
			out.Set(i, j, z, sum)
		}
	}
	return out
}

// kernelOf is a kernel without any symmetry that smooths.
func kernelOf(dim, width int) KernelSmoother {
	k := KernelSmoother{Name: fmt.Sprintf("K%d", width), Width: width}
	rng := rand.New(rand.NewPCG(uint64(dim), uint64(width)))
	offsets := offsetsOf(&k, dim)
	for _, o := range offsets {
		w := (rng.Float64() - .3) * .3 / float64(len(offsets))
		if o == [3]int{} {
			w = .7
		}
		k.Weights = append(k.Weights, w)
	}
	return k
}

// correctionCases are corrections by kernels on grids and for operators of all kinds.
func correctionCases(t *testing.T) (list []operatorCase) {
	add := func(name string, a stencil.Operator, c Coarsening) {
		grid, _ := a.Grids()
		narrow, wide := kernelOf(grid.Dim(), 3), kernelOf(grid.Dim(), 5)
		smoothers := []Smoother{narrow, wide, Apart{Sequence{wide, narrow, wide}, Sequence{narrow, Jacobi{.7}}}}
		switch {
		case grid.Unknowns() > 1<<17:
			smoothers = []Smoother{Apart{narrow, wide}}
		case grid.Unknowns() > 1<<15: // the plain loops take their time
			smoothers = smoothers[2:]
		case grid.Unknowns() > 1<<12:
			smoothers = smoothers[1:2]
		}
		for _, s := range smoothers {
			list = append(list, operatorCase{name, a, Components{Smoother: s, Coarsening: c}})
		}
	}
	for _, g := range append(grids(t), mustGrid(t, []int{2*piece + 77}, []float64{1}), mustGrid(t, []int{210, 190}, []float64{1, 1}), mustGrid(t, []int{33, 45, 70}, []float64{1, 1, 1}), striped(t)) {
		add("−Δ", stencil.Laplacian(g), Rediscretized{})
	}
	for i, g := range periodic(t) {
		if i != 1 { // a long ring of rounding errors
			add("−Δ", stencil.Laplacian(g), Rediscretized{})
		}
	}
	for i, c := range sidedCases {
		if g := c.grid(t); g.Unknowns() > smallest && (g.Unknowns() < 1<<12 || i%3 == 0) {
			add("−Δ", c.operator(t, [3]float64{1, 1, 1}, 0), Rediscretized{})
			add("faces", facesOn(t, g, func(x, y, z float64) float64 { return 1.1 + math.Sin(300*x+200*y+100*z) }, func(_, _, _ float64) float64 { return 1 }), Rediscretized{})
		}
	}
	return list
}

// Corrections by kernels of 3^d and 5^d points do in the fused passes what the formula says.
func TestCorrectionsAreReference(t *testing.T) { areReference(t, correctionCases(t)) }

// From u = 0 a smoothing step by a kernel is the product of its matrix with g.
func TestKernelIsItsMatrix(t *testing.T) {
	for _, n := range [][]int{{17}, {9, 8}, {6, 7, 5}} {
		for _, width := range []int{3, 5} {
			g := mustGrid(t, n, []float64{1, 1, 1}[:len(n)])
			a := stencil.Laplacian(g)
			k := kernelOf(len(n), width)
			number := map[[3]int]int{}
			for row := range g.RowCount() {
				j, z := g.RowAt(row)
				for i := 1; i <= g.Inner(0); i++ {
					number[[3]int{i, j, z}] = len(number)
				}
			}
			d, _, _ := a.Diagonal()
			matrix := mat.NewDense(len(number), len(number), nil)
			for at, row := range number {
				for n, o := range offsetsOf(&k, g.Dim()) {
					if column, ok := number[[3]int{at[0] + o[0], at[1] + o[1], at[2] + o[2]}]; ok {
						matrix.Set(row, column, k.Weights[n]/d)
					}
				}
			}
			u, data := pde.NewField[float64](g), pde.NewField[float64](g)
			data.Randomize(3)
			f, err := newHierarchy[float64](a, Components{Smoother: k, Coarsening: Rediscretized{}})
			if err != nil {
				t.Fatal(err)
			}
			if err := f.bind(u, data); err != nil {
				t.Fatal(err)
			}
			f.levels[0].run(leg{after: 1})
			var want mat.VecDense
			want.MulVec(matrix, mat.NewVecDense(len(number), data.Interior()))
			for i, v := range u.Interior() {
				if math.Abs(v-want.AtVec(i)) > 1e-15 {
					t.Fatalf("%v, %d points along an axis: value %d is %g, want %g", g, width, i, v, want.AtVec(i))
				}
			}
		}
	}
}

// A kernel over a diagonal that varies is the stencil of every vertex that has c_o(x) =
// K_o/D(x+o): two ways to the same solution.
func TestKernelOverVaryingDiagonal(t *testing.T) {
	g := mustGrid(t, []int{48, 40}, []float64{1. / 48, 1. / 40})
	a := facesOn(t, g, func(x, y, _ float64) float64 { return math.Exp(2 * math.Sin(9*x+7*y)) }, nil)
	varying, err := stencil.Varying(g, a.Coefficients())
	if err != nil {
		t.Fatal(err)
	}
	k := kernelOf(2, 3)
	b := StencilSmoother{"K/D", func(grid pde.Grid) (stencil.Operator, error) {
		on := a
		for at := g; at != grid; {
			at = at.Coarsen()
			if on, err = on.Rediscretize(at); err != nil {
				return on, err
			}
		}
		_, d, _ := on.Diagonal()
		var c stencil.Coefficients
		for n, o := range offsetsOf(&k, 2) {
			f := pde.NewField[float64](grid)
			for row := range grid.RowCount() {
				j, _ := grid.RowAt(row)
				for i := 1; i <= grid.Inner(0); i++ {
					if x, y := i+o[0], j+o[1]; x >= 1 && x <= grid.Inner(0) && y >= 1 && y <= grid.Inner(1) {
						f.Set(i, j, 0, k.Weights[n]/d.At(x, y, 0))
					}
				}
			}
			c[13+o[0]+3*o[1]] = f
		}
		return stencil.Varying(grid, c)
	}}
	solve := func(a stencil.Operator, s Smoother) (u *pde.Field[float64], res *Result) {
		t.Helper()
		settings := krylovSettings(None, s)
		settings.RelTol, settings.MaxCycles = 0, 5
		settings.Cycle.Pre, settings.Cycle.Post = []int{2}, []int{1}
		if _, _, ok := a.Faces(); !ok {
			settings.Coarsening = Galerkin{}
		}
		solver, err := NewSolver(a, settings)
		if err != nil {
			t.Fatal(err)
		}
		u, data := pde.NewField[float64](g), pde.NewField[float64](g)
		data.Randomize(4)
		if res, err = solver.Solve(t.Context(), u, data); err != nil {
			t.Fatal(err)
		}
		return u, res
	}
	u, first := solve(a, k)
	v, second := solve(a, b)
	_, third := solve(varying, k)
	if d := norm(plus(-1)(u, v)) / norm(v); !(d < 1e-13) {
		t.Errorf("solutions differ by %.1e", d)
	}
	if f, s := first.Residuals[5], second.Residuals[5]; math.Abs(f-s) > 1e-10*s {
		t.Errorf("residuals %g and %g", f, s)
	}
	if !(third.Factor < .6) { // by another coarse operator, but a cycle
		t.Errorf("with the coefficients of every vertex: factor %.3f, want less than 0.6", third.Factor)
	}
}

// In mixed precision, whose grids have other lengths and whose operators another size, B and
// K are what they are in double: cycles reduce the residual by the same.
func TestCorrectionsInMixedPrecision(t *testing.T) {
	grid := mustGrid(t, []int{64, 96}, []float64{3, 3.1})
	a, err := stencil.Diffusion(grid, [3]float64{5, 4.5}, .01)
	if err != nil {
		t.Fatal(err)
	}
	b := StencilSmoother{"B", func(g pde.Grid) (stencil.Operator, error) {
		on, err := stencil.Diffusion(g, [3]float64{5, 4.5}, .01)
		if err != nil {
			return on, err
		}
		d, _, err := on.Diagonal()
		if err != nil {
			return on, err
		}
		return stencil.Constant(g, stencil.Kernel{13: .75 / d, 12: .05 / d, 14: .05 / d})
	}}
	for _, s := range []Smoother{b, kernelOf(2, 3), kernelOf(2, 5)} {
		var left [2]float64 // of the residual after so many cycles
		inner := 0
		for _, precision := range []Precision{Mixed, Double} {
			settings := krylovSettings(None, s)
			settings.Precision, settings.RelTol, settings.MaxCycles = precision, 0, 8
			solver, err := NewSolver(a, settings)
			if err != nil {
				t.Fatal(err)
			}
			u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
			g.Randomize(1)
			res, err := solver.Solve(t.Context(), u, g)
			if err != nil {
				t.Fatal(err)
			}
			if m, ok := solver.method.(*mixed); ok { // a cycle is so many
				left[precision], inner = res.Residuals[1], m.inner
			} else {
				left[precision] = res.Residuals[inner]
			}
		}
		if d, m := left[Double], left[Mixed]; !(math.Abs(m-d) < 1e-3*d) {
			t.Errorf("%v: %d cycles leave %g of the residual in double, %g in mixed precision", s, inner, d, m)
		}
	}
}

// Where there are rings of residuals no level has a second field; in three dimensions, on
// periodic grids, and beside sweeps in order it has.
func TestRingsStandForASecondField(t *testing.T) {
	flat, ring, solid := mustGrid(t, []int{32, 32}, []float64{1, 1}), mustGrid(t, []int{32, 32}, []float64{1, 1}), mustGrid(t, []int{8, 8, 8}, []float64{1, 1, 1})
	ring.Sides[1] = [2]pde.Boundary{pde.Periodic, pde.Periodic}
	k := kernelOf(2, 5)
	for _, c := range []struct {
		grid  pde.Grid
		s     Smoother
		field bool
	}{{flat, k, false}, {flat, Sequence{k, Jacobi{.7}}, false}, {flat, Sequence{k, GaussSeidel{}}, true}, {flat, Jacobi{.7}, true}, {ring, k, true}, {solid, kernelOf(3, 3), true}} {
		f, err := newHierarchy[float64](stencil.Laplacian(c.grid), Components{Smoother: c.s, Coarsening: Rediscretized{}})
		if err != nil {
			t.Fatal(err)
		}
		if got := f.levels[0].v != nil; got != c.field {
			t.Errorf("%v on %v: a second field: %v; want %v", c.s, c.grid, got, c.field)
		}
	}
}

package stencil

import (
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"mgtool/pde"
)

// errorsOn are the largest errors of the solutions of −Δu = g by a discretisation on
// grids of n cells along x, and three quarters as many along the other axes, so that
// cells are no squares. u = sin πx e^y cos z has values on the boundary that are not 0,
// and π² − 1 and π² times itself as g in two and three dimensions.
func errorsOn(t *testing.T, name string, dim int, ns ...int) (worst []float64) {
	t.Helper()
	exact := func(x, y, z float64) float64 { return math.Sin(math.Pi*x+1) * math.Exp(y) * math.Cos(z) }
	eigenvalue := math.Pi*math.Pi - []float64{0, 1, 0}[dim-1]
	data := func(x, y, z float64) float64 { return eigenvalue * exact(x, y, z) }
	for _, n := range ns {
		cells, widths := []int{n, 3 * n / 4, 3 * n / 4}[:dim], make([]float64, dim)
		for d := range widths {
			widths[d] = 1 / float64(cells[d])
		}
		grid, err := pde.NewGrid(cells, widths)
		if err != nil {
			t.Fatal(err)
		}
		d, err := Discretize(name, grid)
		if err != nil {
			t.Fatal(err)
		}
		u, g, b := pde.NewField[float64](grid), pde.NewField[float64](grid), pde.NewField[float64](grid)
		u.FillBoundary(exact)
		g.FillBoundary(data)
		g.FillInterior(data)
		for _, err := range []error{d.B.Apply(b, g), d.A.Residual(b, u, b)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		solve(t, d.A, b, u)
		_, e := u.Errors(exact)
		worst = append(worst, e)
	}
	return worst
}

// solve sets the unknowns of u to A⁻¹ b for a symmetric positive definite A.
func solve(t *testing.T, a Operator, b, u *pde.Field[float64]) {
	t.Helper()
	m, err := a.Matrix()
	if err != nil {
		t.Fatal(err)
	}
	n, g := u.Unknowns(), u.Grid
	width := 1 + g.Inner(0)*(1+g.Inner(1)*min(1, g.N[2])) // of the last offset, (1, 1, 1)
	if g.Dim() == 1 {
		width = 1
	}
	band := mat.NewSymBandDense(n, min(n-1, width), nil)
	m.DoNonZero(func(i, j int, v float64) {
		if j >= i {
			band.SetSymBand(i, j, v)
		}
	})
	var factor mat.BandCholesky
	if !factor.Factorize(band) {
		t.Fatalf("%v is not positive definite", a)
	}
	var x mat.VecDense
	if err := factor.SolveVecTo(&x, vector(b)); err != nil {
		t.Fatal(err)
	}
	unknowns := unknownsOf(g)
	for r := range g.RowCount() {
		j, k := g.RowAt(r)
		for i := range g.Inner(0) {
			u.Set(1+i, j, k, x.AtVec(unknowns.index([3]int{1 + i, j, k})))
		}
	}
}

// order fails unless errors shrink like h^want between the two finest grids, which halve
// h, to a tenth.
func order(t *testing.T, name string, dim int, want float64, ns ...int) {
	t.Helper()
	e := errorsOn(t, name, dim, ns...)
	if got := math.Log2(e[len(e)-2] / e[len(e)-1]); !(math.Abs(got-want) < .1) {
		t.Errorf("%s in dimension %d: errors %.3g, order %.3f; want %g", name, dim, e, got, want)
	}
}

func TestVertexIsSecondOrder(t *testing.T) {
	order(t, "vertex", 1, 2, 8, 16, 32)
	order(t, "vertex", 2, 2, 8, 16, 32)
	order(t, "vertex", 3, 2, 8, 16)
}

func TestDiscretizeKnowsNames(t *testing.T) {
	g := grid(t, []int{8, 8})
	names := Discretizations()
	if !slices.Contains(names, "vertex") {
		t.Errorf("names %v; want vertex among them", names)
	}
	for _, name := range names {
		d, err := Discretize(name, g)
		if err != nil {
			t.Fatal(err)
		}
		// On a coarser grid it is what it would be there.
		coarse := g.Coarsen()
		want, err := Discretize(name, coarse)
		if err != nil {
			t.Fatal(err)
		}
		got, err := d.A.Rediscretize(coarse)
		if err != nil {
			t.Fatal(err)
		}
		if on, _ := got.Grids(); on != coarse || got.kernel != want.A.kernel {
			t.Errorf("%s, rediscretised, is %v on %v; want %v on %v", name, got.kernel, on, want.A.kernel, coarse)
		}
		if _, err := Discretize(name, pde.Grid{}); err == nil {
			t.Errorf("%s accepts a grid without axes", name)
		}
	}
	if _, err := Discretize("cell", g); err == nil || !strings.Contains(err.Error(), "known: vertex") {
		t.Errorf("%v; want an error that lists the names", err)
	}
}

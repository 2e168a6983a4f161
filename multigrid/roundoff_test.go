package multigrid

import (
	"context"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"mgtool/pde"
	"mgtool/pde/stencil"
)

// Where coefficients vary by 10¹², u is small in the rows that are large: what rounds there
// hides nothing elsewhere, and the tolerance is reached, whatever solves. u is then as good
// as a direct solution, whose matrix with a diagonal of ones has a condition below 10³.
func TestRoundingOfLargeRows(t *testing.T) {
	step := func(x, _ float64) float64 { return 1 + 1e12*map[bool]float64{true: 1}[x > .5] }
	smooth := func(x, _ float64) float64 { return math.Exp(28 * x) }
	grid := square(t, 24)
	for _, c := range []struct {
		about string
		a     stencil.Operator
	}{
		{"step, by faces", byFaces(t, grid, step)},
		{"step, by rows", fluxOperator(t, grid, func(_ int, x [3]int) float64 { return step(float64(x[0])/24, 0) }, 0)},
		{"smooth, by faces", byFaces(t, grid, smooth)},
	} {
		for _, k := range []Krylov{None, CG, FGMRES, BiCGStab} {
			settings, _ := Choose(c.a)
			settings.Krylov, settings.RelTol = k, 1e-10
			u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
			u.FillBoundary(func(x, _, _ float64) float64 { return map[bool]float64{true: 1}[x == 0] })
			g.FillInterior(func(_, _, _ float64) float64 { return 1 })
			solver, err := NewSolver(c.a, settings)
			if err != nil {
				t.Fatal(err)
			}
			res, err := solver.Solve(context.Background(), u, g)
			if err != nil || res.Status != Converged {
				t.Errorf("%s, %v: %v after %d cycles, residuals %.2g, %v; want a residual below the tolerance", c.about, k, res.Status, res.Cycles, res.Residuals, err)
				continue
			}
			if e := distance(u, directly(t, c.a, u, g)); e > 1e-9 {
				t.Errorf("%s, %v: u is %.2g off that of a direct solution", c.about, k, e)
			}
		}
	}
}

// distance is max |u − v| over max |v|, inside.
func distance(u, v *pde.Field[float64]) float64 {
	d := v.Clone()
	for i, x := range u.Data() {
		d.Data()[i] -= x
	}
	return largest(d) / largest(v)
}

// directly solves A v = g by elimination on the matrix with a diagonal of ones, for the
// boundary values of u.
func directly(t *testing.T, a stencil.Operator, u, g *pde.Field[float64]) *pde.Field[float64] {
	t.Helper()
	v, r := u.Clone(), pde.NewField[float64](u.Grid)
	v.FillInterior(func(_, _, _ float64) float64 { return 0 })
	if err := a.Residual(r, v, g); err != nil {
		t.Fatal(err)
	}
	matrix, err := a.Matrix()
	if err != nil {
		t.Fatal(err)
	}
	n, _ := matrix.Dims()
	dense, right := mat.NewDense(n, n, nil), mat.NewVecDense(n, r.Interior())
	for i := range n {
		d := matrix.At(i, i)
		for j := range n {
			dense.Set(i, j, matrix.At(i, j)/d)
		}
		right.SetVec(i, right.AtVec(i)/d)
	}
	var x mat.VecDense
	if err := x.SolveVec(dense, right); err != nil {
		t.Fatal(err)
	}
	at := 0
	for row := range v.RowCount() {
		j, k := v.RowAt(row)
		at += copy(v.Row(j, k)[1:1+v.Inner(0)], x.RawVector().Data[at:])
	}
	return v
}

// What |A| |u| is of an operator by faces, it is of the same one by rows, on every kind of side.
func TestProductsByFaces(t *testing.T) {
	for _, n := range [][]int{{9}, {2}, {7, 6}, {6, 2, 5}} {
		for _, cells := range []bool{false, true} {
			for _, sides := range [][2]pde.Boundary{{pde.Dirichlet, pde.Neumann}, {pde.Neumann, pde.Neumann}, {pde.Periodic, pde.Periodic}} {
				h := make([]float64, len(n))
				for d := range h {
					h[d] = 1
				}
				grid := mustGrid(t, n, h)
				grid.Cells = cells
				for d := range n {
					grid.Sides[d] = sides
				}
				var along [3]*pde.Field[float64]
				for d := range n {
					along[d] = pde.NewField[float64](grid)
					along[d].Randomize(uint64(d))
					for i, v := range along[d].Data() {
						along[d].Data()[i] = math.Abs(v)
					}
				}
				faces, err := stencil.Faces(grid, along, nil)
				if err != nil {
					t.Fatal(err)
				}
				rows, err := stencil.Varying(grid, faces.Coefficients())
				if err != nil {
					t.Fatal(err)
				}
				u := pde.NewField[float64](grid)
				if products(faces, u, Norm2)() != 0 {
					t.Errorf("%v: products with u = 0; want 0", grid)
				}
				u.Randomize(3)
				got, want := products(faces, u, Norm2)(), products(rows, u, Norm2)()
				if !(math.Abs(got-want) < 1e-13*want) {
					t.Errorf("%v, cells %t, sides %v: %g by faces, %g by rows", grid, cells, sides, got, want)
				}
			}
		}
	}
}

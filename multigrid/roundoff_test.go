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

package stencil

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"mgtool/pde"
)

// closedGrids are grids with closed sides, and coefficients α for them.
func closedGrids(t testing.TB) (grids []pde.Grid, alphas [][3][2]float64) {
	t.Helper()
	const d, p, n = pde.Dirichlet, pde.Periodic, pde.Neumann
	for _, c := range []struct {
		n     []int
		sides [3][2]pde.Boundary
		cells bool
		alpha [3][2]float64
	}{
		{[]int{8}, [3][2]pde.Boundary{{n, n}}, false, [3][2]float64{}},
		{[]int{7}, [3][2]pde.Boundary{{n, d}}, false, [3][2]float64{{.7, 0}}},
		{[]int{2}, [3][2]pde.Boundary{{d, n}}, false, [3][2]float64{{0, 2}}},
		{[]int{9}, [3][2]pde.Boundary{{n, n}}, true, [3][2]float64{{.4, 0}}},
		{[]int{6, 4}, [3][2]pde.Boundary{{n, d}, {n, n}}, false, [3][2]float64{{1, 0}, {0, 3}}},
		{[]int{5, 7}, [3][2]pde.Boundary{{p, p}, {d, n}}, false, [3][2]float64{{}, {0, .2}}},
		{[]int{6, 5}, [3][2]pde.Boundary{{d, n}, {d, d}}, true, [3][2]float64{{0, 5}}},
		{[]int{6, 7}, [3][2]pde.Boundary{{p, p}, {n, d}}, true, [3][2]float64{}},
		{[]int{4, 5, 6}, [3][2]pde.Boundary{{n, n}, {d, n}, {p, p}}, false, [3][2]float64{{1, 2}, {0, 3}}},
		{[]int{5, 4, 3}, [3][2]pde.Boundary{{d, d}, {n, d}, {n, n}}, true, [3][2]float64{{}, {1, 0}, {2, 3}}},
		{[]int{5, 7, 4}, [3][2]pde.Boundary{{p, p}, {p, p}, {n, n}}, false, [3][2]float64{}},
	} {
		h := []float64{.3, .2, .25}[:len(c.n)]
		g, err := pde.NewGrid(c.n, h)
		if err != nil {
			t.Fatal(err)
		}
		g.Sides, g.Cells = c.sides, c.cells
		grids, alphas = append(grids, g), append(alphas, c.alpha)
	}
	return grids, alphas
}

// The rows of an operator with closed sides are those of ghosts that the boundary
// conditions give, one axis after the other.
func TestClosures(t *testing.T) {
	grids, alphas := closedGrids(t)
	for at, g := range grids {
		alpha := alphas[at]
		a, err := Robin(g, [3]float64{1.1, .7, 1.3}, .6, alpha)
		if err != nil {
			t.Fatal(err)
		}
		u, y := pde.NewField[float64](g), pde.NewField[float64](g)
		u.Randomize(uint64(at))
		u.FillBoundary(func(x, y, z float64) float64 { return 0 })
		u.FillGhosts()
		if err := a.Apply(y, u); err != nil {
			t.Fatal(err)
		}
		// The same with values in the ghosts.
		ghost := func(d, side, i, j, k int) float64 {
			inside, next := [3]int{i, j, k}, [3]int{i, j, k}
			if step := 1 - 2*side; true {
				inside[d] += step
				next[d] += 2 * step
			}
			u1, h := u.At(inside[0], inside[1], inside[2]), g.H[d]
			switch {
			case g.Sides[d][side] == pde.Periodic:
				return u.At(i, j, k)
			case g.Sides[d][side] == pde.Dirichlet && g.Cells: // (u0 + u1)/2 = 0
				return -u1
			case g.Sides[d][side] == pde.Dirichlet:
				return 0
			case g.Cells: // (u0 − u1)/h + α (u0 + u1)/2 = 0
				return u1 * (1/h - alpha[d][side]/2) / (1/h + alpha[d][side]/2)
			}
			return u.At(next[0], next[1], next[2]) - 2*h*alpha[d][side]*u1 // (u0 − u2)/2h + α u1 = 0
		}
		for row := range g.RowCount() {
			j, k := g.RowAt(row)
			for i := 1; i <= g.Inner(0); i++ {
				here := u.At(i, j, k)
				want := .6 * here
				for d := range g.Dim() {
					for side := range 2 {
						x := [3]int{i, j, k}
						x[d] += 2*side - 1
						v := 0.0
						if x[d] == 0 || x[d] == g.Inner(d)+1 {
							v = ghost(d, side, x[0], x[1], x[2])
						} else {
							v = u.At(x[0], x[1], x[2])
						}
						want += []float64{1.1, .7, 1.3}[d] * (here - v) / (g.H[d] * g.H[d])
					}
				}
				if got := y.At(i, j, k); !(math.Abs(got-want) < 1e-12*(1+math.Abs(want))) {
					t.Fatalf("%v %v cells %t: A u is %g at %v; want %g", g, g.Sides, g.Cells, got, [3]int{i, j, k}, want)
				}
			}
		}
		closedIsOne(t, a)
		coarse := g
		for d := range g.Dim() {
			if g.N[d] > 2 {
				coarse.N[d] = (g.N[d] + 1) / 2
				coarse.H[d] = g.H[d] * float64(g.N[d]) / float64(coarse.N[d])
			}
		}
		if coarse == g {
			continue
		}
		r, err := FullWeighting(g, coarse)
		if err != nil {
			t.Fatal(err)
		}
		p, err := Linear(g, coarse)
		if err != nil {
			t.Fatal(err)
		}
		again, err := a.Rediscretize(coarse)
		if err != nil {
			t.Fatal(err)
		}
		for _, op := range []Operator{r, p, again} {
			closedIsOne(t, op)
		}
		transfersAreRight(t, r, p)
	}
}

// closedIsOne checks that the ways to look at an operator agree: its products, its
// matrix, its coefficients, its diagonal and its transpose.
func closedIsOne(t *testing.T, a Operator) {
	t.Helper()
	matrix, err := a.Matrix()
	if err != nil {
		t.Fatal(err)
	}
	dense := mat.DenseCopyOf(matrix)
	from, to := a.Grids()
	x, y := pde.NewField[float64](from), pde.NewField[float64](to)
	x.Randomize(3)
	x.FillGhosts()
	if err := a.Apply(y, x); err != nil {
		t.Fatal(err)
	}
	var want mat.VecDense
	values := x.Interior()
	want.MulVec(dense, mat.NewVecDense(len(values), values))
	for i, v := range y.Interior() {
		if math.Abs(v-want.AtVec(i)) > 1e-12*(1+math.Abs(v)) {
			t.Fatalf("%v %v: value %d is %g by rows and %g by the matrix", a, from.Sides, i, v, want.AtVec(i))
		}
	}
	flipped, err := a.Transpose().Matrix()
	if err != nil {
		t.Fatal(err)
	}
	if other := mat.DenseCopyOf(flipped); !mat.EqualApprox(other.T(), dense, 1e-13) {
		t.Fatalf("%v %v: the transpose differs\n%v\n%v", a, from.Sides, mat.Formatted(dense), mat.Formatted(other.T()))
	}
	back, err := a.Transpose().Transpose().Matrix()
	if err != nil || !mat.EqualApprox(mat.DenseCopyOf(back), dense, 1e-13) {
		t.Fatalf("%v: the transpose of the transpose differs (%v)", a, err)
	}
	if from != to {
		return
	}
	if c := a.Coefficients(); a.closures != nil {
		b, err := Varying(from, c)
		if err != nil {
			t.Fatal(err)
		}
		m, err := b.Matrix()
		if err != nil || !mat.EqualApprox(mat.DenseCopyOf(m), dense, 1e-13) {
			t.Fatalf("%v: the matrix of the coefficients differs (%v)", a, err)
		}
	}
	constant, varying, err := a.Diagonal()
	if err != nil {
		t.Fatal(err)
	}
	for i := range from.Unknowns() {
		d := constant
		if varying != nil {
			d = varying.Interior()[i]
		}
		if math.Abs(d-dense.At(i, i)) > 1e-12*math.Abs(d) {
			t.Fatalf("%v: the diagonal is %g at %d; want %g", a, d, i, dense.At(i, i))
		}
	}
}

// transfersAreRight checks what interpolation and restriction stand for.
func transfersAreRight(t *testing.T, r, p Operator) {
	t.Helper()
	fine, coarse := r.Grids()
	name := fmt.Sprintf("%v to %v, sides %v, cells %t", fine, coarse, fine.Sides, fine.Cells)
	// P of u = Π of linear functions that meet the conditions of the sides where P takes
	// them into account, else a constant.
	for d := range fine.Dim() {
		sides := fine.Sides[d]
		along := func(x float64) float64 { return 1 }
		length := float64(fine.N[d]) * fine.H[d]
		switch {
		case sides[0] == pde.Dirichlet && sides[1] == pde.Dirichlet:
			along = func(x float64) float64 { return min(x, length-x) } // linear near both
			if coarse.N[d]%2 == 1 && !fine.Cells || fine.Cells && coarse.N[d]%2 == 1 {
				continue // the kink is at no coarse point
			}
		case sides[0] == pde.Dirichlet:
			along = func(x float64) float64 { return x }
			if fine.Cells {
				continue
			}
		case sides[1] == pde.Dirichlet:
			along = func(x float64) float64 { return length - x }
			if fine.Cells {
				continue
			}
		case sides[0] == pde.Neumann && !fine.Cells:
			along = func(x float64) float64 { return 2 + x }
		}
		axis := NewAxis(fine, coarse, d)
		for i := 1; i <= fine.Inner(d); i++ {
			m, w := axis.Weights(i)
			got := 0.0
			for q, w := range w {
				if w != 0 {
					at := coarse.Coordinate(d, m+q)
					got += w * along(at)
				}
			}
			x := fine.Coordinate(d, i)
			if math.Abs(got-along(x)) > 1e-12 && !(fine.Cells && sides[0] == pde.Dirichlet && math.Abs(x-length/2) < coarse.H[d]) {
				t.Fatalf("%s: along axis %d P gives %g at %d; want %g", name, d, got, i, along(x))
			}
		}
		// R preserves constants where cells are halved, and the integral: Σ_m V_m H (R r)_m = Σ_i V_i h r_i.
		sums := make([]float64, fine.Inner(d)+1)
		for m := 1; m <= coarse.Inner(d); m++ {
			c, total := axis.Children(m), 0.0
			for q := range c.Count {
				total += c.W[q]
				i := (c.First+q-1)%fine.Inner(d) + 1
				sums[i] += c.W[q] * axis.part(m, coarse.N[d]) * coarse.H[d]
			}
			if (axis.Half() || axis.Cells) && math.Abs(total-1) > 1e-12 && (fine.Closed() || m > 1 && m < coarse.Inner(d)) {
				t.Fatalf("%s: along axis %d the weights of R for %d add up to %g", name, d, m, total)
			}
		}
		if !fine.Closed() {
			continue
		}
		for i, sum := range sums[1:] {
			if want := axis.part(i+1, fine.N[d]) * fine.H[d]; math.Abs(sum-want) > 1e-12 {
				t.Fatalf("%s: along axis %d fine point %d gives %g to the integral; want %g", name, d, i+1, sum, want)
			}
		}
	}
}

func TestClosuresRefuse(t *testing.T) {
	g, _ := pde.NewGrid([]int{8}, []float64{1})
	if _, err := Robin(g, [3]float64{1}, 0, [3][2]float64{{1, 0}}); err == nil {
		t.Error("a coefficient on a Dirichlet side; want an error")
	}
	g.Sides[0] = [2]pde.Boundary{pde.Neumann, pde.Neumann}
	for _, alpha := range []float64{-1, math.NaN()} {
		if _, err := Robin(g, [3]float64{1}, 0, [3][2]float64{{alpha, 0}}); err == nil {
			t.Errorf("a coefficient %g; want an error", alpha)
		}
	}
	if _, err := Restriction(g, g.Coarsen(), Kernel{centre: 1}); err == nil {
		t.Error("a kernel that restricts on a Neumann side; want an error")
	}
}

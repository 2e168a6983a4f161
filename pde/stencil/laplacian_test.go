package stencil

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"mgtool/pde"
)

// The matrix of −Δ is the sum of Kronecker products of the second difference with
// identities, I ⊗ I ⊗ T_x + I ⊗ T_y ⊗ I + T_z ⊗ I ⊗ I, with Dirichlet and periodic sides.
func TestLaplacianIsKronecker(t *testing.T) {
	second := func(g pde.Grid, d int) mat.Matrix {
		n := g.Inner(d)
		m := mat.NewDense(n, n, nil)
		for i := range n {
			m.Set(i, i, 2)
			for _, j := range []int{i - 1, i + 1} {
				if g.Sides[d][1] == pde.Periodic {
					j = (j + n) % n
				}
				if j >= 0 && j < n {
					m.Set(i, j, m.At(i, j)-1)
				}
			}
		}
		m.Scale(1/(g.H[d]*g.H[d]), m)
		return m
	}
	for dim := 1; dim <= 3; dim++ {
		for _, periodic := range sides(dim) {
			g := grid(t, []int{5, 4, 2}[:dim], periodic...)
			want := mat.NewDense(g.Unknowns(), g.Unknowns(), nil)
			for term := range dim {
				product := mat.Matrix(mat.NewDiagDense(1, []float64{1}))
				for d := range dim {
					factor := second(g, d)
					if d != term {
						one := mat.NewDiagDense(g.Inner(d), nil)
						for i := range g.Inner(d) {
							one.SetDiag(i, 1)
						}
						factor = one
					}
					var next mat.Dense
					next.Kronecker(factor, product) // x is fastest: the last factor
					product = &next
				}
				want.Add(want, product)
			}
			a := Laplacian(g)
			if !mat.Equal(matrix(t, a), want) {
				t.Errorf("periodic %v: the matrix of −Δ on %v is\n%v\nwant\n%v", periodic, g, mat.Formatted(matrix(t, a)), mat.Formatted(want))
			}
		}
	}
}

// Boundary values enter A u and those of the result stay: −Σ a_d ∂²_d + c of a quadratic
// function is exact everywhere, next to the boundary too.
func TestBoundaryEnters(t *testing.T) {
	must := must(t)
	for dim := 1; dim <= 3; dim++ {
		g := grid(t, []int{6, 5, 4}[:dim])
		square := func(x, y, z float64) float64 { return 1 + x*x + 4*y*y + 9*z*z }
		u, f := pde.NewField[float64](g), pde.NewField[float64](g)
		u.FillBoundary(square)
		u.FillInterior(square)
		f.FillBoundary(func(_, _, _ float64) float64 { return 5 })
		a := must(Diffusion(g, [3]float64{2, 3, 5}, 7))
		if err := a.Apply(f, u); err != nil {
			t.Fatal(err)
		}
		constant := -[]float64{4, 4 + 24, 4 + 24 + 90}[dim-1]
		if _, worst := f.Errors(func(x, y, z float64) float64 { return constant + 7*square(x, y, z) }); worst > 1e-10 {
			t.Errorf("dimension %d: off by %g", dim, worst)
		}
		if f.At(0, 0, 0) != 5 {
			t.Errorf("dimension %d: Apply changed the boundary", dim)
		}
		// The residual with the data A u is 0, also where it replaces the data.
		r := pde.NewField[float64](g)
		if err := a.Residual(r, u, f); err != nil {
			t.Fatal(err)
		}
		if err := a.Residual(f, u, f); err != nil {
			t.Fatal(err)
		}
		for i, v := range append(r.Interior(), f.Interior()...) {
			if v != 0 {
				t.Fatalf("dimension %d: residual %d of the solution is %g", dim, i, v)
			}
		}
	}
}

// A u converges to −Δu with the order 2 on a function that is not a polynomial.
func TestLaplacianIsSecondOrder(t *testing.T) {
	for dim := 1; dim <= 3; dim++ {
		smooth := func(x, y, z float64) float64 { return math.Sin(x + 2*y + 3*z) }
		var worst [2]float64
		for m, n := range []int{8, 16} {
			g, err := pde.Unit(dim, n)
			if err != nil {
				t.Fatal(err)
			}
			u, f := pde.NewField[float64](g), pde.NewField[float64](g)
			u.FillBoundary(smooth)
			u.FillInterior(smooth)
			if err := Laplacian(g).Apply(f, u); err != nil {
				t.Fatal(err)
			}
			_, worst[m] = f.Errors(func(x, y, z float64) float64 { return []float64{1, 5, 14}[dim-1] * smooth(x, y, z) })
		}
		if order := math.Log2(worst[0] / worst[1]); math.Abs(order-2) > .1 {
			t.Errorf("dimension %d: errors %.3g, order %.2f; want 2", dim, worst, order)
		}
	}
}

// Star is the weights of the Laplacian and of diffusion, and of nothing else.
func TestStar(t *testing.T) {
	must := must(t)
	g, coarse := grid(t, []int{8, 4}), coarsened(grid(t, []int{8, 4}), 4, 2)
	w, c, ok := must(Diffusion(g, [3]float64{3, 5, 99}, 7)).Star()
	if want := [3]float64{12, 80}; !ok || w != want || c != 2*(12+80)+7 {
		t.Errorf("weights %v, centre %g, %t; want %v, 191, true", w, c, ok, want)
	}
	for _, a := range []Operator{
		must(Constant(g, Kernel{12: 1, 13: 4})), must(Constant(g, Plane([3][3]float64{{1}, {0, 8}, {0, 0, 1}}))),
		must(Varying(g, Coefficients{13: whole(g, 1)})), must(FullWeighting(g, coarse)), must(Restriction(g, coarse, Kernel{13: 1})),
	} {
		if _, _, ok := a.Star(); ok {
			t.Errorf("%v with %v is a star", a, a.kernel)
		}
	}
}

package stencil

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"mgtool/pde"
)

// Coefficients and values in these tests are small whole numbers or multiples of a
// power of two where results are compared for equality: their sums are exact.

// grid has cells of different widths along each axis; the axes named are periodic.
func grid(t testing.TB, n []int, periodic ...int) pde.Grid {
	t.Helper()
	h := []float64{0.5, 0.25, 2}
	g, err := pde.NewGrid(n, h[:len(n)])
	if err == nil {
		g, err = g.PeriodicAlong(periodic...)
	}
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// coarsened is g with nc cells along the axes, of the same lengths.
func coarsened(g pde.Grid, nc ...int) pde.Grid {
	for d, n := range nc {
		g.H[d] *= float64(g.N[d]) / float64(n)
		g.N[d] = n
	}
	return g
}

// sides are none of the axes, each one, and all.
func sides(dim int) [][]int {
	list := [][]int{nil}
	for d := range dim {
		list = append(list, []int{d})
	}
	if dim > 1 {
		list = append(list, []int{0, 1, 2}[:dim])
	}
	return list
}

// someKernel has no symmetry.
func someKernel(dim int, seed uint64) (k Kernel) {
	rng := rand.New(rand.NewPCG(seed, 1))
	for o := range k {
		v := float64(rng.IntN(19) - 9)
		if at := Offset(o); (dim > 1 || at[1] == 0) && (dim > 2 || at[2] == 0) {
			k[o] = v
		}
	}
	return k
}

// someFields are coefficients without symmetry, none at every third offset.
func someFields(g pde.Grid, seed uint64) (c Coefficients) {
	k := someKernel(g.Dim(), seed)
	for o := range c {
		if k[o] != 0 && o%3 != 1 || o == centre {
			c[o] = unfilled(g, seed+uint64(o))
		}
	}
	return c
}

// whole is a field of whole numbers, its periodic ghosts filled, the others 0.
func whole(g pde.Grid, seed uint64) *pde.Field[float64] {
	f := unfilled(g, seed)
	f.FillGhosts()
	return f
}

// unfilled is the same with all ghosts 0.
func unfilled(g pde.Grid, seed uint64) *pde.Field[float64] {
	rng := rand.New(rand.NewPCG(seed, 2))
	f := pde.NewField[float64](g)
	for r := range g.RowCount() {
		j, k := g.RowAt(r)
		lo, hi := g.Inside(0)
		for i := lo; i < hi; i++ {
			f.Set(i, j, k, float64(rng.IntN(19)-9))
		}
	}
	return f
}

func must(t testing.TB) func(a Operator, err error) Operator {
	return func(a Operator, err error) Operator {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
}

func matrix(t testing.TB, a Operator) *mat.Dense {
	t.Helper()
	m, err := a.Matrix()
	if err != nil {
		t.Fatal(err)
	}
	return mat.DenseCopyOf(m)
}

// every calls test for operators of every kind in dimensions 1 to 3, with Dirichlet and
// periodic sides; exact says that the coefficients are whole numbers or quarters.
func every(t *testing.T, test func(t *testing.T, a Operator, exact bool)) {
	try := func(name string, a Operator, exact bool) {
		t.Run(name, func(t *testing.T) { test(t, a, exact) })
	}
	must := must(t)
	for dim := 1; dim <= 3; dim++ {
		for _, periodic := range sides(dim) {
			name := func(what string) string { return fmt.Sprintf("%s in %d, periodic %v", what, dim, periodic) }
			g := grid(t, []int{7, 2, 5}[:dim], periodic...)
			try(name("constant"), must(Constant(g, someKernel(dim, 1))), true)
			try(name("varying"), must(Varying(g, someFields(g, 3))), true)
			try(name("laplacian"), Laplacian(g), true)
			try(name("diffusion"), must(Diffusion(g, [3]float64{1, 3, 5}, 7)), true)
			// All axes halved; then one odd, one that stays and one halved.
			fine := grid(t, []int{8, 4, 6}[:dim], periodic...)
			coarse := coarsened(fine, []int{4, 2, 3}[:dim]...)
			semi := coarsened(fine, []int{4, 4, 3}[:dim]...)
			odd := grid(t, []int{7, 4, 6}[:dim], periodic...)
			oddCoarse := coarsened(odd, []int{4, 4, 3}[:dim]...)
			three := grid(t, []int{3, 5, 9}[:dim], periodic...)
			threeCoarse := coarsened(three, []int{2, 3, 5}[:dim]...)
			for _, c := range []pde.Grid{coarse, semi} {
				if c == coarse && dim == 1 {
					continue // the same
				}
				k := someKernel(dim, 5)
				try(name("restriction"), must(Restriction(fine, c, k)), true)
				try(name("prolongation"), must(Prolongation(fine, c, k)), true)
				try(name("varying restriction"), must(VaryingRestriction(fine, c, someFields(c, 7))), true)
				try(name("varying prolongation"), must(VaryingProlongation(fine, c, someFields(c, 8))), true)
				try(name("full weighting"), must(FullWeighting(fine, c)), true)
				try(name("linear"), must(Linear(fine, c)), true)
			}
			for _, p := range [][2]pde.Grid{{odd, oddCoarse}, {three, threeCoarse}} {
				try(name("odd full weighting"), must(FullWeighting(p[0], p[1])), false)
				try(name("odd linear"), must(Linear(p[0], p[1])), false)
			}
		}
	}
}

// vector is the unknowns of a field.
func vector(f *pde.Field[float64]) *mat.VecDense {
	v := f.Interior()
	return mat.NewVecDense(len(v), v)
}

// A x by loops is the matrix times x, where Dirichlet ghosts are 0.
func TestApplyIsMatrix(t *testing.T) {
	every(t, func(t *testing.T, a Operator, exact bool) {
		from, to := a.Grids()
		x, y := whole(from, 11), pde.NewField[float64](to)
		if err := a.Apply(y, x); err != nil {
			t.Fatal(err)
		}
		var want, off mat.VecDense
		want.MulVec(matrix(t, a), vector(x))
		off.SubVec(vector(y), &want)
		tolerance := 0.0
		if !exact {
			tolerance = 1e-14 // weights up to 1, values up to 9, at most 64 of them
		}
		if worst := mat.Norm(&off, math.Inf(1)); !(worst <= tolerance) || mat.Norm(&want, 1) == 0 {
			t.Errorf("off by %g", worst)
		}
	})
}

// The transposed operator has the transposed matrix.
func TestTranspose(t *testing.T) {
	every(t, func(t *testing.T, a Operator, exact bool) {
		tolerance := 0.0
		if !exact {
			tolerance = 1e-15
		}
		if m, mt := matrix(t, a), matrix(t, a.Transpose()); !mat.EqualApprox(mt, m.T(), tolerance) {
			t.Errorf("the matrix of the transpose\n%v\nis not that of\n%v", mat.Formatted(mt), mat.Formatted(m))
		}
		if m, mtt := matrix(t, a), matrix(t, a.Transpose().Transpose()); !mat.EqualApprox(mtt, m, tolerance) {
			t.Error("the transpose of the transpose is another operator")
		}
	})
}

// Scale multiplies the matrix.
func TestScale(t *testing.T) {
	every(t, func(t *testing.T, a Operator, _ bool) {
		m, scaled := matrix(t, a), a.Scale(-2)
		m.Scale(-2, m)
		if !mat.Equal(matrix(t, scaled), m) {
			t.Error("−2 A has not −2 times the matrix")
		}
		from, to := a.Grids()
		x, y, twice := whole(from, 1), pde.NewField[float64](to), pde.NewField[float64](to)
		if err := cmp.Or(a.Apply(y, x), scaled.Apply(twice, x)); err != nil {
			t.Fatal(err)
		}
		for i, v := range y.Interior() {
			if twice.Interior()[i] != -2*v {
				t.Fatalf("value %d of −2 A x is %g, want %g", i, twice.Interior()[i], -2*v)
			}
		}
	})
}

package pde

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// The matrix-free operator equals the assembled one, to a few roundings of the
// largest entry, the diagonal; in float32 to as many of its own.
func TestApplyIsAssembled(t *testing.T) {
	for _, g := range grids(t) {
		u, f := NewField[float64](g), NewField[float64](g)
		u.Randomize(1)
		Apply(f, u)
		a := Assemble(g)
		want := make([]float64, g.Unknowns())
		a.MulVecTo(want, false, u.Interior())
		for i, v := range f.Interior() {
			if math.Abs(v-want[i]) > 1e-14/4*g.Diagonal() {
				t.Fatalf("%v: row %d is %.12f, assembled %.12f", g, i, v, want[i])
			}
		}
		if g.Unknowns() < 250 && !mat.Equal(a, a.T()) {
			t.Errorf("%v: not symmetric", g)
		}
		if a.At(0, 0) != g.Diagonal() {
			t.Errorf("%v: diagonal %g, want %g", g, a.At(0, 0), g.Diagonal())
		}
		// g − A u with data g = A u of its own is zero, bit for bit.
		r := NewField[float64](g)
		Residual(r, u, f)
		for i, v := range r.Interior() {
			if v != 0 {
				t.Fatalf("%v: residual %d of an exact solution is %g", g, i, v)
			}
		}
		u32, f32 := NewField[float32](g), NewField[float32](g)
		u32.Randomize(1)
		Apply(f32, u32)
		for i, v := range f32.Interior() {
			if math.Abs(float64(v)-want[i]) > 1e-6*g.Diagonal() {
				t.Fatalf("%v: row %d is %.6f in float32, assembled %.6f", g, i, v, want[i])
			}
		}
	}
}

// Boundary values enter A u, those of the result stay: a quadratic function has
// exactly −Δu = −2 (1 + 4 + 9 …) everywhere, next to the boundary too. Rounding
// is that of values up to 100 times the diagonal.
func TestBoundaryEnters(t *testing.T) {
	for _, g := range grids(t) {
		square := func(x, y, z float64) float64 { return x*x + 4*y*y + 9*z*z }
		u, f := NewField[float64](g), NewField[float64](g)
		u.FillBoundary(square)
		u.FillInterior(square)
		f.FillBoundary(func(_, _, _ float64) float64 { return 5 })
		Apply(f, u)
		want := []float64{-2, -10, -28}[g.Dim()-1]
		size := square(g.H[0]*float64(g.N[0]), g.H[1]*float64(g.N[1]), g.H[2]*float64(g.N[2]))
		if _, worst := f.Errors(func(_, _, _ float64) float64 { return want }); worst > 1e-15*size*g.Diagonal() {
			t.Errorf("%v: −Δ of a quadratic function is off by %g", g, worst)
		}
		if f.At(0, 0, 0) != 5 || f.At(g.N[0], g.N[1], g.N[2]) != 5 {
			t.Errorf("%v: Apply changed the boundary", g)
		}
	}
}

// The solution of A u = g is off by O(h²) in every dimension, on cells that are
// no cubes too, with boundary values that are not zero.
func TestSecondOrder(t *testing.T) {
	for dim := 1; dim <= 3; dim++ {
		for _, name := range []string{"sine", "peak"} {
			p, err := Lookup(name, dim)
			if err != nil {
				t.Fatal(err)
			}
			var errors [2]float64
			for m, n := range []int{32, 64} {
				size := []int{n, n / 2, 3 * n / 4}[:dim]
				width := make([]float64, dim)
				for d := range width {
					width[d] = 1 / float64(size[d])
				}
				grid, err := NewGrid(size, width)
				if err != nil {
					t.Fatal(err)
				}
				u, g := p.Discretize(grid)
				conjugateGradients(t, u, g)
				errors[m], _ = u.Errors(p.Exact)
			}
			if order := math.Log2(errors[0] / errors[1]); math.Abs(order-2) > .1 {
				t.Errorf("%s in dimension %d: errors %.3g, order %.3f; want 2", name, dim, errors, order)
			}
		}
	}
}

// conjugateGradients solves A u = g to a residual of 1e-10 times the first, far
// below what the discretisation leaves.
func conjugateGradients(t *testing.T, u, g *Field[float64]) {
	t.Helper()
	dot := func(x, y *Field[float64]) (sum float64) {
		x.eachRow(func(row []float64, j, k int) {
			sum += floats.Dot(row[1:x.N[0]], y.Row(j, k)[1:x.N[0]])
		})
		return sum
	}
	r, p, ap := NewField[float64](u.Grid), NewField[float64](u.Grid), NewField[float64](u.Grid)
	Residual(r, u, g)
	p.CopyInterior(r)
	rr := dot(r, r)
	for target, step := 1e-20*rr, 0; rr > target; step++ {
		if step == 1000 {
			t.Fatalf("%v: conjugate gradients not done", u.Grid)
		}
		Apply(ap, p)
		alpha, last := rr/dot(p, ap), rr
		u.eachRow(func(row []float64, j, k int) {
			floats.AddScaled(row[1:u.N[0]], alpha, p.Row(j, k)[1:u.N[0]])
			floats.AddScaled(r.Row(j, k)[1:u.N[0]], -alpha, ap.Row(j, k)[1:u.N[0]])
		})
		rr = dot(r, r)
		p.eachRow(func(row []float64, j, k int) {
			floats.AddScaledTo(row[1:u.N[0]], r.Row(j, k)[1:u.N[0]], rr/last, row[1:u.N[0]])
		})
	}
}

// A stencil is centred and not flipped: an impulse against each entry.
func TestAddStencil(t *testing.T) {
	g, _ := Unit(2, 4)
	k := Stencil{{1, 2, 3}, {4, 5, 6}, {7, 8, 9}}
	x, y := NewField[float64](g), NewField[float64](g)
	x.Set(2, 2, 0, 1)
	AddStencil(y, k.Scale(2), x)
	for j := 1; j <= 3; j++ {
		for i := 1; i <= 3; i++ {
			// y(i,j) sees the impulse at offset (2−i, 2−j).
			if want := 2 * k[1+2-j][1+2-i]; y.At(i, j, 0) != want {
				t.Errorf("(%d,%d) is %g, want %g", i, j, y.At(i, j, 0), want)
			}
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("a 3×3 stencil in three dimensions did not panic")
		}
	}()
	cube, _ := Unit(3, 4)
	AddStencil(NewField[float64](cube), k, NewField[float64](cube))
}

func ExampleAssemble() {
	grid, _ := Unit(2, 4)
	a := Assemble(grid)
	r, c := a.Dims()
	fmt.Println(r, "by", c, "with", a.NNZ(), "entries, diagonal", a.At(4, 4))
	// Output: 9 by 9 with 33 entries, diagonal 64
}

func BenchmarkResidual(b *testing.B) {
	for dim, n := range map[int]int{1: 1 << 20, 2: 1024, 3: 100} {
		b.Run(fmt.Sprintf("dim=%d", dim), func(b *testing.B) {
			g, _ := Unit(dim, n)
			u, f, r := NewField[float64](g), NewField[float64](g), NewField[float64](g)
			u.Randomize(1)
			for b.Loop() {
				Residual(r, u, f)
			}
			b.ReportMetric(float64(g.Unknowns())*float64(b.N)/b.Elapsed().Seconds()/1e6, "Munknowns/s")
		})
	}
}

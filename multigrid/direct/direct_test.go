package direct

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"mgtool/pde"
	"mgtool/pde/stencil"
)

const dir, per, neu = pde.Dirichlet, pde.Periodic, pde.Neumann

// grids are all kinds of axes in one to three dimensions, with sizes of many factors, of
// few, and of one unknown.
func grids() (list []pde.Grid) {
	kinds := [][2]pde.Boundary{{dir, dir}, {neu, neu}, {dir, neu}, {neu, dir}, {per, per}}
	rng := rand.New(rand.NewPCG(1, 2))
	for dim := 1; dim <= 3; dim++ {
		for k := range 40 {
			var g pde.Grid
			g.Cells = k%2 == 1
			for d := range dim {
				g.N[d], g.H[d] = 2+rng.IntN([...]int{30, 12, 6}[dim-1]), .1+rng.Float64()
				g.Sides[d] = kinds[rng.IntN(len(kinds))]
			}
			list = append(list, g)
		}
	}
	return list
}

// Every mixture of sides, on vertices and cells, against elimination on the dense matrix;
// singular ones against the least squares of that.
func TestAgainstDense(t *testing.T) {
	singular := 0
	for k, g := range grids() {
		c := 0.0
		if k%3 == 0 {
			c = 2
		}
		a, err := stencil.Diffusion(g, [3]float64{1, .3, 2}, c)
		if k%4 < 2 && err == nil { // the same by its rows, as package elliptic has it
			fields := a.Coefficients()
			for o := range fields {
				if kernel, constant := a.Kernel(); constant && kernel[o] != 0 {
					fields[o] = pde.NewField[float64](g)
					fields[o].FillInterior(func(_, _, _ float64) float64 { return kernel[o] })
				}
			}
			a, err = stencil.Varying(g, fields)
		}
		if err != nil {
			t.Fatal(err)
		}
		u, rhs := pde.NewField[float64](g), pde.NewField[float64](g)
		rhs.Randomize(uint64(k))
		u.Randomize(7)
		if !g.Cells {
			u.FillBoundary(func(x, y, z float64) float64 { return math.Sin(x + 2*y + 3*z) })
		}
		// g − A u of 0 inside, before u is solved.
		zero, data := u.Clone(), pde.NewField[float64](g)
		zero.FillInterior(func(_, _, _ float64) float64 { return 0 })
		zero.FillGhosts()
		if err := a.Residual(data, zero, rhs); err != nil {
			t.Fatal(err)
		}
		name := fmt.Sprintf("%v, sides %v, cells %v, c = %g", g, g.Sides[:g.Dim()], g.Cells, c)
		s, err := New(a)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		lack, err := s.Solve(u, rhs)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		m, err := a.Matrix()
		if err != nil {
			t.Fatal(err)
		}
		n := g.Unknowns()
		dense, b := mat.NewDense(n, n, nil), mat.NewVecDense(n, data.Interior())
		m.DoNonZero(func(i, j int, v float64) { dense.Set(i, j, dense.At(i, j)+v) })
		if g.Closed() && c == 0 {
			// A u = g − lack, and the mean of u with the weights of A's left null vector
			// is 0.
			singular++
			var svd mat.SVD
			svd.Factorize(dense, mat.SVDFull)
			var left mat.Dense
			svd.UTo(&left)
			y := left.ColView(n - 1)
			sum, want, mean := 0.0, 0.0, 0.0
			for i, v := range u.Interior() {
				sum += y.AtVec(i)
				want += y.AtVec(i) * b.AtVec(i)
				mean += y.AtVec(i) * v
			}
			if want /= sum; math.Abs(lack-want) > 1e-10 || math.Abs(mean/sum) > 1e-10 {
				t.Errorf("%s: lack %g, want %g; weighted mean %g, want 0", name, lack, want, mean/sum)
			}
			for i := range n {
				b.SetVec(i, b.AtVec(i)-want)
			}
			var product mat.VecDense
			product.MulVec(dense, mat.NewVecDense(n, u.Interior()))
			product.SubVec(&product, b)
			if r := mat.Norm(&product, math.Inf(1)); r > 1e-10 {
				t.Errorf("%s: residual %g", name, r)
			}
			continue
		}
		var x mat.VecDense
		if err := x.SolveVec(dense, b); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		largest, worst := 0.0, 0.0
		for i, v := range u.Interior() {
			largest, worst = max(largest, math.Abs(x.AtVec(i))), max(worst, math.Abs(v-x.AtVec(i)))
		}
		if lack != 0 || !(worst <= 1e-11*largest) {
			t.Errorf("%s: off by %g of %g, lack %g", name, worst, largest, lack)
		}
	}
	if singular < 5 {
		t.Errorf("%d singular problems among the grids; want some", singular)
	}
}

// Sums by chirps are those of the fast transforms, for every kind of axis and length.
func TestChirps(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for kind := waves; kind <= cellMirrored; kind++ {
		for _, n := range []int{2, 3, 4, 5, 8, 31, 32, 45} {
			a := &axis{kind: kind, n: n, scale: 1}
			fast, slow := a.transform(), &transform{axis: a, slow: newSlow(a)}
			if fast.slow != nil {
				t.Fatalf("%d is served by chirps", n)
			}
			for name, apply := range map[string]func(*transform, []float64){"forward": (*transform).forward, "backward": (*transform).backward} {
				v := make([]float64, n)
				for i := range v {
					v[i] = rng.Float64() - .5
				}
				w := slices.Clone(v)
				apply(fast, v)
				apply(slow, w)
				for i := range v {
					if math.Abs(v[i]-w[i]) > 1e-12*float64(n) {
						t.Errorf("kind %d, length %d, %s: entry %d is %g by a chirp, want %g", kind, n, name, i, w[i], v[i])
						break
					}
				}
			}
		}
	}
	for n, want := range map[int]int{1: 1, 2: 2, 64: 2, 97: 97, 2 * 97: 97, 9973: 9973, 45: 5, 49: 7} {
		if got := largestPrime(n); got != want {
			t.Errorf("largest prime factor of %d: %d, want %d", n, got, want)
		}
	}
}

// Constant operators, whose kernel is known, of sizes of every kind, and the closed form
// that they have on sines: −Δ sin = λ sin.
func TestSines(t *testing.T) {
	for _, n := range [][]int{{8, 8}, {97, 64}, {1021, 9}, {2, 300}, {300, 2}, {37, 12, 23}, {2, 2, 2}, {3, 4, 5}} {
		g, err := pde.NewGrid(n, []float64{.1, .2, .3}[:len(n)])
		if err != nil {
			t.Fatal(err)
		}
		a, err := stencil.Diffusion(g, [3]float64{1, 2, 3}, .5)
		if err != nil {
			t.Fatal(err)
		}
		lambda := .5
		for d := range n {
			s := math.Sin(math.Pi / 2 / float64(n[d]))
			lambda += float64(d+1) * 4 / (g.H[d] * g.H[d]) * s * s
		}
		exact := func(x, y, z float64) float64 {
			v := 1.0
			for d, at := range []float64{x, y, z}[:len(n)] {
				v *= math.Sin(math.Pi * at / (g.H[d] * float64(n[d])))
			}
			return v
		}
		u, rhs := pde.NewField[float64](g), pde.NewField[float64](g)
		rhs.FillInterior(func(x, y, z float64) float64 { return lambda * exact(x, y, z) })
		s, err := New(a)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Solve(u, rhs); err != nil {
			t.Fatal(err)
		}
		if _, worst := u.Errors(exact); worst > 1e-13 {
			t.Errorf("%v: off by %g", g, worst)
		}
	}
}

// In one dimension any operator will do: variable, indefinite, unsymmetric, periodic.
func TestOneDimension(t *testing.T) {
	for _, periodic := range []bool{false, true} {
		g, err := pde.NewGrid([]int{50}, []float64{1})
		if err != nil {
			t.Fatal(err)
		}
		if periodic {
			g, _ = g.PeriodicAlong(0)
		}
		var c stencil.Coefficients
		for k, o := range []int{12, 13, 14} {
			c[o] = pde.NewField[float64](g)
			c[o].Randomize(uint64(k + 1))
		}
		a, err := stencil.Varying(g, c)
		if err != nil {
			t.Fatal(err)
		}
		exact, rhs, u := pde.NewField[float64](g), pde.NewField[float64](g), pde.NewField[float64](g)
		exact.Randomize(9)
		exact.FillBoundary(func(x, _, _ float64) float64 { return 1 + x })
		exact.FillGhosts()
		u.FillBoundary(func(x, _, _ float64) float64 { return 1 + x })
		if err := a.Apply(rhs, exact); err != nil {
			t.Fatal(err)
		}
		s, err := New(a)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Solve(u, rhs); err != nil {
			t.Fatal(err)
		}
		for i, v := range u.Interior() {
			if math.Abs(v-exact.Interior()[i]) > 1e-10 {
				t.Fatalf("periodic %v: u(%d) = %g, want %g", periodic, i+1, v, exact.Interior()[i])
			}
		}
	}
}

// What has no fast transform is refused in one line, and so are fields of other grids.
func TestRefuses(t *testing.T) {
	g, err := pde.Unit(2, 8)
	if err != nil {
		t.Fatal(err)
	}
	nine, err := stencil.Discretize("mehrstellen", g)
	if err != nil {
		t.Fatal(err)
	}
	bumpy := pde.NewField[float64](g)
	bumpy.FillInterior(func(x, _, _ float64) float64 { return 1 + x })
	varying, err := stencil.Varying(g, stencil.Coefficients{13: bumpy})
	if err != nil {
		t.Fatal(err)
	}
	coarse := g.Coarsen()
	transfer, err := stencil.FullWeighting(g, coarse)
	if err != nil {
		t.Fatal(err)
	}
	closed := g
	closed.Sides[0][1] = neu
	robin, err := stencil.Robin(closed, [3]float64{1, 1, 1}, 0, [3][2]float64{{0, 2}})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range []stencil.Operator{nine.A, varying, transfer, robin, {}} {
		if _, err := New(a); err == nil {
			t.Errorf("%v accepted", a)
		}
	}
	s, err := New(stencil.Laplacian(g))
	if err != nil {
		t.Fatal(err)
	}
	u := pde.NewField[float64](g)
	for _, f := range [][2]*pde.Field[float64]{{nil, u}, {u, nil}, {u, u}, {u, pde.NewField[float64](coarse)}} {
		if _, err := s.Solve(f[0], f[1]); err == nil {
			t.Error("wrong fields accepted")
		}
	}
}

// The time beside that of a good multigrid solve is in docs/benchmarks.md.
func BenchmarkSolve(b *testing.B) {
	for _, n := range [][2]int{{2, 1024}, {3, 128}} {
		b.Run(fmt.Sprintf("%d-D, %d cells", n[0], n[1]), func(b *testing.B) {
			g, err := pde.Unit(n[0], n[1])
			if err != nil {
				b.Fatal(err)
			}
			s, err := New(stencil.Laplacian(g))
			if err != nil {
				b.Fatal(err)
			}
			u, rhs := pde.NewField[float64](g), pde.NewField[float64](g)
			rhs.FillInterior(func(_, _, _ float64) float64 { return 1 })
			for b.Loop() {
				if _, err := s.Solve(u, rhs); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

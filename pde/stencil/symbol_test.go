package stencil

import (
	"math"
	"math/cmplx"
	"testing"

	"mgtool/pde"
)

// waveOn sets re and im to the parts of e^{iθ·x} for x in indices, ghosts included.
func waveOn(g pde.Grid, theta [3]float64) (re, im *pde.Field[float64]) {
	re, im = pde.NewField[float64](g), pde.NewField[float64](g)
	for r := range g.RowCount() {
		j, k := g.RowAt(r)
		lo, hi := g.Inside(0)
		for i := lo; i < hi; i++ {
			s, c := math.Sincos(theta[0]*float64(i) + theta[1]*float64(j) + theta[2]*float64(k))
			re.Set(i, j, k, c)
			im.Set(i, j, k, s)
		}
	}
	re.FillGhosts()
	im.FillGhosts()
	return re, im
}

// applied is A e^{iθ·x} at the unknowns.
func applied(t *testing.T, a Operator, theta [3]float64) (result []complex128) {
	t.Helper()
	from, to := a.Grids()
	re, im := waveOn(from, theta)
	yr, yi := pde.NewField[float64](to), pde.NewField[float64](to)
	for _, err := range []error{a.Apply(yr, re), a.Apply(yi, im)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	imaginary := yi.Interior()
	for i, v := range yr.Interior() {
		result = append(result, complex(v, imaginary[i]))
	}
	return result
}

// The waves that fit on a periodic grid are eigenvectors, and the symbol is the
// eigenvalue; to transfers it is the same from grid to grid. To rounding: values of
// sums of at most 27 coefficients up to 9.
func TestSymbolIsEigenvalue(t *testing.T) {
	must := must(t)
	for dim := 1; dim <= 3; dim++ {
		all := []int{0, 1, 2}[:dim]
		fine := grid(t, []int{8, 4, 6}[:dim], all...)
		coarse, semi := coarsened(fine, []int{4, 2, 3}[:dim]...), coarsened(fine, []int{4, 4, 3}[:dim]...)
		k := someKernel(dim, 9)
		near := func(what string, got, want []complex128) {
			t.Helper()
			for i := range want {
				if cmplx.Abs(got[i]-want[i]) > 1e-12 {
					t.Fatalf("%s in %d: value %d is %.12f, want %.12f", what, dim, i, got[i], want[i])
				}
			}
		}
		times := func(c complex128, v []complex128) []complex128 {
			w := make([]complex128, len(v))
			for i := range v {
				w[i] = c * v[i]
			}
			return w
		}
		symbol := func(a Operator, theta [3]float64) complex128 {
			t.Helper()
			s, err := a.Symbol(theta)
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		identity := func(g pde.Grid) Operator { return must(Identity(g)) }
		for number := range fine.Unknowns() {
			var theta [3]float64
			rest := number
			for d := range dim {
				theta[d] = 2 * math.Pi * float64(rest%fine.N[d]) / float64(fine.N[d])
				rest /= fine.N[d]
			}
			wave := applied(t, identity(fine), theta)
			for name, a := range map[string]Operator{
				"constant": must(Constant(fine, k)), "laplacian": Laplacian(fine), "diffusion": must(Diffusion(fine, [3]float64{1, 2, 3}, 4)),
			} {
				near(name, applied(t, a, theta), times(symbol(a, theta), wave))
			}
			for _, c := range []pde.Grid{coarse, semi} {
				onCoarse, halved := theta, 0
				for d := range dim {
					if c.N[d] != fine.N[d] {
						onCoarse[d] *= 2
						halved |= 1 << d
					}
				}
				for _, r := range []Operator{must(Restriction(fine, c, k)), must(FullWeighting(fine, c))} {
					near("restriction", applied(t, r, theta), times(symbol(r, theta), applied(t, identity(c), onCoarse)))
				}
				for _, p := range []Operator{must(Prolongation(fine, c, k)), must(Linear(fine, c))} {
					// The sum over the waves that look the same on the coarse grid.
					want := make([]complex128, len(wave))
					for bits := range 1 << dim {
						if bits&^halved != 0 {
							continue
						}
						alias := theta
						for d := range dim {
							alias[d] += math.Pi * float64(bits>>d&1)
						}
						for i, v := range times(symbol(p, alias), applied(t, identity(fine), alias)) {
							want[i] += v
						}
					}
					near("prolongation", applied(t, p, onCoarse), want)
				}
			}
		}
		for _, a := range []Operator{must(FullWeighting(fine, semi)), must(Linear(fine, coarse))} {
			if s := symbol(a, [3]float64{}); s != 1 {
				t.Errorf("the symbol of %v at 0 is %v, want 1", a, s)
			}
		}
	}
	odd := grid(t, []int{7})
	for _, a := range []Operator{{}, must(Varying(odd, someFields(odd, 1))), must(Linear(odd, coarsened(odd, 4)))} {
		if _, err := a.Symbol([3]float64{}); err == nil {
			t.Errorf("%v has a symbol; want an error", a)
		}
	}
}

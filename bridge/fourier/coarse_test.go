package fourier

import (
	"os"
	"strconv"
	"testing"

	"mgtool/multigrid/method"
)

// kernelsOf are those of a method whose transfers are full weighting and linear interpolation.
func kernelsOf(m *method.Method) (list []*kernels) {
	for _, l := range m.Levels {
		k := &kernels{r: fullWeighting(m.Dim), p: scaled(fullWeighting(m.Dim), float64(power(2, m.Dim)))}
		for _, s := range l.Pre {
			k.pre = append(k.pre, s.Stencil.Weights)
		}
		for _, s := range l.Post {
			k.post = append(k.post, s.Stencil.Weights)
		}
		list = append(list, k)
	}
	return list
}

// What are free coarse operators worth? From each method that was found with Galerkin products a
// search goes on with coarse operators free, or for a control without. Minutes, by hand:
//
//	MGTOOL_COARSE=SEED go test ./bridge/fourier -run FreeCoarse -v -timeout 2h
func TestFreeCoarse(t *testing.T) {
	seed, err := strconv.ParseUint(os.Getenv("MGTOOL_COARSE"), 10, 64)
	if err != nil {
		t.Skip("MGTOOL_COARSE has no seed")
	}
	for _, f := range found {
		if f.spec.Prolongation {
			continue
		}
		m, err := method.Read(file(f.name))
		if err != nil {
			t.Fatal(err)
		}
		for _, free := range []bool{false, true} {
			o, err := Options{Seed: seed}.withDefaults(m.Dim)
			if err != nil {
				t.Fatal(err)
			}
			s := &search{ctx: t.Context(), problem: f.problem, o: o}
			c, spec := candidate{kernels: kernelsOf(m)}, f.spec
			spec.Coarse = free
			if free {
				s.galerkin(f.spec, c)
			}
			at := sets{n: o.Cells, blocks: true}
			before := s.radius(spec, c, at)
			for _, cycles := range []int{24, 48} {
				if c, err = s.minimise(spec, c, stage{"", cycles, 60, at}); err != nil {
					t.Fatal(err)
				}
			}
			after := s.method(spec, c)
			after.Name = f.name
			t.Logf("%s, seed %d, free %t: on waves %.5f, then %.5f", f.name, seed, free, before, s.radius(spec, c, at))
			for _, f := range f.factors {
				trueFactor(t, after, f.n, 0)
			}
		}
	}
}

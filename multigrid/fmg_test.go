package multigrid

import (
	"testing"

	"mgtool/multigrid/cycle"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// nested is full multigrid as the textbooks have it, the problem discretised anew
// on every grid: from 4 cells a side to n, interpolated and then one cycle each.
func nested(t *testing.T, p pde.Problem, n int, c cycle.Cycle, interpolation string) *pde.Field[float64] {
	t.Helper()
	grid, _ := pde.Unit(2, 4)
	u, g := discretize(t, p, grid)
	solver, err := NewSolver(stencil.Laplacian(grid), DefaultSettings())
	if err != nil {
		t.Fatal(err)
	}
	if err := solver.method.bind(u, g); err != nil {
		t.Fatal(err)
	}
	solver.method.cycle(c, nil)
	for m := 8; m <= n; m *= 2 {
		grid, _ = pde.Unit(2, m)
		coarse := u
		u, g = discretize(t, p, grid)
		f, err := newHierarchy[float64](stencil.Laplacian(grid), Components{Smoother: RedBlack{1}})
		if err != nil {
			t.Fatal(err)
		}
		if err := f.bind(u, g); err != nil {
			t.Fatal(err)
		}
		if f.Levels() == 1 {
			f.cycle(c, nil)
			continue
		}
		f.levels[1].u.CopyInterior(coarse)
		f.levels[0].run(leg{cubic: interpolation == "cubic", prolong: interpolation != "cubic"})
		f.cycle(c, nil)
	}
	return u
}

// After one pass the error is a small multiple of the discretisation error, the
// same on every grid, if the cycle gains enough against the interpolation: V(1,1)
// does with either, V(1,0) after linear interpolation does not, which must show.
func TestNestedIteration(t *testing.T) {
	p, _ := pde.Lookup("briggs", 2)
	ratios := func(interpolation string, pre, post int) (list []float64) {
		c, _ := cycle.ParseCycle("v", pre, post)
		for n := 16; n <= 512; n *= 2 {
			u := nested(t, p, n, c, interpolation)
			s := DefaultSettings()
			s.RelTol = 1e-11
			grid, _ := pde.Unit(2, n)
			solver, err := NewSolver(stencil.Laplacian(grid), s)
			if err != nil {
				t.Fatal(err)
			}
			exact, g := discretize(t, p, grid)
			if _, err := solver.Solve(t.Context(), exact, g); err != nil {
				t.Fatal(err)
			}
			e, _ := u.Errors(p.Exact)
			d, _ := exact.Errors(p.Exact)
			list = append(list, e/d)
		}
		t.Logf("%s, V(%d,%d): %.2f", interpolation, pre, post, list)
		return list
	}
	for _, c := range []struct {
		interpolation string
		pre, post     int
		most          float64
	}{
		{"linear", 1, 1, 1.75}, {"linear", 2, 1, 1.45}, {"cubic", 1, 1, 1.15}, {"cubic", 2, 1, 1.15},
	} {
		for i, r := range ratios(c.interpolation, c.pre, c.post) {
			if !(r <= c.most) {
				t.Errorf("%s, V(%d,%d), n = %d: %.2f times the discretisation error, want at most %g", c.interpolation, c.pre, c.post, 16<<i, r, c.most)
			}
		}
	}
	if r := ratios("linear", 1, 0); !(r[5] > 5*r[0]) {
		t.Errorf("V(1,0) after linear interpolation: %.2f, want a ratio that grows with n", r)
	}
}

// The same for the solver's own full pass, which restricts the residual instead,
// with cubic interpolation; that V(1,0) is not enough shows here too.
func TestFullPass(t *testing.T) {
	for _, name := range []string{"sine", "peak", "briggs"} {
		p, _ := pde.Lookup(name, 2)
		for _, n := range []int{16, 64, 512} {
			l2 := func(cycle string, pre int, rtol float64) float64 {
				u, _, err := solve(t, name, n, settings(t, cycle, "rbgs", 0, pre, 1, rtol, 50), 0)
				if err != nil {
					t.Fatal(err)
				}
				e, _ := u.Errors(p.Exact)
				return e
			}
			best := l2("v", 2, 1e-11)
			if r := l2("fmg", 1, 0) / best; r > 1.15 {
				t.Errorf("%s, n = %d: %.2f times the discretisation error, want at most 1.15", name, n, r)
			}
		}
	}
}

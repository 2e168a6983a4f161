package pde

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

// −Δ of the exact solution is g: a central difference of order two at some
// points. Its error is h²/12 times the sum of fourth derivatives, here up to 6e4
// (peak).
func TestCatalogueIsConsistent(t *testing.T) {
	const h = 1e-3
	for dim := 1; dim <= 3; dim++ {
		for _, p := range Catalogue(dim) {
			if p.Dim != dim {
				t.Errorf("%s of dimension %d is in the catalogue of %d", p.Name, p.Dim, dim)
			}
			if p.Exact == nil {
				continue
			}
			u := func(at [3]float64) float64 { return p.Exact(at[0], at[1], at[2]) }
			for _, at := range [][3]float64{{.31, .62, .45}, {.5, .5, .5}, {.9, .2, .3}, {.123, .877, .6}} {
				clear(at[dim:])
				var lap float64
				for d := range dim {
					lo, hi := at, at
					lo[d] -= h
					hi[d] += h
					lap += (2*u(at) - u(lo) - u(hi)) / (h * h)
				}
				if g := p.G(at[0], at[1], at[2]); math.Abs(lap-g) > 1e-2 {
					t.Errorf("%s at %v: −Δu = %.6f, g = %.6f", p.Name, at[:dim], lap, g)
				}
			}
			b := p.Boundary
			if b == nil {
				b = func(_, _, _ float64) float64 { return 0 }
			}
			for d := range dim {
				for _, side := range []float64{0, 1} {
					for _, at := range [][3]float64{{}, {.25, .5, .75}, {.6, 1, .2}, {1, 1, 1}} {
						at[d] = side
						clear(at[dim:])
						if off := u(at) - b(at[0], at[1], at[2]); math.Abs(off) > 1e-15 {
							t.Errorf("%s: boundary value at %v is off by %g", p.Name, at[:dim], off)
						}
					}
				}
			}
		}
	}
}

func TestLookup(t *testing.T) {
	for dim, want := range map[int]string{1: "sine peak ones zero", 2: "sine briggs peak ones zero", 3: "sine peak ones zero"} {
		var names []string
		for _, p := range Catalogue(dim) {
			names = append(names, p.Name)
			if q, err := Lookup(p.Name, dim); err != nil || q.About != p.About || q.Dim != dim {
				t.Errorf("%s in dimension %d: found %q of dimension %d, %v", p.Name, dim, q.About, q.Dim, err)
			}
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("dimension %d has %s, want %s", dim, got, want)
		}
	}
	for _, c := range []struct {
		name string
		dim  int
		want []string
	}{
		{"sines", 2, []string{`"sines"`, "dimension 2", "sine, briggs"}},
		{"briggs", 3, []string{`"briggs"`, "dimension 3", "only in 2", "sine, peak"}},
		{"sine", 4, []string{"dimension 4", "1, 2 or 3"}},
		{"sine", 0, []string{"dimension 0"}},
	} {
		_, err := Lookup(c.name, c.dim)
		for _, want := range c.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s in dimension %d: %v, want an error with %s", c.name, c.dim, err, want)
			}
		}
	}
	if list := Catalogue(4); list != nil {
		t.Errorf("dimension 4 has %d problems", len(list))
	}
}

// A problem of one dimension is not put on a grid of another, where it would be
// another problem; one without a dimension is.
func TestDiscretizeDimension(t *testing.T) {
	cube, _ := Unit(3, 4)
	if _, _, err := (Problem{G: func(x, y, z float64) float64 { return x + y + z }}).Discretize(cube); err != nil {
		t.Error(err)
	}
	square, _ := Lookup("sine", 2)
	if _, _, err := square.Discretize(cube); err == nil || !strings.Contains(err.Error(), "sine of dimension 2 on 4×4×4") {
		t.Errorf("in three dimensions: %v", err)
	}
}

func ExampleProblem_Discretize() {
	problem, _ := Lookup("briggs", 2)
	grid, _ := Unit(2, 16)
	u, g, _ := problem.Discretize(grid)
	fmt.Println(grid, "with", grid.Unknowns(), "unknowns")
	fmt.Printf("g in the middle %.2f, u there %g\n", g.At(8, 8, 0), u.At(8, 8, 0))
	// Output:
	// 16×16 cells with 225 unknowns
	// g in the middle -0.38, u there 0
}

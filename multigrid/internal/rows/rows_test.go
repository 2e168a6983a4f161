package rows

import (
	"math"
	"math/rand/v2"
	"sync"
	"testing"

	"mgtool/pde"
	"mgtool/pde/stencil"
)

// operators are a star and all 3^d points, constant and varying, in one to three dimensions.
func operators(t *testing.T) (list []stencil.Operator) {
	t.Helper()
	for _, cells := range [][]int{{9}, {8, 7}, {6, 5, 7}} {
		grid, err := pde.NewGrid(cells, []float64{.1, .2, .3}[:len(cells)])
		if err != nil {
			t.Fatal(err)
		}
		random := rand.New(rand.NewPCG(1, uint64(len(cells))))
		var kernel stencil.Kernel
		var fields stencil.Coefficients
		for o := range kernel {
			if at := stencil.Offset(o); len(cells) < 3 && at[2] != 0 || len(cells) < 2 && at[1] != 0 {
				continue
			}
			kernel[o] = random.NormFloat64()
			fields[o] = pde.NewField[float64](grid)
			fields[o].FillInterior(func(_, _, _ float64) float64 { return random.NormFloat64() })
		}
		constant, err := stencil.Constant(grid, kernel)
		if err != nil {
			t.Fatal(err)
		}
		varying, err := stencil.Varying(grid, fields)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, stencil.Laplacian(grid), constant, varying)
	}
	return list
}

// Rows read one at a time are those of the operator.
func TestResidual(t *testing.T) {
	for _, a := range operators(t) {
		grid, _ := a.Grids()
		u, g, want := pde.NewField[float64](grid), pde.NewField[float64](grid), pde.NewField[float64](grid)
		random := rand.New(rand.NewPCG(2, 2))
		for i := range u.Data() {
			u.Data()[i], g.Data()[i] = random.NormFloat64(), random.NormFloat64()
		}
		if err := a.Residual(want, u, g); err != nil {
			t.Fatal(err)
		}
		r := Of(a, u)
		for row := range grid.RowCount() {
			j, k := grid.RowAt(row)
			for i := 1; i <= grid.Inner(0); i++ {
				p := u.Offset(j, k) + i
				got := r.Residual(u.Data(), g.Data(), p)
				if w := want.At(i, j, k); !(math.Abs(got-w) <= 1e-15*r.Norm*27) {
					t.Fatalf("%v at (%d, %d, %d): %g; want %g", a, i, j, k, got, w)
				}
			}
		}
	}
}

// The colours have every point once, and no two neighbours.
func TestColours(t *testing.T) {
	for _, a := range operators(t) {
		grid, _ := a.Grids()
		f := pde.NewField[float64](grid)
		r := Of(a, f)
		colours := map[int]int{}
		var lock sync.Mutex
		for c := range r.Colours() {
			r.Colour(c, func(first, j, k int) {
				lock.Lock()
				defer lock.Unlock()
				for i := first; i <= grid.Inner(0); i += 2 {
					p := f.Offset(j, k) + i
					if _, twice := colours[p]; twice {
						t.Errorf("%v: (%d, %d, %d) is relaxed twice", a, i, j, k)
					}
					colours[p] = c
				}
			})
		}
		if len(colours) != grid.Unknowns() {
			t.Errorf("%v: %d points of %d have a colour", a, len(colours), grid.Unknowns())
		}
		for p, c := range colours {
			for _, term := range r.Terms {
				if other, inside := colours[p+term.Shift]; inside && other == c {
					t.Fatalf("%v: neighbours at a distance of %d have the same colour, %d", a, term.Shift, c)
				}
			}
		}
	}
}

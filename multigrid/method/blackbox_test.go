package method

import (
	"math"
	"testing"

	"mgtool/multigrid"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// jumps is −∇·(a ∇u) with a = 1 and 1000 in the squares of a checkerboard of so many cells,
// by faces.
func jumps(t testing.TB, g pde.Grid, size float64) stencil.Operator {
	t.Helper()
	var along [3]*pde.Field[float64]
	for d := range g.Dim() {
		along[d] = pde.NewField[float64](g)
		for i := range along[d].Data() {
			along[d].Data()[i] = 1
		}
		along[d].FillInterior(func(x, y, z float64) float64 {
			if (int(x/size)+int(y/size)+int(z/size))%2 == 0 {
				return 1000
			}
			return 1
		})
		along[d].FillGhosts()
	}
	a, err := stencil.Faces(g, along, nil)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// The weights are those of Dendy's formulas, written out for nine points: between two coarse
// vertices along x, the column sums of the row there; in the middle of four, the row itself and
// the weights along the axes.
func TestBlackBoxIsDendys(t *testing.T) {
	for _, sides := range []pde.Boundary{pde.Dirichlet, pde.Periodic} {
		finest := gridOf(t, sides, 32, 64)
		fine, _ := (&Level{}).below(finest)
		coarse, _ := (&Level{}).below(fine)
		of := jumps(t, finest, .25)
		r, p, err := of.Transfers(fine)
		if err != nil {
			t.Fatal(err)
		}
		a, err := stencil.Galerkin(r, of, p)
		if err != nil {
			t.Fatal(err)
		}
		if p, err = multigrid.Interpolation(a, coarse); err != nil {
			t.Fatal(err)
		}
		w, rows := p.Coefficients(), a.Coefficients()
		at := func(x, y, dx, dy int) float64 { // of A, at an image
			if sides == pde.Periodic {
				x, y = 1+(x+fine.N[0]-1)%fine.N[0], 1+(y+fine.N[1]-1)%fine.N[1]
			}
			return rows[13+dx+3*dy].At(x, y, 0)
		}
		along := func(x, y, dx, dy int) float64 { // what (x, y) takes from its neighbour there
			sum := func(s int) (v float64) {
				for c := -1; c <= 1; c++ {
					v += at(x, y, s*dx+c*dy, s*dy+c*dx)
				}
				return v
			}
			sides := -sum(1) - sum(-1)
			if centre := sum(0); centre-sides > .25*sides {
				return -sum(1) / centre
			}
			return -sum(1) / sides
		}
		checked := 0
		for m := 1; m < coarse.N[0]; m++ {
			for k := 1; k < coarse.N[1]; k++ {
				for dy := -1; dy <= 1; dy++ {
					for dx := -1; dx <= 1; dx++ {
						x, y, want := 2*m+dx, 2*k+dy, 1.0
						switch {
						case dx == 0 && dy == 0:
						case dy == 0:
							want = along(x, y, -dx, 0)
						case dx == 0:
							want = along(x, y, 0, -dy)
						default: // the corner (m, k), and what the two sides take of it
							sides := 0.0
							for o := range 9 {
								if o != 4 {
									sides -= at(x, y, o%3-1, o/3-1)
								}
							}
							centre := at(x, y, 0, 0)
							if !(centre-sides > .25*sides) {
								centre = sides
							}
							want = -(at(x, y, -dx, -dy) + at(x, y, 0, -dy)*along(x, y-dy, -dx, 0) + at(x, y, -dx, 0)*along(x-dx, y, 0, -dy)) / centre
						}
						if got := w[13+dx+3*dy].At(m, k, 0); !(math.Abs(got-want) < 1e-12) {
							t.Fatalf("sides %v: at (%d, %d), offset (%d, %d): %.15g, want %.15g", sides, m, k, dx, dy, got, want)
						}
						checked++
					}
				}
			}
		}
		if checked < 500 {
			t.Errorf("%d weights seen", checked)
		}
	}
}

// Where coefficients jump by 1000 the weights keep a factor that linear interpolation loses.
func TestBlackBoxWhereCoefficientsJump(t *testing.T) {
	for _, n := range [][]int{{64, 64}, {16, 16, 32}} {
		a := jumps(t, gridOf(t, pde.Dirichlet, n...), .25)
		classical := multigrid.DefaultSettings()
		classical.Smoother, classical.Coarsening = multigrid.RedBlack{Omega: 1}, multigrid.BlackBox{}
		steps := []Step{{Colours: []float64{1}}}
		m := Classical("", len(n), steps, steps, Galerkin)
		factor := func(s multigrid.Settings) float64 {
			r := history(t, a, s, 8)
			return math.Pow(r[8]/r[4], .25)
		}
		linear := factor(by(t, m, a))
		m.Levels[0].Restriction, m.Levels[0].Prolongation = Transfer{Name: Transpose}, Transfer{Name: BlackBox}
		// [multigrid.BlackBox] differs in the colours of the finest level.
		got, want := factor(by(t, m, a)), factor(classical)
		t.Logf("%v cells: factor %.3f, BlackBox %.3f, linear %.3f", n, got, want, linear)
		if !(math.Abs(got-want) < .06) || !(got < .6*linear) {
			t.Errorf("%v cells: factor %.3f; want about the %.3f of BlackBox, and less than 0.6 of the %.3f of linear interpolation", n, got, want, linear)
		}
	}
}

// Between two materials a and b the weights keep the flux: b/(a + b) of the side of b. A
// reaction counts only where it is a quarter of the couplings.
func TestBlackBoxWeights(t *testing.T) {
	row := func(w, c, e float64) stencil.Kernel { return stencil.Kernel{12: -w, 13: w + e + c, 14: -e} }
	weight := func(k stencil.Kernel) float64 {
		a, err := stencil.Constant(gridOf(t, pde.Dirichlet, 16), k)
		if err != nil {
			t.Fatal(err)
		}
		p, err := multigrid.Interpolation(a, gridOf(t, pde.Dirichlet, 8))
		if err != nil {
			t.Fatal(err)
		}
		w, _ := p.Kernel()
		return w[14]
	}
	for _, x := range []struct{ w, c, e, want float64 }{{1, 0, 1, .5}, {1, 0, 9, .1}, {9, 0, 1, .9}, {1, .4, 1, .5}, {1, 2, 1, .25}} {
		k := row(x.w, x.c, x.e)
		if got := weight(k); math.Abs(got-x.want) > 1e-15 {
			t.Errorf("row %v: weight %g of the vertex before; want %g", x, got, x.want)
		}
		k = k.Scale(-1)
		if got := weight(k); math.Abs(got-x.want) > 1e-15 {
			t.Errorf("row −%v: weight %g; want %g", x, got, x.want)
		}
	}
	// Of −Δ of bilinear elements, and of 5 points, P is linear.
	g := gridOf(t, pde.Dirichlet, 16, 16)
	coarse := gridOf(t, pde.Dirichlet, 8, 8)
	for _, k := range [][3][3]float64{{{-1, -1, -1}, {-1, 8, -1}, {-1, -1, -1}}, {{0, -1, 0}, {-1, 4, -1}, {0, -1, 0}}} {
		a, err := stencil.Constant(g, stencil.Plane(k))
		if err != nil {
			t.Fatal(err)
		}
		p, err := multigrid.Interpolation(a, coarse)
		if err != nil {
			t.Fatal(err)
		}
		got, _ := p.Kernel()
		want, _ := LinearStencil(2).Kernel()
		for o := range want {
			if math.Abs(got[o]-want[o]) > 1e-15 {
				t.Errorf("%v: weight %d is %g, want %g", k, o, got[o], want[o])
			}
		}
	}
}

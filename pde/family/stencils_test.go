package family

import (
	"math"
	"testing"

	"mgtool/pde"
	"mgtool/pde/stencil"
)

func kernel(t *testing.T, name string, g pde.Grid) stencil.Kernel {
	t.Helper()
	k, ok := operator(t, name, g).Kernel()
	if !ok {
		t.Fatalf("%s is not constant", name)
	}
	return k
}

// The stencils of PyAMG, gallery/diffusion.py, diffusion_stencil_2d, whose first axis is x:
// that of finite differences is printed in its documentation for ε = 1e-4, θ = π/6; the
// entries of finite elements are its formulas.
func TestStencilsOfPyAMG(t *testing.T) {
	g := unit(t, 2, 4)
	g.H = [3]float64{1, 1}
	at := func(k stencil.Kernel, dx, dy int) float64 { return k[13+dx+3*dy] }
	fd := kernel(t, "rotated(eps=0.0001,theta=30)", g)
	for _, e := range []struct {
		dx, dy int
		v      float64
	}{{-1, -1, -.2164847}, {-1, 0, -.750025}, {-1, 1, .2164847}, {0, -1, -.250075}, {0, 0, 2.0002}, {0, 1, -.250075}, {1, -1, .2164847}, {1, 0, -.750025}, {1, 1, -.2164847}} {
		if got := at(fd, e.dx, e.dy); !(math.Abs(got-e.v) <= 5e-8) {
			t.Errorf("differences (%d, %d): %.7f; want %.7f", e.dx, e.dy, got, e.v)
		}
	}
	const eps = 0.07
	sin, cos := math.Sincos(25 * math.Pi / 180)
	cs, cc, ss := cos*sin, cos*cos, sin*sin
	fe := kernel(t, "rotated-elements(eps=0.07,theta=25)", g)
	for _, e := range []struct {
		dx, dy int
		v      float64
	}{
		{-1, -1, -eps - 1 + (3*eps-3)*cs},
		{-1, 0, (2*eps-4)*cc + (2-4*eps)*ss},
		{1, -1, -eps - 1 - (3*eps-3)*cs},
		{0, -1, (2-4*eps)*cc + (2*eps-4)*ss},
		{0, 0, 8*eps + 8},
	} {
		for _, sign := range []int{1, -1} {
			if got := at(fe, sign*e.dx, sign*e.dy); !(math.Abs(got-e.v/6) <= 1e-14) {
				t.Errorf("elements (%d, %d): %g; want %g", sign*e.dx, sign*e.dy, got, e.v/6)
			}
		}
	}
}

// The symbol of a rotated stencil is kᵀKk for waves e^{ik·x}, to second order in h.
func TestSymbolsAreThoseOfTheEquation(t *testing.T) {
	k := [2]float64{3, -2}
	for _, name := range []string{"rotated(eps=0.01,theta=30)", "rotated(eps=100,theta=15)", "rotated-elements(eps=0.01,theta=30)", "rotated-elements(eps=0.2,theta=-50)"} {
		p := parse(t, name)
		c := turned(p.Params["eps"], p.Params["theta"])
		want := k[0]*k[0]*c.xx + 2*k[0]*k[1]*c.xy + k[1]*k[1]*c.yy
		var off []float64
		for _, n := range []int{64, 128} {
			g := unit(t, 2, n)
			s, err := operator(t, name, g).Symbol([3]float64{k[0] * g.H[0], k[1] * g.H[1]})
			if err != nil {
				t.Fatal(err)
			}
			if !(math.Abs(imag(s)) <= 1e-9) {
				t.Errorf("%s: an imaginary part %g", name, imag(s))
			}
			off = append(off, math.Abs(real(s)-want))
		}
		if order := math.Log2(off[0] / off[1]); !(math.Abs(order-2) <= .05) {
			t.Errorf("%s: the symbol is %g from kᵀKk = %g, of order %.3f; want 2", name, off, want, order)
		}
	}
}

// Finite elements with the same a in every cell are the constant stencil, on a periodic grid
// too; their rows sum to 0 away from sides for any a, and the matrix is symmetric.
func TestElements(t *testing.T) {
	for _, periodic := range []bool{false, true} {
		g := unit(t, 2, 8)
		g.H[1] *= 3
		if periodic {
			g, _ = g.PeriodicAlong(0, 1)
		}
		a := operator(t, "lognormal-elements(sigma=0)", g)
		b, err := stencil.Constant(g, tensor{xx: 1, yy: 1}.elements(g.H))
		if err != nil {
			t.Fatal(err)
		}
		same(t, "elements", a, b)
		m, err := operator(t, "lognormal-elements(sigma=2,length=0,seed=5)", g).Matrix()
		if err != nil {
			t.Fatal(err)
		}
		n, _ := m.Dims()
		for i := range n {
			sum := 0.0
			for j := range n {
				sum += m.At(i, j)
				if v, w := m.At(i, j), m.At(j, i); !(math.Abs(v-w) <= 1e-12*m.At(i, i)) {
					t.Fatalf("periodic %v: entries (%d, %d) are %g and %g; want a symmetric matrix", periodic, i, j, v, w)
				}
			}
			if periodic && !(math.Abs(sum) <= 1e-12*m.At(i, i)) {
				t.Fatalf("row %d sums to %g; want 0", i, sum)
			}
		}
	}
}

// Rows of lognormal-elements are those of the program of Greenfeld et al.,
// Learning-to-optimize-multigrid-solvers, utils_dirichletBC.py: −a/3 across each of the four
// cells around a vertex, and −(a + a')/6 along the edge between two of them.
func TestElementsOfGreenfeld(t *testing.T) {
	const n = 8
	g := unit(t, 2, n)
	const name = "lognormal-elements(sigma=1,length=0,seed=3)"
	c := operator(t, name, g).Coefficients()
	cells := coefficient(t, name, g)
	a := func(i, j int) float64 { return cells[j*n+i] * n * n } // over h²
	const i, j = 3, 5
	for o, want := range map[int]float64{
		13 - 4: -a(i-1, j-1) / 3, 13 - 2: -a(i, j-1) / 3, 13 + 2: -a(i-1, j) / 3, 13 + 4: -a(i, j) / 3,
		13 - 1: -(a(i-1, j-1) + a(i-1, j)) / 6, 13 + 1: -(a(i, j-1) + a(i, j)) / 6,
		13 - 3: -(a(i-1, j-1) + a(i, j-1)) / 6, 13 + 3: -(a(i-1, j) + a(i, j)) / 6,
		13: 2. / 3 * (a(i-1, j-1) + a(i, j-1) + a(i-1, j) + a(i, j)),
	} {
		if got := c[o].At(i, j, 0); !(math.Abs(got-want) <= 1e-12*math.Abs(want)) {
			t.Errorf("offset %v: %g; want %g", stencil.Offset(o), got, want)
		}
	}
}

// Directions that are multiples of 90 degrees have no rounding in them.
func TestQuarterTurns(t *testing.T) {
	for theta, want := range map[float64][2]float64{0: {1, 0}, 90: {0, 1}, 180: {-1, 0}, 270: {0, -1}, -90: {0, -1}, 360: {1, 0}} {
		if got := direction(theta); got != want {
			t.Errorf("direction %g is %v; want %v", theta, got, want)
		}
		if k := turned(.01, theta); !k.star() {
			t.Errorf("turned by %g: a_xy = %g; want 0", theta, k.xy)
		}
	}
	if k := turned(.01, 90); k.xx != .01 || k.yy != 1 {
		t.Errorf("turned by 90°: %+v; want a_xx 0.01, a_yy 1", k)
	}
	for theta := -350.; theta <= 350; theta += 35 {
		s, c := math.Sincos(theta * math.Pi / 180)
		b, k := direction(theta), turned(.25, theta)
		if !(math.Hypot(b[0]-c, b[1]-s) <= 1e-14 && math.Abs(k.xx-(c*c+s*s/4))+math.Abs(k.xy-.75*c*s)+math.Abs(k.yy-(s*s+c*c/4)) <= 1e-14) {
			t.Errorf("theta %g: %v, %+v", theta, b, k)
		}
	}
}

// With the same tensor in every cell a vertex has the stencil of a constant tensor; with one that
// varies A stays symmetric, and maps constants to 0 away from the sides.
func TestTensorsInCells(t *testing.T) {
	g := unit(t, 2, 8)
	same := turned(.05, 25)
	ones := make([]float64, 64)
	for i := range ones {
		ones[i] = 1
	}
	a, err := elementOperator(g, part{same, ones})
	if err != nil {
		t.Fatal(err)
	}
	of, want := a.Coefficients(), same.elements(g.H)
	for o := 9; o < 18; o++ {
		if got := of[o].At(3, 5, 0); math.Abs(got-want[o]) > 1e-13*want[13] {
			t.Errorf("entry %d: %g; want %g", o, got, want[o])
		}
	}
	varies := operator(t, "rotated-field(eps=0.1,length=0.1,seed=3)", g)
	of = varies.Coefficients()
	apart := 0.0
	for o := 9; o < 18; o++ {
		d := stencil.Offset(o)
		apart = max(apart, math.Abs(of[o].At(3, 5, 0)-of[o].At(4, 5, 0)))
		for j := 2; j < 7; j++ {
			for i := 2; i < 7; i++ {
				if x, y := of[o].At(i, j, 0), of[26-o].At(i+d[0], j+d[1], 0); math.Abs(x-y) > 1e-13*want[13] {
					t.Errorf("entry %d at (%d, %d): %g, and %g from the other side; want a symmetric operator", o, i, j, x, y)
				}
			}
		}
	}
	sum := 0.0
	for o := 9; o < 18; o++ {
		sum += of[o].At(3, 5, 0)
	}
	if math.Abs(sum) > 1e-12*want[13] || apart < .01*want[13] {
		t.Errorf("a row sums to %g, and neighbouring rows differ by %g; want 0, and rows that vary", sum, apart)
	}
}

package field

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
)

func helmholtzOf(t *testing.T, n int, frequency float64) *helmholtz {
	t.Helper()
	r := helmholtzKind.usual
	r.N, r.Frequency, r.Every, r.Count = n, frequency, 1, 1
	if err := r.Validate(); err != nil {
		t.Fatal(err)
	}
	w, err := newHelmholtz(r)
	if err != nil {
		t.Fatal(err)
	}
	return w.(*helmholtz)
}

// With one speed and a flux of 1 through the whole side, u = −cos(ky) / (k sin k), to the
// second order in h.
func TestHelmholtzOrder(t *testing.T) {
	const speed, frequency = 20., 170.
	const k = frequency / speed
	worst := func(n int) (err float64) {
		h := helmholtzOf(t, n, frequency)
		c, u := make([]float64, n*n), make([]float64, n*n)
		for i := range c {
			c[i] = speed
		}
		if err := h.solve(u, c, 0, 1); err != nil {
			t.Fatal(err)
		}
		for at, v := range u {
			y := float64(at/n) / float64(n-1)
			err = max(err, math.Abs(v+math.Cos(k*y)/(k*math.Sin(k))))
		}
		return err
	}
	coarse, fine := worst(25), worst(49)
	if order := math.Log2(coarse / fine); math.Abs(order-2) > .15 {
		t.Errorf("errors %g and %g on half the width, order %.2f; want 2", coarse, fine, order)
	}
}

// A sample solves the system put together here, at every vertex by its neighbours and their
// mirror images, as a general matrix does.
func TestHelmholtzAgainstElimination(t *testing.T) {
	const n = 13
	h := helmholtzOf(t, n, 200)
	c, u := make([]float64, n*n), make([]float64, n*n)
	if err := h.sample(c, u, 4); err != nil {
		t.Fatal(err)
	}
	m, g := mat.NewDense(n*n, n*n, nil), mat.NewVecDense(n*n, nil)
	mirror := func(i int) int { return min(max(i, -i), 2*(n-1)-i) }
	const width = 1. / (n - 1)
	for j := range n {
		for i := range n {
			row := j*n + i
			k := 200 / c[row]
			m.Set(row, row, 4-k*k*width*width)
			for _, d := range [][2]int{{1, 0}, {-1, 0}, {0, 1}, {0, -1}} {
				at := mirror(j+d[1])*n + mirror(i+d[0])
				m.Set(row, at, m.At(row, at)-1)
			}
			if x := float64(i) * width; j == n-1 {
				g.SetVec(row, 2*max(0, min(.65, x+width/2)-max(.35, x-width/2)))
			}
		}
	}
	var want mat.VecDense
	if err := want.SolveVec(m, g); err != nil {
		t.Fatal(err)
	}
	for i, v := range u {
		if math.Abs(v-want.AtVec(i)) > 1e-9*mat.Norm(&want, math.Inf(1)) {
			t.Fatalf("u[%d] = %g; want %g", i, v, want.AtVec(i))
		}
		if c[i] < 19 || c[i] > 21 {
			t.Fatalf("c[%d] = %g; want 19 to 21", i, c[i])
		}
	}
}

func TestHelmholtzResonance(t *testing.T) {
	s := newBandedSystem(3)
	s.clear()
	if err := s.solve(make([]float64, 9)); err == nil {
		t.Error("a matrix of zeros is no error")
	}
}

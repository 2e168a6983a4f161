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
// sixth order in h.
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
	if order := math.Log2(coarse / fine); math.Abs(order-6) > .15 {
		t.Errorf("errors %g and %g on half the width, order %.2f; want 6", coarse, fine, order)
	}
}

// The length of plane waves is right to the sixth order in any direction.
func TestHelmholtzWaves(t *testing.T) {
	const n, speed, middle = 21, 20., 10*21 + 10
	shift := func(kh, angle float64) float64 { // relative, of k
		h := helmholtzOf(t, n, kh*speed*(n-1))
		c := make([]float64, n*n)
		for i := range c {
			c[i] = speed
		}
		h.assemble(make([]float64, n*n), c, 0, 1)
		sin, cos := math.Sincos(angle)
		symbol := 0.0
		for j := -1; j <= 1; j++ {
			for i := -1; i <= 1; i++ {
				symbol += h.system.rows[middle][j*n+i+h.system.band] * math.Cos(kh*(cos*float64(i)+sin*float64(j)))
			}
		}
		return symbol / (2 * kh * kh)
	}
	for eighth := range 5 {
		angle := float64(eighth) * math.Pi / 8
		coarse, fine := shift(.5, angle), shift(.25, angle)
		if order := math.Log2(coarse / fine); !(math.Abs(order-6) < .5) || math.Abs(coarse) > 2e-6 {
			t.Errorf("direction %d/8 π: k is off by %g and %g on half the width, order %.2f; want less than 2e-6, and 6", eighth, coarse, fine, order)
		}
	}
}

// A sample solves the system put together here of second differences D along the axes, with
// mirror images beyond the sides, as a general matrix does:
// −(D₁ + D₂ + D₁D₂/6) u − (1 + (D₁ + D₂)/12 + 7/360 D₁D₂) K u = g.
func TestHelmholtzAgainstElimination(t *testing.T) {
	const n = 13
	h := helmholtzOf(t, n, 200)
	c, u := make([]float64, n*n), make([]float64, n*n)
	if err := h.sample(c, u, 4); err != nil {
		t.Fatal(err)
	}
	line, one := mat.NewDense(n, n, nil), mat.NewDense(n, n, nil)
	for i := range n {
		one.Set(i, i, 1)
		line.Set(i, i, -2)
		for _, at := range []int{i - 1, i + 1} {
			at = min(max(at, -at), 2*(n-1)-at)
			line.Set(i, at, line.At(i, at)+1)
		}
	}
	var along, up, sum, both, m mat.Dense
	along.Kronecker(one, line)
	up.Kronecker(line, one)
	sum.Add(&along, &up)
	both.Mul(&along, &up)
	g := mat.NewVecDense(n*n, nil)
	const width = 1. / (n - 1)
	m.ReuseAs(n*n, n*n)
	for column := range n * n {
		k := 200 / c[column] * width
		k2 := k * k * (1 - k*k*k*k/240)
		for row := range n * n {
			v := -sum.At(row, column) - both.At(row, column)/6 - k2*(sum.At(row, column)/12+both.At(row, column)*7/360)
			if row == column {
				v -= k2
			}
			m.Set(row, column, v)
		}
		if x := float64(column%n) * width; column/n == n-1 {
			g.SetVec(column, 2*(1-k2/12-k2*k2/180)*max(0, min(.65, x+width/2)-max(.35, x-width/2)))
		}
	}
	var want mat.VecDense
	if err := want.SolveVec(&m, g); err != nil {
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
	s := newBandedSystem(9, 3)
	s.clear()
	if err := s.solve(make([]float64, 9)); err == nil {
		t.Error("a matrix of zeros is no error")
	}
	s.clear()
	for i := range 9 { // 1e-14 short of a singular block
		s.add(i, i, 1)
	}
	s.add(0, 1, 1)
	s.add(1, 0, 1-1e-14)
	if err := s.solve(make([]float64, 9)); err == nil {
		t.Error("a matrix that is singular but for rounding is no error")
	}
}

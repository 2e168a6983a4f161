package field

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// The sum of cosines is that of the definition, term by term.
func TestCosineField(t *testing.T) {
	for _, vertices := range []bool{false, true} {
		testCosines(t, vertices)
	}
}

func testCosines(t *testing.T, vertices bool) {
	const n = 7
	f := newCosineField(n, 2, 3, vertices)
	point := func(i int) float64 {
		if vertices {
			return float64(i) / (n - 1)
		}
		return (float64(i) + .5) / n
	}
	coefficients := make([]float64, n*n)
	rng := normals(1, 2)
	for i := range coefficients {
		coefficients[i] = rng.NormFloat64()
	}
	got := append([]float64(nil), coefficients...)
	f.sum(got)
	for j := range n {
		for i := range n {
			want := 0.0
			for k2 := range n {
				for k1 := range n {
					want += coefficients[k2*n+k1] * math.Cos(math.Pi*float64(k1)*point(i)) * math.Cos(math.Pi*float64(k2)*point(j))
				}
			}
			if math.Abs(got[j*n+i]-want) > 1e-12 {
				t.Fatalf("at (%d, %d): %g; want %g", i, j, got[j*n+i], want)
			}
		}
	}
}

// The mean square over the domain has the expectation Σ σ_k² and the variance 2 Σ σ_k⁴.
func TestCosineFieldMoments(t *testing.T) {
	const n, fields, alpha, tau = 12, 2000, 2., 3.
	f := newCosineField(n, alpha, tau, false)
	mean, fourth := 0.0, 0.0
	for k2 := range n {
		for k1 := range n {
			if k1+k2 > 0 { // written out anew: (−Δ + τ²)^−α τ^(2α−2)
				v := math.Pow(tau, 2*alpha-2) * math.Pow(math.Pi*math.Pi*float64(k1*k1+k2*k2)+tau*tau, -alpha)
				mean += v
				fourth += v * v
			}
		}
	}
	sum, first := 0.0, 0.0
	u := make([]float64, n*n)
	for i := range fields {
		f.draw(u, normals(5, i))
		for _, v := range u {
			sum += v * v / (n * n * fields)
			first += v / (n * n * fields)
		}
	}
	if sigma := math.Sqrt(2 * fourth / fields); math.Abs(sum-mean) > 4*sigma {
		t.Errorf("mean square %g; want %g ± %g", sum, mean, sigma)
	}
	if math.Abs(first) > 1e-12 {
		t.Errorf("mean %g; want 0: there is no constant mode", first)
	}
}

// The system is that of finite volumes, put together here face by face and solved densely.
func TestDarcyAgainstElimination(t *testing.T) {
	const n = 9
	r := darcyKind.usual
	r.N, r.Every, r.Count, r.Seed, r.Source = n, 1, 1, 3, "random"
	w, err := newDarcy(r)
	if err != nil {
		t.Fatal(err)
	}
	both, u := make([]float64, 2*n*n), make([]float64, n*n)
	if err := w.sample(both, u, 0); err != nil {
		t.Fatal(err)
	}
	var a, f []float64
	for i := range u {
		a, f = append(a, both[2*i]), append(f, both[2*i+1])
	}
	high := 0
	for _, v := range a {
		switch v {
		case 12:
			high++
		case 3:
		default:
			t.Fatalf("a is %g; want 12 or 3", v)
		}
	}
	if high == 0 || high == n*n {
		t.Fatalf("a is the same in all cells; want both values in this sample")
	}
	m, g := mat.NewDense(n*n, n*n, nil), mat.NewVecDense(n*n, nil)
	for j := range n {
		for i := range n {
			row := j*n + i
			g.SetVec(row, f[row]/(n*n))
			for _, d := range [][2]int{{1, 0}, {-1, 0}, {0, 1}, {0, -1}} {
				x, y := i+d[0], j+d[1]
				flux := 2 * a[row] // half a cell to the side
				if x >= 0 && x < n && y >= 0 && y < n {
					flux = 2 / (1/a[row] + 1/a[y*n+x])
					m.Set(row, y*n+x, m.At(row, y*n+x)-flux)
				}
				m.Set(row, row, m.At(row, row)+flux)
			}
		}
	}
	var want mat.VecDense
	if err := want.SolveVec(m, g); err != nil {
		t.Fatal(err)
	}
	for i, v := range u {
		if w := want.AtVec(i); math.Abs(v-w) > 1e-8*mat.Norm(&want, math.Inf(1)) {
			t.Errorf("u[%d] = %g; want %g", i, v, w)
		}
	}
}

// With a = 1 the solution in the middle of the square is 0.0736713533 (the series of
// Timoshenko & Goodier, Theory of Elasticity, section 109), to the second order in h.
func TestDarcyOrder(t *testing.T) {
	const want = 0.07367135328
	solve := func(n int) float64 {
		a := make([]float64, n*n)
		for i := range a {
			a[i] = 1
		}
		u := make([]float64, n*n)
		if err := solveDarcy(u, a, nil); err != nil {
			t.Fatal(err)
		}
		return math.Abs(u[n*n/2] - want)
	}
	coarse, fine := solve(33), solve(99)
	if order := math.Log(coarse/fine) / math.Log(3); math.Abs(order-2) > .1 {
		t.Errorf("errors %g and %g on a third of the width, order %.2f; want 2", coarse, fine, order)
	}
}

package family

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"mgtool/pde"
)

func coefficient(t *testing.T, name string, g pde.Grid) []float64 {
	t.Helper()
	a, err := parse(t, name).Coefficient(g)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// The same seed is the same problem, for good: sums over the cells, plain and weighted by
// the index, to the rounding of logarithms and exponentials.
func TestGolden(t *testing.T) {
	for _, c := range []struct {
		name          string
		dim, n        int
		sum, weighted float64
	}{
		{"lognormal(dim=2,sigma=1,length=0.1,seed=1)", 2, 16, 405.27581977808, 48384.63147426},
		{"lognormal(dim=2,sigma=1,length=0,seed=1)", 2, 16, 394.22853342597, 51495.00650725},
		{"lognormal(dim=3,sigma=2,length=0.3,seed=42)", 3, 8, 662.64110405306, 120456.37702411},
		{"lognormal-elements(sigma=1,length=0,seed=7)", 2, 16, 407.13223220424, 52789.100488439},
		{"checkerboard(dim=2,cells=8,contrast=100,seed=1)", 2, 16, 1292.8, 188275.2},
		{"checkerboard(dim=3,cells=4,contrast=10,seed=9)", 3, 8, 890.49738910341, 213451.21223924},
	} {
		sum, weighted := 0.0, 0.0
		for i, v := range coefficient(t, c.name, unit(t, c.dim, c.n)) {
			sum += v
			weighted += float64(i) * v
		}
		if !(math.Abs(sum-c.sum) <= 1e-11*sum && math.Abs(weighted-c.weighted) <= 1e-11*weighted) {
			t.Errorf("%s: sums %.14g, %.14g; want %.14g, %.14g", c.name, sum, weighted, c.sum, c.weighted)
		}
	}
}

// The field is a function: where cells of two grids have the same centre, so has a the same
// value; another seed has another one.
func TestFieldIsAFunction(t *testing.T) {
	const name = "lognormal(dim=%d,sigma=1,length=0.2,seed=3)"
	for _, dim := range []int{2, 3} {
		coarse, fine := unit(t, dim, 4), unit(t, dim, 12) // centres of every third cell coincide
		a, b := coefficient(t, fmt.Sprintf(name, dim), coarse), coefficient(t, fmt.Sprintf(name, dim), fine)
		for i, v := range a {
			at, stride, rest := 0, 1, i
			for range dim {
				at += stride * (3*(rest%4) + 1)
				stride, rest = stride*12, rest/4
			}
			if !(math.Abs(b[at]-v) <= 1e-12*v) {
				t.Fatalf("dimension %d: %g on 4 cells a side, %g at the same place on 12", dim, v, b[at])
			}
		}
	}
	g := unit(t, 2, 4)
	if slices.Equal(coefficient(t, "lognormal(seed=3)", g), coefficient(t, "lognormal(seed=4)", g)) {
		t.Error("seeds 3 and 4 are one field")
	}
}

// The covariance of the waves along an axis, Σ w_j cos(2πjr/p), is exp(−r²/2ℓ²) for all distances
// in the box, to e^{−18}; that of several axes is the product.
func TestCovarianceOfWaves(t *testing.T) {
	for _, length := range []float64{shortest, .1, .3, 1} {
		f := waveField{dim: 1, period: 1 + 6*length}
		w := f.weights(length)
		for r := 0.0; r <= 1; r += 1. / 64 {
			sum := 0.0
			for i, root := range w {
				sum += root * root * math.Cos(2*math.Pi*float64(i-f.most)*r/f.period)
			}
			if want := math.Exp(-r * r / (2 * length * length)); !(math.Abs(sum-want) <= 2e-8) {
				t.Errorf("length %g: covariance at %g is %.10f; want %.10f", length, r, sum, want)
			}
		}
	}
}

// Over many seeds log a has mean 0, variance σ² and the covariance σ² exp(−r²/2ℓ²), along an
// axis, across the diagonal and at both ends of the box, and a has the mean exp(σ²/2).
// Bounds are five standard deviations of the estimates.
func TestMoments(t *testing.T) {
	const seeds, n, sigma, length = 4000, 8, 0.8, 0.25
	g := unit(t, 2, n)
	f, _ := Lookup("lognormal")
	type pair struct{ p, q [2]int }
	pairs := []pair{{[2]int{2, 3}, [2]int{2, 3}}, {[2]int{1, 3}, [2]int{3, 3}}, {[2]int{4, 2}, [2]int{4, 5}}, {[2]int{1, 1}, [2]int{3, 3}}, {[2]int{0, 4}, [2]int{7, 4}}}
	covariance := make([]float64, len(pairs))
	mean, meanA := 0.0, 0.0
	for seed := range seeds {
		p, err := f.Problem(map[string]float64{"sigma": sigma, "length": length}, uint64(seed))
		if err != nil {
			t.Fatal(err)
		}
		a, err := p.Coefficient(g)
		if err != nil {
			t.Fatal(err)
		}
		z := func(at [2]int) float64 { return math.Log(a[at[1]*n+at[0]]) }
		for i, c := range pairs {
			covariance[i] += z(c.p) * z(c.q) / seeds
		}
		mean += z([2]int{5, 5}) / seeds
		meanA += a[5*n+5] / seeds
	}
	root := math.Sqrt(seeds)
	if !(math.Abs(mean) <= 5*sigma/root) {
		t.Errorf("the mean of log a is %.4f; want 0", mean)
	}
	s2 := sigma * sigma
	if want := math.Exp(s2 / 2); !(math.Abs(meanA-want) <= 5*want*math.Sqrt(math.Exp(s2)-1)/root) {
		t.Errorf("the mean of a is %.4f; want %.4f", meanA, want)
	}
	for i, c := range pairs {
		r := math.Hypot(float64(c.p[0]-c.q[0]), float64(c.p[1]-c.q[1])) / n
		want := s2 * math.Exp(-r*r/(2*length*length))
		if !(math.Abs(covariance[i]-want) <= 5*math.Sqrt(s2*s2+want*want)/root) {
			t.Errorf("covariance at distance %.3f is %.4f; want %.4f", r, covariance[i], want)
		}
	}
}

// Without a correlation length, cells are independent and standard normal.
func TestUncorrelated(t *testing.T) {
	const n = 256
	a := coefficient(t, "lognormal(sigma=1,length=0,seed=11)", unit(t, 2, n))
	var moments [5]float64
	beside := 0.0
	for i, v := range a {
		z := math.Log(v)
		for p := range moments {
			moments[p] += math.Pow(z, float64(p)) / float64(len(a))
		}
		if i > 0 {
			beside += z * math.Log(a[i-1]) / float64(len(a))
		}
	}
	root := math.Sqrt(float64(len(a)))
	for p, c := range map[int]struct{ want, deviation float64 }{1: {0, 1}, 2: {1, math.Sqrt(2)}, 3: {0, math.Sqrt(15)}, 4: {3, math.Sqrt(96)}} {
		if !(math.Abs(moments[p]-c.want) <= 5*c.deviation/root) {
			t.Errorf("moment %d is %.4f; want %g", p, moments[p], c.want)
		}
	}
	if !(math.Abs(beside) <= 5/root) {
		t.Errorf("covariance of neighbours is %.4f; want 0", beside)
	}
}

// Squares of a checkerboard are whole, of two values of the given contrast, alternate with
// seed 0, and are about as often high as low with another.
func TestCheckerboard(t *testing.T) {
	for _, dim := range []int{2, 3} {
		g := unit(t, dim, 12)
		a := coefficient(t, fmt.Sprintf("checkerboard(dim=%d,cells=4,contrast=9,seed=0)", dim), g)
		for i, v := range a {
			sum, rest := 0, i
			for range dim {
				sum, rest = sum+rest%12/3, rest/12
			}
			want := 3.0
			if sum%2 == 1 {
				want = 1. / 3
			}
			if v != want {
				t.Fatalf("dimension %d: a is %g in cell %d; want %g", dim, v, i, want)
			}
		}
	}
	const squares = 64
	high := 0
	for _, v := range coefficient(t, "checkerboard(cells=64,contrast=4,seed=2)", unit(t, 2, squares)) {
		switch v {
		case 2:
			high++
		case .5:
		default:
			t.Fatalf("a is %g; want 2 or 1/2", v)
		}
	}
	if mean := float64(high) / (squares * squares); !(math.Abs(mean-.5) <= 5*.5/squares) {
		t.Errorf("%.3f of the squares are high; want a half", mean)
	}
}

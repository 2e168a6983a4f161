package feature

import (
	"context"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"mgtool/multigrid/constrained"
)

// The minimum of a blur is that of quadratic programming, with and without the smoothing.
func TestMinimum(t *testing.T) {
	const n = 12
	blur, err := Blur(1, 1)
	if err != nil {
		t.Fatal(err)
	}
	g := NewMap(n, n, 1)
	random := rand.New(rand.NewPCG(1, 1))
	for i := range g.Values {
		g.Values[i] = random.NormFloat64()
	}
	var normal, right mat.Dense
	h := dense(blur, n)
	normal.Mul(h.T(), h)
	right.Mul(h.T(), mat.NewDense(n*n, 1, g.Values))
	for _, mu := range []float64{.001, .1} {
		smooth := dense(Laplacian(1), n)
		a := mat.NewSymDense(n*n, nil)
		for i := range n * n {
			for j := i; j < n*n; j++ {
				a.SetSym(i, j, normal.At(i, j)+mu*smooth.At(i, j))
			}
		}
		want, err := constrained.Quadratic(a, right.RawMatrix().Data, make([]float64, n*n))
		if err != nil {
			t.Fatal(err)
		}
		got, err := Minimum{A: blur, Mu: mu, RelTol: 1e-11, Cycles: 100}.Solve(context.Background(), g, nil)
		if err != nil {
			t.Fatal(err)
		}
		zeros := 0
		for i, v := range want {
			if !(math.Abs(got.U.Values[i]-v) <= 1e-8) {
				t.Fatalf("μ = %g: value %d is %.12g; want %.12g", mu, i, got.U.Values[i], v)
			}
			if v == 0 && got.U.Values[i] == 0 {
				zeros++
			}
		}
		if zeros < n || got.Cycles < 2 {
			t.Errorf("μ = %g: %d zeros after %d cycles; want a constraint that acts", mu, zeros, got.Cycles)
		}
	}
	for want, m := range map[string]Minimum{
		"μ = -1": {A: blur, Mu: -1, RelTol: .1, Cycles: 1}, "tolerance 0": {A: blur, Cycles: 1}, "at most 0": {A: blur, RelTol: .1}, "after 1 cycles": {A: blur, Mu: .001, RelTol: 1e-11, Cycles: 1},
		"A is 0 wide": {RelTol: .1, Cycles: 1},
	} {
		if _, err := m.Solve(context.Background(), g, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want %q", err, want)
		}
	}
}

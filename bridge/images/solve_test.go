package images

import (
	"context"
	"math"
	"slices"
	"testing"

	"mgtool/mgnet"
	"mgtool/multigrid/method"
)

// Of the identity the best scale is that of Jacobi, ω = 4/5 with the smoothing factor 3/5
// (Trottenberg, Oosterlee, Schüller, Multigrid, section 2.1.3); of its negative, −4/5. A kernel
// that makes a wave the coarse grid does not see worse whatever its sign does not smooth.
func TestBestScale(t *testing.T) {
	for sign, name := range map[float64]string{1: "identity", -3: "its negative, times 3"} {
		s, mu := BestScale(method.JacobiStencil(2, sign))
		if !(math.Abs(s*sign-.8) <= 1e-6 && math.Abs(mu-.6) <= 1e-6) {
			t.Errorf("%s: scale %g, smoothing factor %g; want %g, 0.6", name, s, mu, .8/sign)
		}
	}
	// Two sweeps of Jacobi in one, K = 2ω − ω² A/D, leave (1 − ω a)² of a wave, 0 to 0.36 of those
	// with a from 1/2 to 2; 1 − s (1 − t) is smallest over these t for s = 1/0.82. No wave of the
	// list has t = 0, hence the tolerance.
	k := &method.Stencil{Dim: 2, Width: 3, Weights: []float64{0, .16, 0, .16, .96, .16, 0, .16, 0}}
	if s, mu := BestScale(k); !(math.Abs(s-1/.82) <= 1e-3 && math.Abs(mu-.18/.82) <= 1e-3) {
		t.Errorf("two sweeps: scale %g, smoothing factor %g; want %g, %g", s, mu, 1/.82, .18/.82)
	}
	if s, mu := BestScale(&method.Stencil{Dim: 2, Width: 3, Weights: []float64{0, 0, 0, -1, 0, 1, 0, 0, 0}}); mu < 1-1e-9 {
		t.Errorf("a central difference: scale %g, smoothing factor %g; want 1", s, mu)
	}
	if s, mu := BestScale(&method.Stencil{Dim: 2, Width: 3, Weights: make([]float64, 9)}); s != 0 || mu != 1 {
		t.Errorf("zero: scale %g, smoothing factor %g; want 0, 1", s, mu)
	}
}

// Kernels are read along the right axes, and each is from a channel to itself.
func TestKernels(t *testing.T) {
	for _, depthwise := range [][]string{nil, {"B"}} {
		c := mgnet.NewMgNet(8, 8, 1, 3, []int{2, 3}, []int{1, 2})
		c.ShareB, c.Depthwise = "step", depthwise
		n, err := mgnet.New(c, 1)
		if err != nil {
			t.Fatal(err)
		}
		p := n.Param("level1.step1.B")
		in := p.Shape[2]
		for k := range 9 {
			p.Data[(k*in+min(1, in-1))*3+1] = float32(k)
		}
		list, err := Kernels(n, "B")
		if err != nil || len(list) != 2+2*3 {
			t.Fatalf("%d kernels, %v; want 8", len(list), err)
		}
		k := list[6]
		if k.Operator != "level1.step1.B" || k.Channel != 1 || !slices.Equal(k.Stencil.Weights, []float64{0, 1, 2, 3, 4, 5, 6, 7, 8}) {
			t.Errorf("depthwise %v: %+v, stencil %v", depthwise, k, k.Stencil.Weights)
		}
	}
	if _, err := Kernels(&mgnet.Network{Model: mgnet.LeNet5(28, 28, 1, 10)}, "B"); err == nil {
		t.Error("kernels of B of a LeNet")
	}
}

// A network whose B is Jacobi's, in whatever units, gives Jacobi's cycle: its factor is that of
// the literature's V(1,1) with ω = 4/5 and bilinear transfers, below the smoothing factor 0.6²
// by what the two grids make of it. Its R, full weighting in any
// units, gives the same cycle.
func TestSolve(t *testing.T) {
	c := mgnet.NewMgNet(8, 8, 1, 3, []int{3}, []int{1, 1})
	c.Begin = map[string][]float64{"B": {0, 0, 0, 0, -5, 0, 0, 0, 0}, "R": {3, 6, 3, 6, 12, 6, 3, 6, 3}}
	n, err := mgnet.New(c, 1)
	if err != nil {
		t.Fatal(err)
	}
	for op, count := range map[string]int{"B": 6, "R": 3} {
		tr, err := Solve(context.Background(), n, op, 16, 1, nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(tr.Groups) != 4 || len(tr.Groups[0].Kernels) != count || tr.Groups[0].Converging() != count {
			t.Fatalf("%s: %+v", op, tr.Groups)
		}
		if !(tr.Classical > .2 && tr.Classical < .4) {
			t.Errorf("%s: Jacobi's factor %g", op, tr.Classical)
		}
		for _, k := range slices.Concat(tr.Groups[0].Kernels, tr.Groups[1].Kernels) {
			if !(math.Abs(k.Factor-tr.Classical) <= 1e-5) {
				t.Errorf("%s: factor %g of %s, channel %d, scale %g; want %g", op, k.Factor, k.Operator, k.Channel, k.Scale, tr.Classical)
			}
		}
		if k := tr.Groups[0].Kernels[0]; !(math.Abs(k.FactorOnDouble-tr.ClassicalDouble) <= 1e-5) {
			t.Errorf("%s: on 32 cells %g, want %g", op, k.FactorOnDouble, tr.ClassicalDouble)
		}
		// Nine independent weights seldom smooth, or restrict a constant to one.
		if got := tr.Groups[2].Converging(); got == count {
			t.Errorf("%s: all %d random kernels converge", op, got)
		}
	}
}

func TestAveraged(t *testing.T) {
	k := &method.Stencil{Dim: 2, Width: 3, Weights: []float64{1, 2, 3, 4, 5, 6, 7, 8, 10}}
	want := []float64{5.25, 5, 5.25, 5, 5, 5, 5.25, 5, 5.25}
	if got := Averaged(k).Weights; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

package modes

import (
	"context"
	"math"
	"math/cmplx"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"mgtool/multigrid"
	"mgtool/multigrid/cycle"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// twoGrids stops after one coarser grid, which is then solved directly.
type twoGrids struct{ multigrid.Coarsening }

func (t twoGrids) Coarsen(levels []multigrid.Coarse) (c multigrid.Coarse, ok bool, err error) {
	if len(levels) == 2 {
		return c, false, nil
	}
	return t.Coarsening.Coarsen(levels)
}

func propagation(t *testing.T, dim, n int, smoother multigrid.Smoother, coarsening multigrid.Coarsening, pre, post int) *Propagation {
	t.Helper()
	g, err := pde.Unit(dim, n)
	if err != nil {
		t.Fatal(err)
	}
	p, err := New(context.Background(), stencil.Laplacian(g), multigrid.Settings{
		Cycle:      cycle.Cycle{Pre: []int{pre}, Post: []int{post}},
		Components: multigrid.Components{Smoother: smoother, Coarsening: coarsening},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// In one dimension, on two grids and with one step of Jacobi before the correction, the waves
// k and N−k are an invariant plane. With s = sin(kπ/2N), c = cos(kπ/2N) and ω = ½ the step
// multiplies them by c² and s², and the coarse correction is
//
//	[ s²  c² ]
//	[ s²  c² ]
//
// (the analysis is that of Hackbusch, Multi-Grid Methods and Applications, 1985, chapter 2): so E has the eigenvalues
// 2s²c² and 0, and ½ for k = N/2; each wave leaves √2 s²c² of itself.
func TestTwoGridsInOneDimension(t *testing.T) {
	const n = 128
	p := propagation(t, 1, n, multigrid.Jacobi{Omega: .5}, twoGrids{multigrid.Rediscretized{}}, 1, 0)
	values, err := p.Eigenvalues()
	if err != nil {
		t.Fatal(err)
	}
	want := []float64{.5}
	for k := n/2 - 1; k >= 1; k-- {
		want = append(want, math.Pow(math.Sin(math.Pi*float64(k)/n), 2)/2)
	}
	for len(want) < n-1 {
		want = append(want, 0)
	}
	for i, v := range values {
		if !(cmplx.Abs(v-complex(want[i], 0)) <= 1e-7) { // the zeros are double, and defective
			t.Errorf("eigenvalue %d is %.9f; want %.9f", i, v, want[i])
		}
	}
	m, err := p.Modes()
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range m.Amplification {
		k := m.Wave(i)[0]
		s, c := math.Sincos(math.Pi * float64(k) / (2 * n))
		amplified := math.Sqrt2 * s * s * c * c
		if k == n/2 {
			amplified = .5
		}
		if !(math.Abs(v-amplified) <= 1e-13) {
			t.Errorf("wave %d is amplified by %.14f; want %.14f", k, v, amplified)
		}
	}
}

// Two steps of Jacobi with ω = 4/5 before and after the correction, with Galerkin operators,
// have the factor 0.1288 on 31² to 511² vertices, by power iteration of another program.
func TestFactorOfJacobi(t *testing.T) {
	p := propagation(t, 2, 32, multigrid.Jacobi{Omega: .8}, multigrid.Galerkin{}, 2, 2)
	n, _ := p.E.Dims()
	x, y := mat.NewVecDense(n, nil), mat.NewVecDense(n, nil)
	for i := range n {
		x.SetVec(i, math.Sin(float64(i*i)))
	}
	factor := 0.0
	for range 300 { // E is self-adjoint in the energy, so that this converges without turning
		y.MulVec(p.E, x)
		factor = mat.Norm(y, 2) / mat.Norm(x, 2)
		x.ScaleVec(1/mat.Norm(y, 2), y)
	}
	if !(math.Abs(factor-.1288) <= 2e-3) {
		t.Errorf("the factor is %.4f; want 0.1288", factor)
	}
}

// The largest eigenvalue is the factor of a long solve; as many steps before as after a
// Galerkin correction make all eigenvalues real, and those of E at least 0.
func TestRadiusIsTheFactorOfASolve(t *testing.T) {
	for _, c := range []struct {
		smoother   multigrid.Smoother
		coarsening multigrid.Coarsening
	}{
		{multigrid.Jacobi{Omega: .8}, multigrid.Galerkin{}},
		{multigrid.RedBlack{Omega: 1}, multigrid.Rediscretized{}},
		{multigrid.RedBlack{Omega: 1.15}, multigrid.Rediscretized{}},
		{multigrid.Lines{Axes: []int{0}}, multigrid.BlackBox{}},
		{multigrid.Chebyshev{Degree: 2}, multigrid.Galerkin{}},
	} {
		p := propagation(t, 2, 16, c.smoother, c.coarsening, 1, 1)
		values, err := p.Eigenvalues()
		if err != nil {
			t.Fatal(err)
		}
		radius := cmplx.Abs(values[0])
		u, g := pde.NewField[float64](p.Grid), pde.NewField[float64](p.Grid)
		u.Randomize(1)
		const cycles = 60
		solver, err := multigrid.NewSolver(stencil.Laplacian(p.Grid), multigrid.Settings{
			Cycle: cycle.Cycle{Pre: []int{1}, Post: []int{1}}, MaxCycles: cycles,
			Components: multigrid.Components{Smoother: c.smoother, Coarsening: c.coarsening},
		})
		if err != nil {
			t.Fatal(err)
		}
		res, err := solver.Solve(context.Background(), u, g)
		if err != nil {
			t.Fatal(err)
		}
		long := math.Pow(res.Residuals[cycles]/res.Residuals[cycles-20], 1./20)
		if !(math.Abs(long/radius-1) <= .02) {
			t.Errorf("%v: radius %.4f; a solve has the factor %.4f", c.smoother, radius, long)
		}
		if _, galerkin := c.coarsening.(multigrid.Galerkin); !galerkin {
			continue
		}
		for i, v := range values {
			if !(math.Abs(imag(v)) <= 1e-9 && real(v) >= -1e-9) {
				t.Errorf("%v: eigenvalue %d is %v; want a real one, 0 or more", c.smoother, i, v)
			}
		}
	}
}

// Sine waves are an orthonormal basis: the squares of both spectra add up to ‖E‖², and the
// amplification of a wave is that of a cycle from this wave.
func TestModes(t *testing.T) {
	p := propagation(t, 2, 16, multigrid.RedBlack{Omega: 1}, multigrid.Rediscretized{}, 1, 1)
	m, err := p.Modes()
	if err != nil {
		t.Fatal(err)
	}
	var amplified, remains float64
	for i := range m.Amplification {
		amplified += m.Amplification[i] * m.Amplification[i]
		remains += m.Remains[i] * m.Remains[i]
	}
	n := float64(len(m.Remains))
	for _, v := range []float64{amplified, remains} {
		if !(math.Abs(math.Sqrt(v/n)-p.Mean()) <= 1e-13) {
			t.Errorf("the spectra have the mean %.14f; want %.14f", math.Sqrt(v/n), p.Mean())
		}
	}
	i := 2*15 + 4 // k = (5, 3)
	if k := m.Wave(i); k != [3]int{5, 3, 1} {
		t.Fatalf("entry %d is the wave %v", i, k)
	}
	x, y := mat.NewVecDense(225, nil), mat.NewVecDense(225, nil)
	for r := range 225 {
		at := indices(p.Grid, r)
		x.SetVec(r, math.Sin(5*math.Pi*float64(at[0])/16)*math.Sin(3*math.Pi*float64(at[1])/16))
	}
	y.MulVec(p.E, x)
	if got, want := m.Amplification[i], mat.Norm(y, 2)/mat.Norm(x, 2); !(math.Abs(got-want) <= 1e-13) {
		t.Errorf("wave (5, 3) is amplified by %.14f; want %.14f", got, want)
	}
}

func TestMistakes(t *testing.T) {
	good, _ := pde.Unit(2, 16)
	small, _ := pde.Unit(2, 8)
	large, _ := pde.Unit(2, 34)
	periodic, _ := good.PeriodicAlong(0, 1)
	mixed := multigrid.DefaultSettings()
	mixed.Precision = multigrid.Mixed
	minimal := multigrid.DefaultSettings()
	minimal.Smoother = multigrid.MinimalResidual{multigrid.Jacobi{Omega: .8}}
	for want, c := range map[string]struct {
		g pde.Grid
		s multigrid.Settings
	}{
		"1089 unknowns":     {large, multigrid.DefaultSettings()},
		"no side has given": {periodic, multigrid.DefaultSettings()},
		"mixed precision":   {good, mixed},
		"that is linear":    {good, minimal},
		"solved directly":   {small, multigrid.DefaultSettings()},
	} {
		if _, err := New(context.Background(), stencil.Laplacian(c.g), c.s, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want an error with %q", err, want)
		}
	}
	if _, err := New(context.Background(), stencil.Operator{}, multigrid.DefaultSettings(), nil); err == nil {
		t.Error("the zero operator has a propagation")
	}
	half, _ := good.PeriodicAlong(0)
	p, err := New(context.Background(), stencil.Laplacian(half), multigrid.DefaultSettings(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Modes(); err == nil {
		t.Error("sine waves on a periodic axis")
	}
	// A cycle that leaves the numbers.
	wild := multigrid.DefaultSettings()
	wild.Components = multigrid.Components{Smoother: multigrid.KernelSmoother{Name: "1e200", Width: 3, Weights: []float64{0, 0, 0, 0, 1e200, 0, 0, 0, 0}}, Coarsening: multigrid.Rediscretized{}}
	if _, err := New(context.Background(), stencil.Laplacian(good), wild, nil); err == nil || !strings.Contains(err.Error(), "want finite numbers") && !strings.Contains(err.Error(), "not finite") {
		t.Errorf("kernel 1e200: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := New(ctx, stencil.Laplacian(good), multigrid.DefaultSettings(), nil); err == nil || !strings.Contains(err.Error(), "interrupted") {
		t.Errorf("stopped: %v", err)
	}
}

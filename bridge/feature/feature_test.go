package feature

import (
	"context"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"mgtool/multigrid/constrained"
	"mgtool/pde"
	"mgtool/pde/stencil"
	"mgtool/tensor"
)

func randomMap(h, w, c int, seed uint64) Map {
	rng := rand.New(rand.NewPCG(seed, 3))
	m := NewMap(h, w, c)
	for i := range m.Values {
		m.Values[i] = rng.NormFloat64()
	}
	return m
}

func randomKernel(width, in, out int, seed uint64) Kernel {
	return Kernel{width, in, out, randomMap(width, width, in*out, seed).Values}
}

// worst is the largest difference.
func worst(x, y []float64) (d float64) {
	for i, v := range x {
		d = max(d, math.Abs(v-y[i]))
	}
	return d
}

// matrix has the columns K eᵢ.
func matrix(k Kernel, h, w int) *mat.Dense {
	m := mat.NewDense(h*w*k.Out, h*w*k.In, nil)
	for i := range h * w * k.In {
		e := NewMap(h, w, k.In)
		e.Values[i] = 1
		m.SetCol(i, k.Apply(e).Values)
	}
	return m
}

// A convolution is that of package tensor, which has float32; its adjoint is one.
func TestKernel(t *testing.T) {
	const h, w = 5, 7
	for seed, c := range [][3]int{{1, 2, 3}, {3, 1, 4}, {5, 3, 2}, {9, 2, 2}} {
		k := randomKernel(c[0], c[1], c[2], uint64(seed))
		x, y := randomMap(h, w, k.In, 10), randomMap(h, w, k.Out, 11)
		if l, r := inner(k.Apply(x), y), inner(x, k.Adjoint().Apply(y)); !(math.Abs(l-r) <= 1e-11) {
			t.Errorf("%v: (Kx, y) = %g, (x, Kᵀy) = %g", c, l, r)
		}
		conv, err := tensor.NewConv(tensor.Shape{N: 1, H: h, W: w, C: k.In}, k.Out, k.Width, 1, k.Width/2)
		if err != nil {
			t.Fatal(err)
		}
		narrow := func(v []float64) (f []float32) {
			for _, x := range v {
				f = append(f, float32(x))
			}
			return f
		}
		out := make([]float32, h*w*k.Out)
		conv.Forward(out, narrow(x.Values), narrow(k.Weights))
		for i, v := range k.Apply(x).Values {
			if !(math.Abs(v-float64(out[i])) <= 1e-4) {
				t.Fatalf("%v: %g, package tensor has %g", c, v, out[i])
			}
		}
	}
}

// The sigma form with Jacobi's B takes the steps of projected Jacobi for an A without positive
// couplings, on an image of both signs, and ends at the solution of the obstacle problem, which
// multigrid computes.
func TestSigmaIsProjectedJacobi(t *testing.T) {
	const n = 15
	g := randomMap(n, n, 1, 1)
	a := Laplacian(1)
	for _, omega := range []float64{.7, 1} {
		b, err := Jacobi(a, omega)
		if err != nil {
			t.Fatal(err)
		}
		var list []Map
		const steps = 1500
		keep := func(_ int, u, _ Map) { list = append(list, u) }
		projected, sigma := Model{Projected, a, b}, Model{Sigma, a, b}
		if _, err := projected.Solve(context.Background(), g, steps, keep); err != nil {
			t.Fatal(err)
		}
		off := 0.0
		var left float64
		u, err := sigma.Solve(context.Background(), g, steps, func(k int, u, r Map) {
			off = max(off, worst(u.Values, list[k].Values))
			left = projected.Violation(u, r)
		})
		if err != nil {
			t.Fatal(err)
		}
		if off > 1e-12 {
			t.Errorf("ω = %g: the forms differ by %g", omega, off)
		}
		if left > 1e-12 {
			t.Errorf("ω = %g: violation %g after %d steps", omega, left, steps)
		}
		grid, err := pde.NewGrid([]int{n + 1, n + 1}, []float64{1, 1})
		if err != nil {
			t.Fatal(err)
		}
		solver, err := constrained.New(stencil.Laplacian(grid), constrained.DefaultSettings())
		if err != nil {
			t.Fatal(err)
		}
		field, data := pde.NewField[float64](grid), pde.NewField[float64](grid)
		data.FillInterior(func(x, y, _ float64) float64 { return g.Values[(int(y)-1)*n+int(x)-1] })
		res, err := solver.Solve(context.Background(), field, data, nil)
		if err != nil {
			t.Fatal(err)
		}
		if d := worst(u.Values, field.Interior()); d > 1e-7 || res.Contact == 0 || res.Contact == n*n {
			t.Errorf("ω = %g: off the solution by %g; %d in contact", omega, d, res.Contact)
		}
	}
}

// Projected, with Landweber's B, is least squares with u ≥ 0, as quadratic programming has it;
// sigma is not: for a blur it ends elsewhere, with a larger residual.
func TestLeastSquares(t *testing.T) {
	const n = 8
	a, err := Blur(1, .6)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Landweber(a, 1)
	if err != nil {
		t.Fatal(err)
	}
	g := randomMap(n, n, 1, 2)
	dense := matrix(a, n, n)
	var square mat.Dense
	square.Mul(dense.T(), dense)
	normal := mat.NewSymDense(n*n, nil)
	for i := range n * n {
		for j := i; j < n*n; j++ {
			normal.SetSym(i, j, square.At(i, j))
		}
	}
	want, err := constrained.Quadratic(normal, a.Adjoint().Apply(g).Values, make([]float64, n*n))
	if err != nil {
		t.Fatal(err)
	}
	solve := func(f Form) (Map, float64) {
		var left float64
		u, err := Model{f, a, b}.Solve(context.Background(), g, 4000, func(_ int, _, r Map) { left = r.Norm() })
		if err != nil {
			t.Fatal(err)
		}
		return u, left
	}
	projected, least := solve(Projected)
	if d := worst(projected.Values, want); d > 1e-8 {
		t.Errorf("projected: off by %g", d)
	}
	sigma, left := solve(Sigma)
	if left <= 1.01*least || worst(sigma.Values, want) < .01 {
		t.Errorf("sigma: residual %g, that of the solution %g; want more", left, least)
	}
	t.Logf("residual %.4f projected, %.4f sigma, ‖g‖ = %.4f", least, left, g.Norm())
}

// The linear form is the sequence u = Σ (I − BA)ᵏ B g.
func TestLinear(t *testing.T) {
	const h, w = 4, 5
	a, b := randomKernel(3, 2, 3, 1), randomKernel(3, 3, 2, 2).Scale(.01)
	g := randomMap(h, w, 3, 3)
	u, err := Model{Linear, a, b}.Solve(context.Background(), g, 5, nil)
	if err != nil {
		t.Fatal(err)
	}
	ma, mb := matrix(a, h, w), matrix(b, h, w)
	x, gv := mat.NewVecDense(h*w*2, nil), mat.NewVecDense(h*w*3, g.Values)
	for range 5 {
		var r, d mat.VecDense
		r.MulVec(ma, x)
		r.SubVec(gv, &r)
		d.MulVec(mb, &r)
		x.AddVec(x, &d)
	}
	if d := worst(u.Values, x.RawVector().Data); d > 1e-12 {
		t.Errorf("off by %g", d)
	}
}

func TestMistakes(t *testing.T) {
	a := Laplacian(2)
	b, err := Jacobi(a, 1)
	if err != nil {
		t.Fatal(err)
	}
	good := Model{Sigma, a, b}
	ctx := context.Background()
	bad := func(name, want string, err error) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want an error about %q", name, err, want)
		}
	}
	_, err = good.Solve(ctx, NewMap(4, 4, 3), 1, nil)
	bad("channels", "3 channels for A to 2", err)
	_, err = good.Solve(ctx, Map{Height: 4}, 1, nil)
	bad("empty", "want one or more", err)
	nan := NewMap(4, 4, 2)
	nan.Values[9] = math.NaN()
	_, err = good.Solve(ctx, nan, 1, nil)
	bad("NaN", "NaN at pixel (1, 0)", err)
	_, err = good.Solve(ctx, NewMap(4, 4, 2), -1, nil)
	bad("steps", "-1 steps", err)
	_, err = Model{Linear, a, b.Scale(1e3)}.Solve(ctx, randomMap(4, 4, 2, 1), 1000, nil)
	bad("diverging", "diverges", err)
	stopped, stop := context.WithCancel(ctx)
	stop()
	_, err = good.Solve(stopped, NewMap(4, 4, 2), 1, nil)
	bad("stopped", "canceled", err)
	_, err = ParseForm("relu")
	bad("form", "linear, projected, sigma", err)
	bad("kernel", "3 weights; want 4", Model{Sigma, Kernel{1, 2, 2, make([]float64, 3)}, b}.Validate())
	bad("B", "go back", Model{Sigma, a, Laplacian(1)}.Validate())
	bad("B to others", "go back", Model{Sigma, a, Kernel{1, 2, 3, make([]float64, 6)}}.Validate())
	bad("B from others", "go back", Model{Sigma, a, Kernel{1, 3, 2, make([]float64, 6)}}.Validate())
	for _, k := range []Kernel{{2, 1, 1, make([]float64, 4)}, {33, 1, 1, make([]float64, 33*33)}, {-1, 1, 1, nil}, {1, 0, 1, nil}, {1, 1, 0, nil}} {
		bad("kernel", "want an odd width, at most 31, and 1 or more channels", k.validate("A"))
	}
	_, err = Blur(1, 8)
	bad("blur", "at most 5", err)
	_, err = Jacobi(randomKernel(3, 1, 2, 1), 1)
	bad("Jacobi", "want as many", err)
	_, err = Landweber(a.Scale(0), 1)
	bad("Landweber", "A = 0", err)
}

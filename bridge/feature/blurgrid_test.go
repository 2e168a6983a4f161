package feature

import (
	"math"
	"math/cmplx"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// dense is the matrix of a kernel on n × n pixels of one channel.
func dense(k Kernel, n int) *mat.Dense {
	m := mat.NewDense(n*n, n*n, nil)
	for j := range n * n {
		x := NewMap(n, n, 1)
		x.Values[j] = 1
		m.SetCol(j, k.Apply(x).Values)
	}
	return m
}

// interpolation is linear, from the pixels with odd indices of n × n.
func interpolation(n int) *mat.Dense {
	c := (n - 1) / 2
	one := mat.NewDense(n, c, nil)
	for j := range c {
		one.Set(2*j, j, .5)
		one.Set(2*j+1, j, 1)
		one.Set(2*j+2, j, .5)
	}
	var p mat.Dense
	p.Kronecker(one, one)
	return &p
}

// sweeps is what two sweeps of Gauss–Seidel leave of an error, forwards or backwards.
func sweeps(t *testing.T, a *mat.Dense, forwards bool) *mat.Dense {
	t.Helper()
	n, _ := a.Dims()
	triangle := mat.NewDense(n, n, nil)
	for i := range n {
		for j := range n {
			if forwards && j <= i || !forwards && j >= i {
				triangle.Set(i, j, a.At(i, j))
			}
		}
	}
	var s, twice mat.Dense
	if err := s.Solve(triangle, a); err != nil {
		t.Fatal(err)
	}
	s.Scale(-1, &s)
	for i := range n {
		s.Set(i, i, 1+s.At(i, i))
	}
	twice.Mul(&s, &s)
	return &twice
}

func radius(t *testing.T, m *mat.Dense) (most float64) {
	t.Helper()
	var e mat.Eigen
	if !e.Factorize(m, mat.EigenNone) {
		t.Fatal("no eigenvalues")
	}
	for _, v := range e.Values(nil) {
		most = max(most, cmplx.Abs(v))
	}
	return most
}

// Why a blur is relaxed on one grid: for A = HᵀH + μ(−Δ), H a blur of 1.5 pixels, a coarse grid
// with the Galerkin product takes most of what relaxation leaves where −Δ is most of A, and next
// to nothing where the blur is, as it is when pictures are sharpened. The errors that a blur
// hides are the oscillating ones, which a coarse grid does not have.
func TestCoarseGridsOfABlur(t *testing.T) {
	const n = 15
	blur, err := Blur(1, 1.5)
	if err != nil {
		t.Fatal(err)
	}
	var hh mat.Dense
	h := dense(blur, n)
	hh.Mul(h.T(), h)
	laplacian, p := dense(Laplacian(1), n), interpolation(n)
	for _, one := range []struct{ mu, relaxed, corrected, cg float64 }{
		{1, .223, .043, .069}, {.1, .059, .031, .020}, {.01, .779, .670, .249}, {.001, .973, .963, .617},
	} {
		a := mat.NewDense(n*n, n*n, nil)
		a.Scale(one.mu, laplacian)
		a.Add(a, &hh)
		before, after := sweeps(t, a, true), sweeps(t, a, false)
		var relaxed, ap, coarse, solved, correction, corrected mat.Dense
		relaxed.Mul(after, before)
		ap.Mul(a, p)
		coarse.Mul(p.T(), &ap)
		if err := solved.Solve(&coarse, ap.T()); err != nil { // A'⁻¹ Pᵀ A
			t.Fatal(err)
		}
		correction.Mul(p, &solved)
		correction.Scale(-1, &correction)
		for i := range n * n {
			correction.Set(i, i, 1+correction.At(i, i))
		}
		corrected.Mul(&correction, before)
		corrected.Mul(after, &corrected)
		symmetric := mat.NewSymDense(n*n, nil)
		for i := range n * n {
			for j := i; j < n*n; j++ {
				symmetric.SetSym(i, j, a.At(i, j))
			}
		}
		var e mat.EigenSym
		if !e.Factorize(symmetric, false) {
			t.Fatal("no eigenvalues")
		}
		values := e.Values(nil)
		root := math.Sqrt(values[len(values)-1] / values[0])
		got := [3]float64{radius(t, &relaxed), radius(t, &corrected), math.Pow((root-1)/(root+1), 4)}
		want := [3]float64{one.relaxed, one.corrected, one.cg}
		t.Logf("μ = %g: four sweeps leave %.3f, with a coarse grid %.3f; four steps of CG, by its bound, %.3f", one.mu, got[0], got[1], got[2])
		for i := range got {
			if !(math.Abs(got[i]-want[i]) <= .001) {
				t.Errorf("μ = %g: %.4f; want %.3f", one.mu, got, want)
				break
			}
		}
	}
}

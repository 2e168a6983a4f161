package bridge

import (
	"math"
	"testing"

	"mgtool/bridge/specification"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// Every second start is a mix of the 4^d lowest sine waves of its grid and nothing else: what
// is left when these are taken out is rounding. The others are not. All have unit norm.
func TestRandomStarts(t *testing.T) {
	for _, dim := range []int{1, 2, 3} {
		n := map[int]int{1: 128, 2: 16, 3: 8}[dim]
		c := made(t, specification.Learn(specification.Learned{"B"}), stencil.Laplacian(unit(t, dim, n)))
		s, err := newStarts(t.Context(), c, 4, 1, false)
		if err != nil {
			t.Fatal(err)
		}
		side := n - 1
		for k := range 4 {
			u := s.at(k)
			if got := norm(u); math.Abs(got-1) > 1e-6 {
				t.Errorf("dim %d: start %d has norm %g, want 1", dim, k, got)
			}
			// The waves Π sin(a_dπ i_d/n) are orthogonal, with the square (n/2)^d.
			left := append([]float32{}, u...)
			for wave := range int(math.Pow(4, float64(dim))) {
				at := func(i int) float64 {
					v := 1.0
					for d, w, r := 0, wave, i; d < dim; d, w, r = d+1, w/4, r/side {
						v *= math.Sin(math.Pi * float64((w%4+1)*(r%side+1)) / float64(n))
					}
					return v
				}
				part := 0.0
				for i, v := range u {
					part += float64(v) * at(i) / math.Pow(float64(n)/2, float64(dim))
				}
				for i := range left {
					left[i] -= float32(part * at(i))
				}
			}
			if got := norm(left); (got < 1e-5) != (k%2 == 1) {
				t.Errorf("dim %d, start %d: %g of it is no low wave", dim, k, got)
			}
		}
	}
}

func norm(u []float32) (sum float64) {
	for _, v := range u {
		sum += float64(v) * float64(v)
	}
	return math.Sqrt(sum)
}

// Starts of supervised training are solutions of independent random data: their residuals are
// as large on all waves, so that the sum of neighbours' products vanishes but for chance.
func TestSolutionStarts(t *testing.T) {
	g := unit(t, 2, 32)
	a := stencil.Laplacian(g)
	s, err := newStarts(t.Context(), made(t, specification.Learn(specification.Learned{"B"}), a), 2, 1, true)
	if err != nil {
		t.Fatal(err)
	}
	for k := range 2 {
		u, r := pde.NewField[float64](g), pde.NewField[float64](g)
		for i, v := range s.at(k) {
			u.Set(i%31+1, i/31+1, 0, float64(v))
		}
		if err := a.Apply(r, u); err != nil {
			t.Fatal(err)
		}
		var square, neighbours, smooth float64
		data := r.Interior()
		for i, v := range data {
			square += v * v
			if i%31 < 30 {
				neighbours += v * data[i+1]
				smooth += float64(s.at(k)[i]) * float64(s.at(k)[i+1])
			}
		}
		// 930 products of independent values: a standard deviation of 3%.
		if math.Abs(neighbours) > .15*square || smooth < .9 {
			t.Errorf("start %d: neighbours correlate by %.2f in A u and by %.2f in u; want 0 and about 1", k, neighbours/square, smooth)
		}
	}
}

package tensor

import (
	"fmt"
	"math"
	"math/cmplx"
	"testing"

	"mgtool/tensor/gradtest"
)

// norm is ‖d‖ of one field by its definition, a sum over all modes of all values.
func norm(d []float32, h, w, c, order int) float64 {
	frequency := func(k, n int) float64 { // of index k, with the cut
		if k > (n-1)/2 {
			k -= n
		}
		k = max(k, -k)
		if k >= 20 {
			return 0
		}
		return float64(k)
	}
	sum := 0.0
	for k1 := range h {
		for k2 := range w {
			weight := 1.0
			if order == 1 {
				weight += math.Pow(frequency(k1, h), 2) + math.Pow(frequency(k2, w), 2)
			}
			for ch := range c {
				mode := complex128(0)
				for i := range h {
					for j := range w {
						mode += complex(float64(d[(i*w+j)*c+ch]), 0) * cmplx.Exp(complex(0, -2*math.Pi*(float64(k1*i)/float64(h)+float64(k2*j)/float64(w))))
					}
				}
				sum += weight * (real(mode)*real(mode) + imag(mode)*imag(mode)) / float64(h*w)
			}
		}
	}
	return math.Sqrt(sum)
}

func TestRelativeError(t *testing.T) {
	for _, s := range []Shape{{2, 5, 6, 2}, {1, 4, 44, 1}, {3, 41, 2, 1}} {
		for order := range 2 {
			name := fmt.Sprintf("%v, H^%d", s, order)
			e, err := NewRelativeError(s.N, s.H, s.W, s.C, order)
			if err != nil {
				t.Fatal(err)
			}
			y, target := gradtest.Random(s.Len(), 1), gradtest.Random(s.Len(), 2)
			size, want := s.Len()/s.N, 0.0
			each := make([]float64, s.N)
			e.Each(each, y, target)
			for n := range s.N {
				d := make([]float32, size)
				for i := range d {
					d[i] = y[n*size+i] - target[n*size+i]
				}
				ratio := norm(d, s.H, s.W, s.C, order) / norm(target[n*size:(n+1)*size], s.H, s.W, s.C, order)
				if math.Abs(each[n]-ratio) > 1e-5*ratio {
					t.Errorf("%s: error %d is %g; want %g", name, n, each[n], ratio)
				}
				want += ratio / float64(s.N)
			}
			if got := float64(e.Forward(y, target)); math.Abs(got-want) > 1e-5*want {
				t.Errorf("%s: %g; want %g", name, got, want)
			}
			dy := gradtest.NaNs(len(y))
			e.Backward(dy, y, target, 3)
			gradtest.Check(t, name, y, func() float64 {
				sum := 0.0
				e.Each(each, y, target)
				for _, v := range each {
					sum += 3 * v / float64(s.N)
				}
				return sum
			}, dy)
			e.Backward(dy, target, target, 1)
			if gradtest.Dot(dy, dy) != 0 {
				t.Errorf("%s: the gradient of an error of 0 is not 0", name)
			}
		}
	}
	if _, err := NewRelativeError(1, 4, 4, 1, 2); err == nil {
		t.Error("H² is no error")
	}
}

package vision

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Sums written out, on sides of other lengths and shrunk by other factors.
func TestShrink(t *testing.T) {
	const n, h, w, channels, newH, newW = 9, 7, 10, 3, 3, 8
	rng := rand.New(rand.NewPCG(1, 2))
	x := make([]float32, n*h*w*channels)
	for i := range x {
		x[i] = rng.Float32()
	}
	s, err := NewShrinker(h, w, channels, newH, newW)
	if err != nil {
		t.Fatal(err)
	}
	got := make([]float32, n*newH*newW*channels)
	if err := s.Shrink(got, x); err != nil {
		t.Fatal(err)
	}
	weight := func(k, i, count, n int) float64 {
		s := float64(count) / float64(n)
		return max(0, 1-math.Abs((float64(k)+0.5)-(float64(i)+0.5)*s)/s)
	}
	for image := range n {
		for i := range newH {
			for j := range newW {
				for c := range channels {
					sum, all := 0.0, 0.0
					for y := range h {
						for z := range w {
							v := weight(y, i, h, newH) * weight(z, j, w, newW)
							sum += v * float64(x[((image*h+y)*w+z)*channels+c])
							all += v
						}
					}
					at := ((image*newH+i)*newW+j)*channels + c
					if d := math.Abs(float64(got[at]) - sum/all); d > 1e-6 {
						t.Fatalf("image %d, pixel %d, %d, channel %d: %g, want %g", image, i, j, c, got[at], sum/all)
					}
				}
			}
		}
	}
}

// An image of one colour stays so, a ramp stays one away from the edges, and a
// checkerboard, which is finer than the new pixels, becomes grey.
func TestShrinkKeepsWhatIsCoarse(t *testing.T) {
	const side, to = 32, 16
	s, err := NewShrinker(side, side, 1, to, to)
	if err != nil {
		t.Fatal(err)
	}
	shrunk := func(f func(y, x int) float32) []float32 {
		x, dst := make([]float32, side*side), make([]float32, to*to)
		for i := range x {
			x[i] = f(i/side, i%side)
		}
		if err := s.Shrink(dst, x); err != nil {
			t.Fatal(err)
		}
		return dst
	}
	flat := shrunk(func(y, x int) float32 { return 3 })
	ramp := shrunk(func(y, x int) float32 { return float32(x) })
	board := shrunk(func(y, x int) float32 { return float32((x+y)%2) - 0.5 })
	for i := range to {
		for j := 1; j < to-1; j++ {
			k := i*to + j
			if math.Abs(float64(flat[k]-3)) > 1e-6 || math.Abs(float64(ramp[k])-(2*float64(j)+0.5)) > 1e-5 || math.Abs(float64(board[k])) > 1e-6 {
				t.Fatalf("pixel %d, %d: %g, %g, %g; want 3, %g, 0", i, j, flat[k], ramp[k], board[k], 2*float64(j)+0.5)
			}
		}
	}
}

func TestShrinkRefuses(t *testing.T) {
	for _, to := range [][2]int{{0, 4}, {4, 0}, {9, 8}, {8, 9}} {
		if _, err := NewShrinker(8, 8, 3, to[0], to[1]); err == nil {
			t.Errorf("8 x 8 shrunk to %d x %d: no error", to[0], to[1])
		}
	}
	s, err := NewShrinker(8, 8, 3, 4, 4)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range [][2]int{{47, 192}, {48, 191}, {48, 384}, {24, 96}} {
		if err := s.Shrink(make([]float32, n[0]), make([]float32, n[1])); err == nil {
			t.Errorf("%d inputs shrunk to %d: no error", n[1], n[0])
		}
	}
}

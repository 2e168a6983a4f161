package bridge

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Every second start is a mix of the 4×4 lowest sine waves of its grid and nothing
// else: what is left when these are taken out is rounding. The others are not. All
// have unit norm.
func TestRandomStarts(t *testing.T) {
	const n, starts = 8, 4
	const side = n - 1
	l := &learner{p: &Poisson{n: n}, t: Training{Batch: starts}, u: make([]float32, starts*side*side), rng: rand.New(rand.NewPCG(1, 2))}
	for k := range starts {
		l.randomStart(k)
		u := l.start(k)
		norm := func(u []float32) (sum float64) {
			for _, v := range u {
				sum += float64(v) * float64(v)
			}
			return math.Sqrt(sum)
		}
		if got := norm(u); math.Abs(got-1) > 1e-6 {
			t.Errorf("start %d has norm %g, want 1", k, got)
		}
		// The waves sin(aπi/n) sin(bπj/n) are orthogonal, with the square n²/4.
		left := append([]float32{}, u...)
		for a := 1; a <= 4; a++ {
			for b := 1; b <= 4; b++ {
				wave := func(i int) float64 {
					return math.Sin(math.Pi*float64(a*(i%side+1))/n) * math.Sin(math.Pi*float64(b*(i/side+1))/n)
				}
				part := 0.0
				for i, v := range u {
					part += float64(v) * wave(i) * 4 / (n * n)
				}
				for i := range left {
					left[i] -= float32(part * wave(i))
				}
			}
		}
		if got := norm(left); (got < 1e-5) != (k%2 == 1) {
			t.Errorf("start %d: %g of it is no low wave", k, got)
		}
	}
}

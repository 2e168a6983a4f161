package shallow

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"
)

// The gradient is that of finite differences of the loss.
func TestGradient(t *testing.T) {
	for _, name := range []string{"relu^1", "relu^2", "hat", "sigmoid", "power^3"} {
		training := Training{Activation: activation(t, name), Neurons: 5, Points: 301}
		rng := rand.New(rand.NewPCG(4, 5))
		theta := make([]float64, 15)
		for i := range 5 {
			theta[i], theta[5+i], theta[10+i] = rng.NormFloat64(), 2+rng.Float64(), rng.Float64()
		}
		x, f, e := make([]float64, 301), make([]float64, 301), make([]float64, 301)
		for j := range x {
			x[j] = float64(j) / 300
			f[j] = math.Sin(7 * x[j])
		}
		g, other := make([]float64, 15), make([]float64, 15)
		training.gradient(g, e, theta, x, f)
		for i := range theta {
			const h = 1e-7
			at := theta[i]
			theta[i] = at + h
			above := training.gradient(other, e, theta, x, f) / 2
			theta[i] = at - h
			below := training.gradient(other, e, theta, x, f) / 2
			theta[i] = at
			// A kink that passes a point between the two changes the difference by a share of h.
			if got := (above - below) / (2 * h); math.Abs(got-g[i]) > 1e-6*(1+math.Abs(g[i])) {
				t.Errorf("%s: derivative %d is %.9g; by differences %.9g", name, i, g[i], got)
			}
		}
	}
}

// ReLUs learn the lowest frequency first and the highest hardly; hats learn all of them. Every
// seed.
func TestFrequencies(t *testing.T) {
	if testing.Short() {
		t.Skip("six trainings")
	}
	for seed := range uint64(3) {
		last := map[string][]float64{}
		for _, name := range []string{"relu^1", "hat"} {
			s, err := Train(context.Background(), Training{Activation: activation(t, name), Points: 256, Neurons: 96, Modes: []int{1, 4, 16}, Steps: 1000, Every: 500, Seed: seed})
			if err != nil {
				t.Fatal(err)
			}
			last[name] = s.Errors[len(s.Errors)-1]
			// The loss is that of the network.
			sum := 0.0
			for j := range 256 {
				x, y := (float64(j)+0.5)/256, 0.0
				for _, k := range s.Modes {
					y += math.Sin(2 * math.Pi * float64(k) * x)
				}
				d := s.Network.At([]float64{x}) - y
				sum += d * d / 256
			}
			if loss := s.Loss[len(s.Loss)-1]; math.Abs(sum-loss) > 1e-9*loss {
				t.Errorf("%s: the network has the loss %.12g; the training says %.12g", name, sum, loss)
			}
		}
		if r := last["relu^1"]; !(r[0] < 0.1 && r[2] > 0.7 && r[0] < r[1] && r[1] < r[2]) {
			t.Errorf("seed %d: ReLUs leave %.3f of the modes 1, 4 and 16; want the low ones learned first", seed, r)
		}
		if h := last["hat"]; !(max(h[0], h[1], h[2]) < 0.3) {
			t.Errorf("seed %d: hats leave %.3f of the modes 1, 4 and 16; want all learned", seed, h)
		}
	}
}

package simd

import (
	"math"
	"math/rand/v2"
	"testing"
)

// sigma is the definition of an activation and its derivatives with respect to y and θ, in
// float64, at kinks from the left. kink is the distance of y from the nearest kink, and
// curve bounds the second derivative.
func sigma(act Activation, y, theta float64) (value, slope, byTheta, kink, curve float64) {
	kink = math.Inf(1)
	if y != y {
		return y, y, y, kink, 0
	}
	below := func(at float64) bool {
		if d := math.Abs(y - at); d == d {
			kink = min(kink, d)
		}
		return y <= at
	}
	switch act {
	case Identity:
		return y, 1, 0, kink, 0
	case ReLU:
		if below(0) {
			return 0, 0, 0, kink, 0
		}
		return y, 1, 0, kink, 0
	case PReLU:
		if below(0) {
			return theta * y, theta, y, kink, 0
		}
		return y, 1, 0, kink, 0
	case Hat:
		value = max(0, min(y, theta-y))
		rises, falls, ends := below(0), !below(theta/2), !below(theta)
		switch {
		case rises || ends:
			return value, 0, 0, kink, 0
		case falls:
			return value, -1, 1, kink, 0
		}
		return value, 1, 0, kink, 0
	case GELU:
		if math.IsInf(y, -1) {
			return 0, 0, 0, kink, 0 // the limit
		}
		normal := math.Erfc(-y/math.Sqrt2) / 2
		bell := 0.0
		if !math.IsInf(y, 1) {
			bell = y * math.Exp(-y*y/2) / math.Sqrt(2*math.Pi)
		}
		return y * normal, normal + bell, 0, kink, .8
	case Sigmoid:
		s := 1 / (1 + math.Exp(-y))
		return s, s * (1 - s), 0, kink, .1
	case Tanh:
		s := math.Tanh(y)
		return s, 1 - s*s, 0, kink, .8
	}
	if below(0) {
		return 0, 0, 0, kink, 0
	}
	return 1, 0, 0, kink, 0
}

// accuracy bounds the approximation error of an activation or its derivative, beyond
// rounding, as the comment on the tables states.
func accuracy(act Activation, y float64) (value, slope float64) {
	switch act {
	case GELU:
		return 1e-6 * math.Max(1, math.Abs(y)), 2e-6
	case Sigmoid:
		return 1e-6, 1e-6
	case Tanh:
		return 2e-6, 4e-6
	}
	return 0, 0
}

// eachActivation runs a test for all activations on problems of all sizes.
func eachActivation(t *testing.T, test func(t *testing.T, c *rowCase)) {
	eachRowCase(t, func(t *testing.T, c *rowCase) {
		for c.f.Act = range activations {
			test(t, c)
		}
	})
}

// sigma is the function sigma at value i, with error bounds for value and derivatives.
func (c *rowCase) sigma(i int) (value, slope, byTheta, valueBound, slopeBound, thetaBound float64) {
	_, y, bound := c.value(i)
	theta := float64(c.f.Theta[i%c.channels])
	value, slope, byTheta, kink, curve := sigma(c.f.Act, y, theta)
	valueBound, slopeBound = accuracy(c.f.Act, y)
	steep := 1.0
	if !math.IsInf(theta, 0) && theta == theta {
		steep = max(1, math.Abs(theta))
		bound += unit * math.Abs(theta) // of θ − y
	}
	valueBound += steep*bound + 2*unit*math.Abs(value)
	slopeBound += curve * bound
	thetaBound = bound
	if !(kink > bound) {
		// Rounding decides the side of the kink; the steps of Heaviside and of the
		// derivatives are this high.
		slopeBound += 1 + steep
		thetaBound++
		if c.f.Act == Heaviside {
			valueBound++
		}
	}
	return value, slope, byTheta, valueBound, slopeBound, thetaBound
}

func TestAffine(t *testing.T) {
	eachActivation(t, func(t *testing.T, c *rowCase) {
		y := c.new(len(c.x))
		c.k.Affine(y.part, c.x, &c.f)
		want := func(i int) (v, bound float64) {
			v, _, _, bound, _, _ = c.sigma(i)
			return v, bound
		}
		c.check(t, "y", y, want)
		x := c.copy(c.x)
		c.halves(func(lo, hi int) { c.k.Affine(x.part[lo:hi], x.part[lo:hi], &c.f) })
		c.same(t, "y = x", x, y)

		y = c.new(len(c.x))
		c.k.AddAffine(y.part, c.u, c.x, &c.f)
		c.check(t, "y", y, func(i int) (v, bound float64) {
			v, bound = want(i)
			u := float64(c.u[i])
			return u + v, bound + unit*(math.Abs(u)+math.Abs(v)+bound)
		})
		x = c.copy(c.x)
		c.halves(func(lo, hi int) { c.k.AddAffine(x.part[lo:hi], c.u[lo:hi], x.part[lo:hi], &c.f) })
		c.same(t, "y = x", x, y)
		u := c.copy(c.u)
		c.halves(func(lo, hi int) { c.k.AddAffine(u.part[lo:hi], u.part[lo:hi], c.x[lo:hi], &c.f) })
		c.same(t, "y = u", u, y)
	})
}

func TestGate(t *testing.T) {
	eachActivation(t, func(t *testing.T, c *rowCase) {
		if !c.f.Act.Gated() || c.f.Act == Heaviside {
			return
		}
		gates := []struct {
			name string
			run  func(g, dy, x []float32, f *Affine)
			want func(i int) (derivative, bound float64)
		}{
			{"dy ∂σ/∂y", c.k.Gate, func(i int) (float64, float64) { _, d, _, _, bound, _ := c.sigma(i); return d, bound }},
			{"dy ∂σ/∂θ", c.k.GateTheta, func(i int) (float64, float64) { _, _, d, _, _, bound := c.sigma(i); return d, bound }},
		}
		if c.f.Act != PReLU && c.f.Act != Hat {
			gates = gates[:1]
		}
		for _, gate := range gates {
			g := c.new(len(c.x))
			gate.run(g.part, c.dy, c.x, &c.f)
			for i, got := range g.part {
				derivative, bound := gate.want(i)
				dy := float64(c.dy[i])
				want, off := dy*derivative, math.Abs(dy)*bound+2*unit*math.Abs(dy*derivative)
				_, y, _ := c.value(i)
				switch theta := float64(c.f.Theta[i%c.channels]); {
				case y != y || theta != theta || want != want || math.IsInf(theta, 0) && math.IsInf(y, 0):
					// NaN of x shows in y. Whether it shows here too is unspecified.
				case math.IsInf(want, 0) || math.IsInf(dy, 0):
					if want != 0 && !math.IsInf(float64(got), 0) && got == got && bound < math.Abs(derivative) {
						t.Fatalf("%v: %s[%d] = %v, want %v", c, gate.name, i, got, want)
					}
				case !(math.Abs(float64(got)-want) <= off):
					t.Fatalf("%v: %s[%d] = %v, want %v within %.2g at y = %v, θ = %v", c, gate.name, i, got, want, off, y, c.f.Theta[i%c.channels])
				}
			}
			c.intact(t, gate.name, g)
			x, dy := c.copy(c.x), c.copy(c.dy)
			c.halves(func(lo, hi int) { gate.run(x.part[lo:hi], c.dy[lo:hi], x.part[lo:hi], &c.f) })
			c.same(t, gate.name+" in x", x, g)
			c.halves(func(lo, hi int) { gate.run(dy.part[lo:hi], dy.part[lo:hi], c.x[lo:hi], &c.f) })
			c.same(t, gate.name+" in dy", dy, g)
		}
	})
}

// The approximations keep the stated error bounds on every scale. Far out, GELU is 0 or y,
// and its derivative and the sigmoid are 0 or 1.
func TestActivationAccuracy(t *testing.T) {
	var y []float32
	for v := -20.; v <= 20; v += 1. / 4096 {
		y = append(y, float32(v))
	}
	rng := rand.New(rand.NewPCG(7, 8))
	for range 10000 { // of every size
		y = append(y, float32(rng.NormFloat64()*math.Exp2(float64(rng.IntN(60)-50))))
	}
	far := []float32{-5.5, -6, -100, -3e38, -inf, 5.5, 6, 100, 3e38, inf}
	y = append(y, far...)
	ones, got := make([]float32, len(y)), make([]float32, len(y))
	for i := range ones {
		ones[i] = 1
	}
	for _, k := range All() {
		for _, act := range []Activation{GELU, Sigmoid, Tanh} {
			f := &Affine{X0: []float32{0}, A: []float32{1}, C: []float32{0}, Act: act}
			var most [2]float64
			compare := func(which int) {
				for i, v := range y {
					value, slope, _, _, _ := sigma(act, float64(v), 0)
					want, scale := value, 1.0
					if which == 1 {
						want = slope
					} else if act == GELU {
						scale = math.Max(1, math.Abs(float64(v)))
					}
					bound, slopeBound := accuracy(act, 0)
					if which == 1 {
						bound = slopeBound
					}
					e := math.Abs(float64(got[i])-want) / scale
					if float64(got[i]) == want {
						e = 0 // infinite too
					}
					most[which] = max(most[which], e)
					if !(e <= bound) {
						t.Fatalf("%s: activation %d, derivative %d at %v is %v, want %v within %.1g", k.Name, act, which, v, got[i], want, bound)
					}
				}
			}
			k.Affine(got, y, f)
			compare(0)
			k.Gate(got, ones, y, f)
			compare(1)
			t.Logf("%s: activation %d is off by %.2g, its slope by %.2g", k.Name, act, most[0], most[1])
		}
	}
}

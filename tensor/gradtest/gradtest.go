// Package gradtest compares a gradient, computed by hand or by a graph, with central
// differences of the function itself.
//
// An operation y(p) becomes a scalar function by a random linear functional,
//
//	f(p) = Σ_k r_k·y_k(p),
//
// with r from [Random] and the sum, in float64, from [Dot]. Backward, given
// dy = r, must then return ∂f/∂p, and [Check] compares.
package gradtest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"testing"
)

// Random returns n values drawn from the standard normal distribution, determined by the
// seed.
func Random(n int, seed uint64) []float32 {
	rng := rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15))
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(rng.NormFloat64())
	}
	return v
}

// NaNs returns n values NaN, in which a test finds each that an operation failed to
// overwrite.
func NaNs(n int) []float32 {
	return slices.Repeat([]float32{float32(math.NaN())}, n)
}

// SameBits reports whether a and b are equal to the last bit.
func SameBits(a, b []float32) bool {
	return slices.EqualFunc(a, b, func(x, y float32) bool { return math.Float32bits(x) == math.Float32bits(y) })
}

// Dot returns Σ a_k·b_k in float64. The slices must have the same length.
func Dot(a, b []float32) float64 {
	if len(a) != len(b) {
		panic("gradtest: dot of slices of different lengths")
	}
	sum := 0.0
	for i, v := range a {
		sum += float64(v) * float64(b[i])
	}
	return sum
}

const (
	step       = 1.0 / 32 // h, relative to the root mean square of the parameters
	relative   = 1e-3     // tolerance relative to the derivative itself
	floor      = 1e-4     // and to the root mean square of the gradient
	noiseSigma = 10       // and in standard deviations of the rounding noise
	unsharp    = 1e-2     // noise, relative to that root mean square, above which Check cannot judge
	directions = 8        // random directions
	singles    = 32       // coordinates, if there are more than 2·singles
)

// Check fails t unless grad is the gradient of f at params. f reads params, is
// computed in float32 and returned in float64; Check perturbs params in place
// and restores them. Its messages begin with name.
//
// Along the direction of grad, along 8 random directions (unit vectors v with
// entries ±1/√n), and along single coordinates (all if there are at most 64, else
// the 32 with the largest |grad| and 32 random ones), the derivative grad·v is
// compared with five-point central differences of step h = rms(params)/32,
//
//	D = (8(f(h)−f(−h)) − (f(2h)−f(−2h))) / 12h = f' − h⁴f⁽⁵⁾/30 + noise.
//
// The tolerance is 1e-3·|grad·v| + 1e-4·rms(grad) + 10σ/h. The first two parts
// cover the rounding of grad itself, of order 1e-6, and truncation: h⁴/30 is
// 3e-8. σ is the rounding noise of f, some 2⁻²⁴ times the root of the sum of
// squares of its terms, which cannot be known from f but can be measured: the
// fourth difference f(−2h)−4f(−h)+6f(0)−4f(h)+f(2h) is h⁴f⁗ plus noise of
// standard deviation √70·σ. σ is taken from its median over the probes of a
// kind; D has noise of about σ/h. Parameters are perturbed by float32 amounts, and
// grad·v uses these amounts. If 10σ/h exceeds 1e-2·rms(grad), Check also fails and
// says that it cannot judge: f is then too noisy, not smooth on the scale of h (keep
// away from kinks), or independent of params.
//
// So Check finds an error of 1% in any probed coordinate of at least the size of
// rms(grad).
func Check(t testing.TB, name string, params []float32, f func() float64, grad []float32) {
	t.Helper()
	n := len(params)
	if len(grad) != n {
		t.Errorf("%s: gradient has %d values, want %d", name, len(grad), n)
		return
	}
	if n == 0 {
		t.Errorf("%s: no parameters", name)
		return
	}
	rms := math.Sqrt(Dot(grad, grad) / float64(n))
	if math.IsNaN(rms) || math.IsInf(rms, 0) {
		t.Errorf("%s: gradient is not finite", name)
		return
	}
	p := prober{params: params, saved: append([]float32(nil), params...), grad: grad, f: f}
	p.h = step * math.Sqrt(Dot(params, params)/float64(n))
	if p.h == 0 {
		p.h = step
	}

	rng := rand.New(rand.NewPCG(1, uint64(n)))
	var probes []probe
	direction := make([]float64, n)
	if rms > 0 {
		for i, g := range grad {
			direction[i] = float64(g) / (rms * math.Sqrt(float64(n)))
		}
		probes = append(probes, p.along(direction, -1))
	}
	for range directions {
		for i := range direction {
			direction[i] = float64(2*rng.IntN(2)-1) / math.Sqrt(float64(n))
		}
		probes = append(probes, p.along(direction, -1))
	}
	judge(t, name, probes, rms, p.h)

	probes = probes[:0]
	clear(direction)
	for _, i := range coordinates(rng, grad) {
		direction[i] = 1
		probes = append(probes, p.along(direction, i))
		direction[i] = 0
	}
	judge(t, name, probes, rms, p.h)
}

// A probe is the comparison along one direction.
type probe struct {
	coordinate  int     // or −1
	numeric     float64 // derivative by differences
	analytic    float64 // derivative by the gradient
	fourthOrder float64 // |fourth difference|
}

type prober struct {
	params, saved, grad []float32
	f                   func() float64
	h                   float64
}

// along compares along v. Perturbed params are rounded, differently on either side, so
// analytic is the same combination of grad·(p(k)−p) as numeric is of f(k).
func (p *prober) along(v []float64, coordinate int) probe {
	var f, linear [5]float64
	for k := range f {
		for i, d := range v {
			p.params[i] = float32(float64(p.saved[i]) + float64(k-2)*p.h*d)
			linear[k] += float64(p.grad[i]) * (float64(p.params[i]) - float64(p.saved[i]))
		}
		f[k] = p.f()
	}
	copy(p.params, p.saved)
	difference := func(f [5]float64) float64 { return (8*(f[3]-f[1]) - (f[4] - f[0])) / (12 * p.h) }
	return probe{coordinate, difference(f), difference(linear), math.Abs(f[0] - 4*f[1] + 6*f[2] - 4*f[3] + f[4])}
}

// coordinates returns the coordinates to probe one by one.
func coordinates(rng *rand.Rand, grad []float32) []int {
	order := rng.Perm(len(grad))
	if len(order) <= 2*singles {
		return order
	}
	sort.SliceStable(order, func(a, b int) bool {
		return math.Abs(float64(grad[order[a]])) > math.Abs(float64(grad[order[b]]))
	})
	rest := order[singles:]
	rng.Shuffle(len(rest), func(a, b int) { rest[a], rest[b] = rest[b], rest[a] })
	return order[:2*singles]
}

// judge compares the probes of one kind, which share their noise.
func judge(t testing.TB, name string, probes []probe, rms, h float64) {
	t.Helper()
	fourth := make([]float64, len(probes))
	for i, p := range probes {
		fourth[i] = p.fourthOrder
	}
	sort.Float64s(fourth)
	const median = 0.6745 // of |N(0,1)|
	noise := noiseSigma * fourth[len(fourth)/2] / (median * math.Sqrt(70)) / h
	if noise > unsharp*rms {
		t.Errorf("%s: differences of step %.2g cannot judge the gradient: their noise is %.2g, want at most %.2g, 1%% of the root mean square of the gradient", name, h, noise, unsharp*rms)
		return
	}
	for _, p := range probes {
		tolerance := relative*math.Abs(p.analytic) + floor*rms + noise
		if diff := math.Abs(p.numeric - p.analytic); diff <= tolerance { // false for NaN
			continue
		}
		along := "a direction"
		if p.coordinate >= 0 {
			along = fmt.Sprintf("coordinate %d", p.coordinate)
		}
		t.Errorf("%s: along %s the gradient is %.6g, differences say %.6g; want within %.2g", name, along, p.analytic, p.numeric, tolerance)
	}
}

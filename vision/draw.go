package vision

// This file draws random numbers of the distributions that augmentation needs.

import (
	"math"
	"math/rand/v2"
)

// What random numbers are drawn for. Shifts and mirrors have the first purpose of
// [source.Random], and so has the order of an epoch.
const (
	shiftPurpose = iota
	cutoutPurpose
	mixupPurpose
	cropPurpose
	sidePurpose
)

// uniform returns a number in (0, 1), one of 2⁵³ at equal distances.
func uniform(r *rand.PCG) float64 { return (float64(r.Uint64()>>11) + 0.5) / (1 << 53) }

// normal returns a number of the standard normal distribution, by Box and Muller.
// Like the shuffle it is written out, since that of math/rand may change.
func normal(r *rand.PCG) float64 {
	u, v := uniform(r), uniform(r)
	return math.Sqrt(-2*math.Log(u)) * math.Cos(2*math.Pi*v)
}

// logGamma returns the logarithm of a number of the gamma distribution of the
// given shape, by G. Marsaglia and W. W. Tsang, A simple method for generating
// gamma variables, ACM TOMS 26(3), 2000. The logarithm, because for a small shape
// the numbers themselves underflow.
func logGamma(r *rand.PCG, shape float64) float64 {
	boost := 0.0
	if shape < 1 { // Gamma(a) is Gamma(a + 1) times a power of a uniform number
		boost = math.Log(uniform(r)) / shape
		shape++
	}
	d := shape - 1./3
	c := 1 / math.Sqrt(9*d)
	for {
		x := normal(r)
		v := 1 + c*x
		if v <= 0 {
			continue
		}
		v *= v * v
		if math.Log(uniform(r)) < x*x/2+d-d*v+d*math.Log(v) {
			return boost + math.Log(d*v)
		}
	}
}

// beta returns a number of the distribution Beta(alpha, alpha), in [0, 1].
func beta(r *rand.PCG, alpha float64) float64 {
	alpha = max(alpha, 1e-300) // below, both logarithms overflow; the number is 0 or 1 in any case
	a, b := logGamma(r, alpha), logGamma(r, alpha)
	return 1 / (1 + math.Exp(b-a))
}

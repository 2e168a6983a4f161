package vision

// This file draws random numbers that belong to an image in an epoch, so that no
// random state is ever carried from one image or batch to the next.

import (
	"math"
	"math/bits"
	"math/rand/v2"
)

// stream returns the random numbers that belong to an image in an epoch; image
// −1 stands for the order of the epoch.
func stream(seed uint64, epoch, image int) rand.PCG {
	return generator(mix(mix(mix(seed)+uint64(epoch)) + uint64(image)))
}

// Streams beside the first one, which order, crop and mirror have, so that what
// is drawn for one augmentation does not depend on which others there are.
const (
	cutoutStream = iota + 1
	mixupStream
	cropStream
	sideStream
)

// streamFor is stream for one of these purposes.
func streamFor(purpose int, seed uint64, epoch, image int) rand.PCG {
	return generator(mix(mix(mix(mix(seed)+uint64(epoch))+uint64(image)) + uint64(purpose)))
}

func generator(key uint64) rand.PCG {
	var r rand.PCG
	r.Seed(key, mix(key))
	return r
}

// mix is the finaliser of SplitMix64, a bijection that spreads neighbouring
// numbers over all 64 bits.
func mix(z uint64) uint64 {
	z += 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below returns a number in [0, n). The probabilities differ from 1/n by less
// than 2⁻⁶⁴.
func below(r *rand.PCG, n int) int {
	high, _ := bits.Mul64(r.Uint64(), uint64(n))
	return int(high)
}

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
